"""Which payment providers the workspace is connected to, and what was published there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from contract.terms import BillingProvider
from desktop.domain.billing.providers import Account, MissingPermission, Mode
from desktop.domain.billing.publication import Publication
from desktop.domain.ids import ApplicationId, RuleId
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

PUT: Final = """
INSERT INTO billing_connections (provider, mode, account_id, account_name, secret_id, is_restricted,
    missing, connected_at_us)
VALUES (:provider, :mode, :account_id, :account_name, :secret_id, :is_restricted, :missing,
    :connected_at_us)
ON CONFLICT DO UPDATE SET account_id = excluded.account_id, account_name = excluded.account_name,
    secret_id = excluded.secret_id, is_restricted = excluded.is_restricted,
    missing = excluded.missing, connected_at_us = excluded.connected_at_us
"""
PUBLICATION: Final = (
    "provider, mode, application_id, rule_id, version, product_id, price_id, meter_id, event_name, "
    "fraction_digits, published_at_us"
)
PUBLISH: Final = f"""
INSERT INTO billing_publications ({PUBLICATION})
VALUES (:provider, :mode, :application_id, :rule_id, :version, :product_id, :price_id, :meter_id,
    :event_name, :fraction_digits, :published_at_us)
ON CONFLICT DO UPDATE SET version = excluded.version, product_id = excluded.product_id,
    price_id = excluded.price_id, meter_id = excluded.meter_id, event_name = excluded.event_name,
    fraction_digits = excluded.fraction_digits, published_at_us = excluded.published_at_us
"""  # noqa: S608 (the columns above)


@dataclass(frozen=True, slots=True)
class StoredProvider:
    """A connection as it is kept: the key is a row of the secrets."""

    account: Account
    account_id: str
    account_name: str
    secret_id: str
    is_restricted: bool
    missing: tuple[MissingPermission, ...]
    connected_at: datetime


def put(db: Connection, stored: StoredProvider) -> None:
    missing = [[one.name, one.needed_for] for one in stored.missing]
    db.execute(
        PUT,
        {
            **_side(stored.account),
            "account_id": stored.account_id,
            "account_name": stored.account_name,
            "secret_id": stored.secret_id,
            "is_restricted": stored.is_restricted,
            "missing": json.dumps(missing),
            "connected_at_us": microseconds(stored.connected_at),
        },
    )


def remove(db: Connection, account: Account) -> None:
    db.execute(
        "DELETE FROM billing_connections WHERE provider = :provider AND mode = :mode",
        _side(account),
    )


def every(db: Connection) -> tuple[StoredProvider, ...]:
    """Live sides first."""
    rows = db.execute(
        """
        SELECT provider, mode, account_id, account_name, secret_id, is_restricted, missing,
            connected_at_us
        FROM billing_connections ORDER BY mode, provider DESC
        """
    )
    return tuple(_stored(row) for row in rows)


def find(db: Connection, account: Account) -> StoredProvider | None:
    return next((one for one in every(db) if one.account == account), None)


def put_publication(db: Connection, published: Publication) -> None:
    db.execute(
        PUBLISH,
        {
            **_side(published.account),
            "application_id": published.application_id,
            "rule_id": published.rule_id,
            "version": published.version,
            "product_id": published.product_id,
            "price_id": published.price_id,
            "meter_id": published.meter_id,
            "event_name": published.event_name,
            "fraction_digits": published.fraction_digits,
            "published_at_us": microseconds(published.published_at),
        },
    )


def forget_publications(db: Connection, account: Account) -> None:
    """Drop what was published at an account."""
    db.execute(
        "DELETE FROM billing_publications WHERE provider = :provider AND mode = :mode",
        _side(account),
    )


def publications(
    db: Connection, account: Account, application_id: ApplicationId
) -> tuple[Publication, ...]:
    rows = db.execute(
        f"SELECT {PUBLICATION} FROM billing_publications WHERE provider = :provider "  # noqa: S608 (a constant)
        "AND mode = :mode AND application_id = :application_id ORDER BY rule_id",
        {**_side(account), "application_id": application_id},
    )
    return tuple(_publication(account, row) for row in rows)


def _side(account: Account) -> dict[str, str]:
    return {"provider": account.provider.value, "mode": account.mode.value}


def _publication(account: Account, row: tuple[Any, ...]) -> Publication:
    return Publication(
        account,
        ApplicationId(row[2]),
        RuleId(row[3]),
        version=row[4],
        product_id=row[5],
        price_id=row[6],
        meter_id=row[7],
        event_name=row[8],
        fraction_digits=row[9],
        published_at=moment(row[10]),
    )


def _stored(row: tuple[Any, ...]) -> StoredProvider:
    return StoredProvider(
        Account(BillingProvider(row[0]), Mode(row[1])),
        row[2],
        row[3],
        row[4],
        bool(row[5]),
        tuple(MissingPermission(*one) for one in json.loads(row[6])),
        moment(row[7]),
    )
