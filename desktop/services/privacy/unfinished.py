"""Files with people's data that are being written: what a crash leaves of one is removed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.domain.errors import VaultError
from desktop.services.storage import unfinished_files
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault


class UnfinishedFiles:
    """The vault must be open. Any thread."""

    def __init__(self, vault: "Vault", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock
        self._being_written: set[str] = set()

    @contextmanager
    def writing(self, path: str) -> Iterator[WholeFile]:
        """A file whose temporary name is known before there is anything under it.

        Raises: as `WholeFile`; VaultError, then nothing was written.
        """
        file = WholeFile(path)
        temporary = str(file.temporary)
        self._being_written.add(temporary)
        try:
            with self._vault.transaction() as db:
                unfinished_files.note(db, temporary, self._clock())
            with file:
                yield file
        finally:
            self._being_written.discard(temporary)
            # A full disk only delays it: the next upkeep finds no file and forgets the name.
            with suppress(VaultError), self._vault.transaction() as db:
                unfinished_files.forget(db, temporary)

    def remove(self) -> None:
        """Delete what an earlier process left half written. Raises: VaultError.

        What lies in a folder that is not there now, as on a disk that was unplugged, waits for it.
        """
        with self._vault.reading() as db:
            known = unfinished_files.names(db)
        for temporary in known:
            if temporary not in self._being_written and _is_removed(Path(temporary)):
                with self._vault.transaction() as db:
                    unfinished_files.forget(db, temporary)


def _is_removed(temporary: Path) -> bool:
    if not temporary.parent.is_dir():
        return False
    try:
        temporary.unlink(missing_ok=True)
    except OSError:  # the folder is read-only now, say; it is tried again
        return False
    return True
