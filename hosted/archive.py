"""Archives of a service: its data, encrypted as they are, and its key, sealed for one reader.

An archive is a tar file with `manifest.json`, `journal.db`, `service.db`, `port` and `key.age`,
and, when a passphrase opens it, `identity.age`. The data stay under the service's own key; that
key is sealed (age, X25519) to an identity that either the owner's vault or the passphrase holds.
Nothing in an archive is readable without the one or the other.
"""

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyrage
from pyrage import passphrase as age_passphrase
from pyrage import x25519

from contract.result_codes import primary_code
from hosted.errors import (
    ArchiveDiskFull,
    ArchiveUnusable,
    StartFailed,
    StorageDamaged,
    StorageUnavailable,
)
from hosted.instance import (
    DELETING,
    PORT_FILE,
    RESTORING,
    DirectoryLock,
    sync_directory,
    told_in_words,
    write_private,
)
from hosted.keys import KEY_FILE
from hosted.secrets import storage_key
from hosted.storage.account_end import noted_end
from hosted.storage.connection import connect, translated
from hosted.storage.embedded import DATA_FILE
from hosted.storage.journal import JOURNAL_FILE

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SEALED_KEY: Final = "key.age"
SEALED_IDENTITY: Final = "identity.age"
PARTS: Final = frozenset(
    {MANIFEST, JOURNAL_FILE, DATA_FILE, PORT_FILE, SEALED_KEY, SEALED_IDENTITY}
)
PRIVATE: Final = 0o600
MAX_SMALL_BYTES: Final = 65_536
PAGES_A_STEP: Final = 2_000
TOO_MUCH_WORK: Final = "Excessive work"
"""How age says that a passphrase's derivation would take far longer here than where it was set."""
UNFINISHED: Final = ".unfinished-"
ABANDONED_S: Final = 86_400.0
"""Age of a working folder that nobody works in any more: a process was killed in it."""
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
UNSPECIFIC: Final = frozenset({sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})
SIDECAR_BYTES: Final = 65_536
RESTORED: Final = (
    KEY_FILE,
    PORT_FILE,
    JOURNAL_FILE,
    DATA_FILE,
    *(name + end for name in (JOURNAL_FILE, DATA_FILE) for end in ("-wal", "-shm")),
)
"""What a restore that was cut may have left in a directory that was empty before."""


def back_up(directory: Path, key: bytes, out: Path, recipient: str, passphrase: str = "") -> str:
    """Write a verified archive, also while the service runs; return its SHA-256.

    Args:
        directory: the service's data directory.
        key: the service's key.
        out: the archive; it appears only when it is whole.
        recipient: public half of the identity that opens it; unused with a passphrase.
        passphrase: opens it instead; empty for none.

    Raises: ArchiveUnusable, StorageDamaged, StorageUnavailable, StartFailed.
    """
    with _room_is_told(out.parent), told_in_words(), _beside(out) as work:
        sealed_identity = b""
        if passphrase:
            identity = x25519.Identity.generate()
            recipient = str(identity.to_public())
            sealed_identity = age_passphrase.encrypt(str(identity).encode(), passphrase)
        _collect(directory, key, work, recipient, sealed_identity)
        _pack(work, work / "archive")
        digest = _digest(work / "archive")
        (work / "archive").replace(out)
        sync_directory(out.parent)
    return digest


def restore(archive: Path, directory: Path, identity: str = "", passphrase: str = "") -> str:
    """Unpack an archive into an empty data directory, verified; return the service's id.

    A restore that was cut is begun anew by calling this again; until then no service starts there.
    Raises: ArchiveUnusable (damaged, or not opened by what was given, or the directory is in use),
        ArchiveDiskFull, StartFailed; then the directory holds nothing new.
    """
    with _room_is_told(directory), told_in_words():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = DirectoryLock(directory)
        try:
            _require_empty(directory)
            with _beside(directory / DATA_FILE) as work:
                return _unpacked(archive, directory, work, identity, passphrase)
        finally:
            lock.release()


def recover_key(archive: Path, directory: Path, identity: str = "", passphrase: str = "") -> None:
    """Give a data directory that lost its key the one that an archive of it holds.

    The key goes into a file beside the data; what was counted since the archive is kept.
    Raises: ArchiveUnusable (damaged, or not opened by what was given, or nothing to recover),
        StorageDamaged (another service's key), StartFailed; then nothing was changed.
    """
    with _room_is_told(directory), told_in_words():
        if not (directory / DATA_FILE).exists():
            raise ArchiveUnusable("There are no service's data in this directory.")
        lock = DirectoryLock(directory)
        try:
            with _beside(directory / DATA_FILE) as work:
                _unpack(archive, work)
                _checked_manifest(work)
                key = _key(work, identity, passphrase)
            connect(directory / DATA_FILE, storage_key(key)).close()
            write_private(directory / KEY_FILE, key.hex())
        finally:
            lock.release()


def _unpacked(archive: Path, directory: Path, work: Path, identity: str, passphrase: str) -> str:
    _unpack(archive, work)
    manifest = _checked_manifest(work)
    key = _key(work, identity, passphrase)
    for name in (JOURNAL_FILE, DATA_FILE):
        _verify(work / name, storage_key(key))
    try:
        _put_in_place(work, directory, key)
    except BaseException:
        _clear(directory)
        raise
    return str(manifest["service_id"])


def _put_in_place(work: Path, directory: Path, key: bytes) -> None:
    write_private(directory / RESTORING, "")
    write_private(directory / KEY_FILE, key.hex())
    for name in (PORT_FILE, JOURNAL_FILE, DATA_FILE):
        if (work / name).exists():
            (work / name).chmod(PRIVATE)
            _sync(work / name)
            (work / name).replace(directory / name)
    sync_directory(directory)
    (directory / RESTORING).unlink()
    sync_directory(directory)


def _require_empty(directory: Path) -> None:
    """Take away what a restore that was cut left. Raises: ArchiveUnusable when there is more."""
    if (directory / DELETING).exists():
        raise ArchiveUnusable(
            "A deletion of this directory was cut off. Nothing was changed. Run `usageflow service "
            "delete` to its end first, or choose another directory."
        )
    if noted_end(directory) is not None:
        raise ArchiveUnusable(
            "The account of this directory was deleted, and what was restored here would be "
            "deleted with it. Nothing was changed. Choose another directory, or run `usageflow "
            "service delete` first."
        )
    if (directory / RESTORING).exists():
        _clear(directory)
    if (directory / DATA_FILE).exists() or (directory / JOURNAL_FILE).exists():
        raise ArchiveUnusable(
            "There are a service's data in this directory already. Nothing was changed. Choose "
            "an empty directory, or move the old data away first."
        )


def _clear(directory: Path) -> None:
    """The mark goes last: while it is there, nothing here is anybody's data."""
    for name in (*RESTORED, RESTORING):
        (directory / name).unlink(missing_ok=True)


def _collect(
    directory: Path, key: bytes, work: Path, recipient: str, sealed_identity: bytes
) -> None:
    # The journal first: what is folded into the data meanwhile is then in both, never in neither.
    for name in (JOURNAL_FILE, DATA_FILE):
        if not (directory / name).exists():
            raise ArchiveUnusable("There are no service's data in this directory to back up.")
        _copy(directory / name, work / name, storage_key(key))
        _verify(work / name, storage_key(key))
    with suppress(FileNotFoundError):
        shutil.copyfile(directory / PORT_FILE, work / PORT_FILE)
    (work / SEALED_KEY).write_bytes(_sealed(key, recipient))
    if sealed_identity:
        (work / SEALED_IDENTITY).write_bytes(sealed_identity)
    manifest = {
        "format": FORMAT,
        "made_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "service_id": _service_id(work / DATA_FILE, storage_key(key)),
        "files": {path.name: _digest(path) for path in sorted(work.iterdir())},
    }
    (work / MANIFEST).write_text(json.dumps(manifest), encoding="ascii")


def _copy(source: Path, target: Path, key_hex: str) -> None:
    original = connect(source, key_hex)
    copy = connect(target, key_hex)
    try:
        with translated():
            original.execute("BEGIN")
            original.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            original.backup(copy, pages=PAGES_A_STEP)
            original.execute("ROLLBACK")
            copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        copy.close()
        original.close()


def _verify(path: Path, key_hex: str) -> None:
    """Read every page and the structure. Raises: StorageDamaged."""
    for pragma, sound in (("cipher_integrity_check", []), ("quick_check", [("ok",)])):
        db = connect(path, key_hex)
        try:
            with translated():
                found = db.execute(f"PRAGMA {pragma}").fetchall()
                db.execute("PRAGMA journal_mode = DELETE")
        finally:
            db.close()
        if found != sound:
            raise StorageDamaged("A page of the service's data is damaged. Nothing was changed.")


def _service_id(path: Path, key_hex: str) -> str:
    db = connect(path, key_hex)
    try:
        with translated():
            (service_id,) = db.execute("SELECT service_id FROM meta").fetchone()
            db.execute("PRAGMA journal_mode = DELETE")
    finally:
        db.close()
    return str(service_id)


def _sealed(key: bytes, recipient: str) -> bytes:
    try:
        return pyrage.encrypt(key.hex().encode(), [x25519.Recipient.from_str(recipient)])
    except pyrage.RecipientError as error:
        raise ArchiveUnusable("The archive's recipient is not a public key.") from error


def _key(work: Path, identity: str, passphrase: str) -> bytes:
    """The service's key, through the identity. Raises: ArchiveUnusable."""
    try:
        if passphrase and (work / SEALED_IDENTITY).exists():
            sealed = (work / SEALED_IDENTITY).read_bytes()
            identity = age_passphrase.decrypt(sealed, passphrase).decode()
        opened = pyrage.decrypt(
            (work / SEALED_KEY).read_bytes(), [x25519.Identity.from_str(identity)]
        )
        return bytes.fromhex(opened.decode())
    except (pyrage.DecryptError, pyrage.IdentityError, ValueError) as error:
        if TOO_MUCH_WORK in str(error):
            raise ArchiveUnusable(
                "This computer is too slow or too busy to try the passphrase of this archive. "
                "Nothing was changed. Try again when it has less to do."
            ) from error
        raise ArchiveUnusable(
            "What was given does not open this archive. Nothing was changed. Use the passphrase "
            "it was made with, or the vault's archive key."
        ) from error


def _pack(work: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
        for path in sorted(work.iterdir()):
            if path.name in PARTS:
                tar.add(path, arcname=path.name)
    _sync(target)


def _sync(path: Path) -> None:
    """Bring a file to the disk before it gets the name under which it counts."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _unpack(archive: Path, work: Path) -> None:
    """Take out the parts by their known names; a path in an archive leads nowhere else."""
    try:
        with tarfile.open(archive, "r:") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or member.name not in PARTS:
                    raise _damaged()
                with (work / member.name).open("xb") as file:
                    shutil.copyfileobj(content, file)
    except (tarfile.TarError, FileExistsError, EOFError) as error:
        raise _damaged() from error


def _checked_manifest(work: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((work / MANIFEST).read_bytes()[:MAX_SMALL_BYTES])
        stated: dict[str, str] = manifest["files"]
        if manifest["format"] != FORMAT or not {JOURNAL_FILE, DATA_FILE, SEALED_KEY} <= set(stated):
            raise _damaged()
        if any(_digest(work / name) != digest for name, digest in stated.items()):
            raise _damaged()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged() from error
    return dict(manifest)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _damaged() -> ArchiveUnusable:
    return ArchiveUnusable(
        "This archive is damaged, or none of a service. Nothing was changed. Use the one before it."
    )


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A private folder on the same disk, gone at the end; those of killed processes go as well.

    Whether there is room is judged while the folder is there: with it goes what filled the disk.
    Raises: ArchiveDiskFull.
    """
    abandoned = time.time() - ABANDONED_S
    for left in path.parent.glob(f"{UNFINISHED}*"):
        if left.is_dir() and left.stat().st_mtime < abandoned:
            shutil.rmtree(left)
    with (
        tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=path.parent) as folder,
        _room_is_told(path.parent),
    ):
        yield Path(folder)


@contextmanager
def _room_is_told(folder: Path) -> Iterator[None]:
    """Tell a full disk from everything else that may be wrong. Raises: ArchiveDiskFull."""
    try:
        yield
    except (StartFailed, StorageUnavailable) as error:
        if _is_out_of_room(error.__cause__, folder):
            raise ArchiveDiskFull(
                "There is no room on the disk. Nothing was changed: the service's data and older "
                "archives are as they were. Free some space, then try again."
            ) from error
        raise


def _is_out_of_room(cause: BaseException | None, folder: Path) -> bool:
    if isinstance(cause, OSError):
        return cause.errno in NO_ROOM
    code = 0 if cause is None else primary_code(cause)
    # Without room for its sidecars the library only says that it cannot open or write them.
    has_none = folder.is_dir() and shutil.disk_usage(folder).free < SIDECAR_BYTES
    return code == sqlite3.SQLITE_FULL or (code in UNSPECIFIC and has_none)
