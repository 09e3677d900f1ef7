"""The ledger of reports beside what the provider has counted."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from contract.messages.billing import ClaimState
from desktop.domain import calendar
from desktop.domain.billing.mirror import ObjectKind
from desktop.domain.billing.reports import DifferenceReport, UsageDifference
from desktop.domain.usage import DateRange
from desktop.services.billing.claims import outcome
from desktop.services.billing.sending import Meters
from desktop.services.storage import applications, billing_connections, billing_mirror

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.billing.claims import Books, ClaimLedger
    from desktop.services.billing.gateway import UsageGateway
    from desktop.services.calls import Report
    from desktop.services.storage.billing_reports import StoredClaim
    from desktop.services.storage.vault import Vault

REPORTED: Final = frozenset({ClaimState.SENT, ClaimState.ACCEPTED, ClaimState.CANCELLING})


def meters_of(db: "Connection", books: "Books") -> Meters:
    """Meters by event name: those that were published, and older ones that the mirror has."""
    published = billing_connections.publications(db, books.account, books.application_id)
    mirrored = billing_mirror.every(db, books.account, ObjectKind.METER)
    ids = {str(one.body.get("event_name", "")): one.object_id for one in mirrored}
    ids |= {one.event_name: one.meter_id for one in published if one.meter_id}
    return Meters(ids, {name: _digits(name) for name in ids})


class Comparing:
    """Compares payer by payer and meter by meter; a day at a time only where they differ."""

    def __init__(
        self,
        vault: "Vault",
        ledger: "ClaimLedger",
        books: "Books",
        gateway: "UsageGateway",
        clock: Callable[[], datetime],
    ) -> None:
        self._ledger = ledger
        self._books = books
        self._gateway = gateway
        self._clock = clock
        with vault.reading() as db:
            self._meters = meters_of(db, books)
            self._zone = applications.zones(db)(books.application_id)
            customers = billing_mirror.every(db, books.account, ObjectKind.CUSTOMER)
        self._payers = {one.object_id: one.name for one in customers}

    def compare(self, report: "Report", period: DateRange) -> DifferenceReport:
        """Where the two differ; claims of what agrees are accepted from now on."""
        windows = (period.start.isoformat(), period.end.isoformat())
        groups: dict[tuple[str, str], list[StoredClaim]] = defaultdict(list)
        for claim in self._ledger.known(self._books, windows):
            if claim.state in REPORTED:
                groups[claim.payer, claim.event_name].append(claim)
        found: list[UsageDifference] = []
        compared = 0
        for done, ((payer, name), claims) in enumerate(sorted(groups.items())):
            report(done, len(groups))
            compared += len({claim.window for claim in claims})
            if self._counted(payer, name, period) == _units(claims):
                self._accept(claims)
            else:
                found += self._by_day(payer, name, claims, period)
        return DifferenceReport(tuple(found), compared, self._clock())

    def _by_day(
        self, payer: str, name: str, claims: Sequence["StoredClaim"], period: DateRange
    ) -> list[UsageDifference]:
        by_day: dict[date, list[StoredClaim]] = defaultdict(list)
        for claim in claims:
            by_day[date.fromisoformat(claim.window)].append(claim)
        found = []
        for day in calendar.days(period):
            here = by_day.get(day, [])
            ledger = _units(here)
            theirs = self._counted(payer, name, DateRange(day, day + timedelta(days=1)))
            if ledger == theirs:
                self._accept(here)
                continue
            words = self._payers.get(payer, "")
            found.append(UsageDifference(payer, words, name, day, ledger, theirs))
        return found

    def _counted(self, payer: str, name: str, period: DateRange) -> Decimal:
        """Units that the provider has counted in local days."""
        start, end = (
            datetime.fromtimestamp(calendar.instant(day, self._zone), self._zone)
            for day in (period.start, period.end)
        )
        meter_id = self._meters.id_of(name)
        found = self._gateway.counted(meter_id, payer, start, end)
        return found.scaleb(-self._meters.digits.get(name, 0))

    def _accept(self, claims: Iterable["StoredClaim"]) -> None:
        sent = [claim for claim in claims if claim.state == ClaimState.SENT]
        told = [outcome(one.claim_id, ClaimState.ACCEPTED, "", one.request_id) for one in sent]
        self._ledger.tell(self._books.application_id, "comparison", told)


def _units(claims: Iterable["StoredClaim"]) -> Decimal:
    return Decimal(sum(claim.units for claim in claims)).scaleb(-6)


def _digits(event_name: str) -> int:
    """Digits of a unit that a name of ours says are counted; see `stripe/publishing.py`."""
    digits = event_name.rpartition("_e")[2]
    return int(digits) if digits.isdecimal() else 0
