"""Storage of the embedded form: one encrypted file, one writer, a few readers."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue
from sqlite3 import Connection
from typing import Any, Final

from contract.messages.rollups import RollupRow
from hosted.clock import Clock
from hosted.metering.events import UsageEvent
from hosted.metering.rollups import RollupDeltas
from hosted.storage import configuration, credentials, events, folding, rollup_pages
from hosted.storage.base import (
    BackfillPosition,
    ConfigRow,
    SdkKey,
    StoredAnswer,
)
from hosted.storage.connection import connect, translated
from hosted.storage.rollups import RollupWriter
from hosted.storage.schema import migrate

DATA_FILE: Final = "service.db"
READERS: Final = 3
WRITER_CACHE_KIB: Final = 131_072


class EmbeddedTransaction:
    """A commit in the making; see `hosted.storage.base.Transaction`."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._revision: int = db.execute("SELECT revision FROM meta").fetchone()[0]
        self._revision_at_start = self._revision
        self.rollups = RollupDeltas()

    def finish(self) -> None:
        """Write what was gathered; the commit follows."""
        RollupWriter(self._db, self.next_revision).write(self.rollups)
        if self._revision != self._revision_at_start:
            self._db.execute("UPDATE meta SET revision = :now", {"now": self._revision})

    def next_revision(self) -> int:
        """Revision after the last one handed out."""
        self._revision += 1
        return self._revision

    def insert_event(self, event: UsageEvent) -> bool:
        return events.insert(self._db, event)

    def event(self, application_id: str, allocation_id: str) -> UsageEvent | None:
        return events.find(self._db, application_id, allocation_id)

    def replace_event(self, event: UsageEvent) -> None:
        events.replace(self._db, event)

    def held_events(self, now_us: int, limit: int) -> list[UsageEvent]:
        return events.held(self._db, now_us, limit)

    def delete_events(self, before_us: int, limit: int) -> int:
        return events.delete_old(self._db, before_us, limit)

    def configuration(self, entity: str, entity_id: str) -> ConfigRow | None:
        return configuration.find(self._db, entity, entity_id)

    def configuration_of(self, application_id: str, entity: str) -> list[ConfigRow]:
        return configuration.page(self._db, entity, application_id, "", -1)

    def put_configuration(
        self, entity: str, entity_id: str, application_id: str, body: Mapping[str, Any] | None
    ) -> ConfigRow:
        row = ConfigRow(entity, entity_id, application_id, self.next_revision(), body)
        configuration.put(self._db, row)
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

    def refold_customer_hours(self, application_id: str, day: int) -> None:
        folding.Folding(self._db, self.next_revision, application_id, day).refold()


class EmbeddedStorage:
    """An encrypted file in WAL mode; see `hosted.storage.base.Storage`.

    Commits reach the disk before `transaction` returns (synchronous = FULL). Checkpoints run on a
    connection of their own, so that no commit has to wait for one.
    """

    def __init__(self, directory: Path, key_hex: str, clock: Clock) -> None:
        """Open the data file of a directory, or make a new one.

        Raises:
            StartFailed: wrong key, damaged file, newer file.
            StorageUnavailable: the environment refused.
        """
        path = directory / DATA_FILE
        self._writer = connect(path, key_hex, cache_kib=WRITER_CACHE_KIB)
        with translated():
            migrate(self._writer, path)
            self._writer.execute("PRAGMA wal_autocheckpoint = 0")
            self.service_id = self._ensure_identity(clock)
        self._checkpointer = connect(path, key_hex, cache_kib=256)
        self._readers: LifoQueue[Connection] = LifoQueue()
        for _ in range(READERS):
            reader = connect(path, key_hex)
            reader.execute("PRAGMA query_only = ON")
            self._readers.put(reader)

    def _ensure_identity(self, clock: Clock) -> str:
        self._writer.execute(
            "INSERT OR IGNORE INTO meta (only_row, service_id, revision, created_us) "
            "VALUES (1, :service_id, 0, :now_us)",
            {"service_id": f"svc_{uuid.uuid4().hex}", "now_us": clock()},
        )
        return str(self._writer.execute("SELECT service_id FROM meta").fetchone()[0])

    @contextmanager
    def transaction(self) -> Iterator[EmbeddedTransaction]:
        with translated():
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                transaction = EmbeddedTransaction(self._writer)
                yield transaction
                transaction.finish()
                self._writer.execute("COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        db = self._readers.get()
        try:
            with translated():
                db.execute("BEGIN")
                try:
                    yield db
                finally:
                    db.execute("ROLLBACK")
        finally:
            self._readers.put(db)

    def revision(self) -> int:
        with self._reading() as db:
            return int(db.execute("SELECT revision FROM meta").fetchone()[0])

    def configuration(self, entity: str, entity_id: str) -> ConfigRow | None:
        with self._reading() as db:
            return configuration.find(db, entity, entity_id)

    def configuration_page(
        self, entity: str, application_id: str | None, after_id: str, limit: int
    ) -> list[ConfigRow]:
        with self._reading() as db:
            return configuration.page(db, entity, application_id, after_id, limit)

    def changes(self, after: int, limit: int) -> list[ConfigRow]:
        with self._reading() as db:
            return configuration.changes(db, after, limit)

    def rollup_tail(self, after: int, limit: int) -> list[RollupRow]:
        with self._reading() as db:
            return rollup_pages.tail(db, after, limit)

    def rollup_backfill(
        self, after: BackfillPosition | None, limit: int
    ) -> tuple[list[RollupRow], BackfillPosition | None]:
        with self._reading() as db:
            return rollup_pages.backfill(db, after, limit)

    def calls_since(self, endpoint_id: str, start_us: int) -> dict[str, int]:
        with self._reading() as db:
            return events.calls_since(db, endpoint_id, start_us)

    def calls_since_day(self, endpoint_id: str, day: int) -> dict[str, int]:
        with self._reading() as db:
            return rollup_pages.calls_since_day(db, endpoint_id, day)

    def crowded_days(self, since_day: int) -> list[tuple[str, int]]:
        with self._reading() as db:
            return folding.crowded_days(db, since_day)

    def sdk_keys(self) -> list[SdkKey]:
        with self._reading() as db:
            return credentials.keys(db)

    def owner_tokens(self) -> Iterable[bytes]:
        with self._reading() as db:
            return credentials.owner_tokens(db)

    def checkpoint(self) -> None:
        with translated():
            self._checkpointer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def close(self) -> None:
        """Fold the write-ahead log into the file and close every connection."""
        while not self._readers.empty():
            self._readers.get().close()
        self._checkpointer.close()
        self._writer.close()
