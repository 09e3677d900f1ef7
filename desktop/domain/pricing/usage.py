"""What was used: the other half of a rating."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Position(StrEnum):
    """Which part of its period a charge is for."""

    ONLY = "only"
    FIRST = "first"
    MIDDLE = "middle"
    LAST = "last"

    @property
    def is_opening(self) -> bool:
        return self is Position.ONLY or self is Position.FIRST

    @property
    def is_closing(self) -> bool:
        return self is Position.ONLY or self is Position.LAST


class Event(NamedTuple):
    """One metered event."""

    units: Decimal
    dimension: str = ""
    prorated_units: Decimal | None = None
    """Share of `units` that the period pays for; None: all of them."""


class Usage(NamedTuple):
    """Usage from the start of the period on, and what was billed for earlier parts of it.

    Models of single events read `events` or `groups`, capacity reads `units` (peaks by name), the
    others `quantity`. `tier_quantity` chooses the tier of a volume price where it differs from the
    quantity that is priced. Credits are amounts that pay for this charge.
    """

    quantity: Decimal | None = None
    events: tuple[Event, ...] | None = None
    groups: tuple[tuple[str, Decimal], ...] | None = None
    units: Mapping[str, Decimal] | None = None
    previous_quantity: Decimal | None = None
    previous_billed: Decimal | None = None
    position: Position = Position.ONLY
    tier_quantity: Decimal | None = None
    credits: tuple[Decimal, ...] = ()
