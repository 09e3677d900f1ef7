"""Who is signed in, and what the owner says of themselves, in the vault."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from desktop.domain.sign_in import Correction, Profile, Provider, ProviderKind, SignedIn
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

COLUMNS: Final = (
    "kind, issuer, client_id, redirect_port, further_hosts, subject, name, email, "
    "signed_in_at_us, renewing_since_us, ended, device_id, device_ends_us"
)


@dataclass(frozen=True, slots=True, repr=False)
class StoredSignIn:
    """Beside what is shown: a renewal that was begun, and when the service's session ends."""

    signed_in: SignedIn
    renewing_since: datetime | None = None
    device_ends: datetime | None = None


def read(db: Connection) -> StoredSignIn:
    """How it stands; nobody at no provider before one was chosen."""
    row = db.execute(f"SELECT {COLUMNS} FROM sign_in").fetchone()  # noqa: S608 (the columns above)
    if row is None:
        return StoredSignIn(SignedIn(Provider()))
    kind, issuer, client_id, port, hosts, subject, name, email, at_us, *rest = row
    renewing_us, ended, device_id, device_ends_us = rest
    provider = Provider(ProviderKind(kind), issuer, client_id, port, tuple(json.loads(hosts)))
    return StoredSignIn(
        SignedIn(provider, subject, name, email, _moment(at_us), ended, device_id),
        _moment(renewing_us),
        _moment(device_ends_us),
    )


def write(db: Connection, stored: StoredSignIn) -> None:
    """Store how it stands from now on."""
    signed_in, provider = stored.signed_in, stored.signed_in.provider
    db.execute(
        f"""
        INSERT OR REPLACE INTO sign_in (one, {COLUMNS})
        VALUES (1, :kind, :issuer, :client_id, :redirect_port, :further_hosts, :subject, :name,
            :email, :at_us, :renewing_us, :ended, :device_id, :device_ends_us)
        """,  # noqa: S608 (the columns above)
        {
            "kind": provider.kind.value,
            "issuer": provider.issuer,
            "client_id": provider.client_id,
            "redirect_port": provider.redirect_port,
            "further_hosts": json.dumps(provider.further_hosts),
            "subject": signed_in.subject,
            "name": signed_in.name,
            "email": signed_in.email,
            "at_us": _stored(signed_in.at),
            "renewing_us": _stored(stored.renewing_since),
            "ended": signed_in.ended,
            "device_id": signed_in.device_id,
            "device_ends_us": _stored(stored.device_ends),
        },
    )


def note_renewal(db: Connection, since: datetime | None) -> None:
    """A renewal is about to be asked for, or (None) its answer is stored."""
    db.execute("UPDATE sign_in SET renewing_since_us = :at_us", {"at_us": _stored(since)})


def note_device(db: Connection, device_id: str, ends: datetime | None) -> None:
    """The session of this device at the service; an empty id for none."""
    db.execute(
        "UPDATE sign_in SET device_id = :device_id, device_ends_us = :ends_us",
        {"device_id": device_id, "ends_us": _stored(ends)},
    )


def end(db: Connection, reason: str) -> None:
    """The provider wants a new sign-in; who it was stays known."""
    db.execute("UPDATE sign_in SET ended = :reason, renewing_since_us = NULL", {"reason": reason})


def profile(db: Connection) -> Profile:
    name, email, company, adult_us = db.execute(
        "SELECT name, email, company, adult_declared_at_us FROM account_profile"
    ).fetchone()
    return Profile(name, email, company, _moment(adult_us))


def store_profile(db: Connection, wanted: Profile) -> None:
    """The declaration of age is made once and never taken back here."""
    db.execute(
        """
        UPDATE account_profile SET name = :name, email = :email, company = :company,
            adult_declared_at_us = coalesce(adult_declared_at_us, :adult_us)
        """,
        {
            "name": wanted.name,
            "email": wanted.email,
            "company": wanted.company,
            "adult_us": _stored(wanted.adult_declared_at),
        },
    )


def note_correction(db: Connection, at: datetime, field: str, hashes: tuple[str, str]) -> None:
    """Record that a field was corrected; `hashes` are of its value before and after."""
    before, after = hashes
    db.execute(
        """
        INSERT INTO profile_corrections (at_us, field, before_hash, after_hash)
        VALUES (:at_us, :field, :before, :after)
        """,
        {"at_us": microseconds(at), "field": field, "before": before, "after": after},
    )


def corrections(db: Connection) -> tuple[Correction, ...]:
    """The newest first."""
    rows = db.execute("SELECT at_us, field FROM profile_corrections ORDER BY sequence DESC")
    return tuple(Correction(moment(at_us), field) for at_us, field in rows)


def forgotten(stored: StoredSignIn) -> StoredSignIn:
    """Nobody is signed in any more; the provider stays chosen."""
    return StoredSignIn(SignedIn(stored.signed_in.provider))


def with_provider(stored: StoredSignIn, provider: Provider) -> StoredSignIn:
    """Another provider, at which nobody is signed in yet."""
    return replace(forgotten(stored), signed_in=SignedIn(provider))


def _moment(at_us: int | None) -> datetime | None:
    return None if at_us is None else moment(at_us)


def _stored(at: datetime | None) -> int | None:
    return None if at is None else microseconds(at)
