"""Answers any question about usage from the vault. Never waits for the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.domain.errors import InvalidInput
from desktop.domain.usage import Grain as ChartGrain
from desktop.domain.usage import GroupBy, Stamp, UsageQuestion
from desktop.domain.usage import Measure as ChartMeasure
from desktop.domain.usage_questions import (
    MOST_GROUPS,
    OTHER,
    Answer,
    Dimension,
    Measure,
    Question,
    Series,
    obstacle,
)
from desktop.domain.usage_spelling import canonical
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import applications
from desktop.services.usage_chart import ChartBuilder
from desktop.services.usage_labels import labels_for
from desktop.services.usage_thinning import thinned

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault

GROUPS: Final = {
    None: GroupBy.DAY,
    Dimension.ENDPOINT: GroupBy.ENDPOINT,
    Dimension.CUSTOMER: GroupBy.CUSTOMER,
}
MEASURES: Final = {
    Measure.REQUESTS: (ChartMeasure.REQUESTS, 0, "calls"),
    Measure.UNITS: (ChartMeasure.UNITS, 6, "units"),
}


class UsageQuestionService:
    def __init__(self, vault: Vault, stamp: Callable[[], Stamp]) -> None:
        """`stamp` says how current the vault is."""
        self._vault = vault
        self._stamp = stamp

    @callable_from_window
    def ask(self, report: Report, question: Question, width_px: int) -> Answer:
        """Answer one question from one picture of the vault.

        Args:
            report: counts the parts of a large question; a cancel lands between two of them.
            question: what is asked.
            width_px: width of the picture it is for; an answer with more than four points a pixel
                is thinned out. 0 is everything, for tables and files.

        Raises: InvalidInput (field `question`: nobody can answer it; `period`: empty, or too many
            buckets; `application_id`: it is gone), Cancelled, VaultError.
        """
        question = canonical(question)
        if why := obstacle(question):
            raise InvalidInput(why, field="question")
        if not 1 <= question.top <= MOST_GROUPS:
            raise InvalidInput(
                f"Between 1 and {MOST_GROUPS:,} groups can stand for themselves.", field="top"
            )
        report(0)
        return thinned(self._answer(question), width_px)

    def _answer(self, question: Question) -> Answer:
        measure, scale, unit = MEASURES[question.measure]
        stamp = self._stamp()
        with self._vault.reading() as db:
            first = applications.listed(db)[0].application_id
            asked = UsageQuestion(
                question.application_id or first,
                question.period,
                ChartGrain(question.grain),
                GROUPS[question.group_by],
                measure,
                question.top,
            )
            found = applications.find(db, asked.application_id)
            if found is None:
                raise InvalidInput("This application is no longer in the vault.")
            zone = applications.zone(found.time_zone)
            chart = ChartBuilder(db, asked, zone).answer(labels_for(db, asked), stamp)
        series = [
            Series(
                one.key if question.group_by else OTHER,
                one.label,
                tuple(int(value * 10**scale) for value in one.values),
                int(sum(one.values) * 10**scale),
                scale,
                unit,
            )
            for one in chart.series
        ]
        whole = [
            sum(one.values[place] or 0 for one in series) for place in range(len(chart.starts))
        ]
        return Answer(
            question=question,
            time_zone=found.time_zone,
            starts=tuple(
                calendar.instant(day, zone)
                for day in calendar.buckets(question.period, asked.grain)
            ),
            labels=chart.starts,
            ends=calendar.instant(question.period.end, zone),
            series=tuple(series),
            totals=(Series(OTHER, "", tuple(whole), sum(whole), scale, unit),),
            gaps=(),
            left_out=(),
            groups=len(series),
            stamp=stamp,
        )
