"""Files with personal data outside the vault: noted when written, deleted when nobody needs them.

A file is deleted only while it is the one that was written, by its checksum: another file that
came to lie in its place is somebody else's.
"""

import hashlib
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import Customer, Fate, Place, PlanLine
from desktop.domain.privacy.requests import number_of
from desktop.domain.privacy.written import FileKind, FileLine, FileState, WrittenFile
from desktop.services.calls import callable_from_window
from desktop.services.storage import privacy_audit, privacy_requests, written_files

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault
    from desktop.services.whole_file import WholeFile

CHUNK: Final = 2**20
UNREACHABLE: Final = "It was changed, moved or deleted since it was written: only you can reach it."
EVERYBODY: Final[tuple[tuple[str, str], ...]] = ()


def note(
    db: "Connection",
    file: "WholeFile",
    what: tuple[FileKind, str, Collection[tuple[str, str]]],
    now: datetime,
) -> None:
    """Remember where a whole file was put; `what` is its kind, request and customers."""
    kind, request_id, customers = what
    path = str(file.path)
    written = WrittenFile(
        written_files.id_of(path), path, kind, request_id, tuple(sorted(customers)),
        file.size_bytes, file.sha256, now,
    )  # fmt: skip
    written_files.put(db, written)


def note_export(vault: "Vault", file: "WholeFile", kind: FileKind, now: datetime) -> None:
    """Remember an export of the owner's, unless this copy of the vault can only be read.

    Raises: VaultError; the file is there.
    """
    if not (vault.is_older_copy or vault.lacks_ledger):
        with vault.transaction() as db:
            note(db, file, (kind, "", EVERYBODY), now)


class WrittenFileService:
    """The vault must be open. Any thread."""

    def __init__(self, vault: "Vault", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock

    @callable_from_window
    def listed(self) -> tuple[FileLine, ...]:
        """Every file that was written and is not known to be deleted, the newest first.

        Whether one is there is told by its size; its checksum is worked out before it is deleted.
        """
        now = self._clock()
        with self._vault.reading() as db:
            found = written_files.everything(db)
            numbers = {one.request_id: number_of(one) for one in privacy_requests.everything(db)}
        return tuple(
            FileLine(one, _looked_at(one), one.is_old(now), numbers.get(one.request_id, ""))
            for one in found
        )

    @callable_from_window
    def delete(self, file_id: str) -> tuple[FileLine, ...]:
        """Delete a file, or forget one that is gone.

        Raises: InvalidInput (it is another file by now, or cannot be deleted; it stays on the
            list), VaultError.
        """
        with self._vault.reading() as db:
            file = written_files.find(db, file_id)
        if file is not None:
            if not (_is_gone(file) or _deleted(file)):
                raise InvalidInput(
                    "This file was changed since it was written, or may not be deleted. Nothing "
                    "was deleted. Look at it yourself, then forget it here."
                )
            self._forget(file, "file_deleted")
        return self.listed()

    @callable_from_window
    def forget(self, file_id: str) -> tuple[FileLine, ...]:
        """Take a file off the list; the file itself is left alone. Raises: VaultError."""
        with self._vault.reading() as db:
            file = written_files.find(db, file_id)
        if file is not None:
            self._forget(file, "file_forgotten")
        return self.listed()

    def delete_due(self) -> None:
        """Delete files that name erased people, as far as they can be reached. Raises: VaultError.

        What cannot be reached stays on the list, for the owner.
        """
        with self._vault.reading() as db:
            due = written_files.due(db)
        for file in due:
            if _deleted(file):
                self._forget(file, "file_deleted", actor=privacy_audit.PROGRAM)

    def _forget(self, file: WrittenFile, action: str, actor: str = privacy_audit.OWNER) -> None:
        with self._vault.transaction() as db:
            if written_files.remove(db, file.file_id):
                facts = {"kind": file.kind, "sha256": file.sha256}
                privacy_audit.append(db, self._clock(), action, "", facts, actor=actor)


def plan_files(
    db: "Connection", customers: tuple[Customer, ...], *, is_held: bool
) -> list[PlanLine]:
    """What an erasure would do with files that tell of these customers."""
    pairs = [(one.application_id, one.customer_id) for one in customers]
    return [_plan_line(file, is_held=is_held) for file in written_files.about(db, pairs)]


def _plan_line(file: WrittenFile, *, is_held: bool) -> PlanLine:
    what = (Place.FILES, Category.SUPPORT, file.path)
    if is_held:
        return PlanLine(*what, Fate.KEEP, 1, "Legal hold on what was asked and answered.")
    if _looked_at(file) is FileState.THERE:
        return PlanLine(*what, Fate.DELETE, 1)
    return PlanLine(*what, Fate.KEEP, 1, UNREACHABLE)


def _looked_at(file: WrittenFile) -> FileState:
    """By its size alone, which is quick."""
    try:
        found = Path(file.path).lstat()
    except FileNotFoundError:
        return FileState.GONE
    except OSError:
        return FileState.CHANGED
    return FileState.THERE if found.st_size == file.size_bytes else FileState.CHANGED


def _is_gone(file: WrittenFile) -> bool:
    return _looked_at(file) is FileState.GONE


def _deleted(file: WrittenFile) -> bool:
    """Delete the file if it is the one that was written; whether that was done."""
    path = Path(file.path)
    try:
        if path.is_symlink() or _sha256(path) != file.sha256:
            return False
        path.unlink()
    except OSError:  # not there, or not ours to delete: the list and the certificate say so
        return False
    return True


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
