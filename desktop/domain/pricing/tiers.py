"""Which tier prices which units: all at one price, graduated, or by volume.

A tier holds the units above the bound before it, up to and including its own. The first tier's
flat amount is due even without usage, a later one's when the quantity passes the bound before it.
Sources: OpenMeter, Lago, Kill Bill and Stripe agree on the inclusive upper bound; OpenMeter and
Lago on the first flat amount.
"""

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

from desktop.domain.pricing.explanation import Detail, Line


class PricedTier(NamedTuple):
    """A tier in whole numbers of its grid. `number` counts from 1; 0 where there are no tiers."""

    number: int
    up_to: int | None
    price: int
    shown: Decimal
    details: tuple[Detail, ...]
    flat: Line | None = None
    size: int = 1
    """Units in a package; unused where units are priced singly."""


class TierPrices(Protocol):
    """Prices units of a tier: singly, as a percentage, or in packages."""

    @property
    def tiers(self) -> Sequence[PricedTier]: ...

    def line(self, tier: PricedTier, units: int) -> Line: ...


class Single:
    """All units at the only price."""

    __slots__ = ("_prices",)

    def __init__(self, prices: TierPrices) -> None:
        self._prices = prices

    def lines(self, units: int, _tier_units: int) -> list[Line]:
        return [self._prices.line(self._prices.tiers[0], units)]


class Graduated:
    """Each tier's units at that tier's price."""

    __slots__ = ("_line", "_tiers")

    def __init__(self, prices: TierPrices) -> None:
        self._tiers = prices.tiers
        self._line = prices.line

    def lines(self, units: int, _tier_units: int) -> list[Line]:
        lines: list[Line] = []
        lower = 0
        for tier in self._tiers:
            up_to = tier.up_to
            is_last = up_to is None or units <= up_to
            lines.append(self._line(tier, (units if up_to is None or is_last else up_to) - lower))
            if tier.flat is not None:
                lines.append(tier.flat)
            if up_to is None or is_last:
                break
            lower = up_to
        return lines


class Volume:
    """All units at the price of the tier that the quantity reaches."""

    __slots__ = ("_bounds", "_line", "_tiers")

    def __init__(self, prices: TierPrices) -> None:
        self._tiers = prices.tiers
        self._line = prices.line
        self._bounds = [tier.up_to for tier in prices.tiers if tier.up_to is not None]

    def lines(self, units: int, tier_units: int) -> list[Line]:
        tier = self._tiers[bisect_left(self._bounds, tier_units)]
        line = self._line(tier, units)
        return [line] if tier.flat is None else [line, tier.flat]
