"""Privacy requests over a database in memory: the real service without the vault's encryption."""

import itertools
import sqlite3
import threading
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path

from desktop.domain.privacy.breaches import Breach
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.kinds import Channel, Evidence, RequestKind
from desktop.domain.privacy.purposes import Purpose
from desktop.domain.privacy.recipients import Recipient, RecipientKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.domain.privacy.self_audit import AuditFinding, AuditReport, SignedReport, Verdict
from desktop.services.calls import callable_from_window
from desktop.services.privacy import (
    approvals,
    breaches,
    campaigns,
    data_map,
    overview,
    policy,
    preferences,
    recipients,
    requests,
    retention,
    self_audit,
    telling,
    written_files,
)

SCHEMA = Path(__file__).parents[1] / "unit" / "schema.sql"
NOW = datetime(2026, 11, 23, 14, 6, tzinfo=UTC)


@cache
def empty_database():
    """A database with the tables of a vault, as bytes: making them takes as long as a page does."""
    with closing(sqlite3.connect(":memory:")) as db:
        statements = SCHEMA.read_text().split("\n\n")
        db.executescript(";\n".join(s for s in statements if "sqlite_sequence" not in s))
        return db.serialize()


class MemoryVault:
    """What a service asks of the vault, on one connection and one thread at a time."""

    def __init__(self, fill=None):
        """`fill` is called at the first use: most tests never look at what lies here."""
        self._lock = threading.RLock()
        self._fill = fill

    @cached_property
    def _db(self):
        db = sqlite3.connect(":memory:", check_same_thread=False)
        db.deserialize(empty_database())
        return db

    @contextmanager
    def transaction(self):
        with self._lock:
            fill, self._fill = self._fill, None
            if fill is not None:
                fill()
            with self._db:
                yield self._db

    reading = transaction

    def wrapping_key(self):
        return bytes(32)


def new_id(prefix):
    numbers = itertools.count(1)
    return lambda: f"{prefix}_{next(numbers)}"


def clock():
    return NOW


class PrivacyRequestService(requests.PrivacyRequestService):
    """Begins with four requests, one of them ended."""

    def __init__(self, controls):
        self.controls = controls
        fill = self._fill if controls.has_usage else None
        super().__init__(MemoryVault(fill), new_id("request"), clock)

    def _fill(self):
        jane = self._log(3, RequestKind.ACCESS, Person("Jane Doe", "jane@example.org"))
        self.acknowledge(jane)
        self.confirm_identity(jane, (Evidence.CODE,))
        self._log(18, RequestKind.DELETION, Person("Omar Haddad", "omar@example.net"))
        ended = self._log(1, RequestKind.OPT_OUT, Person(email="news@example.com"))
        self.answer(ended)
        self._log(22, RequestKind.INQUIRY, Person("Aurora Ltd"))

    def _log(self, day, kind, person):
        received = datetime(2026, 11, day, 9, 30, tzinfo=UTC)
        text = "Please send me a copy of everything you hold about me." if day == 3 else ""
        asked = NewRequest(kind, Channel.EMAIL, received, "UTC", person, text)
        return self.log_request(asked).line.request_id


class Accounts:
    """Two accounts with an address."""

    def addresses(self, _db):
        return ("jane@example.org", "omar@example.net")


class PreferenceService(preferences.PreferenceService):
    def __init__(self, _controls):
        super().__init__(MemoryVault(self._fill), clock)

    def _fill(self):
        for name in ("jane", "omar", "li"):
            self.choose(f"{name}@example.org", Purpose.NEWS, wanted=False)
        self.choose("li@example.org", Purpose.TIPS, wanted=True)


class PolicyService(policy.PolicyService):
    def __init__(self, _controls):
        super().__init__(MemoryVault(self._fill), Accounts(), new_id("version"), clock)

    def _fill(self):
        first = date(2024, 1, 1)
        self.publish(first, "What we collect, and why.", "The first one.", material=False)
        summary = "Single calls are kept for 30 days instead of 90."
        self.publish(date(2026, 11, 23), "What we collect now.", summary, material=True)


class CampaignService(campaigns.CampaignService):
    def __init__(self, _controls):
        vault = MemoryVault()
        parts = (None, preferences.PreferenceService(vault, clock), Accounts())
        super().__init__(vault, None, parts, new_id("campaign"), clock)


class RecipientService(recipients.RecipientService):
    def __init__(self, _controls):
        super().__init__(MemoryVault(self._fill), new_id("recipient"), clock)

    def _fill(self):
        hosting = Recipient(
            "", "Hosting Ltd", RecipientKind.PROVIDER, "Hosting", (Category.USAGE,),
            "DPA of May 2025", "EU", "", date(2026, 5, 1),
        )  # fmt: skip
        self.save(hosting)


class BreachService(breaches.BreachService):
    def __init__(self, _controls):
        super().__init__(MemoryVault(self._fill), new_id("breach"), clock)

    def _fill(self):
        known = NOW - timedelta(hours=20)
        facts = "A laptop with an open vault was left on a train."
        self.record(Breach("", "Lost laptop", known, facts, "", "", (Category.ACCOUNT,), 12))


class RetentionService(retention.RetentionService):
    def __init__(self, _controls):
        vault = MemoryVault()
        asked = requests.PrivacyRequestService(vault, new_id("request"), clock)
        super().__init__(vault, asked, lambda _db: (), clock)


class DataMapService(data_map.DataMapService):
    def __init__(self, controls):
        super().__init__(MemoryVault(), RecipientService(controls), clock)


class SelfAuditService(self_audit.SelfAuditService):
    def __init__(self, _controls):
        super().__init__(MemoryVault(self._fill), None, clock, distributions=list)

    def _fill(self):
        findings = (
            AuditFinding("known defects", Verdict.GOOD, "38 libraries were compared. Found: none."),
            AuditFinding("file modes", Verdict.GOOD, "Of 3 files open to others: none."),
            AuditFinding("last backup", Verdict.LOOK, "Never, as far as this vault knows."),
            AuditFinding("privacy requests", Verdict.BAD, "3 open, 1 late."),
        )
        report = AuditReport(NOW, "0.1.0", findings, 12, "ab" * 32)
        with self._vault.transaction() as db:
            signed = SignedReport(report, "cd" * 64, "5e9d3f" * 10)
            self_audit.REPORTS.put(db, self_audit.LAST, signed, NOW)


class ApprovalService(approvals.ApprovalService):
    def __init__(self, _controls):
        super().__init__(MemoryVault(), clock)


class PrivacyOverview(overview.PrivacyOverview):
    def __init__(self, controls):
        asked = PrivacyRequestService(controls)
        super().__init__(asked._vault, asked, (None, None, None), clock)


class TellingService(telling.TellingService):
    def __init__(self, _controls):
        super().__init__(None, None, clock)

    @callable_from_window
    def listed(self):
        return ()


class WrittenFileService(written_files.WrittenFileService):
    def __init__(self, _controls):
        super().__init__(None, clock)

    @callable_from_window
    def listed(self):
        return ()


KINDS_OF_SERVICE = (
    TellingService,
    WrittenFileService,
    PrivacyRequestService,
    PreferenceService,
    PolicyService,
    CampaignService,
    RecipientService,
    BreachService,
    RetentionService,
    DataMapService,
    SelfAuditService,
    ApprovalService,
    PrivacyOverview,
)
