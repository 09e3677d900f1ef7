"""Sums for any question about usage, each from the table that fits it best.

A slot is a local day (its number) or an hour (UTC seconds of its start), by the table. Only texts
of this module make up a statement; whatever comes from a question travels as a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from contract.messages.rollups import ANONYMOUS, OTHERS
from desktop.domain.usage_questions import NO_PLAN

if TYPE_CHECKING:
    from sqlite3 import Connection

HALF: Final = 2**32
FEW_CUSTOMERS: Final = 100
"""So many customers are looked up one by one; for more, all rows of a day are read."""
FEW_BY_THE_HOUR: Final = 8
"""So many are looked up in each hour that has calls."""
LAST: Final = 2**62
_HOURS_WITH_CALLS: Final = """
    WITH RECURSIVE hours (hour) AS (
        SELECT min(hour) FROM customer_hours WHERE application_id = :app AND hour >= :start
        UNION ALL
        SELECT (SELECT min(hour) FROM customer_hours
            WHERE application_id = :app AND hour > hours.hour)
        FROM hours WHERE hours.hour < :end
    )
    SELECT hour FROM hours WHERE hour < :end
"""


@dataclass(frozen=True, slots=True)
class Table:
    """Where numbers come from."""

    name: str
    slot: str
    numbers: Mapping[str, str]
    """SQL of what it counts of a row."""
    has_endpoints: bool = False
    has_customers: bool = False
    only: str = ""
    one_row_for: str | None = None
    """The key of `KEYS` that has one row in each slot, if any."""


_OUTCOMES: Final = {
    "requests": "requests",
    "units": "units",
    "errors": "errors",
    "denied": "denied",
    "unsettled": "unsettled",
    "4xx": "errors - errors_5xx",
    "5xx": "errors_5xx",
    "unknown": "status_unknown",
    "ok": "requests - errors - status_unknown - unsettled",
}
DAYS: Final = Table("day_sums", "day", _OUTCOMES, one_row_for="")
ENDPOINT_DAYS: Final = Table(
    "endpoint_day_sums", "day", _OUTCOMES, has_endpoints=True, one_row_for="endpoint"
)
ENDPOINT_HOURS: Final = Table(
    "endpoint_hours",
    "hour",
    _OUTCOMES
    | {
        "errors": "errors_4xx + errors_5xx",
        "4xx": "errors_4xx",
        "ok": "requests - errors_4xx - errors_5xx - status_unknown - unsettled",
    },
    has_endpoints=True,
    one_row_for="endpoint",
)
CUSTOMER_DAYS: Final = Table(
    "customer_day_sums",
    "day",
    {"requests": "requests", "units": "units"},
    has_customers=True,
    one_row_for="customer",
)
# The meter "units" counts requests (as events) and units; every call has exactly one row of it.
CUSTOMER_ENDPOINT_DAYS: Final = Table(
    "customer_days",
    "day",
    {"requests": "events", "units": "quantity"},
    has_endpoints=True,
    has_customers=True,
    only="t.meter = 'units'",
)
CUSTOMER_HOURS: Final = Table(
    "customer_hours",
    "hour",
    {"requests": "requests", "units": "units"},
    has_endpoints=True,
    has_customers=True,
)


@dataclass(frozen=True, slots=True)
class Keys:
    """Only these keys (None is any), and none of those."""

    only: frozenset[str] | None = None
    without: frozenset[str] = frozenset()

    @property
    def are_all(self) -> bool:
        return self.only is None and not self.without

    def __contains__(self, key: object) -> bool:
        return (self.only is None or key in self.only) and key not in self.without


ANY: Final = Keys()
PlanTerms = Sequence[tuple[str, str, int, int]]
"""Customer, plan, and the slots from the first to before the end."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of one application."""

    application_id: str
    slots: range
    endpoints: Keys = ANY
    customers: Keys = ANY
    plans: Keys = ANY
    tells_plans: bool = False
    """Whether anybody's plan matters; then `terms` say who is on which."""
    terms: PlanTerms = ()
    chosen_slots: Sequence[int] | None = None
    """Only these of the slots."""


@dataclass(slots=True)
class _Statement:
    """A statement that grows; `values` belong to its names."""

    table: Table
    selection: Selection
    values: dict[str, Any] = field(default_factory=dict)

    def text(self, columns: Sequence[str], group: str, tables: str = "", more: str = "") -> str:
        """The statement; `tables` are joined, `more` are conditions that begin with AND."""
        joined, where = f"{tables} {self._plans()}", f"{self._where()} {more}"
        return f"""
            {self._with()} SELECT {", ".join(columns)} FROM {self.table.name} t {joined}
            WHERE {where} {group}
        """  # noqa: S608 (constants of this module)

    def _with(self) -> str:
        if self.selection.tells_plans:
            self.values["terms"] = json.dumps(self.selection.terms)
            return """WITH terms(customer_id, plan_id, first, after) AS MATERIALIZED (
                SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:terms))"""
        return ""

    def _plans(self) -> str:
        if not self.selection.tells_plans:
            return ""
        slot = self.table.slot
        return f"""LEFT JOIN terms p ON p.customer_id = t.customer_id
            AND t.{slot} >= p.first AND t.{slot} < p.after"""

    def _where(self) -> str:
        chosen, slot = self.selection, f"t.{self.table.slot}"
        self.values |= {"app": chosen.application_id}
        parts = ["t.application_id = :app", *self._slots(slot)]
        if self.table.only:
            parts.append(self.table.only)
        if self.table is ENDPOINT_HOURS:
            parts.append(self._seen_endpoints())
        if self.table.has_endpoints:
            parts += self._keys("endpoints", "t.endpoint_id", chosen.endpoints)
        if self.table.has_customers:
            parts += self._keys("customers", "t.customer_id", chosen.customers)
            parts += self._keys("plans", "coalesce(p.plan_id, 'none')", chosen.plans)
        return " AND ".join(parts)

    def _slots(self, slot: str) -> Iterator[str]:
        """Slots one by one where a key in each finds the rows, else a stretch of them."""
        chosen = self.selection
        only = chosen.customers.only
        some = chosen.chosen_slots
        few = self.table.has_customers and only is not None and len(only) <= FEW_CUSTOMERS
        if some is None and few and self.table.slot == "day":
            some = chosen.slots
        if some is not None:
            self.values["slots"] = json.dumps([one for one in some if one in chosen.slots])
            yield _is_in(slot, "slots")
            return
        self.values |= {"start": chosen.slots.start, "end": chosen.slots.stop}
        if self.table is CUSTOMER_HOURS and only is not None and len(only) <= FEW_BY_THE_HOUR:
            yield f"{slot} IN ({_HOURS_WITH_CALLS})"
            return
        yield f"{slot} >= :start AND {slot} < :end"

    def _seen_endpoints(self) -> str:
        """The endpoints of the days around: hours are found by endpoint first."""
        self.values |= {
            "first_day": self.selection.slots.start // 86_400 - 2,
            "last_day": self.selection.slots.stop // 86_400 + 2,
        }
        return """t.endpoint_id IN (SELECT DISTINCT endpoint_id FROM endpoint_day_sums
            WHERE application_id = :app AND day BETWEEN :first_day AND :last_day)"""

    def _keys(self, name: str, column: str, keys: Keys) -> Iterator[str]:
        if keys.only is not None:
            self.values[f"only_{name}"] = json.dumps(sorted(keys.only))
            yield _is_in(column, f"only_{name}")
        if keys.without:
            self.values[f"no_{name}"] = json.dumps(sorted(keys.without))
            yield f"NOT {_is_in(column, f'no_{name}')}"


def _is_in(column: str, name: str) -> str:
    """Condition that a column is among the values of a name, which are JSON."""
    return f"{column} IN (SELECT value FROM json_each(:{name}))"  # noqa: S608 (our own names)


KEYS: Final = {
    "": "''",
    "endpoint": "t.endpoint_id",
    "customer": "t.customer_id",
    "plan": "coalesce(p.plan_id, 'none')",
    NO_PLAN: f"'{NO_PLAN}'",
}
Row = tuple[int, str, int]
"""Slot (0 where rows are not told apart by it), key, and the sum."""


def sums(  # noqa: PLR0913 (what is summed, and of which rows)
    db: Connection,
    table: Table,
    selection: Selection,
    key: str,
    names: Sequence[str],
    *,
    by_slot: bool = True,
) -> Iterator[Row]:
    """Sums by slot and key, in no order.

    Args:
        db: a picture of the vault.
        table: where the numbers are.
        selection: which rows.
        key: one of `KEYS`.
        names: numbers of the table that are added up; without any there are no rows.
        by_slot: whether slots are told apart.
    """
    if not names:
        return iter(())
    if key == "plan" and not selection.tells_plans:
        key = NO_PLAN
    statement = _Statement(table, selection)
    columns = [f"t.{table.slot}" if by_slot else "0", KEYS[key]]
    number = " + ".join(table.numbers[name] for name in names)
    if by_slot and key == table.one_row_for:
        return iter(db.execute(statement.text([*columns, number], ""), statement.values))
    groups = [place for place, wanted in (("1", by_slot), ("2", bool(key))) if wanted]
    group = f"GROUP BY {', '.join(groups)}" if groups else ""
    if "units" not in names:
        columns.append(f"coalesce(sum({number}), 0)")
        return iter(db.execute(statement.text(columns, group), statement.values))
    # A sum of units may leave 64 bits.
    columns += [f"coalesce(sum({number} {part}), 0)" for part in (f"/ {HALF}", f"% {HALF}")]
    rows = db.execute(statement.text(columns, group), statement.values)
    return ((slot, of, high * HALF + low) for slot, of, high, low in rows)


def durations(
    db: Connection, table: Table, selection: Selection, *, by_endpoint: bool
) -> Iterator[tuple[int, str, str]]:
    """Slot, endpoint and histogram as JSON of each row that has one."""
    statement = _Statement(table, selection)
    columns = [f"t.{table.slot}", "t.endpoint_id" if by_endpoint else "''", "t.durations"]
    text = statement.text(columns, "", more="AND t.durations <> '[]'")
    return iter(db.execute(text, statement.values))


def customer_count(db: Connection, table: Table, selection: Selection) -> int:
    """How many different customers called; callers without identity are none."""
    statement = _Statement(table, selection)
    text = statement.text(["count(DISTINCT t.customer_id)"], "", more=_somebody(statement))
    (count,) = db.execute(text, statement.values).fetchone()
    return int(count)


def callers(
    db: Connection, table: Table, selection: Selection, key: str
) -> Iterator[tuple[int, str, str]]:
    """Slot, key as in `sums`, and each customer that called in it; some may come twice."""
    statement = _Statement(table, selection)
    if key == "plan" and not selection.tells_plans:
        key = NO_PLAN
    columns = [f"t.{table.slot}", KEYS[key], "t.customer_id"]
    text = statement.text(columns, "", more=_somebody(statement))
    return iter(db.execute(text, statement.values))


def _somebody(statement: _Statement) -> str:
    """Condition of rows in which a customer called."""
    statement.values |= {"anonymous": ANONYMOUS, "others": OTHERS}
    requests = statement.table.numbers["requests"]
    return f"AND t.{requests} > 0 AND t.customer_id NOT IN (:anonymous, :others)"
