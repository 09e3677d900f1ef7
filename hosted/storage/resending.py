"""Tells followers of a changed row once a second at most.

A row is told of by a new revision. What changes sooner keeps the one it has, and gets a new one
when its second is over. A crash in between is made good at the next start: the data file knows the
lowest revision such a row can have, and every row from there on is told of again.
"""

from collections.abc import Callable
from typing import Any, Final

LEAST_PAUSE_S: Final = 1.0
NOTHING_WAITS: Final = 2**63 - 1

RowKey = tuple[str, tuple[Any, ...]]
"""Table and key."""
Clock = Callable[[], float]
"""Seconds that only go forward."""


class Resending:
    """Rows that were told of within the last second, and rows that wait to be told of again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now = clock()
        self._told: dict[RowKey, float] = {}
        self._unsent: dict[RowKey, int] = {}
        self._lowest = self._kept_lowest = -1
        self._staged: dict[RowKey, int | None] = {}
        """Per row of the transaction the revision it keeps although it changed, or None."""

    def begin(self) -> None:
        """A transaction begins: it happens at one instant."""
        self._now = self._clock()

    def revision(self, key: RowKey, stored: int | None, following: Callable[[], int]) -> int:
        """Revision under which a changed row is stored; `stored` is the one it has."""
        if stored is not None and self._staged.get(key, stored) is None:
            return stored  # this commit tells of it already
        told = self._told.get(key)
        if stored is not None and told is not None and self._now - told < LEAST_PAUSE_S:
            self._staged[key] = stored
            return stored
        self._staged[key] = None
        return following()

    def due(self) -> list[RowKey]:
        """Rows whose second is over and that still have to be told of."""
        told, latest = self._told, self._now - LEAST_PAUSE_S
        return [key for key in self._unsent if told.get(key, latest) <= latest]

    def next_due(self) -> float | None:
        """When the first row is due, by this object's clock; None when none waits."""
        if not self._unsent:
            return None
        return min(self._told.get(key, 0.0) for key in self._unsent) + LEAST_PAUSE_S

    def changed_lowest(self) -> int | None:
        """Lowest revision of a row that waits, with this transaction in it; None if as before."""
        waiting = {**self._unsent, **self._staged}
        self._lowest = min((r for r in waiting.values() if r is not None), default=NOTHING_WAITS)
        return None if self._lowest == self._kept_lowest else self._lowest

    def wait_again(self, key: RowKey, revision: int) -> None:
        """Take up a row that may have been waiting when an earlier process ended."""
        self._unsent[key] = revision

    def keep(self) -> None:
        """The transaction was committed."""
        for key, revision in self._staged.items():
            if revision is None:
                self._unsent.pop(key, None)
                self._told.pop(key, None)
                self._told[key] = self._now
            else:
                self._unsent[key] = revision
        self._staged.clear()
        self._kept_lowest = self._lowest
        self._forget_old()

    def forget_staged(self) -> None:
        """The transaction was rolled back."""
        self._staged.clear()

    def _forget_old(self) -> None:
        """Rows are in the order in which they were told of."""
        latest = self._now - LEAST_PAUSE_S
        while self._told:
            key = next(iter(self._told))
            if self._told[key] > latest:
                return
            del self._told[key]
