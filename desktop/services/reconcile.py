"""What the service says about configuration rows, brought together with edits made here.

While an edit of a row waits, the row shows our version and `service_rows` remembers theirs. Every
function runs inside a vault transaction.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from desktop.domain.editing import EditState
from desktop.domain.merging import merged_fields, with_fields
from desktop.domain.syncing import Outcome
from desktop.services.storage import configuration, conflicts, edit_history, outbox, sync_state
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.storage.outbox import PendingEdit, ServiceRow

if TYPE_CHECKING:
    from datetime import datetime
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


def settle(db: Connection, edit: PendingEdit, result: EditResult, at: datetime) -> None:
    """Record the service's answer to one edit, which arrived `at`, and act on it."""
    match result.outcome:
        case "accepted":
            edit_history.add(db, edit, Outcome.ACCEPTED, at, revision=result.revision)
            _confirm(db, edit, result.revision or 0)
        case "conflict":
            _bring_together(db, edit, result.current, at)
        case "rejected":
            reason = result.reason or "The service gave no reason."
            wrong = (result.field,) if result.field else ()
            edit_history.add(db, edit, Outcome.REJECTED, at, fields=wrong, reason=reason)
            _refuse(db, edit, reason)


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


def _bring_together(
    db: Connection, edit: PendingEdit, current: ConfigurationRow | None, at: datetime
) -> None:
    """Merge names and notes by field, or keep the owner's last version of the row for a decision.

    Later edits of the row are part of what is merged or set aside.
    """
    key = edit.key
    mine = outbox.of_row(db, key)[-1].body
    known = outbox.service_row(db, key) or NOTHING
    theirs = ServiceRow(known.revision, None) if current is None else _service_row(current)
    is_settled = is_same(mine, theirs.body)
    fields = frozenset() if is_settled else _mergeable(key.entity, edit.base, mine, theirs.body)
    outcome = Outcome.CONFLICT if fields is None else Outcome.MERGED
    edit_history.add(db, edit, outcome, at, fields=sorted(fields or ()))
    outbox.remove_row(db, key)
    outbox.note_service_row(db, key, theirs)
    if is_settled:
        adopt(db, key)
    elif fields is None:
        conflicts.add(db, key, base=edit.base, mine=mine)
        show(db, key, mine or theirs.body, EditState.CONFLICTED)
    else:
        _append_merged(db, edit, theirs, mine, fields, at)


def _mergeable(
    entity: str, base: str | None, mine: str | None, theirs: str | None
) -> frozenset[str] | None:
    if base is None or mine is None or theirs is None:
        return None
    return merged_fields(entity, json.loads(base), json.loads(mine), json.loads(theirs))


def _append_merged(  # noqa: PLR0913, PLR0917 (both sides of a merge)
    db: Connection,
    edit: PendingEdit,
    theirs: ServiceRow,
    mine: str | None,
    fields: frozenset[str],
    at: datetime,
) -> None:
    """Queue their row with our fields. Its key follows from the edit and what it met."""
    body = with_fields(json.loads(theirs.body or "{}"), json.loads(mine or "{}"), fields)
    met = f"{edit.idempotency_key} {theirs.revision}"
    merged = PendingEdit(
        position=0,
        idempotency_key=hashlib.sha256(met.encode()).hexdigest()[:32],
        key=edit.key,
        base_revision=theirs.revision,
        base=theirs.body,
        body=json.dumps(body),
    )
    outbox.append(db, merged, at)
    show(db, edit.key, merged.body, EditState.WAITING)


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
