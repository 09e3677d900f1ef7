"""Small services in memory, with the names and signatures of the real ones.

They answer through the real `Jobs` and the real wire format. `hold` keeps calls waiting until
`release`, `fail_with` makes the next calls of a method fail.
"""

import threading
from collections import defaultdict
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from contract.terms import Meter
from desktop.domain.access import ChainState
from desktop.domain.connection import (
    ConnectionInfo,
    EmbeddedStatus,
    PassphraseStrength,
    ServiceKind,
    Snippet,
    SyncPhase,
    SyncState,
    VaultState,
    WorkspaceStatus,
)
from desktop.domain.editing import Conflict, EditState, FieldDifference, Standing
from desktop.domain.errors import AppError, InvalidInput, WrongPassphrase
from desktop.domain.ids import ApplicationId, CustomerId, KeyId, RuleId
from desktop.domain.keys import KeyReport, SdkKeyUse, StoredKey
from desktop.domain.links import LinkHandling
from desktop.domain.pricing.changes import AffectedCustomer, FilePreview, MonthUse, PublishPreview
from desktop.domain.pricing.drafts import KeptDraft, RuleDraft, checked_terms
from desktop.domain.pricing.published import PricingRule, RuleVersion, Terms
from desktop.domain.usage import (
    Application,
    Comparison,
    CustomerLine,
    Dashboard,
    DateRange,
    Grain,
    GroupBy,
    Measure,
    Series,
    Stamp,
    UsageAnswer,
    UsageQuestion,
)
from desktop.domain.usage_questions import Comparison as ComparedWith
from desktop.domain.vault import (
    BackupSummary,
    Finding,
    KeyringState,
    RecoveryState,
    Severity,
    VaultInfo,
)
from desktop.domain.workspaces import Workspace
from desktop.services import (
    connection,
    export,
    pricing,
    sample_data,
    sync,
    usage,
    workspace,
)
from desktop.services.calls import Report, callable_from_window
from desktop.services.export import ExportReceipt
from tests.gui.fake_access import (
    CHANGES,
    TOKENS,
    AccessService,
    ActivityService,
    IdentityService,
)
from tests.gui.sync_records import SyncRecords
from tests.prices import SINCE, per_unit

TODAY = date(2026, 11, 23)
SYNCED_AT = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
ACME = Application(ApplicationId("app_acme"), "Acme API · Production", "UTC", is_sample=False)
SAMPLE = Application(ApplicationId("app_sample"), "Sample shop", "UTC", is_sample=True)
PRODUCTION = "/data/me/workspaces/default"
STAGING = "/data/me/workspaces/workspace-2"
PASSPHRASE = "correct horse battery"
RECOVERY_CODE = "3HE8W-55B8Y-1QPS2-YHD70-YXMW9-FZY7S"
SDK_KEY = "uf_live_0123456789abcdef0123456789abcdef"
SECRET = "sk_test_51Hq8canary"


class Controls:
    """What a test can do to the services behind the window."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.arguments: dict[str, tuple[object, ...]] = {}
        self._gates: dict[str, threading.Event] = {}
        self._failures: dict[str, list[AppError]] = defaultdict(list)
        self.applications: tuple[Application, ...] = (ACME, SAMPLE)
        self.workspaces = [
            Workspace("Production", PRODUCTION, "/data/me/service"),
            Workspace("Staging", STAGING, "/data/me/services/service-2"),
        ]
        self.online = True
        self.has_usage = True
        self.reaches_last_year = False
        self.rules = list(RULES)
        self.drafts: dict[RuleId | None, KeptDraft] = {}
        self.never_held: tuple[int, ...] = ()
        self.file = FilePreview()
        self.conflicts: list[Conflict] = []
        self.tokens = list(TOKENS)
        self.changes = CHANGES
        self.chain = ChainState.INTACT
        self.keys = list(KEYS)
        self.backups: tuple[BackupSummary, ...] = ()
        self.key_report = KeyReport((), (), (), (), ())
        self.uses: tuple[SdkKeyUse, ...] = ()
        self.links = LinkHandling(is_possible=True, is_on=False)
        self.vault = VAULT
        self.keyring = KeyringState("Secret Service", is_on=False, problem="")
        self.findings: tuple[Finding, ...] = FINDINGS
        self.info = EMBEDDED
        self.embedded = EmbeddedStatus(
            running=True,
            url="http://127.0.0.1:8787",
            starts_at_login=False,
            can_start_at_login=True,
        )
        self.state = SyncState(SyncPhase.IDLE, SYNCED_AT, 0, 0, backfill_done=True)
        self.hostile = ""
        self.sync_records = SyncRecords()
        self.questions: list[object] = []
        """Everything that was asked about usage, in order."""
        self.views: list[object] = []
        self.keep_months = 24
        self.export_reports = 2
        """How often an export of usage tells of a thousand rows more."""
        self.events: list[object] = []
        self.scenarios: list[object] = []
        """What was saved on the What-if page."""

    def hold(self, name: str) -> None:
        """Keep calls of `Class.method` waiting."""
        self._gates[name] = threading.Event()

    def release(self, name: str) -> None:
        """Let the waiting calls go on, and all later ones."""
        self._gates.pop(name).set()

    def release_all(self) -> None:
        for name in list(self._gates):
            self.release(name)

    def fail_with(self, name: str, error: AppError) -> None:
        """The next call of `Class.method` fails."""
        self._failures[name].append(error)

    def enter(self, name: str, *arguments: object) -> None:
        """A call arrived; called by the services, on their threads."""
        self.calls.append(name)
        self.arguments[name] = arguments
        if gate := self._gates.get(name):
            gate.wait(20)
        if self._failures[name]:
            raise self._failures[name].pop(0)

    def stamp(self) -> Stamp:
        return Stamp(SYNCED_AT, online=self.online)


class _Service:
    def __init__(self, controls: Controls) -> None:
        self.controls = controls


class WorkspaceService(_Service, workspace.WorkspaceService):
    @callable_from_window
    def status(self) -> WorkspaceStatus:
        keyring = self.controls.vault.keyring
        return WorkspaceStatus("default", VaultState.LOCKED, keyring=keyring)

    @callable_from_window
    def strength(self, passphrase: str) -> PassphraseStrength:
        self.controls.enter("WorkspaceService.strength", passphrase)
        score = min(4, len(passphrase) // 5)
        return PassphraseStrength(score, "" if score > 2 else "Add another word or two.")

    @callable_from_window
    def create(self, passphrase: str) -> None:
        self.controls.enter("WorkspaceService.create", passphrase)
        if len(passphrase) < 8:
            raise InvalidInput("The passphrase is too short. Use at least 8 characters.")

    @callable_from_window
    def unlock(self, passphrase: str) -> None:
        self.controls.enter("WorkspaceService.unlock")
        if passphrase != PASSPHRASE:
            raise WrongPassphrase(
                "This passphrase does not open the vault. Nothing was changed; check Caps Lock "
                "and try again."
            )

    @callable_from_window
    def unlock_by_recovery_code(self, code: str) -> None:
        self.controls.enter("WorkspaceService.unlock_by_recovery_code", code)
        if code != RECOVERY_CODE:
            raise WrongPassphrase("This recovery code does not open the vault.")

    @callable_from_window
    def unlock_by_keyring(self) -> None:
        self.controls.enter("WorkspaceService.unlock_by_keyring")

    @callable_from_window
    def backups(self) -> tuple[BackupSummary, ...]:
        self.controls.enter("WorkspaceService.backups")
        return self.controls.backups

    @callable_from_window
    def backup_in(self, folder: str) -> BackupSummary:
        self.controls.enter("WorkspaceService.backup_in", folder)
        return replace(BACKUP, path=folder)

    @callable_from_window
    def accept_older_copy(self, passphrase: str) -> None:
        self.controls.enter("WorkspaceService.accept_older_copy", passphrase)
        self.controls.vault = replace(self.controls.vault, is_older_copy=False)

    @callable_from_window
    def restore(self, report: Report, backup_path: str, secret: str, by_code: bool) -> None:  # noqa: FBT001
        report(1)
        self.controls.enter("WorkspaceService.restore", backup_path, secret, by_code)


class UsageService(_Service, usage.UsageService):
    @callable_from_window
    def applications(self) -> tuple[Application, ...]:
        self.controls.enter("UsageService.applications")
        return self.controls.applications

    @callable_from_window
    def dashboard(
        self,
        application_id: ApplicationId,
        period: DateRange,
        compared: ComparedWith = ComparedWith.PREVIOUS,
    ) -> Dashboard:
        self.controls.enter("UsageService.dashboard", application_id, period, compared)
        if not self.controls.has_usage:
            return replace(empty_dashboard(period), stamp=self.controls.stamp())
        picture = dashboard(application_id, period, self.controls.hostile)
        stamp = self.controls.stamp()
        is_year = self.controls.reaches_last_year and compared is ComparedWith.LAST_YEAR
        return replace(
            picture, stamp=stamp, chart=replace(picture.chart, stamp=stamp),
            reaches_last_year=self.controls.reaches_last_year, compares_last_year=is_year,
        )  # fmt: skip


class SyncService(_Service, sync.SyncService):
    @callable_from_window
    def state(self) -> SyncState:
        self.controls.enter("SyncService.state")
        return self.controls.state

    @callable_from_window
    def run(self, report: Report) -> SyncState:
        self.controls.enter("SyncService.run")
        report(1, 1)
        return self.controls.state

    @callable_from_window
    def hold_past(self, held: bool) -> None:  # noqa: FBT001 (as the service has it)
        self.controls.enter("SyncService.hold_past", held)
        self.controls.state = replace(self.controls.state, past_is_held=held)

    @callable_from_window
    def set_live(self, live: bool) -> None:  # noqa: FBT001 (as the service has it)
        self.controls.enter("SyncService.set_live", live)


class PricingService(_Service, pricing.PricingService):
    _ids = count(100)

    @callable_from_window
    def list_rules(self, application_id: ApplicationId) -> tuple[PricingRule, ...]:
        self.controls.enter("PricingService.list_rules", application_id)
        rules = sorted(self.controls.rules, key=lambda rule: rule.name)
        name = self.controls.hostile
        return tuple(replace(rule, name=name + rule.name) for rule in rules)

    @callable_from_window
    def endpoints(self, application_id: ApplicationId) -> tuple[tuple[str, str], ...]:
        self.controls.enter("PricingService.endpoints", application_id)
        return (("POST", "/v1/generate"), ("GET", "/v1/search"), ("GET", "/v1/models"))

    @callable_from_window
    def publish(self, draft: RuleDraft, seen: PricingRule | None) -> PricingRule:
        self.controls.enter("PricingService.publish", draft, seen)
        rule_id = RuleId(f"rule_{next(self._ids)}") if seen is None else seen.rule_id
        terms = checked_terms(draft, TODAY)
        said: dict[str, Any] = {field.name: getattr(terms, field.name) for field in fields(Terms)}
        rule = PricingRule(**said, rule_id=rule_id, standing=Standing(state=EditState.WAITING))
        if seen is None:
            self.controls.rules.append(rule)
        self._replace(rule)
        self.controls.drafts.pop(None if seen is None else rule_id, None)
        return rule

    @callable_from_window
    def versions(self, application_id: ApplicationId) -> tuple[RuleVersion, ...]:
        self.controls.enter("PricingService.versions", application_id)
        return tuple(one for rule in self.controls.rules for one in _versions_of(rule))

    @callable_from_window
    def drafts(self, application_id: ApplicationId) -> tuple[KeptDraft, ...]:
        self.controls.enter("PricingService.drafts", application_id)
        return tuple(self.controls.drafts.values())

    @callable_from_window
    def keep_draft(self, draft: RuleDraft, rule_id: RuleId | None) -> None:
        self.controls.enter("PricingService.keep_draft", draft, rule_id)
        self.controls.drafts[rule_id] = KeptDraft(rule_id, draft, SYNCED_AT)

    @callable_from_window
    def drop_draft(self, application_id: ApplicationId, rule_id: RuleId | None) -> None:
        self.controls.enter("PricingService.drop_draft", application_id, rule_id)
        self.controls.drafts.pop(rule_id, None)

    @callable_from_window
    def month_uses(self, draft: RuleDraft) -> tuple[MonthUse, ...]:
        self.controls.enter("PricingService.month_uses", draft)
        name = self.controls.hostile
        return (
            MonthUse(CustomerId("cus_1"), f"{name}acme-eu", Decimal(4_100_000)),
            MonthUse(CustomerId("cus_2"), f"{name}globex", Decimal(250_000)),
        )

    @callable_from_window
    def preview(self, draft: RuleDraft, seen: PricingRule | None) -> PublishPreview:
        self.controls.enter("PricingService.preview", draft, seen)
        terms = checked_terms(draft, TODAY)
        version = 1 if seen is None else seen.version + 1
        is_live = seen is not None and terms.effective_from <= TODAY
        named = (AffectedCustomer(CustomerId("cus_1"), "acme-eu"),) if seen else ()
        diff = "--- live\n+++ new\n-  unit_amount: '0.002'\n+  unit_amount: '0.0012'"
        return PublishPreview(
            version, terms.effective_from, diff, (), named, 41, is_live, self.controls.never_held
        )

    @callable_from_window
    def delete_rule(self, rule_id: RuleId) -> None:
        self.controls.enter("PricingService.delete_rule", rule_id)
        self.controls.rules = [rule for rule in self.controls.rules if rule.rule_id != rule_id]

    @callable_from_window
    def restore_rule(self, rule: PricingRule) -> PricingRule:
        self.controls.enter("PricingService.restore_rule", rule)
        self.controls.rules.append(rule)
        return rule

    @callable_from_window
    def discard_rejected(self, rule_id: RuleId) -> None:
        self.controls.enter("PricingService.discard_rejected", rule_id)
        kept = (rule for rule in self.controls.rules if rule.rule_id == rule_id)
        self._replace(replace(next(kept), standing=Standing()))

    def _replace(self, changed: PricingRule) -> None:
        self.controls.rules = [
            changed if rule.rule_id == changed.rule_id else rule for rule in self.controls.rules
        ]


class ConnectionService(_Service, connection.ConnectionService):
    @callable_from_window
    def info(self) -> ConnectionInfo:
        self.controls.enter("ConnectionService.info")
        return self.controls.info

    @callable_from_window
    def use_embedded(self, report: Report) -> ConnectionInfo:
        self.controls.enter("ConnectionService.use_embedded")
        report(1, 2)
        return EMBEDDED

    @callable_from_window
    def use_remote(self, url: str, owner_token: str) -> ConnectionInfo:
        self.controls.enter("ConnectionService.use_remote", url, owner_token)
        if "usageflow" not in url:
            raise InvalidInput(
                "This address does not answer like a UsageFlow service. Check it and try again.",
                field="url",
            )
        return ConnectionInfo(ServiceKind.REMOTE, url, "wss://usageflow.example/ws", "app_acme")

    @callable_from_window
    def snippets(self, key_id: KeyId | None = None) -> tuple[Snippet, ...]:
        self.controls.enter("ConnectionService.snippets", key_id)
        return SNIPPETS

    @callable_from_window
    def embedded_status(self) -> EmbeddedStatus:
        self.controls.enter("ConnectionService.embedded_status")
        return self.controls.embedded

    @callable_from_window
    def start_embedded(self) -> EmbeddedStatus:
        return self._set("ConnectionService.start_embedded", running=True)

    @callable_from_window
    def stop_embedded(self) -> EmbeddedStatus:
        return self._set("ConnectionService.stop_embedded", running=False)

    @callable_from_window
    def set_start_at_login(self, wanted: bool) -> EmbeddedStatus:  # noqa: FBT001 (as the service)
        return self._set("ConnectionService.set_start_at_login", starts_at_login=wanted)

    def _set(self, name: str, **changes: bool) -> EmbeddedStatus:
        self.controls.enter(name)
        self.controls.embedded = replace(self.controls.embedded, **changes)
        return self.controls.embedded


class ExportService(_Service, export.ExportService):
    @callable_from_window
    def my_data(self, report: Report, path: str) -> ExportReceipt:
        for step in range(3):
            report(step * 1000, 3000)
            self.controls.enter("ExportService.my_data", path)
        report(3000, 3000)
        return ExportReceipt(path, 1_482_113, "9f2c" * 16, 3000)


class SampleDataService(_Service, sample_data.SampleDataService):
    @callable_from_window
    def load(self, report: Report) -> ApplicationId:
        self.controls.enter("SampleDataService.load")
        report(1, 1)
        self.controls.applications = (ACME, SAMPLE)
        return SAMPLE.application_id

    @callable_from_window
    def remove(self) -> None:
        self.controls.enter("SampleDataService.remove")
        self.controls.applications = (ACME,)


def services(controls: Controls) -> tuple[_Service, ...]:
    """One of each, all under the same controls."""
    # They are made of parts of this module.
    from tests.gui import fake_billing, fake_privacy, fake_sync, fake_usage
    from tests.gui.fake_account import ACCOUNT_SERVICES
    from tests.gui.fake_alerts import ALERT_SERVICES
    from tests.gui.fake_bills import InvoiceService, WhatIfService
    from tests.gui.fake_customers import CUSTOMER_SERVICES
    from tests.gui.fake_keys import KEY_SERVICES
    from tests.gui.fake_rule_files import PlanService, RuleFileService
    from tests.gui.fake_rules import KINDS_OF_SERVICE

    return tuple(
        kind(controls)
        for kind in (
            *ACCOUNT_SERVICES,
            *ALERT_SERVICES,
            *CUSTOMER_SERVICES,
            WorkspaceService,
            UsageService,
            SyncService,
            PricingService,
            RuleFileService,
            PlanService,
            ConnectionService,
            ExportService,
            SampleDataService,
            *KINDS_OF_SERVICE,
            AccessService,
            ActivityService,
            IdentityService,
            *fake_sync.KINDS_OF_SERVICE,
            *fake_usage.KINDS_OF_SERVICE,
            *fake_privacy.KINDS_OF_SERVICE,
            *fake_billing.KINDS_OF_SERVICE,
            WhatIfService,
            InvoiceService,
            *KEY_SERVICES,
        )
    )


def wave(seed: int, base: int, place: int) -> int:
    """An even, repeatable up and down that looks like traffic."""
    slow = ((place * 37 + seed * 11) % 53) - 26
    fast = ((place * 17 + seed * 29) % 19) - 9
    return base * (1000 + slow * 4 + fast * 3 + place * 4) // 1000


GROUPS = {
    GroupBy.ENDPOINT: (
        ("POST /v1/generate", 248_000),
        ("GET /v1/search", 131_000),
        ("GET /v1/models", 42_000),
        ("POST /v1/images", 18_500),
        ("GET /v1/files/{file_id}", 9_200),
    ),
    GroupBy.CUSTOMER: (
        ("acme-eu", 138_000),
        ("north-labs", 71_000),
        ("kite.io", 33_000),
        ("c_7f3a91", 12_000),
        ("Anonymous callers", 4_100),
    ),
}


def buckets(period: DateRange, grain: Grain) -> tuple[str, ...]:
    """ISO starts of every bucket of a period."""
    days = [period.start + timedelta(days=n) for n in range((period.end - period.start).days)]
    if grain is Grain.HOUR:
        return tuple(f"{day.isoformat()}T{hour:02d}" for day in days for hour in range(24))
    if grain is Grain.WEEK:
        days = [day for day in days if day.weekday() == 0]
    if grain is Grain.MONTH:
        days = [day for day in days if day.day == 1]
    return tuple(day.isoformat() for day in days)


def answer(question: UsageQuestion, hostile: str = "") -> UsageAnswer:
    """A chart with five groups and the rest."""
    starts = buckets(question.period, question.grain)
    scale = 5 if question.measure is Measure.UNITS else 1
    series = tuple(
        Series(
            f"key{number}",
            hostile + label,
            tuple(Decimal(wave(number, base, place) * scale) for place in range(len(starts))),
        )
        for number, (label, base) in enumerate(GROUPS[question.group_by])
    )
    few = tuple(Decimal(wave(9, 2_400, place) * scale) for place in range(len(starts)))
    rest = Series("", "Other", few)
    total = sum((value for line in (*series, rest) for value in line.values), Decimal(0))
    return UsageAnswer(starts, (*series, rest), total, Stamp(SYNCED_AT, online=True))


def dashboard(application_id: ApplicationId, period: DateRange, hostile: str = "") -> Dashboard:
    """A busy month."""
    question = UsageQuestion(application_id, period, Grain.DAY, GroupBy.ENDPOINT)
    chart = answer(question, hostile)
    lines = (
        ("acme-eu", 4_120_331, "20601655"),
        ("north-labs", 2_009_871, "10049355"),
        ("kite.io", 99_871, "499355"),
        ("c_7f3a91", 8_120, "40600.5"),
        ("Anonymous callers", 120, "600"),
    )
    return Dashboard(
        period=period,
        requests=Comparison(Decimal(12_480_331), Decimal(11_534_500)),
        units=Comparison(Decimal(62_401_655), Decimal(60_000_000)),
        denied=241_820,
        errors=30_114,
        active_customers=Comparison(Decimal(41), Decimal(38)),
        requests_by_day=tuple(400_000 + 9_000 * (place % 7) for place in range(30)),
        blocked_by_day=tuple(0.013 + 0.0004 * (place % 11) for place in range(30)),
        blocked_before=Decimal("0.013"),
        chart=chart,
        top_customers=tuple(
            CustomerLine(
                f"cus_{number}",
                hostile + label,
                requests,
                Decimal(units),
            )
            for number, (label, requests, units) in enumerate(lines, start=1)
        ),
        stamp=Stamp(SYNCED_AT, online=True),
        is_sample=application_id == SAMPLE.application_id,
    )


def empty_dashboard(period: DateRange) -> Dashboard:
    """An application nobody has called yet."""
    nothing = Comparison(Decimal(0), None)
    chart = UsageAnswer((), (), Decimal(0), Stamp(None, online=True))
    return Dashboard(
        period,
        nothing,
        nothing,
        0,
        0,
        nothing,
        (),
        (),
        None,
        chart,
        (),
        chart.stamp,
        is_sample=False,
    )


GRADUATED = {
    "model": "graduated",
    "currency": "USD",
    "tiers": [
        {"up_to": "10000", "unit_amount": "0"},
        {"up_to": "1000000", "unit_amount": "0.002"},
        {"up_to": "20000000", "unit_amount": "0.0012"},
        {"unit_amount": "0.0009"},
    ],
}


def _versions_of(rule: PricingRule) -> tuple[RuleVersion, ...]:
    """The history of a rule: what it is now, and before that a lower price."""
    said: dict[str, Any] = {field.name: getattr(rule, field.name) for field in fields(Terms)}
    numbers = range(1, rule.version + 1)
    return tuple(
        RuleVersion(
            **said | {"version": number, "note": "" if number == rule.version else "First price"},
            version_id=f"ver_{rule.rule_id}_{number}",
            rule_id=rule.rule_id,
            published_at=SYNCED_AT,
        )
        for number in numbers
    )


def _rule(number: int, name: str, endpoint: str, price: str, state: EditState) -> PricingRule:
    method, url = endpoint.split()
    problem = "This currency is not accepted." if state is EditState.REJECTED else ""
    return PricingRule(
        rule_id=RuleId(f"rule_{number}"),
        application_id=ACME.application_id,
        name=name,
        method=method,
        url=url,
        meter=Meter.UNITS if number % 2 else Meter.REQUESTS,
        price=per_unit(price),
        effective_from=SINCE,
        version=1,
        standing=Standing(3, state, problem),
    )


CONFLICT = Conflict(
    7,
    "pricing_rule",
    "rule_3",
    "Images",
    (
        FieldDifference("Price of one", "0.03", "0.04", "0.035"),
        FieldDifference("Name", "Images", "Images", "Pictures"),
    ),
    deleted_there=False,
)

RULES = (
    replace(
        _rule(1, "Generate", "POST /v1/generate", "0.002", EditState.SYNCED),
        price=GRADUATED,
        version=7,
    ),
    _rule(2, "Search", "GET /v1/search", "0.0005", EditState.WAITING),
    _rule(3, "Images", "POST /v1/images", "0.04", EditState.CONFLICTED),
    _rule(4, "Everything else", "* *", "0.0001", EditState.REJECTED),
)

BACKUP = BackupSummary(
    "/vault/backups/20261123T090000Z-daily",
    datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    "daily",
    412,
    1_482_752,
)
VAULT = VaultInfo(
    directory="/vault",
    vault_id="0123456789abcdef0123456789abcdef",
    format=1,
    schema_version=9,
    created_at=datetime(2026, 6, 1, 8, 0, tzinfo=UTC),
    generation=412,
    size_bytes=1_482_752,
    is_older_copy=False,
    recovery=RecoveryState.CONFIRMED,
    keyring="",
    key_since=datetime(2026, 6, 1, 8, 0, tzinfo=UTC),
    last_backup_at=BACKUP.made_at,
    backups=1,
    key_is_in_locked_memory=True,
)
FINDINGS = (
    Finding("freshness", Severity.OK, "This is the newest state that this computer has seen."),
    Finding("folder", Severity.OK, "The vault lies in a folder of this computer."),
)
KEYS = (
    StoredKey(KeyId("key_sdk"), "SDK key, Acme API", "", "cdef", SYNCED_AT, made_by_service=True),
    StoredKey(
        KeyId("key_stripe"),
        "Stripe, restricted",
        "Only for reading prices.",
        "nary",
        datetime(2026, 10, 2, 9, 0, tzinfo=UTC),
        made_by_service=False,
    ),
)

EMBEDDED = ConnectionInfo(
    ServiceKind.EMBEDDED, "http://127.0.0.1:8787", "ws://127.0.0.1:8787/ws", "app_acme"
)

SNIPPETS = (
    Snippet(
        "FastAPI",
        "python",
        "pip install usageflow-fastapi",
        "from usageflow.fastapi.middleware import UsageFlowMiddleware\n\n"
        f'app.add_middleware(UsageFlowMiddleware, api_key="{SDK_KEY}")\n',
        "Put it before the first route.",
    ),
    Snippet("Flask", "python", "pip install usageflow-flask", f'UsageFlow(app, "{SDK_KEY}")\n', ""),
    Snippet("Gin", "go", "go get usageflow", f'r.Use(usageflow.New("{SDK_KEY}"))\n', ""),
)
