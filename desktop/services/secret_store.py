"""Secrets in the vault: sealed one by one, opened one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Final

from desktop.domain.keys import KeyDetails, provider_of
from desktop.services.storage import secrets
from desktop.services.storage.secrets import SealedSecret
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

OWNER_TOKEN: Final = "owner_token"  # noqa: S105 (a kind of secret, not one)
SDK_KEY: Final = "sdk_key"
API_KEY: Final = "api_key"
ARCHIVE_KEY: Final = "archive_key"
SEALING_KEY: Final = "sealing_key"
MAIL_PASSWORD: Final = "mail_password"  # noqa: S105 (as above)
SIGN_IN_REFRESH: Final = "sign_in_refresh"
SIGN_IN_CLIENT: Final = "sign_in_client"
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

    def add_sdk_key(
        self, db: Connection, application_id: str, name: str, sdk_key: str, service_key_id: str = ""
    ) -> SealedSecret:
        """Keep a key the service issued; it shows it only this once."""
        sealed = self._sealed(SDK_KEY, KeyDetails(name), sdk_key)
        sealed = replace(sealed, application_id=application_id, service_key_id=service_key_id)
        secrets.add(db, sealed)
        return sealed

    def add_api_key(self, db: Connection, details: KeyDetails, secret: str) -> SealedSecret:
        sealed = self._sealed(API_KEY, details, secret)
        secrets.add(db, sealed)
        return sealed

    def archive_key(self, db: Connection, new: Callable[[], str]) -> str:
        """The key of the service's archives; made by `new` the first time."""
        return self._own_key(db, ARCHIVE_KEY, "Archive key", new)

    def sealing_key(self, db: Connection, new: Callable[[], str]) -> str:
        """The private key identities are sealed for; made by `new` the first time."""
        return self._own_key(db, SEALING_KEY, "Sealing key", new)

    def sealing_keys(self, db: Connection) -> tuple[str, ...]:
        """Every private key identities may be sealed for, the newest first: own and brought."""
        return tuple(self.reveal(sealed) for sealed in secrets.of_kind(db, SEALING_KEY))

    def add_sealing_key(self, db: Connection, private_key: str) -> None:
        """Keep the key of another vault: identities it was sealed for open here too."""
        details = KeyDetails("Sealing key of another vault")
        secrets.add(db, self._sealed(SEALING_KEY, details, private_key))

    def replace_owner_token(self, db: Connection, owner_token: str) -> None:
        self.keep_one(db, OWNER_TOKEN, "Owner token", owner_token)

    def keep_one(self, db: Connection, kind: str, name: str, secret: str) -> None:
        """Keep the one secret of a kind that the program has for itself, in place of another."""
        self.forget(db, kind)
        secrets.add(db, self._sealed(kind, KeyDetails(name), secret))

    def kept_one(self, db: Connection, kind: str) -> str | None:
        """Raises: VaultDamaged, VaultLocked."""
        return self._newest(db, kind, "")

    def forget(self, db: Connection, kind: str) -> None:
        """Remove every secret of a kind."""
        secrets.remove_kind(db, kind)

    def owner_token(self, db: Connection) -> str | None:
        return self._newest(db, OWNER_TOKEN, "")

    def sdk_key(self, db: Connection, application_id: str) -> str | None:
        """The newest SDK key this vault has for an application."""
        return self._newest(db, SDK_KEY, application_id)

    def reveal(self, sealed: SealedSecret) -> str:
        """Raises: VaultDamaged, VaultLocked."""
        return self._vault.unseal(sealed.sealed, sealed.bound).decode("utf-8")

    def resealed(self, sealed: SealedSecret, secret: str) -> SealedSecret:
        """The same key with another secret, as new as now."""
        return replace(
            sealed,
            hint=hint_of(secret),
            created_at_us=microseconds(self._clock()),
            sealed=self._vault.seal(secret.encode("utf-8"), sealed.bound),
        )

    def _own_key(self, db: Connection, kind: str, name: str, new: Callable[[], str]) -> str:
        known = self._newest(db, kind, "")
        if known is not None:
            return known
        made = new()
        secrets.add(db, self._sealed(kind, KeyDetails(name), made))
        return made

    def _newest(self, db: Connection, kind: str, application_id: str) -> str | None:
        sealed = secrets.newest(db, kind, application_id)
        return None if sealed is None else self.reveal(sealed)

    def _sealed(self, kind: str, details: KeyDetails, secret: str) -> SealedSecret:
        secret_id = self._new_id()
        return described(
            SealedSecret(
                secret_id=secret_id,
                kind=kind,
                name=details.name,
                note=details.note,
                hint=hint_of(secret),
                application_id="",
                created_at_us=microseconds(self._clock()),
                sealed=self._vault.seal(secret.encode("utf-8"), f"{kind}:{secret_id}"),
                provider=provider_of(secret),
            ),
            details,
        )


def hint_of(secret: str) -> str:
    """The last characters of a long secret; nothing of a short one."""
    return secret[-HINT_CHARACTERS:] if len(secret) >= MIN_FOR_HINT else ""


def described(sealed: SealedSecret, details: KeyDetails) -> SealedSecret:
    """The same secret with what the owner says about it; it expires at the end of its last day."""
    last = details.expires_on
    expires = None if last is None else datetime.combine(last, time.max, UTC)
    return replace(
        sealed,
        name=details.name,
        note=details.note,
        scope=details.scope,
        tags=details.tags,
        provider=details.provider or sealed.provider,
        expires_at_us=None if expires is None else microseconds(expires),
    )
