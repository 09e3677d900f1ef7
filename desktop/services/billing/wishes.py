"""What a report would send: settled usage less what the ledger has, and what cannot be sent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from contract.messages.billing import ClaimState, ClaimWanted
from desktop.domain import calendar
from desktop.domain.billing.reports import LineState, ReportLine
from desktop.domain.ids import CustomerId, RuleId
from desktop.domain.money import decimal_text

if TYPE_CHECKING:
    from desktop.domain.billing.mapping import CustomerLink
    from desktop.domain.billing.publication import Publication
    from desktop.services.billing.settled import SettledDay
    from desktop.services.storage.billing_reports import StoredClaim

OLDEST: Final = timedelta(days=35)
"""Source: Stripe's documentation of meter events."""
MARGIN: Final = timedelta(hours=1)
"""Clocks differ, and sending takes a while."""
COUNTED: Final = frozenset({ClaimState.SENT, ClaimState.ACCEPTED, ClaimState.CANCELLING})
PENDING: Final = frozenset({ClaimState.OPEN, ClaimState.CANCELLING})
NOBODY: Final = "Nobody pays for this caller: map it to a customer of the provider."
FROZEN: Final = (
    "Somebody reported that this caller is a child: nothing is reported until that is decided."
)
LAST_SLOT: Final = 23 * 60 - 1
"""A day that loses an hour has so many minutes; each report of a payer has one of its own."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One window of one caller and rule: all of its usage, and what the ledger has of it."""

    customer_id: CustomerId
    publication: "Publication"
    day: date
    micro: int
    basis: int
    reported: int
    is_pending: bool
    """A claim of it is open: it is taken up whatever was used since."""
    payer: str
    """Empty where nobody pays for the caller."""

    @property
    def units(self) -> Decimal:
        """What is left to be reported; below zero takes away."""
        return Decimal(self.micro - self.reported).scaleb(-6)

    def wanted(self) -> ClaimWanted:
        """The wish as the service takes it."""
        return ClaimWanted(
            customer_id=self.customer_id,
            meter=self.publication.rule_id,
            window=self.day.isoformat(),
            payer=self.payer,
            event_name=self.publication.event_name,
            total=decimal_text(Decimal(self.micro).scaleb(-6)),
            basis=self.basis,
        )

    def line(self, state: LineState, reason: str = "") -> ReportLine:
        """A line without a claim."""
        return ReportLine(
            claim_id="",
            customer_id=self.customer_id,
            provider_customer_id=self.payer,
            rule_id=self.publication.rule_id,
            meter=self.publication.event_name,
            window=self.day.isoformat(),
            part=1,
            quantity=self.units,
            state=state,
            reason=reason,
        )


def wishes_of(
    day: "SettledDay",
    publications: Mapping[RuleId, "Publication"],
    links: Mapping[CustomerId, "CustomerLink"],
    claims: Iterable["StoredClaim"],
) -> Iterator[Wish]:
    """Every window of a day that has something to report or an open claim, in order."""
    reported: dict[tuple[CustomerId, RuleId], int] = defaultdict(int)
    pending: dict[tuple[CustomerId, RuleId], str] = {}
    for claim in claims:
        key = (CustomerId(claim.customer_id), RuleId(claim.meter))
        if claim.state in COUNTED:
            reported[key] += claim.units
        if claim.state in PENDING:
            pending[key] = claim.payer
    for customer_id, rule_id in sorted({*day.used, *reported, *pending}):
        key = (customer_id, rule_id)
        micro = day.used.get(key, 0)
        publication = publications.get(rule_id)
        if publication is not None and (micro != reported[key] or key in pending):
            yield Wish(
                customer_id,
                publication,
                day.day,
                micro,
                day.basis.get(customer_id, 0),
                reported[key],
                key in pending,
                pending.get(key) or _payer(links.get(customer_id)),
            )


def _payer(link: "CustomerLink | None") -> str:
    return "" if link is None else link.provider_customer_id


def refusal(wish: Wish, zone: tzinfo, now: datetime) -> str:
    """Why a wish cannot be sent at all, in words with the amount; empty when it can."""
    if not wish.payer:
        return NOBODY
    if wish.is_pending:
        return ""
    if is_too_old(moment_of(wish.day, 0, zone), now):
        return too_old(wish.units)
    return fraction_refusal(wish.units, wish.publication.fraction_digits)


def too_old(units: Decimal) -> str:
    """The refusal of a window that the provider no longer takes."""
    return (
        f"{decimal_text(units)} units of this day are not reported and it is more than 35 days "
        "ago, so the provider no longer counts them. Bill them as an invoice item."
    )


def is_too_old(at: datetime, now: datetime) -> bool:
    return now - at > OLDEST - MARGIN


def fraction_refusal(units: Decimal, digits: int) -> str:
    """Why an amount cannot be told in whole numbers of the meter; empty when it can."""
    if not (units.scaleb(digits)) % 1:
        return ""
    return (
        f"{decimal_text(units)} units have more decimals than the {digits} that this price counts. "
        "Publish the rule with more digits of a unit; nothing is rounded."
    )


def moment_of(day: date, slot: int, zone: tzinfo) -> datetime:
    """When a report is said to have been used: a minute of its own at the end of the day."""
    end = calendar.instant(day + timedelta(days=1), zone)
    return datetime.fromtimestamp(end - 60 * (slot + 1), zone)
