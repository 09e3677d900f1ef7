"""The counters behind limits: fixed window, sliding window and token bucket.

A gauge counts per key (a customer, or all of them together) in whole numbers: calls, or millionths
of a unit. Open holds of unit limits weigh something too, until they are settled or run out. Every
operation takes constant time, or time bounded by `SLICES`. Lives on the event loop's thread.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

import msgspec

from contract.terms import LimitInterval
from hosted.metering.windows import length_us, window

SLICES: Final = 60
"""A sliding window moves in steps of one sixtieth of its length: a place in it may become free that
much late, and never early."""
SWEPT_AT_ONCE: Final = 4
"""Forgotten keys that are disposed of with each call, so that the end of a window with a million
customers stops nobody."""


class Mark(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A change of a gauge that cannot be found again in the rollups; stored with its event."""

    gauge_id: str
    key: str
    at_us: int
    """Start of the slice, or the instant of the level."""
    amount: int = 0
    """Added to the slice."""
    level: str = ""
    """Level of a bucket from now on, a whole number; empty for a slice."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a gauge shows for a key."""

    used: int
    frees_us: int
    """When there will be room, if nobody calls meanwhile."""


class Gauge(Protocol):
    """A counter per key. `now_us` never runs backwards by more than a clock that is set."""

    def has_room(self, key: str, need: int, allowed: int, now_us: int, /) -> bool:
        """Whether `need` more is within what is allowed."""

    def add(self, key: str, amount: int, opened_us: int, now_us: int, /) -> Mark | None:
        """Count what belongs to a call that began at `opened_us`; below zero takes it back."""

    def hold(self, key: str, weight: int, opened_us: int, now_us: int, /) -> None:
        """Let an open allocation weigh something; below zero releases it."""

    def reading(self, key: str, need: int, allowed: int, at_us: int, /) -> Reading:
        """What the gauge would show at an instant, now or later; nothing changes."""

    def adopt(self, before: str, key: str, now_us: int, /) -> None:
        """Let a key go on with what was counted for another one that nobody uses any more.

        May be repeated, also after a restart: nothing counts twice.
        """

    def needed_since(self, now_us: int, /) -> int:
        """Marks from before this instant say nothing any more."""


class FixedWindow:
    """Counts anew from each interval's start, in the owner's time zone."""

    __slots__ = ("_end_us", "_forgotten", "_gauge_id", "_interval", "_start_us", "_used", "_zone")

    def __init__(self, interval: LimitInterval, zone: ZoneInfo, gauge_id: str = "") -> None:
        """Make an empty window; `gauge_id` is given where the rollups cannot tell its counts."""
        self._gauge_id = gauge_id
        self._interval = interval
        self._zone = zone
        self._start_us = self._end_us = 0
        self._used: dict[str, int] = {}
        self._forgotten: dict[str, int] = {}

    def has_room(self, key: str, need: int, allowed: int, now_us: int) -> bool:
        if now_us >= self._end_us:
            self._begin(now_us)
        return self._used.get(key, 0) + need <= allowed

    def add(self, key: str, amount: int, opened_us: int, now_us: int) -> Mark | None:
        if now_us >= self._end_us:
            self._begin(now_us)
        _dispose(self._forgotten)
        if opened_us < self._start_us:
            return None
        self._used[key] = self._used.get(key, 0) + amount
        return Mark(self._gauge_id, key, self._start_us, amount) if self._gauge_id else None

    def hold(self, key: str, weight: int, opened_us: int, now_us: int) -> None:
        self.add(key, weight, opened_us, now_us)

    def reading(self, key: str, need: int, allowed: int, at_us: int) -> Reading:
        used = self._used.get(key, 0) if at_us < self._end_us else 0
        return Reading(used, at_us if used + need <= allowed else self._end_us)

    def adopt(self, before: str, key: str, now_us: int) -> None:
        if now_us >= self._end_us:
            self._begin(now_us)
        if used := self._used.pop(before, 0):
            self._used[key] = self._used.get(key, 0) + used

    def needed_since(self, now_us: int) -> int:
        return window(self._interval, now_us, self._zone)[0]

    def _begin(self, now_us: int) -> None:
        self._start_us, self._end_us = window(self._interval, now_us, self._zone)
        self._forgotten = self._used
        self._used = {}


class SlidingWindow:
    """Looks back over one interval, in steps of a sixtieth of it."""

    __slots__ = ("_forgotten", "_gauge_id", "_length_us", "_old", "_step_us", "_turn_us", "_young")

    def __init__(self, interval: LimitInterval, gauge_id: str = "") -> None:
        """Make an empty window; `gauge_id` is given where events cannot tell its counts."""
        self._gauge_id = gauge_id
        self._length_us = length_us(interval)
        self._step_us = self._length_us // SLICES
        self._turn_us = 0
        self._young: dict[str, Slices] = {}
        self._old: dict[str, Slices] = {}
        self._forgotten: dict[str, Slices] = {}

    def has_room(self, key: str, need: int, allowed: int, now_us: int) -> bool:
        return self._current(key, now_us).used + need <= allowed

    def add(self, key: str, amount: int, opened_us: int, now_us: int) -> Mark | None:
        slot = opened_us - opened_us % self._step_us
        if self._is_over(slot, now_us):
            return None
        self._current(key, now_us).add(slot, amount)
        _dispose(self._forgotten)
        return Mark(self._gauge_id, key, slot, amount) if self._gauge_id else None

    def hold(self, key: str, weight: int, opened_us: int, now_us: int) -> None:
        self.add(key, weight, opened_us, now_us)

    def reading(self, key: str, need: int, allowed: int, at_us: int) -> Reading:
        slices = self._young.get(key) or self._old.get(key)
        entries = [] if slices is None else slices.entries
        left = [entry for entry in entries if not self._is_over(entry[0], at_us)]
        used = sum(amount for _, amount in left)
        excess, frees_us = used + need - allowed, at_us
        for slot, amount in left:
            if excess <= 0:
                break
            excess -= amount
            frees_us = slot + self._step_us - 1 + self._length_us
        return Reading(used, frees_us)

    def adopt(self, before: str, key: str, now_us: int) -> None:
        if before not in self._young and before not in self._old:
            return
        mine = self._current(key, now_us)
        for slot, amount in self._current(before, now_us).entries:
            mine.add(slot, amount)
        del self._young[before]

    def needed_since(self, now_us: int) -> int:
        return now_us - self._length_us - self._step_us

    def _is_over(self, slot: int, now_us: int) -> bool:
        """Whether the last call that may be in a slice has left the window."""
        return slot + self._step_us - 1 + self._length_us <= now_us

    def _current(self, key: str, now_us: int) -> "Slices":
        if now_us >= self._turn_us:
            self._turn(now_us)
        slices = self._young.get(key)
        if slices is None:
            slices = self._old.pop(key) if key in self._old else Slices()
            self._young[key] = slices
        entries = slices.entries
        while entries and self._is_over(entries[0][0], now_us):
            slices.used -= entries.pop(0)[1]
        return slices

    def _turn(self, now_us: int) -> None:
        """Forget keys not heard of for a whole length."""
        self._forgotten, self._old, self._young = self._old, self._young, {}
        self._turn_us = now_us + self._length_us + self._step_us


class Slices:
    """What one key used, by slice, oldest first."""

    __slots__ = ("entries", "used")

    def __init__(self) -> None:
        self.entries: list[tuple[int, int]] = []
        self.used = 0

    def add(self, slot: int, amount: int) -> None:
        """Add to a slice, nearly always the newest."""
        self.used += amount
        entries = self.entries
        place = len(entries)
        while place and entries[place - 1][0] > slot:
            place -= 1
        if place and entries[place - 1][0] == slot:
            entries[place - 1] = (slot, entries[place - 1][1] + amount)
        else:
            entries.insert(place, (slot, amount))


class TokenBucket:
    """Fills evenly at `allowed` an interval and holds `size` at most.

    Levels are counted in tokens times the interval's microseconds, so that they are whole numbers
    at any instant.
    """

    __slots__ = (
        "_fill_us", "_forgotten", "_gauge_id", "_has_debts", "_held", "_length_us", "_levels",
        "_old", "_rate", "_size", "_turn_us",
    )  # fmt: skip

    def __init__(self, interval: LimitInterval, gauge_id: str, allowed: int, size: int) -> None:
        self._gauge_id = gauge_id
        self._length_us = length_us(interval)
        self._rate = allowed
        self._size = size * self._length_us
        self._fill_us = self._size // allowed + 1
        self._turn_us = 0
        self._levels: dict[str, tuple[int, int]] = {}
        self._old: dict[str, tuple[int, int]] = {}
        self._forgotten: dict[str, tuple[int, int]] = {}
        self._held: dict[str, int] = {}
        self._has_debts = False

    def has_room(self, key: str, need: int, _allowed: int, now_us: int, /) -> bool:
        return self._free(key, now_us) >= need * self._length_us

    def add(self, key: str, amount: int, _opened_us: int, now_us: int, /) -> Mark:
        level = min(self._size, self._level(key, now_us) - amount * self._length_us)
        self._levels[key] = (level, now_us)
        self._has_debts = self._has_debts or level < 0
        _dispose(self._forgotten)
        return Mark(self._gauge_id, key, now_us, level=str(level))

    def restore(self, key: str, level: int, at_us: int) -> None:
        """Take up a level that was stored."""
        self._levels[key] = (level, at_us)
        self._has_debts = self._has_debts or level < 0

    def hold(self, key: str, weight: int, _opened_us: int, _now_us: int, /) -> None:
        held = self._held.get(key, 0) + weight
        if held > 0:
            self._held[key] = held
        else:
            self._held.pop(key, None)

    def reading(self, key: str, need: int, _allowed: int, at_us: int, /) -> Reading:
        level = self._filled(self._levels.get(key) or self._old.get(key), at_us)
        free = level - self._held.get(key, 0) * self._length_us
        wait_us = max(0, -(-(need * self._length_us - free) // self._rate))
        return Reading((self._size - free) // self._length_us, at_us + wait_us)

    def adopt(self, before: str, key: str, now_us: int) -> None:
        """Both fill alike, so the emptier of the two says what is left."""
        level = self._level(before, now_us)
        if level < self._level(key, now_us):
            self.restore(key, level, now_us)

    def needed_since(self, now_us: int) -> int:
        return now_us - self._fill_us

    def _free(self, key: str, now_us: int) -> int:
        return self._level(key, now_us) - self._held.get(key, 0) * self._length_us

    def _level(self, key: str, now_us: int) -> int:
        if now_us >= self._turn_us:
            self._turn(now_us)
        found = self._levels.get(key)
        if found is None and key in self._old:
            found = self._levels[key] = self._old.pop(key)
        return self._filled(found, now_us)

    def _filled(self, found: tuple[int, int] | None, at_us: int) -> int:
        if found is None:
            return self._size
        level, before_us = found
        return min(self._size, level + max(0, at_us - before_us) * self._rate)

    def _turn(self, now_us: int) -> None:
        """Forget keys whose bucket has had the time to fill; debts stay."""
        debts: dict[str, tuple[int, int]] = {}
        if self._has_debts:
            debts = {key: found for key, found in self._old.items() if found[0] < 0}
        self._forgotten, self._old, self._levels = self._old, self._levels, debts
        self._turn_us = now_us + self._fill_us


def _dispose(forgotten: dict[str, Any]) -> None:
    """Take a few keys out of a dictionary nobody looks into any more."""
    for _ in range(min(SWEPT_AT_ONCE, len(forgotten))):
        forgotten.popitem()
