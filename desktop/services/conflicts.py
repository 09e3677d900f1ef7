"""Conflicts and what the owner decides: mine, theirs, some fields of each, or both as a draft."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.domain.editing import Conflict
from desktop.domain.errors import InvalidInput
from desktop.domain.merging import with_fields
from desktop.domain.syncing import Draft
from desktop.services import row_text
from desktop.services.calls import callable_from_window
from desktop.services.editing import describe
from desktop.services.row_editor import checked_body
from desktop.services.storage import conflicts, drafts, outbox

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.editing import Edits
    from desktop.services.storage.conflicts import StoredConflict
    from desktop.services.storage.drafts import StoredDraft
    from desktop.services.storage.vault import Vault


class ConflictService:
    """Nothing is overwritten before the owner has decided. Any thread."""

    def __init__(self, vault: "Vault", edits: "Edits", edited: Callable[[], None]) -> None:
        """`edited` is called after each decision."""
        self._vault = vault
        self._edits = edits
        self._edited = edited

    @callable_from_window
    def conflicts(self) -> tuple[Conflict, ...]:
        """All rows of any kind whose edit the service did not take, oldest first."""
        with self._vault.reading() as db:
            return tuple(describe(db, conflict) for conflict in conflicts.all_of_them(db))

    @callable_from_window
    def keep_mine(self, conflict_id: int) -> None:
        """Send our version again, on top of theirs. Raises: InvalidInput when it is decided."""
        self._decide(conflict_id, self._edits.keep_mine)

    @callable_from_window
    def keep_theirs(self, conflict_id: int) -> None:
        """Drop our edit and take the service's row. Raises: InvalidInput when it is decided."""
        self._decide(conflict_id, self._edits.keep_theirs)

    @callable_from_window
    def keep_both(self, conflict_id: int) -> None:
        """Take the service's row and set ours aside as a draft, which is never sent by itself.

        Raises: InvalidInput when it is decided, or when ours is a deletion.
        """
        self._decide(conflict_id, self._edits.keep_both)

    @callable_from_window
    def keep_fields(self, conflict_id: int, mine: tuple[str, ...]) -> None:
        """Take these fields of ours and the rest of theirs; queued on top of theirs.

        Raises: InvalidInput when it is decided, when one side deleted the row, or with the field
            when both do not go together.
        """

        def keep(db: "Connection", conflict: "StoredConflict") -> None:
            theirs = outbox.service_row(db, conflict.key)
            if conflict.mine is None or theirs is None or theirs.body is None:
                raise InvalidInput(
                    "One of the two versions is a deletion: they cannot be mixed. Nothing was "
                    "changed. Keep one of them."
                )
            fields = with_fields(
                json.loads(theirs.body), json.loads(conflict.mine), frozenset(mine)
            )
            body = checked_body(conflict.key.entity, fields)
            self._edits.keep(db, conflict, json.dumps(body))

        self._decide(conflict_id, keep)

    @callable_from_window
    def drafts(self) -> tuple[Draft, ...]:
        """Versions that were set aside, newest first."""
        with self._vault.reading() as db:
            return tuple(_shown(draft) for draft in drafts.all_of_them(db))

    @callable_from_window
    def use_draft(self, draft_id: int) -> None:
        """Queue a draft as an edit of its row as it is now; the draft is gone then.

        Raises: InvalidInput when it is gone already, or while the row has a conflict.
        """
        with self._vault.transaction() as db:
            draft = drafts.find(db, draft_id)
            if draft is None:
                raise InvalidInput("This draft is gone already. Nothing was changed.")
            body = checked_body(draft.key.entity, json.loads(draft.body))
            self._edits.save(db, draft.key, body)
            drafts.remove(db, draft_id)
        self._edited()

    @callable_from_window
    def discard_draft(self, draft_id: int) -> None:
        """Drop a draft; does nothing for one that is gone."""
        with self._vault.transaction() as db:
            drafts.remove(db, draft_id)
        self._edited()

    def _decide(
        self, conflict_id: int, decide: "Callable[[Connection, StoredConflict], None]"
    ) -> None:
        with self._vault.transaction() as db:
            conflict = conflicts.find(db, conflict_id)
            if conflict is None:
                raise InvalidInput("This conflict was decided already. Nothing was changed.")
            decide(db, conflict)
        self._edited()


def _shown(draft: "StoredDraft") -> Draft:
    return Draft(
        draft_id=draft.draft_id,
        entity=draft.key.entity,
        entity_id=draft.key.entity_id,
        title=row_text.title(draft.key.entity, draft.body),
        body=draft.body,
        made_at=draft.made_at,
    )
