"""What a month comes to by payer, less what the ledger has of it: bills before Paddle has them."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from contract.messages.billing import ClaimState, ClaimWanted
from desktop.domain import calendar
from desktop.domain.billing.reports import LineState, ReportLine
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.invoices import Invoice, InvoiceLine, InvoiceQuestion
from desktop.domain.money import Money, decimal_text
from desktop.domain.usage import DateRange
from desktop.services.billing.paddle.catalogue import CURRENCIES
from desktop.services.billing.paddle.charges import Charge, ChargeLine
from desktop.services.billing.paddle.comparing import SEPARATOR
from desktop.services.billing.wishes import COUNTED, NOBODY, PENDING

if TYPE_CHECKING:
    from sqlite3 import Connection

    from contract.messages.billing import Claim
    from desktop.domain.billing.mapping import CustomerLink
    from desktop.services.storage.billing_reports import StoredClaim

INVOICE: Final = RuleId("invoice")
"""Stands in the ledger where a meter's rule would: a bill is for all rules together."""
InvoiceOf = Callable[[InvoiceQuestion], Invoice]


@dataclass(frozen=True, slots=True)
class Bill:
    """One payer's month in one currency."""

    customer_id: CustomerId
    month: DateRange
    total: Money
    lines: tuple[ChargeLine, ...]
    reported_minor: int
    is_pending: bool
    """A claim of it is open: it is taken up whatever was used since."""
    basis: int
    link: "CustomerLink | None"

    @property
    def window(self) -> str:
        return f"{self.month.start:%Y-%m}"

    @property
    def left(self) -> Decimal:
        """What is left to be billed, in major units; below zero was too much."""
        return self.total.with_minor(self.total.amount_minor - self.reported_minor).amount

    def refusal(self) -> str:
        """Why it cannot be billed at all, in words; empty when it can."""
        if self.link is None:
            return NOBODY
        if self.total.currency not in CURRENCIES:
            return f"Paddle does not take payments in {self.total.currency}. Bill it elsewhere."
        if self.left < 0:
            return (
                f"{decimal_text(-self.left)} {self.total.currency} more were billed than the month "
                "comes to now. Give a credit at Paddle by an adjustment of the transaction."
            )
        return ""

    def wanted(self, payer: str) -> ClaimWanted:
        """The bill as the service claims it."""
        return ClaimWanted(
            customer_id=self.customer_id,
            meter=INVOICE,
            window=self.window,
            payer=payer,
            event_name=self.total.currency,
            total=decimal_text(self.total.amount),
            basis=self.basis,
        )

    def line(self, state: LineState, reason: str = "") -> ReportLine:
        """A line without a claim."""
        return ReportLine(
            claim_id="",
            customer_id=self.customer_id,
            provider_customer_id="" if self.link is None else self.link.provider_customer_id,
            rule_id=INVOICE,
            meter=self.total.currency,
            window=self.window,
            part=1,
            quantity=self.left,
            state=state,
            reason=reason,
        )

    def charge(self, claim: "Claim") -> Charge:
        """What to send for a granted claim: line by line where they are what was claimed."""
        minor = int(Decimal(claim.units).scaleb(self.total.digits))
        lines = self.lines
        if sum(line.amount_minor for line in lines) != minor:
            title = f"Usage of {self.window}" if claim.part == 1 else f"More usage of {self.window}"
            lines = (ChargeLine(title, "", minor),)
        since = self.month.end - timedelta(days=1)  # an earlier attempt may count in another zone
        return Charge(claim.claim_id, claim.payer, self.total.currency, since, lines)


def months_of(period: DateRange, end: date) -> Iterator[DateRange]:
    """The whole months of a period that end no later than a day."""
    number = calendar.month_number(period.start)
    while True:
        month = calendar.month_period(number)
        if month.end > min(period.end, end):
            return
        if month.start >= period.start:
            yield month
        number += 1


@dataclass(frozen=True, slots=True)
class Ground:
    """What the bills of a month follow from, beside the prices."""

    month: DateRange
    used: Sequence[tuple[CustomerId, int]]
    """Who used something, with the newest revision of it."""
    links: "Mapping[CustomerId, CustomerLink]"
    products: Mapping[RuleId, str]
    """Products at Paddle by the rules they were published for."""
    claims: "Sequence[StoredClaim]"


def bills_of(
    application_id: ApplicationId, ground: Ground, invoice_of: InvoiceOf
) -> Iterator[Bill]:
    """Every bill of a month with something left, or an open claim, by customer and currency."""
    reported: dict[tuple[str, str], int] = defaultdict(int)
    pending = set()
    for claim in ground.claims:
        key = (claim.customer_id, claim.event_name)
        if ClaimState(claim.state) in COUNTED:
            reported[key] += claim.units
        if ClaimState(claim.state) in PENDING:
            pending.add(key)
    for customer_id, basis in ground.used:
        invoice = invoice_of(InvoiceQuestion(application_id, customer_id, ground.month))
        for part in invoice.parts:
            key = (customer_id, part.total.currency)
            billed = int(Decimal(reported[key]).scaleb(part.total.digits - 6))
            if part.total.amount_minor != billed or key in pending:
                yield Bill(
                    customer_id=customer_id,
                    month=ground.month,
                    total=part.total,
                    lines=tuple(_line(line, ground.products) for line in part.lines),
                    reported_minor=billed,
                    is_pending=key in pending,
                    basis=basis,
                    link=ground.links.get(customer_id),
                )


def _line(line: InvoiceLine, products: Mapping[RuleId, str]) -> ChargeLine:
    title = f"{line.rule}{SEPARATOR}{decimal_text(line.quantity)} {line.meter}"
    return ChargeLine(title, products.get(line.rule_id, ""), line.amount.amount_minor)


def used_in(
    db: "Connection", application_id: ApplicationId, month: DateRange
) -> list[tuple[CustomerId, int]]:
    """Who used something in a month, with the newest revision of it."""
    rows = db.execute(
        """
        SELECT customer_id, max(revision) FROM customer_days
        WHERE application_id = :id AND day >= :first AND day < :end GROUP BY customer_id
        ORDER BY customer_id
        """,
        {
            "id": application_id,
            "first": calendar.day_number(month.start),
            "end": calendar.day_number(month.end),
        },
    )
    return [(CustomerId(customer_id), int(revision)) for customer_id, revision in rows.fetchall()]
