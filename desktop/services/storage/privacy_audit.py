"""What was done about privacy, as a chain in the vault.

An entry holds no name, address or id of a person: requests stand in it by their number, people by a
keyed hash. So an erasure never has to touch it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from desktop.services.storage.chain import BEGINNING, follow, linked
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from sqlite3 import Connection

ALTERED: Final = (
    "The record of what was done about privacy was altered. Nothing was changed. Compare with a "
    "backup before you rely on it."
)
OWNER: Final = "owner"
PROGRAM: Final = "program"
"""What happened by itself, such as a daily job."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`facts` is canonical JSON of counts, dates and words of the program."""

    sequence: int
    at_us: int
    actor: str
    action: str
    subject: str
    facts: str

    def content(self) -> bytes:
        parts = (self.sequence, self.at_us, self.actor, self.action, self.subject, self.facts)
        return msgspec.json.encode(parts)


def append(  # noqa: PLR0913 (what an entry consists of)
    db: Connection,
    now: datetime,
    action: str,
    subject: str = "",
    facts: Mapping[str, object] | None = None,
    *,
    actor: str = OWNER,
) -> None:
    """Add an entry inside a transaction of the caller; no argument may name a person."""
    newest, previous = db.execute(
        "SELECT sequence, hash FROM privacy_audit ORDER BY sequence DESC LIMIT 1"
    ).fetchone() or (0, BEGINNING)
    text = json.dumps(facts or {}, sort_keys=True, separators=(",", ":"))
    entry = AuditEntry(newest + 1, microseconds(now), actor, action, subject, text)
    db.execute(
        """
        INSERT INTO privacy_audit (sequence, at_us, actor, action, subject, facts, hash)
        VALUES (:sequence, :at_us, :actor, :action, :subject, :facts, :hash)
        """,
        {
            "sequence": entry.sequence,
            "at_us": entry.at_us,
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "facts": entry.facts,
            "hash": linked(entry.content(), bytes(previous)),
        },
    )


def check(db: Connection) -> tuple[int, bytes]:
    """Follow the chain; how many entries it has, and the hash of the last.

    Raises: VaultDamaged when an entry does not vouch for the one before it.
    """
    rows = db.execute(
        "SELECT sequence, at_us, actor, action, subject, facts, hash FROM privacy_audit "
        "ORDER BY sequence"
    )
    encode = msgspec.json.encode  # as `AuditEntry.content`, without making the entry
    return follow(((row[0], encode(row[:6]), row[6]) for row in rows), ALTERED)


def newest(db: Connection, limit: int) -> tuple[AuditEntry, ...]:
    """The last entries, newest first."""
    rows = db.execute(
        "SELECT sequence, at_us, actor, action, subject, facts FROM privacy_audit "
        "ORDER BY sequence DESC LIMIT :limit",
        {"limit": limit},
    )
    return tuple(AuditEntry(*row) for row in rows)


def of_action(db: Connection, *actions: str) -> tuple[AuditEntry, ...]:
    """Every entry of these actions, oldest first."""
    rows = db.execute(
        "SELECT sequence, at_us, actor, action, subject, facts FROM privacy_audit "
        "WHERE action IN (SELECT value FROM json_each(:actions)) ORDER BY sequence",
        {"actions": json.dumps(actions)},
    )
    return tuple(AuditEntry(*row) for row in rows)
