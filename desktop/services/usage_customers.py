"""How many different customers called. Those who were merged count as one."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from desktop.domain.usage_questions import OTHER
from desktop.services.calls import Report
from desktop.services.storage import usage_cells
from desktop.services.storage.usage_cells import Selection
from desktop.services.usage_counts import group_namer, place_of, untold
from desktop.services.usage_found import CUSTOMERS, Found, Numbers, ranked, spread
from desktop.services.usage_frames import Frame
from desktop.services.usage_scope import Scope, group_key

ROWS_A_REPORT: Final = 50_000
Caller = tuple[str, str]
"""Application and customer: nobody is a customer of two applications."""


def counted_customers(
    scopes: Sequence[Scope], frame: Frame, keys: Sequence[str] | None, report: Report
) -> Found:
    """The answer's numbers; as `usage_counts.counted`."""
    left_out = sum(untold(scope, frame) for scope in scopes)
    if scopes[0].question.group_by is None and not any(scope.merges for scope in scopes):
        return _without_groups(scopes, frame, left_out, report)
    seen = _Seen()
    for scope in scopes:
        seen.read(scope, frame, report)
    if scopes[0].question.group_by is None:
        return _found(seen, {OTHER: list(seen.cells)}, frame.size, 0, left_out)
    named = ranked({key: seen.total([key]) for key in seen.cells})
    chosen = named[: scopes[0].question.top] if keys is None else keys
    lines = {key: [key] for key in chosen}
    if rest := [key for key in seen.cells if key not in lines]:
        lines[OTHER] = rest
    return _found(seen, lines, frame.size, len(named), left_out)


@dataclass(slots=True)
class _Seen:
    """Who called, by group and bucket."""

    cells: dict[str, dict[int, set[Caller]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )
    _known: dict[Caller, Caller] = field(default_factory=dict)

    def read(self, scope: Scope, frame: Frame, report: Report) -> None:
        table = scope.table()
        place, name = place_of(table, frame), group_namer(scope)
        key = group_key(scope.question.group_by)
        rows = usage_cells.callers(scope.db, table, scope.selection(table, frame), key)
        for done, (slot, member, customer_id) in enumerate(rows):
            if not done % ROWS_A_REPORT:
                report(done)
            caller = (scope.application.application_id, scope.merged_key(customer_id))
            one = self._known.setdefault(caller, caller)
            group = member if name is None else name(slot, member)
            self.cells[group][place(slot)].add(one)

    def total(self, keys: Iterable[str]) -> int:
        """Different customers of some groups in the whole period."""
        return len(
            set().union(*(self.cells[key][place] for key in keys for place in self.cells[key]))
        )

    def by_place(self, keys: Sequence[str], size: int) -> Numbers:
        """Different customers of some groups by bucket."""
        found: dict[int, set[Caller]] = defaultdict(set)
        for key in keys:
            for place, callers in self.cells.get(key, {}).items():
                found[place] |= callers
        return spread({place: len(callers) for place, callers in found.items()}, size)


def _found(
    seen: _Seen, lines: dict[str, list[str]], size: int, groups: int, left_out: int
) -> Found:
    everything = list(seen.cells)
    columns = {key: seen.by_place(some, size) for key, some in lines.items()}
    totals: dict[str, int | None] = {key: seen.total(some) for key, some in lines.items()}
    whole, total = seen.by_place(everything, size), seen.total(everything)
    return Found(*CUSTOMERS, columns, totals, whole, total, groups, left_out)


def _without_groups(scopes: Sequence[Scope], frame: Frame, left_out: int, report: Report) -> Found:
    whole = [0] * frame.size
    total = 0
    for scope in scopes:
        table = scope.table()
        selection = scope.selection(table, frame)
        total += usage_cells.customer_count(scope.db, table, selection)
        for place, part in enumerate(_parts(selection, frame, scope)):
            report(place, frame.size)
            count = usage_cells.customer_count(scope.db, table, part) if len(part.slots) else 0
            whole[place] += count
    return Found(*CUSTOMERS, {OTHER: whole}, {OTHER: total}, whole, total, 0, left_out)


def _parts(selection: Selection, frame: Frame, scope: Scope) -> list[Selection]:
    """The selection of each bucket."""
    slots = selection.slots
    if scope.table().slot == "day":
        place, step = frame.place_of_day, 1
    else:
        place, step = frame.place_of_hour, 900
    ends = list(range(slots.start, slots.stop, step))
    cuts = [bisect_left(ends, number, key=place) for number in range(frame.size + 1)]
    edges = [ends[cut] if cut < len(ends) else slots.stop for cut in cuts]
    return [replace(selection, slots=range(first, after)) for first, after in pairwise(edges)]
