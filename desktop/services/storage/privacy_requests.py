"""Privacy requests and their events, which are only ever added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import msgspec

from desktop.domain.privacy.events import Event
from desktop.domain.privacy.requests import NewRequest, PrivacyRequest

if TYPE_CHECKING:
    from sqlite3 import Connection

_EVENTS: Final[dict[str, type[Event]]] = {kind.__name__: kind for kind in get_args(Event)}


def add(db: Connection, request_id: str, asked: NewRequest) -> None:
    """Store a request under the next number, without an event yet."""
    db.execute(
        """
        INSERT INTO privacy_requests (request_id, number, asked)
        SELECT :request_id, coalesce(max(number), 0) + 1, :asked FROM privacy_requests
        """,
        {"request_id": request_id, "asked": msgspec.json.encode(asked).decode()},
    )


def append(db: Connection, request_id: str, event: Event) -> None:
    """Add what happened last."""
    db.execute(
        """
        INSERT INTO privacy_events (request_id, position, kind, body)
        SELECT :request_id, coalesce(max(position), 0) + 1, :kind, :body FROM privacy_events
        WHERE request_id = :request_id
        """,
        {
            "request_id": request_id,
            "kind": type(event).__name__,
            "body": msgspec.json.encode(event).decode(),
        },
    )


def everything(db: Connection) -> tuple[PrivacyRequest, ...]:
    """Every request, in the order of their numbers."""
    rows = db.execute("SELECT request_id, number, asked FROM privacy_requests ORDER BY number")
    return tuple(_request(db, *row) for row in rows.fetchall())


def find(db: Connection, request_id: str) -> PrivacyRequest | None:
    row = db.execute(
        "SELECT request_id, number, asked FROM privacy_requests WHERE request_id = :request_id",
        {"request_id": request_id},
    ).fetchone()
    return None if row is None else _request(db, *row)


def _request(db: Connection, request_id: str, number: int, asked: str) -> PrivacyRequest:
    rows = db.execute(
        "SELECT kind, body FROM privacy_events WHERE request_id = :request_id ORDER BY position",
        {"request_id": request_id},
    )
    events = tuple(msgspec.json.decode(body, type=_EVENTS[kind]) for kind, body in rows)
    return PrivacyRequest(request_id, number, msgspec.json.decode(asked, type=NewRequest), events)
