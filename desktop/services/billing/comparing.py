"""Our invoice beside the provider's preview, to the minor unit."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final

from contract.terms import BillingProvider
from desktop.domain.billing.reconciliation import (
    ComparedLine,
    ComparisonQuestion,
    InvoiceComparison,
)
from desktop.domain.errors import InvalidInput
from desktop.domain.invoices import Invoice, InvoiceLine, InvoiceQuestion
from desktop.domain.money import Money
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import billing_connections, billing_links
from desktop.services.storage.rows import RULES

if TYPE_CHECKING:
    from desktop.domain.usage import Stamp
    from desktop.services.billing.gateways import Gateways
    from desktop.services.billing.stripe.previews import Preview
    from desktop.services.storage.vault import Vault

OTHER: Final = "Not from a published rule"
ByTitle = dict[tuple[str, str], Money]
"""Amounts by what they are for and their currency."""


class BillingComparisonService:
    """Compares what this program would bill with what the provider is about to."""

    def __init__(
        self,
        vault: "Vault",
        gateways: "Gateways",
        stamp: "Callable[[], Stamp]",
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._gateways = gateways
        self._stamp = stamp
        self._clock = clock

    @callable_from_window
    def compare(self, report: Report, question: ComparisonQuestion) -> InvoiceComparison:
        """Line by line and in sum; taxes and discounts of the provider are not part of it.

        Raises: InvalidInput (nobody pays for the caller), ProviderProblem, Cancelled, VaultError.
        """
        from desktop.services import billing_periods

        asked = InvoiceQuestion(question.application_id, question.customer_id, question.period)
        ours = billing_periods.invoice(self._vault, asked, self._stamp(), report)
        payer, titles = self._known(question)
        theirs = self._previews(question, payer)
        here = _summed((line.rule, line.amount) for line in _lines(ours))
        there = _summed(
            (titles.get(line.price_id, OTHER), line.amount) for one in theirs for line in one.lines
        )
        return InvoiceComparison(
            question, _compared(here, there), _totals(here, there), _reasons(theirs), self._clock()
        )

    def _known(self, question: ComparisonQuestion) -> tuple[str, Mapping[str, str]]:
        """Who pays, and the names of rules by the ids of their prices."""
        account, application_id = question.account, question.application_id
        with self._vault.reading() as db:
            links = billing_links.of_application(db, account, application_id)
            published = billing_connections.publications(db, account, application_id)
            rules = {one.rule_id: one.name for one in RULES.of_application(db, application_id)}
        link = links.get(question.customer_id)
        if link is None:
            raise InvalidInput(
                "Nobody pays for this caller, so the provider has no invoice of it. Map it to a "
                "customer of the provider.",
                field="customer_id",
            )
        titles = {one.price_id: rules.get(one.rule_id, OTHER) for one in published}
        return link.provider_customer_id, titles

    def _previews(self, question: ComparisonQuestion, payer: str) -> "tuple[Preview, ...]":
        if question.account.provider is not BillingProvider.STRIPE:
            raise InvalidInput(
                "Only Stripe makes previews of what it is about to bill. Nothing was compared.",
                field="provider",
            )
        from desktop.services.billing.stripe.gateway import StripeGateway

        with self._gateways.opened(question.account) as gateway:
            assert isinstance(gateway, StripeGateway)  # noqa: S101 (tells the checker)
            return gateway.preview(payer)


def _lines(invoice: Invoice) -> Iterable[InvoiceLine]:
    return (line for part in invoice.parts for line in part.lines)


def _summed(amounts: Iterable[tuple[str, Money]]) -> ByTitle:
    sums: dict[tuple[str, str], Money] = {}
    for title, amount in amounts:
        key = (title, amount.currency)
        before = sums[key].amount_minor if key in sums else 0
        sums[key] = amount.with_minor(before + amount.amount_minor)
    return sums


def _compared(here: ByTitle, there: ByTitle) -> tuple[ComparedLine, ...]:
    keys = sorted({*here, *there})
    return tuple(ComparedLine(key[0], here.get(key), there.get(key)) for key in keys)


def _totals(here: ByTitle, there: ByTitle) -> tuple[ComparedLine, ...]:
    sums = [_by_currency(side) for side in (here, there)]
    codes = sorted({*sums[0], *sums[1]})
    return tuple(ComparedLine(code, sums[0].get(code), sums[1].get(code)) for code in codes)


def _by_currency(side: ByTitle) -> dict[str, Money]:
    found: dict[str, list[Money]] = defaultdict(list)
    for (_, code), amount in side.items():
        found[code].append(amount)
    return {
        code: amounts[0].with_minor(sum(one.amount_minor for one in amounts))
        for code, amounts in found.items()
    }


def _reasons(previews: "tuple[Preview, ...]") -> tuple[str, ...]:
    """What may make a difference, in words."""
    periods = {(one.start.date(), one.end.date()) for one in previews}
    said = [
        f"The provider bills {start.isoformat()} to {end.isoformat()}, from and to the minute of "
        "the subscription."
        for start, end in sorted(periods)
    ]
    if not previews:
        said.append("The customer has no subscription there.")
    return (*said, "What was not reported yet is not in the provider's preview.")
