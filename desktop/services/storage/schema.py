"""The database's schema: numbered migrations, and the row that ties a database to its header."""

import re
from importlib.resources import files
from pathlib import Path
from sqlite3 import Connection, complete_statement
from typing import Final

from desktop.domain.errors import VaultDamaged
from desktop.services.storage.files import copy_file
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
        "INSERT INTO vault (one, vault_id, wrapping_key) VALUES (1, :vault_id, :wrapping_key)",
        {"vault_id": vault_id, "wrapping_key": sealed_wrapping_key},
    )
    connection.execute("COMMIT")


def upgrade(connection: Connection, database: Path) -> None:
    """Bring an older database up to date in one transaction, after a copy of the encrypted file.

    The copy stays beside the database as `vault.db.before-<version>`.
    Raises: VaultError when the database was written by a newer version.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    waiting = pending(version)
    if version > newest():
        raise newer_version()
    if not waiting:
        return
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    copy_file(database, database.with_name(f"{database.name}.before-{waiting[-1][0]}"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        _apply(connection, waiting)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def pending(version: int) -> list[tuple[int, str]]:
    """Number and text of each migration above `version`, in order."""
    folder = files(__package__) / MIGRATIONS
    return sorted(
        (int(match[1]), entry.read_text("utf-8"))
        for entry in folder.iterdir()
        if (match := NAME.fullmatch(entry.name)) and int(match[1]) > version
    )


def newest() -> int:
    return pending(0)[-1][0]


def vault_id(connection: Connection) -> str:
    """Id of the vault this database belongs to. Raises: VaultDamaged when it has none."""
    return str(_vault_row(connection)[0])


def wrapping_key(connection: Connection) -> bytes:
    """The key of single secrets, sealed. Raises: VaultDamaged."""
    return bytes(_vault_row(connection)[1])


def _vault_row(connection: Connection) -> tuple[str, bytes]:
    table = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'vault'").fetchone()
    row = table and connection.execute("SELECT vault_id, wrapping_key FROM vault").fetchone()
    if row is None:
        raise VaultDamaged(
            "The vault's database holds nothing that belongs to its header. Nothing was changed. "
            "Put back a copy of both vault files from a backup."
        )
    return row[0], row[1]


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
