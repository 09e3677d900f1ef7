"""Answers any question about usage from the vault. Never waits for the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.domain import calendar
from desktop.domain.errors import InvalidInput, VaultError
from desktop.domain.usage import Stamp
from desktop.domain.usage_questions import (
    MOST_GROUPS,
    Answer,
    Cohorts,
    Distribution,
    Measure,
    Question,
    obstacle,
)
from desktop.domain.usage_spelling import canonical
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import day_sums, revenue_months
from desktop.services.storage.interrupting import cancellable
from desktop.services.usage_answering import Asking
from desktop.services.usage_thinning import thinned

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault


class UsageQuestionService:
    def __init__(
        self, vault: Vault, stamp: Callable[[], Stamp], clock: Callable[[], datetime]
    ) -> None:
        """`stamp` says how current the vault is; `clock` is aware."""
        self._vault = vault
        self._stamp = stamp
        self._clock = clock

    @callable_from_window
    def ask(self, report: Report, question: Question, width_px: int) -> Answer:
        """Answer one question from one picture of the vault.

        Args:
            report: counts the parts of a large question; a cancel lands within a tenth of a second.
            question: what is asked.
            width_px: width of the picture it is for; an answer with more than four points a pixel
                is thinned out. 0 is everything, for tables and files.

        Raises: InvalidInput (field `question`: nobody can answer it; `top`; `period`: empty, or too
            many buckets; `application_id`: it is gone), Cancelled, VaultError.
        """
        with self.asking(report, question) as asking:
            return thinned(asking.answer(), width_px)

    @callable_from_window
    def distribution(self, report: Report, question: Question) -> Distribution:
        """How long the calls took that a question is about, whatever its measure and groups.

        Raises: as `ask`.
        """
        alike = replace(question, measure=Measure.P50, group_by=None)
        with self.asking(report, alike) as asking:
            return asking.distribution()

    @callable_from_window
    def cohorts(self, report: Report, question: Question) -> Cohorts:
        """Customers by the month of their first call, and how many of them came again.

        Only the question's application and months count: those its period touches.
        Raises: as `ask`.
        """
        from desktop.services.usage_cohorts import cohorts_of

        alike = replace(question, measure=Measure.CUSTOMERS, group_by=None, filters=())
        self._bring_months(report)
        with self.asking(report, alike) as asking:
            return cohorts_of(asking.scopes, asking.question.period, asking.stamp)

    @contextmanager
    def asking(self, report: Report, asked: Question) -> Iterator[Asking]:
        """A question on one picture of the vault. Raises: as `ask`."""
        question = canonical(asked)
        _check(question)
        if question.measure is Measure.REVENUE:
            self._bring_months(report)
        stamp, now = self._stamp(), self._clock()
        asking = None
        while asking is None:
            with self._vault.reading() as db, cancellable(db, report):
                if day_sums.is_current(db):
                    asking = Asking.of(db, question, stamp, now, report)
                    yield asking
            if asking is None:  # another version of the program made the sums
                day_sums.rebuild(self._vault, report)
        self._keep(asking, now)

    def _keep(self, asking: Asking, now: datetime) -> None:
        """Keep the revenue of past months, unless something changed since it was worked out."""
        this_month = calendar.month_number(now.date())
        past = [one for one in asking.made if one.month < this_month]
        if not past or self._vault.is_older_copy:
            return
        # A vault without room for it costs the next question time, not this one its answer.
        with suppress(VaultError), self._vault.transaction() as db:
            if revenue_months.generation(db) == asking.generation:
                revenue_months.store(db, past)

    def _bring_months(self, report: Report) -> None:
        from desktop.services.simulation import with_current_cells

        with_current_cells(self._vault, report)


def _check(question: Question) -> None:
    """Raises: InvalidInput."""
    if why := obstacle(question):
        raise InvalidInput(why, field="question")
    if not 1 <= question.top <= MOST_GROUPS:
        raise InvalidInput(
            f"Between 1 and {MOST_GROUPS:,} groups can stand for themselves. Choose such a number.",
            field="top",
        )
