"""Edits that were sent, and what the service answered; the newest ten thousand are kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.syncing import HistoryEntry, Outcome
from desktop.services import row_text
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from sqlite3 import Connection

    from desktop.services.storage.outbox import PendingEdit

MOST_KEPT: Final = 10_000
NOTHING: Final = frozenset({"null", "[]"})
"""JSON of a field that has no value."""


def add(  # noqa: PLR0913 (the columns of an entry)
    db: Connection,
    edit: PendingEdit,
    outcome: Outcome,
    answered_at: datetime,
    *,
    revision: int | None = None,
    fields: Sequence[str] = (),
    reason: str = "",
) -> None:
    """Record an answer in the transaction that acts on it; `edit` is still in the outbox."""
    db.execute(
        """
        INSERT INTO edit_history (entity, entity_id, title, body, base_revision, made_at_us,
            sent_at_us, answered_at_us, outcome, revision, fields, reason)
        SELECT entity, entity_id, :title, body, base_revision, created_at_us,
            coalesce(sent_at_us, :answered_at), :answered_at, :outcome, :revision, :fields, :reason
        FROM outbox WHERE position = :position
        """,
        {
            "title": row_text.title(edit.key.entity, edit.body, edit.base),
            "answered_at": microseconds(answered_at),
            "outcome": outcome.value,
            "revision": revision,
            "fields": json.dumps(list(fields)),
            "reason": reason,
            "position": edit.position,
        },
    )
    db.execute(
        "DELETE FROM edit_history WHERE entry_id <= (SELECT max(entry_id) FROM edit_history) - :n",
        {"n": MOST_KEPT},
    )


def page(db: Connection, before: int | None, limit: int) -> tuple[HistoryEntry, ...]:
    """Newest first; `before` is the last entry of the page before."""
    rows = db.execute(
        """
        SELECT entry_id, entity, entity_id, title, body, made_at_us, sent_at_us, answered_at_us,
            outcome, revision, fields, reason
        FROM edit_history WHERE :before IS NULL OR entry_id < :before
        ORDER BY entry_id DESC LIMIT :limit
        """,
        {"before": before, "limit": limit},
    )
    return tuple(_entry(row) for row in rows)


def changes_of(
    db: Connection, application_id: str, entity: str, field: str
) -> Iterator[tuple[datetime, str]]:
    """When a field of an application's rows of one kind changed, and the row's title.

    Only edits of this workspace that the service took over. The first one that is known counts
    where the field has a value.
    """
    rows = db.execute(
        """
        SELECT answered_at_us, title, now, before FROM (
            SELECT entry_id, answered_at_us, title, coalesce(body -> :path, 'null') AS now,
                lag(coalesce(body -> :path, 'null'))
                    OVER (PARTITION BY entity_id ORDER BY entry_id) AS before
            FROM edit_history
            WHERE entity = :entity AND outcome IN ('accepted', 'merged') AND body IS NOT NULL
                AND coalesce(body ->> 'application_id', entity_id) = :application_id)
        ORDER BY entry_id
        """,
        {"application_id": application_id, "entity": entity, "path": field},
    )
    for answered_at, title, now, before in rows:
        if now != before and (before is not None or now not in NOTHING):
            yield moment(answered_at), title


def _entry(row: tuple[Any, ...]) -> HistoryEntry:
    entry_id, entity, entity_id, title, body, made_at, sent_at, answered_at, *rest = row
    outcome, revision, fields, reason = rest
    return HistoryEntry(
        entry_id=entry_id,
        entity=entity,
        entity_id=entity_id,
        title=title,
        body=body,
        made_at=moment(made_at),
        sent_at=moment(sent_at),
        answered_at=moment(answered_at),
        outcome=Outcome(outcome),
        revision=revision,
        fields=tuple(json.loads(fields)),
        reason=reason,
    )
