"""Keys derived from the data key, and sealing of single values under them."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desktop.domain.errors import VaultDamaged

NONCE_BYTES = 12


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
    except InvalidTag as error:
        raise VaultDamaged(
            "A secret in the vault is damaged and cannot be shown. Everything else is unharmed. "
            "Delete it and enter it again."
        ) from error
