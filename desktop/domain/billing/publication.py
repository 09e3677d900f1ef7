"""A pricing rule at the provider: what would change, what was published, and where it drifted."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from desktop.domain.billing.providers import Account
from desktop.domain.ids import ApplicationId, RuleId


class PlanAction(StrEnum):
    CREATE_PRODUCT = "create_product"
    UPDATE_PRODUCT = "update_product"
    CREATE_METER = "create_meter"
    UPDATE_METER = "update_meter"
    CREATE_PRICE = "create_price"
    """Also where a price changes: prices are immutable, the old one is archived."""
    MIGRATE_SUBSCRIPTION = "migrate_subscription"
    ARCHIVE_PRICE = "archive_price"


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field, here and there, as text; empty text where a side has none."""

    field: str
    local: str
    remote: str


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One change at the provider. `object_id` is empty for what is yet to be made."""

    action: PlanAction
    object_id: str
    title: str
    """What is changed, by its name."""
    fields: tuple[FieldDifference, ...]


@dataclass(frozen=True, slots=True)
class PublishQuestion:
    account: Account
    application_id: ApplicationId
    rule_id: RuleId
    fraction_digits: int = 0
    """Digits after the point of a unit that are reported: 3 has the meter count thousandths, at a
    thousandth of the price. Providers count whole numbers only."""
    migrates_subscriptions: bool = True


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """What publishing would do. Nothing has been changed."""

    question: PublishQuestion
    version: int
    """Of the rule."""
    steps: tuple[PlanStep, ...]
    """In the order they are taken; none when the provider has the rule as it is."""
    refusals: tuple[str, ...]
    """Why the rule cannot be had there, in words; then there are no steps."""
    notes: tuple[str, ...]
    """What the provider does in another way though the price is the same, in words."""
    digest: str
    """Of what was compared: applying is refused when one side has changed since."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A rule that the provider has."""

    account: Account
    application_id: ApplicationId
    rule_id: RuleId
    version: int
    product_id: str
    price_id: str
    meter_id: str
    """Empty for a price without a meter."""
    event_name: str
    """What usage is reported under; empty without a meter."""
    fraction_digits: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class ApplyReceipt:
    publication: Publication
    taken: tuple[PlanStep, ...]
    request_ids: tuple[str, ...]
    """The provider's, one for each change that it was asked for."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A published rule beside what the provider has now."""

    publication: Publication
    rule_name: str
    fields: tuple[FieldDifference, ...]
    """None: they agree."""


@dataclass(frozen=True, slots=True)
class DriftReport:
    drifts: tuple[Drift, ...]
    """Every published rule of the application, those that differ first."""
    as_of: datetime | None
    """When the provider's side was read."""
