"""Hands out revisions in commit order, to one row of the rollups at most once a second."""

from collections.abc import Callable
from typing import Any

from hosted.storage.resending import Resending


class Revisions:
    """Revisions inside one transaction."""

    def __init__(self, following: Callable[[], int], resending: Resending) -> None:
        self._following = following
        self._resending = resending

    def of(self, table: str, key: tuple[Any, ...], stored: int | None) -> int:
        """Revision of a changed row, which has the revision `stored` so far."""
        return self._resending.revision((table, key), stored, self._following)

    def due(self) -> dict[str, list[tuple[Any, ...]]]:
        """By table, the keys of rows that changed more than a second ago and were not told of."""
        found: dict[str, list[tuple[Any, ...]]] = {}
        for table, key in self._resending.due():
            found.setdefault(table, []).append(key)
        return found
