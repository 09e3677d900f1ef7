"""Which buckets have no numbers, and why: what the vault cannot know must not look like zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from desktop.domain import calendar
from desktop.domain.usage_questions import Gap, GapReason
from desktop.services.storage import kept_usage, sync_state

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.usage import Application
    from desktop.services.usage_frames import Frame


@dataclass(frozen=True, slots=True)
class Reach:
    """What the vault knows about some applications together."""

    first_day: int | None
    """Number of the first day with usage; None when there is none."""
    synced_from: int
    """Number of the first day that the service has sent."""
    kept_from: int
    """Number of the first day that the owner wants to keep."""
    synced_until: int
    """UTC seconds of the last sync."""
    now: int
    """UTC seconds."""
    is_connected: bool

    def gaps(self, frame: Frame) -> list[Gap]:
        """The buckets without numbers, oldest first: some at the beginning, some at the end."""
        if (
            self._reason(*_bucket(frame, 0))
            is self._reason(*_bucket(frame, frame.size - 1))
            is None
        ):
            return []
        reasons = [self._reason(*_bucket(frame, place)) for place in range(frame.size)]
        found, place = [], 0
        for reason, some in groupby(reasons):
            size = len(list(some))
            if reason is not None:
                found.append(Gap(place, place + size, reason))
            place += size
        return found

    def _reason(self, start: int, last_day: int) -> GapReason | None:
        """Why a bucket has no numbers, by its start and its last day; None when it has."""
        if start >= self.now:
            return GapReason.AHEAD
        if last_day < self.kept_from:
            return GapReason.NOT_KEPT
        if self.first_day is None and not self.is_connected:
            return GapReason.NOT_CONNECTED
        if last_day < self.synced_from or start >= self.synced_until:
            return GapReason.NOT_SYNCED
        # The zone may have been another one when the first hour was counted.
        if self.first_day is None or last_day < self.first_day - 1:
            return GapReason.NOT_CONNECTED
        return None


def reach_of(
    db: Connection, found: Sequence[Application], as_of: datetime | None, now: datetime
) -> Reach:
    """What the vault knows about some applications, from a few look-ups."""
    now_s = int(now.timestamp())
    firsts = [kept_usage.first_day(db, one.application_id) for one in found]
    known = [day for day in firsts if day is not None]
    first_day = min(known, default=None)
    if all(one.is_sample for one in found):
        return Reach(first_day, 0, 0, now_s, now_s, is_connected=True)
    synced_from = _synced_from(db, now)
    if first_day is not None:  # rows of before a re-sync stay until it has come to its end
        synced_from = min(synced_from, first_day)
    return Reach(
        first_day,
        synced_from,
        kept_usage.kept_from(db),
        0 if as_of is None else int(as_of.timestamp()),
        now_s,
        sync_state.connection(db) is not None,
    )


def _synced_from(db: Connection, now: datetime) -> int:
    """Number of the first day that the service has sent: it sends the newest first."""
    past = sync_state.progress(db, "backfill")
    if past.is_complete:
        return 0
    return calendar.day_number(past.reached_day or now.date())


def without_gaps(numbers: Iterable[int | None], gaps: Sequence[Gap]) -> tuple[int | None, ...]:
    """Numbers with None in every gap."""
    if not gaps:
        return tuple(numbers)
    shown = list(numbers)
    for gap in gaps:
        shown[gap.first : gap.end] = [None] * (gap.end - gap.first)
    return tuple(shown)


def _bucket(frame: Frame, place: int) -> tuple[int, int]:
    """Start and number of the last day of a bucket."""
    end = frame.starts[place + 1] if place + 1 < frame.size else frame.end
    return frame.starts[place], calendar.local_day(end - 1, frame.zone)
