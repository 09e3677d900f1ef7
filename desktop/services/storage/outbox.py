"""The outbox: edits the service has not accepted yet, and what the service has in their place.

Every function takes a connection inside a transaction of the vault; an edit is appended in the
transaction that writes its row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from desktop.services.storage.configuration import RowKey
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection

COLUMNS: Final = (
    "position, idempotency_key, entity, entity_id, base_revision, base, body, rejected, "
    "sent_at_us IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class PendingEdit:
    """One edit. `base` and `body` are JSON objects, or None where the row does not exist."""

    position: int
    idempotency_key: str
    key: RowKey
    base_revision: int
    base: str | None
    body: str | None
    rejected: bool = False
    is_sent: bool = False
    """It has left at least once: the service may have it although no answer came."""


@dataclass(frozen=True, slots=True)
class QueuedEdit:
    """An edit with its times."""

    edit: PendingEdit
    made_at: datetime
    sent_at: datetime | None
    before: str | None
    """The row before this edit: its base, or what an earlier waiting edit makes of it."""


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """The service's own version of a row; revision 0 and no body while it has none."""

    revision: int
    body: str | None


def append(db: Connection, edit: PendingEdit, created_at: datetime) -> None:
    """Queue an edit; its `position` is ignored, it becomes the newest."""
    db.execute(
        """
        INSERT INTO outbox (idempotency_key, entity, entity_id, base_revision, base, body,
            rejected, created_at_us)
        VALUES (:idempotency_key, :entity, :entity_id, :base_revision, :base, :body, 0, :created_at)
        """,
        {
            "idempotency_key": edit.idempotency_key,
            "entity": edit.key.entity,
            "entity_id": edit.key.entity_id,
            "base_revision": edit.base_revision,
            "base": edit.base,
            "body": edit.body,
            "created_at": microseconds(created_at),
        },
    )


def first_of_each_row(db: Connection, limit: int) -> tuple[PendingEdit, ...]:
    """The oldest edit of each row that may be sent, oldest first.

    A later edit of a row waits until the one before it is accepted: only then its base is known.
    """
    rows = db.execute(
        f"""
        SELECT {COLUMNS} FROM outbox
        WHERE position IN (SELECT min(position) FROM outbox WHERE rejected = 0
            GROUP BY entity, entity_id ORDER BY 1 LIMIT :limit)
        ORDER BY position
        """,  # noqa: S608 (a constant)
        {"limit": limit},
    )
    return tuple(_edit(row) for row in rows)


def of_row(db: Connection, key: RowKey) -> tuple[PendingEdit, ...]:
    """All edits of one row, oldest first."""
    rows = db.execute(
        f"""
        SELECT {COLUMNS} FROM outbox
        WHERE entity = :entity AND entity_id = :entity_id ORDER BY position
        """,  # noqa: S608 (a constant)
        {"entity": key.entity, "entity_id": key.entity_id},
    )
    return tuple(_edit(row) for row in rows)


def find(db: Connection, position: int) -> PendingEdit | None:
    row = db.execute(
        f"SELECT {COLUMNS} FROM outbox WHERE position = :position",  # noqa: S608 (a constant)
        {"position": position},
    ).fetchone()
    return _edit(row) if row else None


def queue(db: Connection) -> tuple[QueuedEdit, ...]:
    """Every edit, refused ones too, oldest first."""
    rows = db.execute(
        f"SELECT {COLUMNS}, created_at_us, sent_at_us FROM outbox ORDER BY position"  # noqa: S608
    ).fetchall()
    queued: list[QueuedEdit] = []
    shown: dict[RowKey, str | None] = {}
    for *columns, made_at, sent_at in rows:
        edit = _edit(tuple(columns))
        left = None if sent_at is None else moment(sent_at)
        queued.append(QueuedEdit(edit, moment(made_at), left, shown.get(edit.key, edit.base)))
        shown[edit.key] = edit.body
    return tuple(queued)


def mark_sent(db: Connection, edits: Iterable[PendingEdit], at: datetime) -> None:
    """Note that edits leave now; the first time counts. Commit this before they leave."""
    db.executemany(
        "UPDATE outbox SET sent_at_us = :at WHERE position = :position AND sent_at_us IS NULL",
        [{"at": microseconds(at), "position": edit.position} for edit in edits],
    )


def rebase(db: Connection, position: int, base_revision: int, base: str | None) -> None:
    db.execute(
        """
        UPDATE outbox SET base_revision = :base_revision, base = :base
        WHERE position = :position
        """,
        {"position": position, "base_revision": base_revision, "base": base},
    )


def reject(db: Connection, position: int) -> None:
    """Keep an edit the service refused, without sending it again."""
    db.execute("UPDATE outbox SET rejected = 1 WHERE position = :position", {"position": position})


def remove(db: Connection, position: int) -> None:
    db.execute("DELETE FROM outbox WHERE position = :position", {"position": position})


def remove_row(db: Connection, key: RowKey) -> None:
    """Drop all edits of one row."""
    db.execute(
        "DELETE FROM outbox WHERE entity = :entity AND entity_id = :entity_id",
        {"entity": key.entity, "entity_id": key.entity_id},
    )


def waiting(db: Connection) -> int:
    """How many edits wait to be sent; refused ones do not count."""
    (count,) = db.execute("SELECT count(*) FROM outbox WHERE rejected = 0").fetchone()
    return int(count)


def service_row(db: Connection, key: RowKey) -> ServiceRow | None:
    """What the service has, for a row with an edit of ours; None for a row without one."""
    row = db.execute(
        """
        SELECT revision, body FROM service_rows
        WHERE entity = :entity AND entity_id = :entity_id
        """,
        {"entity": key.entity, "entity_id": key.entity_id},
    ).fetchone()
    return ServiceRow(*row) if row else None


def note_service_row(db: Connection, key: RowKey, theirs: ServiceRow) -> None:
    """Remember the service's version unless a newer one is known already."""
    db.execute(
        """
        INSERT INTO service_rows (entity, entity_id, revision, body)
        VALUES (:entity, :entity_id, :revision, :body)
        ON CONFLICT DO UPDATE SET revision = excluded.revision, body = excluded.body
        WHERE excluded.revision >= revision
        """,
        {
            "entity": key.entity,
            "entity_id": key.entity_id,
            "revision": theirs.revision,
            "body": theirs.body,
        },
    )


def forget_service_row(db: Connection, key: RowKey) -> None:
    db.execute(
        "DELETE FROM service_rows WHERE entity = :entity AND entity_id = :entity_id",
        {"entity": key.entity, "entity_id": key.entity_id},
    )


def distrust_service_rows(db: Connection) -> None:
    """Let whatever the service says next replace what was known, even with a lower revision."""
    db.execute("UPDATE service_rows SET revision = 0")


def _edit(row: tuple[Any, ...]) -> PendingEdit:
    position, idempotency_key, entity, entity_id, base_revision, base, body, rejected, sent = row
    return PendingEdit(
        position,
        idempotency_key,
        RowKey(entity, entity_id),
        base_revision,
        base,
        body,
        rejected=bool(rejected),
        is_sent=bool(sent),
    )
