"""Which customer of the provider pays for which caller, in the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from desktop.domain.billing.mapping import CustomerLink, LinkSource
from desktop.domain.ids import ApplicationId, CustomerId

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.billing.providers import Account

CALLERS: Final = """
SELECT customer_id FROM month_customers WHERE application_id = :application_id
UNION
SELECT customer_id FROM customer_day_sums WHERE application_id = :application_id
    AND day > (SELECT max(day) - 62 FROM customer_day_sums WHERE application_id = :application_id)
"""
"""Months tell of all but those who came since they were packed last."""


def put(db: Connection, link: CustomerLink) -> None:
    db.execute(
        """
        INSERT INTO billing_links (provider, mode, application_id, customer_id,
            provider_customer_id, source)
        VALUES (:provider, :mode, :application_id, :customer_id, :payer, :source)
        ON CONFLICT DO UPDATE SET provider_customer_id = excluded.provider_customer_id,
            source = excluded.source
        """,
        {
            **_place(link.account, link.application_id),
            "customer_id": link.customer_id,
            "payer": link.provider_customer_id,
            "source": link.source.value,
        },
    )


def payers(db: Connection, account: Account, application_id: str, customer_id: str) -> list[str]:
    """The provider's customers who pay for a caller."""
    rows = db.execute(
        """
        SELECT provider_customer_id FROM billing_links WHERE provider = :provider AND mode = :mode
            AND application_id = :application_id AND customer_id = :customer_id
        """,
        {**_place(account, ApplicationId(application_id)), "customer_id": customer_id},
    )
    return [payer for (payer,) in rows]


def remove(
    db: Connection, account: Account, application_id: ApplicationId, customer_id: CustomerId
) -> None:
    db.execute(
        """
        DELETE FROM billing_links WHERE provider = :provider AND mode = :mode
            AND application_id = :application_id AND customer_id = :customer_id
        """,
        {**_place(account, application_id), "customer_id": customer_id},
    )


def forget(db: Connection, account: Account) -> None:
    """Drop every link of an account."""
    db.execute(
        "DELETE FROM billing_links WHERE provider = :provider AND mode = :mode",
        {"provider": account.provider.value, "mode": account.mode.value},
    )


def unmapped(db: Connection, account: Account, application_id: ApplicationId) -> int:
    """How many callers that used something have no payer."""
    (number,) = db.execute(
        f"SELECT count(*) FROM ({CALLERS}) AS c WHERE NOT EXISTS ("  # noqa: S608 (a constant)
        "SELECT 1 FROM billing_links AS l WHERE l.provider = :provider AND l.mode = :mode "
        "AND l.application_id = :application_id AND l.customer_id = c.customer_id)",
        _place(account, application_id),
    ).fetchone()
    return int(number)


def callers(db: Connection, application_id: ApplicationId) -> set[CustomerId]:
    """Everybody who used something of an application."""
    rows = db.execute(CALLERS, {"application_id": application_id})
    return {CustomerId(customer_id) for (customer_id,) in rows}


def of_application(
    db: Connection, account: Account, application_id: ApplicationId
) -> dict[CustomerId, CustomerLink]:
    """The links of an application, by caller."""
    rows = db.execute(
        """
        SELECT customer_id, provider_customer_id, source FROM billing_links
        WHERE provider = :provider AND mode = :mode AND application_id = :application_id
        ORDER BY customer_id
        """,
        _place(account, application_id),
    )
    return {
        CustomerId(customer_id): CustomerLink(
            account, application_id, CustomerId(customer_id), payer, LinkSource(source)
        )
        for customer_id, payer, source in rows
    }


def _place(account: Account, application_id: ApplicationId) -> dict[str, str]:
    return {
        "provider": account.provider.value,
        "mode": account.mode.value,
        "application_id": application_id,
    }
