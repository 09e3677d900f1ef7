"""Measures that add up: calls, units, errors, refusals. From the sums that fit the question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from contract.messages.rollups import OTHERS
from desktop.domain.usage_questions import (
    STATUS_CLASSES,
    Dimension,
    Measure,
)
from desktop.services.calls import Report
from desktop.services.storage import usage_cells
from desktop.services.storage.usage_cells import ANY, FEW_CUSTOMERS, Keys, Row, Selection, Table
from desktop.services.usage_found import CALLS, UNITS, Found, Tally, found_sums, ranked
from desktop.services.usage_frames import Frame
from desktop.services.usage_scope import Scope, group_key

ERROR_CLASSES: Final = ("4xx", "5xx")
Place = Callable[[int], int]


def counted(
    scopes: Sequence[Scope], frame: Frame, keys: Sequence[str] | None, report: Report
) -> Found:
    """The answer's numbers.

    Args:
        scopes: the applications.
        frame: the buckets.
        keys: groups that stand for themselves; None is the largest.
        report: counts applications.
    """
    question = scopes[0].question
    counters = [_Counter(scope, frame) for scope in scopes]
    tally = Tally()
    if any(counter.is_large for counter in counters):
        _count_largest(tally, counters, keys, report)
    else:
        for done, counter in enumerate(counters):
            report(done, len(counters))
            counter.add_to(tally)
        tally.settle()
    unit = UNITS if question.measure is Measure.UNITS else CALLS
    if question.group_by is None:
        found = found_sums(tally, None, frame.size, unit)
    else:
        chosen = ranked(tally.by_key)[: question.top] if keys is None else keys
        found = found_sums(tally, chosen, frame.size, unit)
    found.left_out = sum(untold(scope, frame) for scope in scopes)
    return found


def _count_largest(
    tally: Tally, counters: Sequence[_Counter], keys: Sequence[str] | None, report: Report
) -> None:
    """Count everything by group and by bucket, and both together for the largest only."""
    for done, counter in enumerate(counters):
        report(done, 2 * len(counters))
        counter.add_groups_to(tally)
    top = counters[0].scope.question.top
    chosen = ranked(tally.by_key)[:top] if keys is None else keys
    for done, counter in enumerate(counters, len(counters)):
        report(done, 2 * len(counters))
        counter.add_customers_to(tally, chosen)
        counter.add_buckets_to(tally)


class _Counter:
    """Counts one application."""

    def __init__(self, scope: Scope, frame: Frame) -> None:
        self.scope, self._frame = scope, frame
        self._table = scope.table()
        self._names = names_of(scope)
        self._place = place_of(self._table, frame)
        self._selection = scope.selection(self._table, frame)

    @property
    def is_large(self) -> bool:
        """Whether groups and buckets together are too many to be read."""
        only = self._selection.customers.only
        return (
            self.scope.question.group_by is Dimension.CUSTOMER
            and self._frame.size > 1
            and (only is None or len(only) > FEW_CUSTOMERS)
        )

    def add_to(self, tally: Tally) -> None:
        """Count everything by group and bucket."""
        name = group_namer(self.scope)
        by_slot = self._frame.size > 1 or Dimension.HOUR_OF_WEEK in self.scope.used
        place = self._place if by_slot else _first_place
        if self.scope.question.group_by is Dimension.STATUS_CLASS:
            for status in self._names:
                rows = self._rows(self._selection, "", (status,), by_slot=by_slot)
                tally.add_rows(((slot, status, number) for slot, _, number in rows), place, None)
            return
        tally.add_rows(self._rows(self._selection, by_slot=by_slot), place, name)

    def add_groups_to(self, tally: Tally) -> None:
        """Count every group in all buckets together."""
        for _, customer_id, number in self._rows(self._selection, by_slot=False):
            tally.by_key[self.scope.merged_key(customer_id)] += number

    def add_buckets_to(self, tally: Tally) -> None:
        """Count every bucket of all groups together."""
        for slot, _, number in self._rows(self._selection, ""):
            tally.by_place[self._place(slot)] += number

    def add_customers_to(self, tally: Tally, chosen: Sequence[str]) -> None:
        """Count some customers by bucket."""
        members, customers = self.scope.members_of(chosen), self._selection.customers
        only = members if customers.only is None else customers.only & members
        largest = replace(self._selection, customers=Keys(only, customers.without))
        tally.add_rows(self._rows(largest), self._place, group_namer(self.scope))

    def _rows(
        self,
        selection: Selection,
        key: str | None = None,
        names: Sequence[str] | None = None,
        *,
        by_slot: bool = True,
    ) -> Iterator[Row]:
        """Sums by slot and the question's groups, unless another key or other numbers are given."""
        of = group_key(self.scope.question.group_by) if key is None else key
        some = self._names if names is None else names
        return usage_cells.sums(self.scope.db, self._table, selection, of, some, by_slot=by_slot)


def _first_place(_slot: int) -> int:
    return 0


def untold(scope: Scope, frame: Frame) -> int:
    """Calls of customers that are not told apart by the hour, whoever the question is about."""
    table = scope.table()
    if table is not usage_cells.CUSTOMER_HOURS:
        return 0
    selection = scope.selection(table, frame)
    rest = replace(selection, customers=Keys(frozenset({OTHERS})), plans=ANY, tells_plans=False)
    rows = usage_cells.sums(scope.db, table, rest, "", ("requests",), by_slot=False)
    return sum(number for _, _, number in rows)


def names_of(scope: Scope) -> Sequence[str]:
    """Numbers of the table whose sum is the measure."""
    measure, allowed = scope.question.measure, scope.keys_of(Dimension.STATUS_CLASS)
    if Dimension.STATUS_CLASS not in scope.used:
        return (measure.value,)
    classes = ERROR_CLASSES if measure is Measure.ERRORS else STATUS_CLASSES
    return tuple(one for one in classes if one in allowed)


def place_of(table: Table, frame: Frame) -> Place:
    """Bucket of a slot of the table."""
    return frame.place_of_day if table.slot == "day" else frame.place_of_hour


def group_namer(scope: Scope) -> Callable[[int, str], str] | None:
    """Group of a slot and a key of the database; None where the key is the group."""
    match scope.question.group_by:
        case Dimension.METHOD:
            return lambda _slot, endpoint_id: scope.method_of(endpoint_id)
        case Dimension.CUSTOMER if scope.merges:
            return lambda _slot, customer_id: scope.merged_key(customer_id)
        case Dimension.APPLICATION:
            return lambda _slot, _key: scope.application.application_id
        case Dimension.HOUR_OF_WEEK:
            known: dict[int, str] = {}

            def hour_of_week(hour: int, _key: str) -> str:
                if hour not in known:
                    known[hour] = scope.hour_of_week(hour)
                return known[hour]

            return hour_of_week
        case _:
            return None
