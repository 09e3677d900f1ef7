"""What the service says about configuration rows, brought together with edits made here.

While an edit of a row waits, the row shows our version and `service_rows` remembers theirs. Every
function runs inside a vault transaction.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from desktop.domain.editing import EditState
from desktop.services.storage import configuration, conflicts, outbox, sync_state
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.storage.outbox import PendingEdit, ServiceRow

if TYPE_CHECKING:
    from sqlite3 import Connection

    from contract.messages.configuration import ConfigurationRow, EditResult

NOTHING: Final = ServiceRow(0, None)


def take_row(db: Connection, row: ConfigurationRow, epoch: int) -> None:
    """Store a row of the changes feed, unless a newer one is here; ours stays shown if edited."""
    key = RowKey(row.entity, row.entity_id)
    if outbox.service_row(db, key) is not None:
        outbox.note_service_row(db, key, _service_row(row))
        return
    stored = configuration.find(db, key)
    if stored is not None and stored.epoch == epoch and stored.revision > row.revision:
        return
    if row.deleted:
        configuration.remove(db, key)
    else:
        configuration.put(db, key, StoredRow(json.dumps(row.body), row.revision, epoch))


def settle(db: Connection, edit: PendingEdit, result: EditResult) -> None:
    """Record the service's answer to one edit."""
    match result.outcome:
        case "accepted":
            _confirm(db, edit, result.revision or 0)
        case "conflict":
            _set_aside(db, edit, result.current)
        case "rejected":
            _refuse(db, edit, result.reason or "The service gave no reason.")


def _confirm(db: Connection, edit: PendingEdit, revision: int) -> None:
    """The edit is the service's row now; a later edit of the row stands on top of it."""
    outbox.remove(db, edit.position)
    outbox.note_service_row(db, edit.key, ServiceRow(revision, edit.body))
    later = outbox.of_row(db, edit.key)
    if later:
        base_revision = 0 if edit.body is None else revision
        outbox.rebase(db, later[0].position, base_revision, edit.body)
    else:
        adopt(db, edit.key)


def _set_aside(db: Connection, edit: PendingEdit, current: ConfigurationRow | None) -> None:
    """Keep the owner's last version of the row for a decision, with every later edit of it."""
    key = edit.key
    mine = outbox.of_row(db, key)[-1].body
    known = outbox.service_row(db, key) or NOTHING
    theirs = ServiceRow(known.revision, None) if current is None else _service_row(current)
    outbox.remove_row(db, key)
    outbox.note_service_row(db, key, theirs)
    if is_same(mine, theirs.body):
        adopt(db, key)
        return
    conflicts.add(db, key, base=edit.base, mine=mine)
    show(db, key, mine or theirs.body, EditState.CONFLICTED)


def _refuse(db: Connection, edit: PendingEdit, reason: str) -> None:
    """Show the row with the reason; a later edit of it may be the correction and is sent."""
    later = [other for other in outbox.of_row(db, edit.key) if other.position > edit.position]
    if later:
        outbox.remove(db, edit.position)
        outbox.rebase(db, later[0].position, edit.base_revision, edit.base)
        return
    outbox.reject(db, edit.position)
    shown = edit.body or edit.base
    show(db, edit.key, shown, EditState.REJECTED, reason)


def show(
    db: Connection, key: RowKey, body: str | None, state: EditState, problem: str = ""
) -> None:
    """Show our version of a row the service has another of; None takes the row away."""
    if body is None:
        configuration.remove(db, key)
        return
    revision = (outbox.service_row(db, key) or NOTHING).revision
    epoch = sync_state.epoch(db)
    configuration.put(db, key, StoredRow(body, revision, epoch, state, problem))


def adopt(db: Connection, key: RowKey) -> None:
    """Make the row what the service has, now that no edit of ours is left."""
    theirs = outbox.service_row(db, key) or NOTHING
    outbox.forget_service_row(db, key)
    if theirs.body is None:
        configuration.remove(db, key)
        return
    epoch = sync_state.epoch(db)
    configuration.put(db, key, StoredRow(theirs.body, theirs.revision, epoch))


def is_same(body: str | None, other: str | None) -> bool:
    """Whether two bodies say the same, however they are written."""
    if body is None or other is None:
        return body is other
    return bool(json.loads(body) == json.loads(other))


def _service_row(row: ConfigurationRow) -> ServiceRow:
    return ServiceRow(row.revision, None if row.deleted else json.dumps(row.body))
