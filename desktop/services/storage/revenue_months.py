"""What the rules brought in whole months, kept until usage, a price, a plan or a merge changes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.touched import Touched

WHOLE: Final = ""
"""Rule of the row that says that a month is whole."""


@dataclass(frozen=True, slots=True)
class RuleRevenue:
    rule_id: str
    currency: str
    digits: int
    minor: int


@dataclass(frozen=True, slots=True)
class MonthRevenue:
    """Everything that the rules brought in one month; `month` counts from January 1970."""

    application_id: str
    month: int
    rules: tuple[RuleRevenue, ...]


class RevenueMonths:
    """Forgets the months in which a customer's usage changed."""

    def keep(self, db: Connection, touched: Touched) -> None:
        days = {(app, day) for app, day, _ in touched.customer_days}
        months = {(app, calendar.month_number(calendar.day_of_number(day))) for app, day in days}
        db.executemany(
            "DELETE FROM revenue_months WHERE application_id = ? AND month = ?", list(months)
        )

    def remove_application(self, db: Connection, application_id: str) -> None:
        db.execute("DELETE FROM revenue_months WHERE application_id = ?", (application_id,))


def kept(db: Connection, application_id: str, months: Iterable[int]) -> dict[int, MonthRevenue]:
    """Those of some months that are known."""
    rows = db.execute(
        """
        SELECT month, rule_id, currency, digits, minor FROM revenue_months
        WHERE application_id = :app AND month IN (SELECT value FROM json_each(:months))
        """,
        {"app": application_id, "months": json.dumps(list(months))},
    )
    found: dict[int, list[RuleRevenue]] = defaultdict(list)
    for month, *values in rows:
        found[month].append(RuleRevenue(*values))
    return {
        month: MonthRevenue(
            application_id, month, tuple(rule for rule in rules if rule.rule_id != WHOLE)
        )
        for month, rules in found.items()
    }


def generation(db: Connection) -> int:
    """Number of the vault's last change in this picture of it."""
    (number,) = db.execute("SELECT coalesce(max(generation), 0) FROM vault").fetchone()
    return int(number)


def store(db: Connection, months: Iterable[MonthRevenue]) -> None:
    """Keep months that were worked out on the vault as it is now."""
    rows = [
        (one.application_id, one.month, rule.rule_id, rule.currency, rule.digits, rule.minor)
        for one in months
        for rule in (*one.rules, RuleRevenue(WHOLE, "", 0, 0))
    ]
    db.executemany(
        """
        INSERT OR REPLACE INTO revenue_months (application_id, month, rule_id, currency, digits,
            minor) VALUES (?, ?, ?, ?, ?, ?)
        """,
        rows,
    )
