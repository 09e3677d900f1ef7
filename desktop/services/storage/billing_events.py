"""Events of payment providers in the vault, and how far the service's feed of them was followed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from desktop.domain.billing.webhooks import EventOutcome, ProviderEvent
from desktop.services.storage.timestamps import moment

if TYPE_CHECKING:
    from sqlite3 import Connection

ADD: Final = """
INSERT OR IGNORE INTO billing_events
    (webhook_id, event_id, type, object_id, occurred_at_us, received_at_us, outcome)
VALUES (:webhook_id, :event_id, :type, :object_id, :occurred_at_us, :received_at_us, :outcome)
"""
PAGE: Final = """
SELECT event_id, type, object_id, occurred_at_us, received_at_us, outcome FROM billing_events
WHERE webhook_id = :webhook_id ORDER BY received_at_us DESC, event_id LIMIT :limit OFFSET :offset
"""
NEWEST_OF_OBJECT: Final = """
SELECT max(occurred_at_us) FROM billing_events
WHERE webhook_id = :webhook_id AND object_id = :object_id AND outcome = 'applied'
"""
PUT_CURSOR: Final = """
INSERT INTO billing_feed (only_row, cursor) VALUES (1, :cursor)
ON CONFLICT DO UPDATE SET cursor = excluded.cursor
"""


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event without its contents: those are in the lists."""

    webhook_id: str
    event_id: str
    type: str
    object_id: str
    occurred_at_us: int
    received_at_us: int
    outcome: str


def add(db: Connection, event: StoredEvent) -> None:
    """Keep an event; nothing happens for one that is there."""
    db.execute(ADD, asdict(event))


def knows(db: Connection, webhook_id: str, event_id: str) -> bool:
    """Whether an event was taken before."""
    key = {"webhook_id": webhook_id, "event_id": event_id}
    found = db.execute(
        "SELECT 1 FROM billing_events WHERE webhook_id = :webhook_id AND event_id = :event_id", key
    )
    return found.fetchone() is not None


def newest_of(db: Connection, webhook_id: str, object_id: str) -> int:
    """When the newest event happened that the lists show of an object; 0 for none."""
    key = {"webhook_id": webhook_id, "object_id": object_id}
    return int(db.execute(NEWEST_OF_OBJECT, key).fetchone()[0] or 0)


def page(
    db: Connection, webhook_id: str, offset: int, limit: int
) -> tuple[tuple[ProviderEvent, ...], int]:
    """The newest first, and how many there are."""
    values = {"webhook_id": webhook_id, "offset": offset, "limit": limit}
    (total,) = db.execute(
        "SELECT count(*) FROM billing_events WHERE webhook_id = :webhook_id", values
    ).fetchone()
    rows = tuple(
        ProviderEvent(event_id, kind, about, moment(occurred), moment(came), EventOutcome(outcome))
        for event_id, kind, about, occurred, came, outcome in db.execute(PAGE, values)
    )
    return rows, int(total)


def forget(db: Connection, before_us: int) -> None:
    """Drop events received before an instant."""
    db.execute("DELETE FROM billing_events WHERE received_at_us < :before", {"before": before_us})


def cursor(db: Connection) -> str:
    """How far the feed was followed; empty before the first page."""
    row = db.execute("SELECT cursor FROM billing_feed").fetchone()
    return "" if row is None else str(row[0])


def put_cursor(db: Connection, reached: str) -> None:
    """Remember how far; in the transaction that stores the page."""
    db.execute(PUT_CURSOR, {"cursor": reached})
