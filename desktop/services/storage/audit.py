"""What happened to the vault itself, as a chain: each entry vouches for the one before it.

An entry that is changed, left out or put back shows when the chain is followed. No entry holds a
secret or a name that the owner gave.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from sqlite3 import Connection
from typing import Final

from desktop.services.storage.chain import BEGINNING, follow, linked
from desktop.services.storage.timestamps import microseconds

ALTERED: Final = (
    "The vault's own record of what happened to it was altered. Nothing was changed. Compare with "
    "a backup before you trust this copy."
)


class Event(StrEnum):
    CREATED = "created"
    PASSPHRASE_CHANGED = "passphrase changed"  # noqa: S105 (an event, not a secret)
    RECOVERY_CODE_MADE = "recovery code made"
    RECOVERY_CODE_CONFIRMED = "recovery code confirmed"
    RECOVERY_CODE_REMOVED = "recovery code removed"
    OPENED_BY_RECOVERY_CODE = "opened by recovery code"
    KEYRING_ADDED = "keyring added"
    KEYRING_REMOVED = "keyring removed"
    KEY_ROTATED = "key rotated"
    MIGRATED = "migrated"
    RESTORED = "restored"
    OLDER_COPY_ACCEPTED = "older copy accepted"
    EXPORTED = "secrets exported"
    IMPORTED = "secrets imported"


@dataclass(frozen=True, slots=True)
class Entry:
    sequence: int
    at_us: int
    event: str
    generation: int

    def content(self) -> bytes:
        return f"{self.sequence}\n{self.at_us}\n{self.event}\n{self.generation}\n".encode()


def append(db: Connection, event: Event, now: datetime) -> None:
    """Add an entry, inside a transaction of the caller."""
    last = db.execute(
        "SELECT sequence, hash FROM vault_audit ORDER BY sequence DESC LIMIT 1"
    ).fetchone()
    sequence, previous = last or (0, BEGINNING)
    (generation,) = db.execute("SELECT generation FROM vault").fetchone()
    entry = Entry(sequence + 1, microseconds(now), event.value, generation)
    db.execute(
        """
        INSERT INTO vault_audit (sequence, at_us, event, generation, hash)
        VALUES (:sequence, :at_us, :event, :generation, :hash)
        """,
        {
            "sequence": entry.sequence,
            "at_us": entry.at_us,
            "event": entry.event,
            "generation": entry.generation,
            "hash": linked(entry.content(), bytes(previous)),
        },
    )


def check(db: Connection) -> int:
    """Follow the chain from its beginning; return how many entries it has.

    Raises: VaultDamaged when an entry does not vouch for the one before it.
    """
    rows = db.execute(
        "SELECT sequence, at_us, event, generation, hash FROM vault_audit ORDER BY sequence"
    )
    links = ((row[0], Entry(*row[:4]).content(), row[4]) for row in rows)
    return follow(links, ALTERED)[0]


def latest(db: Connection, event: Event) -> int | None:
    """When this last happened, in microseconds UTC; None if it never did."""
    (at_us,) = db.execute(
        "SELECT max(at_us) FROM vault_audit WHERE event = :event", {"event": event.value}
    ).fetchone()
    return None if at_us is None else int(at_us)
