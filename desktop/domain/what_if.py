"""What-if: drafts of prices tried on real usage, and what would become of the bills."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.money import Money
from desktop.domain.pricing.drafts import KeptDraft, RuleDraft
from desktop.domain.pricing.published import PricingRule
from desktop.domain.usage import DateRange, Stamp

MUCH_PERCENT: Final = 20
MOST_DRAFTS: Final = 8
MOVERS: Final = 50
"""Customers told by name, of those whose bills move most."""
EDGES: Final = (-50, -20, -5, 0, 5, 20, 50)
"""Percent at which one bar of the distribution ends and the next begins."""


@dataclass(frozen=True, slots=True)
class DraftedRule:
    """A rule as it would be; `rule_id` None makes a new one, a draft without price ends it."""

    draft: RuleDraft
    rule_id: RuleId | None = None


@dataclass(frozen=True, slots=True)
class PriceDraft:
    """Rules that would be published together."""

    name: str
    rules: tuple[DraftedRule, ...]


@dataclass(frozen=True, slots=True)
class WhatIfQuestion:
    """Drafts tried on the usage of a period; no customer named is every one.

    The price list of today, live and drafted, is applied to the whole period. Months are billed
    one by one; a month of which only some days are in the period is billed for those.
    """

    application_id: ApplicationId
    period: DateRange
    drafts: tuple[PriceDraft, ...]
    customer_ids: tuple[CustomerId, ...] = ()
    much_percent: int = MUCH_PERCENT


@dataclass(frozen=True, slots=True)
class Mover:
    """A customer whose bill changes."""

    customer_id: CustomerId
    label: str
    live: Money
    draft: Money

    @property
    def difference(self) -> Money:
        return self.live.with_minor(self.draft.amount_minor - self.live.amount_minor)

    @property
    def share(self) -> Decimal | None:
        """Change as a share of the live bill; None where there was none."""
        if not self.live.amount_minor:
            return None
        return Decimal(self.difference.amount_minor) / Decimal(self.live.amount_minor)


@dataclass(frozen=True, slots=True)
class Moved:
    """How many bills move one way, and by how much together."""

    customers: int
    by: Money


@dataclass(frozen=True, slots=True)
class CurrencyOutcome:
    """The bills in one currency, live and with a draft."""

    live: Money
    draft: Money
    customers: int
    up: Moved
    down: Moved
    unchanged: int
    much_dearer: int
    """Customers whose bill rises by more than the question's percentage."""
    newly_billed: int
    no_longer_billed: int
    movers: tuple[Mover, ...]
    """Those who move most, largest movement first."""
    distribution: tuple[int, ...]
    """Customers whose bill changes, by percent: a bar up to each of `EDGES`, one above the last."""


@dataclass(frozen=True, slots=True)
class RuleAmount:
    """What one rule brings."""

    rule_id: RuleId
    name: str
    live: tuple[Money, ...]
    draft: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class CoveredRule:
    """A rule that was tried on the single calls that the vault holds, and on nothing else."""

    name: str
    is_draft: bool
    calls: int
    of_calls: int
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class MonthAmounts:
    """Bills of one month, or of those of its days that are in the period, by currency."""

    start: date
    live: tuple[Money, ...]
    draft: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class DraftOutcome:
    """What one draft does. Outcomes are by currency, the one with the largest bills first."""

    name: str
    currencies: tuple[CurrencyOutcome, ...]
    rules: tuple[RuleAmount, ...]
    months: tuple[MonthAmounts, ...]
    covered: tuple[CoveredRule, ...]
    requests_without_price: int


@dataclass(frozen=True, slots=True)
class WhatIfAnswer:
    """The outcome of each draft, in the question's order."""

    drafts: tuple[DraftOutcome, ...]
    customers: int
    """Customers with usage or a plan in the period."""
    cells: int
    """Customer, endpoint and month: how many of them were priced."""
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class BreakEvenQuestion:
    """Which value of one number of a drafted rule brings the live revenue.

    `field` is a number of the price, such as `unit_amount` or `tiers[1].unit_amount`; values are
    looked for from 0 to `most`, in steps of 10^-places.
    """

    what_if: WhatIfQuestion
    draft: int
    rule: int
    """Places of the draft and of its rule."""
    field: str
    places: int
    most: Decimal


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The first value that brings the target, and what its neighbours bring."""

    value: Decimal
    brings: Money
    below: Decimal | None
    below_brings: Money | None
    target: Money


@dataclass(frozen=True, slots=True)
class SavedScenario:
    """A question with a name."""

    scenario_id: str
    name: str
    question: WhatIfQuestion
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class WhatIfChoices:
    """What can be tried, and on whom."""

    rules: tuple[PricingRule, ...]
    drafts: tuple[KeptDraft, ...]
    customers: tuple[tuple[CustomerId, str], ...]
    scenarios: tuple[SavedScenario, ...]
