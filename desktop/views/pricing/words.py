"""Words of prices in the owner's language."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from contract.pricing.rounding import Rounding, UnitRounding
from contract.pricing.rule import Allowances, Model, Operation, PaymentTerm
from contract.terms import Meter
from desktop.domain.editing import EditState
from desktop.domain.pricing.templates import Template

CONTEXT: Final = "pricing"
MODELS: Final[Mapping[Model, object]] = {
    Model.PER_UNIT: QT_TRANSLATE_NOOP("pricing", "Price per unit"),
    Model.GRADUATED: QT_TRANSLATE_NOOP("pricing", "Graduated tiers"),
    Model.VOLUME: QT_TRANSLATE_NOOP("pricing", "Volume tiers"),
    Model.PACKAGE: QT_TRANSLATE_NOOP("pricing", "Packages"),
    Model.FLAT: QT_TRANSLATE_NOOP("pricing", "Flat amount"),
    Model.PERCENTAGE: QT_TRANSLATE_NOOP("pricing", "Percentage of amounts"),
    Model.GRADUATED_PERCENTAGE: QT_TRANSLATE_NOOP("pricing", "Graduated percentage"),
    Model.GRADUATED_PACKAGE: QT_TRANSLATE_NOOP("pricing", "Graduated packages"),
    Model.VOLUME_PACKAGE: QT_TRANSLATE_NOOP("pricing", "Volume packages"),
    Model.DYNAMIC: QT_TRANSLATE_NOOP("pricing", "Cost times a factor"),
    Model.EVENT_PRICED: QT_TRANSLATE_NOOP("pricing", "Every call has its own amount"),
    Model.GRADUATED_BY_DIMENSION: QT_TRANSLATE_NOOP("pricing", "Tiers by dimension"),
    Model.CAPACITY: QT_TRANSLATE_NOOP("pricing", "Capacity by peaks"),
    Model.PRORATED_GRADUATED: QT_TRANSLATE_NOOP("pricing", "Seats, prorated in tiers"),
}
EXPLAINED: Final[Mapping[Model, object]] = {
    Model.PER_UNIT: QT_TRANSLATE_NOOP("pricing", "Units times a price."),
    Model.GRADUATED: QT_TRANSLATE_NOOP("pricing", "Each tier's units at that tier's price."),
    Model.VOLUME: QT_TRANSLATE_NOOP(
        "pricing", "All units at the price of the tier that the quantity reaches."
    ),
    Model.PACKAGE: QT_TRANSLATE_NOOP("pricing", "Started packages times their price."),
    Model.FLAT: QT_TRANSLATE_NOOP("pricing", "The same every month, whatever is used."),
    Model.PERCENTAGE: QT_TRANSLATE_NOOP(
        "pricing", "A percentage of the amounts that calls report, and a fee for each."
    ),
    Model.GRADUATED_PERCENTAGE: QT_TRANSLATE_NOOP(
        "pricing", "Tiers over the summed amount, each with its percentage."
    ),
    Model.GRADUATED_PACKAGE: QT_TRANSLATE_NOOP(
        "pricing", "Each tier's units in packages of that tier."
    ),
    Model.VOLUME_PACKAGE: QT_TRANSLATE_NOOP(
        "pricing", "All units in packages of the tier that the quantity reaches."
    ),
    Model.DYNAMIC: QT_TRANSLATE_NOOP(
        "pricing", "Units are money already, such as what a supplier charged."
    ),
    Model.EVENT_PRICED: QT_TRANSLATE_NOOP("pricing", "The amounts that calls report, added up."),
    Model.GRADUATED_BY_DIMENSION: QT_TRANSLATE_NOOP(
        "pricing", "Tiers by the running quantity, a price for each dimension: eu=0.10; us=0.20."
    ),
    Model.CAPACITY: QT_TRANSLATE_NOOP(
        "pricing", "The first tier whose limits hold for all peaks: seats=100; calls=1000."
    ),
    Model.PRORATED_GRADUATED: QT_TRANSLATE_NOOP(
        "pricing", "For what lasts, such as seats: whole units choose the tier, days the price."
    ),
}
STATES: Final[Mapping[EditState, object]] = {
    EditState.SYNCED: QT_TRANSLATE_NOOP("pricing", "Synced"),
    EditState.WAITING: QT_TRANSLATE_NOOP("pricing", "Waiting"),
    EditState.CONFLICTED: QT_TRANSLATE_NOOP("pricing", "Conflict"),
    EditState.REJECTED: QT_TRANSLATE_NOOP("pricing", "Refused"),
}
METERS: Final[Mapping[Meter, object]] = {
    Meter.UNITS: QT_TRANSLATE_NOOP("pricing", "Units of the policy"),
    Meter.REQUESTS: QT_TRANSLATE_NOOP("pricing", "Requests"),
    Meter.RESPONSE_FIELD: QT_TRANSLATE_NOOP("pricing", "A response value"),
    Meter.BYTES: QT_TRANSLATE_NOOP("pricing", "Bytes of the response"),
    Meter.EXPRESSION: QT_TRANSLATE_NOOP("pricing", "An expression"),
}
TEMPLATES: Final[Mapping[Template, object]] = {
    Template.PAY_AS_YOU_GO: QT_TRANSLATE_NOOP("pricing", "Pay as you go"),
    Template.FREE_TIER: QT_TRANSLATE_NOOP("pricing", "Free units, then a price"),
    Template.GRADUATED: QT_TRANSLATE_NOOP("pricing", "Graduated tiers"),
    Template.VOLUME: QT_TRANSLATE_NOOP("pricing", "Volume tiers"),
    Template.PACKAGE: QT_TRANSLATE_NOOP("pricing", "Packages"),
    Template.SEAT: QT_TRANSLATE_NOOP("pricing", "Seats"),
    Template.FLAT: QT_TRANSLATE_NOOP("pricing", "Flat monthly amount"),
    Template.PERCENTAGE: QT_TRANSLATE_NOOP("pricing", "Percentage and a fee"),
}
FIELDS: Final[Mapping[str, object]] = {
    "amount": QT_TRANSLATE_NOOP("pricing", "Amount"),
    "payment_term": QT_TRANSLATE_NOOP("pricing", "Due"),
    "unit_amount": QT_TRANSLATE_NOOP("pricing", "Price of one unit"),
    "package_size": QT_TRANSLATE_NOOP("pricing", "Units in a package"),
    "package_amount": QT_TRANSLATE_NOOP("pricing", "Price of a package"),
    "minimum_packages": QT_TRANSLATE_NOOP("pricing", "Packages at least"),
    "rate": QT_TRANSLATE_NOOP("pricing", "Percent"),
    "fixed_amount": QT_TRANSLATE_NOOP("pricing", "Fee for each paid call"),
    "free_events": QT_TRANSLATE_NOOP("pricing", "Free calls"),
    "free_amount": QT_TRANSLATE_NOOP("pricing", "Free amount"),
    "per_event_min": QT_TRANSLATE_NOOP("pricing", "Minimum for each call"),
    "per_event_max": QT_TRANSLATE_NOOP("pricing", "Maximum for each call"),
    "allowances": QT_TRANSLATE_NOOP("pricing", "What is free ends"),
    "multiplier": QT_TRANSLATE_NOOP("pricing", "Factor"),
    "free_units": QT_TRANSLATE_NOOP("pricing", "Free units"),
    "discount_units": QT_TRANSLATE_NOOP("pricing", "Units taken off"),
    "conversion_rate": QT_TRANSLATE_NOOP("pricing", "Conversion rate of the price"),
    "discount_percent": QT_TRANSLATE_NOOP("pricing", "Discount in percent"),
    "min": QT_TRANSLATE_NOOP("pricing", "Minimum"),
    "max": QT_TRANSLATE_NOOP("pricing", "Maximum"),
    "rounding": QT_TRANSLATE_NOOP("pricing", "Rounding"),
    "bill_only_at_end": QT_TRANSLATE_NOOP("pricing", "Bill at the end of the month only"),
    "variant": QT_TRANSLATE_NOOP("pricing", "Price every call by itself"),
    "unit_conversion.operation": QT_TRANSLATE_NOOP("pricing", "Convert units"),
    "unit_conversion.factor": QT_TRANSLATE_NOOP("pricing", "by"),
    "unit_conversion.rounding": QT_TRANSLATE_NOOP("pricing", "Round them"),
    "unit_conversion.precision": QT_TRANSLATE_NOOP("pricing", "to digits"),
}
COLUMNS: Final[Mapping[str, object]] = {
    "from": QT_TRANSLATE_NOOP("pricing", "From"),
    "up_to": QT_TRANSLATE_NOOP("pricing", "To"),
    "unit_amount": QT_TRANSLATE_NOOP("pricing", "Unit price"),
    "flat_amount": QT_TRANSLATE_NOOP("pricing", "Flat fee"),
    "rate": QT_TRANSLATE_NOOP("pricing", "Percent"),
    "package_size": QT_TRANSLATE_NOOP("pricing", "Package of"),
    "package_amount": QT_TRANSLATE_NOOP("pricing", "Package price"),
    "rates": QT_TRANSLATE_NOOP("pricing", "Prices"),
    "limits": QT_TRANSLATE_NOOP("pricing", "Limits"),
    "price": QT_TRANSLATE_NOOP("pricing", "Price"),
}
CHOICES: Final[Mapping[str, Mapping[str, object]]] = {
    "payment_term": {
        PaymentTerm.IN_ADVANCE: QT_TRANSLATE_NOOP("pricing", "At the start of the month"),
        PaymentTerm.IN_ARREARS: QT_TRANSLATE_NOOP("pricing", "At the end of the month"),
    },
    "allowances": {
        "": QT_TRANSLATE_NOOP("pricing", "As usual"),
        Allowances.FIRST: QT_TRANSLATE_NOOP("pricing", "With the first of both"),
        Allowances.BOTH: QT_TRANSLATE_NOOP("pricing", "With the last of both"),
    },
    "rounding": {
        Rounding.CURRENCY: QT_TRANSLATE_NOOP("pricing", "Each component"),
        Rounding.CHARGE: QT_TRANSLATE_NOOP("pricing", "The sum"),
        Rounding.NONE: QT_TRANSLATE_NOOP("pricing", "Never"),
    },
    "unit_conversion.operation": {
        "": QT_TRANSLATE_NOOP("pricing", "Not"),
        Operation.DIVIDE: QT_TRANSLATE_NOOP("pricing", "Divide"),
        Operation.MULTIPLY: QT_TRANSLATE_NOOP("pricing", "Multiply"),
    },
    "unit_conversion.rounding": {
        UnitRounding.NONE: QT_TRANSLATE_NOOP("pricing", "Not"),
        UnitRounding.CEILING: QT_TRANSLATE_NOOP("pricing", "Up"),
        UnitRounding.FLOOR: QT_TRANSLATE_NOOP("pricing", "Down"),
        UnitRounding.HALF_UP: QT_TRANSLATE_NOOP("pricing", "Half up"),
    },
    "bill_only_at_end": {
        "": QT_TRANSLATE_NOOP("pricing", "No"),
        "true": QT_TRANSLATE_NOOP("pricing", "Yes"),
    },
    "variant": {
        "": QT_TRANSLATE_NOOP("pricing", "No"),
        "single_event_estimate": QT_TRANSLATE_NOOP("pricing", "Yes"),
    },
}
"""Fields that are chosen; the first choice says nothing and is not written."""


def say(word: object) -> str:
    """A word of these tables in the owner's language."""
    return QCoreApplication.translate(CONTEXT, str(word))
