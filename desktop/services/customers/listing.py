"""The list of customers for the window: a page at a time, from the vault alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.domain.customer_list import (
    QUIET_DAYS,
    CustomerPage,
    CustomerQuery,
    CustomerRow,
)
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import CustomerId, PlanId
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import applications, customer_list, customer_pages
from desktop.services.storage.customer_pages import Wanted
from desktop.services.storage.rows import PLANS
from desktop.services.usage_chart import units
from desktop.services.usage_labels import pseudonym

if TYPE_CHECKING:
    from datetime import date
    from sqlite3 import Connection

    from desktop.domain.usage import Stamp
    from desktop.services.storage.customer_list import Line
    from desktop.services.storage.vault import Vault

MAX_SEARCH: Final = 200


class CustomerListService:
    """Needs the open vault. Any thread."""

    def __init__(
        self, vault: "Vault", stamp: "Callable[[], Stamp]", clock: Callable[[], datetime]
    ) -> None:
        """`stamp` says how current the vault is."""
        self._vault = vault
        self._stamp = stamp
        self._clock = clock

    @callable_from_window
    def page(self, report: Report, query: CustomerQuery, cursor: str | None) -> CustomerPage:
        """A hundred customers and where the next ones begin.

        The first page after many changes brings the list up to date before, and reports how many
        batches that took; a cancel keeps what was done.

        Raises: InvalidInput (field `search`: too long; `cursor`), Cancelled, VaultError.
        """
        if len(query.search) > MAX_SEARCH:
            raise InvalidInput(
                f"A search has at most {MAX_SEARCH} characters. Shorten it.", field="search"
            )
        self.bring_up_to_date(report)
        stamp = self._stamp()
        with self._vault.reading() as db:
            zone = applications.zones(db)(query.application_id)
            today = calendar.today(self._clock(), zone)
            try:
                found = customer_pages.page(db, _wanted(query, today), cursor)
            except ValueError as error:
                raise InvalidInput(
                    "This is no place in the list. Load it anew.", field="cursor"
                ) from error
            rows = _rows(db, query, found.lines, today)
        return CustomerPage(rows, found.next_cursor, found.size, stamp)

    def bring_up_to_date(self, report: Report) -> None:
        """Take in what was noted since. Raises: Cancelled, VaultError."""
        today = self._clock().astimezone(UTC).date()
        with self._vault.reading() as db:
            is_of_today = customer_list.is_of_today(db, today)
            is_behind = customer_list.has_notes(db)
        if not is_of_today:
            with self._vault.transaction() as db:
                customer_list.note_new_day(db, today)
            is_behind = True
        done = 0
        while is_behind:
            report(done)
            with self._vault.transaction() as db:
                is_behind = customer_list.fold(db, today)
            done += 1


def _wanted(query: CustomerQuery, today: "date") -> Wanted:
    quiet = today - timedelta(days=QUIET_DAYS)
    return Wanted(
        application_id=query.application_id,
        quiet_since=calendar.day_number(quiet),
        quiet_rank=customer_list.rank_of_day(quiet),
        search=query.search,
        state=query.state,
        plan_id=query.plan_id,
        sort=query.sort,
        descending=query.descending,
    )


def _rows(
    db: "Connection", query: CustomerQuery, lines: "tuple[Line, ...]", today: "date"
) -> tuple[CustomerRow, ...]:
    plans = {plan.plan_id: plan.name for plan in PLANS.of_application(db, query.application_id)}
    month = calendar.month_number(today)
    found = []
    for line in lines:
        last_month, calls = divmod(line.month_rank, customer_list.RANK)
        called = line.last_day != customer_list.NEVER
        found.append(
            CustomerRow(
                customer_id=CustomerId(line.customer_id),
                label=line.name or pseudonym(line.customer_id),
                name=line.name,
                plan=plans.get(PlanId(line.plan_id), ""),
                identities=line.members + 1,
                requests=line.requests,
                units=units(line.units),
                this_month=calls if last_month == month else 0,
                last_day=calendar.day_of_number(line.last_day) if called else None,
            )
        )
    return tuple(found)
