"""SDK keys of this workspace's service: made, replaced with overlap, and withdrawn.

The service shows a key once and keeps a hash; the vault keeps the key, so that it can be shown
again. A replacement is a second key: the old one goes on until the owner withdraws it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.domain.errors import InvalidInput, ServiceRefused
from desktop.domain.ids import ApplicationId, KeyId
from desktop.domain.keys import StoredKey
from desktop.services.api_keys import MAX_NAME, SDK_KEY, found, shown
from desktop.services.calls import callable_from_window
from desktop.services.storage import secrets
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from contract.messages.access import SdkKeyInfo
    from desktop.services.link import ServiceLink
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.secrets import SealedSecret
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class SdkKeyUse:
    """What the service tells of one of its keys."""

    key_id: KeyId
    """Id in the vault; empty for a key that this vault does not hold."""
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class SdkKeyService:
    """Needs the open vault and, but for what it says of itself, the service."""

    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        link: "ServiceLink",
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._store = store
        self._link = link
        self._clock = clock

    @callable_from_window
    def create(self, application_id: ApplicationId, name: str) -> StoredKey:
        """A new key, stored in the vault as soon as the service has made it.

        Raises: InvalidInput (field `name`), ServiceUnreachable, ServiceRefused, VaultError.
        """
        name = name.strip()
        if not 1 <= len(name) <= MAX_NAME:
            raise InvalidInput(
                f"A key needs a name of 1 to {MAX_NAME} characters. Nothing was made.",
                field="name",
            )
        with self._link.service() as service:
            issued = service.issue_key(application_id, name)
        with self._vault.transaction() as db:
            stored = self._store.add_sdk_key(
                db, application_id, name, issued.sdk_key, issued.key_id
            )
        return shown(stored)

    @callable_from_window
    def replace(self, key_id: KeyId) -> StoredKey:
        """A second key for the same application; the first one goes on until it is revoked.

        Raises: InvalidInput, ServiceUnreachable, ServiceRefused, VaultError.
        """
        old = self._sdk_key(key_id)
        return self.create(ApplicationId(old.application_id), old.name)

    @callable_from_window
    def revoke(self, key_id: KeyId) -> StoredKey:
        """Withdraw a key at the service: callers that still use it are refused from now on.

        Raises: InvalidInput (the service's name for it is not known), ServiceUnreachable,
            ServiceRefused, VaultError.
        """
        old = self._sdk_key(key_id)
        if not old.service_key_id:
            raise InvalidInput(
                "The service made this key before its name for it was kept here. Nothing was "
                "changed. Replace the key, then revoke this one at the service."
            )
        with self._link.service() as service:
            service.revoke_key(old.application_id, old.service_key_id)
        with self._vault.transaction() as db:
            secrets.note_revocation(db, key_id, microseconds(self._clock()))
            return shown(found(db, key_id))

    @callable_from_window
    def uses(self, application_id: ApplicationId) -> tuple[SdkKeyUse, ...]:
        """When each key of an application was last used, as the service tells it.

        Empty when the service is too old to tell. Raises: ServiceUnreachable, VaultError.
        """
        try:
            with self._link.service() as service:
                rows = service.sdk_keys(application_id)
        except ServiceRefused:
            return ()
        with self._vault.reading() as db:
            ours = {s.service_key_id: s.secret_id for s in secrets.listed(db) if s.service_key_id}
        return tuple(_use(row, KeyId(ours.get(row.key_id, ""))) for row in rows)

    def _sdk_key(self, key_id: KeyId) -> "SealedSecret":
        with self._vault.reading() as db:
            sealed = found(db, key_id)
        if sealed.kind != SDK_KEY:
            raise InvalidInput("This key is not one of the service. Nothing was changed.")
        return sealed


def _use(row: "SdkKeyInfo", key_id: KeyId) -> SdkKeyUse:
    return SdkKeyUse(
        key_id=key_id,
        name=row.name,
        created_at=datetime.fromisoformat(row.created_at),
        last_used_at=_moment(row.last_used_at),
        revoked_at=_moment(row.revoked_at),
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
