"""Proof that a database file is what was written: every page, the structure, and whose it is.

The two checks see different damage, and each runs on a connection of its own: one bad page would
spoil what the other reports.
"""

from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from desktop.domain.errors import Cancelled, VaultDamaged
from desktop.services.calls import Report
from desktop.services.storage import audit, schema
from desktop.services.storage.database import DATABASE_DAMAGED, connect, database_faults
from desktop.services.storage.vault_files import VaultFiles

STEPS_BETWEEN_REPORTS: Final = 100_000
"""Of the database's virtual machine; a few milliseconds."""
STAGES: Final = 3
"""Pages, structure, record: what `report` counts."""


@dataclass(frozen=True, slots=True)
class Verified:
    vault_id: str
    generation: int
    schema_version: int
    pages: int
    audit_entries: int


def verify_database(path: Path, data_key: bytes, report: Report, journal: str = "WAL") -> Verified:
    """Read the whole file. Takes about 6 s for 1 GB; may run beside transactions.

    Args:
        path: the database file.
        data_key: it is opened with.
        report: told the stage, of three; a cancel lands between and inside them.
        journal: mode the file is in, so that checking does not change it.

    Raises: VaultDamaged, Cancelled, VaultError.
    """
    with database_faults():
        report(0, STAGES)
        _check_pages(path, data_key, journal)
        report(1, STAGES)
        _check_structure(path, data_key, journal, report)
        report(2, STAGES)
        verified = _read(path, data_key, journal)
    report(STAGES, STAGES)
    return verified


def verify_vault(files: VaultFiles, data_key: bytes, report: Report) -> Verified:
    """Check the database of a vault in its place. Raises: as `verify_database`."""
    files.check_database()
    return verify_database(files.database, data_key, report)


def _check_pages(path: Path, data_key: bytes, journal: str) -> None:
    """Each page against its own authentication code."""
    connection = connect(path, data_key, journal)
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        if connection.execute("PRAGMA cipher_integrity_check").fetchall():
            raise VaultDamaged(DATABASE_DAMAGED)
    finally:
        connection.close()


def _check_structure(path: Path, data_key: bytes, journal: str, report: Report) -> None:
    """Tables and indexes against each other; stops when the owner asks to."""
    connection = connect(path, data_key, journal)
    stopped: list[Cancelled] = []

    def pulse() -> int:
        try:
            report(1, STAGES)
        except Cancelled as cancelled:
            stopped.append(cancelled)
        return len(stopped)

    try:
        connection.set_progress_handler(pulse, STEPS_BETWEEN_REPORTS)
        found = _interruptible(connection, stopped)
        if found != [("ok",)]:
            raise VaultDamaged(DATABASE_DAMAGED)
    finally:
        connection.close()


def _interruptible(connection: Connection, stopped: list[Cancelled]) -> list[tuple[str]]:
    try:
        return connection.execute("PRAGMA quick_check").fetchall()
    except Exception:
        if stopped:
            raise stopped[0] from None
        raise


def _read(path: Path, data_key: bytes, journal: str) -> Verified:
    connection = connect(path, data_key, journal)
    try:
        row = schema.vault_row(connection)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        version = schema.version(connection)
        entries = audit.check(connection)
    finally:
        connection.close()
    return Verified(row.vault_id, row.generation, version, pages, entries)
