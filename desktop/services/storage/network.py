"""The choices of the connection, and the registry of hosts, in the vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.domain.network import HostContact, ProxyMode, Purpose
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection


@dataclass(frozen=True, slots=True)
class StoredOptions:
    """As they are kept; `proxy_auth` is sealed, `ca_pem` is public."""

    proxy: ProxyMode = ProxyMode.SYSTEM
    proxy_url: str = ""
    proxy_auth: bytes | None = None
    ca_name: str = ""
    ca_pem: str = ""
    pin: str = ""
    pin_host: str = ""


def options(db: Connection) -> StoredOptions:
    row = db.execute(
        """
        SELECT proxy, proxy_url, proxy_auth, ca_name, ca_pem, pin, pin_host FROM network_options
        """
    ).fetchone()
    return StoredOptions(ProxyMode(row[0]), *row[1:])


def store_options(db: Connection, stored: StoredOptions) -> None:
    db.execute(
        """
        UPDATE network_options SET proxy = :proxy, proxy_url = :proxy_url,
            proxy_auth = :proxy_auth, ca_name = :ca_name, ca_pem = :ca_pem, pin = :pin,
            pin_host = :pin_host
        """,
        {
            "proxy": stored.proxy.value,
            "proxy_url": stored.proxy_url,
            "proxy_auth": stored.proxy_auth,
            "ca_name": stored.ca_name,
            "ca_pem": stored.ca_pem,
            "pin": stored.pin,
            "pin_host": stored.pin_host,
        },
    )


def hosts(db: Connection) -> tuple[HostContact, ...]:
    """Every host that was ever contacted, by name."""
    rows = db.execute(
        """
        SELECT host, purpose, last_contact_us, requests, sent_bytes, received_bytes, last_error,
            last_error_us
        FROM network_hosts ORDER BY host
        """
    )
    return tuple(
        HostContact(
            host,
            Purpose(purpose),
            None if contact is None else moment(contact),
            requests,
            sent,
            received,
            error,
            None if error_at is None else moment(error_at),
        )
        for host, purpose, contact, requests, sent, received, error, error_at in rows
    )


def add(db: Connection, contacts: Iterable[HostContact]) -> None:
    """Add to what is kept of each host: numbers are summed, the later contact and error stay."""
    db.executemany(
        """
        INSERT INTO network_hosts (host, purpose, last_contact_us, requests, sent_bytes,
            received_bytes, last_error, last_error_us)
        VALUES (:host, :purpose, :last_contact, :requests, :sent, :received, :error, :error_at)
        ON CONFLICT DO UPDATE SET
            purpose = excluded.purpose,
            last_contact_us = coalesce(excluded.last_contact_us, last_contact_us),
            requests = requests + excluded.requests,
            sent_bytes = sent_bytes + excluded.sent_bytes,
            received_bytes = received_bytes + excluded.received_bytes,
            last_error = iif(excluded.last_error_us IS NULL, last_error, excluded.last_error),
            last_error_us = coalesce(excluded.last_error_us, last_error_us)
        """,
        [
            {
                "host": one.host,
                "purpose": one.purpose.value,
                "last_contact": None
                if one.last_contact is None
                else microseconds(one.last_contact),
                "requests": one.requests,
                "sent": one.sent_bytes,
                "received": one.received_bytes,
                "error": one.last_error,
                "error_at": None if one.last_error_at is None else microseconds(one.last_error_at),
            }
            for one in contacts
        ],
    )
