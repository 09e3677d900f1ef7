"""SQL of SDK keys and access tokens (keyed hashes only), and of the answers given to edits."""

import json
from collections.abc import Mapping
from dataclasses import replace
from sqlite3 import Connection
from typing import Any, Final

from contract.terms import Role
from hosted.storage.access_records import SdkKey, Token
from hosted.storage.configuration_records import StoredAnswer

KEY_COLUMNS: Final = (
    "key_id, application_id, name, key_hash, created_us, revoked_us, expires_us, last_used_us"
)
TOKEN_COLUMNS: Final = (
    "token_id, name, role, token_hash, created_us, revoked_us, expires_us, last_used_us, "  # noqa: S105
    "application_ids"
)

PUT_KEY: Final = f"""
INSERT INTO sdk_keys ({KEY_COLUMNS})
VALUES (:key_id, :application_id, :name, :key_hash, :created_us, :revoked_us, :expires_us,
        :last_used_us)
ON CONFLICT (key_id) DO UPDATE
SET revoked_us = excluded.revoked_us, expires_us = excluded.expires_us
"""  # noqa: S608 - the names are constants of this module

PUT_TOKEN: Final = f"""
INSERT INTO tokens ({TOKEN_COLUMNS})
VALUES (:token_id, :name, :role, :token_hash, :created_us, :revoked_us, :expires_us, :last_used_us,
        :application_ids)
ON CONFLICT (token_id) DO UPDATE
SET revoked_us = excluded.revoked_us, expires_us = excluded.expires_us
"""  # noqa: S608 - the names are constants of this module

USED: Final = {
    "token": "UPDATE tokens SET last_used_us = max(coalesce(last_used_us, 0), :at_us) "
    "WHERE token_id = :id",
    "sdk_key": "UPDATE sdk_keys SET last_used_us = max(coalesce(last_used_us, 0), :at_us) "
    "WHERE key_id = :id",
}

INSERT_ANSWER: Final = """
INSERT INTO answers (idempotency_key, fingerprint, result, created_us)
VALUES (:idempotency_key, :fingerprint, :result, :created_us)
"""


def put_key(db: Connection, key: SdkKey) -> None:
    """Store an SDK key; of a known one only its end changes."""
    db.execute(PUT_KEY, _values(key))


def find_key(db: Connection, application_id: str, key_id: str) -> SdkKey | None:
    """A key of an application."""
    row = db.execute(
        f"SELECT {KEY_COLUMNS} FROM sdk_keys "  # noqa: S608 - constants of this module
        "WHERE key_id = :key_id AND application_id = :application_id",
        {"key_id": key_id, "application_id": application_id},
    ).fetchone()
    return None if row is None else SdkKey(*row)


def keys(db: Connection) -> list[SdkKey]:
    """Every key, revoked ones too."""
    rows = db.execute(f"SELECT {KEY_COLUMNS} FROM sdk_keys")  # noqa: S608 - as above
    return [SdkKey(*row) for row in rows]


def put_token(db: Connection, token: Token) -> None:
    """Store an access token; of a known one only its end changes."""
    ids = token.application_ids
    restriction = None if ids is None else json.dumps(ids)
    db.execute(PUT_TOKEN, _values(token) | {"application_ids": restriction})


def tokens(db: Connection) -> list[Token]:
    """Every access token, revoked ones too, by age."""
    rows = db.execute(
        f"SELECT {TOKEN_COLUMNS} FROM tokens ORDER BY created_us, token_id"  # noqa: S608 - as above
    )
    return [_token(row) for row in rows]


def _token(row: tuple[Any, ...]) -> Token:
    token_id, name, role, *others, ids = row
    restriction = None if ids is None else tuple(json.loads(ids))
    return replace(Token(token_id, name, Role(role), *others), application_ids=restriction)


def put_last_used(db: Connection, kind: str, used: Mapping[str, int]) -> None:
    """Store when tokens or keys were last used, by id; the instants never go back."""
    db.executemany(USED[kind], [{"id": key, "at_us": at_us} for key, at_us in used.items()])


def _values(stored: SdkKey | Token) -> dict[str, Any]:
    return {name: getattr(stored, name) for name in stored.__slots__}


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
