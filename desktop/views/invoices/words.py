"""Lines of an invoice in words: how an amount came about, and what others would bill."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.domain.invoices import Adjustment, Invoice, InvoiceLine, OtherBill
from desktop.domain.pricing.other_systems import Difference, System
from desktop.domain.usage import DateRange
from desktop.views import figures

CONTEXT: Final = "Invoices"
SYSTEMS: Final = {System.OPENMETER: "OpenMeter", System.LAGO: "Lago", System.STRIPE: "Stripe"}
REASONS: Final = {
    Difference.ROUNDS_ONCE: QT_TRANSLATE_NOOP("Invoices", "rounds the charge once"),
    Difference.ROUNDS_PARTS: QT_TRANSLATE_NOOP("Invoices", "rounds each part"),
    Difference.NO_EMPTY_PACKAGE: QT_TRANSLATE_NOOP("Invoices", "bills no package without usage"),
    Difference.ALLOWANCES: QT_TRANSLATE_NOOP("Invoices", "ends free allowances elsewhere"),
    Difference.NO_MAXIMUM: QT_TRANSLATE_NOOP("Invoices", "has no maximum"),
    Difference.NO_MODEL: QT_TRANSLATE_NOOP("Invoices", "has no such model"),
    Difference.NO_MODIFIER: QT_TRANSLATE_NOOP("Invoices", "has no such addition to a price"),
    Difference.TOO_PRECISE: QT_TRANSLATE_NOOP("Invoices", "takes no price as precise as this"),
}
ADJUSTMENTS: Final = {
    Adjustment.COUPON: QT_TRANSLATE_NOOP("Invoices", "Coupon"),
    Adjustment.MINIMUM: QT_TRANSLATE_NOOP("Invoices", "Up to the minimum"),
    Adjustment.CREDITS: QT_TRANSLATE_NOOP("Invoices", "Paid by credits"),
    Adjustment.TAX: QT_TRANSLATE_NOOP("Invoices", "Tax"),
}
STEPS: Final = {
    "quantity": QT_TRANSLATE_NOOP("Invoices", "Metered, converted, less what is free"),
    "units": QT_TRANSLATE_NOOP("Invoices", "Units"),
    "flat": QT_TRANSLATE_NOOP("Invoices", "Flat amount"),
    "packages": QT_TRANSLATE_NOOP("Invoices", "Packages"),
    "percentage": QT_TRANSLATE_NOOP("Invoices", "Percentage"),
    "events": QT_TRANSLATE_NOOP("Invoices", "Each call by itself"),
    "group": QT_TRANSLATE_NOOP("Invoices", "Amounts of the calls"),
    "capacity": QT_TRANSLATE_NOOP("Invoices", "Capacity"),
    "prorated_units": QT_TRANSLATE_NOOP("Invoices", "Prorated units"),
    "percent_discount": QT_TRANSLATE_NOOP("Invoices", "Discount"),
    "rounding": QT_TRANSLATE_NOOP("Invoices", "Rounding"),
    "maximum": QT_TRANSLATE_NOOP("Invoices", "Down to the maximum"),
    "minimum": QT_TRANSLATE_NOOP("Invoices", "Up to the minimum"),
    "amount": QT_TRANSLATE_NOOP("Invoices", "For some days of the month"),
}
DETAILS: Final = ("metered", "converted", "free_units", "discount_units", "priced")


def adjustment(kind: Adjustment) -> str:
    return _say(ADJUSTMENTS[kind])


def step(told: dict[str, Any]) -> tuple[str, str]:
    """One step of a line: what was calculated, and what it comes to (empty for no amount)."""
    name = _say(STEPS.get(str(told["step"]), str(told["step"])))
    if "tier" in told:
        name = _say("{name}, tier {tier}").format(name=name, tier=told["tier"])
    parts = [part for part in (_calculation(told), _rounding(told)) if part]
    said = f"{name}: {'; '.join(parts)}" if parts else name
    return said, "" if told["step"] == "quantity" else str(told["amount"])


def _calculation(told: dict[str, Any]) -> str:
    if told["step"] == "quantity":
        found = [f"{name} {_number(told[name])}" for name in DETAILS if name in told]
        return ", ".join(found)
    if "billed_days" in told:
        said = _say("{billed} of {period} days")
        return said.format(billed=told["billed_days"], period=told["period_days"])
    counted = told.get("packages", told.get("units"))
    if counted is not None and "price" in told:
        sign = " %" if told["step"] == "percentage" else ""
        return f"{_number(str(counted))} \u00d7 {_number(told['price'])}{sign}"
    return ""


def _rounding(told: dict[str, Any]) -> str:
    if "rounding" not in told or "exact" not in told:
        return ""
    return _say("exactly {exact}, rounded").format(exact=_number(told["exact"]))


def _number(text: object) -> str:
    try:
        return figures.exact_number(Decimal(str(text)))
    except ArithmeticError:
        return str(text)


def other(bill: OtherBill) -> str:
    """What another system would bill for a line."""
    name = SYSTEMS[bill.system]
    why = ", ".join(_say(REASONS[reason]) for reason in bill.reasons)
    if bill.difference is None:
        return _say("{system} {why}.").format(system=name, why=why)
    if not bill.difference.amount_minor:
        return _say("{system} would bill the same.").format(system=name)
    more = bill.difference.amount_minor > 0
    said = (
        _say("{system} would bill {amount} more here: it {why}.")
        if more
        else _say("{system} would bill {amount} less here: it {why}.")
    )
    size = bill.difference.with_minor(abs(bill.difference.amount_minor))
    return said.format(system=name, amount=figures.money(size), why=why)


def days(period: DateRange, *, with_year: bool = False) -> str:
    """First and last day."""
    last = period.end - timedelta(days=1)
    return f"{figures.day(period.start)} \u2013 {figures.day(last, with_year=with_year)}"


def counted(line: InvoiceLine) -> str:
    """What a line counts, in the words of its meter."""
    calls = _say("{count} calls").format(count=figures.count(line.requests))
    if line.of_calls is not None:
        said = _say("{held} of {all} calls, those in the vault")
        return said.format(held=figures.count(line.requests), all=figures.count(line.of_calls))
    if line.meter == "requests" or not line.quantity:
        return calls
    return _say("{units} units").format(units=figures.decimal(line.quantity))


def title(invoice: Invoice) -> str:
    said = _say("{customer}, {days}")
    return said.format(
        customer=invoice.customer, days=days(invoice.question.period, with_year=True)
    )


def _say(text: object) -> str:
    return QCoreApplication.translate(CONTEXT, str(text))
