"""The ledger of reports, from the desktop's side: the service has it, the vault has a copy."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from contract.messages.billing import (
    Claim,
    ClaimResult,
    ClaimsAnswer,
    ClaimsPage,
    ClaimsRequest,
    ClaimState,
    ClaimWanted,
    Outcome,
    OutcomesAnswer,
    OutcomesRequest,
    ProviderMode,
)
from desktop.services.storage import billing_reports
from desktop.services.storage.billing_reports import StoredClaim
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from desktop.domain.billing.providers import Account
    from desktop.domain.ids import ApplicationId
    from desktop.services.link import ServiceLink
    from desktop.services.storage.vault import Vault

MOST: Final = 100
"""Claims of one request."""
LEASE_S: Final = 300


@dataclass(frozen=True, slots=True)
class Books:
    """Whose ledger: one application at one account of a provider."""

    account: "Account"
    account_id: str
    application_id: "ApplicationId"


class ClaimLedger:
    """Claims usage at the service and keeps the vault's copy. Any thread.

    Raises, from every call but `known`: ServiceUnreachable, ServiceRefused, InvalidInput (there is
    no service), VaultError.
    """

    def __init__(self, vault: "Vault", link: "ServiceLink") -> None:
        self._vault = vault
        self._link = link

    def refresh(self, application_id: "ApplicationId") -> None:
        """Take over what changed at the service since the last time."""
        with self._vault.reading() as db:
            after = billing_reports.followed(db, application_id)
        has_more = True
        with self._link.service() as client:
            while has_more:
                page = client.ask(
                    "GET", f"{_path(application_id)}/claims", ClaimsPage, query=_after(after)
                )
                after, has_more = page.next_change, page.has_more
                with self._vault.transaction() as db:
                    billing_reports.put_claims(db, map(stored_claim, page.rows))
                    billing_reports.put_followed(db, application_id, after)

    def known(self, books: Books, windows: tuple[str, str]) -> tuple[StoredClaim, ...]:
        """Claims in the vault whose window lies from the first on and before the second."""
        with self._vault.reading() as db:
            return billing_reports.claims_of(
                db, books.account, books.account_id, books.application_id, windows
            )

    def claim(
        self, books: Books, holder: str, wanted: Sequence[ClaimWanted]
    ) -> tuple[ClaimResult, ...]:
        """One answer for each wish, in order; up to `MOST`."""
        request = ClaimsRequest(
            provider=books.account.provider,
            mode=ProviderMode(books.account.mode.value),
            account_id=books.account_id,
            holder=holder,
            lease_s=LEASE_S,
            rows=tuple(wanted),
        )
        with self._link.service() as client:
            path = f"{_path(books.application_id)}/claims"
            answer = client.ask("POST", path, ClaimsAnswer, body=request).rows
        self._keep(result.claim for result in answer if result.claim is not None)
        return answer

    def tell(
        self, application_id: "ApplicationId", holder: str, outcomes: Iterable[Outcome]
    ) -> dict[str, Claim]:
        """Tell what became of claims; how they stand now, by id."""
        rows = iter(outcomes)
        told: dict[str, Claim] = {}
        while batch := tuple(itertools.islice(rows, MOST)):
            request = OutcomesRequest(holder=holder, rows=batch)
            with self._link.service() as client:
                path = f"{_path(application_id)}/outcomes"
                answer = client.ask("POST", path, OutcomesAnswer, body=request).rows
            self._keep(answer)
            told |= {claim.claim_id: claim for claim in answer}
        return told

    def _keep(self, claims: Iterable[Claim]) -> None:
        with self._vault.transaction() as db:
            billing_reports.put_claims(db, map(stored_claim, claims))


def _path(application_id: str) -> str:
    return f"/v1/applications/{quote(application_id, safe='')}/billing"


def _after(change: int) -> dict[str, str]:
    return {"after": str(change), "limit": "500"}


def stored_claim(claim: Claim) -> StoredClaim:
    """A claim of the service as the vault keeps it."""
    return StoredClaim(
        claim_id=claim.claim_id,
        application_id=claim.application_id,
        provider=claim.provider.value,
        mode=claim.mode.value,
        account_id=claim.account_id,
        customer_id=claim.customer_id,
        meter=claim.meter,
        window=claim.window,
        part=claim.part,
        payer=claim.payer,
        event_name=claim.event_name,
        slot=claim.slot,
        units=int(Decimal(claim.units).scaleb(6)),
        state=claim.state.value,
        sending_since_us=microseconds(datetime.fromisoformat(claim.sending_since)),
        reason=claim.reason,
        request_id=claim.request_id,
        change=claim.change,
    )


def age_when_granted(claim: Claim) -> timedelta:
    """For how long it may have been under way when it was granted; told by one clock alone."""
    granted = datetime.fromisoformat(claim.leased_until) - timedelta(seconds=LEASE_S)
    return granted - datetime.fromisoformat(claim.sending_since)


def outcome(claim_id: str, state: ClaimState, reason: str = "", request_id: str = "") -> Outcome:
    """What became of a claim, with texts as long as the ledger keeps them."""
    return Outcome(claim_id=claim_id, state=state, reason=reason[:500], request_id=request_id[:500])
