"""Desktops that are killed: one process imports once, and each line it reads forks a victim.

A victim opens the vault, then edits and syncs until it is killed. It tells on standard output when
the vault is open, and each edit's key once it is stored.
"""

import hashlib
import itertools
import os
import random
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import stamina

from contract.identifiers import policy_id
from desktop.domain.errors import AppError
from desktop.services.calls import no_report
from desktop.services.client import ServiceClient
from desktop.services.compose import Surroundings, build_services
from desktop.services.row_editor import checked_body
from desktop.services.storage import derivation
from desktop.services.storage.configuration import RowKey
from tests.fakes import APPLICATION, PASSPHRASE

URLS = ("/1", "/2", "/3")


def fast_derivation(secret, salt, *_rest):
    """In place of Argon2, for parent and victims alike: here the vault only has to open."""
    return hashlib.sha256(secret + salt).digest()


def surroundings(url, prefix):
    """Real clock, real network; ids that no other life makes."""
    numbers = itertools.count()
    return Surroundings(
        clock=lambda: datetime.now(UTC),
        new_id=lambda: f"{prefix}-{next(numbers)}",
        make_client=lambda _url, token: ServiceClient(url, token, httpx.HTTPTransport()),
    )


def opened(directory, url, prefix):
    services = build_services(
        directory, directory, syncs_by_itself=False, surroundings=surroundings(url, prefix)
    )
    services.workspace.unlock(PASSPHRASE)
    return services


def tell(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def edit(services, chance):
    """Change one of a few policies; the key of the stored edit."""
    limits = [{"allowed": chance.randint(1, 10**6), "interval": "day"}]
    url = chance.choice(URLS)
    fields = {"application_id": APPLICATION, "method": "GET", "url": url, "limits": limits}
    key = RowKey("policy", policy_id(APPLICATION, "GET", url, ""))
    with services.vault.transaction() as db:
        services.policies._rows.edits.save(db, key, checked_body("policy", fields))
        (stored,) = db.execute(
            "SELECT idempotency_key FROM outbox ORDER BY position DESC LIMIT 1"
        ).fetchone()
    return stored


def live(directory, url, seed):
    """Edit and sync until the end."""
    chance = random.Random(seed)  # noqa: S311 (the same edits each time)
    services = opened(directory, url, f"v{seed}")
    tell("open")
    while True:
        for _ in range(chance.randint(0, 3)):
            tell(edit(services, chance))
        with suppress(AppError):
            services.sync.run(no_report)


def main():
    directory, url = Path(sys.argv[1]), sys.argv[2]
    derivation.hash_secret_raw = fast_derivation
    stamina.set_testing(True, attempts=1)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            live(directory, url, int(line))
        tell(f"pid {pid}")
        os.waitpid(pid, 0)
        tell("ended")


if __name__ == "__main__":
    main()
