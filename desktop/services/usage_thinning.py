"""Fewer points for a narrow window, with every peak and every low still there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from desktop.domain.usage_questions import Answer, Gap, Series

POINTS_A_PIXEL: Final = 4
ENDS: Final = 2
"""A line has a highest and a lowest point in each stretch."""
Values = tuple[int | None, ...]


def thinned(answer: Answer, width_px: int) -> Answer:
    """The answer with at most four points a pixel; totals are those of all points.

    All lines keep the same places, so that they can be stacked: of each stretch of buckets the
    places at which some line, or the whole, is highest or lowest, and where a gap begins or ends.
    """
    size = len(answer.starts)
    most = POINTS_A_PIXEL * width_px
    if width_px <= 0 or size <= most:
        return answer
    places = _places(answer, size, most)
    index = {place: number for number, place in enumerate(places)}
    return replace(
        answer,
        starts=tuple(answer.starts[place] for place in places),
        labels=tuple(answer.labels[place] for place in places),
        series=tuple(_picked(one, places) for one in answer.series),
        totals=tuple(_picked(one, places) for one in answer.totals),
        gaps=tuple(
            Gap(index[gap.first], index[gap.end - 1] + 1, gap.reason) for gap in answer.gaps
        ),
        is_thinned=True,
    )


def _places(answer: Answer, size: int, most: int) -> list[int]:
    lines = [*answer.series, *answer.totals]
    columns = [one.values for one in lines] + [one.before for one in lines if one.before]
    kept = {place for gap in answer.gaps for place in (gap.first, gap.end - 1)} | {0, size - 1}
    stretches = max(1, (most - len(kept)) // (ENDS * len(columns)))
    for number in range(stretches):
        span = range(size * number // stretches, size * (number + 1) // stretches)
        for values in columns:
            kept.update(_extremes(values, span))
    return sorted(kept)


def _extremes(values: Sequence[int | None], span: range) -> set[int]:
    known = [(value, place) for place in span if (value := values[place]) is not None]
    return {min(known)[1], max(known)[1]} if known else set()


def _picked(series: Series, places: Sequence[int]) -> Series:
    return replace(series, values=_at(series.values, places), before=_at(series.before, places))


def _at(values: Values, places: Sequence[int]) -> Values:
    return tuple(values[place] for place in places) if values else ()
