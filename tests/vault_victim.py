"""Runs one operation on a vault and is cut, as `tests.faults` says."""

from datetime import UTC, datetime

from contract.migrations import Migration
from desktop.domain.errors import AppError
from desktop.services.calls import no_report
from desktop.services.secret_store import SecretStore
from desktop.services.storage import (
    backup,
    credentials,
    database,
    derivation,
    opening,
    rekeying,
    restoring,
    rotation,
    schema,
    verification,
)
from desktop.services.storage import vault as vaults
from desktop.services.storage.vault import Vault
from desktop.services.storage.ways_in import WaysIn
from tests.faults import main, watch
from tests.quick import quick_argon2

PASSPHRASE = "correct horse battery staple"
NEW_PASSPHRASE = "another good passphrase"
ARCHIVE_KEY = "key of the archives"
MIGRATION = "CREATE TABLE extra (a INTEGER NOT NULL) STRICT;\nINSERT INTO extra VALUES (1);\n"


def with_one_more(released):
    """The migrations of a next version of the program."""
    known = (*released(), Migration(9000, "extra", MIGRATION))
    return lambda: known


def opened(directory):
    vault = Vault(directory)
    vault.unlock(PASSPHRASE)
    return vault


def create(directory):
    Vault(directory).create(PASSPHRASE)


def header(directory):
    vault = opened(directory)
    WaysIn(vault, None).set_passphrase(NEW_PASSPHRASE)


def migration(directory):
    schema.released = with_one_more(schema.released)
    opened(directory)


def rotate(directory):
    vault = opened(directory)
    WaysIn(vault, None).rotate(PASSPHRASE, no_report)


def back_up(directory):
    vault = opened(directory)
    rekeying.back_up(vault, backup.Reason.MANUAL, no_report)


def restore(directory):
    vault = Vault(directory)
    chosen = backup.chosen(vault.files.backups, "")
    vault.restore(chosen, credentials.passphrase(PASSPHRASE), no_report)


def archive_key(directory):
    """The key of the service's archives, kept in the vault from the first one on."""
    vault = opened(directory)
    store = SecretStore(vault, lambda: "id", lambda: datetime.now(UTC))
    with vault.transaction() as db:
        assert store.archive_key(db, lambda: ARCHIVE_KEY) == ARCHIVE_KEY


def insert(directory):
    vault = opened(directory)
    with vault.transaction() as db:
        db.executemany(
            "INSERT INTO vault_settings VALUES (?, ?)",
            ((f"row {number}", "x" * 1000) for number in range(20_000)),
        )


OPERATIONS = {
    "creation": create,
    "header": header,
    "migration": migration,
    "rotation": rotate,
    "backup": back_up,
    "restore": restore,
    "archive-key": archive_key,
    "insert": insert,
}


def prepare(steps):
    derivation.tuned_cost = derivation.Argon2Cost
    derivation.hash_secret_raw = quick_argon2
    modules = (backup, opening, rekeying, restoring, rotation, vaults, verification)
    watch(steps, modules, database.connect)


if __name__ == "__main__":
    main(prepare, OPERATIONS, AppError)
