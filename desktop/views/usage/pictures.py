"""From answers about usage to pictures: which numbers a kind of chart draws, and their words."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import accumulate
from math import ceil, log2, nan
from typing import Final, overload

import numpy as np
from PySide6.QtCore import QCoreApplication, QDate, QLocale

from desktop.domain.usage import Stamp
from desktop.domain.usage_questions import (
    OTHER,
    PERCENTILES,
    Answer,
    Cohort,
    Cohorts,
    Distribution,
    Grain,
    Series,
)
from desktop.domain.usage_views import ChartEvent, ChartKind, UsageView
from desktop.views import figures
from desktop.views.charting.picture import STACKED, Gap, Note, Picture, Role, Threshold, Trace
from desktop.views.charts import shortest
from desktop.views.usage import words

HOURS: Final = 24
STEPS_PER_DOUBLING: Final = 2
"""Bins of the distribution's axis for each doubling of the duration."""
MOST_COMPARED: Final = 5
"""Groups with a second line each, that still can be told apart."""
QUANTILES: Final = ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that was asked for one view."""

    view: UsageView
    answers: tuple[Answer, ...] = ()
    distribution: Distribution | None = None
    cohorts: Cohorts | None = None
    events: tuple[ChartEvent, ...] = ()

    @property
    def stamp(self) -> Stamp | None:
        """How current the numbers are."""
        parts = (*self.answers, self.distribution, self.cohorts)
        return next((part.stamp for part in parts if part is not None), None)

    def units(self) -> tuple[str, ...]:
        """Units of the numbers: several only of revenue in several currencies."""
        return tuple(dict.fromkeys(one.unit for answer in self.answers for one in answer.totals))


class Places(Sequence[str]):
    """Names of buckets, each made when somebody reads it: thousands at once would take a blink."""

    def __init__(self, labels: tuple[str, ...], grain: Grain) -> None:
        self._labels, self._grain = labels, grain

    def __len__(self) -> int:
        return len(self._labels)

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        if isinstance(place, slice):
            return Places(self._labels[place], self._grain)
        return place_name(self._labels[place], self._grain)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Places):
            return NotImplemented
        return (self._labels, self._grain) == (other._labels, other._grain)

    def __hash__(self) -> int:
        return hash((self._labels, self._grain))


def picture_of(found: Found, unit: str = "") -> Picture:
    """The picture of a view; of revenue in several currencies that of one, the first by default."""
    name = title(found.view)
    match found.view.kind:
        case ChartKind.DISTRIBUTION:
            return _distribution(name, found.distribution)
        case ChartKind.COHORT:
            return _cohorts(name, found.cohorts)
        case ChartKind.HEAT:
            return _heat(name, found.answers[0], unit or _unit(found))
        case ChartKind.BANDS:
            return _bands(name, found)
        case ChartKind.PARETO:
            return _pareto(name, found.answers[0], unit or _unit(found))
        case _:
            return _over_time(name, found, unit or _unit(found))


def title(view: UsageView) -> str:
    """What a view shows, such as “Requests by endpoint”."""
    kind = words.say(words.KINDS[view.kind])
    if view.kind in {ChartKind.BANDS, ChartKind.DISTRIBUTION, ChartKind.COHORT}:
        return kind
    measure = words.say(words.MEASURES[view.question.measure])
    if view.kind is ChartKind.HEAT:
        return f"{measure}, {kind}"
    group = view.question.group_by
    return measure if group is None else f"{measure} {words.say(words.GROUPS[group])}"


def _unit(found: Found) -> str:
    return next(iter(found.units()), "calls")


def _floats(series: Series, values: Sequence[int | None]) -> Sequence[float]:
    """Numbers to draw; NaN in gaps. By numpy, as there may be a hundred thousand."""
    numbers: Sequence[float] = np.array(values, np.float64) / 10**series.scale
    return numbers


def place_name(label: str, grain: Grain) -> str:
    """A bucket as a reader says it."""
    if grain is Grain.MONTH:
        first = date.fromisoformat(label)
        return QLocale().toString(QDate(first.year, first.month, 1), "MMM yyyy")
    return figures.bucket(label)


def _plain(
    name: str, kind: ChartKind, places: Sequence[str], traces: Sequence[Trace], unit: str
) -> Picture:
    return Picture(
        name,
        kind,
        places,
        tuple(traces),
        say=partial(words.amount, unit=unit),
        brief=partial(words.brief_amount, unit=unit),
        whole=unit in {"calls", "customers"},
    )


def _over_time(name: str, found: Found, unit: str) -> Picture:
    answer, kind = found.answers[0], found.view.kind
    grain = answer.question.grain
    shown = [one for one in answer.series if one.unit == unit]
    traces = [_trace(one, answer) for one in shown]
    if kind is ChartKind.BARS or kind is ChartKind.AREAS:
        traces += _before(answer, [one for one in answer.totals if one.unit == unit])
    else:
        traces += _before(answer, compared(answer, shown))
    plain = _plain(name, kind, Places(answer.labels, grain), traces, unit)
    return _with_events(plain, found, answer)


def _with_events(plain: Picture, found: Found, answer: Answer) -> Picture:
    return Picture(
        plain.name,
        plain.kind,
        plain.places,
        plain.traces,
        plain.say,
        plain.brief,
        plain.whole,
        total="" if answer.question.measure in PERCENTILES else total_words(answer),
        gaps=tuple(
            Gap(gap.first, gap.end - 1, words.say(words.GAPS[gap.reason])) for gap in answer.gaps
        ),
        notes=tuple(_notes(found.events, answer)),
        thresholds=_thresholds(found.view),
    )


def _thresholds(view: UsageView) -> tuple[Threshold, ...]:
    if view.threshold is None:
        return ()
    words_of_it = QCoreApplication.translate("usage", "Threshold")
    return (Threshold(float(view.threshold), words_of_it),)


def _notes(events: Sequence[ChartEvent], answer: Answer) -> list[Note]:
    """Events at the buckets in which they happened."""
    notes = []
    for event in events:
        at = event.at.timestamp()
        place = bisect_right(answer.starts, at) - 1
        if place >= 0 and at < answer.ends:
            notes.append(Note(place, words.event_words(event)))
    return notes


def _trace(series: Series, answer: Answer) -> Trace:
    is_rest = series.key == OTHER and answer.question.group_by is not None
    label = series.label or words.say(words.MEASURES[answer.question.measure])
    role = Role.REST if is_rest else Role.GROUP
    return Trace(series.key, label, _floats(series, series.values), role)


def compared(answer: Answer, shown: Sequence[Series]) -> Sequence[Series]:
    """The lines beside which the comparison is drawn: each group, or only the largest of many."""
    if answer.question.group_by is None:
        return shown[:1]
    groups = [one for one in shown if one.key != OTHER]
    return groups if len(groups) <= MOST_COMPARED else groups[:1]


def _before(answer: Answer, shown: Sequence[Series]) -> list[Trace]:
    """The comparison of some lines, or of everything."""
    return [_trace_before(one, answer, is_one_of=len(shown) > 1) for one in shown if one.before]


def _trace_before(series: Series, answer: Answer, *, is_one_of: bool) -> Trace:
    label = words.say(words.BEFORE[answer.question.comparison])
    if answer.question.group_by is not None and series.key != OTHER:
        label = f"{series.label}, {label.lower()}"
    of = series.key if is_one_of else ""
    values = _floats(series, series.before)
    return Trace(f"before:{series.key}", label, values, Role.BEFORE, of)


def total_words(answer: Answer) -> str:
    """The sums of the period, one for each currency; nothing where there is none."""
    known = [(one.amount(one.total), one.unit) for one in answer.totals if one.total is not None]
    return " + ".join(words.total(value, unit) for value, unit in known)


def _bands(name: str, found: Found) -> Picture:
    first = found.answers[0]
    grain = first.question.grain
    traces = [
        Trace(quantile, quantile, _floats(answer.series[0], answer.series[0].values))
        for answer, (_, quantile) in zip(found.answers, QUANTILES, strict=True)
        if answer.series
    ]
    places = Places(first.labels, grain)
    return _with_events(_plain(name, ChartKind.BANDS, places, traces, "ms"), found, first)


def _heat(name: str, answer: Answer, unit: str) -> Picture:
    """Rows are days; an hour nobody called in counts nothing, and has no percentile."""
    nothing = nan if unit == "ms" else 0.0
    values = {
        one.key: float(_floats(one, one.values)[0])
        for one in answer.series
        if one.unit == unit and one.values
    }
    rows = [
        Trace(
            str(day),
            words.say(weekday),
            tuple(values.get(f"{day}-{hour:02}", nothing) for hour in range(HOURS)),
        )
        for day, weekday in enumerate(words.WEEKDAYS)
    ]
    hours = tuple(f"{hour:02}:00" for hour in range(HOURS))
    return _plain(name, ChartKind.HEAT, hours, rows if values else (), unit)


def _pareto(name: str, answer: Answer, unit: str) -> Picture:
    shown = [one for one in answer.series if one.unit == unit and one.total is not None]
    used = [float(one.amount(one.total or 0)) for one in shown]
    whole = sum(used)
    shares = [part / whole if whole else 0.0 for part in accumulate(used)]
    share = QCoreApplication.translate("usage", "Share of all, running")
    measure = words.say(words.MEASURES[answer.question.measure])
    traces = (Trace("used", measure, used), Trace("share", share, shares, Role.SHARE))
    places = tuple(one.label for one in shown)
    return _plain(name, ChartKind.PARETO, places, traces if shown else (), unit)


def _distribution(name: str, found: Distribution | None) -> Picture:
    """Calls by duration on a doubling scale, with the percentiles as notes."""
    counts: dict[int, int] = {}
    for bound, calls in zip(found.bounds_ms, found.counts, strict=True) if found else ():
        step = ceil(log2(max(bound, 1.0)) * STEPS_PER_DOUBLING)
        counts[step] = counts.get(step, 0) + calls
    steps = range(min(counts), max(counts) + 1) if counts else range(0)
    held = [counts.get(step, 0) for step in steps]
    bounds = [2 ** (step / STEPS_PER_DOUBLING) for step in steps]
    places = tuple(f"≤ {figures.compact(shortest(float(round(bound))))} ms" for bound in bounds)
    label = QCoreApplication.translate("usage", "Calls")
    plain = _plain(
        name, ChartKind.DISTRIBUTION, places, [Trace("calls", label, held)] * bool(held), "calls"
    )
    sums = list(accumulate(held))
    notes = tuple(
        Note(next(place for place, upto in enumerate(sums) if upto >= share * sums[-1]), quantile)
        for share, quantile in QUANTILES
        if sums
    )
    return Picture(
        plain.name, plain.kind, plain.places, plain.traces, plain.say, plain.brief, whole=True,
        notes=notes,
    )  # fmt: skip


def _cohorts(name: str, found: Cohorts | None) -> Picture:
    cohorts = found.cohorts if found else ()
    months = max((len(one.active) for one in cohorts), default=0)
    rows = tuple(_cohort_row(one, months) for one in cohorts)
    places = tuple(f"+{month}" for month in range(months))
    return Picture(
        name, ChartKind.COHORT, places, rows, say=figures.percent_of, brief=_whole_percent
    )


def _cohort_row(cohort: Cohort, months: int) -> Trace:
    shares = [active / max(cohort.customers, 1) for active in cohort.active]
    label = f"{place_name(f'{cohort.month}-01', Grain.MONTH)} ({figures.count(cohort.customers)})"
    return Trace(cohort.month, label, (*shares, *[nan] * (months - len(shares))))


def _whole_percent(share: float) -> str:
    return figures.isolated(f"{round(share * 100)}\u00a0%")


def can_stack(view: UsageView) -> bool:
    """Whether a stacked kind draws a measure whose values add up."""
    return view.kind not in STACKED or view.question.measure in words.ADDITIVE
