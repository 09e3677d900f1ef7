"""Customers by the month of their first call: who came again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from contract.messages.rollups import NO_CUSTOMERS
from desktop.domain import calendar
from desktop.domain.usage_questions import Cohort, Cohorts
from desktop.services.storage import kept_usage, month_cells

if TYPE_CHECKING:
    from desktop.domain.usage import DateRange, Stamp
    from desktop.services.usage_scope import Scope

Month = int
ONE_DAY: Final = timedelta(days=1)


def cohorts_of(scopes: Sequence[Scope], period: DateRange, stamp: Stamp) -> Cohorts:
    """Cohorts of the months that a period touches; first calls are looked for in all months."""
    first = calendar.month_number(period.start)
    months = range(first, calendar.month_number(period.end - ONE_DAY) + 1)
    active: dict[Month, set[tuple[str, str]]] = defaultdict(set)
    for scope in scopes:
        _add_active(active, scope, months.stop)
    joined: dict[tuple[str, str], Month] = {}
    for month in sorted(active):
        for customer in active[month]:
            joined.setdefault(customer, month)
    found = []
    for month in months:
        members = {customer for customer in active.get(month, ()) if joined[customer] == month}
        if members:
            later = (len(members & active.get(one, set())) for one in range(month, months.stop))
            label = calendar.month_start(month).isoformat()[:7]
            found.append(Cohort(label, len(members), tuple(later)))
    return Cohorts(tuple(found), stamp)


def _add_active(active: dict[Month, set[tuple[str, str]]], scope: Scope, end: Month) -> None:
    """Who called in each month to the end, as application and customer."""
    application_id = scope.application.application_id
    first_day = kept_usage.first_day(scope.db, application_id)
    if first_day is None or scope.is_left_out:
        return
    first = calendar.month_number(calendar.day_of_number(first_day))
    names = month_cells.customers(scope.db, application_id)
    blocks = month_cells.blocks(scope.db, application_id, range(first, end), ("events",))
    for key, cells in blocks:
        for number in cells.customers[np.flatnonzero(cells.events)].tolist():
            if names[number] not in NO_CUSTOMERS:
                active[key.month].add((application_id, scope.merged_key(names[number])))
