"""Asks the core what a view needs, and puts the answers together."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.usage_questions import Answer, Cohorts, Distribution, Question
from desktop.domain.usage_views import ChartEvent, ChartKind, UsageView
from desktop.services.explorer import ExplorerService
from desktop.services.usage_questions import UsageQuestionService
from desktop.views.usage.pictures import Found

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs


class Asking(QObject):
    """One view being asked for. Cancelling it cancels every call that still runs."""

    def __init__(
        self,
        jobs: "Jobs",
        view: UsageView,
        application_id: ApplicationId,
        width_px: int,
        parent: QObject,
    ) -> None:
        """Nothing is asked before `start`.

        Args:
            jobs: the bridge to the core.
            view: what to ask for.
            application_id: whose prices, limits and notes are shown as events.
            width_px: width of the picture; 0 brings every value.
            parent: with it the answers are dropped.
        """
        super().__init__(parent)
        self._jobs, self._view = jobs, view
        self._application_id, self._width_px = application_id, width_px
        self._found = Found(view)
        self._answers: dict[int, Answer] = {}
        self._running: list[Job] = []
        self._missing = 0
        self._has_failed = False

    def start(
        self,
        done: Callable[[Found], None],
        failed: Callable[[AppError], None],
        progressed: Callable[[int, int | None], None],
    ) -> None:
        """Ask; exactly one of `done` and `failed` is called unless the parent goes before."""
        self._done, self._failed, self._progressed = done, failed, progressed
        questions, question = self._view.drawn_questions(), self._view.question
        self._missing = len(questions) + 1 + (not questions)
        for place, one in enumerate(questions):
            self._ask(place, one)
        if self._view.kind is ChartKind.DISTRIBUTION:
            self._begin(UsageQuestionService.distribution, question, done=self._take_distribution)
        elif self._view.kind is ChartKind.COHORT:
            self._begin(UsageQuestionService.cohorts, question, done=self._take_cohorts)
        self._begin(
            ExplorerService.events, self._application_id, question.period, done=self._take_events
        )

    def abandon(self) -> None:
        """Ask the core to stop; nobody is told anything any more."""
        self._has_failed = True
        self.cancel()
        self.deleteLater()

    def cancel(self) -> None:
        """Ask the core to stop; `failed` then gets `Cancelled`."""
        for job in self._running:
            job.cancel()

    def _ask(self, place: int, question: Question) -> None:
        self._begin(
            UsageQuestionService.ask,
            question,
            self._width_px,
            done=partial(self._take_answer, place),
        )

    def _begin(
        self, method: Callable[..., object], *arguments: object, done: Callable[..., None]
    ) -> None:
        job = self._jobs.start(
            method,
            *arguments,
            done=done,
            failed=self._fail,
            progressed=self._progressed,
            owner=self,
        )
        self._running.append(job)

    def _take_answer(self, place: int, answer: Answer) -> None:
        self._answers[place] = answer
        answers = tuple(self._answers[key] for key in sorted(self._answers))
        self._take(replace(self._found, answers=answers))

    def _take_distribution(self, found: Distribution) -> None:
        self._take(replace(self._found, distribution=found))

    def _take_cohorts(self, found: Cohorts) -> None:
        self._take(replace(self._found, cohorts=found))

    def _take_events(self, events: tuple[ChartEvent, ...]) -> None:
        self._take(replace(self._found, events=events))

    def _take(self, found: Found) -> None:
        self._found = found
        self._missing -= 1
        if self._missing == 0 and not self._has_failed:
            self._done(found)
            self.deleteLater()

    def _fail(self, error: AppError) -> None:
        if not self._has_failed:
            self._has_failed = True
            self.cancel()
            self._failed(error)
            self.deleteLater()
