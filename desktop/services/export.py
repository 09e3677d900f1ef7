"""Export of everything the vault holds about the account, as one JSON file."""

from dataclasses import dataclass

from desktop.services.calls import Report, callable_from_window


@dataclass(frozen=True, slots=True)
class ExportReceipt:
    path: str
    size_bytes: int
    sha256: str
    rows: int


class ExportService:
    @callable_from_window
    def my_data(self, report: Report, path: str) -> ExportReceipt:
        """Write account, configuration and usage data; secrets are listed, never contained.

        Streams in constant memory to a temporary file beside `path`, then replaces.
        Raises: ExportFailed (no such folder, disk full), Cancelled; no partial file is left.
        """
        raise NotImplementedError
