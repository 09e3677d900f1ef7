"""The key that signs what is given to people: made once, kept in the vault, sealed."""

import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

BOUND: Final = "signing_key"
KEY_BYTES: Final = 32


def signing_key(vault: "Vault", db: "Connection") -> bytes:
    """32 bytes of an Ed25519 private key, made the first time; `db` is in a transaction.

    Raises: VaultDamaged, VaultLocked.
    """
    row = db.execute("SELECT sealed FROM signing_key").fetchone()
    if row is not None:
        return vault.unseal(row[0], BOUND)
    made = secrets.token_bytes(KEY_BYTES)
    db.execute(
        "INSERT INTO signing_key (one, sealed) VALUES (1, :sealed)",
        {"sealed": vault.seal(made, BOUND)},
    )
    return made
