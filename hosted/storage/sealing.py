"""SQL of the key that identities are sealed to, and of the epoch of pseudonyms."""

from sqlite3 import Connection
from typing import Final

PUT: Final = """
INSERT INTO sealing (only_row, public_key, changed_us) VALUES (1, :public_key, :now_us)
ON CONFLICT (only_row) DO UPDATE
SET public_key = excluded.public_key, changed_us = excluded.changed_us
"""


def find(db: Connection) -> str | None:
    """The public key of the account's vault; None while no vault has told one."""
    row = db.execute("SELECT public_key FROM sealing").fetchone()
    return None if row is None else str(row[0])


def put(db: Connection, public_key: str, now_us: int) -> None:
    """Seal to this key from now on."""
    db.execute(PUT, {"public_key": public_key, "now_us": now_us})


def epoch(db: Connection) -> int:
    """Epoch of the key that pseudonyms are made with."""
    return int(db.execute("SELECT pseudonym_epoch FROM meta").fetchone()[0])


def start_epoch(db: Connection) -> int:
    """Begin the next epoch; its number."""
    db.execute("UPDATE meta SET pseudonym_epoch = pseudonym_epoch + 1")
    return epoch(db)
