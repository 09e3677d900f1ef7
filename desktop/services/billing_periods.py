"""Bills as they are: every day by the versions and plans that hold on it. For `InvoiceService`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from desktop.domain import calendar
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, PlanId
from desktop.domain.invoices import (
    Forecast,
    Invoice,
    InvoiceQuestion,
    RevenueLine,
    RevenueQuestion,
    RevenueReport,
)
from desktop.domain.money import Money
from desktop.domain.usage import DateRange
from desktop.services.bills import Charges, PriceList, money_of
from desktop.services.held_calls import HeldCalls
from desktop.services.invoice_parts import line_of, parts_of
from desktop.services.month_end import Outlook, days_left
from desktop.services.outcomes import ByCurrency, Totals, moneys
from desktop.services.simulation import with_current_cells
from desktop.services.storage import applications, rule_versions, usage_queries
from desktop.services.storage.month_cells import Cells
from desktop.services.usage_labels import customer_labels, endpoint_labels
from desktop.services.used import Chosen, Stretch, Usage, together

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.pricing.rulebook import DayRules
    from desktop.domain.usage import Stamp
    from desktop.services.calls import Report
    from desktop.services.storage.vault import Vault


class Periods:
    """The billing periods of an application, from one picture of the vault."""

    def __init__(self, db: Connection, application_id: ApplicationId) -> None:
        self.db = db
        self.application_id = application_id
        self.book = rule_versions.book_of(db, application_id)
        self.usage = Usage(db, application_id)
        self._endpoints = usage_queries.endpoints_by_id(db, application_id)
        self._held = HeldCalls(db, application_id)
        self._lists: dict[DayRules, PriceList] = {}

    def prices_on(self, day: date) -> PriceList:
        """The price list of a day; the same one for every day with the same rules."""
        rules = self.book.on(day)
        if rules not in self._lists:
            self._lists[rules] = PriceList(
                rules, self._endpoints, self.usage.population, self._held
            )
        return self._lists[rules]

    def stretches(
        self, period: DateRange, customer_ids: Sequence[CustomerId] = ()
    ) -> Iterator[tuple[Stretch, PriceList, Chosen]]:
        """Days that are billed together, with their prices; of all customers when none is named."""
        parts = [DateRange(*days) for days in self.book.stretches(period.start, period.end)]
        lists = [self.prices_on(part.start) for part in parts]
        chosen = self.usage.population.chosen(customer_ids)
        for stretch, prices in zip(self.usage.stretches(parts, chosen), lists, strict=True):
            yield stretch, prices, chosen


def invoice(vault: Vault, question: InvoiceQuestion, stamp: Stamp, report: Report) -> Invoice:
    """Raises: InvalidInput, Cancelled, VaultError."""
    with_current_cells(vault, report)
    with vault.reading() as db:
        application = applications.find(db, question.application_id)
        if application is None:
            raise InvalidInput(
                "This application is not in the vault. Nothing was calculated.",
                field="application_id",
            )
        periods = Periods(db, question.application_id)
        labels = endpoint_labels(db, question.application_id, periods.usage.endpoint_ids())
        lines = [
            (charges.currency, line_of(charges, labels))
            for stretch, prices, chosen in periods.stretches(
                question.period, (question.customer_id,)
            )
            for charges in prices.charges(stretch, chosen)
            if len(charges.minor)
        ]
        customer = customer_labels(db, [question.customer_id])[question.customer_id]
    ordered = sorted(lines, key=lambda line: (line[1].days.start, line[1].rule, line[1].rule_id))
    parts = parts_of(ordered, question.terms, question.period)
    return Invoice(question, customer, application.name, application.is_sample, parts, stamp)


def revenue(
    vault: Vault, question: RevenueQuestion, stamp: Stamp, now: datetime, report: Report
) -> RevenueReport:
    """Raises: InvalidInput, Cancelled, VaultError."""
    application_id, period = question.application_id, question.period
    with_current_cells(vault, report)
    with vault.reading() as db:
        periods = Periods(db, application_id)
        today = calendar.today(now, applications.zones(db)(application_id))
        sums = _Sums(periods)
        for done, (stretch, prices, chosen) in enumerate(periods.stretches(period)):
            report(done)
            sums.add_all(prices, stretch, chosen)
        outlook = Outlook(db, application_id, today, periods.usage)
        is_now = period.start <= today < period.end
        forecast = _forecast(periods, period, today, outlook, sums.totals) if is_now else ()
        return RevenueReport(
            period=period,
            total=sums.total(),
            by_rule=sums.by_rule(),
            by_plan=sums.by_plan(),
            by_customer=sums.by_customer(),
            forecast=forecast,
            weeks=outlook.weeks,
            as_of=today,
            stamp=stamp,
        )


class _Sums:
    """Revenue of a period, by rule, by the plan a customer was on, and by customer."""

    def __init__(self, periods: Periods) -> None:
        self._periods = periods
        self._totals: Totals | None = None
        self._plans: dict[str, ByCurrency] = {}
        self._on_plan: dict[str, set[int]] = {}
        self._paying: dict[str, set[int]] = {}

    @property
    def totals(self) -> Totals:
        if self._totals is None:  # not before every price list has named its customers
            self._totals = Totals(len(self._periods.usage.population))
        return self._totals

    def add_all(self, prices: PriceList, stretch: Stretch, chosen: Chosen) -> None:
        plans = prices.plan_numbers()
        for charges in prices.charges(stretch, chosen):
            self.totals.add(charges)
            payers = charges.cells.customers[charges.minor != 0]
            self._paying.setdefault(charges.version.rule_id, set()).update(payers.tolist())
            numbers = plans[charges.cells.customers]
            for number in np.unique(numbers):
                self._add_plan(prices.plan_ids[int(number)], charges, numbers == number)

    def _add_plan(self, plan: str, charges: Charges, here: Chosen) -> None:
        sums = self._plans.setdefault(plan, {})
        minor = int(charges.minor[here].sum())
        sums[charges.currency] = sums.get(charges.currency, 0) + minor
        self._on_plan.setdefault(plan, set()).update(charges.cells.customers[here].tolist())

    def total(self) -> tuple[Money, ...]:
        by_customer = self.totals.by_customer
        return moneys({currency: self.totals.total(currency) for currency in by_customer})

    def by_rule(self) -> tuple[RevenueLine, ...]:
        names, sums = self.totals.names, self.totals.by_rule
        return _ordered(
            (rule_id, names[rule_id], found, len(self._paying[rule_id]))
            for rule_id, found in sums.items()
        )

    def by_plan(self) -> tuple[RevenueLine, ...]:
        names = {plan.plan_id: plan.name for plan in self._periods.book.plans}
        return _ordered(
            (plan, names.get(PlanId(plan), ""), found, len(self._on_plan[plan]))
            for plan, found in self._plans.items()
        )

    def by_customer(self) -> tuple[RevenueLine, ...]:
        ids = self._periods.usage.population.ids
        found: dict[int, ByCurrency] = {}
        for currency, amounts in self.totals.by_customer.items():
            for number in np.flatnonzero(amounts):
                found.setdefault(int(number), {})[currency] = int(amounts[number])
        labels = customer_labels(self._periods.db, [ids[number] for number in found])
        return _ordered(
            (ids[number], labels[ids[number]], sums, 1) for number, sums in found.items()
        )


def _ordered(
    lines: Iterable[tuple[str, str, ByCurrency, int]],
) -> tuple[RevenueLine, ...]:
    """The largest first; amounts of different currencies are only put in an order."""
    by_size = sorted(lines, key=lambda line: (-max(line[2].values(), default=0), line[1], line[0]))
    return tuple(
        RevenueLine(key, label, moneys(sums), customers) for key, label, sums, customers in by_size
    )


def _forecast(
    periods: Periods, period: DateRange, today: date, outlook: Outlook, so_far: Totals
) -> tuple[Forecast, ...]:
    """What the period comes to at its end, by currency."""
    if not outlook.weeks:
        return ()
    band = outlook.band()
    low, expected, high = (
        _expected(periods, period, today, outlook, factor)
        for factor in (band.low, band.expected, band.high)
    )
    return tuple(
        Forecast(
            money_of(so_far.total(currency), currency),
            money_of(expected.total(currency), currency),
            money_of(low.total(currency), currency),
            money_of(high.total(currency), currency),
        )
        for currency in sorted(expected.by_customer, key=lambda one: one.code)
    )


def _expected(
    periods: Periods, period: DateRange, today: date, outlook: Outlook, factor: float
) -> Totals:
    """The whole period's bills with the days that are left as expected, times a factor."""
    totals = Totals(len(periods.usage.population))
    for stretch, prices, chosen in periods.stretches(period):
        left = days_left(stretch.days, today)
        whole = stretch
        if left is not None:
            coming = outlook.of_days(left, factor)
            whole = Stretch(stretch.days, _both(stretch.used, coming, totals.size))
        for charges in prices.charges(whole, chosen):
            totals.add(charges)
    return totals


def _both(used: Mapping[str, Cells], coming: Mapping[str, Cells], size: int) -> dict[str, Cells]:
    return {
        end: together([cells[end] for cells in (used, coming) if end in cells], size)
        for end in used.keys() | coming.keys()
    }
