"""Columns of the models that have no tiers of units: flat, capacity, percentages."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import lcm

import numpy as np

from contract.pricing.rounding import Rounding
from contract.pricing.rule import ZERO, Model, Rule, Tier
from desktop.domain.pricing.cell_columns import CellColumns
from desktop.domain.pricing.cell_usage import REQUESTS, UNITS
from desktop.domain.pricing.column_products import (
    MAX_SUM,
    MAX_WORD,
    Integers,
    Over,
    rounded_product,
    rounded_sum,
)
from desktop.domain.pricing.column_tiers import Discount, Limits
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.explanation import Money
from desktop.domain.pricing.quantity_charge import MILLIONTHS
from desktop.domain.pricing.usage import Usage

NOWHERE = np.array([], dtype=np.int64)


class FlatColumns:
    """The same for every cell."""

    def __init__(self, rule: Rule) -> None:
        self._amount = RatingEngine(rule).rate(Usage()).minor.numerator

    def of(self, cells: CellColumns) -> Integers:
        return np.full(len(cells.quantity), self._amount, dtype=np.int64)

    def beyond(self, _cells: CellColumns) -> Integers:
        return NOWHERE


class CapacityColumns:
    """The price of the first tier that is large enough; cells too large for all are beyond."""

    def __init__(self, rule: Rule) -> None:
        self._tiers = [(_bounds(tier), _price(rule, tier)) for tier in rule.tiers]

    def of(self, cells: CellColumns) -> Integers:
        charges = np.zeros(len(cells.quantity), dtype=np.int64)
        left = np.ones(len(charges), dtype=bool)
        for bounds, price in self._tiers:
            holds = left & _hold(bounds, cells)
            charges[holds] = price
            left &= ~holds
        return charges

    def beyond(self, cells: CellColumns) -> Integers:
        left = np.ones(len(cells.quantity), dtype=bool)
        for bounds, _ in self._tiers:
            left &= ~_hold(bounds, cells)
        return np.flatnonzero(left)


def _bounds(tier: Tier) -> dict[str, int]:
    """Largest whole numbers within the limits: millionths of units, and requests."""
    scale = {UNITS: MILLIONTHS, REQUESTS: 1}
    exact = ((name, limit) for name, limit in (tier.limits or {}).items() if limit is not None)
    found = {name: Fraction(limit) * scale[name] for name, limit in exact}
    return {name: min(limit.__floor__(), 2**63 - 1) for name, limit in found.items()}


def _price(rule: Rule, tier: Tier) -> int:
    alone = replace(rule, tiers=(Tier(price=tier.price),))
    return RatingEngine(alone).rate(Usage(units={})).minor.numerator


def _hold(bounds: dict[str, int], cells: CellColumns) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    holds = np.ones(len(cells.quantity), dtype=bool)
    for name, bound in bounds.items():
        holds &= (cells.peak if name == UNITS else cells.events) <= bound
    return holds


class PercentageColumns:
    """Rate on the sum less what is free, and the fixed fee of each event; or the sum itself."""

    def __init__(self, rule: Rule, money: Money) -> None:
        is_percentage = rule.model is Model.PERCENTAGE
        scale = Fraction(rule.conversion_rate) * money.minor_per_major
        each = Fraction(rule.rate) / 100 if is_percentage else Fraction(1)
        rate, fixed = each * scale / MILLIONTHS, Fraction(rule.fixed_amount) * scale
        self._discount = Discount(rule)
        self._is_rounded_once = rule.rounding is Rounding.CHARGE
        if self._is_rounded_once:
            rate, fixed = rate * self._discount.rest, fixed * self._discount.rest
        self._bottom = lcm(rate.denominator, fixed.denominator)
        self._rate = rate.numerator * (self._bottom // rate.denominator)
        self._fixed = fixed.numerator * (self._bottom // fixed.denominator)
        free = Fraction(rule.free_amount if is_percentage else ZERO) * MILLIONTHS
        self._is_whole = free.denominator == 1
        self._free = free.numerator
        self._limits = Limits(rule, money)
        words = (self._bottom, self._rate, self._fixed, self._free, self._discount.bottom)
        self._is_small = max(*words, self._limits.largest) < MAX_WORD and self._is_whole
        half = MAX_SUM // 2 * self._bottom
        self._most_quantity = min(MAX_WORD, half // max(self._rate, 1))
        self._most_events = min(MAX_WORD, half // max(self._fixed, 1))

    def of(self, cells: CellColumns) -> Integers:
        if not self._is_small:
            return np.zeros_like(cells.quantity)
        quantity = np.clip(cells.quantity, 0, self._most_quantity)
        events = np.minimum(np.maximum(cells.events, 1), self._most_events)
        events[quantity == 0] = 0
        taxed = np.maximum(quantity - self._free, 0)
        return self._limits.kept(self._priced(taxed, events))

    def _priced(self, taxed: Integers, events: Integers) -> Integers:
        rate, ratio = np.int64(self._rate), np.float64(self._rate / self._bottom)
        if not self._fixed:
            amounts = rounded_product(taxed, rate, ratio, self._bottom)
        else:
            share = np.float64(self._fixed / self._bottom)
            fees = Over(events * np.int64(self._fixed), events * share)
            amounts = rounded_sum(taxed, Over(rate, ratio), fees, self._bottom)
        return amounts if self._is_rounded_once else self._discount.off_column(amounts)

    def beyond(self, cells: CellColumns) -> Integers:
        if not self._is_small:
            return np.arange(len(cells.quantity))
        too_large = (cells.quantity > self._most_quantity) | (cells.events > self._most_events)
        return np.flatnonzero(too_large)
