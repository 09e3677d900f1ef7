"""Edits that were sent, and what the service answered; the newest ten thousand are kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.syncing import HistoryEntry, Outcome
from desktop.services import row_text
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from sqlite3 import Connection

    from desktop.services.storage.outbox import PendingEdit

MOST_KEPT: Final = 10_000


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
