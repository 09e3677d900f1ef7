"""What a price list says: the values of a rating rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from contract.pricing.rounding import Rounding, UnitRounding

ZERO: Final = Decimal(0)


class Model(StrEnum):
    """How units become an amount; each is told in the user guide with an example."""

    FLAT = "flat"
    PER_UNIT = "per_unit"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGE = "package"
    PERCENTAGE = "percentage"
    GRADUATED_PERCENTAGE = "graduated_percentage"
    GRADUATED_PACKAGE = "graduated_package"
    VOLUME_PACKAGE = "volume_package"
    DYNAMIC = "dynamic"
    EVENT_PRICED = "event_priced"
    GRADUATED_BY_DIMENSION = "graduated_by_dimension"
    CAPACITY = "capacity"
    PRORATED_GRADUATED = "prorated_graduated"


class PaymentTerm(StrEnum):
    """Whether a flat amount is due with the first or with the last part of a period."""

    IN_ADVANCE = "in_advance"
    IN_ARREARS = "in_arrears"


class Operation(StrEnum):
    """What a unit conversion does with its factor."""

    MULTIPLY = "multiply"
    DIVIDE = "divide"


class Variant(StrEnum):
    """Other ways of the percentage model."""

    SINGLE_EVENT_ESTIMATE = "single_event_estimate"


class Allowances(StrEnum):
    """When the free events and the free amount of a percentage end."""

    FIRST = "first"
    """Both, as soon as one of them is used up."""
    BOTH = "both"
    """When both are used up, or an event exceeds what is left of the amount."""


@dataclass(frozen=True, slots=True)
class Currency:
    """What amounts are in. `code` is ISO 4217 or the owner's own."""

    code: str
    digits: int


@dataclass(frozen=True, slots=True)
class UnitConversion:
    """Metered units into billed units, rounded to 10^-precision of a billed unit."""

    operation: Operation
    factor: Decimal
    rounding: UnitRounding = UnitRounding.NONE
    precision: int = 0


@dataclass(frozen=True, slots=True)
class Tier:
    """Units above the bound before, up to and including `up_to`; None is without end.

    Capacity tiers have no bound but `limits`, one a unit (None: any amount), and a `price`.
    Rates are percents.
    """

    up_to: Decimal | None = None
    unit_amount: Decimal | None = None
    flat_amount: Decimal | None = None
    rate: Decimal | None = None
    rates: Mapping[str, Decimal] | None = None
    package_size: Decimal | None = None
    package_amount: Decimal | None = None
    limits: Mapping[str, Decimal | None] | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A price list's rule, checked. Amounts are in major units, rates in percent.

    Made by `parsing.rule_from`, which guarantees what `validation` says; the engine relies on it.
    """

    model: Model
    currency: Currency
    rounding: Rounding = Rounding.CURRENCY
    unit_amount: Decimal = ZERO
    amount: Decimal = ZERO
    payment_term: PaymentTerm = PaymentTerm.IN_ADVANCE
    tiers: tuple[Tier, ...] = ()
    package_size: Decimal = Decimal(1)
    package_amount: Decimal = ZERO
    minimum_packages: int = 0
    free_units: Decimal = ZERO
    rate: Decimal = ZERO
    fixed_amount: Decimal = ZERO
    free_events: int = 0
    free_amount: Decimal = ZERO
    per_event_min: Decimal | None = None
    per_event_max: Decimal | None = None
    multiplier: Decimal = Decimal(1)
    min: Decimal | None = None
    max: Decimal | None = None
    discount_percent: Decimal = ZERO
    discount_units: Decimal = ZERO
    conversion_rate: Decimal = Decimal(1)
    unit_conversion: UnitConversion | None = None
    bill_only_at_end: bool = False
    variant: Variant | None = None
    allowances: Allowances = Allowances.FIRST
