"""When a limit holds: parts of the week, in the owner's time zone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from contract.messages.policies import Span
from hosted.clock import SECOND_US

MINUTE_US: Final = 60 * SECOND_US
DAY_MINUTES: Final = 1440
WEEK_MINUTES: Final = 7 * DAY_MINUTES


class Schedule:
    """Spans of a week by wall clock: on the day of a clock change a span has another length."""

    __slots__ = ("_is_on", "_minute", "_spans", "_zone")

    def __init__(self, spans: Sequence[Span], zone: ZoneInfo) -> None:
        self._zone = zone
        self._spans = [part for span in spans for part in _minutes(span)]
        self._minute = -1
        self._is_on = False

    def is_on(self, at_us: int) -> bool:
        """Whether the limit holds; looked up once a minute, for it changes at full minutes only."""
        minute = at_us // MINUTE_US
        if minute != self._minute:
            self._minute = minute
            self._is_on = self._covers(datetime.fromtimestamp(minute * 60, tz=self._zone))
        return self._is_on

    def _covers(self, local: datetime) -> bool:
        of_week = local.weekday() * DAY_MINUTES + local.hour * 60 + local.minute
        return any(
            start <= of_week < end or start <= of_week + WEEK_MINUTES < end
            for start, end in self._spans
        )


def _minutes(span: Span) -> list[tuple[int, int]]:
    """Parts of the week in minutes from Monday; an end at or before the start is tomorrow."""
    start, end = _of_day(span.start), _of_day(span.end)
    length = end - start if end > start else end - start + DAY_MINUTES
    firsts = [(day - 1) * DAY_MINUTES + start for day in span.weekdays]
    return [(first, first + length) for first in firsts]


def _of_day(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
