"""Who pays for which caller: by a field of the provider's customers, or by hand."""

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.domain.billing.mapping import (
    CustomerLink,
    LinkSource,
    MappedCustomer,
    MappingPage,
    MatchReceipt,
)
from desktop.domain.billing.mirror import MirroredObject, ObjectKind
from desktop.domain.billing.providers import Account
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId
from desktop.services.calls import callable_from_window
from desktop.services.storage import billing_links, billing_mirror
from desktop.services.usage_labels import customer_labels

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault


class MappingService:
    """The mapping of an application. Needs no network: customers are those that were read."""

    def __init__(self, vault: "Vault", changed: Callable[[], None]) -> None:
        self._vault = vault
        self._changed = changed

    @callable_from_window
    def page(  # noqa: PLR0913, PLR0917 (what a page of this list is asked by)
        self,
        account: Account,
        application_id: ApplicationId,
        only_unmapped: bool,  # noqa: FBT001 (travels by position)
        search: str,
        offset: int,
        limit: int,
    ) -> MappingPage:
        """Callers with their payers, those without first, then by name. Raises: VaultError."""
        with self._vault.reading() as db:
            rows = _rows(db, account, application_id)
        unmapped = sum(row.link is None for row in rows)
        wanted = search.strip().lower()
        found = [
            row
            for row in rows
            if not (only_unmapped and row.link)
            and wanted in f"{row.customer_id} {row.label} {row.payer}".lower()
        ]
        return MappingPage(tuple(found[offset : offset + limit]), len(found), unmapped)

    @callable_from_window
    def link(
        self,
        account: Account,
        application_id: ApplicationId,
        customer_id: CustomerId,
        provider_customer_id: str,
    ) -> None:
        """Say who pays for a caller. Raises: InvalidInput (field `provider_customer_id`)."""
        payer = provider_customer_id.strip()
        with self._vault.transaction() as db:
            if billing_mirror.find(db, account, ObjectKind.CUSTOMER, payer) is None:
                raise InvalidInput(
                    "The provider has no such customer, as far as was read. Nothing was changed. "
                    "Read again, or choose one of the list.",
                    field="provider_customer_id",
                )
            made = CustomerLink(account, application_id, customer_id, payer, LinkSource.HAND)
            billing_links.put(db, made)
        self._changed()

    @callable_from_window
    def unlink(
        self, account: Account, application_id: ApplicationId, customer_id: CustomerId
    ) -> None:
        """Nobody pays for a caller any more; what was reported stays. Raises: VaultError."""
        with self._vault.transaction() as db:
            billing_links.remove(db, account, application_id, customer_id)
        self._changed()

    @callable_from_window
    def match(self, account: Account, application_id: ApplicationId, field: str) -> MatchReceipt:
        """Map callers whose id or name stands in a field of a customer's metadata.

        Links by hand stay; a caller that several customers name is left alone, and told.
        Raises: InvalidInput (field `field`), VaultError.
        """
        name = field.strip()
        if not name:
            raise InvalidInput("Name the field. Nothing was changed.", field="field")
        with self._vault.transaction() as db:
            named = _named_by(billing_mirror.every(db, account, ObjectKind.CUSTOMER), name)
            linked, ambiguous = 0, []
            for row in _rows(db, account, application_id):
                payers = named.get(row.customer_id) or named.get(row.label) or set()
                if row.link is not None and row.link.source is LinkSource.HAND:
                    continue
                if len(payers) > 1:
                    ambiguous.append(row.label)
                for payer in payers if len(payers) == 1 else ():
                    source = LinkSource.METADATA
                    made = CustomerLink(account, application_id, row.customer_id, payer, source)
                    linked += made != row.link
                    billing_links.put(db, made)
        self._changed()
        return MatchReceipt(linked, tuple(ambiguous))


def _rows(
    db: "Connection", account: Account, application_id: ApplicationId
) -> list[MappedCustomer]:
    """Every caller that ever used something, or has a payer."""
    links = billing_links.of_application(db, account, application_id)
    payers = {
        one.object_id: one.name for one in billing_mirror.every(db, account, ObjectKind.CUSTOMER)
    }
    ids = sorted({*links, *billing_links.callers(db, application_id)})
    labels = customer_labels(db, ids)
    rows = [_row(customer_id, labels[customer_id], links, payers) for customer_id in ids]
    return sorted(rows, key=lambda row: (row.link is not None, row.label.lower()))


def _row(
    customer_id: CustomerId,
    label: str,
    links: dict[CustomerId, CustomerLink],
    payers: dict[str, str],
) -> MappedCustomer:
    link = links.get(customer_id)
    if link is None:
        return MappedCustomer(customer_id, label, None, "")
    payer = link.provider_customer_id
    return MappedCustomer(customer_id, label, link, payers.get(payer, ""), payer not in payers)


def _named_by(customers: tuple[MirroredObject, ...], field: str) -> dict[str, set[str]]:
    """Customers of the provider by what a field of their metadata says."""
    named: dict[str, set[str]] = defaultdict(set)
    for one in customers:
        value = (one.body.get("metadata") or one.body.get("custom_data") or {}).get(field)
        if value:
            named[str(value)].add(one.object_id)
    return named
