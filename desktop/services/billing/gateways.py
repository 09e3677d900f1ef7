"""From a stored connection to the provider's gateway."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from contract.terms import BillingProvider
from desktop.domain.errors import InvalidInput
from desktop.services.billing.gateway import ProviderGateway, UsageGateway
from desktop.services.storage import billing_connections, secrets

if TYPE_CHECKING:
    from desktop.domain.billing.providers import Account
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.billing_connections import StoredProvider
    from desktop.services.storage.vault import Vault

MakeGateway = Callable[[str], ProviderGateway]
"""Takes a key. Raises: InvalidInput (field `key`) for what cannot be one."""


class Gateways:
    """Opens the gateway of a connection. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        makers: Mapping[BillingProvider, MakeGateway],
    ) -> None:
        self._vault = vault
        self._store = store
        self._makers = makers

    @contextmanager
    def with_key(self, provider: BillingProvider, key: str) -> Iterator[ProviderGateway]:
        """A gateway for a key that is not stored yet."""
        gateway = self._makers[provider](key)
        try:
            yield gateway
        finally:
            gateway.close()

    @contextmanager
    def opened(self, account: "Account") -> Iterator[ProviderGateway]:
        """The gateway of a connection. Raises: InvalidInput when there is none, VaultError."""
        stored = self.stored(account)
        with self._vault.reading() as db:
            sealed = secrets.find(db, stored.secret_id)
        if sealed is None:
            raise InvalidInput(
                "The key of this payment provider was deleted. Nothing was asked. Connect again.",
                field="key",
            )
        with self.with_key(account.provider, self._store.reveal(sealed)) as gateway:
            yield gateway

    @contextmanager
    def counting(self, account: "Account") -> Iterator[UsageGateway]:
        """The same for a provider that counts usage itself. Raises: InvalidInput for others."""
        with self.opened(account) as gateway:
            if not isinstance(gateway, UsageGateway):
                raise InvalidInput(
                    "This payment provider takes no usage. Nothing was sent. Bill the invoice "
                    "preview there instead.",
                    field="provider",
                )
            yield gateway

    def stored(self, account: "Account") -> "StoredProvider":
        """Raises: InvalidInput when the workspace is not connected there."""
        with self._vault.reading() as db:
            stored = billing_connections.find(db, account)
        if stored is None:
            raise InvalidInput(
                "This workspace is not connected to that payment provider. Nothing was asked. "
                "Connect it on the Billing page.",
                field="provider",
            )
        return stored
