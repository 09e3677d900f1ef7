"""A commit in the making: reads ahead, works in memory, and writes everything at the end."""

from collections.abc import Callable, Iterable, Mapping
from sqlite3 import Connection
from typing import Any, Final

from hosted.metering.events import UsageEvent
from hosted.metering.gauges import Mark
from hosted.metering.rollups import RollupDeltas
from hosted.storage import (
    audit,
    billing,
    configuration,
    credentials,
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
    sealing,
    webhooks,
)
from hosted.storage.access_records import AuditRecord, SdkKey, Token
from hosted.storage.billing_records import BillingClaim, ClaimKey
from hosted.storage.cache import Caches
from hosted.storage.configuration_records import ConfigRow, StoredAnswer
from hosted.storage.events import EventKey
from hosted.storage.member_records import Device, Member
from hosted.storage.places import Places
from hosted.storage.positions import JournalPosition
from hosted.storage.privacy_records import ChoiceRow, OwnedRow, PolicyRow, SubmissionRow
from hosted.storage.resending import Resending
from hosted.storage.revisions import Revisions
from hosted.storage.rollups import RollupWriter
from hosted.storage.usage_records import (
    BlankedCalls,
    BlockedCaller,
    CallReport,
    Correction,
    ErasedCustomer,
    LastSeen,
)
from hosted.storage.webhook_records import StoredEvent, StoredWebhook

PUT_PROGRESS: Final = """
UPDATE progress SET folded_number = coalesce(:number, folded_number),
                    folded_commands = coalesce(:commands, folded_commands),
                    resend_from = coalesce(:resend_from, resend_from)
"""

PIECE: Final = 64
"""Events that are counted between two rests."""


class EmbeddedTransaction:
    """See `hosted.storage.base.Transaction`.

    Events and rows it has seen are kept until the end, so that a group of a hundred commands
    costs as many statements as one.
    """

    def __init__(
        self,
        db: Connection,
        caches: Caches,
        revision: int,
        resending: Resending,
        rest: Callable[[], object],
    ) -> None:
        self._db = db
        self._rest = rest
        self._caches = caches
        self.revision = revision
        self._resending = resending
        self._events: dict[EventKey, UsageEvent | None] = {}
        self._changed: dict[EventKey, tuple[UsageEvent | None, UsageEvent]] = {}
        """Changed events: as they are stored, and as they are to be."""
        self._deltas = RollupDeltas()
        self._places = Places(db, caches)
        self._folded: JournalPosition | None = None
        self._marks: list[Mark] = []

    def finish(self) -> None:
        """Write what was gathered; the commit follows."""
        self._write()
        folded, resend_from = self._folded, self._resending.changed_lowest()
        if folded is not None or resend_from is not None:
            progress = {
                "number": None if folded is None else folded.number,
                "commands": None if folded is None else folded.commands,
                "resend_from": resend_from,
            }
            self._db.execute(PUT_PROGRESS, progress)

    def next_revision(self) -> int:
        """Revision after the last one handed out."""
        self.revision += 1
        return self.revision

    def expect(self, events_ahead: Iterable[UsageEvent], fresh: Iterable[UsageEvent] = ()) -> None:
        for event in fresh:
            self._events[event.application_id, event.allocation_id] = None
        ahead = list(events_ahead)
        self._load_events(dict.fromkeys((e.application_id, e.allocation_id) for e in ahead))
        self._load_rows(("endpoint", name) for name in {e.endpoint_id for e in ahead})
        self._load_rows(("customer", name) for name in {e.customer_id for e in ahead})

    def event(self, application_id: str, allocation_id: str) -> UsageEvent | None:
        key = (application_id, allocation_id)
        if key not in self._events:
            self._load_events([key])
        return self._events[key]

    def put_event(self, before: UsageEvent | None, after: UsageEvent) -> None:
        key = (after.application_id, after.allocation_id)
        stored = self._changed[key][0] if key in self._changed else before
        self._changed[key] = (stored, after)
        self._events[key] = after

    def count_duplicate(self, event: UsageEvent) -> None:
        self._deltas.health_of(event.application_id, event.day).duplicates += 1

    def seen_hour(self, endpoint_id: str) -> int:
        cache = self._caches.seen_hours
        return cache[endpoint_id] if cache.has(endpoint_id) else 0

    def was_seen(self, endpoint_id: str, hour: int) -> None:
        self._caches.seen_hours[endpoint_id] = hour

    def correction(self, application_id: str, idempotency_key: str) -> Correction | None:
        return ledgers.find_correction(self._db, application_id, idempotency_key)

    def add_correction(self, correction: Correction) -> None:
        ledgers.add_correction(self._db, correction)
        key = (
            correction.application_id,
            correction.customer_id,
            correction.endpoint_id,
            correction.hour,
            correction.day,
        )
        self._deltas.correct(key, correction.units_micro)

    def claim(self, claim_id: str) -> BillingClaim | None:
        return billing.find(self._db, claim_id)

    def claims_of_window(self, key: ClaimKey) -> list[BillingClaim]:
        return billing.of_window(self._db, key)

    def next_claim_slot(self, key: ClaimKey, payer: str, event_name: str) -> int:
        return billing.next_slot(self._db, key, payer, event_name)

    def next_claim_change(self) -> int:
        return billing.next_change(self._db)

    def put_claim(self, claim: BillingClaim) -> None:
        billing.put(self._db, claim)

    def mark_folded(self, position: JournalPosition) -> None:
        self._folded = position

    def held_events(self, now_us: int, limit: int) -> list[UsageEvent]:
        self._write()
        return events.held(self._db, now_us, limit)

    def delete_events(self, application_id: str, before_us: int, limit: int) -> int:
        self._write()
        self._events.clear()
        number = self._places.application(application_id)
        reports.delete_old(self._db, number, before_us)
        return events.delete_old(self._db, number, before_us, limit)

    def put_reports(self, told: Iterable[CallReport]) -> None:
        self._write()
        numbered = [(self._places.application(one.application_id), one) for one in told]
        reports.put(self._db, numbered)

    def delete_folded(self, before_day: int) -> None:
        self._write()
        folding.delete_folded(self._db, before_day)
        self._caches.clear_hours()

    def configuration(self, entity: str, entity_id: str) -> ConfigRow | None:
        key = (entity, entity_id)
        rows = self._caches.rows
        if not rows.has(key):
            self._load_rows([key])
        return rows[key]

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

    def sdk_key(self, application_id: str, key_id: str) -> SdkKey | None:
        return credentials.find_key(self._db, application_id, key_id)

    def put_sdk_key(self, key: SdkKey) -> None:
        credentials.put_key(self._db, key)

    def tokens(self) -> list[Token]:
        return credentials.tokens(self._db)

    def put_token(self, token: Token) -> None:
        credentials.put_token(self._db, token)

    def put_last_used(self, tokens: Mapping[str, int], sdk_keys: Mapping[str, int]) -> None:
        credentials.put_last_used(self._db, "token", tokens)
        credentials.put_last_used(self._db, "sdk_key", sdk_keys)

    def append_audit(self, record: AuditRecord) -> None:
        audit.append(self._db, record)

    def sealing_key(self) -> str | None:
        return sealing.find(self._db)

    def put_sealing_key(self, public_key: str, now_us: int) -> None:
        sealing.put(self._db, public_key, now_us)

    def add_submission(self, row: SubmissionRow) -> bool:
        return privacy.add(self._db, row)

    def take_submission(self, submission_id: str, vault_id: str) -> str | None:
        return privacy.take(self._db, submission_id, vault_id)

    def drop_submission(self, submission_id: str) -> None:
        privacy.drop(self._db, submission_id)

    def put_owned_request(self, row: OwnedRow) -> bool:
        return privacy.put_owned(self._db, row)

    def put_web_choice(self, row: ChoiceRow) -> None:
        privacy.put_choice(self._db, row)

    def put_policy(self, row: PolicyRow) -> None:
        privacy.put_policy(self._db, row)

    def forget_ended_requests(self, before_us: int) -> None:
        privacy.forget_ended(self._db, before_us)

    def forget_hours(self, before_hour: int) -> None:
        privacy.forget_hours(self._db, before_hour)

    def start_pseudonym_epoch(self) -> int:
        return sealing.start_epoch(self._db)

    def members(self) -> list[Member]:
        return members.listed(self._db)

    def put_member(self, member: Member) -> None:
        members.put(self._db, member)

    def remove_member(self, member_id: str) -> None:
        members.remove(self._db, member_id)

    def put_device(self, device: Device) -> None:
        members.put_device(self._db, device)

    def put_webhook(self, webhook: StoredWebhook) -> None:
        webhooks.put(self._db, webhook)

    def remove_webhook(self, webhook_id: str) -> None:
        webhooks.remove(self._db, webhook_id)

    def add_webhook_event(self, event: StoredEvent) -> bool:
        if webhooks.knows(self._db, event.webhook_id, event.event_id):
            return False
        webhooks.add_event(self._db, event, self.next_revision())
        return True

    def forget_webhook_events(self, before_us: int) -> None:
        webhooks.forget(self._db, before_us)

    def put_last_seen(self, rows: Iterable[LastSeen]) -> None:
        presence.put(self._db, rows)

    def put_marks(self, marks: Iterable[Mark]) -> None:
        self._marks += marks

    def forget_marks(self, needed_since: Mapping[str, int]) -> None:
        self._write()
        limits.forget_marks(self._db, needed_since)

    def put_blocked_caller(self, caller: BlockedCaller) -> None:
        limits.put_blocked_caller(self._db, caller)

    def delete_blocked_callers(self, callers: Iterable[tuple[str, str]]) -> None:
        limits.delete_blocked_callers(self._db, callers)

    def refold_customer_hours(self, application_id: str, day: int, largest: frozenset[str]) -> None:
        self._write()
        place = (application_id, day)
        folding.Folding(self._db, self._places, self.next_revision, *place).refold(largest)
        self._caches.clear_hours()

    def rekey_customer(self, erased: ErasedCustomer) -> None:
        self._write()
        self._events.clear()
        erasing.rekey(self._db, erased, self.next_revision)
        self._caches.clear_customers()

    def send_again(self, application_id: str, customer_id: str) -> None:
        self._write()
        erasing.send_again(self._db, application_id, customer_id, self.next_revision)
        self._caches.clear_customers()

    def is_frozen(self, customer_id: str) -> bool:
        return frozen.is_frozen(self._db, customer_id)

    def merged_into(self, application_id: str, customer_id: str) -> list[str]:
        return erasing.merged_into(self._db, application_id, customer_id)

    def forget_configuration(self, entity: str, entity_id: str) -> None:
        configuration.forget(self._db, entity, entity_id)
        self._caches.rows[entity, entity_id] = None

    def forget_words_about(self, application_id: str, customer_id: str) -> None:
        erasing.forget_reasons(self._db, application_id, customer_id)

    def forget_answers_about(self, customer_id: str) -> None:
        erasing.forget_answers(self._db, customer_id)

    def blank_calls(
        self, application_id: str, customer_ids: Iterable[str], after: int
    ) -> BlankedCalls:
        self._write()
        self._events.clear()
        return erasing.blank_calls(self._db, application_id, list(customer_ids), after)

    def begin_erasure(self, erasure_id: str, outcome: str) -> None:
        erasing.begin(self._db, erasure_id, outcome)

    def mark_erasure(self, erasure_id: str, at_us: int, outcome: str) -> None:
        erasing.mark(self._db, erasure_id, at_us, outcome)

    def _load_events(self, keys: Iterable[EventKey]) -> None:
        missing = [key for key in keys if key not in self._events]
        if missing:
            numbers = {app: self._places.application(app) for app, _ in missing}
            found = events.find_many(self._db, missing, numbers)
            self._events.update({key: found.get(key) for key in missing})

    def _load_rows(self, keys: Iterable[tuple[str, str]]) -> None:
        missing = self._caches.rows.missing(keys)
        if missing:
            found = configuration.find_many(self._db, missing)
            for key in missing:
                self._caches.rows[key] = found.get(key)

    def _write(self) -> None:
        """Write what was gathered so far; what follows starts from there."""
        if self._marks:
            limits.put_marks(self._db, self._marks)
            self._marks = []
        changed, self._changed = self._changed, {}
        for number, (before, after) in enumerate(changed.values()):
            self._deltas.change(before, after)
            if not number % PIECE:
                self._rest()
        after_all = [after for _, after in changed.values()]
        self._places.load((e.application_id, e.customer_id, e.endpoint_id) for e in after_all)
        if after_all:
            events.put_many(self._db, map(self._numbered, after_all), self._rest)
        deltas, self._deltas = self._deltas, RollupDeltas()
        revisions = Revisions(self.next_revision, self._resending)
        RollupWriter(self._db, self._caches, self._places, revisions).write(deltas)

    def _numbered(self, event: UsageEvent) -> tuple[UsageEvent, int, int]:
        place = self._places[event.application_id, event.customer_id, event.endpoint_id]
        return event, self._places.application(event.application_id), place
