"""How much usage the vault keeps: what the owner wants, what is there, and letting go of more."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.services.storage import applications, page_sums
from desktop.services.storage.touched import Touched

if TYPE_CHECKING:
    from sqlite3 import Connection

KEEP_MONTHS: Final = "usage_keep_months"
KEPT_FROM: Final = "usage_kept_from"
DAYS_A_TRANSACTION: Final = 7


def keep_months(db: Connection) -> int:
    """How many months before the current one the owner keeps; 0 keeps everything."""
    return _setting(db, KEEP_MONTHS)


def set_keep_months(db: Connection, months: int) -> None:
    """Keep so many months before the current one. What is older goes with the next trimming."""
    _set(db, KEEP_MONTHS, months)
    if not months:
        _set(db, KEPT_FROM, 0)


def kept_from(db: Connection) -> int:
    """Number of the first day that was kept at the last trimming; 0 is every day."""
    return _setting(db, KEPT_FROM)


def first_wanted(db: Connection, today: date) -> int:
    """Number of the first day that is to be kept; 0 is every day."""
    months = keep_months(db)
    if not months:
        return 0
    return calendar.day_number(calendar.month_start(calendar.month_number(today) - months))


def first_day(db: Connection, application_id: str) -> int | None:
    """Number of the first day with usage of an application."""
    (day,) = db.execute(
        """
        SELECT min(day) FROM (
            SELECT min(day) AS day FROM day_sums WHERE application_id = :app
            UNION ALL SELECT min(day) FROM customer_day_sums WHERE application_id = :app)
        """,
        {"app": application_id},
    ).fetchone()
    return None if day is None else int(day)


def is_older(db: Connection, application_id: str, before: int) -> bool:
    """Whether an application has usage before a day."""
    first = first_day(db, application_id)
    return first is not None and first < before


def last_day(db: Connection, application_id: str) -> int | None:
    """Number of the last day with usage of an application."""
    (day,) = db.execute(
        """
        SELECT max(day) FROM (
            SELECT max(day) AS day FROM day_sums WHERE application_id = :app
            UNION ALL SELECT max(day) FROM customer_day_sums WHERE application_id = :app)
        """,
        {"app": application_id},
    ).fetchone()
    return None if day is None else int(day)


def used_bytes(db: Connection) -> int:
    """Size of the database without pages that wait to be used again."""
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    (free,) = db.execute("PRAGMA freelist_count").fetchone()
    (page_bytes,) = db.execute("PRAGMA cipher_page_size").fetchone()
    return (int(pages) - int(free)) * int(page_bytes)


def let_go(db: Connection, application_id: str, before: int) -> bool:
    """Delete some of an application's days before one, oldest first, with their sums.

    Returns whether there may be more.
    """
    first = first_day(db, application_id)
    if first is None or first >= before:
        return False
    end = min(first + DAYS_A_TRANSACTION, before)
    zone = applications.zones(db)(application_id)
    values = {
        "app": application_id,
        "end": end,
        "hour": calendar.instant(calendar.day_of_number(end), zone),
        "last_hour": (end + 2) * 86_400,
    }
    endpoint_days = db.execute(
        """
        DELETE FROM endpoint_hours
        WHERE application_id = :app AND hour < :last_hour AND day < :end AND endpoint_id IN
            (SELECT endpoint_id FROM endpoint_day_sums WHERE application_id = :app AND day < :end)
        RETURNING application_id, day, endpoint_id
        """,
        values,
    ).fetchall()
    customer_days = db.execute(
        """
        DELETE FROM customer_days WHERE application_id = :app AND day < :end
        RETURNING application_id, day, customer_id
        """,
        values,
    ).fetchall()
    db.execute("DELETE FROM customer_hours WHERE application_id = :app AND hour < :hour", values)
    page_sums.keep(db, Touched(set(endpoint_days), set(customer_days)))
    return True


def note_kept_from(db: Connection, day: int) -> None:
    """Remember that nothing before a day is here any more."""
    _set(db, KEPT_FROM, day)


def _setting(db: Connection, name: str) -> int:
    row = db.execute("SELECT value FROM vault_settings WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


def _set(db: Connection, name: str, value: int) -> None:
    db.execute(
        """
        INSERT INTO vault_settings (name, value) VALUES (:name, :value)
        ON CONFLICT DO UPDATE SET value = excluded.value
        """,
        {"name": name, "value": str(value)},
    )
