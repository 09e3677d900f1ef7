"""API keys and other secrets the owner keeps in the vault."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import AppError, InvalidInput
from desktop.domain.ids import KeyId
from desktop.domain.keys import ImportReceipt, KeyDetails, KeyReport, StoredKey
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
    ) -> None:
        self._vault = vault
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._lock = threading.Lock()
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
        _check_secret(secret)
        with self._vault.transaction() as db:
            return shown(self._store.add_api_key(db, details, secret))

    @callable_from_window
    def describe_key(self, key_id: KeyId, details: KeyDetails) -> StoredKey:
        """Change what is said about a key. Raises: InvalidInput, KeyringLocked, VaultError."""
        from desktop.services.secret_store import described

        details = checked(details)
        with self._vault.reading() as db:
            old = found(db, key_id)
        new = described(old, details)
        if old.in_keyring and old.name != new.name:
            raise InvalidInput(
                "This key has a copy in the system keyring under its name. Nothing was changed. "
                "Take the copy out first, then rename the key.",
                field="name",
            )
        with self._vault.transaction() as db:
            secrets.describe(db, new)
        return shown(new)

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
            return shown(found(db, key_id))

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

    @callable_from_window
    def restore_key(self, key_id: KeyId) -> None:
        """Raises: InvalidInput when the key was not deleted since the vault was unlocked."""
        from dataclasses import replace

        with self._lock:
            sealed = self._deleted.get(key_id)
            if sealed is None:
                raise InvalidInput("This key can no longer be brought back. Nothing was changed.")
            with self._vault.transaction() as db:
                secrets.add(db, replace(sealed, in_keyring=False))
            del self._deleted[key_id]

    @callable_from_window
    def report(self) -> KeyReport:
        """Reused, weak, old and expiring keys. Opens every secret once; keeps none."""
        from desktop.services.key_report import report_on

        with self._vault.reading() as db:
            opened = [(shown(s), self._store.reveal(s)) for s in secrets.listed(db)]
        return report_on(opened, self._clock())

    @callable_from_window
    def import_keys(self, path: str, passphrase: str) -> ImportReceipt:
        """Take keys out of a file, which stays as it is; the owner removes it.

        Args:
            path: a `.env` file, a CSV with a header line, an export of Bitwarden (JSON) or
                1Password (CSV), or an encrypted one of our own.
            passphrase: of the encrypted one; empty for the others.

        Raises: InvalidInput (field `path` or `passphrase`), VaultError.
        """
        from desktop.services.key_files import read_keys
        from desktop.services.storage.audit import Event, append

        offered = read_keys(path, passphrase)
        with self._vault.transaction() as db:
            known = {(s.name, self._store.reveal(s)) for s in secrets.listed(db)}
            receipt = _import_all(offered, known, lambda d, s: self._store.add_api_key(db, d, s))
            append(db, Event.IMPORTED, self._clock())
        return receipt

    @callable_from_window
    def export_keys(self, path: str, passphrase: str) -> int:
        """Write all keys to one file, encrypted with a passphrase of its own; return how many.

        The file is in the age format, so that other programs can open it too.
        Raises: InvalidInput (field `path` or `passphrase`), ExportFailed, VaultError.
        """
        from desktop.services.key_files import write_encrypted
        from desktop.services.storage.audit import Event, append

        with self._vault.reading() as db:
            opened = [(shown(s), self._store.reveal(s)) for s in secrets.listed(db)]
        write_encrypted(path, passphrase, opened)
        with self._vault.transaction() as db:
            append(db, Event.EXPORTED, self._clock())
        return len(opened)

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
    from dataclasses import replace

    tags = tuple(dict.fromkeys(tag.strip() for tag in details.tags if tag.strip()))
    details = replace(details, name=details.name.strip(), note=details.note.strip(), tags=tags)
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


def _check_secret(secret: str) -> None:
    if not 1 <= len(secret) <= MAX_SECRET:
        raise InvalidInput(
            f"A key has 1 to {MAX_SECRET:,} characters. Nothing was stored. Paste the whole key.",
            field="secret",
        )


def _import_all(
    offered: "list[tuple[KeyDetails, str]]",
    known: set[tuple[str, str]],
    add: Callable[[KeyDetails, str], object],
) -> ImportReceipt:
    added = already_there = unusable = 0
    for stated, secret in offered:
        try:
            details = checked(stated)
            _check_secret(secret)
        except AppError:
            unusable += 1
            continue
        if (details.name, secret) in known:
            already_there += 1
            continue
        known.add((details.name, secret))
        add(details, secret)
        added += 1
    return ImportReceipt(added, already_there, unusable)
