"""Edits of configuration rows: stored and queued together, decided when they conflict."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from desktop.domain.editing import Conflict, EditState
from desktop.domain.errors import InvalidInput
from desktop.services import row_text
from desktop.services.reconcile import NOTHING, adopt, is_same, show
from desktop.services.storage import configuration, conflicts, drafts, outbox
from desktop.services.storage.configuration import SAMPLE_EPOCH, RowKey, StoredRow
from desktop.services.storage.conflicts import StoredConflict
from desktop.services.storage.outbox import PendingEdit, ServiceRow

if TYPE_CHECKING:
    from sqlite3 import Connection


class Edits:
    """Writes rows the way the owner wants them; the methods run inside a vault transaction."""

    def __init__(self, new_id: Callable[[], str], clock: Callable[[], datetime]) -> None:
        self._new_id = new_id
        self._clock = clock

    def save(
        self,
        db: Connection,
        key: RowKey,
        body: dict[str, Any],
        seen: ServiceRow | None = None,
    ) -> None:
        """Store a row and queue the edit.

        `seen` is what the owner was looking at: where the service's row has moved on meanwhile, the
        edit is sent on top of what was seen, and so becomes a conflict instead of an overwrite.
        Raises: InvalidInput while the row has a conflict.
        """
        if self._is_sample(db, key, body):
            configuration.put(db, key, StoredRow(json.dumps(body), 0, SAMPLE_EPOCH))
        else:
            self._save(db, key, json.dumps(body), seen)

    def delete(self, db: Connection, key: RowKey) -> None:
        """Take a row away and queue the deletion. Raises: InvalidInput as `save` does."""
        if self._is_sample(db, key, {}):
            configuration.remove(db, key)
        else:
            self._save(db, key, None, None)

    def discard_rejected(self, db: Connection, key: RowKey) -> None:
        """Drop an edit the service refused and take the service's version of the row."""
        edits = outbox.of_row(db, key)
        if edits and edits[-1].rejected:
            outbox.remove_row(db, key)
            adopt(db, key)

    def undo(self, db: Connection, position: int) -> None:
        """Take back an edit that was not sent, and every later edit of its row.

        Raises: InvalidInput when it was sent meanwhile, or is gone.
        """
        edit = outbox.find(db, position)
        if edit is None or (edit.is_sent and not edit.rejected):
            raise InvalidInput(
                "This edit is on its way to the service or has arrived there. Nothing was "
                "changed. To take it back, edit the row again."
            )
        for later in outbox.of_row(db, edit.key):
            if later.position >= position:
                outbox.remove(db, later.position)
        remaining = outbox.of_row(db, edit.key)
        if remaining:
            show(db, edit.key, remaining[-1].body, EditState.WAITING)
        else:
            adopt(db, edit.key)

    def keep_mine(self, db: Connection, conflict: StoredConflict) -> None:
        """Queue our version again, on top of theirs."""
        self.keep(db, conflict, conflict.mine)

    def keep(self, db: Connection, conflict: StoredConflict, body: str | None) -> None:
        """Decide a conflict for a version, queued on top of theirs; None deletes the row."""
        key = conflict.key
        conflicts.remove(db, conflict.conflict_id)
        theirs = outbox.service_row(db, key) or NOTHING
        if is_same(body, theirs.body):
            adopt(db, key)
            return
        self._append(db, key, theirs, body)
        show(db, key, body, EditState.WAITING)

    def keep_both(self, db: Connection, conflict: StoredConflict) -> None:
        """Take the service's version, and set ours aside as a draft.

        Raises: InvalidInput when ours is a deletion.
        """
        if conflict.mine is None:
            raise InvalidInput(
                "You deleted this here: there is no version to set aside. Nothing was changed. "
                "Keep yours or theirs."
            )
        drafts.add(db, conflict.key, conflict.mine, self._clock())
        self.keep_theirs(db, conflict)

    def keep_theirs(self, db: Connection, conflict: StoredConflict) -> None:
        """Drop our version and take the service's."""
        conflicts.remove(db, conflict.conflict_id)
        adopt(db, conflict.key)

    def _save(
        self,
        db: Connection,
        key: RowKey,
        body: str | None,
        seen: ServiceRow | None,
    ) -> None:
        if conflicts.exists(db, key):
            raise InvalidInput(
                "The service has another version of this. Nothing was changed. Decide which "
                "version to keep, then edit it."
            )
        theirs, base = self._base(db, key)
        if body is None and base.body is None:
            self._forget(db, key)
            return
        if seen is not None and base == theirs and seen.revision < theirs.revision:
            base = seen
        outbox.note_service_row(db, key, theirs)
        self._append(db, key, base, body)
        show(db, key, body, EditState.WAITING)

    def _forget(self, db: Connection, key: RowKey) -> None:
        """Take away a row that never reached the service: there is nothing to delete there."""
        if not outbox.of_row(db, key):
            outbox.forget_service_row(db, key)
        configuration.remove(db, key)

    def _is_sample(self, db: Connection, key: RowKey, body: dict[str, Any]) -> bool:
        row = configuration.find(db, key)
        if row is not None:
            return row.epoch == SAMPLE_EPOCH
        return configuration.is_sample(db, str(body.get("application_id", "")))

    def _base(self, db: Connection, key: RowKey) -> tuple[ServiceRow, ServiceRow]:
        """The service's version, and the version that the next edit changes.

        An edit on top of a waiting one gets its base revision once that one is accepted; a
        refused edit is replaced by the next one.
        """
        theirs = outbox.service_row(db, key)
        if theirs is None:
            row = configuration.find(db, key)
            theirs = ServiceRow(row.revision, row.body) if row else NOTHING
            return theirs, theirs
        waiting = outbox.of_row(db, key)
        if waiting and not waiting[-1].rejected:
            return theirs, ServiceRow(waiting[-1].base_revision, waiting[-1].body)
        outbox.remove_row(db, key)
        return theirs, theirs

    def _append(self, db: Connection, key: RowKey, base: ServiceRow, body: str | None) -> None:
        edit = PendingEdit(
            position=0,
            idempotency_key=self._new_id(),
            key=key,
            base_revision=base.revision if base.body is not None else 0,
            base=base.body,
            body=body,
        )
        outbox.append(db, edit, self._clock())


def describe(db: Connection, conflict: StoredConflict) -> Conflict:
    """A conflict ready to show: the fields in which mine and theirs differ."""
    theirs = (outbox.service_row(db, conflict.key) or NOTHING).body
    return Conflict(
        conflict_id=conflict.conflict_id,
        entity=conflict.key.entity,
        entity_id=conflict.key.entity_id,
        title=row_text.title(conflict.key.entity, conflict.mine, theirs, conflict.base),
        differences=row_text.differences(conflict.base, conflict.mine, theirs),
        deleted_there=theirs is None,
        deleted_here=conflict.mine is None,
    )
