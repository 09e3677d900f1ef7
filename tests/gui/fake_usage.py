"""Questions about usage, views and events in memory, with the names of the real services."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange, Stamp
from desktop.domain.usage_questions import (
    OTHER,
    PERCENTILES,
    Answer,
    Cohort,
    Cohorts,
    Comparison,
    Dimension,
    Distribution,
    Gap,
    GapReason,
    Grain,
    Measure,
    Question,
    Series,
    VaultExtent,
)
from desktop.domain.usage_rows import RowSort, RowsPage, RowsWanted, UsageRow
from desktop.domain.usage_views import ChartEvent, EventKind, SavedView, UsageView
from desktop.services import (
    explorer,
    usage_export,
    usage_keeping,
    usage_questions,
    usage_rows,
)
from desktop.services.calls import Report, callable_from_window
from desktop.services.export import ExportReceipt
from desktop.services.usage_export import UsageFormat
from desktop.services.usage_thinning import thinned
from tests.gui.fakes import _Service, wave

ENDPOINTS = (
    ("end_1", "POST /v1/generate", 248_000),
    ("end_2", "GET /v1/search", 131_000),
    ("end_3", "GET /v1/models", 42_000),
    ("end_4", "POST /v1/images", 18_500),
    ("end_5", "GET /v1/files/{file_id}", 9_200),
)
CUSTOMERS = (
    ("cus_1", "acme-eu", 138_000),
    ("cus_2", "north-labs", 71_000),
    ("cus_3", "kite.io", 33_000),
    ("cus_4", "c_7f3a91", 12_000),
)
UNITS = {
    Measure.UNITS: ("units", 6, 5),
    Measure.REVENUE: ("USD", 2, Fraction(1, 750)),
    Measure.P50: ("ms", 3, 1),
    Measure.P95: ("ms", 3, 3),
    Measure.P99: ("ms", 3, 8),
    Measure.CUSTOMERS: ("customers", 0, 1),
}
PUBLISHED = datetime(2026, 11, 3, 9, tzinfo=UTC)
OUTAGE = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOLE = DateRange(date(2026, 11, 8), date(2026, 11, 10))
"""Days of which nothing was received."""


def days_of(period: DateRange) -> list[date]:
    return [period.start + timedelta(days=n) for n in range((period.end - period.start).days)]


def starts_of(question: Question) -> list[datetime]:
    days = [datetime(d.year, d.month, d.day, tzinfo=UTC) for d in days_of(question.period)]
    match question.grain:
        case Grain.HOUR:
            return [day + timedelta(hours=hour) for day in days for hour in range(24)]
        case Grain.WEEK:
            return [day for day in days if day.weekday() == 0]
        case Grain.MONTH:
            return [day for day in days if day.day == 1]
        case Grain.WHOLE:
            return days[:1]
        case _:
            return days


def groups_of(question: Question):
    match question.group_by:
        case None:
            return ((OTHER, "", 451_000),)
        case Dimension.CUSTOMER:
            return CUSTOMERS
        case Dimension.HOUR_OF_WEEK:
            return tuple(
                (f"{day}-{hour:02}", f"{day} {hour}",
                 round(9000 * (1 + math.sin((hour - 6) / 4)) * (0.4 if day > 4 else 1)))
                for day in range(7) for hour in range(24)
            )  # fmt: skip
        case _:
            return ENDPOINTS


def answer(question: Question, hostile: str, stamp: Stamp) -> Answer:
    """A busy API, with a hole of two days."""
    starts = starts_of(question)
    unit, scale, factor = UNITS.get(question.measure, ("calls", 0, 1))
    in_milliseconds = question.measure in PERCENTILES
    if question.measure is Measure.REVENUE and question.grain is Grain.WHOLE:
        factor *= len(days_of(question.period))
    dark = [n for n, start in enumerate(starts) if HOLE.start <= start.date() < HOLE.end]
    has_hole = bool(dark) and question.grain is Grain.DAY
    compared = question.comparison is not Comparison.NONE

    def numbers(seed, base, shift):
        size = 84 if in_milliseconds else base
        return [
            int(wave(seed, size, place + shift) * factor * 10**scale)
            for place in range(len(starts))
        ]

    def series(number, key, label, base):
        values = tuple(
            None if has_hole and place in dark else value
            for place, value in enumerate(numbers(number, base, 0))
        )
        before = tuple(numbers(number, base, 7)) if compared else ()
        total = sum(value or 0 for value in values)
        total_before = sum(before) if compared else None
        return Series(key, label, values, total, scale, unit, before, total_before)

    shown = groups_of(question)[: question.top]
    lines = [
        series(number, key, hostile + label if label else "", base)
        for number, (key, label, base) in enumerate(shown)
    ]
    if question.group_by in {Dimension.ENDPOINT, Dimension.CUSTOMER}:
        lines.append(series(9, OTHER, "Other", 2_400))
    sums = [
        None if any(value is None for value in column) else sum(column)
        for column in zip(*(line.values for line in lines), strict=True)
    ]
    whole = series(0, OTHER, "", 451_000)
    together = replace(whole, values=tuple(sums), total=sum(value or 0 for value in sums))
    gaps = (Gap(dark[0], dark[-1] + 1, GapReason.NOT_CONNECTED),) if has_hole else ()
    return Answer(
        question=question,
        time_zone="UTC",
        starts=tuple(int(start.timestamp()) for start in starts),
        labels=tuple(
            start.strftime("%Y-%m-%dT%H:%M" if question.grain is Grain.HOUR else "%Y-%m-%d")
            for start in starts
        ),
        ends=int(datetime(*question.period.end.timetuple()[:3], tzinfo=UTC).timestamp()),
        series=tuple(lines),
        totals=(together,),
        gaps=gaps,
        left_out=(),
        groups=0 if question.group_by is None else max(42, len(groups_of(question))),
        stamp=stamp,
    )


class UsageQuestionService(_Service, usage_questions.UsageQuestionService):
    @callable_from_window
    def ask(self, report: Report, question: Question, width_px: int) -> Answer:
        report(0, 3)
        self.controls.questions.append(question)
        self.controls.enter("UsageQuestionService.ask", question, width_px)
        report(3, 3)
        whole = answer(question, self.controls.hostile, self.controls.stamp())
        found = thinned(whole, width_px)
        if not self.controls.has_usage:
            return replace(found, series=(), totals=())
        return found

    @callable_from_window
    def distribution(self, report: Report, question: Question) -> Distribution:
        report(0)
        self.controls.enter("UsageQuestionService.distribution", question)
        bounds = tuple(2.0 ** (power / 2) for power in range(4, 24))
        counts = tuple(round(9000 * math.exp(-((n - 7) ** 2) / 14)) for n in range(20))
        if not self.controls.has_usage:
            bounds, counts = (), ()
        return Distribution(bounds, counts, self.controls.stamp())

    @callable_from_window
    def cohorts(self, report: Report, question: Question) -> Cohorts:
        report(0)
        self.controls.enter("UsageQuestionService.cohorts", question)
        months = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11")
        found = tuple(
            Cohort(month, 40 + row, tuple(round((40 + row) * 0.86**n) for n in range(6 - row)))
            for row, month in enumerate(months)
        )
        return Cohorts(found if self.controls.has_usage else (), self.controls.stamp())


class UsageKeepingService(_Service, usage_keeping.UsageKeepingService):
    @callable_from_window
    def extent(self) -> VaultExtent:
        self.controls.enter("UsageKeepingService.extent")
        return VaultExtent("2025-10-01", 14, 310_000_000, self.controls.keep_months)

    @callable_from_window
    def keep(self, months: int) -> None:
        self.controls.enter("UsageKeepingService.keep", months)
        self.controls.keep_months = months


class UsageExportService(_Service, usage_export.UsageExportService):
    @callable_from_window
    def save(
        self, report: Report, question: Question, kind: UsageFormat, path: str
    ) -> ExportReceipt:
        self.controls.enter("UsageExportService.save", question, kind, path)
        for part in range(1, self.controls.export_reports + 1):
            report(1000 * part)
        return ExportReceipt(path, 1, "0" * 64, 1000 * self.controls.export_reports)


class UsageRowsService(_Service, usage_rows.UsageRowsService):
    @callable_from_window
    def page(
        self, report: Report, question: Question, wanted: RowsWanted, cursor: str | None
    ) -> RowsPage:
        """A thousand rows, two hundred a page; the values fall from the first to the last."""
        report(500, 1000)
        self.controls.enter("UsageRowsService.page", question, wanted, cursor)
        fitting = [
            UsageRow(number, "2026-11-01", f"GET /v1/{number:04}", 5000 - number, None, 0, "calls")
            for number in range(1000)
            if wanted.text in f"/{number:04}"
        ]
        fitting.sort(key=lambda row: row.value if wanted.sort is RowSort.VALUE else row.place,
                     reverse=wanted.descending)  # fmt: skip
        first = int(cursor or 0)
        end = first + 200
        following = str(end) if end < len(fitting) else None
        rows = tuple(fitting[first:end])
        return RowsPage(rows, following, len(fitting), self.controls.stamp())


class ExplorerService(_Service, explorer.ExplorerService):
    @callable_from_window
    def views(self, application_id: ApplicationId) -> tuple[SavedView, ...]:
        self.controls.enter("ExplorerService.views", application_id)
        return tuple(self.controls.views)

    @callable_from_window
    def save_view(self, application_id: ApplicationId, name: str, view: UsageView) -> SavedView:
        self.controls.enter("ExplorerService.save_view", application_id, name, view)
        saved = SavedView(f"viw_{len(self.controls.views)}", application_id, name, view)
        self.controls.views.append(saved)
        return saved

    @callable_from_window
    def delete_view(self, view_id: str) -> None:
        self.controls.enter("ExplorerService.delete_view", view_id)
        kept = [one for one in self.controls.views if one.view_id != view_id]
        self.controls.views[:] = kept

    @callable_from_window
    def note_incident(
        self, application_id: ApplicationId, happened_at: datetime, words: str
    ) -> ChartEvent:
        self.controls.enter("ExplorerService.note_incident", application_id, happened_at, words)
        event = ChartEvent(happened_at, EventKind.INCIDENT, words, "inc_1")
        self.controls.events.append(event)
        return event

    @callable_from_window
    def forget_incident(self, incident_id: str) -> None:
        self.controls.enter("ExplorerService.forget_incident", incident_id)
        kept = [one for one in self.controls.events if one.incident_id != incident_id]
        self.controls.events[:] = kept

    @callable_from_window
    def write_file(self, path: str, content: bytes) -> None:
        self.controls.enter("ExplorerService.write_file", path, content)

    @callable_from_window
    def events(self, application_id: ApplicationId, period: DateRange) -> tuple[ChartEvent, ...]:
        self.controls.enter("ExplorerService.events", application_id, period)
        return tuple(self.controls.events)


EVENTS = (
    ChartEvent(PUBLISHED, EventKind.PRICE, "Tokens, version 3"),
    ChartEvent(OUTAGE, EventKind.INCIDENT, "database failover", "inc_0"),
)
KINDS_OF_SERVICE = (
    UsageQuestionService,
    UsageKeepingService,
    UsageExportService,
    UsageRowsService,
    ExplorerService,
)
