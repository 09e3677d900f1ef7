"""Money rules beside price lists: allocation, proration, true-up, coupon, credits, tax."""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from contract.pricing.errors import InvalidField
from contract.pricing.exact import NOTHING, Number
from contract.pricing.fields import Fields, text_of_member
from contract.pricing.parsing import HUNDRED, currency_from
from contract.pricing.rounding import Rounding
from contract.pricing.rule import ZERO
from desktop.domain.pricing.allocation import shares
from desktop.domain.pricing.explanation import Detail, Line, Money, Rated, Step
from desktop.domain.pricing.usage_parsing import numbers_in

MAX_SHARES: Final = 1_000_000


class Calculation(StrEnum):
    """Which rule of money; written where a rule has its model."""

    ALLOCATE = "allocate"
    PRORATED_FLAT = "prorated_flat"
    PRORATED_MINIMUM_TRUE_UP = "prorated_minimum_true_up"
    COUPON = "coupon"
    CREDITS_TO_MONEY = "credits_to_money"
    TAX = "tax"
    ROUND = "round"


class CouponKind(StrEnum):
    """What a coupon takes off."""

    FIXED = "fixed"
    PERCENT = "percent"


_PRORATION: Final = frozenset({"amount", "billed_days", "period_days", "zero_means_full"})
OWN_FIELDS: Final = {
    Calculation.ALLOCATE: frozenset({"amount", "weights", "keys", "index"}),
    Calculation.PRORATED_FLAT: _PRORATION,
    Calculation.PRORATED_MINIMUM_TRUE_UP: _PRORATION | {"used_amount"},
    Calculation.COUPON: frozenset({"kind", "amount", "percent", "base_amount", "already_used"}),
    Calculation.CREDITS_TO_MONEY: frozenset({"rate", "credits"}),
    Calculation.TAX: frozenset({"net", "percent", "rate"}),
    Calculation.ROUND: frozenset({"amount"}),
}
SHARED_FIELDS: Final = frozenset({"model", "currency", "currency_digits", "rounding"})


def calculated(calculation: Calculation, members: object) -> Rated:
    """The result of one calculation. Raises: InvalidField with the field."""
    fields = Fields(members, known=SHARED_FIELDS | OWN_FIELDS[calculation])
    rounding = fields.choice("rounding", Rounding) or Rounding.CURRENCY
    return _CALCULATIONS[calculation](fields, Money(currency_from(fields), rounding))


def _needed(fields: Fields, name: str) -> Decimal:
    return fields.needed(name, fields.decimal(name))


def _price(fields: Fields, name: str) -> Decimal:
    return fields.needed(name, fields.price(name))


def _allocate(fields: Fields, money: Money) -> Rated:
    amount = Fraction(_needed(fields, "amount")) * money.minor_per_major
    if amount.denominator != 1:
        raise InvalidField(
            f"The amount is finer than the smallest unit of {money.currency.code}. Round it first.",
            field="amount",
        )
    weights = numbers_in(_list(fields, "weights"), "weights")
    if not any(weights):
        raise InvalidField("At least one weight must be above zero.", field="weights")
    keys = [text_of_member(key, f"keys[{i}]") for i, key in enumerate(fields.items("keys") or [])]
    if keys and len(keys) != len(weights):
        raise InvalidField("There must be as many keys as weights.", field="keys")
    index = fields.whole("index", len(weights) - 1)
    if index is None:
        raise fields.missing("index")
    all_shares = shares(amount.numerator, weights, keys or None)
    parts: list[list[Detail]] = [
        [("weight", weight), ("share", money.text(share))]
        for weight, share in zip(weights, all_shares, strict=True)
    ]
    share = all_shares[index]
    return Rated(share, [Line(Step.SHARE, share, details=(("shares", parts),))], money)


def _list(fields: Fields, name: str) -> list[object]:
    found = fields.items(name)
    if not found:
        raise fields.missing(name)
    if len(found) > MAX_SHARES:
        raise InvalidField(f"There can be up to {MAX_SHARES:,} of these.", field=name)
    return found


def _prorated_flat(fields: Fields, money: Money) -> Rated:
    line = _prorated(fields, money)
    return Rated(line.amount, [line], money)


def _prorated(fields: Fields, money: Money) -> Line:
    """An amount for billed days of a period, rounded.

    A zero-length, or longer than full, time is the full amount where `zero_means_full`.
    """
    amount = Fraction(_price(fields, "amount"))
    billed, period = _price(fields, "billed_days"), _price(fields, "period_days")
    is_part = ZERO < billed <= period
    if not is_part and fields.flag("zero_means_full"):
        share = Fraction(1)
    elif period == ZERO:
        raise InvalidField("The period has no days.", field="period_days")
    else:
        share = Fraction(billed) / Fraction(period)
    exact = amount * share
    details: tuple[Detail, ...] = (("billed_days", billed), ("period_days", period))
    return Line(Step.AMOUNT, money.of(exact), exact=exact * money.minor_per_major, details=details)


def _true_up(fields: Fields, money: Money) -> Rated:
    line = _prorated(fields, money)
    used = money.of(_needed(fields, "used_amount"))
    top_up = max(line.amount - used, 0)
    return Rated(top_up, [line, Line(Step.USED, top_up - line.amount)], money)


def _coupon(fields: Fields, money: Money) -> Rated:
    """What a coupon is worth on a base; never more than the base or than what is left of it."""
    kind = fields.choice("kind", CouponKind)
    if kind is None:
        raise fields.missing("kind")
    base = max(Fraction(_needed(fields, "base_amount")), NOTHING)
    if kind is CouponKind.PERCENT:
        percent = fields.needed("percent", fields.decimal("percent", least=ZERO, most=HUNDRED))
        return _amount(base * Fraction(percent) / 100, money)
    left = Fraction(_price(fields, "amount")) - Fraction(fields.price("already_used") or ZERO)
    return _amount(max(min(left, base), NOTHING), money)


def _credits_to_money(fields: Fields, money: Money) -> Rated:
    return _amount(Fraction(_needed(fields, "credits")) * Fraction(_price(fields, "rate")), money)


def _tax(fields: Fields, money: Money) -> Rated:
    """Net and tax, each rounded; the tax is taken from the unrounded net. Source: Lago."""
    net = Fraction(_needed(fields, "net"))
    name = "percent" if fields.has("percent") else "rate"
    if name == "percent" and fields.has("rate"):
        raise InvalidField("rate and percent mean the same here. Give one.", field="rate")
    percent = fields.needed(name, fields.decimal(name, least=ZERO, most=HUNDRED))
    tax = net * Fraction(percent) / 100
    lines = [
        Line(Step.NET, money.of(net), exact=net * money.minor_per_major),
        Line(Step.TAX, money.of(tax), price=percent, exact=tax * money.minor_per_major),
    ]
    gross: Number = lines[0].amount + lines[1].amount
    return Rated(gross, lines, money)


def _round(fields: Fields, money: Money) -> Rated:
    return _amount(Fraction(_needed(fields, "amount")), money)


def _amount(exact: Fraction, money: Money) -> Rated:
    line = Line(Step.AMOUNT, money.of(exact), exact=exact * money.minor_per_major)
    return Rated(line.amount, [line], money)


_CALCULATIONS: Final[dict[Calculation, Callable[[Fields, Money], Rated]]] = {
    Calculation.ALLOCATE: _allocate,
    Calculation.PRORATED_FLAT: _prorated_flat,
    Calculation.PRORATED_MINIMUM_TRUE_UP: _true_up,
    Calculation.COUPON: _coupon,
    Calculation.CREDITS_TO_MONEY: _credits_to_money,
    Calculation.TAX: _tax,
    Calculation.ROUND: _round,
}
