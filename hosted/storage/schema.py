"""Brings a data file to this release's schema by numbered SQL files."""

from functools import cache
from importlib.resources import files
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from contract import migrations
from contract.migrations import ChangedMigration, Migration, UnknownMigration
from hosted.errors import StorageDamaged, StorageTooNew

APPLICATION_ID: Final = 0x55464C57
"""Marks the file as ours ("UFLW")."""


def migrate(db: Connection, path: Path) -> None:
    """Run what was not run yet in one transaction, after a copy of the encrypted file.

    Raises:
        StorageTooNew: a newer release, or one between two releases, wrote the file; nothing was
            changed.
        StorageDamaged: the file holds somebody else's tables.
    """
    waiting = _pending(db, path)
    if not waiting and migrations.has_record(db):
        return
    if migrations.version(db):
        _copy(db, path.with_name(f"{path.name}.before-{migrations.newest(released()):04d}"))
    elif db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise StorageDamaged(
            "The data file holds tables that are not this service's. Nothing was changed. "
            "Choose another data directory."
        )
    _run(db)


@cache
def released() -> tuple[Migration, ...]:
    """The migrations of this release, in order."""
    return migrations.released(files("hosted.storage") / "migrations")


def _pending(db: Connection, path: Path) -> tuple[Migration, ...]:
    try:
        return migrations.pending(db, released())
    except UnknownMigration as error:
        raise StorageTooNew(
            f"{path.name} in the data directory was written by a newer release (format "
            f"{migrations.version(db)}, this one knows {migrations.newest(released())}). Nothing "
            "was changed. Install the newer release to go on."
        ) from error
    except ChangedMigration as error:
        raise StorageTooNew(
            f"{path.name} in the data directory was prepared by another build: its step {error} is "
            "not the one of this release. Nothing was changed. Start the release that used it "
            "last, or restore an archive of before."
        ) from error


def _run(db: Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(db, released())
        db.execute(f"PRAGMA application_id = {APPLICATION_ID:d}")
        db.execute("COMMIT")
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _copy(db: Connection, target: Path) -> None:
    """A copy has its name only once it is whole."""
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    db.execute("VACUUM INTO :target", {"target": str(unfinished)})
    unfinished.replace(target)
