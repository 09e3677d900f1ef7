"""Makes all month cells anew from the day rows, when what a cell is has changed."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np

from desktop.domain import calendar
from desktop.services.storage import month_cells
from desktop.services.storage.month_cells import BlockKey, Cells

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.calls import Report
    from desktop.services.storage.transactions import Transactions

DEFINITION: Final = "calendar months"
"""Whoever changes what a cell is gives it another name here."""
UNFINISHED: Final = ""


def is_current(db: Connection) -> bool:
    """Whether the cells are what this version of the program means by them."""
    (definition,) = db.execute("SELECT definition FROM month_definition").fetchone()
    return bool(definition == DEFINITION)


def rebuild(vault: Transactions, report: Report) -> None:
    """Make all cells anew, a month in a transaction; `report` counts months.

    Cut off at any instant, the next call begins again; until the end `is_current` is false.
    Raises: VaultError, Cancelled.
    """
    with vault.transaction() as db:
        forget(db)
        months = _months(db)
    for done, (application_id, month) in enumerate(months):
        report(done, len(months))
        with vault.transaction() as db:
            _make(db, application_id, month)
    with vault.transaction() as db:
        _define(db, DEFINITION)


def forget(db: Connection) -> None:
    """Drop all cells; whoever reads them next makes them anew."""
    _define(db, UNFINISHED)
    for statement in (
        "DELETE FROM month_changes",
        "DELETE FROM month_columns",
        "DELETE FROM month_customers",
    ):
        db.execute(statement)


def _define(db: Connection, definition: str) -> None:
    db.execute("UPDATE month_definition SET definition = ?", (definition,))


def _months(db: Connection) -> list[tuple[str, int]]:
    """Applications and months with usage. Every day of a customer has its sum."""
    rows = db.execute("SELECT DISTINCT application_id, day FROM customer_day_sums")
    return sorted({(app, calendar.month_number(calendar.day_of_number(day))) for app, day in rows})


def _make(db: Connection, application_id: str, month: int) -> None:
    """Make the blocks of one month; what was noted of its days since is in the days."""
    days = month_cells.days_of(month)
    values: dict[str, str | int] = {
        "app": application_id,
        "first": days.start,
        "end": days.stop,
        "month": month,
    }
    db.execute(
        "DELETE FROM month_changes WHERE application_id = :app AND day >= :first AND day < :end",
        values,
    )
    db.execute("DELETE FROM month_columns WHERE application_id = :app AND month = :month", values)
    _number_customers(db, values)
    rows = db.execute(
        """
        SELECT d.endpoint_id, d.meter, m.number, sum(d.quantity), sum(d.events), max(d.peak)
        FROM customer_days d JOIN month_customers m
            ON m.application_id = d.application_id AND m.customer_id = d.customer_id
        WHERE d.application_id = :app AND d.day >= :first AND d.day < :end
        GROUP BY d.endpoint_id, d.meter, m.number ORDER BY d.endpoint_id, d.meter, m.number
        """,
        values,
    )
    for (endpoint_id, meter), cells in groupby(rows, key=lambda row: (row[0], row[1])):
        columns = np.array([row[2:] for row in cells], dtype=np.int64).T
        block = Cells(*columns).without_empty()
        month_cells.store(db, application_id, BlockKey(month, endpoint_id, meter), block)


def _number_customers(db: Connection, values: dict[str, str | int]) -> None:
    """Store a number for each customer of the month that has none."""
    db.execute(
        """
        INSERT INTO month_customers (application_id, number, customer_id)
        SELECT :app, row_number() OVER (ORDER BY customer_id) - 1
            + (SELECT coalesce(max(number) + 1, 0) FROM month_customers
                WHERE application_id = :app), customer_id
        FROM (SELECT DISTINCT customer_id FROM customer_days
            WHERE application_id = :app AND day >= :first AND day < :end)
        WHERE customer_id NOT IN
            (SELECT customer_id FROM month_customers WHERE application_id = :app)
        """,
        values,
    )
