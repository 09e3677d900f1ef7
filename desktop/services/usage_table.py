"""The usage table of the command line: all applications of the service together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from contract.durations import merged, sparse
from desktop.domain.calendar import day_of_number
from desktop.domain.usage import DateRange, GroupBy, UsageRow
from desktop.services.storage import applications, usage_queries
from desktop.services.storage.usage_queries import CUSTOMER_DAYS, Span, Totals
from desktop.services.usage_chart import check_period, day_span, units
from desktop.services.usage_labels import customer_labels, endpoint_label

if TYPE_CHECKING:
    from sqlite3 import Connection


def usage_rows(db: Connection, period: DateRange, group_by: GroupBy) -> tuple[UsageRow, ...]:
    """Largest first; days oldest first. Raises: InvalidInput (field `period`)."""
    check_period(period)
    rows_of: Callable[[Connection, Span], Iterable[UsageRow]] = {
        GroupBy.ENDPOINT: _endpoint_rows,
        GroupBy.CUSTOMER: _customer_rows,
        GroupBy.DAY: _day_rows,
    }[group_by]
    rows: dict[tuple[str, str, str], UsageRow] = {}
    for application_id in applications.real_ids(db):
        for row in rows_of(db, day_span(period, application_id)):
            key = (row.endpoint, row.customer_id, row.day)
            rows[key] = _added(rows[key], row) if key in rows else row
    if group_by is GroupBy.DAY:
        return tuple(sorted(rows.values(), key=lambda row: row.day))
    return tuple(sorted(rows.values(), key=lambda row: (-row.requests, row.endpoint, row.customer)))


def _endpoint_rows(db: Connection, span: Span) -> Iterable[UsageRow]:
    durations = usage_queries.durations_by_endpoint(db, span)
    for total in usage_queries.endpoint_totals(db, span):
        yield replace(
            _row(total.totals),
            endpoint=endpoint_label(total.method, total.url),
            durations=durations.get(total.endpoint_id, ()),
        )


def _customer_rows(db: Connection, span: Span) -> Iterable[UsageRow]:
    totals = usage_queries.group_totals(db, CUSTOMER_DAYS, span)
    labels = customer_labels(db, [total.key for total in totals])
    for total in totals:
        row = _row(Totals(total.requests, total.units, errors=0, denied=0))
        yield replace(row, customer=labels[total.key], customer_id=total.key)


def _day_rows(db: Connection, span: Span) -> Iterable[UsageRow]:
    durations = usage_queries.durations_by_day(db, span)
    for day, totals in usage_queries.day_totals(db, span):
        label = day_of_number(day).isoformat()
        yield replace(_row(totals), day=label, durations=durations.get(day, ()))


def _row(totals: Totals) -> UsageRow:
    return UsageRow(totals.requests, units(totals.units), totals.errors, totals.denied)


def _added(row: UsageRow, other: UsageRow) -> UsageRow:
    return replace(
        row,
        requests=row.requests + other.requests,
        units=row.units + other.units,
        errors=row.errors + other.errors,
        denied=row.denied + other.denied,
        durations=sparse(merged([row.durations, other.durations])),
    )
