"""Secrets in the vault: sealed one by one, opened one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.services.storage import secrets
from desktop.services.storage.secrets import SealedSecret
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

OWNER_TOKEN: Final = "owner_token"  # noqa: S105 (a kind of secret, not one)
SDK_KEY: Final = "sdk_key"
API_KEY: Final = "api_key"
HINT_CHARACTERS: Final = 4
MIN_FOR_HINT: Final = 16
"""Of a shorter secret four characters would tell too much."""


class SecretStore:
    """Seals and opens secrets; the vault must be open. Any thread."""

    def __init__(
        self, vault: Vault, new_id: Callable[[], str], clock: Callable[[], datetime]
    ) -> None:
        self._vault = vault
        self._new_id = new_id
        self._clock = clock

    def add_sdk_key(self, db: Connection, application_id: str, name: str, sdk_key: str) -> None:
        secrets.add(db, self._sealed(SDK_KEY, name, sdk_key, application_id=application_id))

    def add_api_key(self, db: Connection, name: str, secret: str, note: str) -> SealedSecret:
        sealed = self._sealed(API_KEY, name, secret, note=note)
        secrets.add(db, sealed)
        return sealed

    def replace_owner_token(self, db: Connection, owner_token: str) -> None:
        secrets.remove_owner_token(db)
        secrets.add(db, self._sealed(OWNER_TOKEN, "Owner token", owner_token))

    def owner_token(self, db: Connection) -> str | None:
        return self._newest(db, OWNER_TOKEN, "")

    def sdk_key(self, db: Connection, application_id: str) -> str | None:
        """The newest SDK key this vault has for an application."""
        return self._newest(db, SDK_KEY, application_id)

    def reveal(self, sealed: SealedSecret) -> str:
        """Raises: VaultDamaged, VaultLocked."""
        return self._vault.unseal(sealed.sealed, sealed.bound).decode("utf-8")

    def _newest(self, db: Connection, kind: str, application_id: str) -> str | None:
        sealed = secrets.newest(db, kind, application_id)
        return None if sealed is None else self.reveal(sealed)

    def _sealed(
        self, kind: str, name: str, secret: str, *, note: str = "", application_id: str = ""
    ) -> SealedSecret:
        secret_id = self._new_id()
        return SealedSecret(
            secret_id=secret_id,
            kind=kind,
            name=name,
            note=note,
            hint=secret[-HINT_CHARACTERS:] if len(secret) >= MIN_FOR_HINT else "",
            application_id=application_id,
            created_at_us=microseconds(self._clock()),
            sealed=self._vault.seal(secret.encode("utf-8"), f"{kind}:{secret_id}"),
        )
