"""What the service asks of its storage, whatever stands behind it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from contract.messages.access import AuditEntry
from contract.messages.health import EventHealth
from contract.messages.rollups import RollupRow
from hosted.metering.events import UsageEvent
from hosted.metering.gauges import Mark
from hosted.storage.access_records import AuditFilter, AuditRecord, SdkKey, Token
from hosted.storage.account_end import AccountEnd
from hosted.storage.billing_records import BillingClaim, ClaimKey
from hosted.storage.configuration_records import ConfigRow, StoredAnswer
from hosted.storage.member_records import Device, Member
from hosted.storage.positions import BackfillPosition, JournalPosition
from hosted.storage.privacy_records import (
    ChoiceRow,
    MailRows,
    OwnedRow,
    PolicyRow,
    SubmissionRow,
)
from hosted.storage.usage_records import (
    BlankedCalls,
    BlockedCaller,
    CallReport,
    Correction,
    ErasedCustomer,
    LastSeen,
    LedgerAccount,
    NotedErasure,
    RecentCall,
    TraceFilter,
    TracesFound,
    Usage,
)
from hosted.storage.webhook_records import StoredEvent, StoredWebhook


class Transaction(Protocol):
    """One commit: everything or nothing. Used on the writer's thread only.

    Revisions are handed out in order inside a transaction, and transactions follow one another,
    so that revisions are in commit order.
    """

    def expect(self, events: Iterable[UsageEvent], fresh: Iterable[UsageEvent] = ()) -> None:
        """Load what these events will ask for, all at once; the fresh ones are stored nowhere."""

    def event(self, application_id: str, allocation_id: str) -> UsageEvent | None: ...

    def put_event(self, before: UsageEvent | None, after: UsageEvent) -> None:
        """Store an event, new or changed, and count the change in the rollups.

        Args:
            before: the event as `event` returned it; None for one that is not stored yet.
            after: its new form.
        """

    def count_duplicate(self, event: UsageEvent) -> None:
        """Count a message that repeats what is known."""

    def seen_hour(self, endpoint_id: str) -> int:
        """Hour in which an endpoint was last seen; 0 when that is not known by heart."""

    def was_seen(self, endpoint_id: str, hour: int) -> None: ...

    def correction(self, application_id: str, idempotency_key: str) -> Correction | None: ...

    def add_correction(self, correction: Correction) -> None:
        """Store an entry and count it in the rollups of its day."""

    def claim(self, claim_id: str) -> BillingClaim | None: ...

    def claims_of_window(self, key: ClaimKey) -> list[BillingClaim]:
        """Every claim of a window, the first part first."""

    def next_claim_slot(self, key: ClaimKey, payer: str, event_name: str) -> int:
        """A slot that no report for this payer under this name has in this window."""

    def next_claim_change(self) -> int:
        """Number of the next change of the ledger of reports."""

    def put_claim(self, claim: BillingClaim) -> None:
        """Store an entry of the ledger of reports, or how far it is now."""

    def mark_folded(self, position: JournalPosition) -> None:
        """Remember, with this commit, how far the journal was folded."""

    def held_events(self, now_us: int, limit: int) -> list[UsageEvent]:
        """Open and parked events whose hold has run out, oldest first."""

    def delete_events(self, application_id: str, before_us: int, limit: int) -> int:
        """Forget an application's raw events opened before the instant; return how many.

        Rollups, accounts and corrections stay.
        """

    def put_reports(self, reports: Iterable[CallReport]) -> None:
        """Store what was told of calls; deleted with the events of its time."""

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

    def sdk_key(self, application_id: str, key_id: str) -> SdkKey | None: ...

    def put_sdk_key(self, key: SdkKey) -> None:
        """Store a key, new or changed."""

    def tokens(self) -> list[Token]:
        """Every token, revoked ones too, by age."""

    def put_token(self, token: Token) -> None:
        """Store a token, new or changed."""

    def put_last_used(self, tokens: Mapping[str, int], sdk_keys: Mapping[str, int]) -> None:
        """Store when tokens and keys were last used, by id; the instants never go back."""

    def append_audit(self, record: AuditRecord) -> None:
        """Add an entry to the log, chained to the one before."""

    def sealing_key(self) -> str | None:
        """Public key identities are sealed to; None while no vault has told one."""

    def put_sealing_key(self, public_key: str, now_us: int) -> None: ...

    def add_submission(self, row: SubmissionRow) -> bool:
        """Store what came by the website, once; False when too much waits."""

    def take_submission(self, submission_id: str, vault_id: str) -> str | None:
        """The vault that answers it from now on; None when there is no such submission."""

    def drop_submission(self, submission_id: str) -> None:
        """Forget a submission that a vault has stored."""

    def put_owned_request(self, row: OwnedRow) -> bool:
        """Store which vault answers a request; False when another one does."""

    def put_web_choice(self, row: ChoiceRow) -> None: ...

    def put_policy(self, row: PolicyRow) -> None: ...

    def forget_ended_requests(self, before_us: int) -> None:
        """Forget requests that ended before an instant."""

    def forget_hours(self, before_hour: int) -> None:
        """Forget what single customers used in the hours before; days and sums of all stay."""

    def start_pseudonym_epoch(self) -> int:
        """Begin the next epoch of pseudonyms; its number."""

    def members(self) -> list[Member]:
        """Everybody who may sign in, by id."""

    def put_member(self, member: Member) -> None:
        """Store a member, new or changed."""

    def remove_member(self, member_id: str) -> None: ...

    def put_device(self, device: Device) -> None:
        """Store a device, after its token."""

    def put_webhook(self, webhook: StoredWebhook) -> None:
        """Store a webhook, new or changed."""

    def remove_webhook(self, webhook_id: str) -> None:
        """Forget a webhook, and what its events say."""

    def add_webhook_event(self, event: StoredEvent) -> bool:
        """Store an event under the next revision; False for one that was taken before."""

    def forget_webhook_events(self, before_us: int) -> None:
        """Delete events received before the instant."""

    def put_last_seen(self, rows: Iterable[LastSeen]) -> None:
        """Store when applications were last seen; those that are gone are forgotten."""

    def put_marks(self, marks: Iterable[Mark]) -> None:
        """Store what a limit's gauge counted and the rollups cannot tell."""

    def forget_marks(self, needed_since: Mapping[str, int]) -> None:
        """Delete marks before the instant each gauge needs, and all of gauges not named."""

    def put_blocked_caller(self, caller: BlockedCaller) -> None: ...

    def delete_blocked_callers(self, callers: Iterable[tuple[str, str]]) -> None:
        """Forget callers, by application and customer."""

    def refold_customer_hours(self, application_id: str, day: int, largest: frozenset[str]) -> None:
        """Give these customers hourly rows of their own on a day; the rest goes to `OTHERS`."""

    def rekey_customer(self, erased: ErasedCustomer) -> None:
        """Let a customer's figures stay under another id; followers are told of each row anew."""

    def send_again(self, application_id: str, customer_id: str) -> None:
        """Tell followers anew of every row of a customer who was frozen."""

    def is_frozen(self, customer_id: str) -> bool:
        """Whether nothing about a customer goes out for now."""

    def merged_into(self, application_id: str, customer_id: str) -> list[str]:
        """Ids of customers that the owner says are this one."""

    def forget_configuration(self, entity: str, entity_id: str) -> None:
        """Drop a row without a tombstone; followers learn of it from the erasure ledger."""

    def forget_words_about(self, application_id: str, customer_id: str) -> None:
        """Take the owner's words out of a customer's corrections; the units stay."""

    def forget_answers_about(self, customer_id: str) -> None:
        """Forget kept answers to edits that quote a row of the customer."""

    def blank_calls(
        self, application_id: str, customer_ids: Iterable[str], after: int
    ) -> BlankedCalls:
        """Take the contents out of a stretch of single calls, from behind an event's number."""

    def begin_erasure(self, erasure_id: str, outcome: str) -> None:
        """Remember what an erasure is going to do, before anything is changed."""

    def mark_erasure(self, erasure_id: str, at_us: int, outcome: str) -> None:
        """Remember, with this commit, that these data are free of an erasure's customers."""


class Journal(Protocol):
    """What was confirmed and is not folded yet. Used on one thread."""

    @property
    def newest(self) -> int:
        """Number of the newest entry there ever was."""

    def append(self, entry: bytes) -> int:
        """Store an entry for good; return its number, which is above every earlier one.

        Raises:
            StorageUnavailable: the environment refused; nothing was stored.
        """

    def entries(self, after: int) -> Iterator[tuple[int, bytes]]:
        """Entries with a higher number, in order."""

    def forget(self, up_to: int) -> None:
        """Entries up to this number are folded; they go with one of the next appends."""

    def forget_now(self, up_to: int) -> None:
        """Entries up to this number are folded, and gone when this returns.

        Raises:
            StorageUnavailable: the environment refused; nothing was deleted.
        """


class Erasures(Protocol):
    """The ledger of erasures: it only grows, and no archive takes it along. Any thread."""

    newest: int
    """Sequence of the newest entry; 0 without one."""

    def note(self, erasure_id: str, content: bytes) -> NotedErasure:
        """Store an entry for good; the one that is there when the id was noted before.

        Raises:
            StorageUnavailable: the environment refused; nothing was stored.
        """

    def find(self, erasure_id: str) -> NotedErasure | None: ...

    def page(self, after: int, limit: int) -> list[NotedErasure]:
        """Entries with a higher sequence, in order."""


class Storage(Protocol):
    """Reads may come from any thread; `transaction` belongs to the writer's thread."""

    @property
    def journal(self) -> Journal: ...

    @property
    def erasures(self) -> Erasures: ...

    @property
    def account_end(self) -> AccountEnd: ...

    @property
    def service_id(self) -> str: ...

    def transaction(self, rest: Callable[[], object] = ...) -> AbstractContextManager[Transaction]:
        """Commit on leaving, roll back on an exception.

        Args:
            rest: called between the pieces of a long work, on the same thread; it may wait.

        Raises:
            StorageUnavailable: the environment refused the write; nothing was changed.
        """

    def revision(self) -> int:
        """Newest committed revision."""

    def folded(self) -> JournalPosition:
        """How far the journal was folded."""

    def traces(self, wanted: TraceFilter, before: int | None, limit: int) -> TracesFound:
        """Stored events, newest first, from a position of the page before, or from the newest."""

    def trace(self, application_id: str, allocation_id: str) -> UsageEvent | None: ...

    def reports(self, calls: Iterable[tuple[str, str]]) -> list[CallReport]:
        """What was told of calls, each by application and request id; no order but of kind."""

    def accounts(
        self, application_id: str, after: tuple[str, str], limit: int
    ) -> list[LedgerAccount]:
        """Accounts of an application by customer and endpoint, from behind such a pair."""

    def corrections(
        self, application_id: str, before: int | None, limit: int
    ) -> list[tuple[int, Correction]]:
        """Entries newest first, each with its position."""

    def claims_changed(self, application_id: str, after: int, limit: int) -> list[BillingClaim]:
        """Entries of the ledger of reports that changed after a change, in that order."""

    def event_health(
        self, application_id: str | None, before: tuple[int, str] | None, limit: int
    ) -> list[EventHealth]:
        """Oddities by day and application, newest day first; from before a (day, application)."""

    def configuration(self, entity: str, entity_id: str) -> ConfigRow | None: ...

    def application_numbers(self) -> dict[str, int]:
        """A short number for each application that ever had events; it never changes."""

    def configurations(self, entity: str, entity_ids: Iterable[str]) -> list[ConfigRow]:
        """Rows and tombstones of one kind that are there, in no order."""

    def applications_with_events(self) -> list[str]:
        """Ids of applications that ever had events, deleted ones too."""

    def configuration_page(
        self,
        entity: str,
        application_id: str | None,
        after_id: str,
        limit: int,
        fields: Mapping[str, Any] = ...,
    ) -> list[ConfigRow]:
        """Rows of one kind by id, tombstones left out, whose body has these values."""

    def changes(self, after: int, limit: int) -> list[ConfigRow]:
        """Rows and tombstones with a higher revision, in commit order."""

    def rollup_tail(self, after: int, limit: int) -> list[RollupRow]:
        """Rollup rows with a higher revision, in commit order."""

    def rollup_backfill(
        self, after: BackfillPosition | None, limit: int
    ) -> tuple[list[RollupRow], BackfillPosition | None]:
        """Rollup rows from the newest day to the oldest, and where the page ended."""

    def oldest_usage_day(self) -> int | None:
        """UTC day of the oldest rollup row; None when there is none."""

    def usage_in_hour(self, application_id: str, endpoint_id: str, hour: int) -> dict[str, Usage]:
        """What each customer used of an endpoint in one hour."""

    def usage_since_day(self, application_id: str, endpoint_id: str, day: int) -> dict[str, Usage]:
        """What each customer used of an endpoint since a local date."""

    def recent_calls(self, endpoint_id: str, since_us: int) -> list[RecentCall]:
        """Admitted calls of an endpoint since an instant of the last minutes."""

    def requests_since(self, application_id: str, hour: int) -> dict[str, int]:
        """Requests of an application by endpoint, since an hour."""

    def usage_of_customer(
        self, application_id: str, customer_id: str, since_day: int
    ) -> Usage | None:
        """What a customer used everywhere since a local date; None when it was never seen."""

    def open_events(self) -> list[UsageEvent]:
        """Every allocation that is open."""

    def marks(self) -> list[Mark]:
        """What gauges had counted, in no order; slices and levels."""

    def blocked_callers(self) -> list[BlockedCaller]: ...

    def crowded_days(self, since_day: int) -> list[tuple[str, int]]:
        """Applications and days that have as many customers of their own as a day may have."""

    def largest_customers(self, application_id: str, day: int) -> frozenset[str]:
        """Customers of a day that should have hourly rows of their own. Reads all of the day."""

    @property
    def next_resend(self) -> float | None:
        """When a transaction is due although nothing new came, by `time.monotonic`.

        A rollup row is told to followers once a second at most; one that changed again sooner
        waits to be told. None when no row waits.
        """

    def sdk_keys(self) -> list[SdkKey]:
        """Every key, revoked ones too."""

    def tokens(self) -> list[Token]:
        """Every token, revoked ones too, by age."""

    def audit(self, wanted: AuditFilter, before: int | None, limit: int) -> list[AuditEntry]:
        """Entries of the log, newest first, from before a sequence number."""

    def audit_from(self, sequence: int, limit: int) -> list[AuditEntry]:
        """Entries of the log from a sequence number on, oldest first."""

    def last_seen(self) -> list[LastSeen]: ...

    def sealing_key(self) -> str | None:
        """Public key identities are sealed to; None while no vault has told one."""

    def members(self) -> list[Member]:
        """Everybody who may sign in, by id."""

    def devices(self) -> list[Device]:
        """Every device somebody signed in on, by id; ended ones too."""

    def webhooks(self) -> list[StoredWebhook]: ...

    def webhook_events(self, after: int, limit: int) -> list[StoredEvent]:
        """Events with a higher revision, in the order they came."""

    def forgotten_webhook_revision(self) -> int:
        """The newest revision of an event that was deleted by its age; 0 for none."""

    def privacy_mail(self, after: int) -> MailRows:
        """What people sent and chose on the web; choices from behind a position."""

    def policy_in_force(self, day: str) -> PolicyRow | None: ...

    def pseudonym_epoch(self) -> int:
        """Epoch of the key that pseudonyms are made with."""

    def customers(self, application_id: str) -> list[str]:
        """Every customer that an application's data name."""

    def frozen_customers(self) -> frozenset[str]:
        """Ids of customers about whom nothing goes out for now."""

    def held_of(self, application_id: str, customer_id: str) -> dict[str, int]:
        """How many rows of each kind are about a customer."""

    def newest_call(self, application_id: str, customer_ids: Iterable[str]) -> int | None:
        """When the last stored call of customers was opened, in microseconds."""

    def begun_erasure(self, erasure_id: str) -> str | None:
        """What an erasure that is under way was going to do."""

    def is_all_told(self) -> bool:
        """Whether followers can read every change of usage that was committed."""

    def row_counts(self) -> dict[str, int]:
        """How many rows each table holds, but for those that hold none."""

    def applied_erasures(self) -> dict[str, str]:
        """Outcome of each erasure that was carried out on these data, by its id."""

    def forget_copies(self) -> None:
        """Delete the copies that were made before the file's form was changed."""

    def checkpoint(self) -> None:
        """Do the housekeeping that must not delay a commit. Any thread."""

    def close(self) -> None: ...
