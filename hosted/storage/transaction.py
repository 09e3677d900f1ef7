"""A commit in the making: reads ahead, works in memory, and writes everything at the end."""

from collections.abc import Iterable, Mapping
from sqlite3 import Connection
from typing import Any

from hosted.metering.events import UsageEvent
from hosted.metering.rollups import RollupDeltas
from hosted.storage import configuration, credentials, events, folding, presence
from hosted.storage.base import ConfigRow, LastSeen, SdkKey, StoredAnswer
from hosted.storage.cache import Caches
from hosted.storage.events import EventKey
from hosted.storage.rollups import RollupWriter


class EmbeddedTransaction:
    """See `hosted.storage.base.Transaction`.

    Events and rows it has seen are kept until the end, so that a group of a hundred commands
    costs as many statements as one.
    """

    def __init__(self, db: Connection, caches: Caches, revision: int) -> None:
        self._db = db
        self._caches = caches
        self.revision = revision
        self._events: dict[EventKey, UsageEvent | None] = {}
        self._changed: dict[EventKey, UsageEvent] = {}
        self.rollups = RollupDeltas()

    def finish(self) -> None:
        """Write what was gathered; the commit follows."""
        self._write_events()
        self._write_rollups()

    def next_revision(self) -> int:
        """Revision after the last one handed out."""
        self.revision += 1
        return self.revision

    def expect(self, events_ahead: Iterable[UsageEvent]) -> None:
        keys: dict[EventKey, None] = {}
        rows: dict[tuple[str, str], None] = {}
        for event in events_ahead:
            keys[event.application_id, event.allocation_id] = None
            rows["endpoint", event.endpoint_id] = None
            rows["customer", event.customer_id] = None
        self._load_events(keys)
        self._load_rows(rows)

    def insert_event(self, event: UsageEvent) -> bool:
        if self.event(event.application_id, event.allocation_id) is not None:
            return False
        self.replace_event(event)
        return True

    def event(self, application_id: str, allocation_id: str) -> UsageEvent | None:
        key = (application_id, allocation_id)
        if key not in self._events:
            self._load_events([key])
        return self._events[key]

    def replace_event(self, event: UsageEvent) -> None:
        key = (event.application_id, event.allocation_id)
        self._events[key] = self._changed[key] = event

    def held_events(self, now_us: int, limit: int) -> list[UsageEvent]:
        self._write_events()
        return events.held(self._db, now_us, limit)

    def delete_events(self, before_us: int, limit: int) -> int:
        self._write_events()
        self._events.clear()
        return events.delete_old(self._db, before_us, limit)

    def delete_folded(self, before_day: int) -> None:
        folding.delete_folded(self._db, before_day)
        self._caches.clear_hours()

    def configuration(self, entity: str, entity_id: str) -> ConfigRow | None:
        key = (entity, entity_id)
        self._load_rows([key])
        return self._caches.rows[key]

    def configuration_of(self, application_id: str, entity: str) -> list[ConfigRow]:
        return configuration.page(self._db, entity, application_id, "", -1)

    def put_configuration(
        self, entity: str, entity_id: str, application_id: str, body: Mapping[str, Any] | None
    ) -> ConfigRow:
        row = ConfigRow(entity, entity_id, application_id, self.next_revision(), body)
        configuration.put(self._db, row)
        self._caches.rows[entity, entity_id] = row
        return row

    def answer(self, idempotency_key: str) -> StoredAnswer | None:
        return credentials.find_answer(self._db, idempotency_key)

    def put_answer(self, idempotency_key: str, answer: StoredAnswer, now_us: int) -> None:
        credentials.put_answer(self._db, idempotency_key, answer, now_us)

    def delete_answers(self, before_us: int) -> None:
        credentials.delete_answers(self._db, before_us)

    def add_sdk_key(self, key: SdkKey) -> None:
        credentials.add_key(self._db, key)

    def revoke_sdk_key(self, application_id: str, key_id: str, now_us: int) -> SdkKey | None:
        return credentials.revoke_key(self._db, application_id, key_id, now_us)

    def replace_owner_tokens(self, token_hash: bytes, now_us: int) -> None:
        credentials.replace_owner_tokens(self._db, token_hash, now_us)

    def put_last_seen(self, rows: Iterable[LastSeen]) -> None:
        presence.put(self._db, rows)

    def refold_customer_hours(self, application_id: str, day: int) -> None:
        self._write_rollups()
        folding.Folding(self._db, self.next_revision, application_id, day).refold()
        self._caches.clear_hours()

    def _load_events(self, keys: Iterable[EventKey]) -> None:
        missing = [key for key in keys if key not in self._events]
        if missing:
            found = events.find_many(self._db, missing)
            self._events.update({key: found.get(key) for key in missing})

    def _load_rows(self, keys: Iterable[tuple[str, str]]) -> None:
        missing = self._caches.rows.missing(keys)
        if missing:
            found = configuration.find_many(self._db, missing)
            for key in missing:
                self._caches.rows[key] = found.get(key)

    def _write_events(self) -> None:
        if self._changed:
            events.put_many(self._db, self._changed.values())
            self._changed.clear()

    def _write_rollups(self) -> None:
        RollupWriter(self._db, self._caches, self.next_revision).write(self.rollups)
        self.rollups = RollupDeltas()
