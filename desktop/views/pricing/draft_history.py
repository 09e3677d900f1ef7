"""Undo and redo of drafts: edits of one field that follow each other count as one."""

from dataclasses import dataclass, field
from typing import Final

from desktop.domain.pricing.drafts import RuleDraft

MOST: Final = 200


@dataclass(slots=True)
class DraftHistory:
    """Where the draft was, and where it can go again."""

    present: RuleDraft
    _before: list[RuleDraft] = field(default_factory=list)
    _after: list[RuleDraft] = field(default_factory=list)
    _last_field: str = ""

    def note(self, draft: RuleDraft, name: str) -> None:
        """The draft was edited in a field."""
        if draft == self.present:
            return
        if name != self._last_field:
            self._before = [*self._before[-MOST:], self.present]
        self._after.clear()
        self.present, self._last_field = draft, name

    def undo(self) -> RuleDraft | None:
        """Go back one step; None at the beginning."""
        if not self._before:
            return None
        self._after.append(self.present)
        return self._go_to(self._before.pop())

    def redo(self) -> RuleDraft | None:
        """Go forward again; None at the end."""
        if not self._after:
            return None
        self._before.append(self.present)
        return self._go_to(self._after.pop())

    def _go_to(self, draft: RuleDraft) -> RuleDraft:
        self.present, self._last_field = draft, ""
        return draft
