"""How a person is meant without being named: a keyed hash of an address or id.

The key comes from the vault's wrapping key, so that every backup of the vault gives the same
references, and nobody without the vault can try addresses.
"""

import hmac
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault

PURPOSE: Final = b"usageflow privacy references 1"
REFERENCE_BYTES: Final = 16


def reference(vault: "Vault", text: str) -> bytes:
    """16 bytes that stand for an address or id, however it is spelt. Raises: VaultLocked."""
    key = hmac.digest(vault.wrapping_key(), PURPOSE, "sha256")
    return hmac.digest(key, normalized(text).encode(), "sha256")[:REFERENCE_BYTES]


def normalized(text: str) -> str:
    """One spelling of an address: composed letters, without case and surrounding space."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text.strip()).casefold())
