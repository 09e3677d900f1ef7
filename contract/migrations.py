"""Numbered SQL scripts that bring a database to the schema of this release, once each.

The owner's vault and the service's data keep the same record of what was run, in the table
`applied_migrations`. A script whose number is lower than that of the newest one is run as well, for
work that was begun earlier may be finished later.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from sqlite3 import Connection, complete_statement
from typing import Final

NAME: Final = re.compile(r"(\d{4})_(\w+)\.sql")
RECORD: Final = """
CREATE TABLE applied_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64)
) STRICT
"""


class UnknownMigration(Exception):
    """The database has seen a script that this release does not have: a newer one wrote it."""


class ChangedMigration(Exception):
    """A script that the database has seen is not the one of this release. The argument names it."""


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    script: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.script.encode()).hexdigest()


def released(folder: Traversable) -> tuple[Migration, ...]:
    """The scripts of a folder in their order. Raises: ValueError when two have one number."""
    found = sorted(
        (
            Migration(int(match[1]), match[2], entry.read_text("utf-8"))
            for entry in folder.iterdir()
            if (match := NAME.fullmatch(entry.name))
        ),
        key=lambda migration: migration.number,
    )
    if len({migration.number for migration in found}) != len(found):
        raise ValueError("two migrations have one number")
    return tuple(found)


def newest(known: tuple[Migration, ...]) -> int:
    return known[-1].number


def version(db: Connection) -> int:
    """The highest number that was applied; 0 for an empty database."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def has_record(db: Connection) -> bool:
    """Whether the database says which scripts it has seen; the first ones did not keep a record."""
    table = "SELECT 1 FROM sqlite_schema WHERE name = 'applied_migrations'"
    return db.execute(table).fetchone() is not None


def pending(db: Connection, known: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """What has not been run yet, in order.

    Raises: UnknownMigration, ChangedMigration.
    """
    applied = _applied(db, known)
    digests = {migration.number: migration.sha256 for migration in known}
    stated = version(db)
    if applied.keys() - digests.keys() or (stated and stated not in digests):
        raise UnknownMigration
    for migration in known:
        if applied.get(migration.number, migration.sha256) != migration.sha256:
            raise ChangedMigration(f"{migration.number:04d}_{migration.name}")
    return tuple(migration for migration in known if migration.number not in applied)


def apply(db: Connection, known: tuple[Migration, ...]) -> None:
    """Run what is pending and record it, inside a transaction of the caller.

    Raises: UnknownMigration, ChangedMigration, and what a script's statements raise.
    """
    waiting = pending(db, known)
    if not has_record(db):
        db.execute(RECORD)
        _record(db, [migration for migration in known if migration not in waiting])
    for migration in waiting:
        for statement in statements(migration.script):
            db.execute(statement)
    _record(db, waiting)
    db.execute(f"PRAGMA user_version = {newest(known):d}")


def statements(script: str) -> list[str]:
    """The script cut at its statements: the library's own way of running one would commit first.

    Raises: ValueError when the last one has no end.
    """
    found, current = [], ""
    for line in script.splitlines(keepends=True):
        if current or not _says_nothing(line):
            current += line
        if complete_statement(current):
            found.append(current)
            current = ""
    if current:
        raise ValueError("the last statement of a migration has no end")
    return found


def _says_nothing(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("--")


def _applied(db: Connection, known: tuple[Migration, ...]) -> dict[int, str]:
    """Digests by number. A database without a record has seen everything up to its version."""
    if has_record(db):
        return dict(db.execute("SELECT number, sha256 FROM applied_migrations"))
    stated = version(db)
    return {found.number: found.sha256 for found in known if found.number <= stated}


def _record(db: Connection, applied: list[Migration] | tuple[Migration, ...]) -> None:
    db.executemany(
        "INSERT INTO applied_migrations (number, name, sha256) VALUES (:number, :name, :sha256)",
        [{"number": a.number, "name": a.name, "sha256": a.sha256} for a in applied],
    )
