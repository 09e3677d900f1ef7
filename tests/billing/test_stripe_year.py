"""A year of bills in four currencies: ours, Stripe's preview, its invoices and the mirror agree."""

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from desktop.domain import calendar
from desktop.domain.billing.mirror import ObjectKind
from desktop.domain.billing.reconciliation import ComparisonQuestion
from desktop.domain.ids import CustomerId, RuleId
from desktop.domain.invoices import InvoiceQuestion
from desktop.domain.usage import DateRange
from tests.billing.scene import ACCOUNT, APP
from tests.fakes import no_report
from tests.unit.test_invoicing import put_rule
from tests.unit.test_usage import endpoint, hour_of

SEED = 20_261_123
CUSTOMERS = 20
MONTHS = range(1, 13)
PRICES = {
    "USD": {
        "model": "graduated", "tiers": [
            {"up_to": "100", "unit_amount": "0.0153"}, {"up_to": "400", "unit_amount": "0.00721"},
            {"unit_amount": "0.0035", "flat_amount": "1.25"}],
    },
    "EUR": {"model": "per_unit", "unit_amount": "0.01234", "free_units": "50"},
    "JPY": {"model": "package", "package_size": "12", "package_amount": "7"},
    "KWD": {
        "model": "volume",
        "tiers": [{"up_to": "250", "unit_amount": "0.0071"}, {"unit_amount": "0.0033"}],
    },
}  # fmt: skip
"""Two, two, no and three digits after the point."""


def caller_of(number):
    return CustomerId(f"cus_{number}")


def currency_of(number):
    return list(PRICES)[number % len(PRICES)]


def month_of(number):
    start = date(2026, number, 1)
    return DateRange(start, calendar.month_period(calendar.month_number(start)).end)


def at(day):
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def opened(shop):
    """Four rules, each for its own endpoint, and a subscription for each customer."""
    for currency, price in PRICES.items():
        endpoint(shop.hosted, f"end_{currency}", "GET", f"/{currency}")
        whole = {**price, "currency": currency}
        put_rule(shop.hosted, f"rule_{currency}", whole, f"In {currency}", url=f"/{currency}")
    for number in range(CUSTOMERS):
        shop.stripe.put("customer", id=f"pay_{number}", metadata={"caller": f"cus_{number}"})
    set_clock(shop, date(2026, 1, 1))
    shop.connect()
    for currency in PRICES:
        shop.publish(rule_id=RuleId(f"rule_{currency}"))
    by_currency = {
        price["currency"].upper(): name for name, price in shop.stripe.objects["price"].items()
    }
    for number in range(CUSTOMERS):
        items = [{"price": by_currency[currency_of(number)]}]
        made = {"customer": f"pay_{number}", "items": items}
        shop.stripe.put("subscription", id=f"sub_{number}", **shop.stripe._subscription(made))


def set_clock(shop, day):
    shop.device.clock.now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    shop.stripe.now = at(day) + 43_200


def used(shop, chance, month):
    """Usage of a month on a few days, some of it told late by a correction below zero."""
    for number in range(CUSTOMERS):
        end = f"end_{currency_of(number)}"
        for _ in range(2):
            day = month.start + timedelta(days=chance.randrange((month.end - month.start).days))
            shop.hosted.count(end, f"cus_{number}", hour_of(day), chance.randint(1, 400))


def billed(shop, chance, month):
    """Stripe's month is over: invoices, and now and then a refund or a credit note."""
    for number in range(CUSTOMERS):
        shop.stripe.objects["subscription"][f"sub_{number}"].update(
            start=at(month.start), end=at(month.end)
        )
        invoice, charge = shop.stripe.bill(f"pay_{number}", f"sub_{number}")
        paid = {"currency": invoice["currency"], "customer": f"pay_{number}"}
        if not chance.randrange(6):
            refunded = chance.randint(0, invoice["total"])
            shop.stripe.put("refund", charge=charge["id"], amount=refunded,
                            currency=paid["currency"], status="succeeded")  # fmt: skip
        if not chance.randrange(7):
            shop.stripe.put("credit_note", invoice=invoice["id"], status="issued",
                            total=chance.randint(0, invoice["total"]), **paid)  # fmt: skip


def ours(shop, number, month):
    question = InvoiceQuestion(APP, caller_of(number), month)
    invoice = shop.device.services.invoices.preview(no_report, question)
    return {part.total.currency: part.total.amount_minor for part in invoice.parts}


def mirrored(shop, kind):
    """Sums of a kind by currency, from the vault."""
    sums = Counter()
    for row in shop.rows(kind, limit=10_000):
        sums[row.amount.currency] += row.amount.amount_minor
    return sums


def of_stripe(shop, kind, field):
    sums = Counter()
    for body in shop.stripe.objects.get(kind, {}).values():
        sums[body["currency"].upper()] += body[field]
    return sums


def test_a_year_of_money_agrees_to_the_minor_unit(empty_shop):
    shop, chance = empty_shop, random.Random(SEED)  # noqa: S311 (the same year each time)
    opened(shop)
    shop.billing.mapping.match(ACCOUNT, APP, "caller")
    expected = Counter()
    for number in MONTHS:
        month = month_of(number)
        used(shop, chance, month)
        set_clock(shop, month.end)
        shop.device.sync()
        shop.billing.mapping.match(ACCOUNT, APP, "caller")
        run = shop.report(month)
        assert set(run.counts) == {"sent"}
        billed(shop, chance, month)
        for customer in range(CUSTOMERS):
            expected.update(ours(shop, customer, month))
        compared(shop, chance.randrange(CUSTOMERS), month)
    assert shop.agree()
    assert expected == of_stripe(shop, "invoice", "total")
    assert set(expected) == set(PRICES)
    shop.read()
    for kind, body, field in (
        (ObjectKind.INVOICE, "invoice", "total"), (ObjectKind.REFUND, "refund", "amount"),
        (ObjectKind.CREDIT, "credit_note", "total"), (ObjectKind.PAYMENT, "charge", "amount"),
    ):  # fmt: skip
        assert mirrored(shop, kind) == of_stripe(shop, body, field)


def compared(shop, customer, month):
    """The comparison that the owner sees, line by line."""
    question = ComparisonQuestion(ACCOUNT, APP, caller_of(customer), month)
    found = shop.billing.comparison.compare(no_report, question)
    assert found.agrees, found
    assert found.lines
    assert found.totals[0].title == currency_of(customer)
