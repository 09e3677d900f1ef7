"""Pages of a large answer in any order, from columns that are made once for each question."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.usage_questions import Question
from desktop.domain.usage_rows import RowsPage, RowsWanted
from desktop.services.calls import Report, callable_from_window
from desktop.services.usage_parts import Parts

if TYPE_CHECKING:
    from desktop.services.usage_answering import Asking
    from desktop.services.usage_columns import Columns
    from desktop.services.usage_questions import UsageQuestionService

ROWS_A_PAGE: Final = 200
MOST_ROWS: Final = 5_000_000
"""Sixteen bytes each are held while a table is looked at."""


@dataclass(frozen=True, slots=True)
class _Held:
    """The columns of one question on one state of the vault."""

    question: Question
    generation: int
    columns: Columns


class UsageRowsService:
    """Any thread. Holds the rows of the question that was asked last, and of no other."""

    def __init__(self, questions: UsageQuestionService) -> None:
        self._questions = questions
        self._held: _Held | None = None
        self._making = threading.Lock()

    @callable_from_window
    def page(
        self, report: Report, question: Question, wanted: RowsWanted, cursor: str | None
    ) -> RowsPage:
        """One page of all rows of an answer.

        Args:
            report: counts rows while they are made, which takes seconds for a million; a page of
                rows that are there takes milliseconds.
            question: what is asked, with every group and bucket.
            wanted: which rows, in which order.
            cursor: of the page before; None is the first page.

        Raises: InvalidInput (as `UsageQuestionService.ask`; `question`: too many rows), Cancelled,
            VaultError.
        """
        with self._making, self._questions.asking(report, question) as asking:
            columns = self._columns(report, asking)
            first = int(cursor or 0)
            rows, size = columns.page(wanted, first, ROWS_A_PAGE)
            end = first + len(rows)
            return RowsPage(rows, str(end) if end < size else None, size, asking.stamp)

    def _columns(self, report: Report, asking: Asking) -> Columns:
        """Those that are held, unless another question was asked or the vault has changed."""
        held = self._held
        if held and (held.question, held.generation) == (asking.question, asking.generation):
            return held.columns
        # It brings numpy, which most questions do without.
        from desktop.services.usage_columns import Columns

        self._held = None
        parts = Parts(asking)
        if parts.cells > MOST_ROWS:
            raise InvalidInput(
                f"This would be more than {MOST_ROWS:,} rows. Nothing was counted. Choose a "
                "shorter period or a coarser grain, or export the numbers as a file.",
                field="question",
            )
        columns = Columns.of(parts, report)
        self._held = _Held(asking.question, asking.generation, columns)
        return columns
