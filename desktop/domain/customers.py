"""The callers of an API: what the owner says about them."""

from dataclasses import dataclass, field
from datetime import date

from desktop.domain.editing import Standing
from desktop.domain.ids import ApplicationId, CustomerId


@dataclass(frozen=True, slots=True)
class MergedInto:
    """Which customer an identity is counted as; see `desktop.domain.merges`."""

    into: CustomerId
    bills_from: date
    """First day of a month; from it on both have one bill."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One identity of an application's callers, a pseudonym."""

    customer_id: CustomerId
    application_id: ApplicationId
    name: str = ""
    merged: MergedInto | None = None
    standing: Standing = field(default_factory=Standing)
