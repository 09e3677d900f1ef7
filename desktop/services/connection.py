"""Which service this workspace reports to, and the embedded one on this computer."""

import platform
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from desktop.domain.connection import ConnectionInfo, EmbeddedStatus, ServiceKind, Snippet
from desktop.domain.errors import InvalidInput, ServiceRefused
from desktop.domain.ids import KeyId
from desktop.services.addresses import checked_url, ws_address
from desktop.services.api_keys import found
from desktop.services.calls import Report, callable_from_window
from desktop.services.snippets import snippets
from desktop.services.storage import account, outbox, sync_state
from desktop.services.storage.sync_state import StoredConnection

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.embedded import EmbeddedService, RunningService
    from desktop.services.link import ServiceLink
    from desktop.services.login_item import LoginItem
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault

SDK_KEY_NAME: Final = "Key of this workspace"
BOOTSTRAP: Final = "--bootstrap"
NEW_OWNER_TOKEN: Final = "--new-owner-token"  # noqa: S105 (an option, not a token)
TOKEN_NAME: Final = "--token-name"  # noqa: S105 (as above)
MAX_TOKEN_NAME: Final = 200


class ConnectionService:
    def __init__(
        self,
        vault: "Vault",
        secrets: "SecretStore",
        link: "ServiceLink",
        computer: "tuple[EmbeddedService, LoginItem]",
        connected: Callable[[], None],
    ) -> None:
        """`computer` is what this computer offers; `connected` is called after a change."""
        self._vault = vault
        self._secrets = secrets
        self._link = link
        self._embedded, self._login_item = computer
        self._connected = connected

    @callable_from_window
    def info(self) -> ConnectionInfo:
        stored = self._link.connection()
        if stored is None:
            return ConnectionInfo(ServiceKind.NONE, "", "", "")
        kind = ServiceKind(stored.kind)
        return ConnectionInfo(
            kind, stored.url, stored.ws_url, stored.application_id, stored.warning
        )

    @callable_from_window
    def use_embedded(self, report: Report) -> ConnectionInfo:
        """Start the service on this computer, make its first account, store the keys in the vault.

        Safe to repeat: a service that already runs is joined. Where the vault has no owner token
        that works (a crash came between, or another vault made the account), the service makes one
        more, under this computer's name; those of other vaults go on.
        Raises: EmbeddedServiceFailed (port in use, no key, it ended), VaultError, Cancelled.
        """
        name = (TOKEN_NAME, f"Desktop on {platform.node() or 'this computer'}"[:MAX_TOKEN_NAME])
        found = self._embedded.start(BOOTSTRAP, *name, report=report)
        if not found.owner_token and not self._has_token_for(found):
            self._embedded.stop()
            found = self._embedded.start(NEW_OWNER_TOKEN, *name, report=report)
        if found.owner_token and not found.application_id:
            found = replace(
                found, application_id=self._first_application(found.url, found.owner_token)
            )
        with self._vault.transaction() as db:
            self._store_embedded(db, found)
        self._connected()
        return self.info()

    @callable_from_window
    def use_remote(self, url: str, owner_token: str) -> ConnectionInfo:
        """Join a service elsewhere. Plain http only to loopback.

        Raises: InvalidInput (field `url` or `owner_token`), ServiceUnreachable (no answer, or not
        our service), ServiceRefused (token unknown), VaultError.
        """
        stored = self.probe(url, owner_token)
        with self._vault.transaction() as db:
            self._secrets.replace_owner_token(db, owner_token.strip())
            _store(db, stored)
        self._connected()
        return self.info()

    def probe(self, url: str, owner_token: str) -> StoredConnection:
        """What `use_remote` would store; needs no open vault. Raises as `use_remote`."""
        address, token = checked_url(url), owner_token.strip()
        if not token or not token.isascii() or not token.isprintable():
            raise InvalidInput(
                "This is not an owner token. Nothing was changed. Copy the whole token that the "
                "service printed when its account was made.",
                field="owner_token",
            )
        with self._link.client_for(address, token) as client:
            description = client.describe()
        return StoredConnection(
            kind=ServiceKind.REMOTE.value,
            url=address,
            ws_url=ws_address(address, description.ws_path),
            application_id=self._first_application(address, token),
            service_id=description.service_id,
            warning="",
        )

    @callable_from_window
    def snippets(self, key_id: KeyId | None = None) -> tuple[Snippet, ...]:
        """FastAPI, Flask and Gin, in this order, with address and SDK key filled in.

        Without a key: with this workspace's own. The first time, where the vault has no SDK key
        yet, the service is asked for one.
        Raises: InvalidInput (no service chosen yet, no such key), ServiceUnreachable,
            ServiceRefused.
        """
        stored = self._link.connection()
        if stored is None:
            raise InvalidInput("There is no service yet that an API could report to. Choose one.")
        with self._vault.reading() as db:
            if key_id is not None:
                return snippets(stored.ws_url, self._secrets.reveal(found(db, key_id)))
            sdk_key = self._secrets.sdk_key(db, stored.application_id)
        return snippets(stored.ws_url, sdk_key or self._new_sdk_key(stored.application_id))

    @callable_from_window
    def embedded_status(self) -> EmbeddedStatus:
        running = self._embedded.running()
        return EmbeddedStatus(
            running=running is not None,
            url=running.url if running else "",
            starts_at_login=self._login_item.is_on(),
            can_start_at_login=self._login_item.is_possible(),
        )

    @callable_from_window
    def start_embedded(self) -> EmbeddedStatus:
        """Raises: EmbeddedServiceFailed."""
        self._embedded.start()
        self._connected()
        return self.embedded_status()

    @callable_from_window
    def stop_embedded(self) -> EmbeddedStatus:
        """Raises: EmbeddedServiceFailed."""
        self._embedded.stop()
        return self.embedded_status()

    @callable_from_window
    def set_start_at_login(self, wanted: bool) -> EmbeddedStatus:  # noqa: FBT001 (a setting's value)
        """Raises: EmbeddedServiceFailed where this computer has no way to do it."""
        self._login_item.set(wanted)
        return self.embedded_status()

    def _has_token_for(self, found: "RunningService") -> bool:
        with self._vault.reading() as db:
            stored, token = sync_state.connection(db), self._secrets.owner_token(db)
        if token is None or stored is None or stored.service_id != found.service_id:
            return False
        try:
            self._first_application(found.url, token)
        except ServiceRefused:
            return False
        return True

    def _store_embedded(self, db: "Connection", found: "RunningService") -> None:
        if found.owner_token:
            self._secrets.replace_owner_token(db, found.owner_token)
        if found.sdk_key:
            self._secrets.add_sdk_key(
                db, found.application_id, SDK_KEY_NAME, found.sdk_key, found.sdk_key_id
            )
        before = sync_state.connection(db)
        application_id = found.application_id or (before.application_id if before else "")
        _store(
            db,
            StoredConnection(
                kind=ServiceKind.EMBEDDED.value,
                url=found.url,
                ws_url=found.ws_url,
                application_id=application_id,
                service_id=found.service_id,
                warning=found.warning,
            ),
        )

    def _first_application(self, url: str, owner_token: str) -> str:
        with self._link.client_for(url, owner_token) as client:
            applications = client.applications()
        if not applications:
            raise ServiceRefused(
                "This service has no application yet that calls could be counted for. Nothing was "
                "changed. Make one on the service, then connect again."
            )
        return applications[0].entity_id

    def _new_sdk_key(self, application_id: str) -> str:
        with self._link.client() as client:
            if client is None:
                raise InvalidInput("There is no service to ask for a key. Choose one.")
            issued = client.issue_key(application_id, SDK_KEY_NAME)
        with self._vault.transaction() as db:
            self._secrets.add_sdk_key(
                db, application_id, SDK_KEY_NAME, issued.sdk_key, issued.key_id
            )
        return issued.sdk_key


def _store(db: "Connection", stored: StoredConnection) -> None:
    """Store the connection; another service than before means a clean re-sync."""
    before = sync_state.connection(db)
    if before is not None and before.service_id != stored.service_id:
        sync_state.begin_resync(db, replaces_all=True)
        account.forget(db)
        outbox.distrust_service_rows(db)
    sync_state.store_connection(db, stored)
