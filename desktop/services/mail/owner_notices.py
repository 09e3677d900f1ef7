"""Letters to the API's owner: limits that were reached, and months whose invoices are ready."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from contract.terms import LimitInterval
from desktop.domain import calendar
from desktop.domain.attention import Urgency
from desktop.domain.errors import AppError
from desktop.domain.invoices import RevenueQuestion, RevenueReport
from desktop.domain.mail import MailPurpose
from desktop.services.alerts.service import speaks
from desktop.services.attention import Scene
from desktop.services.calls import no_report
from desktop.services.customers.limits import window_start
from desktop.services.mail.templates import Announcement, letter_of
from desktop.services.storage import alerts, applications, mail
from desktop.services.unusual_usage import LimitsReached
from desktop.services.usage_labels import pseudonym

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from sqlite3 import Connection

    from desktop.domain.attention import Attention
    from desktop.services.calls import Report
    from desktop.services.mail.outbox import MailOutbox
    from desktop.services.storage.vault import Vault

log = logging.getLogger(__name__)

PAUSE: Final = timedelta(minutes=1)
"""While every second brings a sync, nothing is looked for more often than this."""
FRESH: Final = timedelta(days=1)
"""Alerts that began earlier are no news; the outbox knows for longer than this what was sent."""
WHO: Final = "Open UsageFlow to see whom it is about."


@dataclass(frozen=True, slots=True, repr=False)
class _Note:
    """What the owner is told once; the subject, which the outbox keeps, names no customer."""

    once_key: str
    purpose: MailPurpose
    said: Announcement


class OwnerNotices:
    """Queues letters to the owner after a sync. Needs the open vault; used by the sync's thread."""

    def __init__(
        self,
        vault: Vault,
        outbox: MailOutbox,
        revenue: Callable[[Report, RevenueQuestion], RevenueReport],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._outbox = outbox
        self._revenue = revenue
        self._clock = clock
        self._looked: datetime | None = None
        self._months: set[str] = set()
        """Months that this run has worked out: their sums are not worked out every minute."""

    def after_sync(self) -> None:
        """Queue what the owner wants to hear. Raises nothing: a letter must not stop a sync."""
        now = self._clock()
        if self._looked is not None and timedelta(0) <= now - self._looked < PAUSE:
            return
        self._looked = now
        try:
            self._look(now)
        except AppError as error:
            self._months.clear()
            log.warning("Notices to the owner could not be queued: %s", error)

    def _look(self, now: datetime) -> None:
        with self._vault.reading() as db:
            wanted, server = mail.owner_notices(db), mail.server(db)
            if not server.is_set_up:
                return
            found = (applications.find(db, one) for one in applications.real_ids(db))
            scenes = [Scene(application, now) for application in found if application]
            notes = list(_limits(db, scenes)) if wanted.limits else []
        if wanted.invoices:
            notes += self._invoices(scenes)
        self._put(server.owner, notes)

    def _invoices(self, scenes: Iterable[Scene]) -> Iterator[_Note]:
        """The month before this one, of each application that brought anything."""
        for scene in scenes:
            application = scene.application
            today = calendar.today(scene.now, applications.zone(application.time_zone))
            period = calendar.month_period(calendar.month_number(today) - 1)
            key = f"owner-month:{application.application_id}:{period.start:%Y-%m}"
            if key in self._months or self._is_queued(key):
                continue
            question = RevenueQuestion(application.application_id, period)
            total = self._revenue(no_report, question).total
            self._months.add(key)
            sums = ", ".join(f"{one.currency} {one.amount:,f}" for one in total if one.amount_minor)
            if sums:
                title = f"The invoices of {period.start:%B %Y} are ready"
                text = f"{application.name} brought {sums}. Look at them under Invoices."
                said = Announcement(title, title, text)
                yield _Note(key, MailPurpose.INVOICE_READY, said)

    def _is_queued(self, once_key: str) -> bool:
        with self._vault.reading() as db:
            return mail.is_queued(db, once_key)

    def _put(self, owner: str, notes: Iterable[_Note]) -> None:
        letters = [(note.once_key, letter_of(note.purpose, owner, note.said)) for note in notes]
        if not letters:
            return
        with self._vault.transaction() as db:
            queued = [self._outbox.put(db, letter, once_key) for once_key, letter in letters]
        if any(queued):
            self._outbox.wake()


def _limits(db: Connection, scenes: Iterable[Scene]) -> Iterator[_Note]:
    for scene in scenes:
        yield from _alerts(db, scene)
        for entry in LimitsReached().attention(db, scene):
            if entry.urgency is Urgency.NOW:
                yield _limit(entry, scene)


def _alerts(db: Connection, scene: Scene) -> Iterator[_Note]:
    app = scene.application
    awake = [
        line.rule.rule_id
        for line in alerts.lines(db, app.application_id)
        if speaks(line.rule, scene.now)
    ]
    for event_id, name, text in alerts.begun_since(db, awake, scene.now - FRESH):
        said = Announcement(f"{app.name}: an alert began", f"{name}.", text or WHO)
        yield _Note(f"owner-alert:{event_id}", MailPurpose.LIMIT_REACHED, said)


def _limit(entry: Attention, scene: Scene) -> _Note:
    """One note for each window of a limit; who has no name of the owner's is not named."""
    app = scene.application
    today = calendar.today(scene.now, applications.zone(app.time_zone))
    window = window_start(LimitInterval(entry.key.rpartition(":")[2]), today)
    # The key stays in the outbox for 90 days, longer than a customer's id may.
    about = hashlib.sha256(entry.key.encode()).hexdigest()
    is_named = pseudonym(entry.target) not in entry.title
    title = entry.title if is_named else "A customer has reached a limit."
    text = entry.detail if is_named else f"{entry.detail} {WHO}"
    said = Announcement(f"{app.name}: a limit was reached", title, text)
    return _Note(f"owner-limit:{about}:{window}", MailPurpose.LIMIT_REACHED, said)
