"""SQL of webhooks and of the events they brought."""

from dataclasses import asdict
from sqlite3 import Connection
from typing import Any, Final

from contract.terms import BillingProvider
from hosted.storage.webhook_records import StoredEvent, StoredWebhook

PUT: Final = """
INSERT INTO webhooks (webhook_id, provider, is_live, sealed, changed_us)
VALUES (:webhook_id, :provider, :is_live, :sealed, :changed_us)
ON CONFLICT (webhook_id) DO UPDATE
SET provider = excluded.provider, is_live = excluded.is_live, sealed = excluded.sealed,
    changed_us = excluded.changed_us
"""
LISTED: Final = """
SELECT webhook_id, provider, is_live, sealed, changed_us FROM webhooks ORDER BY webhook_id
"""
ADD_EVENT: Final = """
INSERT INTO webhook_events
       (revision, webhook_id, event_id, type, object_id, occurred_us, received_us, sealed)
VALUES (:revision, :webhook_id, :event_id, :type, :object_id, :occurred_us, :received_us, :sealed)
"""
KNOWN: Final = """
SELECT 1 FROM webhook_events WHERE webhook_id = :webhook_id AND event_id = :event_id
"""
EVENTS: Final = """
SELECT webhook_id, event_id, type, object_id, occurred_us, received_us, sealed, revision
FROM webhook_events WHERE revision > :after ORDER BY revision LIMIT :limit
"""
FORGET_CONTENTS: Final = "UPDATE webhook_events SET sealed = NULL WHERE webhook_id = :webhook_id"
NOTE_FORGOTTEN: Final = """
UPDATE webhook_progress SET forgotten_revision = max(forgotten_revision, coalesce(
    (SELECT max(revision) FROM webhook_events WHERE received_us < :before_us), 0))
"""
EMPTY_NEWEST: Final = """
UPDATE webhook_events SET sealed = NULL
WHERE revision = (SELECT max(revision) FROM webhook_events) AND received_us < :before_us
"""
FORGET: Final = """
DELETE FROM webhook_events
WHERE received_us < :before_us AND revision < (SELECT max(revision) FROM webhook_events)
"""
"""The newest row stays, without its contents: revisions must not go back after a restart."""


def put(db: Connection, webhook: StoredWebhook) -> None:
    """Store a webhook, new or changed."""
    db.execute(PUT, asdict(webhook) | {"provider": webhook.provider.value})


def listed(db: Connection) -> list[StoredWebhook]:
    """Every webhook by id."""
    return [
        StoredWebhook(webhook_id, BillingProvider(provider), bool(is_live), sealed, changed_us)
        for webhook_id, provider, is_live, sealed, changed_us in db.execute(LISTED)
    ]


def remove(db: Connection, webhook_id: str) -> None:
    """Forget a webhook, and what its events say."""
    db.execute("DELETE FROM webhooks WHERE webhook_id = :webhook_id", {"webhook_id": webhook_id})
    db.execute(FORGET_CONTENTS, {"webhook_id": webhook_id})


def knows(db: Connection, webhook_id: str, event_id: str) -> bool:
    """Whether an event was taken before."""
    key = {"webhook_id": webhook_id, "event_id": event_id}
    return db.execute(KNOWN, key).fetchone() is not None


def add_event(db: Connection, event: StoredEvent, revision: int) -> None:
    """Store an event that is not known yet."""
    values: dict[str, Any] = asdict(event) | {"revision": revision}
    db.execute(ADD_EVENT, values)


def events(db: Connection, after: int, limit: int) -> list[StoredEvent]:
    """Events with a higher revision, in the order they came."""
    rows = db.execute(EVENTS, {"after": after, "limit": limit})
    return [StoredEvent(*row) for row in rows]


def forget(db: Connection, before_us: int) -> None:
    """Delete events received before the instant."""
    for statement in (NOTE_FORGOTTEN, EMPTY_NEWEST, FORGET):
        db.execute(statement, {"before_us": before_us})


def forgotten_revision(db: Connection) -> int:
    """The newest revision that was forgotten; who is behind it has missed something."""
    return int(db.execute("SELECT forgotten_revision FROM webhook_progress").fetchone()[0])
