"""Keyed hashes that stand for addresses and ids, the same from every backup of a vault.

The key comes from the vault's wrapping key, so that nobody without the vault can try addresses.
"""

import hmac
import unicodedata
from typing import Final

PURPOSE: Final = b"usageflow privacy references 1"
REFERENCE_BYTES: Final = 16


def hashed(wrapping_key: bytes, text: str) -> bytes:
    """16 bytes that stand for an address or id, however it is spelt."""
    key = hmac.digest(wrapping_key, PURPOSE, "sha256")
    return hmac.digest(key, normalized(text).encode(), "sha256")[:REFERENCE_BYTES]


def normalized(text: str) -> str:
    """One spelling of an address: composed letters, without case and surrounding space."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
