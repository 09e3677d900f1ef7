"""Whether a day's figure is unusual, by what the same weekday was before.

The rule: of the figures of the same weekday in the last eight weeks take the median m and the
median absolute deviation MAD. A figure x is unusual where |x - m| > 5 s, with s the largest of

- 1.4826 MAD, which estimates the standard deviation and does not mind a few odd weeks;
- the square root of m, the spread that counted events have by chance alone;
- a tenth of m, so that very even traffic does not make every ripple an alarm.

At least four weeks have to be known, and x and m have to differ by at least `LEAST`.
Source: median and MAD as robust estimators, Hampel (1974); weekday by weekday because the traffic
of an API has weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import Final

WEEKS: Final = 8
FEWEST: Final = 4
"""Weeks that have to be known."""
TIMES: Final = 5.0
TO_SIGMA: Final = 1.4826
EVEN: Final = 0.1
LEAST: Final = 50.0


class Oddity(StrEnum):
    NONE = "none"
    HIGH = "high"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Verdict:
    oddity: Oddity
    usual: float
    """The median; 0 where too little is known."""


def judged(figure: float, before: Sequence[float]) -> Verdict:
    """Judge a figure by those of the same weekday before, in any order; none is below 0."""
    if len(before) < FEWEST:
        return Verdict(Oddity.NONE, 0.0)
    usual = median(before)
    spread = TO_SIGMA * median(abs(one - usual) for one in before)
    allowed = TIMES * max(spread, usual**0.5, EVEN * usual)
    off = figure - usual
    if abs(off) <= allowed or abs(off) < LEAST:
        return Verdict(Oddity.NONE, usual)
    return Verdict(Oddity.HIGH if off > 0 else Oddity.LOW, usual)
