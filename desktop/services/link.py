"""The way from the open vault to the service it reports to: address and token become a client."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from desktop.domain.errors import AnotherService, InvalidInput
from desktop.services.storage import sync_state
from desktop.services.storage.sync_state import StoredConnection

if TYPE_CHECKING:
    from desktop.services.client import ServiceClient
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

MakeClient = Callable[[str, str], "ServiceClient"]
"""Takes address and owner token."""


class _Shared:
    """A client and how many calls use it, so that it is closed under nobody."""

    def __init__(self, client: "ServiceClient") -> None:
        self.client = client
        self.users = 0


class ServiceLink:
    """Keeps one client for the stored connection. Any thread."""

    def __init__(self, vault: "Vault", secrets: "SecretStore", make_client: MakeClient) -> None:
        self._vault = vault
        self._secrets = secrets
        self._make_client = make_client
        self._lock = threading.Lock()
        self._current: _Shared | None = None

    def connection(self) -> StoredConnection | None:
        """Raises: VaultLocked, VaultError."""
        with self._vault.reading() as db:
            return sync_state.connection(db)

    @contextmanager
    def client(self) -> "Iterator[ServiceClient | None]":
        """The client of the stored connection, once its service has named itself; None without one.

        Raises: ServiceUnreachable, ServiceRefused (another service answers there), VaultError.
        """
        shared = self._borrowed()
        try:
            yield None if shared is None else shared.client
        finally:
            if shared is not None:
                self._give_back(shared)

    @contextmanager
    def service(self) -> "Iterator[ServiceClient]":
        """The same for what cannot be done without: raises InvalidInput when there is none."""
        with self.client() as client:
            if client is None:
                raise InvalidInput("There is no service to ask. Nothing was changed. Choose one.")
            yield client

    @contextmanager
    def client_for(self, url: str, owner_token: str) -> "Iterator[ServiceClient]":
        """A client for a connection that is not stored yet."""
        client = self._make_client(url, owner_token)
        try:
            yield client
        finally:
            client.close()

    def forget(self) -> None:
        """Drop the client: the connection changed, or the service went away and may be another."""
        with self._lock:
            shared, self._current = self._current, None
            if shared is not None and shared.users == 0:
                shared.client.close()

    def _borrowed(self) -> _Shared | None:
        with self._lock:
            if self._current is None:
                client = self._checked_client()
                self._current = None if client is None else _Shared(client)
            if self._current is not None:
                self._current.users += 1
            return self._current

    def _give_back(self, shared: _Shared) -> None:
        with self._lock:
            shared.users -= 1
            if shared.users == 0 and shared is not self._current:
                shared.client.close()

    def _checked_client(self) -> "ServiceClient | None":
        stored = self.connection()
        if stored is None:
            return None
        with self._vault.reading() as db:
            owner_token = self._secrets.owner_token(db) or ""
        client = self._make_client(stored.url, owner_token)
        try:
            _require_same(client.describe().service_id, stored.service_id)
        except BaseException:
            client.close()
            raise
        return client


def _require_same(found: str, expected: str) -> None:
    if found != expected:
        raise AnotherService(
            "Another service answers at this workspace's address. Nothing was sent, local data is "
            "safe. Start the right service, or connect to this one on purpose."
        )
