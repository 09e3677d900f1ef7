"""API keys and other secrets the owner keeps in the vault."""

from dataclasses import dataclass
from datetime import datetime

from desktop.domain.ids import KeyId
from desktop.services.calls import callable_from_window


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
    @callable_from_window
    def list_keys(self) -> tuple[StoredKey, ...]:
        raise NotImplementedError

    @callable_from_window
    def add_key(self, name: str, secret: str, note: str) -> StoredKey:
        """Raises: InvalidInput (field `name` or `secret`), VaultError."""
        raise NotImplementedError

    @callable_from_window
    def reveal(self, key_id: KeyId) -> str:
        """The secret itself. The caller shows it for a short time and keeps no copy."""
        raise NotImplementedError

    @callable_from_window
    def delete_key(self, key_id: KeyId) -> None:
        """Take a key out of the list; `restore_key` brings it back until the vault is locked."""
        raise NotImplementedError

    @callable_from_window
    def restore_key(self, key_id: KeyId) -> None:
        raise NotImplementedError
