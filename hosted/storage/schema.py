"""Brings a data file to this release's schema by numbered SQL files."""

import re
from importlib.resources import files
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from hosted.errors import StorageDamaged, StorageTooNew

APPLICATION_ID: Final = 0x55464C57
"""Marks the file as ours ("UFLW")."""

MIGRATION_NAME: Final = re.compile(r"(\d{4})_\w+\.sql\Z")


def migrate(db: Connection, path: Path) -> None:
    """Run the pending migrations in one transaction, after a copy of the encrypted file.

    Raises:
        StorageTooNew: a newer release wrote the file; nothing was changed.
        StorageDamaged: the file holds somebody else's tables.
    """
    version = db.execute("PRAGMA user_version").fetchone()[0]
    scripts = migrations()
    newest = max(scripts)
    if version > newest:
        raise StorageTooNew(
            f"The data directory was written by a newer release (format {version}, this one "
            f"knows {newest}). Nothing was changed. Install the newer release to go on."
        )
    if version == newest:
        return
    if version:
        _copy(db, path.with_name(f"{path.name}.before-{newest:04d}"))
    elif db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise StorageDamaged(
            "The data file holds tables that are not this service's. Nothing was changed. "
            "Choose another data directory."
        )
    _run(db, [scripts[number] for number in sorted(scripts) if number > version], newest)


def migrations() -> dict[int, str]:
    """Numbered scripts of this release."""
    found = {}
    for entry in files("hosted.storage").joinpath("migrations").iterdir():
        if match := MIGRATION_NAME.match(entry.name):
            found[int(match[1])] = entry.read_text(encoding="utf-8")
    return found


def _run(db: Connection, scripts: list[str], newest: int) -> None:
    steps = "\n".join(scripts)
    try:
        db.executescript(
            f"BEGIN IMMEDIATE;\n{steps}\n"
            f"PRAGMA application_id = {APPLICATION_ID:d};\n"
            f"PRAGMA user_version = {newest:d};\nCOMMIT;"
        )
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _copy(db: Connection, target: Path) -> None:
    target.unlink(missing_ok=True)
    db.execute("VACUUM INTO :target", {"target": str(target)})
