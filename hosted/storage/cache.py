"""What the writer remembers from one commit to the next.

There is one writer, so what it wrote last is what is stored. Each statement that is saved is a
change of threads that is saved, which is what a commit spends most of its waiting on.
"""

from collections.abc import Iterable
from typing import Any, Final, Generic, TypeVar

from hosted.storage.configuration_records import ConfigRow

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST_ROWS: Final = 50_000


class RowCache(Generic[Key, Value]):
    """Rows by key. What a transaction puts in counts for the next one only once it is kept."""

    def __init__(self) -> None:
        self._kept: dict[Key, Value] = {}
        self._staged: dict[Key, Value] = {}

    def has(self, key: Key) -> bool:
        """Whether the row is at hand."""
        return key in self._kept or key in self._staged

    def missing(self, keys: Iterable[Key]) -> list[Key]:
        """Keys that have to be looked up, each once."""
        kept, staged = self._kept, self._staged
        return [key for key in dict.fromkeys(keys) if key not in kept and key not in staged]

    def __getitem__(self, key: Key) -> Value:
        staged = self._staged
        return staged[key] if key in staged else self._kept[key]

    def __setitem__(self, key: Key, value: Value) -> None:
        self._staged[key] = value

    def keep(self) -> None:
        """The transaction was committed."""
        if len(self._kept) + len(self._staged) > MOST_ROWS:
            self._kept.clear()
        self._kept.update(self._staged)
        self._staged.clear()

    def forget_staged(self) -> None:
        """The transaction was rolled back."""
        self._staged.clear()

    def clear(self) -> None:
        """Somebody wrote past the cache."""
        self._kept.clear()
        self._staged.clear()


class Caches:
    """The writer's caches. None stands for "not stored"."""

    def __init__(self) -> None:
        self.rows: RowCache[tuple[str, str], ConfigRow | None] = RowCache()
        self.applications: RowCache[str, int] = RowCache()
        self.places: RowCache[tuple[str, str, str], int] = RowCache()
        self.seen_hours: RowCache[str, int] = RowCache()
        self.health: RowCache[Any, tuple[Any, ...] | None] = RowCache()
        self.endpoint_hours: RowCache[Any, tuple[Any, ...] | None] = RowCache()
        self.customer_days: RowCache[Any, tuple[Any, ...] | None] = RowCache()
        self.customer_hours: RowCache[Any, tuple[Any, ...] | None] = RowCache()
        self.names: RowCache[tuple[int, int, str], bool] = RowCache()

    def keep(self) -> None:
        """The transaction was committed."""
        for cache in self._all():
            cache.keep()

    def forget_staged(self) -> None:
        """The transaction was rolled back."""
        for cache in self._all():
            cache.forget_staged()

    def clear_hours(self) -> None:
        """Hourly rows were folded."""
        self.customer_hours.clear()
        self.names.clear()

    def clear_customers(self) -> None:
        """Figures went from one customer to another, and their rows got new revisions."""
        for cache in (self.places, self.customer_days, self.customer_hours, self.names):
            cache.clear()

    def _all(self) -> tuple[RowCache[Any, Any], ...]:
        return (
            self.rows,
            self.applications,
            self.places,
            self.seen_hours,
            self.health,
            self.endpoint_hours,
            self.customer_days,
            self.customer_hours,
            self.names,
        )
