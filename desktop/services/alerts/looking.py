"""What a rule finds: questions to the vault, and the condition on their answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.domain.alerts import CHANGES, MOST_GROUPS, AlertKind, AlertRule, Finding
from desktop.domain.money import decimal_text
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import (
    OTHER,
    Answer,
    Comparison,
    Dimension,
    Grain,
    Question,
    Series,
)
from desktop.services.usage_labels import pseudonym

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    Ask = Callable[[Question], Answer]

ONE: Final = timedelta(days=1)
WEEK: Final = 7
WEEKS: Final = 4
BEFORE_SILENCE: Final = timedelta(days=14)
HUNDRED: Final = Decimal(100)
ZERO: Final = Decimal(0)
MEASURES: Final = {
    "requests": "Requests", "units": "Units", "revenue": "Revenue", "errors": "Errors",
    "denied": "Refused calls", "unsettled": "Unsettled calls", "p50": "The median duration",
    "p95": "The 95th percentile of durations", "p99": "The 99th percentile of durations",
    "customers": "Customers who called",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks at one rule at one moment."""

    ask: Ask
    rule: AlertRule
    now: datetime
    """Aware."""
    zone: tzinfo

    @property
    def today(self) -> date:
        return calendar.today(self.now, self.zone)

    def findings(self) -> tuple[Finding, ...]:
        """What the rule found. Raises: as `UsageQuestionService.ask`."""
        match self.rule.kind:
            case AlertKind.SILENCE:
                return tuple(self._silence())
            case AlertKind.FORECAST:
                return tuple(self._forecast())
            case kind if kind in CHANGES:
                return tuple(self._changes())
            case _:
                return tuple(self._sums())

    def _question(self, period: DateRange, grain: Grain) -> Question:
        rule = self.rule
        return Question(
            period,
            rule.measure,
            rule.application_id,
            grain,
            rule.group_by,
            rule.filters,
            Comparison.PREVIOUS if rule.kind in CHANGES else Comparison.NONE,
            MOST_GROUPS,
        )

    def _series(self, answer: Answer) -> Iterator[Series]:
        return (one for one in answer.series if self.rule.group_by is None or one.key != OTHER)

    def _sums(self) -> Iterator[Finding]:
        """More than the limit with today, or less than it in whole days."""
        is_above = self.rule.kind is AlertKind.ABOVE
        end = self.today + ONE if is_above else self.today
        period = DateRange(end - timedelta(days=self.rule.days), end)
        for one in self._series(self.ask(self._question(period, Grain.WHOLE))):
            if one.total is None:
                continue
            value = one.amount(one.total)
            if value > self.rule.limit if is_above else value < self.rule.limit:
                words = "more" if is_above else "less"
                told = f"{_figure(value, one)} {self._lately()}, {words} than"
                yield self._finding(one, value, f"{told} {_figure(self.rule.limit, one)}")

    def _changes(self) -> Iterator[Finding]:
        rises = self.rule.kind is AlertKind.RISE
        period = DateRange(self.today - timedelta(days=self.rule.days), self.today)
        for one in self._series(self.ask(self._question(period, Grain.WHOLE))):
            now, before = one.amount(one.total or 0), one.amount(one.total_before or 0)
            if max(now, before) < self.rule.least or not before:
                continue
            percent = (now - before) / before * HUNDRED
            if percent > self.rule.limit if rises else -percent > self.rule.limit:
                words = "above" if rises else "below"
                told = f"{_figure(now, one)} {self._lately()}, {abs(percent):.0f} % {words} the"
                yield self._finding(one, percent, f"{told} {_figure(before, one)} before")

    def _silence(self) -> Iterator[Finding]:
        """Groups that called within two weeks and have not for so many hours."""
        since = self.now - timedelta(hours=self.rule.hours)
        first = (since - BEFORE_SILENCE).astimezone(self.zone).date()
        answer = self.ask(self._question(DateRange(first, self.today + ONE), Grain.HOUR))
        edge = int(since.timestamp()) // calendar.HOUR_S * calendar.HOUR_S
        for one in self._series(answer):
            called = [
                start
                for start, value in zip(answer.starts, one.values, strict=True)
                if value and start <= self.now.timestamp()
            ]
            if called and max(called) < edge:
                told = f"none for more than {self.rule.hours} hours"
                yield self._finding(one, Decimal(0), told)

    def _forecast(self) -> Iterator[Finding]:
        month = calendar.month_period(calendar.month_number(self.today))
        first = min(month.start, self.today - timedelta(days=WEEK * WEEKS))
        answer = self.ask(self._question(DateRange(first, self.today + ONE), Grain.DAY))
        days = [date.fromisoformat(label[:10]) for label in answer.labels]
        for one in self._series(answer):
            by_day = {
                day: one.amount(value or 0) for day, value in zip(days, one.values, strict=True)
            }
            expected = self._expected(by_day, month)
            if expected is not None and expected >= self.rule.limit > 0:
                told = f"about {_figure(expected, one)} expected this month, and the limit is"
                yield self._finding(one, expected, f"{told} {_figure(self.rule.limit, one)}")

    def _expected(self, by_day: dict[date, Decimal], month: DateRange) -> Decimal | None:
        """The month so far, and the mean of each weekday for its days; None without a week."""
        called = [day for day, value in by_day.items() if value and day < self.today]
        if not called or (self.today - min(called)).days < WEEK:
            return None
        by_weekday: dict[int, list[Decimal]] = defaultdict(list)
        begun = max(min(called), self.today - timedelta(days=WEEK * WEEKS))
        for day, value in by_day.items():
            if begun <= day < self.today:
                by_weekday[day.weekday()].append(value)
        means = {day: sum(found, ZERO) / len(found) for day, found in by_weekday.items()}
        left = (day for day in calendar.days(month) if day > self.today)
        so_far = sum((value for day, value in by_day.items() if day >= month.start), ZERO)
        of_today = max(means.get(self.today.weekday(), ZERO) - by_day.get(self.today, ZERO), ZERO)
        return so_far + of_today + sum((means.get(day.weekday(), ZERO) for day in left), ZERO)

    def _lately(self) -> str:
        days = self.rule.days
        if self.rule.kind is AlertKind.ABOVE:
            return "today" if days == 1 else f"in the last {days} days"
        return "yesterday" if days == 1 else f"in the last {days} whole days"

    def _finding(self, one: Series, value: Decimal, told: str) -> Finding:
        label = one.label if self.rule.group_by else ""
        is_pseudonym = self.rule.group_by is Dimension.CUSTOMER and label == pseudonym(one.key)
        of_whom = f" of {label}" if label else ""
        text = f"{MEASURES[self.rule.measure]}{of_whom}: {told}."
        return Finding(f"{one.key}|{one.unit}", label, not is_pseudonym, value, text)


def _figure(value: Decimal, one: Series) -> str:
    """A value with separators, and its unit where that is not plain from the measure."""
    whole = value.quantize(Decimal(1)) if abs(value) >= HUNDRED else value.normalize()
    text = f"{Decimal(decimal_text(whole)):,}"
    return text if one.unit in {"calls", "units", "customers"} else f"{text} {one.unit}"
