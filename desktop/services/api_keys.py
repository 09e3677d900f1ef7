"""API keys and other secrets the owner keeps in the vault."""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import KeyId
from desktop.services.calls import callable_from_window
from desktop.services.storage import secrets
from desktop.services.storage.timestamps import moment

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.secrets import SealedSecret
    from desktop.services.storage.vault import Vault

MAX_NAME: Final = 200
MAX_NOTE: Final = 2000
MAX_SECRET: Final = 10_000
SDK_KEY: Final = "sdk_key"
OWNER_TOKEN: Final = "owner_token"  # noqa: S105 (a kind of secret, not one)


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key without its secret; `hint` is its last four characters, empty for a short secret."""

    key_id: KeyId
    name: str
    note: str
    hint: str
    created_at: datetime
    made_by_service: bool
    """An SDK key of this workspace's service, stored by itself when it was issued."""


class ApiKeyService:
    def __init__(self, vault: "Vault", store: "SecretStore") -> None:
        self._vault = vault
        self._store = store
        self._lock = threading.Lock()
        self._deleted: dict[KeyId, SealedSecret] = {}
        """Sealed still, and only here: ending the process ends what could be restored."""

    @callable_from_window
    def list_keys(self) -> tuple[StoredKey, ...]:
        """By name."""
        with self._vault.reading() as db:
            return tuple(_shown(sealed) for sealed in secrets.listed(db))

    @callable_from_window
    def add_key(self, name: str, secret: str, note: str) -> StoredKey:
        """Raises: InvalidInput (field `name`, `secret` or `note`), VaultError."""
        name, secret, note = name.strip(), secret.strip(), note.strip()
        if not 1 <= len(name) <= MAX_NAME:
            raise InvalidInput(
                f"A key needs a name of 1 to {MAX_NAME} characters. Nothing was stored.",
                field="name",
            )
        if not 1 <= len(secret) <= MAX_SECRET:
            raise InvalidInput(
                f"A key has 1 to {MAX_SECRET:,} characters. Nothing was stored. Paste the whole "
                "key.",
                field="secret",
            )
        if len(note) > MAX_NOTE:
            raise InvalidInput(
                f"This note is longer than {MAX_NOTE:,} characters. Nothing was stored.",
                field="note",
            )
        with self._vault.transaction() as db:
            return _shown(self._store.add_api_key(db, name, secret, note))

    @callable_from_window
    def reveal(self, key_id: KeyId) -> str:
        """The secret itself. The caller shows it for a short time and keeps no copy.

        Raises: InvalidInput (the key is gone), VaultDamaged.
        """
        with self._vault.reading() as db:
            return self._store.reveal(_found(db, key_id))

    @callable_from_window
    def delete_key(self, key_id: KeyId) -> None:
        """Take a key out of the vault; `restore_key` brings it back until the vault is locked.

        Raises: InvalidInput (the key is gone already).
        """
        with self._vault.transaction() as db:
            sealed = _found(db, key_id)
            secrets.remove(db, key_id)
        with self._lock:
            self._deleted[key_id] = sealed

    @callable_from_window
    def restore_key(self, key_id: KeyId) -> None:
        """Raises: InvalidInput when the key was not deleted since the vault was unlocked."""
        with self._lock:
            sealed = self._deleted.get(key_id)
            if sealed is None:
                raise InvalidInput("This key can no longer be brought back. Nothing was changed.")
            with self._vault.transaction() as db:
                secrets.add(db, sealed)
            del self._deleted[key_id]


def _found(db: "Connection", key_id: KeyId) -> "SealedSecret":
    sealed = secrets.find(db, key_id)
    if sealed is None or sealed.kind == OWNER_TOKEN:
        raise InvalidInput("This key is no longer in the vault. Nothing was changed.")
    return sealed


def _shown(sealed: "SealedSecret") -> StoredKey:
    return StoredKey(
        key_id=KeyId(sealed.secret_id),
        name=sealed.name,
        note=sealed.note,
        hint=sealed.hint,
        created_at=moment(sealed.created_at_us),
        made_by_service=sealed.kind == SDK_KEY,
    )
