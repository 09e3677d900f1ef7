"""The end of the account as the embedded form keeps it: a small file beside the data.

It outlives the data: it is what a start reads first, and what keeps a service that was deleted from
being made anew in the same directory. It names nobody.
"""

import json
import threading
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

from hosted.errors import StartFailed, StorageUnavailable
from hosted.instance import write_private

FILE: Final = "account.json"


@dataclass(frozen=True, slots=True)
class NotedEnd:
    """An account that was closed, and perhaps deleted."""

    deletion_id: str
    service_id: str
    is_applied: bool = False
    """Everything is to go, or is gone: from here on there is no way back."""
    counts: dict[str, int] = field(default_factory=dict)
    """Rows by table, as they were when it was applied."""


class AccountEnd(Protocol):
    """The note that the account ends: it outlives the data. Any thread."""

    noted: NotedEnd | None

    def close(self, deletion_id: str) -> NotedEnd:
        """Note that the account is closed; what was noted before stays.

        Raises:
            StorageUnavailable: the environment refused; nothing was noted.
        """

    def apply(self, counts: dict[str, int]) -> NotedEnd:
        """Note for good that everything has to go, and the rows by table. Raises: as `close`."""


class EmbeddedAccountEnd:
    """See `AccountEnd`."""

    def __init__(self, directory: Path, service_id: str) -> None:
        """Read what is noted. Raises: StartFailed."""
        self._directory = directory
        self._service_id = service_id
        self._lock = threading.Lock()
        self.noted = noted_end(directory)

    def close(self, deletion_id: str) -> NotedEnd:
        with self._lock:
            if self.noted is None:
                self._write(NotedEnd(deletion_id, self._service_id))
            return self._found()

    def apply(self, counts: dict[str, int]) -> NotedEnd:
        with self._lock:
            noted = self._found()
            if not noted.is_applied:
                self._write(replace(noted, is_applied=True, counts=counts))
            return self._found()

    def _found(self) -> NotedEnd:
        if self.noted is None:
            raise StorageUnavailable("The account was not closed. Nothing was changed.")
        return self.noted

    def _write(self, noted: NotedEnd) -> None:
        try:
            write_private(self._directory / FILE, json.dumps(asdict(noted)))
        except StartFailed as error:
            raise StorageUnavailable(str(error)) from error
        self.noted = noted


def noted_end(directory: Path) -> NotedEnd | None:
    """What a directory says of the end of its account; None while the account lives.

    Raises:
        StartFailed: there is a note that cannot be read. Nothing may start on it.
    """
    path = directory / FILE
    if not path.exists():
        return None
    try:
        stated = json.loads(path.read_bytes())
        return NotedEnd(
            str(stated["deletion_id"]),
            str(stated["service_id"]),
            bool(stated["is_applied"]),
            {str(table): int(rows) for table, rows in stated["counts"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StartFailed(
            f"The file {FILE}, which says how far the deletion of the account is, cannot be read. "
            "Nothing was changed. Put the file back, or run `usageflow service delete`."
        ) from error
