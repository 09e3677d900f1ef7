"""The database's schema: numbered migrations, and the row that ties a database to its header."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from sqlite3 import Connection
from typing import Final

from contract import migrations
from contract.migrations import ChangedMigration, Migration, UnknownMigration
from desktop.domain.errors import VaultDamaged, VaultTooNew
from desktop.services.storage.header import newer_version
from desktop.services.storage.timestamps import microseconds, moment

ERASURES: Final = "erasures"
"""Setting that is there while a restored vault was not held against the erasure ledger."""
APPLICATION_ID: Final = 0x55464C57
"""Marks the file as ours (`UFLW`) for tools that look at SQLite files."""


def create(
    connection: Connection, vault_id: str, sealed_wrapping_key: bytes, now: datetime
) -> None:
    """Fill an empty database, all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    migrations.apply(connection, released())
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(
        """
        INSERT INTO vault (one, vault_id, lineage, wrapping_key, generation, header_sequence,
            pending_header_sequence, changed_at_us)
        VALUES (1, :vault_id, :lineage, :wrapping_key, 1, 1, 1, :now_us)
        """,
        {
            "vault_id": vault_id,
            "lineage": secrets.token_hex(16),
            "wrapping_key": sealed_wrapping_key,
            "now_us": microseconds(now),
        },
    )
    connection.execute("COMMIT")


def is_outdated(connection: Connection) -> bool:
    """Whether migrations wait.

    Raises: VaultTooNew when a newer version, or one between two releases, wrote the database.
    """
    try:
        waiting = migrations.pending(connection, released())
    except UnknownMigration as error:
        raise newer_version() from error
    except ChangedMigration as error:
        raise VaultTooNew(
            f"This vault was prepared by another build of UsageFlow Desktop: its step {error} is "
            "not the one of this version. Nothing was changed. Open it with the version that "
            "used it last, or restore a backup of before."
        ) from error
    return bool(waiting) or not migrations.has_record(connection)


def upgrade(connection: Connection) -> None:
    """Bring an older database up to date in one transaction; the caller made a backup."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(connection, released())
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def version(connection: Connection) -> int:
    return migrations.version(connection)


@cache
def released() -> tuple[Migration, ...]:
    """The migrations of this version of the program, in order."""
    return migrations.released(files(__package__) / "migrations")


def newest() -> int:
    return migrations.newest(released())


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


def next_generation(connection: Connection, now_us: int) -> int:
    """Count a transaction that changed something, inside it."""
    row = connection.execute(
        "UPDATE vault SET generation = generation + 1, changed_at_us = :now_us "
        "RETURNING generation",
        {"now_us": now_us},
    ).fetchone()
    return int(row[0])


def changed_at(connection: Connection) -> datetime | None:
    """When a vault that is up to date was changed last; None when that was before it was kept."""
    (at_us,) = connection.execute("SELECT changed_at_us FROM vault").fetchone()
    return moment(at_us) if at_us else None


def begin_lineage(connection: Connection) -> None:
    """From now on this copy and those it came from go different ways, each with its own witness."""
    connection.execute(
        "UPDATE vault SET lineage = :lineage, generation = generation + 1",
        {"lineage": secrets.token_hex(16)},
    )


def distrust_erasures(connection: Connection) -> None:
    """These data are older than the ledger of erasures may be: they have to be held against it."""
    connection.execute(
        "INSERT OR REPLACE INTO vault_settings (name, value) VALUES (:name, 'unchecked')",
        {"name": ERASURES},
    )


def trusts_erasures(connection: Connection) -> bool:
    """Whether nobody can be in these data who was erased."""
    row = connection.execute(
        "SELECT 1 FROM vault_settings WHERE name = :name", {"name": ERASURES}
    ).fetchone()
    return row is None


def trust_erasures(connection: Connection) -> None:
    """The data were held against the ledger, in the transaction of the caller."""
    connection.execute("DELETE FROM vault_settings WHERE name = :name", {"name": ERASURES})


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
