"""Who may report which usage to a payment provider: the rules of the ledger.

The fate of a claim is open until a desktop tells it. While it is, nobody gets another one for the
same window; when its lease ends, the same claim goes to the next desktop that asks, with the same
id: the provider knows a repetition by it.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from contract.messages.billing import (
    ClaimOutcome,
    ClaimsRequest,
    ClaimState,
    ClaimWanted,
    OutcomesRequest,
)
from contract.messages.billing import Outcome as Told
from hosted.admin.quantities import micro_of
from hosted.clock import SECOND_US
from hosted.storage.access_records import AuditRecord
from hosted.storage.base import Transaction
from hosted.storage.billing_records import BillingClaim, ClaimKey

REPORTED: Final = frozenset({ClaimState.SENT, ClaimState.ACCEPTED, ClaimState.CANCELLING})
"""Counted, as far as anybody knows."""
PENDING: Final = frozenset({ClaimState.OPEN, ClaimState.UNCERTAIN, ClaimState.CANCELLING})
"""Nothing else may be claimed of the window before this is known."""
LEASED: Final = frozenset({ClaimState.OPEN, ClaimState.CANCELLING})

BY_ANYBODY: Final = frozenset(
    {
        (ClaimState.OPEN, ClaimState.SENT),
        (ClaimState.OPEN, ClaimState.ACCEPTED),
        (ClaimState.SENT, ClaimState.ACCEPTED),
        (ClaimState.SENT, ClaimState.UNCERTAIN),
        (ClaimState.SENT, ClaimState.CANCELLING),
        (ClaimState.ACCEPTED, ClaimState.CANCELLING),
        (ClaimState.UNCERTAIN, ClaimState.ACCEPTED),
        (ClaimState.UNCERTAIN, ClaimState.REFUSED),
    }
)
"""Facts, which hold whoever tells them, and decisions of the owner."""
BY_HOLDER: Final = frozenset(
    {
        (ClaimState.OPEN, ClaimState.OPEN),
        (ClaimState.OPEN, ClaimState.REFUSED),
        (ClaimState.OPEN, ClaimState.UNCERTAIN),
        (ClaimState.CANCELLING, ClaimState.CANCELLED),
        (ClaimState.CANCELLING, ClaimState.ACCEPTED),
        (ClaimState.CANCELLING, ClaimState.UNCERTAIN),
    }
)
"""Only who holds the claim knows that nobody else is sending it."""


@dataclass(frozen=True, slots=True)
class Granted:
    """The answer to one wish."""

    outcome: ClaimOutcome
    claim: BillingClaim | None = None


@dataclass(frozen=True, slots=True)
class ClaimWindows:
    """Grants what may be reported; the whole request or nothing of it is stored."""

    application_id: str
    request: ClaimsRequest
    actor: str
    now_us: int

    def apply(self, transaction: Transaction) -> list[Granted]:
        """One answer for each wish, in order."""
        answers = [self._granted(transaction, wanted) for wanted in self.request.rows]
        granted = sum(answer.outcome is ClaimOutcome.GRANTED for answer in answers)
        if granted:
            transaction.append_audit(self._logged(granted))
        return answers

    def _granted(self, transaction: Transaction, wanted: ClaimWanted) -> Granted:
        if transaction.is_frozen(wanted.customer_id):
            return Granted(ClaimOutcome.FROZEN)
        key = self._key(wanted)
        known = transaction.claims_of_window(key)
        pending = next((claim for claim in known if claim.state in PENDING), None)
        if pending is not None:
            return self._taken_over(transaction, pending)
        reported = [claim for claim in known if claim.state in REPORTED]
        units = micro_of(wanted.total) - sum(claim.units for claim in reported)
        if units == 0:
            return Granted(ClaimOutcome.NOTHING)
        if any(claim.basis > wanted.basis for claim in reported):
            return Granted(ClaimOutcome.STALE)
        if elsewhere := _elsewhere(reported, wanted):
            return Granted(ClaimOutcome.MOVED, elsewhere)
        claim = self._new(transaction, key, wanted, len(known) + 1, units)
        transaction.put_claim(claim)
        return Granted(ClaimOutcome.GRANTED, claim)

    def _taken_over(self, transaction: Transaction, pending: BillingClaim) -> Granted:
        """The same claim for its holder, and for anybody once its lease has ended."""
        is_free = pending.leased_until_us <= self.now_us or pending.holder == self.request.holder
        if pending.state not in LEASED or not is_free:
            return Granted(ClaimOutcome.HELD, pending)
        claim = replace(
            pending,
            holder=self.request.holder,
            leased_until_us=self._lease_end(),
            change=transaction.next_claim_change(),
        )
        transaction.put_claim(claim)
        return Granted(ClaimOutcome.GRANTED, claim)

    def _new(
        self,
        transaction: Transaction,
        key: ClaimKey,
        wanted: ClaimWanted,
        part: int,
        units: int,
    ) -> BillingClaim:
        return BillingClaim(
            claim_id=f"clm_{uuid.uuid4().hex}",
            application_id=key.application_id,
            provider=key.provider,
            mode=key.mode,
            account_id=key.account_id,
            customer_id=key.customer_id,
            meter=key.meter,
            window=key.window,
            part=part,
            payer=wanted.payer,
            event_name=wanted.event_name,
            slot=transaction.next_claim_slot(key, wanted.payer, wanted.event_name),
            units=units,
            basis=wanted.basis,
            state=ClaimState.OPEN,
            holder=self.request.holder,
            leased_until_us=self._lease_end(),
            sending_since_us=self.now_us,
            reason="",
            request_id="",
            change=transaction.next_claim_change(),
        )

    def _key(self, wanted: ClaimWanted) -> ClaimKey:
        asked = self.request
        return ClaimKey(
            self.application_id,
            asked.provider.value,
            asked.mode.value,
            asked.account_id,
            wanted.customer_id,
            wanted.meter,
            wanted.window,
        )

    def _lease_end(self) -> int:
        return self.now_us + self.request.lease_s * SECOND_US

    def _logged(self, granted: int) -> AuditRecord:
        asked = self.request
        account = f"{asked.provider.value}:{asked.mode.value}:{asked.account_id}"
        after = {"application_id": self.application_id, "claims": granted}
        return AuditRecord(self.now_us, self.actor, "claim", "billing", account, None, after)


def _elsewhere(reported: Sequence[BillingClaim], wanted: ClaimWanted) -> BillingClaim | None:
    """A report of the window that went to somebody else, or under another name."""
    here = (wanted.payer, wanted.event_name)
    return next((claim for claim in reported if (claim.payer, claim.event_name) != here), None)


@dataclass(frozen=True, slots=True)
class RecordOutcomes:
    """Stores what became of claims."""

    application_id: str
    request: OutcomesRequest
    actor: str
    now_us: int

    def apply(self, transaction: Transaction) -> list[BillingClaim]:
        """The claims as they are now; those of other applications are left out."""
        found = []
        for told in self.request.rows:
            claim = transaction.claim(told.claim_id)
            if claim is not None and claim.application_id == self.application_id:
                found.append(self._recorded(transaction, claim, told))
        return found

    def _recorded(self, transaction: Transaction, claim: BillingClaim, told: Told) -> BillingClaim:
        if not self._may(claim, told.state):
            return claim
        changed = replace(
            claim,
            state=told.state,
            reason=told.reason,
            request_id=told.request_id or claim.request_id,
            holder=self.request.holder,
            change=transaction.next_claim_change(),
        )
        if told.state is ClaimState.OPEN:
            changed = replace(changed, sending_since_us=self.now_us)
        transaction.put_claim(changed)
        if claim.state is ClaimState.UNCERTAIN or told.state is ClaimState.CANCELLING:
            transaction.append_audit(self._logged(claim, changed))
        return changed

    def _may(self, claim: BillingClaim, state: ClaimState) -> bool:
        step = (claim.state, state)
        return step in BY_ANYBODY or (step in BY_HOLDER and claim.holder == self.request.holder)

    def _logged(self, before: BillingClaim, after: BillingClaim) -> AuditRecord:
        states = {"state": before.state.value}, {"state": after.state.value}
        return AuditRecord(
            self.now_us, self.actor, "decide", "billing_claim", before.claim_id, *states
        )
