"""What billing adds to the needs-attention list, from the vault alone."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from desktop.domain.attention import Attention, Urgency
from desktop.services.storage import (
    billing_connections,
    billing_links,
    billing_reports,
    rule_versions,
)

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.billing.providers import Account
    from desktop.domain.billing.publication import Publication
    from desktop.domain.ids import ApplicationId
    from desktop.services.attention import Scene

PAGE: Final = "billing"


class BillingAttention:
    """Failed runs, reports that wait for a decision, callers nobody pays for, older prices."""

    def attention(self, db: "Connection", scene: "Scene") -> Iterator[Attention]:
        """One entry of each kind for each connection."""
        application_id = scene.application.application_id
        for stored in billing_connections.every(db):
            account = stored.account
            name = f"{account.provider.value} {account.mode.value}"
            yield from _failed(db, account, application_id, name)
            yield from _uncertain(db, account, application_id, name)
            published = billing_connections.publications(db, account, application_id)
            if published:
                yield from _unmapped(db, account, application_id, name)
                yield from _outdated(db, published, name)


def _outdated(
    db: "Connection", published: "Iterable[Publication]", name: str
) -> Iterator[Attention]:
    """Published rules that have a newer version here."""
    for known in published:
        versions = rule_versions.of_rule(db, known.application_id, known.rule_id)
        if versions and versions[-1].version > known.version:
            yield Attention(
                key=f"billing_older_price:{name}:{known.rule_id}",
                urgency=Urgency.SOON,
                title=f"The provider has an older price of {versions[-1].name}.",
                detail="Publish the newest version, or customers are billed by the old one.",
                destination=PAGE,
                target=known.rule_id,
            )


def _failed(
    db: "Connection", account: "Account", application_id: "ApplicationId", name: str
) -> Iterator[Attention]:
    found, _ = billing_reports.runs(db, account, application_id, 0, 1)
    for newest in found:
        if not newest.problem:
            continue
        yield Attention(
            key=f"billing_run:{name}",
            urgency=Urgency.NOW,
            title="The last report of usage was broken off.",
            detail=newest.problem,
            destination=PAGE,
            target=newest.run_id,
            since=newest.finished_at,
        )


def _uncertain(
    db: "Connection", account: "Account", application_id: "ApplicationId", name: str
) -> Iterator[Attention]:
    number = billing_reports.uncertain(db, account, application_id)
    if number:
        yield Attention(
            key=f"billing_uncertain:{name}",
            urgency=Urgency.NOW,
            title="Reports of usage wait for your decision.",
            detail=f"Of {number:,} it cannot be told whether the provider counted them.",
            destination=PAGE,
        )


def _unmapped(
    db: "Connection", account: "Account", application_id: "ApplicationId", name: str
) -> Iterator[Attention]:
    number = billing_links.unmapped(db, account, application_id)
    if number:
        yield Attention(
            key=f"billing_unmapped:{name}",
            urgency=Urgency.SOON,
            title="Nobody pays for some of your callers.",
            detail=f"{number:,} callers are not mapped to a customer of the provider.",
            destination=PAGE,
        )
