"""Alerts: rules on questions about usage, what they found, and when they are to be quiet."""

from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum

from desktop.domain.ids import ApplicationId
from desktop.domain.usage_questions import Dimension, Filter, Measure


class AlertKind(StrEnum):
    ABOVE = "above"
    """The last days, today among them, come to more than the limit."""
    BELOW = "below"
    """The last whole days come to less than the limit."""
    RISE = "rise"
    """The last whole days are more than `limit` percent above as many days before."""
    FALL = "fall"
    """The last whole days are more than `limit` percent below as many days before."""
    SILENCE = "silence"
    """No call for so many hours, after there were some in the two weeks before."""
    FORECAST = "forecast"
    """This month is expected to reach the limit: what is there already, and for each day that is
    left the mean of its weekday in the last four weeks."""


CHANGES = frozenset({AlertKind.RISE, AlertKind.FALL})
SUMMED = frozenset({Measure.REQUESTS, Measure.UNITS, Measure.REVENUE, Measure.ERRORS,
                    Measure.DENIED, Measure.UNSETTLED})  # fmt: skip
"""Measures whose days add up to a month."""
MOST_DAYS = 366
MOST_HOURS = 14 * 24
MOST_GROUPS = 100
"""Groups that are looked at one by one, the largest first."""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One rule. What it is about is a question without its days: those are always the last ones."""

    rule_id: str
    """Empty for one that is not stored yet."""
    application_id: ApplicationId
    name: str
    kind: AlertKind
    limit: Decimal = Decimal(0)
    """In the measure's unit, or percent of a change; silence has none."""
    measure: Measure = Measure.REQUESTS
    group_by: Dimension | None = None
    """Every group by itself; None is everything together."""
    filters: tuple[Filter, ...] = ()
    days: int = 1
    """How many days are looked at; silence counts hours, a forecast the calendar month."""
    hours: int = 24
    """With `SILENCE` only."""
    least: Decimal = Decimal(20)
    """With changes: periods that both stay below this are not compared."""
    enabled: bool = True
    snoozed_until: datetime | None = None
    """Until then the rule goes on being looked at, and says nothing. Aware UTC."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found about one group."""

    key: str
    """Group and unit; the same as long as the alert lasts."""
    label: str
    """Name of the group as the pages show it; empty for everything together."""
    is_named: bool
    """Whether the label may leave the window: no pseudonym of a caller."""
    value: Decimal
    text: str
    """What was found, as one sentence for the owner."""


@dataclass(frozen=True, slots=True)
class AlertEvent:
    """A finding that lasted for a while."""

    event_id: int
    rule_id: str
    rule_name: str
    text: str
    began_at: datetime
    ended_at: datetime | None
    """None while it lasts."""
    notified_at: datetime | None
    """None when nobody was disturbed by it: quiet hours, snoozed, or it ended before."""


@dataclass(frozen=True, slots=True)
class AlertLine:
    """A rule with how it stands."""

    rule: AlertRule
    open: int
    """Findings that last."""
    problem: str
    """Why the rule could not be worked out the last time; empty if it could."""
    looked_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Times of day on the computer's clock; the same twice is never."""

    start: time = time(0)
    end: time = time(0)

    @property
    def are_set(self) -> bool:
        return self.start != self.end

    def hold_at(self, local: datetime) -> bool:
        """Whether a moment on the wall clock is quiet; the start is, the end is not any more."""
        now = local.time()
        if self.start < self.end:
            return self.start <= now < self.end
        return self.are_set and (now >= self.start or now < self.end)


@dataclass(frozen=True, slots=True)
class AlertsPicture:
    """What the Alerts page shows."""

    lines: tuple[AlertLine, ...]
    """By name."""
    history: tuple[AlertEvent, ...]
    """Lasting ones first, then the newest."""
    quiet: QuietHours
    can_notify: bool
    """Whether this computer has desktop notifications that a program may send."""
