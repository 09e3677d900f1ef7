"""Export of everything the vault holds about the account, as one JSON file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.privacy.written import FileKind
from desktop.services.calls import Report, callable_from_window
from desktop.services.export_file import ExportFile
from desktop.services.privacy.written_files import note_export
from desktop.services.storage import export_queries

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault

FORMAT: Final = "usageflow-export"
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class ExportReceipt:
    path: str
    size_bytes: int
    sha256: str
    rows: int


class ExportService:
    def __init__(self, vault: "Vault", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock

    @callable_from_window
    def my_data(self, report: Report, path: str) -> ExportReceipt:
        """Write account, configuration and usage data; secrets are listed, never contained.

        Streams in constant memory to a temporary file beside `path`, then replaces.
        Raises: ExportFailed (no such folder, disk full), Cancelled; no partial file is left.
        """
        with ExportFile(path) as file, self._vault.reading() as db:
            total = export_queries.count_rows(db)
            file.begin(
                {
                    "format": FORMAT,
                    "version": VERSION,
                    "exported_at": self._clock().isoformat(),
                    "sample_data_left_out": export_queries.has_sample(db),
                    "frozen_customers_left_out": export_queries.frozen(db),
                }
            )
            for section, lists in export_queries.SECTIONS.items():
                file.begin_section(section)
                for name, statement in lists.items():
                    file.write_list(name, export_queries.rows(db, statement), report, total)
                file.end_section()
            file.end()
        note_export(self._vault, file, FileKind.ACCOUNT, self._clock())
        return ExportReceipt(str(file.path), file.size_bytes, file.sha256, file.rows)
