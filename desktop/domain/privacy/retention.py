"""How long each kind of data is kept, on which ground, and what becomes of it then."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from desktop.domain.privacy.categories import Category


class Kept(StrEnum):
    """What is kept, and has an end."""

    CALLS = "calls"
    ANSWERS = "answers"
    USAGE_HOURS = "usage_hours"
    USAGE_DAYS = "usage_days"
    EDITS = "edits"
    REQUESTS = "requests"
    DISCLOSURES = "disclosures"
    BREACHES = "breaches"


class Ending(StrEnum):
    """What becomes of a row when its time is over."""

    DELETE = "delete"
    AGGREGATE = "aggregate"
    """The row of one customer goes; the sums of all callers stay."""


@dataclass(frozen=True, slots=True)
class Period:
    """Months are calendar months; a day that a month lacks is its last."""

    months: int = 0
    days: int = 0

    def cut(self, today: date) -> date:
        """The first day that is still kept."""
        years, month = divmod(today.month - 1 - self.months, 12)
        year, month = today.year + years, month + 1
        day = min(today.day, calendar.monthrange(year, month)[1])
        return date(year, month, day) - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Rule:
    kept: Kept
    category: Category
    trigger: str
    """From when on the time runs, in words."""
    period: Period
    ground: str
    ending: Ending
    is_on: bool = True
    """Off: nothing of it is ever removed by itself."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule with what it would do today."""

    rule: Rule
    cut: date
    due: int
    """Rows whose time is over and that nothing holds."""
    held: int
    """Rows whose time is over and that a legal hold keeps."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """What has no period, and why."""

    category: Category
    what: str
    until: str


_INTEREST: Final = "Legitimate interest, GDPR Art. 6 (1) (f)"
_DUTY: Final = "Accountability, GDPR Art. 5 (2)"
SHIPPED: Final = (
    Rule(
        Kept.CALLS, Category.TECHNICAL, "the call", Period(days=90), _INTEREST, Ending.DELETE
    ),
    Rule(
        Kept.ANSWERS, Category.TECHNICAL, "the last answer", Period(days=90), _INTEREST,
        Ending.DELETE,
    ),
    Rule(
        Kept.USAGE_HOURS, Category.USAGE, "the hour", Period(months=25),
        "Contract, GDPR Art. 6 (1) (b)", Ending.AGGREGATE,
    ),
    Rule(
        Kept.USAGE_DAYS, Category.USAGE, "the day", Period(months=120),
        "Tax law wants books to be kept: 6 to 10 years, by country", Ending.AGGREGATE,
    ),
    Rule(
        Kept.EDITS, Category.CONFIGURATION, "the service's answer", Period(months=24), _INTEREST,
        Ending.DELETE,
    ),
    Rule(
        Kept.REQUESTS, Category.SUPPORT, "the end of the request", Period(months=36),
        "Proof of the answer; CCPA wants 24 months", Ending.DELETE,
    ),
    Rule(
        Kept.DISCLOSURES, Category.SUPPORT, "the disclosure", Period(months=36), _DUTY,
        Ending.DELETE,
    ),
    Rule(
        Kept.BREACHES, Category.SECURITY, "the end of the breach", Period(months=60), _DUTY,
        Ending.DELETE,
    ),
)  # fmt: skip
LASTING: Final = (
    Lasting(Category.ACCOUNT, "Names and identities of customers", "the customer is erased"),
    Lasting(Category.CONFIGURATION, "Limits, plans and blocks of a customer", "they are changed"),
    Lasting(Category.BILLING, "Invoices and payments", "tax law lets them go: by country"),
    Lasting(Category.SUPPORT, "Opt-outs, as keyed hashes", "lists could bring the person back"),
    Lasting(Category.SECURITY, "The log of privacy, without a name", "the vault is deleted"),
)
SHORTEST_DAYS: Final = 1
LONGEST_MONTHS: Final = 600


def rules(changed: Iterable[Rule]) -> tuple[Rule, ...]:
    """The shipped rules, with the owner's in their place."""
    own = {rule.kept: rule for rule in changed}
    return tuple(own.get(rule.kept, rule) for rule in SHIPPED)
