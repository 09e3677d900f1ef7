"""Privacy requests over a database in memory: the real service without the vault's encryption."""

import itertools
import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files

from desktop.domain.privacy.kinds import Channel, Evidence, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.privacy import requests

MIGRATIONS = files("desktop.services.storage") / "migrations"
NEEDED = ("0120_privacy_requests.sql", "0126_privacy_records.sql")
NOW = datetime(2026, 11, 23, 14, 6, tzinfo=UTC)


class MemoryVault:
    """What a service asks of the vault, on one connection and one thread at a time."""

    def __init__(self):
        self._lock = threading.Lock()
        self._db = sqlite3.connect(":memory:", check_same_thread=False)
        for name in NEEDED:
            self._db.executescript((MIGRATIONS / name).read_text("utf-8"))

    @contextmanager
    def transaction(self):
        with self._lock, self._db:
            yield self._db

    reading = transaction


class PrivacyRequestService(requests.PrivacyRequestService):
    """Begins with four requests, one of them ended."""

    def __init__(self, controls):
        self.controls = controls
        numbers = itertools.count(1)
        super().__init__(MemoryVault(), lambda: f"request_{next(numbers)}", lambda: NOW)
        if controls.has_usage:
            self._fill()

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
