"""Slots: each wraps the data key in its own way, so that ways in come and go without the data.

- A *password* slot wraps it under a key that Argon2id derives from the passphrase.
- A *keyring* slot wraps it under a random key that lies in the system's keyring; the data key
  itself never goes there.
- A *recovery* slot seals it to a public key, whose private half only the printed code yields: a
  new data key can be sealed for the code while the code lies in a drawer.
"""

import os
import secrets
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desktop.services.storage.derivation import KEY_BYTES, Argon2Cost, derive
from desktop.services.storage.recovery_code import private_key

FORMAT: Final = 1
"""Of the header and of what its slots vouch for."""
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12


class _Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    slot_id: str
    salt: bytes
    nonce: bytes
    wrapped: bytes


class PasswordSlot(_Slot, frozen=True, forbid_unknown_fields=True, tag="password"):
    cost: Argon2Cost


class KeyringSlot(_Slot, frozen=True, forbid_unknown_fields=True, tag="keyring"):
    backend: str
    """Which keyring holds the key, as `system_keyring` names it: another one is not asked."""


class RecoverySlot(_Slot, frozen=True, forbid_unknown_fields=True, tag="recovery"):
    public_key: bytes
    ephemeral: bytes
    confirmed: bool
    """Whether the printed code was typed back once."""


Slot = PasswordSlot | KeyringSlot | RecoverySlot


def password_slot(
    vault_id: str, passphrase: str, data_key: bytes, cost: Argon2Cost
) -> PasswordSlot:
    slot_id, salt, nonce = _fresh()
    bare = PasswordSlot(slot_id, salt, nonce, b"", cost)
    key = derive(passphrase, salt, cost)
    return msgspec.structs.replace(bare, wrapped=_wrap(key, bare, vault_id, data_key))


def keyring_slot(vault_id: str, key: bytes, data_key: bytes, backend: str) -> KeyringSlot:
    """A slot for a random `key` that the keyring will hold under the slot's id."""
    bare = KeyringSlot(*_fresh(), b"", backend)
    return msgspec.structs.replace(
        bare, wrapped=_wrap(_stretched(key, bare.salt), bare, vault_id, data_key)
    )


def recovery_slot(vault_id: str, code: str, data_key: bytes) -> RecoverySlot:
    """A slot for a code that nobody has typed back yet."""
    slot_id, salt, nonce = _fresh()
    public = private_key(code, salt).public_key().public_bytes_raw()
    bare = RecoverySlot(slot_id, salt, nonce, b"", public, b"", confirmed=False)
    return _sealed_to(bare, vault_id, data_key)


def resealed(slot: RecoverySlot, vault_id: str, data_key: bytes) -> RecoverySlot:
    """The same code's slot for another data key; the code itself is not needed."""
    fresh = msgspec.structs.replace(slot, nonce=os.urandom(NONCE_BYTES))
    return _sealed_to(fresh, vault_id, data_key)


def confirmed(slot: RecoverySlot) -> RecoverySlot:
    return msgspec.structs.replace(slot, confirmed=True)


def by_passphrase(slot: Slot, vault_id: str, passphrase: str) -> bytes | None:
    """The data key, or None when the passphrase does not open this slot."""
    if not isinstance(slot, PasswordSlot):
        return None
    return _unwrap(derive(passphrase, slot.salt, slot.cost), slot, vault_id)


def by_keyring(slot: Slot, vault_id: str, key: bytes) -> bytes | None:
    """The data key, or None when what the keyring holds does not open this slot."""
    if not isinstance(slot, KeyringSlot):
        return None
    return _unwrap(_stretched(key, slot.salt), slot, vault_id)


def by_recovery_code(slot: Slot, vault_id: str, code: str) -> bytes | None:
    """The data key, or None when the code does not open this slot. Raises: InvalidInput."""
    if not isinstance(slot, RecoverySlot):
        return None
    shared = _shared(private_key(code, slot.salt), slot.ephemeral)
    return None if shared is None else _unwrap(_stretched(shared, slot.salt), slot, vault_id)


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def _fresh() -> tuple[str, bytes, bytes]:
    return secrets.token_hex(8), os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)


def _sealed_to(slot: RecoverySlot, vault_id: str, data_key: bytes) -> RecoverySlot:
    ours = X25519PrivateKey.generate()
    shared = ours.exchange(X25519PublicKey.from_public_bytes(slot.public_key))
    bare = msgspec.structs.replace(slot, ephemeral=ours.public_key().public_bytes_raw())
    key = _stretched(shared, bare.salt)
    return msgspec.structs.replace(bare, wrapped=_wrap(key, bare, vault_id, data_key))


def _shared(ours: X25519PrivateKey, theirs: bytes) -> bytes | None:
    try:
        return ours.exchange(X25519PublicKey.from_public_bytes(theirs))
    except ValueError:  # an edited slot with a point that yields no secret
        return None


def _stretched(secret: bytes, salt: bytes) -> bytes:
    """Source: RFC 5869. What goes in is random already."""
    return HKDF(SHA256(), length=KEY_BYTES, salt=salt, info=b"usageflow slot").derive(secret)


def _bound(slot: Slot, vault_id: str) -> bytes:
    """What the wrapping vouches for beside the key: every field of the slot but the outcome."""
    fields = msgspec.to_builtins(slot)
    stated = {
        name: value
        for name, value in fields.items()
        if name not in {"nonce", "wrapped", "confirmed"}
    }
    return msgspec.json.encode(
        {"format": FORMAT, "vault_id": vault_id, "slot": stated}, order="deterministic"
    )


def _wrap(key: bytes, slot: Slot, vault_id: str, data_key: bytes) -> bytes:
    return AESGCM(key).encrypt(slot.nonce, data_key, _bound(slot, vault_id))


def _unwrap(key: bytes, slot: Slot, vault_id: str) -> bytes | None:
    try:
        return AESGCM(key).decrypt(slot.nonce, slot.wrapped, _bound(slot, vault_id))
    except (InvalidTag, ValueError):  # ValueError: a nonce of an impossible length
        return None
