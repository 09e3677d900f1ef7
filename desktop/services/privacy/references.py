"""How a person is meant without being named: a keyed hash of an address or id."""

from typing import TYPE_CHECKING

from desktop.services.storage.address_hashes import hashed

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault


def reference(vault: "Vault", text: str) -> bytes:
    """16 bytes that stand for an address or id, however it is spelt. Raises: VaultLocked."""
    return hashed(vault.wrapping_key(), text)
