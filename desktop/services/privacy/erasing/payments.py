"""Payment providers as processors: who pays there is forgotten as far as they do that."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from contract.terms import BillingProvider
from desktop.domain.billing.providers import Account
from desktop.domain.errors import AppError, Cancelled, ProviderProblem
from desktop.domain.privacy.erasure import Place, ProcessorResult, ProcessorState
from desktop.services.billing.gateway import PeopleGateway
from desktop.services.privacy.erasing.processors import Corrected, ProcessorSubject
from desktop.services.storage import billing_connections, billing_links

if TYPE_CHECKING:
    from desktop.services.billing.gateways import Gateways
    from desktop.services.storage.vault import Vault

PLACES: Final = {
    Place.STRIPE: BillingProvider.STRIPE,
    Place.PADDLE: BillingProvider.PADDLE,
}
NAMES: Final = {Place.STRIPE: "Stripe", Place.PADDLE: "Paddle"}
BOOKS: Final = "as long as tax law wants books to be kept"
NOBODY: Final = "None of these customers is linked to one there."
LONGEST_PAUSE_S: Final = 30 * 86_400.0
"""A month: nobody who means it asks for more, and a calendar ends somewhere."""
FIELDS: Final = frozenset({"name", "email"})
"""What a payment provider keeps of a customer that can be corrected from here."""


class PaymentProcessor:
    """One provider, in every mode in which this workspace is connected to it."""

    def __init__(
        self, place: Place, vault: "Vault", gateways: "Gateways", clock: Callable[[], datetime]
    ) -> None:
        self.place = place
        self._vault = vault
        self._gateways = gateways
        self._clock = clock

    def preview(self, subject: ProcessorSubject) -> ProcessorResult:
        try:
            payers = list(self._payers(subject))
        except AppError as error:
            return self._away(error)
        if not payers:
            return ProcessorResult(self.place, ProcessorState.DONE, NOBODY)
        return self._kept(len(payers))

    def erase(self, subject: ProcessorSubject, _key: str) -> ProcessorResult:
        """Deleting and archiving twice is the same as once, so that no key is needed."""
        done = 0
        try:
            for account, payer in self._payers(subject):
                with self._gateways.opened(account) as gateway:
                    if isinstance(gateway, PeopleGateway):
                        gateway.forget_payer(payer)
                        done += 1
        except Cancelled:
            raise
        except AppError as error:
            return self._away(error)
        return (
            self._kept(done) if done else ProcessorResult(self.place, ProcessorState.DONE, NOBODY)
        )

    def correct(
        self, subject: ProcessorSubject, corrected: Corrected, _key: str
    ) -> ProcessorResult:
        if corrected.field not in FIELDS:
            detail = "It keeps nothing of this kind."
            return ProcessorResult(self.place, ProcessorState.DONE, detail)
        done = 0
        try:
            for account, payer in self._payers(subject):
                with self._gateways.opened(account) as gateway:
                    if isinstance(gateway, PeopleGateway):
                        gateway.correct_payer(payer, corrected.field, corrected.value)
                        done += 1
        except Cancelled:
            raise
        except AppError as error:
            return self._away(error)
        detail = f"{done} corrected." if done else NOBODY
        return ProcessorResult(self.place, ProcessorState.DONE, detail)

    def is_connected(self) -> bool:
        """Raises: VaultError."""
        return bool(self._accounts())

    def _accounts(self) -> list[Account]:
        with self._vault.reading() as db:
            stored = billing_connections.every(db)
        return [one.account for one in stored if one.account.provider is PLACES[self.place]]

    def _payers(self, subject: ProcessorSubject) -> Iterator[tuple[Account, str]]:
        accounts = self._accounts()
        with self._vault.reading() as db:
            found = [
                (account, payer)
                for account in accounts
                for customer in subject.customers
                for payer in billing_links.payers(
                    db, account, customer.application_id, customer.customer_id
                )
            ]
        yield from dict.fromkeys(found)

    def _kept(self, payers: int) -> ProcessorResult:
        """Neither forgets its invoices: they are its own books too."""
        what = "deleted" if self.place is Place.STRIPE else "archived; it is never deleted there"
        detail = f"{payers} customers {what}. {NAMES[self.place]} keeps invoices and tax records."
        return ProcessorResult(self.place, ProcessorState.KEPT, detail, BOOKS)

    def _away(self, error: AppError) -> ProcessorResult:
        pause_s = error.retry_after_s if isinstance(error, ProviderProblem) else 0.0
        if not pause_s:
            return ProcessorResult(self.place, ProcessorState.UNREACHABLE, str(error))
        at = self._clock().astimezone(UTC) + timedelta(seconds=min(pause_s, LONGEST_PAUSE_S))
        detail = f"{error} It is left alone until {at:%Y-%m-%d %H:%M:%S} UTC, as it asked."
        return ProcessorResult(
            self.place, ProcessorState.UNREACHABLE, detail, not_before=at.isoformat()
        )


def connected_payments(
    vault: "Vault", gateways: "Gateways", clock: Callable[[], datetime]
) -> "tuple[PaymentProcessor, ...]":
    """The payment providers to which the workspace is connected. Raises: VaultError."""
    found = (PaymentProcessor(place, vault, gateways, clock) for place in PLACES)
    return tuple(one for one in found if one.is_connected())
