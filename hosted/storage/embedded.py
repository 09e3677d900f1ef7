"""Storage of the embedded form: one encrypted file, one writer, a few readers."""

import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import LifoQueue
from sqlite3 import Connection
from typing import Any, Final

from contract.messages.access import AuditEntry
from contract.messages.health import EventHealth
from contract.messages.rollups import RollupRow
from hosted.clock import Clock
from hosted.metering.events import UsageEvent
from hosted.metering.gauges import Mark
from hosted.storage import (
    audit,
    billing,
    configuration,
    credentials,
    customer_use,
    erasing,
    events,
    folding,
    frozen,
    ledgers,
    limits,
    members,
    presence,
    privacy,
    reports,
    rollup_pages,
    sealing,
    traces,
    webhooks,
)
from hosted.storage.access_records import AuditFilter, SdkKey, Token
from hosted.storage.account_end import EmbeddedAccountEnd
from hosted.storage.billing_records import BillingClaim
from hosted.storage.bulk import no_rest
from hosted.storage.cache import Caches
from hosted.storage.configuration import NO_FIELDS
from hosted.storage.configuration_records import ConfigRow
from hosted.storage.connection import connect, translated
from hosted.storage.erasure_ledger import EmbeddedErasures
from hosted.storage.journal import EmbeddedJournal
from hosted.storage.member_records import Device, Member
from hosted.storage.positions import BackfillPosition, JournalPosition
from hosted.storage.privacy_records import MailRows, PolicyRow
from hosted.storage.resending import NOTHING_WAITS, Resending
from hosted.storage.schema import migrate
from hosted.storage.transaction import EmbeddedTransaction
from hosted.storage.usage_records import (
    BlockedCaller,
    CallReport,
    Correction,
    LastSeen,
    LedgerAccount,
    RecentCall,
    TraceFilter,
    TracesFound,
    Usage,
)
from hosted.storage.webhook_records import StoredEvent, StoredWebhook

DATA_FILE: Final = "service.db"
READERS: Final = 3
WRITER_CACHE_KIB: Final = 131_072
CHECKPOINT: Final = "PRAGMA wal_checkpoint(PASSIVE)"
LONG_LOG_PAGES: Final = 16_384
"""64 MiB: a log that is longer is begun anew as soon as it can be."""
KEPT_LOG_BYTES: Final = 64 * 2**20
"""Size a log that had grown is cut to when it is begun anew."""

NEWEST_REVISION: Final = """
SELECT max(coalesce((SELECT max(revision) FROM configuration), 0),
           coalesce((SELECT max(revision) FROM endpoint_hours), 0),
           coalesce((SELECT max(revision) FROM customer_days), 0),
           coalesce((SELECT max(revision) FROM customer_hours), 0),
           coalesce((SELECT max(revision) FROM webhook_events), 0))
"""
"""A row that is written again takes a higher revision, and none that was told of is deleted."""


RESENT_KEYS: Final = {
    "endpoint_hours": "application_id, endpoint_id, hour",
    "customer_days": "day, place_id",
    "customer_hours": "hour, place_id",
}
"""Tables that are sent to followers, and their keys as `RollupWriter` has them."""


class EmbeddedStorage:
    """An encrypted file in WAL mode; see `hosted.storage.base.Storage`.

    Commits reach the disk before `transaction` returns (synchronous = FULL). Checkpoints run on a
    connection of their own, so that no commit has to wait for one.
    """

    def __init__(
        self,
        directory: Path,
        key_hex: str,
        clock: Clock,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the data file of a directory, or make a new one.

        Args:
            directory: the data directory.
            key_hex: the storage key.
            clock: now, UTC.
            seconds: a clock that only goes forward, for how often followers are told of a row.

        Raises:
            StartFailed: wrong key, damaged file, newer file.
            StorageUnavailable: the environment refused.
        """
        path = directory / DATA_FILE
        self._writer = connect(path, key_hex, cache_kib=WRITER_CACHE_KIB)
        with translated():
            migrate(self._writer, path)
            self._writer.execute("PRAGMA wal_autocheckpoint = 0")
            self._writer.execute(f"PRAGMA journal_size_limit = {KEPT_LOG_BYTES:d}")
            self.service_id = self._ensure_identity(clock)
            self._revision: int = self._writer.execute(NEWEST_REVISION).fetchone()[0]
            self._resending = Resending(seconds)
            self._take_up_resending()
        self._caches = Caches()
        self.journal = EmbeddedJournal(directory, key_hex, self.service_id, self.folded().number)
        self.erasures = EmbeddedErasures(directory, key_hex, self.service_id)
        self.account_end = EmbeddedAccountEnd(directory, self.service_id)
        self._path = path
        self._log_is_long = threading.Event()
        self._checkpointer = connect(path, key_hex, cache_kib=256)
        self._readers: LifoQueue[Connection] = LifoQueue()
        for _ in range(READERS):
            reader = connect(path, key_hex)
            reader.execute("PRAGMA query_only = ON")
            self._readers.put(reader)

    def _ensure_identity(self, clock: Clock) -> str:
        self._writer.execute(
            "INSERT OR IGNORE INTO meta (only_row, service_id, created_us) "
            "VALUES (1, :service_id, :now_us)",
            {"service_id": f"svc_{uuid.uuid4().hex}", "now_us": clock()},
        )
        return str(self._writer.execute("SELECT service_id FROM meta").fetchone()[0])

    def _take_up_resending(self) -> None:
        """Rows that changed without a new revision before an earlier process ended."""
        (lowest,) = self._writer.execute("SELECT resend_from FROM progress").fetchone()
        for table, columns in RESENT_KEYS.items():
            rows = self._writer.execute(
                f"SELECT revision, {columns} FROM {table} WHERE revision >= :lowest",  # noqa: S608 - constants
                {"lowest": lowest},
            )
            for revision, *key in rows:
                self._resending.wait_again((table, tuple(key)), revision)

    @property
    def next_resend(self) -> float | None:
        return self._resending.next_due()

    @contextmanager
    def transaction(self, rest: Callable[[], object] = no_rest) -> Iterator[EmbeddedTransaction]:
        with translated():
            if self._log_is_long.is_set():
                self._start_log_anew()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                self._resending.begin()
                transaction = EmbeddedTransaction(
                    self._writer, self._caches, self._revision, self._resending, rest
                )
                yield transaction
                transaction.finish()
                self._writer.execute("COMMIT")
            except BaseException:
                self._caches.forget_staged()
                self._resending.forget_staged()
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise
        self._caches.keep()
        self._resending.keep()
        self._revision = transaction.revision

    def _start_log_anew(self) -> None:
        """Finish the checkpoint, so that the next commit writes at the log's beginning."""
        self._log_is_long.clear()
        self._writer.execute(CHECKPOINT).fetchone()

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
            return int(db.execute(NEWEST_REVISION).fetchone()[0])

    def folded(self) -> JournalPosition:
        row = self._writer.execute("SELECT folded_number, folded_commands FROM progress")
        return JournalPosition(*row.fetchone())

    def traces(self, wanted: TraceFilter, before: int | None, limit: int) -> TracesFound:
        with self._reading() as db:
            return traces.page(db, wanted, before, limit)

    def trace(self, application_id: str, allocation_id: str) -> UsageEvent | None:
        with self._reading() as db:
            return events.find(db, application_id, allocation_id)

    def accounts(
        self, application_id: str, after: tuple[str, str], limit: int
    ) -> list[LedgerAccount]:
        with self._reading() as db:
            return ledgers.accounts(db, application_id, after, limit)

    def corrections(
        self, application_id: str, before: int | None, limit: int
    ) -> list[tuple[int, Correction]]:
        with self._reading() as db:
            return ledgers.corrections(db, application_id, before, limit)

    def reports(self, calls: Iterable[tuple[str, str]]) -> list[CallReport]:
        with self._reading() as db:
            return reports.find(db, calls)

    def claims_changed(self, application_id: str, after: int, limit: int) -> list[BillingClaim]:
        with self._reading() as db:
            return billing.changed(db, application_id, after, limit)

    def event_health(
        self, application_id: str | None, before: tuple[int, str] | None, limit: int
    ) -> list[EventHealth]:
        with self._reading() as db:
            return ledgers.health(db, application_id, before, limit)

    def largest_customers(self, application_id: str, day: int) -> frozenset[str]:
        with self._reading() as db:
            return folding.largest(db, application_id, day)

    def configuration(self, entity: str, entity_id: str) -> ConfigRow | None:
        with self._reading() as db:
            return configuration.find(db, entity, entity_id)

    def applications_with_events(self) -> list[str]:
        with self._reading() as db:
            rows = db.execute("SELECT application_id FROM application_numbers ORDER BY 1")
            return [application_id for (application_id,) in rows]

    def application_numbers(self) -> dict[str, int]:
        with self._reading() as db:
            rows = db.execute("SELECT application_id, application_no FROM application_numbers")
            return dict(rows.fetchall())

    def configurations(self, entity: str, entity_ids: Iterable[str]) -> list[ConfigRow]:
        with self._reading() as db:
            keys = [(entity, entity_id) for entity_id in entity_ids]
            return list(configuration.find_many(db, keys).values())

    def configuration_page(
        self,
        entity: str,
        application_id: str | None,
        after_id: str,
        limit: int,
        fields: Mapping[str, Any] = NO_FIELDS,
    ) -> list[ConfigRow]:
        with self._reading() as db:
            return configuration.page(db, entity, application_id, after_id, limit, fields)

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

    def oldest_usage_day(self) -> int | None:
        with self._reading() as db:
            return rollup_pages.oldest_day(db)

    def usage_in_hour(self, application_id: str, endpoint_id: str, hour: int) -> dict[str, Usage]:
        with self._reading() as db:
            return limits.usage_in_hour(db, application_id, endpoint_id, hour)

    def usage_since_day(self, application_id: str, endpoint_id: str, day: int) -> dict[str, Usage]:
        with self._reading() as db:
            return limits.usage_since_day(db, application_id, endpoint_id, day)

    def recent_calls(self, endpoint_id: str, since_us: int) -> list[RecentCall]:
        with self._reading() as db:
            return limits.recent_calls(db, endpoint_id, since_us)

    def requests_since(self, application_id: str, hour: int) -> dict[str, int]:
        with self._reading() as db:
            return limits.requests_since(db, application_id, hour)

    def open_events(self) -> list[UsageEvent]:
        with self._reading() as db:
            return limits.open_events(db)

    def marks(self) -> list[Mark]:
        with self._reading() as db:
            return limits.marks(db)

    def blocked_callers(self) -> list[BlockedCaller]:
        with self._reading() as db:
            return limits.blocked_callers(db)

    def crowded_days(self, since_day: int) -> list[tuple[str, int]]:
        with self._reading() as db:
            return folding.crowded_days(db, since_day)

    def sdk_keys(self) -> list[SdkKey]:
        with self._reading() as db:
            return credentials.keys(db)

    def tokens(self) -> list[Token]:
        with self._reading() as db:
            return credentials.tokens(db)

    def audit(self, wanted: AuditFilter, before: int | None, limit: int) -> list[AuditEntry]:
        with self._reading() as db:
            return audit.page(db, wanted, before, limit)

    def audit_from(self, sequence: int, limit: int) -> list[AuditEntry]:
        with self._reading() as db:
            return audit.oldest_first(db, sequence, limit)

    def usage_of_customer(
        self, application_id: str, customer_id: str, since_day: int
    ) -> Usage | None:
        with self._reading() as db:
            return customer_use.of_customer(db, application_id, customer_id, since_day)

    def sealing_key(self) -> str | None:
        with self._reading() as db:
            return sealing.find(db)

    def members(self) -> list[Member]:
        with self._reading() as db:
            return members.listed(db)

    def devices(self) -> list[Device]:
        with self._reading() as db:
            return members.devices(db)

    def webhooks(self) -> list[StoredWebhook]:
        with self._reading() as db:
            return webhooks.listed(db)

    def webhook_events(self, after: int, limit: int) -> list[StoredEvent]:
        with self._reading() as db:
            return webhooks.events(db, after, limit)

    def forgotten_webhook_revision(self) -> int:
        with self._reading() as db:
            return webhooks.forgotten_revision(db)

    def privacy_mail(self, after: int) -> MailRows:
        with self._reading() as db:
            return privacy.mail(db, after)

    def policy_in_force(self, day: str) -> PolicyRow | None:
        with self._reading() as db:
            return privacy.policy(db, day)

    def pseudonym_epoch(self) -> int:
        with self._reading() as db:
            return sealing.epoch(db)

    def last_seen(self) -> list[LastSeen]:
        with self._reading() as db:
            return presence.rows(db)

    def customers(self, application_id: str) -> list[str]:
        with self._reading() as db:
            return erasing.customers(db, application_id)

    def frozen_customers(self) -> frozenset[str]:
        with self._reading() as db:
            return frozen.customers(db)

    def held_of(self, application_id: str, customer_id: str) -> dict[str, int]:
        with self._reading() as db:
            return erasing.counts(db, application_id, customer_id)

    def newest_call(self, application_id: str, customer_ids: Iterable[str]) -> int | None:
        with self._reading() as db:
            return erasing.newest_call(db, application_id, list(customer_ids))

    def begun_erasure(self, erasure_id: str) -> str | None:
        with self._reading() as db:
            return erasing.begun(db, erasure_id)

    def is_all_told(self) -> bool:
        with self._reading() as db:
            (lowest,) = db.execute("SELECT resend_from FROM progress").fetchone()
        return bool(lowest == NOTHING_WAITS)

    def row_counts(self) -> dict[str, int]:
        with self._reading() as db:
            return erasing.row_counts(db)

    def applied_erasures(self) -> dict[str, str]:
        with self._reading() as db:
            return erasing.applied(db)

    def forget_copies(self) -> None:
        for copy in self._path.parent.glob(f"{self._path.name}.before-*"):
            copy.unlink(missing_ok=True)

    def checkpoint(self) -> None:
        """Copy the write-ahead log into the data file, while commits go on.

        Under load it never gets to the end, so the writer does the last piece when the log is
        long: it is short by then, and nobody writes meanwhile.
        """
        with translated():
            _, pages, _ = self._checkpointer.execute(CHECKPOINT).fetchone()
        if pages > LONG_LOG_PAGES:
            self._log_is_long.set()

    def close(self) -> None:
        """Fold the write-ahead log into the file and close every connection."""
        self.journal.close()
        self.erasures.close()
        while not self._readers.empty():
            self._readers.get().close()
        self._checkpointer.close()
        self._writer.close()
