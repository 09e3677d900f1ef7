"""The dashboard's figures, from one picture of the vault."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from contract.messages.rollups import ANONYMOUS
from desktop.domain import calendar
from desktop.domain.ids import CustomerId
from desktop.domain.usage import (
    Application,
    Comparison,
    CustomerLine,
    Dashboard,
    DateRange,
    Grain,
    GroupBy,
    Stamp,
    UsageQuestion,
)
from desktop.domain.usage_questions import Comparison as ComparedWith
from desktop.domain.usage_questions import Question
from desktop.services.storage import applications, customer_merges, kept_usage, usage_queries
from desktop.services.storage.usage_queries import CUSTOMER_DAYS, GroupTotal, Span, Totals
from desktop.services.usage_chart import ChartBuilder, day_span, units
from desktop.services.usage_frames import period_before
from desktop.services.usage_labels import customer_labels, labels_for

if TYPE_CHECKING:
    from sqlite3 import Connection

TOP_CUSTOMERS: Final = 10
NOTHING: Final = Totals(0, 0, 0, 0)


class DashboardBuilder:
    """Answers for one application and period."""

    def __init__(
        self, db: Connection, application: Application, period: DateRange, compared: ComparedWith
    ) -> None:
        """Last year is compared with only where the vault holds all of it, else the days before.

        Raises: InvalidInput (field `period`), as for a chart.
        """
        self._db = db
        self._application = application
        self._period = period
        application_id = application.application_id
        self._question = UsageQuestion(application_id, period, Grain.DAY, GroupBy.ENDPOINT)
        zone = applications.zone(application.time_zone)
        self._chart = ChartBuilder(db, self._question, zone)
        self._span = day_span(period, application_id)
        year = Question(period, application_id=application_id, comparison=ComparedWith.LAST_YEAR)
        last_year = period_before(year) or period
        first_day = kept_usage.first_day(db, application_id)
        begins = calendar.day_number(last_year.start)
        self._reaches_last_year = first_day is not None and first_day <= begins
        self._is_year = self._reaches_last_year and compared is ComparedWith.LAST_YEAR
        before = last_year if self._is_year else calendar.previous(period)
        self._span_before = day_span(before, application_id)

    def answer(self, stamp: Stamp) -> Dashboard:
        db = self._db
        before = usage_queries.totals(db, self._span_before)
        now = usage_queries.totals(db, self._span) or NOTHING
        days = self._days()
        customers = self._customers(self._span)
        return Dashboard(
            period=self._period,
            requests=Comparison(
                Decimal(now.requests), Decimal(before.requests) if before else None
            ),
            units=Comparison(units(now.units), units(before.units) if before else None),
            denied=now.denied,
            errors=now.errors,
            active_customers=Comparison(
                _active(customers), self._active_before() if before else None
            ),
            requests_by_day=tuple(day.requests for day in days),
            blocked_by_day=tuple(float(_blocked(day)) for day in days),
            blocked_before=_blocked(before) if before else None,
            chart=self._chart.answer(labels_for(db, self._question), stamp),
            top_customers=self._top_customers(customers),
            stamp=stamp,
            is_sample=self._application.is_sample,
            compares_last_year=self._is_year,
            reaches_last_year=self._reaches_last_year,
        )

    def _active_before(self) -> Decimal:
        return _active(self._customers(self._span_before))

    def _days(self) -> list[Totals]:
        """Sums of each day of the period; of one without usage zeros."""
        known = dict(usage_queries.day_totals(self._db, self._span))
        return [known.get(day, NOTHING) for day in range(self._span.start, self._span.end)]

    def _customers(self, span: Span) -> list[GroupTotal]:
        """Sums by customer; those who were merged are one."""
        found = usage_queries.group_totals(self._db, CUSTOMER_DAYS, span)
        roots = customer_merges.of_application(self._db, self._application.application_id)
        if not roots:
            return found
        sums: dict[str, GroupTotal] = {}
        for one in found:
            root = roots.get(CustomerId(one.key), CustomerId(one.key))
            so_far = sums.get(root, GroupTotal(root, 0, 0))
            requests, micro = so_far.requests + one.requests, so_far.units + one.units
            sums[root] = GroupTotal(root, requests, micro)
        return list(sums.values())

    def _top_customers(self, customers: Iterable[GroupTotal]) -> tuple[CustomerLine, ...]:
        largest = sorted(customers, key=lambda total: (-total.requests, total.key))[:TOP_CUSTOMERS]
        labels = customer_labels(self._db, [total.key for total in largest])
        return tuple(
            CustomerLine(
                customer_id=total.key,
                label=labels[total.key],
                requests=total.requests,
                units=units(total.units),
            )
            for total in largest
        )


def _blocked(totals: Totals) -> Decimal:
    """Share of the calls that were refused."""
    calls = totals.requests + totals.denied
    return Decimal(totals.denied) / calls if calls else Decimal(0)


def _active(customers: Iterable[GroupTotal]) -> Decimal:
    """How many customers called; nobody knows how many the anonymous ones are."""
    return Decimal(sum(1 for total in customers if total.key != ANONYMOUS and total.requests))
