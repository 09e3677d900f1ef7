"""Runs one operation on a vault and is cut at a chosen step: `python -m tests.vault_victim`.

Arguments: operation, directory, what happens (`kill`, `full` or `count`), step. A step is anything
that changes files: making, renaming, removing, bringing one to the disk, opening the database.
`count` prints how many steps the operation has; `full` prints the code of the error it ends with.
"""

import errno
import os
import shutil
import signal
import sys
from pathlib import Path

from contract.migrations import Migration
from desktop.domain.errors import AppError
from desktop.services.calls import no_report
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

PASSPHRASE = "correct horse battery staple"
NEW_PASSPHRASE = "another good passphrase"
MIGRATION = "CREATE TABLE extra (a INTEGER NOT NULL) STRICT;\nINSERT INTO extra VALUES (1);\n"


class Steps:
    """Counts steps; at the chosen one the process dies or the disk is full."""

    def __init__(self, outcome, last):
        self.outcome, self.last, self.count = outcome, last, 0

    def take(self):
        self.count += 1
        if self.count != self.last:
            return
        if self.outcome == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.outcome == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def before(self, function):
        def stepping(*arguments, **options):
            self.take()
            return function(*arguments, **options)

        return stepping


def watch(steps):
    os.fsync = steps.before(os.fsync)
    shutil.rmtree = steps.before(shutil.rmtree) if steps.outcome != "full" else shutil.rmtree
    for name in ("replace", "rename", "mkdir", *(["unlink"] if steps.outcome != "full" else [])):
        setattr(Path, name, steps.before(getattr(Path, name)))
    connect = steps.before(database.connect)
    for module in (backup, opening, rekeying, restoring, rotation, vaults, verification):
        module.connect = connect


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
    "insert": insert,
}


def main():
    operation, directory, outcome, last = sys.argv[1:]
    derivation.tuned_cost = derivation.Argon2Cost
    steps = Steps(outcome, int(last))
    watch(steps)
    try:
        OPERATIONS[operation](Path(directory))
    except AppError as error:
        sys.stdout.write(error.code)
    else:
        sys.stdout.write(str(steps.count) if outcome == "count" else "done")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
