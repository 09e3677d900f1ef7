"""Connecting a payment provider: the key goes into the vault, and its permissions are looked at."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from contract.terms import BillingProvider
from desktop.domain.billing.providers import Account, ProviderConnection
from desktop.domain.keys import KeyDetails
from desktop.services.billing.gateway import Introduction
from desktop.services.calls import callable_from_window
from desktop.services.storage import billing_connections, billing_links, billing_mirror, secrets
from desktop.services.storage.billing_connections import StoredProvider

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.billing.gateways import Gateways
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

NAMES: Final = {BillingProvider.STRIPE: "Stripe", BillingProvider.PADDLE: "Paddle"}


class BillingConnectionService:
    """Which payment providers this workspace works with."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        gateways: "Gateways",
        clock: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        """`changed` is told after everything that the window should read again."""
        self._vault = vault
        self._store = store
        self._gateways = gateways
        self._clock = clock
        self._changed = changed

    @callable_from_window
    def connections(self) -> tuple[ProviderConnection, ...]:
        """Every connection, live ones first. Needs no network. Raises: VaultError."""
        with self._vault.reading() as db:
            return tuple(_shown(db, stored) for stored in billing_connections.every(db))

    @callable_from_window
    def connect(self, provider: BillingProvider, key: str) -> ProviderConnection:
        """Look whose key it is and what it may not do, then keep it.

        A key of another account replaces the one before, with its mirror, mapping and publications:
        they are of that account. Raises: InvalidInput (field `key`), ProviderProblem, VaultError.
        """
        key = key.strip()
        with self._gateways.with_key(provider, key) as gateway:
            told, missing = gateway.introduce(), gateway.missing_permissions()
        account = Account(provider, told.mode)
        with self._vault.transaction() as db:
            before = billing_connections.find(db, account)
            _forget_other(db, before, told)
            added = self._store.add_api_key(db, _details(account, told), key)
            stored = StoredProvider(
                account,
                told.account_id,
                told.account_name,
                added.secret_id,
                told.is_restricted,
                missing,
                self._clock(),
            )
            billing_connections.put(db, stored)
            shown = _shown(db, stored)
        self._changed()
        return shown

    @callable_from_window
    def check(self, account: Account) -> ProviderConnection:
        """Look again what the key may not do. Raises: ProviderProblem, InvalidInput, VaultError."""
        stored = self._gateways.stored(account)
        with self._gateways.opened(account) as gateway:
            missing = gateway.missing_permissions()
        with self._vault.transaction() as db:
            checked = StoredProvider(
                account,
                stored.account_id,
                stored.account_name,
                stored.secret_id,
                stored.is_restricted,
                missing,
                stored.connected_at,
            )
            billing_connections.put(db, checked)
            shown = _shown(db, checked)
        self._changed()
        return shown

    @callable_from_window
    def disconnect(self, account: Account) -> None:
        """Drop the key and what was read; mapping, publications and reports stay.

        Nothing is changed at the provider. Raises: InvalidInput, VaultError.
        """
        stored = self._gateways.stored(account)
        with self._vault.transaction() as db:
            secrets.remove(db, stored.secret_id)
            billing_connections.remove(db, account)
            billing_mirror.forget(db, account)
        self._changed()


def _forget_other(db: "Connection", before: StoredProvider | None, told: Introduction) -> None:
    """Drop the key of before, and what belongs to another account than the new key's."""
    if before is None:
        return
    secrets.remove(db, before.secret_id)
    if before.account_id != told.account_id:
        billing_mirror.forget(db, before.account)
        billing_links.forget(db, before.account)
        billing_connections.forget_publications(db, before.account)


def _details(account: Account, told: Introduction) -> KeyDetails:
    name = f"{NAMES[account.provider]} ({account.mode.value})"
    scope = "Restricted" if told.is_restricted else "Everything"
    return KeyDetails(name, note="Used on the Billing page", scope=scope)


def _shown(db: "Connection", stored: StoredProvider) -> ProviderConnection:
    sealed = secrets.find(db, stored.secret_id)
    return ProviderConnection(
        stored.account,
        stored.account_id,
        stored.account_name,
        "" if sealed is None else sealed.hint,
        stored.is_restricted,
        stored.connected_at,
        stored.missing,
    )
