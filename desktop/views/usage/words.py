"""Words for questions about usage and their answers, in the owner's language."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.domain.money import rounded
from desktop.domain.usage_questions import (
    PERCENTILES,
    Caveat,
    Comparison,
    Dimension,
    GapReason,
    Grain,
    LeftOut,
    Measure,
    VaultExtent,
)
from desktop.domain.usage_views import ChartEvent, ChartKind, EventKind
from desktop.views import figures
from desktop.views.charts import shortest

CONTEXT: Final = "usage"
MEASURES: Final[Mapping[Measure, object]] = {
    Measure.REQUESTS: QT_TRANSLATE_NOOP("usage", "Requests"),
    Measure.UNITS: QT_TRANSLATE_NOOP("usage", "Units"),
    Measure.REVENUE: QT_TRANSLATE_NOOP("usage", "Revenue"),
    Measure.ERRORS: QT_TRANSLATE_NOOP("usage", "Errors"),
    Measure.DENIED: QT_TRANSLATE_NOOP("usage", "Denied calls"),
    Measure.UNSETTLED: QT_TRANSLATE_NOOP("usage", "Unsettled calls"),
    Measure.P50: QT_TRANSLATE_NOOP("usage", "Duration, p50"),
    Measure.P95: QT_TRANSLATE_NOOP("usage", "Duration, p95"),
    Measure.P99: QT_TRANSLATE_NOOP("usage", "Duration, p99"),
    Measure.CUSTOMERS: QT_TRANSLATE_NOOP("usage", "Unique customers"),
}
ADDITIVE: Final = frozenset(MEASURES) - PERCENTILES - {Measure.CUSTOMERS}
"""Measures whose values of several groups add up to that of all."""
GROUPS: Final[Mapping[Dimension | None, object]] = {
    Dimension.ENDPOINT: QT_TRANSLATE_NOOP("usage", "by endpoint"),
    Dimension.CUSTOMER: QT_TRANSLATE_NOOP("usage", "by customer"),
    Dimension.METHOD: QT_TRANSLATE_NOOP("usage", "by method"),
    Dimension.APPLICATION: QT_TRANSLATE_NOOP("usage", "by application"),
    Dimension.STATUS_CLASS: QT_TRANSLATE_NOOP("usage", "by status class"),
    Dimension.PLAN: QT_TRANSLATE_NOOP("usage", "by plan"),
    Dimension.HOUR_OF_WEEK: QT_TRANSLATE_NOOP("usage", "by hour of the week"),
    Dimension.RULE: QT_TRANSLATE_NOOP("usage", "by pricing rule"),
    None: QT_TRANSLATE_NOOP("usage", "not grouped"),
}
DIMENSIONS: Final[Mapping[Dimension, object]] = {
    Dimension.ENDPOINT: QT_TRANSLATE_NOOP("usage", "Endpoint"),
    Dimension.CUSTOMER: QT_TRANSLATE_NOOP("usage", "Customer"),
    Dimension.METHOD: QT_TRANSLATE_NOOP("usage", "Method"),
    Dimension.APPLICATION: QT_TRANSLATE_NOOP("usage", "Application"),
    Dimension.STATUS_CLASS: QT_TRANSLATE_NOOP("usage", "Status class"),
    Dimension.PLAN: QT_TRANSLATE_NOOP("usage", "Plan"),
    Dimension.HOUR_OF_WEEK: QT_TRANSLATE_NOOP("usage", "Hour of the week"),
    Dimension.RULE: QT_TRANSLATE_NOOP("usage", "Pricing rule"),
}
GRAINS: Final[Mapping[Grain, object]] = {
    Grain.HOUR: QT_TRANSLATE_NOOP("usage", "Hour"),
    Grain.DAY: QT_TRANSLATE_NOOP("usage", "Day"),
    Grain.WEEK: QT_TRANSLATE_NOOP("usage", "Week"),
    Grain.MONTH: QT_TRANSLATE_NOOP("usage", "Month"),
}
COMPARISONS: Final[Mapping[Comparison, object]] = {
    Comparison.NONE: QT_TRANSLATE_NOOP("usage", "not compared"),
    Comparison.PREVIOUS: QT_TRANSLATE_NOOP("usage", "vs previous period"),
    Comparison.LAST_YEAR: QT_TRANSLATE_NOOP("usage", "vs last year"),
}
BEFORE: Final[Mapping[Comparison, object]] = {
    Comparison.PREVIOUS: QT_TRANSLATE_NOOP("usage", "Previous period"),
    Comparison.LAST_YEAR: QT_TRANSLATE_NOOP("usage", "Last year"),
}
KINDS: Final[Mapping[ChartKind, object]] = {
    ChartKind.LINES: QT_TRANSLATE_NOOP("usage", "Lines"),
    ChartKind.AREAS: QT_TRANSLATE_NOOP("usage", "Stacked areas"),
    ChartKind.BARS: QT_TRANSLATE_NOOP("usage", "Bars"),
    ChartKind.HEAT: QT_TRANSLATE_NOOP("usage", "Heat map of the week"),
    ChartKind.BANDS: QT_TRANSLATE_NOOP("usage", "Latency bands"),
    ChartKind.DISTRIBUTION: QT_TRANSLATE_NOOP("usage", "Distribution of durations"),
    ChartKind.COHORT: QT_TRANSLATE_NOOP("usage", "Customer cohorts"),
    ChartKind.PARETO: QT_TRANSLATE_NOOP("usage", "Pareto"),
}
GAPS: Final[Mapping[GapReason, object]] = {
    GapReason.NO_DATA: QT_TRANSLATE_NOOP("usage", "no data"),
    GapReason.NOT_CONNECTED: QT_TRANSLATE_NOOP("usage", "not connected"),
    GapReason.NOT_SYNCED: QT_TRANSLATE_NOOP("usage", "not yet synced"),
    GapReason.NOT_KEPT: QT_TRANSLATE_NOOP("usage", "no longer kept"),
    GapReason.AHEAD: QT_TRANSLATE_NOOP("usage", "not yet begun"),
}
EVENTS: Final[Mapping[EventKind, object]] = {
    EventKind.PRICE: QT_TRANSLATE_NOOP("usage", "Price published: {what}"),
    EventKind.LIMIT: QT_TRANSLATE_NOOP("usage", "Limit changed: {what}"),
    EventKind.INCIDENT: QT_TRANSLATE_NOOP("usage", "Incident: {what}"),
}
TOTALS: Final[Mapping[str, object]] = {
    "calls": QT_TRANSLATE_NOOP("usage", "{total} calls"),
    "units": QT_TRANSLATE_NOOP("usage", "{total} units"),
    "customers": QT_TRANSLATE_NOOP("usage", "{total} customers"),
}
CAVEATS: Final[Mapping[Caveat, object]] = {
    Caveat.LARGEST_CUSTOMERS: QT_TRANSLATE_NOOP(
        "usage",
        "By the hour only the 1,000 largest customers of a day are told apart; {requests} calls "
        "are of others.",
    ),
    Caveat.SINGLE_CALLS: QT_TRANSLATE_NOOP(
        "usage",
        "{requests} calls have prices that need single calls, which are not held here. They are "
        "not in the revenue.",
    ),
}
WEEKDAYS: Final = (
    QT_TRANSLATE_NOOP("usage", "Mon"),
    QT_TRANSLATE_NOOP("usage", "Tue"),
    QT_TRANSLATE_NOOP("usage", "Wed"),
    QT_TRANSLATE_NOOP("usage", "Thu"),
    QT_TRANSLATE_NOOP("usage", "Fri"),
    QT_TRANSLATE_NOOP("usage", "Sat"),
    QT_TRANSLATE_NOOP("usage", "Sun"),
)


def say(word: object) -> str:
    """A word of the tables, in the owner's language."""
    return QCoreApplication.translate(CONTEXT, str(word))


def amount(value: float, unit: str) -> str:
    """A value in full, with its unit where it is not plain."""
    if unit == "ms":
        return f"{figures.decimal(shortest(value))}\u00a0ms"
    if unit in TOTALS:
        return figures.decimal(shortest(value))
    return figures.money(rounded(Decimal(repr(float(value))), unit))


def brief_amount(value: float, unit: str) -> str:
    """A value in few characters."""
    number = figures.compact(shortest(value))
    if unit == "ms":
        return f"{number}\u00a0ms"
    return number if unit in TOTALS else f"{figures.SYMBOLS.get(unit, unit)}\u00a0{number}"


def total(value: Decimal, unit: str) -> str:
    """A sum of the whole period."""
    if unit in TOTALS:
        return say(TOTALS[unit]).format(total=figures.compact(value))
    return brief_amount(float(value), unit)


def event_words(event: ChartEvent) -> str:
    return say(EVENTS[event.kind]).format(what=event.words)


def caveat(left_out: LeftOut) -> str:
    return say(CAVEATS[left_out.caveat]).format(requests=figures.count(left_out.requests))


def extent(held: VaultExtent) -> str:
    """How much usage the vault holds."""
    size = figures.size(held.size_bytes)
    if not held.months:
        return QCoreApplication.translate(
            "usage", "This vault holds no usage of your own yet, {size}."
        ).format(size=size)
    months = QCoreApplication.translate("usage", "%n month(s)", "", held.months)
    return QCoreApplication.translate("usage", "This vault holds {months}, {size}.").format(
        months=months, size=size
    )
