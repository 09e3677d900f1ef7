"""SQL of SDK keys and owner tokens (keyed hashes only), and of the answers given to edits."""

from sqlite3 import Connection
from typing import Final

from hosted.storage.base import SdkKey, StoredAnswer

INSERT_KEY: Final = """
INSERT INTO sdk_keys (key_id, application_id, name, key_hash, created_us)
VALUES (:key_id, :application_id, :name, :key_hash, :created_us)
"""

REVOKE_KEY: Final = """
UPDATE sdk_keys SET revoked_us = coalesce(revoked_us, :now_us)
WHERE application_id = :application_id AND key_id = :key_id
RETURNING key_id, application_id, name, key_hash, created_us, revoked_us
"""

INSERT_ANSWER: Final = """
INSERT INTO answers (idempotency_key, fingerprint, result, created_us)
VALUES (:idempotency_key, :fingerprint, :result, :created_us)
"""


def add_key(db: Connection, key: SdkKey) -> None:
    """Store a new SDK key."""
    values = {
        "key_id": key.key_id,
        "application_id": key.application_id,
        "name": key.name,
        "key_hash": key.key_hash,
        "created_us": key.created_us,
    }
    db.execute(INSERT_KEY, values)


def revoke_key(db: Connection, application_id: str, key_id: str, now_us: int) -> SdkKey | None:
    """Revoke a key of the application; a second time changes nothing."""
    values = {"application_id": application_id, "key_id": key_id, "now_us": now_us}
    row = db.execute(REVOKE_KEY, values).fetchone()
    return None if row is None else SdkKey(*row)


def keys(db: Connection) -> list[SdkKey]:
    """Every key, revoked ones too."""
    rows = db.execute(
        "SELECT key_id, application_id, name, key_hash, created_us, revoked_us FROM sdk_keys"
    )
    return [SdkKey(*row) for row in rows]


def replace_owner_tokens(db: Connection, token_hash: bytes, now_us: int) -> None:
    """Make this the only owner token."""
    db.execute("DELETE FROM owner_tokens")
    db.execute(
        "INSERT INTO owner_tokens (token_hash, created_us) VALUES (:token_hash, :now_us)",
        {"token_hash": token_hash, "now_us": now_us},
    )


def owner_tokens(db: Connection) -> list[bytes]:
    """Hashes of the owner tokens."""
    return [row[0] for row in db.execute("SELECT token_hash FROM owner_tokens")]


def find_answer(db: Connection, idempotency_key: str) -> StoredAnswer | None:
    """What was answered under the key."""
    row = db.execute(
        "SELECT fingerprint, result FROM answers WHERE idempotency_key = :idempotency_key",
        {"idempotency_key": idempotency_key},
    ).fetchone()
    return None if row is None else StoredAnswer(*row)


def put_answer(db: Connection, idempotency_key: str, answer: StoredAnswer, now_us: int) -> None:
    """Keep an answer under its key."""
    values = {
        "idempotency_key": idempotency_key,
        "fingerprint": answer.fingerprint,
        "result": answer.result,
        "created_us": now_us,
    }
    db.execute(INSERT_ANSWER, values)


def delete_answers(db: Connection, before_us: int) -> None:
    """Forget answers that are older."""
    db.execute("DELETE FROM answers WHERE created_us < :before_us", {"before_us": before_us})
