"""The end of a service: its key is destroyed, then every file of it.

The key goes first: from then on nothing of the rest can be read, whatever cuts it off. A mark in
the directory keeps services from starting there until a deletion has run to its end.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hosted.archive import UNFINISHED
from hosted.errors import DeletionRefused, DeletionUnfinished, KeyUnavailable
from hosted.instance import (
    DELETING,
    LOCK_FILE,
    PORT_FILE,
    STATE_FILE,
    DirectoryLock,
    require_whole,
    sync_directory,
    write_private,
)
from hosted.keys import KEY_FILE, Keyring, find_key, forget_key, in_keyring, key_elsewhere
from hosted.secrets import storage_key
from hosted.storage.account_end import FILE as ACCOUNT_FILE
from hosted.storage.account_end import noted_end
from hosted.storage.connection import connect, translated
from hosted.storage.embedded import DATA_FILE
from hosted.storage.erasure_ledger import LEDGER_FILE
from hosted.storage.journal import JOURNAL_FILE

LOG_FILE: Final = "service.log"
"""What a desktop that starts the service here keeps of its words."""
SIDECARS: Final = ("", "-wal", "-shm", "-journal")
FILES: Final = (
    *(name + end for name in (DATA_FILE, JOURNAL_FILE, LEDGER_FILE) for end in SIDECARS),
    *(f".{name}.new" for name in (KEY_FILE, PORT_FILE, STATE_FILE, ACCOUNT_FILE)),
    PORT_FILE,
    STATE_FILE,
    LOG_FILE,
    ACCOUNT_FILE,
)
"""What a service has beside its key."""
OUTLIVE_THE_ACCOUNT: Final = frozenset(
    {*(LEDGER_FILE + end for end in SIDECARS), PORT_FILE, STATE_FILE, ACCOUNT_FILE}
)
"""What stays when only the account ends: keyed hashes, and what says that it ended, and where."""
COPIES: Final = (f"{DATA_FILE}.before-*", f"{UNFINISHED}*")
"""Data from before an update, and archives in the making."""
COUNTED: Final = {
    "applications": "configuration WHERE entity = 'application' AND body IS NOT NULL",
    "sdk_keys": "sdk_keys",
    "tokens": "tokens",
    "members": "members",
    "calls": "events",
}
"""What a plan counts, and where it lies."""


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """What a deletion would do; nothing was changed."""

    service_id: str
    holds: dict[str, int]
    """Rows by kind."""
    files: tuple[str, ...]
    size_bytes: int
    key: str
    """`destroyed`, or the path of a key that is the operator's own and stays."""
    stays: tuple[str, ...]
    """Names in the directory that are not the service's."""


@dataclass(frozen=True, slots=True)
class Deleted:
    service_id: str
    key: str
    """As in the plan."""
    stays: tuple[str, ...]


def plan(directory: Path, key_file: Path | None, keyring: Keyring | None) -> DeletionPlan:
    """Say what a deletion would do. The service must not run.

    Raises: StartFailed (another service runs, a deletion or restore was cut, no key),
        DeletionRefused, StorageDamaged, StorageUnavailable.
    """
    with _locked(directory):
        require_whole(directory)
        service_id, holds = _content(directory, key_file, keyring)
        files = _files(directory)
        return DeletionPlan(
            service_id=service_id,
            holds=holds,
            files=tuple(path.name for path in files),
            size_bytes=sum(path.stat().st_size for path in files),
            key=_fate_of_key(key_file),
            stays=_others(directory),
        )


def delete(
    directory: Path, key_file: Path | None, keyring: Keyring | None, service_id: str
) -> Deleted:
    """Destroy the key and every file of the service; one that was cut goes on.

    Args:
        directory: the data directory of a service that does not run.
        key_file: the operator's own key file, if there is one; it stays.
        keyring: of the system, or None.
        service_id: has to be the service's: nobody deletes another one by mistake.

    Raises: DeletionUnfinished (run it again); DeletionRefused, StartFailed, StorageDamaged and
        StorageUnavailable (nothing was changed).
    """
    with _locked(directory):
        had_keyring = _begun(directory, service_id)
        if had_keyring is None:
            had_keyring = _begin(directory, key_file, keyring, service_id)
        with _told():
            forget_key(directory, keyring, in_it=had_keyring)
            for path in _files(directory):
                _remove(path)
            sync_directory(directory)
            (directory / DELETING).unlink()
            sync_directory(directory)
        return Deleted(service_id, _fate_of_key(key_file), _others(directory))


def clear(directory: Path, keyring: Keyring | None) -> None:
    """Destroy everything of an account whose deletion is noted; safe to repeat.

    The erasure ledger stays: whoever restores an archive elsewhere needs it. So does the note, by
    which the service knows at every start that it has no account. The caller holds the lock.

    Raises: DeletionUnfinished; run it again.
    """
    with _told():
        had_key: KeyUnavailable | None = None
        try:
            forget_key(directory, keyring, in_it=in_keyring(keyring, directory))
        except KeyUnavailable as error:  # the data go all the same; the key alone opens nothing
            had_key = error
        for path in _files(directory):
            if path.name not in OUTLIVE_THE_ACCOUNT:
                _remove(path)
        sync_directory(directory)
        if had_key is not None:
            raise had_key


def _begun(directory: Path, service_id: str) -> bool | None:
    """Whether a deletion that was cut has a key in the keyring; None when none was."""
    mark = directory / DELETING
    if not mark.exists():
        return None
    with _told():
        stated = json.loads(mark.read_bytes())
    _require_same(str(stated["service_id"]), service_id)
    return bool(stated["in_keyring"])


def _begin(
    directory: Path, key_file: Path | None, keyring: Keyring | None, service_id: str
) -> bool:
    require_whole(directory)
    found, _ = _content(directory, key_file, keyring)
    _require_same(found, service_id)
    has_key = in_keyring(keyring, directory)
    stated = {"service_id": found, "in_keyring": has_key}
    write_private(directory / DELETING, json.dumps(stated))
    return has_key


def _content(
    directory: Path, key_file: Path | None, keyring: Keyring | None
) -> tuple[str, dict[str, int]]:
    """The service's id, and how much it holds."""
    ended = noted_end(directory)
    if ended is not None and ended.is_applied:
        return ended.service_id, {}
    if not (directory / DATA_FILE).exists():
        raise DeletionRefused("There are no service's data in this directory. Nothing was changed.")
    key = find_key(directory, key_file, keyring).key
    db = connect(directory / DATA_FILE, storage_key(key))
    try:
        with translated():
            (service_id,) = db.execute("SELECT service_id FROM meta").fetchone()
            holds = {
                what: int(db.execute(f"SELECT count(*) FROM {rows}").fetchone()[0])  # noqa: S608 (constants)
                for what, rows in COUNTED.items()
            }
    finally:
        db.close()
    return str(service_id), holds


def _require_same(found: str, wanted: str) -> None:
    if found != wanted:
        raise DeletionRefused(
            "The first line is not the id of this service. Nothing was changed. "
            "`usageflow service delete --plan` tells it."
        )


def _files(directory: Path) -> list[Path]:
    known = [directory / name for name in FILES]
    copies = [path for glob in COPIES for path in sorted(directory.glob(glob))]
    return [path for path in known if path.exists()] + copies


def _others(directory: Path) -> tuple[str, ...]:
    ours = {path.name for path in _files(directory)} | {KEY_FILE, LOCK_FILE, DELETING}
    return tuple(sorted(path.name for path in directory.iterdir() if path.name not in ours))


def _fate_of_key(key_file: Path | None) -> str:
    elsewhere = key_elsewhere(key_file)
    return "destroyed" if elsewhere is None else str(elsewhere)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    if not directory.is_dir():
        raise DeletionRefused("There is no such directory. Nothing was changed.")
    lock = DirectoryLock(directory)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _told() -> Iterator[None]:
    """Say of what was cut that it was. Raises: DeletionUnfinished."""
    try:
        yield
    except (OSError, KeyUnavailable) as error:
        cause = f"The disk says: {error.strerror}." if isinstance(error, OSError) else str(error)
        raise DeletionUnfinished(
            f"The deletion was begun and is not done. {cause} No service starts on what is left. "
            "Remove the cause, then run the same command again: it goes on."
        ) from error
