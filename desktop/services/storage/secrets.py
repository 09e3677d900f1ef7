"""Secrets of the owner: owner token, SDK keys, other API keys. Only ciphertext gets here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlite3 import Connection

COLUMNS: Final = (
    "secret_id, kind, name, note, hint, application_id, created_at_us, sealed, provider, scope, "
    "tags, expires_at_us, service_key_id, revoked_at_us, in_keyring"
)
INSERT: Final = f"""
INSERT INTO secrets ({COLUMNS})
VALUES (:secret_id, :kind, :name, :note, :hint, :application_id, :created_at_us, :sealed,
    :provider, :scope, :tags, :expires_at_us, :service_key_id, :revoked_at_us, :in_keyring)
"""  # noqa: S608 (the columns above)
LISTED: Final = f"""
SELECT {COLUMNS} FROM secrets WHERE kind IN ('sdk_key', 'api_key')
ORDER BY name COLLATE NOCASE, created_at_us
"""  # noqa: S608
FIND: Final = f"SELECT {COLUMNS} FROM secrets WHERE secret_id = :secret_id"  # noqa: S608
NEWEST: Final = f"""
SELECT {COLUMNS} FROM secrets
WHERE kind = :kind AND application_id = :application_id AND revoked_at_us IS NULL
ORDER BY created_at_us DESC, secret_id DESC LIMIT 1
"""  # noqa: S608
OF_KIND: Final = f"""
SELECT {COLUMNS} FROM secrets WHERE kind = :kind
ORDER BY created_at_us DESC, secret_id DESC
"""  # noqa: S608
DESCRIBE: Final = """
UPDATE secrets SET name = :name, note = :note, provider = :provider, scope = :scope, tags = :tags,
    expires_at_us = :expires_at_us
WHERE secret_id = :secret_id
"""


@dataclass(frozen=True, slots=True)
class SealedSecret:
    secret_id: str
    kind: str
    """`sdk_key` (issued by this workspace's service), `api_key`, or one of the program's own."""
    name: str
    note: str
    hint: str
    """Last four characters of a long secret, else empty."""
    application_id: str
    created_at_us: int
    sealed: bytes
    provider: str = ""
    scope: str = ""
    tags: tuple[str, ...] = ()
    expires_at_us: int | None = None
    service_key_id: str = ""
    """What the service calls an SDK key."""
    revoked_at_us: int | None = None
    in_keyring: bool = False

    @property
    def bound(self) -> str:
        """What the sealing vouches for beside the secret: it cannot be moved to another row."""
        return f"{self.kind}:{self.secret_id}"


def add(db: Connection, secret: SealedSecret) -> None:
    db.execute(
        INSERT,
        {
            "secret_id": secret.secret_id,
            "kind": secret.kind,
            "hint": secret.hint,
            "application_id": secret.application_id,
            "created_at_us": secret.created_at_us,
            "sealed": secret.sealed,
            "service_key_id": secret.service_key_id,
            "revoked_at_us": secret.revoked_at_us,
            "in_keyring": secret.in_keyring,
            **_description(secret),
        },
    )


def describe(db: Connection, secret: SealedSecret) -> None:
    """Store what the owner says about a secret; the secret itself stays."""
    db.execute(DESCRIBE, {"secret_id": secret.secret_id, **_description(secret)})


def listed(db: Connection) -> tuple[SealedSecret, ...]:
    """Keys the owner sees, by name; what the program keeps for itself is not among them."""
    return tuple(_secret(row) for row in db.execute(LISTED))


def find(db: Connection, secret_id: str) -> SealedSecret | None:
    row = db.execute(FIND, {"secret_id": secret_id}).fetchone()
    return _secret(row) if row else None


def newest(db: Connection, kind: str, application_id: str) -> SealedSecret | None:
    """The newest secret of a kind that belongs to an application; the owner token has none: ''."""
    row = db.execute(NEWEST, {"kind": kind, "application_id": application_id}).fetchone()
    return _secret(row) if row else None


def of_kind(db: Connection, kind: str) -> tuple[SealedSecret, ...]:
    """Secrets of a kind that the program keeps for itself, the newest first."""
    return tuple(_secret(row) for row in db.execute(OF_KIND, {"kind": kind}))


def replace_sealed(db: Connection, secret: SealedSecret) -> None:
    """Store another value of a secret; it is as new as `created_at_us` says."""
    db.execute(
        """
        UPDATE secrets SET sealed = :sealed, hint = :hint, provider = :provider,
            created_at_us = :created_at_us
        WHERE secret_id = :secret_id
        """,
        {
            "secret_id": secret.secret_id,
            "sealed": secret.sealed,
            "hint": secret.hint,
            "provider": secret.provider,
            "created_at_us": secret.created_at_us,
        },
    )


def note_end(db: Connection, secret_id: str, at_us: int | None) -> None:
    """When the service stops taking an SDK key; None for never."""
    db.execute(
        "UPDATE secrets SET expires_at_us = :at_us WHERE secret_id = :secret_id",
        {"secret_id": secret_id, "at_us": at_us},
    )


def note_revocation(db: Connection, secret_id: str, at_us: int) -> None:
    db.execute(
        "UPDATE secrets SET revoked_at_us = :at_us WHERE secret_id = :secret_id",
        {"secret_id": secret_id, "at_us": at_us},
    )


def note_keyring(db: Connection, secret_id: str, *, in_keyring: bool) -> None:
    db.execute(
        "UPDATE secrets SET in_keyring = :in_keyring WHERE secret_id = :secret_id",
        {"secret_id": secret_id, "in_keyring": in_keyring},
    )


def remove(db: Connection, secret_id: str) -> None:
    db.execute("DELETE FROM secrets WHERE secret_id = :secret_id", {"secret_id": secret_id})


def remove_kind(db: Connection, kind: str) -> None:
    db.execute("DELETE FROM secrets WHERE kind = :kind", {"kind": kind})


def _description(secret: SealedSecret) -> dict[str, Any]:
    return {
        "name": secret.name,
        "note": secret.note,
        "provider": secret.provider,
        "scope": secret.scope,
        "tags": json.dumps(secret.tags),
        "expires_at_us": secret.expires_at_us,
    }


def _secret(row: tuple[Any, ...]) -> SealedSecret:
    values = list(row)
    values[10] = tuple(json.loads(values[10]))
    values[14] = bool(values[14])
    return SealedSecret(*values)
