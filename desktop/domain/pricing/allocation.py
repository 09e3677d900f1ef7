"""Splits an amount over weights so that the shares add up to it exactly.

Source: the largest remainder method as OpenMeter applies it: every share is cut to the minor unit,
and what is left goes, one minor unit each, to the largest remainders; ties by key, then by order.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction


def shares(minor: int, weights: Sequence[Decimal], keys: Sequence[str] | None = None) -> list[int]:
    """Shares of a whole number of minor units; those of a negative amount are negative.

    Weights are not below zero and not all zero; `keys` are as many as weights.
    """
    sign, size = (-1, -minor) if minor < 0 else (1, minor)
    parts = [Fraction(weight) for weight in weights]
    whole = sum(parts, Fraction(0))
    exact = [size * part / whole for part in parts]
    cut = [share.numerator // share.denominator for share in exact]
    names = keys if keys is not None else [""] * len(parts)
    order = sorted(range(len(parts)), key=lambda i: (cut[i] - exact[i], names[i], i))
    for index in order[: size - sum(cut)]:
        cut[index] += 1
    return [sign * share for share in cut]
