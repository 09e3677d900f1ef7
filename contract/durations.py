"""Durations in logarithmic bins: small, mergeable, and exact enough for percentiles.

Bin 0 holds 0 ms. Bin `k` from 1 on holds durations above `G**(k-2)` up to and including `G**(k-1)`
milliseconds, with `G = 2**(1/9)`: nine bins a doubling. A bin answers with the value that lies
equally far, relatively, from both of its ends, so that a quantile is off by at most
`(G-1)/(G+1)` = 3.9 %. Source of the scheme: C. Masson, J. E. Rim, H. K. Lee, "DDSketch", VLDB 2019.

A histogram is written sparsely: `bin, count, bin, count, ...` with rising bins and no zero counts.
Histograms of any hours and endpoints are merged by adding the counts of equal bins.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Final

BINS_PER_DOUBLING: Final = 9
LONGEST_MS: Final = 86_400_000
"""One day; SDKs report nothing longer."""
BIN_COUNT: Final = 2 + math.ceil(BINS_PER_DOUBLING * math.log2(LONGEST_MS))
_GROWTH: Final = 2 ** (1 / BINS_PER_DOUBLING)
_EXACT_BELOW: Final = 4096


def _computed(duration_ms: int) -> int:
    return 1 + math.ceil(BINS_PER_DOUBLING * math.log2(duration_ms))


_SHORT: Final = (0, *(_computed(duration_ms) for duration_ms in range(1, _EXACT_BELOW)))


def bin_of(duration_ms: int) -> int:
    """Bin of a duration from 0 to `LONGEST_MS` milliseconds."""
    return _SHORT[duration_ms] if duration_ms < _EXACT_BELOW else _computed(duration_ms)


def _computed_value(bin_number: int) -> float:
    if bin_number == 0:
        return 0.0
    upper: float = _GROWTH ** (bin_number - 1)
    return 2 * upper / (_GROWTH + 1)


_VALUES: Final = tuple(map(_computed_value, range(BIN_COUNT)))


def value_of(bin_number: int) -> float:
    """The duration that stands for a bin, in milliseconds."""
    return _VALUES[bin_number]


def sparse(counts: Mapping[int, int]) -> tuple[int, ...]:
    """Write counts by bin sparsely."""
    return tuple(part for key in sorted(counts) if counts[key] for part in (key, counts[key]))


def merged(histograms: Iterable[Sequence[int]]) -> dict[int, int]:
    """Counts by bin of any number of sparse histograms."""
    counts: dict[int, int] = {}
    for histogram in histograms:
        for position in range(0, len(histogram), 2):
            number = histogram[position]
            counts[number] = counts.get(number, 0) + histogram[position + 1]
    return counts


def is_valid(histogram: Sequence[int]) -> bool:
    """Whether this is a sparse histogram: known bins in rising order, counts above zero."""
    bins, counts = histogram[::2], histogram[1::2]
    return (
        len(bins) == len(counts)
        and all(0 <= number < BIN_COUNT for number in bins)
        and all(before < after for before, after in pairwise(bins))
        and all(count > 0 for count in counts)
    )


def quantile(counts: Mapping[int, int], share: float) -> float | None:
    """Duration in milliseconds at nearest rank; None when nothing was counted.

    Args:
        counts: counts by bin.
        share: from 0 to 1, such as 0.95.
    """
    bins = sorted(counts)
    return _at_rank(bins, map(counts.__getitem__, bins), share)


def sparse_quantile(histogram: Sequence[int], share: float) -> float | None:
    """As `quantile`, of a sparse histogram."""
    return _at_rank(histogram[::2], histogram[1::2], share)


def _at_rank(bins: Sequence[int], counts: Iterable[int], share: float) -> float | None:
    up_to = list(accumulate(counts))
    if not up_to or not up_to[-1]:
        return None
    rank = max(1, math.ceil(share * up_to[-1]))
    return value_of(bins[bisect_left(up_to, rank)])
