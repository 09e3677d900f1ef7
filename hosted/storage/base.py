"""What the service asks of its storage, whatever stands behind it."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from contract.messages.rollups import RollupRow
from hosted.metering.events import UsageEvent
from hosted.metering.rollups import RollupDeltas


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """A configuration row as stored; `body` None is a tombstone."""

    entity: str
    entity_id: str
    application_id: str
    revision: int
    body: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class SdkKey:
    key_id: str
    application_id: str
    name: str
    key_hash: bytes
    created_us: int
    revoked_us: int | None = None


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When an application's SDKs were last connected, and last reported a call."""

    application_id: str
    last_seen_us: int
    last_call_us: int | None


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What an edit was answered, kept under its idempotency key."""

    fingerprint: bytes
    result: str


@dataclass(frozen=True, slots=True)
class BackfillPosition:
    """Last row a backfill has delivered: its day, its table, and its key inside the table."""

    day: int
    table: int
    key: tuple[int | str, ...]


class Transaction(Protocol):
    """One commit: everything or nothing. Used on the writer's thread only.

    Revisions are handed out in order inside a transaction, and transactions follow one another,
    so that revisions are in commit order.
    """

    @property
    def rollups(self) -> RollupDeltas:
        """Changes of the rollups; they are written with the commit."""

    def expect(self, events: Iterable[UsageEvent]) -> None:
        """Load what these events will ask for, all at once."""

    def insert_event(self, event: UsageEvent) -> bool:
        """Store a new event; False, and nothing stored, when its allocation is known."""

    def event(self, application_id: str, allocation_id: str) -> UsageEvent | None: ...

    def replace_event(self, event: UsageEvent) -> None: ...

    def held_events(self, now_us: int, limit: int) -> list[UsageEvent]:
        """Open and parked events whose hold has run out, oldest first."""

    def delete_events(self, before_us: int, limit: int) -> int:
        """Forget raw events opened before the instant; return how many. Rollups stay."""

    def delete_folded(self, before_day: int) -> None:
        """Forget the silent hourly rows of customers that were not among a day's largest."""

    def configuration(self, entity: str, entity_id: str) -> ConfigRow | None: ...

    def configuration_of(self, application_id: str, entity: str) -> list[ConfigRow]:
        """Rows of one application, tombstones left out."""

    def put_configuration(
        self, entity: str, entity_id: str, application_id: str, body: Mapping[str, Any] | None
    ) -> ConfigRow:
        """Store a row, or with body None its tombstone, under the next revision."""

    def answer(self, idempotency_key: str) -> StoredAnswer | None: ...

    def put_answer(self, idempotency_key: str, answer: StoredAnswer, now_us: int) -> None: ...

    def delete_answers(self, before_us: int) -> None: ...

    def add_sdk_key(self, key: SdkKey) -> None: ...

    def revoke_sdk_key(self, application_id: str, key_id: str, now_us: int) -> SdkKey | None:
        """Revoke a key; the key as it is now, or None when the application has no such key."""

    def replace_owner_tokens(self, token_hash: bytes, now_us: int) -> None:
        """Make this the only owner token."""

    def put_last_seen(self, rows: Iterable[LastSeen]) -> None:
        """Store when applications were last seen; those that are gone are forgotten."""

    def refold_customer_hours(self, application_id: str, day: int) -> None:
        """Give the day's largest customers rows of their own, the rest goes to `OTHERS`."""


class Storage(Protocol):
    """Reads may come from any thread; `transaction` belongs to the writer's thread."""

    @property
    def service_id(self) -> str: ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Commit on leaving, roll back on an exception.

        Raises:
            StorageUnavailable: the environment refused the write; nothing was changed.
        """

    def revision(self) -> int:
        """Newest committed revision."""

    def configuration(self, entity: str, entity_id: str) -> ConfigRow | None: ...

    def configuration_page(
        self, entity: str, application_id: str | None, after_id: str, limit: int
    ) -> list[ConfigRow]:
        """Rows of one kind by id, tombstones left out."""

    def changes(self, after: int, limit: int) -> list[ConfigRow]:
        """Rows and tombstones with a higher revision, in commit order."""

    def rollup_tail(self, after: int, limit: int) -> list[RollupRow]:
        """Rollup rows with a higher revision, in commit order."""

    def rollup_backfill(
        self, after: BackfillPosition | None, limit: int
    ) -> tuple[list[RollupRow], BackfillPosition | None]:
        """Rollup rows from the newest day to the oldest, and where the page ended."""

    def calls_since(self, endpoint_id: str, start_us: int) -> dict[str, int]:
        """Admitted calls per customer since an instant of the last minutes."""

    def calls_in_hour(self, application_id: str, endpoint_id: str, hour: int) -> dict[str, int]:
        """Admitted calls per customer in one hour."""

    def calls_since_day(self, application_id: str, endpoint_id: str, day: int) -> dict[str, int]:
        """Admitted calls per customer since a local date."""

    def crowded_days(self, since_day: int) -> list[tuple[str, int]]:
        """Applications and days that have as many customers of their own as a day may have."""

    def sdk_keys(self) -> list[SdkKey]:
        """Every key, revoked ones too."""

    def owner_tokens(self) -> Iterable[bytes]: ...

    def last_seen(self) -> list[LastSeen]: ...

    def checkpoint(self) -> None:
        """Do the housekeeping that must not delay a commit. Any thread."""

    def close(self) -> None: ...
