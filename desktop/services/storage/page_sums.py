"""The sums of the screens: each is brought up to date in the transaction that changes its rows.

A sum is recomputed for the keys a page touched, never added to: it is then a function of the stored
rows by construction. Whoever needs another sum adds it to `SUMS`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from desktop.services.storage import month_notes
from desktop.services.storage.day_sums import Days, EndpointDays
from desktop.services.storage.revenue_months import RevenueMonths
from desktop.services.storage.touched import DayKey, Touched, bounded_sum

if TYPE_CHECKING:
    from sqlite3 import Connection

ONE_DAY: Final = "application_id = :app AND day = :day"
FEW_OWNERS: Final = 32
SHARE_OF_DAY: Final = 4
"""A day is summed up at once where a page touches a quarter of it or more."""


class PageSum(Protocol):
    """Something that is kept beside the rollup rows."""

    def keep(self, db: Connection, touched: Touched) -> None:
        """Bring it up to date: rows of these keys were written or deleted."""

    def remove_application(self, db: Connection, application_id: str) -> None:
        """All rows of an application were deleted."""


@dataclass(frozen=True, slots=True)
class DaySum:
    """One row a key, computed by SQL; both statements take `app`, `day` and `owner`."""

    table: str
    forget: str
    fill: str
    keys: Callable[[Touched], Iterable[DayKey]]
    fill_day: str = ""
    """Sums up a whole day at once, where that is one range of the rows."""

    def keep(self, db: Connection, touched: Touched) -> None:
        by_day: dict[tuple[str, int], list[str]] = defaultdict(list)
        for app, day, owner in self.keys(touched):
            by_day[app, day].append(owner)
        for (app, day), owners in by_day.items():
            if self.fill_day and self._is_most_of(db, app, day, len(owners)):
                values = {"app": app, "day": day}
                db.execute(f"DELETE FROM {self.table} WHERE {ONE_DAY}", values)  # noqa: S608
                db.execute(self.fill_day, values)
            else:
                keys = [{"app": app, "day": day, "owner": owner} for owner in owners]
                db.executemany(self.forget, keys)
                db.executemany(self.fill, keys)

    def _is_most_of(self, db: Connection, app: str, day: int, owners: int) -> bool:
        """Whether summing up the whole day is cheaper than one key after the other."""
        if owners < FEW_OWNERS:
            return False
        (stored,) = db.execute(
            f"SELECT count(*) FROM {self.table} WHERE {ONE_DAY}",  # noqa: S608 (constants)
            {"app": app, "day": day},
        ).fetchone()
        return bool(stored <= SHARE_OF_DAY * owners)

    def remove_application(self, db: Connection, application_id: str) -> None:
        db.execute(
            f"DELETE FROM {self.table} WHERE application_id = ?",  # noqa: S608 (a constant)
            (application_id,),
        )


class MonthNotes:
    """Notes for the columns of months; triggers write them, here they are folded when many."""

    def keep(self, db: Connection, touched: Touched) -> None:
        if touched.customer_days:
            month_notes.fold_when_many(db)

    def remove_application(self, db: Connection, application_id: str) -> None:
        month_notes.remove_application(db, application_id)


class PackedDays:
    """Marks of packed days; those of changed days are withdrawn until they are packed again."""

    def keep(self, db: Connection, touched: Touched) -> None:
        endpoints = {(app, day) for app, day, _ in touched.endpoint_days}
        customers = {(app, day) for app, day, _ in touched.customer_days}
        withdraw = """
            UPDATE packed_days SET packed = x'00'
            WHERE application_id = ? AND kind = ? AND name = '' AND block = 0 AND day = ?
        """
        db.executemany(withdraw, [(app, "endpoint", day) for app, day in endpoints])
        db.executemany(withdraw, [(app, "customer", day) for app, day in customers])
        db.executemany(
            """
            UPDATE packed_pairs SET packed = x'00'
            WHERE application_id = ? AND name = '' AND day = ?
            """,
            list(customers),
        )

    def remove_application(self, db: Connection, application_id: str) -> None:
        for table in ("packed_days", "packed_pairs", "packed_owners"):
            db.execute(
                f"DELETE FROM {table} WHERE application_id = ?",  # noqa: S608 (constants)
                (application_id,),
            )


# The meter "units" counts requests (as events) and units; every call has exactly one row of it.
CUSTOMER_DAYS: Final = DaySum(
    table="customer_day_sums",
    forget="""
        DELETE FROM customer_day_sums
        WHERE application_id = :app AND day = :day AND customer_id = :owner
    """,
    fill=f"""
        INSERT INTO customer_day_sums (application_id, day, customer_id, requests, units)
        SELECT :app, :day, :owner, sum(events), {bounded_sum("quantity")} FROM customer_days
        WHERE application_id = :app AND day = :day AND customer_id = :owner AND meter = 'units'
        HAVING count(*) > 0
    """,  # noqa: S608 (constants)
    keys=lambda touched: touched.customer_days,
    fill_day=f"""
        INSERT INTO customer_day_sums (application_id, day, customer_id, requests, units)
        SELECT :app, :day, customer_id, sum(events), {bounded_sum("quantity")} FROM customer_days
        WHERE application_id = :app AND day = :day AND meter = 'units' GROUP BY customer_id
    """,  # noqa: S608 (constants)
)
SUMS: Final[tuple[PageSum, ...]] = (
    EndpointDays(),
    Days(),
    CUSTOMER_DAYS,
    MonthNotes(),
    RevenueMonths(),
    PackedDays(),
)


def keep(db: Connection, touched: Touched) -> None:
    """Bring every sum up to date."""
    for one in SUMS:
        one.keep(db, touched)


def remove_application(db: Connection, application_id: str) -> None:
    """Drop an application's share of every sum, after its rows were dropped."""
    for one in SUMS:
        one.remove_application(db, application_id)
