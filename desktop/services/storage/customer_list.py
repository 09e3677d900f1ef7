"""The list of customers: its lines, kept by notes of what changed.

Equal to the sums of the days, the rows and the merges in every picture of the vault in which no
note is left: triggers of the database note each change, and `fold` takes the notes in.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from contract.identifiers import customer_plan_id
from contract.messages.rollups import NO_CUSTOMERS
from desktop.domain import calendar
from desktop.domain.ids import CustomerId
from desktop.services.storage import customer_merges
from desktop.services.storage.rows import CUSTOMER_PLANS

if TYPE_CHECKING:
    from datetime import date
    from sqlite3 import Connection

    from desktop.domain.merges import Merges

NOTES_AT_ONCE: Final = 50_000
NEVER: Final = -1
RANK: Final = 2**42
"""Requests of a month that a rank can tell apart; a month more counts more than any of them."""
TAIL: Final = 8
"""Characters of an id's end by which a customer without a name is called and found."""
UNNAMED: Final = "\uffff"
"""Sorts customers without a name behind all others."""
_DAYS: Final = """
    WITH RECURSIVE days (day) AS (
        SELECT min(day) FROM customer_day_sums WHERE application_id = :app
        UNION ALL
        SELECT (SELECT min(day) FROM customer_day_sums
            WHERE application_id = :app AND day > days.day)
        FROM days WHERE days.day IS NOT NULL
    )
    SELECT sums.day, sum(sums.requests), sum(sums.units)
    FROM days CROSS JOIN json_each(:ids) AS id CROSS JOIN customer_day_sums AS sums
        ON sums.application_id = :app AND sums.day = days.day AND sums.customer_id = id.value
    GROUP BY sums.day
"""
"""Sums of some customers by day: one look-up for each day there is, in whatever order days are."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is stored; `number` is 0 before that."""

    customer_id: str
    number: int = 0
    name: str = ""
    plan_id: str = ""
    members: int = 0
    requests: int = 0
    units: int = 0
    month_rank: int = 0
    last_day: int = NEVER

    @property
    def words(self) -> str:
        """What it is found by."""
        return " ".join((*folded(self.name).split(), self.customer_id[-TAIL:].lower()))

    @property
    def sort_name(self) -> str:
        return folded(self.name) or UNNAMED + self.customer_id[-TAIL:].lower()


@dataclass(slots=True)
class _Used:
    """What notes say about the usage of one customer."""

    units: int = 0
    days: dict[int, int] = field(default_factory=dict)
    """Requests by day, what was taken away below zero."""

    def add(self, day: int | None, requests: int, units: int) -> None:
        self.units += units
        if day is not None:
            self.days[day] = self.days.get(day, 0) + requests

    def takes_from(self, line: Line) -> bool:
        """Whether the last month with calls, or a later one, lost calls."""
        month = line.month_rank // RANK
        return any(lost < 0 and month_of(day) >= month for day, lost in self.days.items())


def folded(text: str) -> str:
    """A text as it is searched: compatibility forms alike, without case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def month_rank(month: int, requests: int) -> int:
    """Month and the requests in it as one number that sorts by both."""
    return month * RANK + max(0, min(requests, RANK - 1))


@lru_cache(maxsize=8192)
def month_of(day: int) -> int:
    return calendar.month_number(calendar.day_of_number(day))


def has_notes(db: Connection) -> bool:
    return db.execute("SELECT 1 FROM customer_notes LIMIT 1").fetchone() is not None


def is_of_today(db: Connection, today: date) -> bool:
    """Whether the plans on the list are those of a day, UTC."""
    row = db.execute("SELECT counted_on FROM customer_list_day").fetchone()
    return row is not None and row[0] == today.isoformat()


def note_new_day(db: Connection, today: date) -> None:
    """Note the customers whose plan changed between the day of the list and a day."""
    row = db.execute("SELECT counted_on FROM customer_list_day").fetchone()
    values = {"before": row[0] if row else "", "today": today.isoformat()}
    db.execute(
        """
        INSERT INTO customer_notes (application_id, customer_id, requests, units)
        SELECT application_id, body ->> 'customer_id', 0, 0 FROM configuration
        WHERE entity = 'customer_plan' AND EXISTS (
            SELECT 1 FROM json_each(configuration.body, '$.terms') AS term
            WHERE (term.value ->> 'starts_on' > :before AND term.value ->> 'starts_on' <= :today)
                OR (term.value ->> 'ends_before' > :before
                    AND term.value ->> 'ends_before' <= :today))
        """,
        values,
    )
    db.execute(
        """
        INSERT INTO customer_list_day (one, counted_on) VALUES (1, :today)
        ON CONFLICT DO UPDATE SET counted_on = excluded.counted_on
        """,
        values,
    )


def fold(db: Connection, today: date) -> bool:
    """Take in some of the notes; whether any may be left."""
    (end,) = db.execute(
        """
        SELECT max(position) FROM
            (SELECT position FROM customer_notes ORDER BY position LIMIT :most)
        """,
        {"most": NOTES_AT_ONCE},
    ).fetchone()
    if end is None:
        return False
    noted: dict[str, dict[str, _Used]] = defaultdict(lambda: defaultdict(_Used))
    rows = db.execute(
        """
        SELECT application_id, customer_id, day, sum(requests), sum(units)
        FROM customer_notes WHERE position <= :end GROUP BY 1, 2, 3
        """,
        {"end": end},
    )
    for app, customer, *numbers in rows:
        noted[app][customer].add(*numbers)
    db.execute("DELETE FROM customer_notes WHERE position <= :end", {"end": end})
    for app, used in noted.items():
        _Folding(db, app, today).take_in(used)
    return has_notes(db)


class _Folding:
    """Takes in what was noted about one application."""

    def __init__(self, db: Connection, application_id: str, today: date) -> None:
        self._db = db
        self._app = application_id
        self._today = today
        self._list = _list_number(db, application_id)
        self._merges: Merges = customer_merges.merges_of(db, application_id)

    def take_in(self, noted: Mapping[str, _Used]) -> None:
        anew = self._changed_merges()
        used: dict[str, _Used] = {}
        for customer, one in noted.items():
            root = self._merges.root_of(CustomerId(customer))
            if customer in anew or root in anew or customer in NO_CUSTOMERS:
                continue
            total = used.setdefault(root, _Used())
            total.units += one.units
            for day, requests in one.days.items():
                total.add(day, requests, 0)
        before = self._lines(used)
        fresh = {self._merges.root_of(customer) for customer in anew}
        fresh |= {CustomerId(key) for key, line in before.items() if used[key].takes_from(line)}
        lines = [
            _with(before.get(key, Line(key)), one) for key, one in used.items() if key not in fresh
        ]
        lines += [self._summed(customer) for customer in sorted(fresh)]
        gone = sorted(anew - fresh)
        self._forget(gone)
        self._put(self._described(lines))

    def _changed_merges(self) -> set[CustomerId]:
        """Customers whose merges are not those the list has taken in; the list takes them in."""
        rows = self._db.execute(
            "SELECT customer_id, into_id FROM customer_list_merges WHERE list_number = ?",
            (self._list,),
        )
        before = {CustomerId(customer): CustomerId(into) for customer, into in rows}
        now = self._merges.roots
        moved = {one for one in before.keys() | now.keys() if before.get(one) != now.get(one)}
        if not moved:
            return set()
        self._db.execute("DELETE FROM customer_list_merges WHERE list_number = ?", (self._list,))
        self._db.executemany(
            "INSERT INTO customer_list_merges (list_number, customer_id, into_id) VALUES (?, ?, ?)",
            [(self._list, customer, into) for customer, into in now.items()],
        )
        roots = {book[one] for one in moved for book in (before, now) if one in book}
        return moved | roots

    def _summed(self, customer_id: CustomerId) -> Line:
        """The line of a customer from the days themselves; its notes are taken in by that."""
        values = {
            "app": self._app,
            "ids": json.dumps(self._merges.members_of(customer_id)),
        }
        self._db.execute(
            """
            DELETE FROM customer_notes WHERE application_id = :app
                AND customer_id IN (SELECT value FROM json_each(:ids))
            """,
            values,
        )
        used = _Used()
        for row in self._db.execute(_DAYS, values):
            used.add(*row)
        stored = self._lines([customer_id]).get(customer_id, Line(customer_id))
        return _with(Line(customer_id, stored.number), used)

    def _lines(self, customer_ids: Iterable[str]) -> dict[str, Line]:
        rows = self._db.execute(
            """
            SELECT customer_id, number, name, plan_id, members, requests, units, month_rank,
                last_day
            FROM customer_list WHERE list_number = :list
                AND customer_id IN (SELECT value FROM json_each(:ids))
            """,
            {"list": self._list, "ids": json.dumps(list(customer_ids))},
        )
        return {row[0]: Line(*row) for row in rows}

    def _described(self, lines: list[Line]) -> list[Line]:
        """The lines with name, plan and merges as they are now; who is nobody any more goes."""
        ids = [line.customer_id for line in lines]
        names = self._names(ids)
        plans = self._plans(ids)
        unknown = [
            line.customer_id
            for line in lines
            if line.customer_id not in names and not line.requests
        ]
        self._forget(unknown)
        return [
            replace(
                line,
                name=names.get(line.customer_id, ""),
                plan_id=plans.get(line.customer_id, ""),
                members=len(self._merges.members_of(CustomerId(line.customer_id))) - 1,
            )
            for line in lines
            if line.customer_id in names or line.requests
        ]

    def _names(self, customer_ids: list[str]) -> dict[str, str]:
        rows = self._db.execute(
            """
            SELECT entity_id, body ->> 'name' FROM configuration
            WHERE entity = 'customer' AND application_id = :app
                AND entity_id IN (SELECT value FROM json_each(:ids))
            """,
            {"app": self._app, "ids": json.dumps(customer_ids)},
        )
        return dict(rows.fetchall())

    def _plans(self, customer_ids: list[str]) -> dict[str, str]:
        (any_plan,) = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM configuration WHERE entity = 'customer_plan' "
            "AND application_id = ?)",
            (self._app,),
        ).fetchone()
        if not any_plan:
            return {}
        found = {}
        for customer in customer_ids:
            row = CUSTOMER_PLANS.find(self._db, customer_plan_id(self._app, customer))
            terms = row.terms if row else ()
            held = (term.plan_id for term in terms if term.holds_on(self._today))
            found[customer] = next(held, None) or ""
        return found

    def _forget(self, customer_ids: Iterable[str]) -> None:
        lines = self._lines(customer_ids).values()
        self._forget_words(lines)
        self._db.executemany(
            "DELETE FROM customer_list WHERE number = ?", [(line.number,) for line in lines]
        )
        self._grow(-len(lines))

    def _forget_words(self, lines: Iterable[Line]) -> None:
        self._db.executemany(
            "DELETE FROM customer_words WHERE list_number = ? AND word = ? AND number = ?",
            [(self._list, word, line.number) for line in lines for word in line.words.split()],
        )

    def _put(self, lines: list[Line]) -> None:
        before = self._lines(line.customer_id for line in lines)
        renamed = [
            line
            for line in lines
            if line.customer_id not in before or before[line.customer_id].words != line.words
        ]
        self._forget_words(
            before[line.customer_id] for line in renamed if line.customer_id in before
        )
        self._db.executemany(_UPSERT, [self._values(line) for line in lines])
        self._grow(len(lines) - len(before))
        stored = self._lines(line.customer_id for line in renamed)
        self._db.executemany(
            "INSERT OR IGNORE INTO customer_words (list_number, word, number) VALUES (?, ?, ?)",
            [
                (self._list, word, line.number)
                for line in stored.values()
                for word in line.words.split()
            ],
        )

    def _values(self, line: Line) -> tuple[str | int, ...]:
        return (
            self._list, line.customer_id, line.name, line.sort_name, line.words, line.plan_id,
            line.members, line.requests, line.units, line.month_rank, line.last_day,
        )  # fmt: skip

    def _grow(self, by: int) -> None:
        self._db.execute(
            "UPDATE customer_lists SET size = size + ? WHERE list_number = ?", (by, self._list)
        )


_UPSERT: Final = """
    INSERT INTO customer_list (list_number, customer_id, name, sort_name, words, plan_id, members,
        requests, units, month_rank, last_day)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (list_number, customer_id) DO UPDATE SET name = excluded.name,
        sort_name = excluded.sort_name, words = excluded.words, plan_id = excluded.plan_id,
        members = excluded.members, requests = excluded.requests, units = excluded.units,
        month_rank = excluded.month_rank, last_day = excluded.last_day
"""


def _with(line: Line, used: _Used) -> Line:
    """A line with what was noted; of the months the last one with calls is told."""
    month, so_far = divmod(line.month_rank, RANK)
    months = {month: so_far}
    for day, requests in used.days.items():
        months[month_of(day)] = months.get(month_of(day), 0) + requests
    last = max((one for one, requests in months.items() if requests), default=0)
    called = (day for day, requests in used.days.items() if requests > 0)
    return replace(
        line,
        requests=line.requests + sum(used.days.values()),
        units=line.units + used.units,
        month_rank=month_rank(last, months.get(last, 0)),
        last_day=max(line.last_day, *called, NEVER),
    )


def _list_number(db: Connection, application_id: str) -> int:
    values = {"app": application_id}
    db.execute("INSERT OR IGNORE INTO customer_lists (application_id) VALUES (:app)", values)
    (number,) = db.execute(
        "SELECT list_number FROM customer_lists WHERE application_id = :app", values
    ).fetchone()
    return int(number)


def rank_of_day(day: date) -> int:
    """The least rank of somebody who called in the month of a day or later."""
    return month_rank(calendar.month_number(day), 0)
