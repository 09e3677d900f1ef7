"""Invoices before they are sent: lines with their explanation, what is added and taken off."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.money import Money
from desktop.domain.pricing.other_systems import Difference, System
from desktop.domain.usage import DateRange, Stamp


@dataclass(frozen=True, slots=True)
class InvoiceTerms:
    """What is agreed beside the prices; amounts in major units of the invoice's currency.

    In this order: coupon, minimum, credits, tax. The minimum is for a whole month; for a part of
    one it is prorated by days.
    """

    coupon_percent: Decimal = Decimal(0)
    coupon_amount: Decimal = Decimal(0)
    minimum: Decimal = Decimal(0)
    credits: Decimal = Decimal(0)
    tax_percent: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class InvoiceQuestion:
    """The bill of one customer for the days of a period, month by month."""

    application_id: ApplicationId
    customer_id: CustomerId
    period: DateRange
    terms: InvoiceTerms = InvoiceTerms()


@dataclass(frozen=True, slots=True)
class OtherBill:
    """What another system would bill for a line; `amount` None where it has no such price."""

    system: System
    amount: Money | None
    difference: Money | None
    """More (above zero) or less than here."""
    reasons: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What one version of a rule charges for one stretch of days."""

    rule_id: RuleId
    rule: str
    version: int
    days: DateRange
    endpoints: tuple[str, ...]
    meter: str
    quantity: Decimal
    requests: int
    amount: Money
    explanation: tuple[dict[str, Any], ...]
    """Steps as `usageflow rate` tells them."""
    others: tuple[OtherBill, ...]
    of_calls: int | None = None
    """Where single calls were priced: how many there were; `requests` says how many are held."""


class Adjustment(StrEnum):
    COUPON = "coupon"
    MINIMUM = "minimum"
    CREDITS = "credits"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class InvoicePart:
    """The invoice in one currency. Lines and adjustments add up to the total."""

    lines: tuple[InvoiceLine, ...]
    subtotal: Money
    adjustments: tuple[tuple[Adjustment, Money], ...]
    total: Money


@dataclass(frozen=True, slots=True)
class Invoice:
    question: InvoiceQuestion
    customer: str
    application: str
    is_sample: bool
    parts: tuple[InvoicePart, ...]
    """By currency; none where nothing was charged."""
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class RevenueQuestion:
    application_id: ApplicationId
    period: DateRange


@dataclass(frozen=True, slots=True)
class RevenueLine:
    """What one rule, plan or customer brings; `key` is its id, empty for customers without plan."""

    key: str
    label: str
    amounts: tuple[Money, ...]
    customers: int = 0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Revenue at the end of the month in one currency.

    `low` and `high` are what it comes to if the days that are left are like the weakest or the
    strongest of the last weeks.
    """

    so_far: Money
    expected: Money
    low: Money
    high: Money


@dataclass(frozen=True, slots=True)
class RevenueReport:
    """Revenue of a period, three ways; each adds up to the total."""

    period: DateRange
    total: tuple[Money, ...]
    by_rule: tuple[RevenueLine, ...]
    by_plan: tuple[RevenueLine, ...]
    by_customer: tuple[RevenueLine, ...]
    forecast: tuple[Forecast, ...]
    """By currency; empty when today is not in the period, or there is no whole week to go by."""
    weeks: int
    """How many weeks the forecast goes by."""
    as_of: date
    """Today in the application's time zone."""
    stamp: Stamp
