"""Items of a service's answers that were left out, for the owner to see; the latest 1,000."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.syncing import Feed, Refusal
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from sqlite3 import Connection

MOST_KEPT: Final = 1_000
LONGEST_ID: Final = 80


@dataclass(frozen=True, slots=True)
class RefusedItem:
    """One item as it came; `kind` and `item_id` may be any text."""

    kind: str
    item_id: str
    reason: str


def add(db: Connection, feed: Feed, items: Iterable[RefusedItem], at: datetime) -> None:
    """Record items in the transaction that stores the rest of their page."""
    values = [
        {
            "feed": feed,
            "kind": item.kind[:LONGEST_ID],
            "item_id": item.item_id[:LONGEST_ID],
            "reason": item.reason,
            "at": microseconds(at),
        }
        for item in items
    ]
    if not values:
        return
    db.executemany(
        """
        INSERT INTO refused_items (feed, kind, item_id, reason, times, first_at_us, last_at_us)
        VALUES (:feed, :kind, :item_id, :reason, 1, :at, :at)
        ON CONFLICT DO UPDATE SET times = times + 1, last_at_us = :at
        """,
        values,
    )
    db.execute(
        """
        DELETE FROM refused_items WHERE (feed, kind, item_id, reason) IN (
            SELECT feed, kind, item_id, reason FROM refused_items
            ORDER BY last_at_us DESC LIMIT -1 OFFSET :kept)
        """,
        {"kept": MOST_KEPT},
    )


def everything(db: Connection) -> tuple[Refusal, ...]:
    """The latest first."""
    rows = db.execute(
        """
        SELECT feed, kind, item_id, reason, times, first_at_us, last_at_us FROM refused_items
        ORDER BY last_at_us DESC, feed, kind, item_id
        """
    )
    return tuple(_refusal(row) for row in rows)


def count(db: Connection) -> int:
    (number,) = db.execute("SELECT count(*) FROM refused_items").fetchone()
    return int(number)


def forget(db: Connection) -> None:
    """Drop all records: the owner has seen them, or everything is fetched anew."""
    db.execute("DELETE FROM refused_items")


def _refusal(row: tuple[Any, ...]) -> Refusal:
    feed, kind, item_id, reason, times, first_at, last_at = row
    return Refusal(feed, kind, item_id, reason, times, moment(first_at), moment(last_at))
