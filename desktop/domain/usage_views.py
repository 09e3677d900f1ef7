"""How the owner looks at usage: the kind of chart, its question, and a name for both."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Comparison, Dimension, Grain, Measure, Question

HOURS_OF_WEEK: Final = 7 * 24
PARETO_TOP: Final = 20
MOST_LINES: Final = 50
"""More lines no eye tells apart, and their points would hold the window up."""


class ChartKind(StrEnum):
    """How numbers are drawn."""

    LINES = "lines"
    AREAS = "areas"
    BARS = "bars"
    HEAT = "heat"
    """Hour of the day by day of the week."""
    BANDS = "bands"
    """Durations that half, 95 % and 99 % of the calls keep to."""
    DISTRIBUTION = "distribution"
    COHORT = "cohort"
    """How many customers of a first month go on calling."""
    PARETO = "pareto"
    """The largest groups, and how much of the whole they make together."""


@dataclass(frozen=True, slots=True)
class UsageView:
    """What the Usage page shows."""

    question: Question
    kind: ChartKind = ChartKind.LINES
    days: int | None = None
    """The period is the last so many days, whenever the view is opened; None: the dates it has."""
    threshold: Decimal | None = None
    """A value to draw a line at, in the unit of the measure."""

    def on(self, today: date) -> "UsageView":
        """The view as of a day: a period of the last days ends with it."""
        if self.days is None:
            return self
        end = today + timedelta(days=1)
        period = DateRange(end - timedelta(days=self.days), end)
        return replace(self, question=replace(self.question, period=period))

    def questions(self) -> tuple[Question, ...]:
        """What has to be asked for the chart; none for kinds with a call of their own."""
        asked = self.question
        match self.kind:
            case ChartKind.DISTRIBUTION | ChartKind.COHORT:
                return ()
            case ChartKind.HEAT:
                return (
                    replace(
                        asked,
                        group_by=Dimension.HOUR_OF_WEEK,
                        grain=Grain.WHOLE,
                        comparison=Comparison.NONE,
                        top=HOURS_OF_WEEK,
                    ),
                )
            case ChartKind.BANDS:
                plain = replace(asked, group_by=None, comparison=Comparison.NONE)
                measures = (Measure.P50, Measure.P95, Measure.P99)
                return tuple(replace(plain, measure=measure) for measure in measures)
            case ChartKind.PARETO:
                return (
                    replace(
                        asked,
                        group_by=asked.group_by or Dimension.CUSTOMER,
                        grain=Grain.WHOLE,
                        comparison=Comparison.NONE,
                        top=PARETO_TOP,
                    ),
                )
            case _:
                return (asked,)

    def drawn_questions(self) -> tuple[Question, ...]:
        """The same with no more lines than a chart shows; the other groups are in the rest."""
        if self.kind is ChartKind.HEAT:
            return self.questions()
        return tuple(replace(one, top=min(one.top, MOST_LINES)) for one in self.questions())


@dataclass(frozen=True, slots=True)
class SavedView:
    view_id: str
    application_id: ApplicationId
    name: str
    view: UsageView


class EventKind(StrEnum):
    """What can be noted on a chart."""

    PRICE = "price"
    LIMIT = "limit"
    INCIDENT = "incident"


@dataclass(frozen=True, slots=True)
class ChartEvent:
    """Something that happened, to be seen beside the numbers."""

    at: datetime
    """Aware UTC."""
    kind: EventKind
    words: str
    """Of a price or limit, what it belongs to; of an incident, what the owner wrote."""
    incident_id: str = ""
    """Filled for incidents: what takes it away again."""
