"""Which customer of the provider pays for which caller."""

from dataclasses import dataclass
from enum import StrEnum

from desktop.domain.billing.providers import Account
from desktop.domain.ids import ApplicationId, CustomerId


class LinkSource(StrEnum):
    METADATA = "metadata"
    """A field of the provider's customer named the caller."""
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class CustomerLink:
    """A caller and who pays. Several callers may have one payer, such as the keys of a company."""

    account: Account
    application_id: ApplicationId
    customer_id: CustomerId
    provider_customer_id: str
    source: LinkSource


@dataclass(frozen=True, slots=True)
class MappedCustomer:
    """A row of the mapping: a caller with its payer, or without one."""

    customer_id: CustomerId
    label: str
    """The caller as pages show it."""
    link: CustomerLink | None
    payer: str
    """Name or e-mail of the provider's customer; empty without a link."""
    is_gone: bool = False
    """The provider no longer has the customer the link names."""


@dataclass(frozen=True, slots=True)
class MappingPage:
    rows: tuple[MappedCustomer, ...]
    total: int
    unmapped: int
    """Of all callers of the application, also those on other pages."""


@dataclass(frozen=True, slots=True)
class MatchReceipt:
    """What mapping by a field brought."""

    linked: int
    ambiguous: tuple[str, ...]
    """Callers that several customers of the provider name; none of these was linked."""
