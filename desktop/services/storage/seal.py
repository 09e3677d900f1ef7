"""Keys derived from the data key, and sealing of single values under them."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desktop.domain.errors import VaultDamaged

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32
WRAPPED_BYTES: Final = NONCE_BYTES + KEY_BYTES + 16
"""Nonce, key and tag of a sealed key."""
WRAPPING_KEY: Final = "wrapping key"


def derived_key(data_key: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose. Source: RFC 5869, with the purpose as `info`."""
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode("ascii")).derive(data_key)


def seal(key: bytes, plain: bytes, bound: str) -> bytes:
    """AES-256-GCM: nonce and ciphertext in one. `bound` must be given again to open it."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound.encode("utf-8"))


def unseal(key: bytes, sealed: bytes, bound: str) -> bytes:
    """Raises: VaultDamaged when the value, the key or `bound` is not what was sealed."""
    try:
        return AESGCM(key).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound.encode("utf-8")
        )
    except (InvalidTag, ValueError) as error:  # ValueError: cut below the length of a nonce
        raise VaultDamaged(
            "A secret in the vault is damaged and cannot be shown. Everything else is unharmed. "
            "Delete it and enter it again."
        ) from error


def seal_item(wrapping_key: bytes, plain: bytes, bound: str) -> bytes:
    """Encrypt under a fresh key that belongs to this one value, and that key under another."""
    item_key = os.urandom(KEY_BYTES)
    return seal(wrapping_key, item_key, f"{bound} key") + seal(item_key, plain, bound)


def unseal_item(wrapping_key: bytes, sealed: bytes, bound: str) -> bytes:
    """Raises: VaultDamaged when the value, the key or `bound` is not what was sealed."""
    item_key = unseal(wrapping_key, sealed[:WRAPPED_BYTES], f"{bound} key")
    return unseal(item_key, sealed[WRAPPED_BYTES:], bound)


def seal_wrapping_key(data_key: bytes, wrapping_key: bytes) -> bytes:
    """The key of single secrets under the data key, so that every slot reaches it."""
    return seal(derived_key(data_key, "items"), wrapping_key, WRAPPING_KEY)


def unseal_wrapping_key(data_key: bytes, sealed: bytes) -> bytes:
    """Raises: VaultDamaged."""
    return unseal(derived_key(data_key, "items"), sealed, WRAPPING_KEY)
