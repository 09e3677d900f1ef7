"""Our invoice beside the provider's, to the minor unit."""

from dataclasses import dataclass
from datetime import datetime

from desktop.domain.billing.providers import Account
from desktop.domain.ids import ApplicationId, CustomerId
from desktop.domain.money import Money
from desktop.domain.usage import DateRange


@dataclass(frozen=True, slots=True)
class ComparisonQuestion:
    account: Account
    application_id: ApplicationId
    customer_id: CustomerId
    period: DateRange
    """The billing period, in the application's time zone."""


@dataclass(frozen=True, slots=True)
class ComparedLine:
    """A rule's charge here and there; None where a side has none."""

    title: str
    ours: Money | None
    theirs: Money | None

    @property
    def agrees(self) -> bool:
        return self.ours == self.theirs


@dataclass(frozen=True, slots=True)
class InvoiceComparison:
    question: ComparisonQuestion
    lines: tuple[ComparedLine, ...]
    totals: tuple[ComparedLine, ...]
    """By currency."""
    reasons: tuple[str, ...]
    """What may make a difference, in words."""
    compared_at: datetime

    @property
    def agrees(self) -> bool:
        return all(line.agrees for line in (*self.lines, *self.totals))
