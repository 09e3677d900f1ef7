"""Measures that add up: calls, units, errors, refusals. From the sums that fit the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

from contract.messages.rollups import OTHERS
from desktop.domain.usage_questions import (
    NO_PLAN,
    OTHER,
    STATUS_CLASSES,
    Dimension,
    Measure,
)
from desktop.services.calls import Report
from desktop.services.storage import packed_days, usage_cells
from desktop.services.storage.usage_cells import ANY, FEW_CUSTOMERS, Keys, Selection, Table
from desktop.services.usage_found import CALLS, UNITS, Found, Tally, found_sums, ranked
from desktop.services.usage_frames import Frame
from desktop.services.usage_scope import Scope, group_key

if TYPE_CHECKING:
    from desktop.services.storage.packed_days import Packed
    from desktop.services.storage.packed_pairs import PackedPairs

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
    tally = Tally(frame.size)
    if any(counter.is_large for counter in counters):
        _count_largest(tally, counters, keys, report)
    else:
        for done, counter in enumerate(counters):
            report(done, len(counters))
            counter.add_to(tally)
        tally.settle()
    unit = UNITS if question.measure is Measure.UNITS else CALLS
    if question.group_by is None:
        found = found_sums(tally, None, unit)
    else:
        chosen = ranked(tally.by_key)[: question.top] if keys is None else keys
        found = found_sums(tally, chosen, unit)
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


class _Part(NamedTuple):
    """What is counted, and by what."""

    key: str
    """As in `usage_cells.KEYS`."""
    names: Sequence[str]
    group: str | None = None
    """The group of all of it; None is the question's."""


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
        by_slot = self._frame.size > 1 or Dimension.HOUR_OF_WEEK in self.scope.used
        if self.scope.question.group_by is Dimension.STATUS_CLASS:
            for status in self._names:
                self._add(tally, self._selection, _Part("", (status,), status), by_slot=by_slot)
            return
        self._add(tally, self._selection, self._groups(), by_slot=by_slot)

    def add_groups_to(self, tally: Tally) -> None:
        """Count every group in all buckets together."""
        together = Tally(1)
        self._add(together, self._selection, self._groups(), by_slot=False)
        together.settle()
        for key, number in together.by_key.items():
            tally.by_key[key] += number

    def add_buckets_to(self, tally: Tally) -> None:
        """Count every bucket of all groups together."""
        together = Tally(self._frame.size)
        self._add(together, self._selection, _Part("", self._names, OTHER), by_slot=True)
        together.settle()
        for place, number in enumerate(together.by_place):
            tally.by_place[place] += number

    def add_customers_to(self, tally: Tally, chosen: Sequence[str]) -> None:
        """Count some customers by bucket."""
        members, customers = self.scope.members_of(chosen), self._selection.customers
        only = members if customers.only is None else customers.only & members
        largest = replace(self._selection, customers=Keys(only, customers.without))
        self._add(tally, largest, self._groups(), by_slot=True)

    def _groups(self) -> _Part:
        """The question's groups."""
        key = group_key(self.scope.question.group_by)
        if key == "plan" and not self._selection.tells_plans:
            return _Part("", self._names, NO_PLAN)
        return _Part(key, self._names)

    def _add(self, tally: Tally, selection: Selection, part: _Part, *, by_slot: bool) -> None:
        """Count packed days from their columns, and all others from rows."""
        place = self._place if by_slot else _first_place
        name = group_namer(self.scope) if part.group is None else lambda _slot, _key: part.group
        packed = self._packed(selection, by_slot=by_slot)
        rest: Selection | None = selection
        if packed is not None:
            tally.add_columns(packed.columns(part.names, part.key), place, name)
            rest = packed.rest
        if rest is not None:
            rows = usage_cells.sums(
                self.scope.db, self._table, rest, part.key, part.names, by_slot=by_slot
            )
            tally.add_rows(rows, place, name)

    def _packed(self, selection: Selection, *, by_slot: bool) -> Packed | PackedPairs | None:
        tells_plans = selection.tells_plans and self._table is usage_cells.CUSTOMER_DAYS
        if self._table is not usage_cells.CUSTOMER_ENDPOINT_DAYS and not tells_plans:
            return packed_days.packed(self.scope.db, self._table, selection)
        only = selection.customers.only
        if only is not None and len(only) <= FEW_CUSTOMERS:
            return None  # their rows are found one by one
        # It brings numpy, which most questions do without.
        from desktop.services.storage import packed_pairs

        return packed_pairs.packed(self.scope.db, selection, by_day=by_slot)


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
