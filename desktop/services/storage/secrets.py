"""Secrets of the owner: owner token, SDK keys, other API keys. Only ciphertext gets here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection


@dataclass(frozen=True, slots=True)
class SealedSecret:
    secret_id: str
    kind: str
    """`owner_token`, `sdk_key` (issued by this workspace's service) or `api_key`."""
    name: str
    note: str
    hint: str
    """Last four characters of a long secret, else empty."""
    application_id: str
    created_at_us: int
    sealed: bytes

    @property
    def bound(self) -> str:
        """What the sealing vouches for beside the secret: it cannot be moved to another row."""
        return f"{self.kind}:{self.secret_id}"


def add(db: Connection, secret: SealedSecret) -> None:
    db.execute(
        """
        INSERT INTO secrets (secret_id, kind, name, note, hint, application_id, created_at_us,
            sealed)
        VALUES (:secret_id, :kind, :name, :note, :hint, :application_id, :created_at_us, :sealed)
        """,
        {
            "secret_id": secret.secret_id,
            "kind": secret.kind,
            "name": secret.name,
            "note": secret.note,
            "hint": secret.hint,
            "application_id": secret.application_id,
            "created_at_us": secret.created_at_us,
            "sealed": secret.sealed,
        },
    )


def listed(db: Connection) -> tuple[SealedSecret, ...]:
    """Keys the owner sees, by name; the owner token is not one of them."""
    rows = db.execute(
        """
        SELECT secret_id, kind, name, note, hint, application_id, created_at_us, sealed
        FROM secrets WHERE kind <> 'owner_token' ORDER BY name COLLATE NOCASE, created_at_us
        """
    )
    return tuple(SealedSecret(*row) for row in rows)


def find(db: Connection, secret_id: str) -> SealedSecret | None:
    row = db.execute(
        """
        SELECT secret_id, kind, name, note, hint, application_id, created_at_us, sealed
        FROM secrets WHERE secret_id = :secret_id
        """,
        {"secret_id": secret_id},
    ).fetchone()
    return SealedSecret(*row) if row else None


def newest(db: Connection, kind: str, application_id: str) -> SealedSecret | None:
    """The newest secret of a kind that belongs to an application; the owner token has none: ''."""
    row = db.execute(
        """
        SELECT secret_id, kind, name, note, hint, application_id, created_at_us, sealed
        FROM secrets WHERE kind = :kind AND application_id = :application_id
        ORDER BY created_at_us DESC LIMIT 1
        """,
        {"kind": kind, "application_id": application_id},
    ).fetchone()
    return SealedSecret(*row) if row else None


def remove(db: Connection, secret_id: str) -> None:
    db.execute("DELETE FROM secrets WHERE secret_id = :secret_id", {"secret_id": secret_id})


def remove_owner_token(db: Connection) -> None:
    db.execute("DELETE FROM secrets WHERE kind = 'owner_token'")
