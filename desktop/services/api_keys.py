"""API keys and other secrets the owner keeps in the vault."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from contract.card_numbers import masked
from desktop.domain.errors import InvalidInput, KeyringLocked
from desktop.domain.ids import KeyId
from desktop.domain.keys import KeyDetails, KeyReport, StoredKey, provider_of
from desktop.services.calls import callable_from_window
from desktop.services.storage import secrets
from desktop.services.storage.timestamps import moment

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.secrets import SealedSecret
    from desktop.services.storage.vault import Vault
    from desktop.services.system_keyring import SystemKeyring

MAX_NAME: Final = 200
MAX_NOTE: Final = 2000
MAX_SECRET: Final = 10_000
MAX_TAGS: Final = 20
SDK_KEY: Final = "sdk_key"
API_KEY: Final = "api_key"
KEYRING_SERVICE: Final = "UsageFlow keys"
"""Under it scripts find copies by name: `secret-tool lookup service … username NAME`."""


class ApiKeyService:
    def __init__(
        self,
        vault: "Vault",
        store: "SecretStore",
        keyring: "SystemKeyring",
        clock: Callable[[], datetime],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`changed` is called after keys were stored, changed or removed."""
        self._vault = vault
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._changed = changed
        self._lock = threading.Lock()
        self._replaced: dict[KeyId, SealedSecret] = {}
        self._deleted: dict[KeyId, SealedSecret] = {}
        """Sealed still, and only here: ending the process ends what could be restored."""

    @callable_from_window
    def list_keys(self) -> tuple[StoredKey, ...]:
        """By name."""
        with self._vault.reading() as db:
            return tuple(shown(sealed) for sealed in secrets.listed(db))

    @callable_from_window
    def add_key(self, details: KeyDetails, secret: str) -> StoredKey:
        """Raises: InvalidInput (field `name`, `secret`, `note` or `tags`), VaultError."""
        secret = secret.strip()
        details = checked(details)
        check_secret(secret)
        with self._vault.transaction() as db:
            added = shown(self._store.add_api_key(db, details, secret))
        self._changed()
        return added

    @callable_from_window
    def change_key(self, key_id: KeyId, details: KeyDetails, secret: str) -> StoredKey:
        """Change what is said about a key and, unless it is empty, the secret itself.

        A new secret makes the key new again: its age counts from now. `restore_secret` brings the
        one before back until the vault is locked. When an SDK key ends is the service's to say:
        that stays.
        Raises: InvalidInput (field `name`, `secret`, `note` or `tags`), KeyringLocked (nothing was
            changed), VaultError.
        """
        secret, details = secret.strip(), checked(details)
        with self._vault.reading() as db:
            old = found(db, key_id)
        new = self._described(old, details)
        if secret:
            new = self._with_secret(new, secret)
            new = replace(new, provider=details.provider or provider_of(secret) or old.provider)
        with self._vault.transaction() as db:
            secrets.describe(db, new)
            if secret:
                secrets.replace_sealed(db, new)
        if secret:
            with self._lock:
                self._replaced[key_id] = old
        self._changed()
        return shown(new)

    @callable_from_window
    def restore_secret(self, key_id: KeyId) -> StoredKey:
        """Undo the last change of a key's secret, and of what was said about it.

        Raises: InvalidInput when it was not changed since the vault was unlocked, KeyringLocked.
        """
        with self._lock:
            old = self._replaced.get(key_id)
        if old is None:
            raise InvalidInput("The key before can no longer be brought back. Nothing was changed.")
        if old.in_keyring:
            self._keyring.store(KEYRING_SERVICE, old.name, self._store.reveal(old))
        with self._vault.transaction() as db:
            found(db, key_id)
            secrets.describe(db, old)
            secrets.replace_sealed(db, old)
        with self._lock:
            self._replaced.pop(key_id, None)
        self._changed()
        return shown(old)

    @callable_from_window
    def reveal(self, key_id: KeyId) -> str:
        """The secret itself. The caller shows it for a short time and keeps no copy.

        Raises: InvalidInput (the key is gone), VaultDamaged.
        """
        with self._vault.reading() as db:
            return self._store.reveal(found(db, key_id))

    @callable_from_window
    def keep_in_keyring(self, key_id: KeyId, wanted: bool) -> StoredKey:  # noqa: FBT001 (a switch)
        """Put a copy into the system's keyring under the key's name, or take it out.

        The vault's own copy stays whatever happens there.
        Raises: InvalidInput (the name is taken there), KeyringLocked, VaultError.
        """
        with self._vault.reading() as db:
            sealed = found(db, key_id)
            secret = self._store.reveal(sealed)
        if wanted:
            self._put_into_keyring(sealed, secret)
        else:
            self._keyring.remove(KEYRING_SERVICE, sealed.name)
        with self._vault.transaction() as db:
            secrets.note_keyring(db, key_id, in_keyring=wanted)
            changed = shown(found(db, key_id))
        self._changed()
        return changed

    @callable_from_window
    def delete_key(self, key_id: KeyId) -> None:
        """Take a key out of the vault, and its copy out of the keyring first.

        `restore_key` brings it back until the vault is locked.
        Raises: InvalidInput (the key is gone already), KeyringLocked (nothing was deleted).
        """
        with self._vault.reading() as db:
            sealed = found(db, key_id)
        if sealed.in_keyring:
            self._keyring.remove(KEYRING_SERVICE, sealed.name)
        with self._vault.transaction() as db:
            secrets.remove(db, key_id)
        with self._lock:
            self._deleted[key_id] = sealed
        self._changed()

    @callable_from_window
    def restore_key(self, key_id: KeyId) -> None:
        """Bring a deleted key back, with its copy in the keyring if that is open.

        Raises: InvalidInput when the key was not deleted since the vault was unlocked.
        """
        with self._lock:
            sealed = self._deleted.get(key_id)
        if sealed is None:
            raise InvalidInput("This key can no longer be brought back. Nothing was changed.")
        copied = sealed.in_keyring and self._is_copied_again(sealed)
        with self._vault.transaction() as db:
            secrets.add(db, replace(sealed, in_keyring=copied))
        with self._lock:
            self._deleted.pop(key_id, None)
        self._changed()

    @callable_from_window
    def report(self) -> KeyReport:
        """Reused, weak, old and expiring keys. Opens every secret once; keeps none."""
        from desktop.services.key_report import report_on

        with self._vault.reading() as db:
            opened = [(shown(s), self._store.reveal(s)) for s in secrets.listed(db)]
        return report_on(opened, self._clock())

    def _described(self, old: "SealedSecret", details: KeyDetails) -> "SealedSecret":
        from desktop.services.secret_store import described

        if old.in_keyring and old.name != details.name:
            raise InvalidInput(
                "This key has a copy in the system keyring under its name. Nothing was changed. "
                "Take the copy out first, then rename the key.",
                field="name",
            )
        new = described(old, details)
        return replace(new, expires_at_us=old.expires_at_us) if old.kind == SDK_KEY else new

    def _with_secret(self, key: "SealedSecret", secret: str) -> "SealedSecret":
        check_secret(secret)
        if key.kind == SDK_KEY:
            raise InvalidInput(
                "The service makes its own keys: rotate this one instead. Nothing was changed.",
                field="secret",
            )
        if key.in_keyring:
            self._keyring.store(KEYRING_SERVICE, key.name, secret)
        return self._store.resealed(key, secret)

    def _is_copied_again(self, sealed: "SealedSecret") -> bool:
        """Whether the keyring took the copy back; the key itself matters more than that."""
        try:
            self._put_into_keyring(sealed, self._store.reveal(sealed))
        except (KeyringLocked, InvalidInput):
            return False
        return True

    def _put_into_keyring(self, sealed: "SealedSecret", secret: str) -> None:
        present = self._keyring.read(KEYRING_SERVICE, sealed.name)
        if present not in {None, secret}:
            raise InvalidInput(
                f"The system keyring already has an entry named “{sealed.name}”. Nothing was "
                "changed. Give this key another name, or remove that entry.",
                field="name",
            )
        self._keyring.store(KEYRING_SERVICE, sealed.name, secret)


def checked(details: KeyDetails) -> KeyDetails:
    """Tidied details. Raises: InvalidInput (field `name`, `note` or `tags`)."""
    tags = tuple(dict.fromkeys(tag.strip() for tag in details.tags if tag.strip()))
    details = replace(
        details,
        name=masked(details.name.strip()),
        note=masked(details.note.strip()),
        scope=masked(details.scope),
        tags=tuple(map(masked, tags)),
    )
    if not 1 <= len(details.name) <= MAX_NAME:
        raise InvalidInput(
            f"A key needs a name of 1 to {MAX_NAME} characters. Nothing was stored.",
            field="name",
        )
    if max(len(details.note), len(details.scope), len(details.provider)) > MAX_NOTE:
        raise InvalidInput(
            f"This note is longer than {MAX_NOTE:,} characters. Nothing was stored.",
            field="note",
        )
    if len(tags) > MAX_TAGS or any(len(tag) > MAX_NAME for tag in tags):
        raise InvalidInput(
            f"A key has {MAX_TAGS} short tags at most. Nothing was stored.", field="tags"
        )
    return details


def found(db: "Connection", key_id: KeyId) -> "SealedSecret":
    """A key the owner may see. Raises: InvalidInput."""
    sealed = secrets.find(db, key_id)
    if sealed is None or sealed.kind not in {SDK_KEY, API_KEY}:
        raise InvalidInput("This key is no longer in the vault. Nothing was changed.")
    return sealed


def shown(sealed: "SealedSecret") -> StoredKey:
    """A key as it may leave the core: without its secret."""
    return StoredKey(
        key_id=KeyId(sealed.secret_id),
        name=sealed.name,
        note=sealed.note,
        hint=sealed.hint,
        created_at=moment(sealed.created_at_us),
        made_by_service=sealed.kind == SDK_KEY,
        provider=sealed.provider,
        scope=sealed.scope,
        tags=sealed.tags,
        expires_at=None if sealed.expires_at_us is None else moment(sealed.expires_at_us),
        revoked_at=None if sealed.revoked_at_us is None else moment(sealed.revoked_at_us),
        application_id=sealed.application_id,
        in_keyring=sealed.in_keyring,
    )


def check_secret(secret: str) -> None:
    """Raises: InvalidInput (field `secret`)."""
    if masked(secret) != secret:
        raise InvalidInput(
            "This is the number of a payment card, which is never kept. Nothing was stored.",
            field="secret",
        )
    if not 1 <= len(secret) <= MAX_SECRET:
        raise InvalidInput(
            f"A key has 1 to {MAX_SECRET:,} characters. Nothing was stored. Paste the whole key.",
            field="secret",
        )
