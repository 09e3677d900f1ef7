"""What sync has done and has still to do: the queue, its history, refusals, progress."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from desktop.domain.syncing import FieldChange, HistoryEntry, OutgoingEdit, Refusal, StreamProgress
from desktop.services import row_text
from desktop.services.calls import callable_from_window
from desktop.services.storage import configuration, edit_history, outbox, refusals, sync_state

if TYPE_CHECKING:
    from desktop.services.editing import Edits
    from desktop.services.storage.outbox import QueuedEdit
    from desktop.services.storage.vault import Vault

STREAMS: Final[tuple[sync_state.Stream, ...]] = ("changes", "tail", "backfill")
MOST_AT_ONCE: Final = 500


class SyncRecordsService:
    """Reads the records of sync, and takes edits back. Any thread."""

    def __init__(self, vault: "Vault", edits: "Edits", edited: Callable[[], None]) -> None:
        """`edited` is called after an edit was taken back."""
        self._vault = vault
        self._edits = edits
        self._edited = edited

    @callable_from_window
    def outgoing(self) -> tuple[OutgoingEdit, ...]:
        """Edits the service has not accepted, oldest first; refused ones are among them."""
        with self._vault.reading() as db:
            queue = outbox.queue(db)
            problems = [
                row.problem if (row := configuration.find(db, queued.edit.key)) else ""
                for queued in queue
            ]
        return tuple(
            _outgoing(queued, problem) for queued, problem in zip(queue, problems, strict=True)
        )

    @callable_from_window
    def inspect(self, position: int) -> tuple[FieldChange, ...]:
        """What an edit of the queue changes, field by field; nothing for one that has left it."""
        with self._vault.reading() as db:
            found = next((q for q in outbox.queue(db) if q.edit.position == position), None)
        return () if found is None else row_text.changes(found.before, found.edit.body)

    @callable_from_window
    def undo(self, position: int) -> None:
        """Take back an edit that was not sent, and every later edit of the same row.

        Raises: InvalidInput when it was sent meanwhile: then only another edit takes it back.
        """
        with self._vault.transaction() as db:
            self._edits.undo(db, position)
        self._edited()

    @callable_from_window
    def history(self, before: int | None = None, limit: int = 100) -> tuple[HistoryEntry, ...]:
        """Edits that were answered, newest first; `before` is the last one of the page before."""
        with self._vault.reading() as db:
            return edit_history.page(db, before, max(1, min(limit, MOST_AT_ONCE)))

    @callable_from_window
    def refusals(self) -> tuple[Refusal, ...]:
        """What was left out of the service's answers, the latest first."""
        with self._vault.reading() as db:
            return refusals.everything(db)

    @callable_from_window
    def forget_refusals(self) -> None:
        """Empty the list of refusals; what the service sends again is listed again."""
        with self._vault.transaction() as db:
            refusals.forget(db)

    @callable_from_window
    def progress(self) -> tuple[StreamProgress, ...]:
        """How far each stream was followed: configuration, new usage, the past."""
        with self._vault.reading() as db:
            return tuple(sync_state.progress(db, stream) for stream in STREAMS)


def _outgoing(queued: "QueuedEdit", problem: str) -> OutgoingEdit:
    edit = queued.edit
    return OutgoingEdit(
        position=edit.position,
        entity=edit.key.entity,
        entity_id=edit.key.entity_id,
        title=row_text.title(edit.key.entity, edit.body, queued.before),
        is_deletion=edit.body is None,
        changed_fields=row_text.changed(queued.before, edit.body),
        made_at=queued.made_at,
        sent_at=queued.sent_at,
        problem=problem if edit.rejected else "",
    )
