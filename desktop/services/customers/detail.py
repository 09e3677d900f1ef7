"""One customer: usage, plan, limits, bills, keys, privacy requests and what was done about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from contract.identifiers import customer_plan_id
from desktop.domain import calendar
from desktop.domain.calendar import day_number
from desktop.domain.customer_detail import (
    CustomerBill,
    CustomerDetail,
    Identity,
    OpenRequest,
    TaggedKey,
)
from desktop.domain.customer_list import CustomerRow
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId
from desktop.domain.invoices import InvoiceQuestion, InvoiceTerms
from desktop.domain.privacy.kinds import RequestState
from desktop.domain.privacy.requests import state_of
from desktop.domain.usage import DateRange, Series, UsageAnswer
from desktop.services.calls import Report, callable_from_window
from desktop.services.customers.limits import Now, limits_used
from desktop.services.storage import (
    applications,
    customer_facts,
    customer_merges,
    privacy_requests,
    secrets,
)
from desktop.services.storage.customer_list import folded
from desktop.services.storage.rows import CUSTOMER_PLANS, CUSTOMERS, FREEZES, PLANS
from desktop.services.storage.timestamps import moment
from desktop.services.usage_chart import units
from desktop.services.usage_labels import customer_labels

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.merges import Merges
    from desktop.domain.pricing.published import PlanTerm
    from desktop.domain.privacy.requests import PrivacyRequest
    from desktop.domain.usage import Stamp
    from desktop.services.invoicing import InvoiceService
    from desktop.services.storage.vault import Vault

CHART_DAYS: Final = 90
BILLED_MONTHS: Final = 3
MOST_DEEDS: Final = 20
OPEN: Final = frozenset({RequestState.OPEN, RequestState.IN_PROGRESS})


class CustomerDetailService:
    """Needs the open vault, and opens no secret. Any thread."""

    def __init__(
        self,
        vault: Vault,
        invoices: InvoiceService,
        stamp: Callable[[], Stamp],
        clock: Callable[[], datetime],
    ) -> None:
        """`stamp` says how current the vault is."""
        self._vault = vault
        self._invoices = invoices
        self._stamp = stamp
        self._clock = clock

    @callable_from_window
    def detail(self, application_id: ApplicationId, customer_id: CustomerId) -> CustomerDetail:
        """A customer with all merged identities; a merged identity is answered by its customer.

        Raises: InvalidInput (field `customer_id`: not in the vault), VaultError.
        """
        stamp, now = self._stamp(), self._clock()
        with self._vault.reading() as db:
            merges = customer_merges.merges_of(db, application_id)
            root = merges.root_of(customer_id)
            stored = CUSTOMERS.find(db, root)
            if stored is None:
                raise InvalidInput("This customer is not in the vault.", field="customer_id")
            today = calendar.today(now, applications.zones(db)(application_id))
            looking = _Look(db, application_id, merges.members_of(root), Now(today, now))
            return looking.detail(merges, stored.name, stamp)

    @callable_from_window
    def bills(
        self, report: Report, application_id: ApplicationId, customer_id: CustomerId
    ) -> tuple[CustomerBill, ...]:
        """Bills of this month so far and the two before, newest first.

        Raises: InvalidInput (an amount too large), Cancelled, VaultError.
        """
        with self._vault.reading() as db:
            zone = applications.zones(db)(application_id)
        now = calendar.month_number(calendar.today(self._clock(), zone))
        found = []
        for done in range(BILLED_MONTHS):
            report(done, BILLED_MONTHS)
            month = calendar.month_period(now - done)
            asked = InvoiceQuestion(application_id, customer_id, month, InvoiceTerms())
            parts = self._invoices.preview(report, asked).parts
            total = tuple(part.total for part in parts)
            found.append(CustomerBill(month, total, is_running=done == 0))
        return tuple(found)


class _Look:
    """What one picture of the vault says about the identities of one customer."""

    def __init__(
        self, db: Connection, application_id: ApplicationId, members: Sequence[CustomerId], now: Now
    ) -> None:
        self._db = db
        self._app = application_id
        self._root = members[0]
        self._members = members
        self._now = now

    def detail(self, merges: Merges, name: str, stamp: Stamp) -> CustomerDetail:
        since, following = self._terms()
        plans = {plan.plan_id: plan.name for plan in PLANS.of_application(self._db, self._app)}
        plan = plans.get(since.plan_id, "") if since and since.plan_id else ""
        following_plan = following.plan_id if following else None
        return CustomerDetail(
            row=self._row(name, plan),
            identities=self._identities(merges),
            plan_since=since.starts_on if since else None,
            next_plan=plans.get(following_plan, "") if following_plan else "",
            next_plan_on=following.starts_on if following else None,
            chart=self._chart(stamp),
            limits=limits_used(self._db, self._app, self._members, self._now),
            keys=self._keys(name),
            requests=self._requests(name),
            deeds=customer_facts.deeds(self._db, self._all_ids(), MOST_DEEDS),
            frozen_since=self._frozen_since(),
        )

    def _frozen_since(self) -> datetime | None:
        found = FREEZES.of_application(self._db, self._app)
        return min((one.since for one in found if one.customer_id in self._members), default=None)

    def _row(self, name: str, plan: str) -> CustomerRow:
        first = day_number(self._now.today.replace(day=1))
        (oldest,) = self._db.execute(
            "SELECT min(day) FROM customer_day_sums WHERE application_id = ?", (self._app,)
        ).fetchone()
        start = first if oldest is None else int(oldest)
        days = customer_facts.days(self._db, self._app, self._members, self._until_today(start))
        called = [day for day, _, requests, _ in days if requests]
        last = max(called, default=None)
        return CustomerRow(
            customer_id=self._root,
            label=customer_labels(self._db, [self._root])[self._root],
            name=name,
            plan=plan,
            identities=len(self._members),
            requests=sum(requests for _, _, requests, _ in days),
            units=units(sum(micro for _, _, _, micro in days)),
            this_month=sum(requests for day, _, requests, _ in days if day >= first),
            last_day=None if last is None else calendar.day_of_number(last),
        )

    def _until_today(self, start: int) -> range:
        # A day more: the service may be ahead of this computer's clock.
        end = day_number(self._now.today) + 2
        return range(min(start, end - 1), end)

    def _identities(self, merges: Merges) -> tuple[Identity, ...]:
        rows = {one: CUSTOMERS.find(self._db, one) for one in self._members}
        labels = customer_labels(self._db, self._members)
        payers = merges.roots
        return tuple(
            Identity(
                one,
                row.name if row and row.name else labels[one],
                row.merged.bills_from if row and row.merged and one in payers else None,
            )
            for one, row in rows.items()
        )

    def _terms(self) -> tuple[PlanTerm | None, PlanTerm | None]:
        """The term of today, and the one that begins next."""
        row = CUSTOMER_PLANS.find(self._db, customer_plan_id(self._app, self._root))
        terms, today = (row.terms if row else ()), self._now.today
        held = next((term for term in terms if term.holds_on(today)), None)
        return held, next((term for term in terms if term.starts_on > today), None)

    def _chart(self, stamp: Stamp) -> UsageAnswer:
        end = self._now.today + timedelta(days=1)
        period = DateRange(end - timedelta(days=CHART_DAYS), end)
        span = range(day_number(period.start), day_number(period.end))
        values = [0] * len(span)
        for day, _, requests, _ in customer_facts.days(self._db, self._app, self._members, span):
            values[day - span.start] += requests
        label = customer_labels(self._db, [self._root])[self._root]
        series = Series(self._root, label, tuple(map(Decimal, values)))
        starts = tuple(day.isoformat() for day in calendar.days(period))
        return UsageAnswer(starts, (series,), Decimal(sum(values)), stamp)

    def _keys(self, name: str) -> tuple[TaggedKey, ...]:
        wanted = {folded(name), *(one.casefold() for one in self._members)} - {""}
        return tuple(
            TaggedKey(key.secret_id, key.name, _has_ended(key, self._now.at))
            for key in secrets.listed(self._db)
            if wanted & {folded(tag) for tag in key.tags}
        )

    def _requests(self, name: str) -> tuple[OpenRequest, ...]:
        return tuple(
            OpenRequest(one.request_id, one.number, one.asked.kind)
            for one in privacy_requests.everything(self._db)
            if _is_open(one) and self._is_about(one, name)
        )

    def _is_about(self, request: PrivacyRequest, name: str) -> bool:
        person = request.asked.person
        by_id = set(person.identifiers) & set(self._members)
        return bool(by_id) or (name != "" and folded(person.name) == folded(name))

    def _all_ids(self) -> list[str]:
        plans = (customer_plan_id(self._app, one) for one in self._members)
        return [*self._members, *plans]


def _has_ended(key: secrets.SealedSecret, now: datetime) -> bool:
    ends = key.expires_at_us
    return key.revoked_at_us is not None or (ends is not None and moment(ends) <= now)


def _is_open(request: PrivacyRequest) -> bool:
    return state_of(request) in OPEN
