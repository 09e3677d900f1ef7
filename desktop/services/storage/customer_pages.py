"""Pages of the list of customers, in any order and narrowed down in any way.

A page costs the same wherever it is and however many customers there are. Rows are found in one of
two ways: where a condition holds for few, those are fetched and put in order; else the index of the
order is followed, and as no condition is rare, the page is full soon. Where order and condition are
at odds it is not: a page looks at so many rows at most, and the next one goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from desktop.domain.customer_list import CustomerSort, CustomerState
from desktop.services.storage.customer_list import NEVER, RANK, UNNAMED, Line, folded

if TYPE_CHECKING:
    from sqlite3 import Connection

PAGE: Final = 100
FEW: Final = 3_000
"""Rows that are put in order at once."""
WALK: Final = 4_000
"""Rows of an order that one page looks at; what does not fit may leave it short."""
_KEYS: Final = {
    CustomerSort.NAME: "sort_name",
    CustomerSort.THIS_MONTH: "month_rank",
    CustomerSort.REQUESTS: "requests",
    CustomerSort.LAST_CALL: "last_day",
}
_INDEXES: Final = {
    CustomerSort.NAME: "customers_by_name",
    CustomerSort.THIS_MONTH: "customers_by_month",
    CustomerSort.REQUESTS: "customers_by_requests",
    CustomerSort.LAST_CALL: "customers_by_last_day",
}
_SELECT: Final = """
    SELECT customer_id, number, name, plan_id, members, requests, units, month_rank, last_day
    FROM customer_list
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows, in which order; `quiet_since` is the first day of those that count as active."""

    application_id: str
    quiet_since: int
    quiet_rank: int
    """The least rank of somebody who called in the month of that day or later."""
    search: str = ""
    state: CustomerState = CustomerState.ALL
    plan_id: str | None = None
    sort: CustomerSort = CustomerSort.THIS_MONTH
    descending: bool = True


@dataclass(frozen=True, slots=True)
class _Condition:
    """What rows must fulfil: in a look at a row, and as a way to find the few that do."""

    sql: str
    values: Mapping[str, str | int]
    finds: str
    """Statement for the numbers of such rows."""
    bounds: Mapping[CustomerSort, str]
    """What follows from it for the key of an order: keeps the way along the index short."""


@dataclass(frozen=True, slots=True)
class Page:
    lines: tuple[Line, ...]
    next_cursor: str | None
    size: int


def page(db: Connection, wanted: Wanted, cursor: str | None) -> Page:
    """One page. `cursor` is that of the page before; ValueError if it is none."""
    row = db.execute(
        "SELECT list_number, size FROM customer_lists WHERE application_id = ?",
        (wanted.application_id,),
    ).fetchone()
    if row is None:
        return Page((), None, 0)
    list_number, size = row
    conditions = _conditions(wanted)
    values: dict[str, str | int] = {"list": list_number, "most": PAGE + 1}
    for condition in conditions:
        values |= condition.values
    where = ["list_number = :list", *(condition.sql for condition in conditions)]
    few = _few(db, conditions, values)
    if few is not None:
        where.append("number IN (SELECT value FROM json_each(:few))")
        values["few"] = json.dumps(few)
    else:
        bounds = (condition.bounds.get(wanted.sort) for condition in conditions)
        where += [bound for bound in bounds if bound]
    walk = _Walk(db, wanted, values, cursor)
    if few is not None:
        return walk.page(where, "NOT INDEXED", size)
    bounds = (condition.bounds.get(wanted.sort) for condition in conditions)
    return walk.along_index(where[1:], [bound for bound in bounds if bound], size)


class _Walk:
    """Reads lines in one order, from behind a cursor on."""

    def __init__(
        self,
        db: Connection,
        wanted: Wanted,
        values: dict[str, str | int],
        cursor: str | None,
    ) -> None:
        self._db, self._wanted, self._values = db, wanted, values
        self._key = _KEYS[wanted.sort]
        direction = "DESC" if wanted.descending else "ASC"
        self._order = f"{self._key} {direction}, number {direction}"
        self._behind = "1"
        if cursor is not None:
            values["key"], values["number"] = _position(cursor)
            sign = "<" if wanted.descending else ">"
            self._behind = f"({self._key}, number) {sign} (:key, :number)"

    def page(self, where: list[str], index: str, size: int) -> Page:
        """The next page of lines that fulfil everything."""
        found = self._db.execute(
            f"{_SELECT} {index} WHERE {' AND '.join([*where, self._behind])} "
            f"ORDER BY {self._order} LIMIT :most",
            self._values,
        )
        return self._page([Line(*line) for line in found], size)

    def along_index(self, where: list[str], bounds: list[str], size: int) -> Page:
        """The next lines among so many of the order; the page may be short and not the last."""
        index = f"INDEXED BY {_INDEXES[self._wanted.sort]}"
        within = " AND ".join(["list_number = :list", *bounds, self._behind])
        if not where:
            return self.page([within], index, size)
        walked = f"FROM customer_list {index} WHERE {within} ORDER BY {self._order}"
        found = self._db.execute(
            f"{_SELECT} WHERE number IN (SELECT number {walked} LIMIT :walk) "
            f"AND {' AND '.join(where)} ORDER BY {self._order} LIMIT :most",
            self._values | {"walk": WALK},
        )
        page = self._page([Line(*line) for line in found], size)
        if page.next_cursor is not None:
            return page
        last = self._db.execute(
            f"SELECT {self._key}, number {walked} LIMIT 1 OFFSET :walk",
            self._values | {"walk": WALK - 1},
        ).fetchone()
        return page if last is None else Page(page.lines, json.dumps(last), size)

    def _page(self, lines: list[Line], size: int) -> Page:
        last = lines[PAGE - 1] if len(lines) > PAGE else None
        cursor = None if last is None else _cursor(last, self._wanted.sort)
        return Page(tuple(lines[:PAGE]), cursor, size)


def _conditions(wanted: Wanted) -> list[_Condition]:
    found = [_word(place, term) for place, term in enumerate(folded(wanted.search).split())]
    if wanted.plan_id is not None:
        found.append(
            _Condition(
                "plan_id = :plan AND plan_id <> ''",
                {"plan": wanted.plan_id},
                "SELECT number FROM customer_list INDEXED BY customers_by_plan "
                "WHERE list_number = :list AND plan_id = :plan AND plan_id <> ''",
                {},
            )
        )
    if wanted.state is not CustomerState.ALL:
        found.append(_state(wanted))
    return found


def _word(place: int, term: str) -> _Condition:
    """Customers with a word that begins so; the id's end counts as a word of its own."""
    low, high, within = f"low{place}", f"high{place}", f"within{place}"
    return _Condition(
        f"instr(' ' || words, :{within}) > 0",
        {low: term, high: term + "\U0010ffff", within: f" {term}"},
        f"""SELECT DISTINCT number FROM customer_words
        WHERE list_number = :list AND word >= :{low} AND word < :{high}""",  # noqa: S608
        {},
    )


def _state(wanted: Wanted) -> _Condition:
    values: dict[str, str | int] = {"since": wanted.quiet_since, "rank": wanted.quiet_rank}
    last_day = "SELECT number FROM customer_list INDEXED BY customers_by_last_day "
    match wanted.state:
        case CustomerState.ACTIVE:
            sql = "last_day >= :since"
            bounds = {CustomerSort.THIS_MONTH: "month_rank >= :rank"}
            finds = last_day
        case CustomerState.SILENT:
            sql = f"last_day > {NEVER} AND last_day < :since"
            bounds = {CustomerSort.THIS_MONTH: f"month_rank < :rank + {RANK}"}
            finds = last_day
        case CustomerState.NAMED:
            sql = "name <> ''"
            bounds = {CustomerSort.NAME: f"sort_name < '{UNNAMED}'"}
            finds = "SELECT number FROM customer_list INDEXED BY customers_with_name "
        case _:
            sql, bounds = "members > 0", {}
            finds = "SELECT number FROM customer_list INDEXED BY customers_with_members "
    return _Condition(sql, values, f"{finds} WHERE list_number = :list AND {sql}", bounds)


def _few(
    db: Connection, conditions: Iterable[_Condition], values: Mapping[str, str | int]
) -> list[int] | None:
    """Rows of the rarest condition; None where every one holds for many, or there is none."""
    for condition in conditions:
        limited = {**values, "few": FEW + 1}
        rows = db.execute(f"{condition.finds} LIMIT :few", limited).fetchall()
        if len(rows) <= FEW:
            return [number for (number,) in rows]
    return None


def _cursor(line: Line, sort: CustomerSort) -> str:
    return json.dumps([getattr(line, _KEYS[sort]), line.number])


def _position(cursor: str) -> tuple[str | int, int]:
    key, number = json.loads(cursor)
    if not isinstance(key, str | int) or not isinstance(number, int):
        raise ValueError(cursor)  # noqa: TRY004 (a text of any kind came from outside)
    return key, number
