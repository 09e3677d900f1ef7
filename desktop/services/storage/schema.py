"""The database's schema: numbered migrations, and the row that ties a database to its header."""

import re
import secrets
from dataclasses import dataclass
from importlib.resources import files
from sqlite3 import Connection, complete_statement
from typing import Final

from desktop.domain.errors import VaultDamaged
from desktop.services.storage.header import newer_version

MIGRATIONS: Final = "migrations"
NAME: Final = re.compile(r"(\d{4})_\w+\.sql")
APPLICATION_ID: Final = 0x55464C57
"""Marks the file as ours (`UFLW`) for tools that look at SQLite files."""


def create(connection: Connection, vault_id: str, sealed_wrapping_key: bytes) -> None:
    """Fill an empty database, all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    _apply(connection, pending(0))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(
        """
        INSERT INTO vault (one, vault_id, lineage, wrapping_key, generation, header_sequence,
            pending_header_sequence)
        VALUES (1, :vault_id, :lineage, :wrapping_key, 1, 1, 1)
        """,
        {
            "vault_id": vault_id,
            "lineage": secrets.token_hex(16),
            "wrapping_key": sealed_wrapping_key,
        },
    )
    connection.execute("COMMIT")


def is_outdated(connection: Connection) -> bool:
    """Whether migrations wait. Raises: VaultTooNew when a newer version wrote the database."""
    if version(connection) > newest():
        raise newer_version()
    return version(connection) < newest()


def upgrade(connection: Connection) -> None:
    """Bring an older database up to date in one transaction; the caller made a backup."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _apply(connection, pending(version(connection)))
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def version(connection: Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def pending(above: int) -> list[tuple[int, str]]:
    """Number and text of each migration above a version, in order."""
    folder = files(__package__) / MIGRATIONS
    return sorted(
        (int(match[1]), entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if (match := NAME.fullmatch(entry.name)) and int(match[1]) > above
    )


def newest() -> int:
    return pending(0)[-1][0]


@dataclass(frozen=True, slots=True)
class VaultRow:
    """What ties a database to its header, and says how new both are."""

    vault_id: str
    lineage: str
    """Which line of copies this one belongs to: a restored vault begins a new one."""
    wrapping_key: bytes
    """Sealed under the data key."""
    generation: int
    """Number of the last transaction that changed something."""
    header_sequence: int
    pending_header_sequence: int
    """The header that is being written; the same as `header_sequence` at other times."""


def vault_row(connection: Connection) -> VaultRow:
    """Raises: VaultDamaged when this is not a vault's database."""
    table = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'vault'").fetchone()
    row = (
        table
        and connection.execute(
            """
        SELECT vault_id, lineage, wrapping_key, generation, header_sequence, pending_header_sequence
        FROM vault
        """
        ).fetchone()
    )
    if row is None:
        raise VaultDamaged(
            "The vault's database holds nothing that belongs to its header. Nothing was changed. "
            "Restore a backup, or put back a copy of both vault files."
        )
    return VaultRow(*row)


def next_generation(connection: Connection) -> int:
    """Count a transaction that changed something, inside it."""
    row = connection.execute(
        "UPDATE vault SET generation = generation + 1 RETURNING generation"
    ).fetchone()
    return int(row[0])


def begin_lineage(connection: Connection) -> None:
    """From now on this copy and those it came from go different ways, each with its own witness."""
    connection.execute(
        "UPDATE vault SET lineage = :lineage, generation = generation + 1",
        {"lineage": secrets.token_hex(16)},
    )


def announce_header(connection: Connection, sequence: int) -> None:
    """A header of this number is about to be written: from now on both are good."""
    connection.execute(
        "UPDATE vault SET pending_header_sequence = :sequence", {"sequence": sequence}
    )


def settle_header(connection: Connection, sequence: int) -> None:
    """The header of this number is in force, and no other."""
    connection.execute(
        "UPDATE vault SET header_sequence = :sequence, pending_header_sequence = :sequence",
        {"sequence": sequence},
    )


def replace_wrapping_key(connection: Connection, sealed: bytes) -> None:
    connection.execute("UPDATE vault SET wrapping_key = :sealed", {"sealed": sealed})


def _apply(connection: Connection, migrations: list[tuple[int, str]]) -> None:
    for number, script in migrations:
        for statement in _statements(script):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")


def _statements(script: str) -> list[str]:
    """The script cut at its statements: the library's own way of running one would commit first."""
    statements, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if complete_statement(current):
            statements.append(current)
            current = ""
    return statements
