"""Makes an invoice of a customer's charges: explained lines, then what is added and taken off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from contract.pricing.rounding import half_away
from contract.pricing.rule import Currency
from desktop.domain import calendar
from desktop.domain.invoices import (
    Adjustment,
    InvoiceLine,
    InvoicePart,
    InvoiceTerms,
    OtherBill,
)
from desktop.domain.money import Money
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.explanation import Step, as_json
from desktop.domain.pricing.other_systems import Elsewhere, elsewhere
from desktop.services.bills import WHOLE, Charges, money_of, payable, prorated
from desktop.services.used import months_of

if TYPE_CHECKING:
    from desktop.domain.usage import DateRange


def line_of(charges: Charges, labels: Mapping[str, str]) -> InvoiceLine:
    """The line of the only customer in some charges."""
    rule, usage = payable(charges.version), charges.usage_at(0)
    amount = charges.money(int(charges.minor[0]))
    told = as_json(RatingEngine(rule).rate(usage))["lines"]
    version, cells = charges.version, charges.cells
    return InvoiceLine(
        rule_id=version.rule_id,
        rule=version.name,
        version=version.version,
        days=charges.stretch.days,
        endpoints=tuple(labels.get(end, end) for end in charges.endpoints),
        meter=version.meter.value,
        quantity=Decimal(int(cells.quantity[0])).scaleb(-6),
        requests=int(cells.events[0]),
        amount=amount,
        explanation=(*(told if isinstance(told, list) else ()), *_proration(charges, amount)),
        others=tuple(_other(one, charges, amount) for one in elsewhere(rule)),
        of_calls=None if charges.coverage is None else charges.coverage.of_calls,
    )


def _proration(charges: Charges, amount: Money) -> Iterator[dict[str, Any]]:
    """The step that takes a flat amount for some days of a month only."""
    if charges.share == WHOLE:
        return
    days = charges.stretch.days
    month = calendar.month_period(calendar.month_number(days.start))
    yield {
        "step": Step.AMOUNT.value,
        "billed_days": str((days.end - days.start).days),
        "period_days": str((month.end - month.start).days),
        "amount": f"{amount.amount:f}",
    }


def _other(there: Elsewhere, charges: Charges, here: Money) -> OtherBill:
    if there.rule is None:
        return OtherBill(there.system, None, None, there.differences)
    minor = RatingEngine(there.rule).rate(charges.usage_at(0)).minor.numerator
    billed = prorated(np.array([minor]), charges.share)
    bill = here.with_minor(int(billed[0]))
    difference = here.with_minor(bill.amount_minor - here.amount_minor)
    return OtherBill(there.system, bill, difference, there.differences)


def parts_of(
    lines: Iterable[tuple[Currency, InvoiceLine]], terms: InvoiceTerms, period: DateRange
) -> tuple[InvoicePart, ...]:
    """The invoice by currency, the largest subtotal first.

    Percentages are for every currency; amounts of the terms are in that of the first part, and an
    invoice without lines has none.
    """
    by_currency: dict[Currency, list[InvoiceLine]] = defaultdict(list)
    for currency, line in lines:
        by_currency[currency].append(line)
    ordered = sorted(by_currency.items(), key=lambda item: (-_sum(item[1]), item[0].code))
    return tuple(
        _part(currency, tuple(found), terms, period if place == 0 else None)
        for place, (currency, found) in enumerate(ordered)
    )


def _part(
    currency: Currency,
    lines: tuple[InvoiceLine, ...],
    terms: InvoiceTerms,
    period: DateRange | None,
) -> InvoicePart:
    """One currency; `period` is None where only percentages count."""
    subtotal = _sum(lines)
    adjustments, total = [], subtotal
    for adjustment, minor in _adjusted(subtotal, terms, _Scale(currency, period)):
        if minor:
            adjustments.append((adjustment, money_of(minor, currency)))
            total += minor
    return InvoicePart(
        lines, money_of(subtotal, currency), tuple(adjustments), money_of(total, currency)
    )


class _Scale:
    """Turns major units into minor ones, for the part that fixed amounts are for."""

    def __init__(self, currency: Currency, period: DateRange | None) -> None:
        self._per_major = 10**currency.digits
        self.period = period

    def minor(self, amount: Fraction | Decimal) -> int:
        """Half away from zero; nothing in another part."""
        if self.period is None:
            return 0
        exact = Fraction(amount) * self._per_major
        return half_away(exact.numerator, exact.denominator)


def _adjusted(
    subtotal: int, terms: InvoiceTerms, scale: _Scale
) -> Iterator[tuple[Adjustment, int]]:
    """In the order of the bill; none takes off more than there is."""
    coupon = share_of(subtotal, terms.coupon_percent) + scale.minor(terms.coupon_amount)
    coupon = min(coupon, max(subtotal, 0))
    due = subtotal - coupon
    yield Adjustment.COUPON, -coupon
    top_up = max(scale.minor(_minimum(terms, scale.period)) - due, 0)
    due += top_up
    yield Adjustment.MINIMUM, top_up
    paid = min(scale.minor(terms.credits), max(due, 0))
    yield Adjustment.CREDITS, -paid
    yield Adjustment.TAX, share_of(due - paid, terms.tax_percent)


def share_of(minor: int, percent: Decimal) -> int:
    """A percentage of an amount, half away from zero."""
    exact = minor * Fraction(percent) / 100
    return half_away(exact.numerator, exact.denominator)


def _minimum(terms: InvoiceTerms, period: DateRange | None) -> Fraction:
    """The minimum of the period: a month's share of it for the days that are billed."""
    if period is None:
        return Fraction(0)
    months = Fraction(0)
    for part in months_of(period):
        months += calendar.share_of_month(part)
    return Fraction(terms.minimum) * months


def _sum(lines: Iterable[InvoiceLine]) -> int:
    return sum(line.amount.amount_minor for line in lines)
