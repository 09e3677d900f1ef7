"""A month's sums as usage: what the engine is given where no single event is looked at."""

from decimal import Decimal
from typing import Final

from contract.pricing.rule import ZERO, Allowances, Model, Rule
from desktop.domain.pricing.quantity_charge import MODELS
from desktop.domain.pricing.usage import Event, Usage

UNITS: Final = "units"
REQUESTS: Final = "requests"
METERED_PEAKS: Final = frozenset({UNITS, REQUESTS})
"""What capacity tiers can limit: the largest quantity of one call, and the calls of the period."""
ALWAYS: Final = frozenset({*MODELS, Model.FLAT, Model.EVENT_PRICED})


def is_one_cell(rule: Rule) -> bool:
    """Whether quantity, number of events and peak of a period decide what it costs.

    All events of a percentage together cost the same however they are distributed, unless some are
    free by their number or their order.
    """
    if rule.model is Model.PERCENTAGE:
        separate = rule.per_event_min is not None or rule.per_event_max is not None
        if separate or rule.variant is not None or rule.allowances is Allowances.BOTH:
            return False
        return not rule.free_events and (not rule.free_amount or not rule.fixed_amount)
    if rule.model is Model.CAPACITY:
        return {name for tier in rule.tiers for name in tier.limits or ()} <= METERED_PEAKS
    return rule.model in ALWAYS


def usage_of_cell(rule: Rule, quantity: int, events: int, peak: int) -> Usage:
    """The usage of one cell; `quantity` and `peak` in millionths.

    A quantity without events, as a correction leaves it, counts as one event.
    """
    amount = Decimal(quantity).scaleb(-6)
    if rule.model is Model.PERCENTAGE:
        return Usage(events=(Event(amount), *(Event(ZERO) for _ in range(events - 1))))
    if rule.model is Model.CAPACITY:
        peaks = {UNITS: Decimal(peak).scaleb(-6), REQUESTS: Decimal(events)}
        limited = {name for tier in rule.tiers for name in tier.limits or ()}
        return Usage(units={name: peaks[name] for name in sorted(limited)})
    return Usage(amount)
