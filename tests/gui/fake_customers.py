"""Customers for the window: forty-one of them, one with several identities."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from contract.terms import LimitCounts, LimitInterval
from desktop.domain.customer_detail import (
    CustomerBill,
    CustomerDetail,
    Deed,
    Identity,
    LimitUsed,
    OpenRequest,
    TaggedKey,
)
from desktop.domain.customer_list import CustomerPage, CustomerQuery, CustomerRow, CustomerSort
from desktop.domain.customers import Customer
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId
from desktop.domain.money import Money
from desktop.domain.usage import DateRange, Series, UsageAnswer
from desktop.services.calls import Report, callable_from_window
from desktop.services.customers import detail, edits, listing

TODAY = date(2026, 11, 23)
NAMES = ("acme-eu", "north-labs", "kite.io", "demo")
PLANS = ("Scale", "Growth", "Free", "")
MONTHS = ((11, 640_210), (10, 598_100), (9, 553_400))


def _row(number: int) -> CustomerRow:
    name = NAMES[number] if number < len(NAMES) else ""
    calls = 4_120_331 // (number * number + 1)
    return CustomerRow(
        customer_id=CustomerId(f"cus_7c1e90ab{number:04d}"),
        label=name or f"Customer 90ab{number:04d}",
        name=name,
        plan=PLANS[number] if number < len(PLANS) else "",
        identities=3 if number == 0 else 1,
        requests=calls * 7,
        units=Decimal(calls * 7) / 4,
        this_month=calls if number < 30 else 0,
        last_day=TODAY - timedelta(days=number),
    )


ROWS = tuple(_row(number) for number in range(41))
KEYS = {
    CustomerSort.NAME: lambda row: row.label,
    CustomerSort.THIS_MONTH: lambda row: row.this_month,
    CustomerSort.REQUESTS: lambda row: row.requests,
    CustomerSort.LAST_CALL: lambda row: row.last_day,
}


class CustomerListService(listing.CustomerListService):
    def __init__(self, controls) -> None:
        self.controls = controls

    @callable_from_window
    def page(self, report: Report, query: CustomerQuery, cursor: str | None) -> CustomerPage:
        report(0)
        self.controls.enter("CustomerListService.page", query, cursor)
        if not self.controls.has_usage:
            return CustomerPage((), None, 0, self.controls.stamp())
        hostile = self.controls.hostile
        found = [
            replace(row, label=hostile + row.label)
            for row in sorted(ROWS, key=KEYS[query.sort], reverse=query.descending)
            if query.search.casefold() in row.label
        ]
        return CustomerPage(tuple(found), None, len(ROWS), self.controls.stamp())


class CustomerDetailService(detail.CustomerDetailService):
    def __init__(self, controls) -> None:
        self.controls = controls

    @callable_from_window
    def detail(self, application_id: ApplicationId, customer_id: CustomerId) -> CustomerDetail:
        self.controls.enter("CustomerDetailService.detail", application_id, customer_id)
        row = next(row for row in ROWS if row.customer_id == customer_id)
        days = [TODAY - timedelta(days=left) for left in reversed(range(90))]
        values = tuple(Decimal(20_000 + 900 * (place % 7) + 40 * place) for place in range(90))
        chart = UsageAnswer(
            tuple(day.isoformat() for day in days),
            (Series(customer_id, row.label, values),),
            sum(values),
            self.controls.stamp(),
        )
        others = tuple(
            Identity(CustomerId(f"cus_2{n}"), f"Customer 55aa000{n}", date(2026, 11, 1))
            for n in range(1, row.identities)
        )
        return CustomerDetail(
            row=replace(row, label=self.controls.hostile + row.label),
            identities=(Identity(customer_id, row.label, None), *others),
            plan_since=date(2026, 3, 1),
            next_plan="Enterprise",
            next_plan_on=date(2027, 1, 1),
            chart=chart,
            limits=(
                LimitUsed(
                    "POST /v1/generate", 1_000_000, 921_400, LimitCounts.CALLS,
                    LimitInterval.MONTH, is_own=True,
                ),
                LimitUsed(
                    "GET /v1/search", 50_000, 12_120, LimitCounts.UNITS, LimitInterval.DAY,
                    is_own=False,
                ),
            ),
            keys=(TaggedKey("k_1", "Acme web hook", has_ended=False),),
            requests=(OpenRequest("request_1", 4, "access"),),
            deeds=(
                Deed(datetime(2026, 11, 23, 13, 10, tzinfo=UTC), "customer", ""),
                Deed(datetime(2026, 11, 2, 9, 5, tzinfo=UTC), "customer_plan", "accepted"),
            ),
        )  # fmt: skip

    @callable_from_window
    def bills(
        self, report: Report, application_id: ApplicationId, customer_id: CustomerId
    ) -> tuple[CustomerBill, ...]:
        report(0)
        self.controls.enter("CustomerDetailService.bills", application_id, customer_id)
        return tuple(
            CustomerBill(
                DateRange(date(2026, month, 1), date(2026, month + 1, 1)),
                (Money(minor, "USD"),),
                is_running=month == TODAY.month,
            )
            for month, minor in MONTHS
        )


class CustomerEditService(edits.CustomerEditService):
    def __init__(self, controls) -> None:
        self.controls = controls

    @callable_from_window
    def rename(self, customer_id: CustomerId, name: str) -> Customer:
        self.controls.enter("CustomerEditService.rename", customer_id, name)
        if name == "taken":
            raise InvalidInput("This name cannot be used. Nothing was changed.", field="name")
        return Customer(customer_id, ApplicationId("app_acme"))

    @callable_from_window
    def merge(
        self, customer_ids: tuple[CustomerId, ...], into: CustomerId, bills_from: date
    ) -> tuple[Customer, ...]:
        self.controls.enter("CustomerEditService.merge", customer_ids, into, bills_from)
        return tuple(Customer(one, ApplicationId("app_acme")) for one in customer_ids)

    @callable_from_window
    def take_apart(self, customer_id: CustomerId) -> Customer:
        self.controls.enter("CustomerEditService.take_apart", customer_id)
        return Customer(customer_id, ApplicationId("app_acme"))

    @callable_from_window
    def restore(self, before: tuple[Customer, ...]) -> None:
        self.controls.enter("CustomerEditService.restore", before)


CUSTOMER_SERVICES = (CustomerListService, CustomerDetailService, CustomerEditService)
