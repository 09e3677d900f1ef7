"""Sends what was claimed, and finds out what became of what may have been sent before.

A claim is sent under its id, by which the provider knows a repetition for 24 hours. Once it has
been under way for longer it is never just sent again: the provider's sum for the claim's own minute
says whether it was counted; where that does not tell, the owner decides.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from contract.messages.billing import Claim, ClaimState, Outcome
from desktop.domain.errors import ProviderRefused
from desktop.domain.money import decimal_text
from desktop.services.billing.claims import LEASE_S, age_when_granted, outcome
from desktop.services.billing.gateway import MeterEvent, UsageGateway
from desktop.services.billing.wishes import (
    LAST_SLOT,
    fraction_refusal,
    is_too_old,
    moment_of,
    too_old,
)

if TYPE_CHECKING:
    from desktop.services.billing.claims import Books, ClaimLedger

KNOWN_FOR: Final = timedelta(hours=23)
"""How long a repetition is surely known; an hour less than the provider says."""
SEND_WITHIN: Final = timedelta(seconds=LEASE_S / 2)
"""A batch that takes longer is claimed anew before it goes on."""
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Meters:
    """What the provider calls the meters, by the names usage is reported under."""

    ids: dict[str, str]
    digits: dict[str, int]

    def id_of(self, event_name: str) -> str:
        """Raises: ProviderRefused for a meter that neither the mirror nor a publication knows."""
        if event_name not in self.ids:
            raise ProviderRefused(
                f"The meter {event_name} is not in the vault, so what was counted cannot be looked "
                "up. Nothing was sent. Read the provider again."
            )
        return self.ids[event_name]


class Sender:
    """Sends the claims of one run."""

    def __init__(
        self,
        ledger: "ClaimLedger",
        books: "Books",
        gateway: UsageGateway,
        meters: Meters,
        place: tuple[str, tzinfo, Callable[[], datetime]],
    ) -> None:
        """`place` is who holds the claims, the application's time zone, and the clock."""
        self._ledger = ledger
        self._books = books
        self._gateway = gateway
        self._meters = meters
        self._holder, self._zone, self._clock = place

    def send(self, claims: Sequence[Claim], granted_at: datetime) -> None:
        """Send claims that were granted just now, and tell the ledger what became of them.

        Args:
            claims: of this run, with their leases running.
            granted_at: the clock before they were asked for.

        What is not told, because something failed, stays open and is taken up by the next run.
        """
        ready = {claim.claim_id: claim for claim in claims if self._is_ready(claim)}
        if not ready or abs(self._clock() - granted_at) > SEND_WITHIN:
            return  # the lease may be over soon: the next run goes on
        outcomes: list[Outcome] = []
        try:
            for told in self._gateway.hand_over([self._event(one) for one in ready.values()]):
                if told.is_taken or self._is_first(ready[told.claim_id]):
                    state = ClaimState.SENT if told.is_taken else ClaimState.REFUSED
                    outcomes.append(outcome(told.claim_id, state, told.reason, told.request_id))
        finally:
            self._tell(outcomes)

    @staticmethod
    def _is_first(claim: Claim) -> bool:
        """Whether nobody can have sent it before; else a refusal does not say that it is not there.

        Such a claim stays open until the provider's sums are sure to tell.
        """
        return not age_when_granted(claim)

    def _is_ready(self, claim: Claim) -> bool:
        """Whether a claim may be sent now; others are settled here."""
        if claim.state is ClaimState.CANCELLING:
            self.cancel(claim)
            return False
        if age_when_granted(claim) >= KNOWN_FOR:
            return self._looked_up(claim)
        if is_too_old(self.moment(claim), self._clock()):
            return False  # a later run looks it up, when the provider's sums are sure to tell
        reason = self._cannot(claim)
        if reason:
            self._tell([outcome(claim.claim_id, ClaimState.REFUSED, reason)])
        return not reason

    def _looked_up(self, claim: Claim) -> bool:
        """Ask the provider what it has counted; whether the claim is to be sent after all."""
        counted = self.counted(claim)
        if counted == Decimal(claim.units):
            self._tell([outcome(claim.claim_id, ClaimState.ACCEPTED)])
            return False
        if counted:
            words = (
                f"The provider has counted {decimal_text(counted)} units in this report's minute."
            )
            self._tell([outcome(claim.claim_id, ClaimState.UNCERTAIN, words)])
            return False
        if is_too_old(self.moment(claim), self._clock()):
            words = too_old(Decimal(claim.units))
            self._tell([outcome(claim.claim_id, ClaimState.REFUSED, words)])
            return False
        told = self._tell([outcome(claim.claim_id, ClaimState.OPEN)])
        current = told.get(claim.claim_id)
        return current is not None and current.holder == self._holder

    def cancel(self, claim: Claim) -> None:
        """Take a report back at the provider. Raises: ProviderRefused, when it still counts."""
        try:
            request_id = self._gateway.take_back(claim.event_name, claim.claim_id)
        except ProviderRefused as error:
            counted = self.counted(claim)
            state = ClaimState.CANCELLED if not counted else ClaimState.ACCEPTED
            self._tell([outcome(claim.claim_id, state, str(error))])
            if counted:
                raise
            return
        self._tell([outcome(claim.claim_id, ClaimState.CANCELLED, "", request_id)])

    def counted(self, claim: Claim) -> Decimal:
        """Units that the provider has counted in the claim's own minute."""
        at = self.moment(claim)
        meter_id = self._meters.id_of(claim.event_name)
        found = self._gateway.counted(meter_id, claim.payer, at, at + MINUTE)
        return found.scaleb(-self._digits(claim))

    def moment(self, claim: Claim) -> datetime:
        """The claim's minute, in the application's time zone."""
        return moment_of(date.fromisoformat(claim.window), claim.slot, self._zone)

    def _cannot(self, claim: Claim) -> str:
        if claim.slot > LAST_SLOT:
            return "This payer has more reports of this day than a day has minutes."
        return fraction_refusal(Decimal(claim.units), self._digits(claim))

    def _digits(self, claim: Claim) -> int:
        return self._meters.digits.get(claim.event_name, 0)

    def _event(self, claim: Claim) -> MeterEvent:
        value = int(Decimal(claim.units).scaleb(self._digits(claim)))
        return MeterEvent(claim.claim_id, claim.event_name, claim.payer, value, self.moment(claim))

    def _tell(self, outcomes: Sequence[Outcome]) -> dict[str, Claim]:
        if not outcomes:
            return {}
        return self._ledger.tell(self._books.application_id, self._holder, outcomes)
