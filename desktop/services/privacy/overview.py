"""The numbers of privacy, and what of it needs the owner now."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from desktop.domain.access import ChainReport, ChainState
from desktop.domain.attention import Attention, Urgency
from desktop.domain.csv_text import csv_lines
from desktop.domain.errors import VaultDamaged
from desktop.domain.privacy.breaches import BreachState
from desktop.domain.privacy.numbers import PrivacyNumbers, numbers
from desktop.domain.privacy.recipients import Review
from desktop.domain.usage import Stamp
from desktop.services.calls import callable_from_window
from desktop.services.privacy.erasing.holds import ending_soon
from desktop.services.storage import privacy_audit, privacy_requests
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.privacy.erasure import LegalHold
    from desktop.domain.privacy.requests import RequestLine
    from desktop.services.attention import Scene
    from desktop.services.privacy.breaches import BreachService
    from desktop.services.privacy.recipients import RecipientService
    from desktop.services.privacy.requests import PrivacyRequestService
    from desktop.services.privacy.self_audit import SelfAuditService
    from desktop.services.storage.vault import Vault

SOON_DAYS: Final = 7
PAGE: Final = "privacy"
OVERDUE: Final = (
    "The last self-audit is too old.",
    "Run it again, and look at what it finds.",
)
NEVER_MADE: Final = (
    "No self-audit was made yet.",
    "It looks at libraries, files, encryption, backups and requests. It takes some seconds.",
)


class PrivacyOverview:
    """The vault must be open. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        requests: "PrivacyRequestService",
        registers: "tuple[BreachService, RecipientService, SelfAuditService]",
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._requests = requests
        self._breaches, self._recipients, self._audits = registers
        self._clock = clock

    @callable_from_window
    def numbers(self) -> PrivacyNumbers:
        """Counts and days of all requests."""
        with self._vault.reading() as db:
            return numbers(privacy_requests.everything(db), self._requests.lines(db))

    @callable_from_window
    def write_metrics(self, path: str) -> str:
        """Write the numbers as CSV for a public page of metrics; nobody stands in it.

        Raises: ExportFailed, VaultError.
        """
        found = self.numbers()
        rows: list[tuple[str, str]] = [("measure", "value")]
        names = ("received", "open", "late", "answered", "refused", "revoked", "extended")
        rows += [(name, str(getattr(found, name))) for name in names]
        rows.append(("median_days", "" if found.median_days is None else str(found.median_days)))
        rows += [(f"received_{one.kind}", str(one.received)) for one in found.by_kind]
        with WholeFile(path) as file:
            file.write(csv_lines(rows).encode())
        return str(file.path)

    @callable_from_window
    def verify_log(self) -> ChainReport:
        """Follow the chain of what was done about privacy, which lies in this vault."""
        now = self._clock()
        stamp = Stamp(now, online=True)
        try:
            with self._vault.reading() as db:
                entries, _ = privacy_audit.check(db)
        except VaultDamaged:
            return ChainReport(ChainState.BROKEN, checked_at=now, stamp=stamp)
        return ChainReport(ChainState.INTACT, entries, checked_at=now, stamp=stamp)

    def attention(self, db: "Connection", scene: "Scene") -> Iterator[Attention]:
        """Requests that are due, breaches to be told, reviews holds that end, and a self-audit."""
        for line in self._requests.lines(db):
            if line.due is not None and (line.days_left or 0) <= SOON_DAYS:
                yield _about_request(line)
        for one in self._breaches.lines(db):
            if one.state in {BreachState.OPEN, BreachState.OVERDUE}:
                yield Attention(
                    f"breach:{one.breach.breach_id}", Urgency.NOW,
                    f"The authority must hear of “{one.breach.title}”.",
                    f"{max(one.hours_left, 0)} of 72 hours are left.",
                    PAGE, "breaches", one.breach.aware_at, one.breach.due,
                )  # fmt: skip
        overdue = [
            line.recipient.name
            for line in self._recipients.lines(db)
            if line.review is Review.OVERDUE
        ]
        if overdue:
            yield Attention(
                "recipients", Urgency.SOON, "An agreement with a recipient of data is overdue.",
                ", ".join(overdue), PAGE, "recipients",
            )  # fmt: skip
        for hold in ending_soon(db, scene.now):
            yield _about_hold(hold)
        if self._audits.is_due(db, scene.now):
            title, detail = OVERDUE if self._audits.was_made(db) else NEVER_MADE
            yield Attention("self_audit", Urgency.NOTE, title, detail, PAGE, "self-audit")


def _about_hold(hold: "LegalHold") -> Attention:
    until = hold.until or hold.placed_at.date()
    return Attention(
        key=f"hold_end:{hold.hold_id}",
        urgency=Urgency.SOON,
        title=f"A legal hold ends on {until}.",
        detail=f"{hold.ground}. What an erasure left because of it is erased after that day; "
        "place another hold before then if it must stay.",
        destination=PAGE,
        due=datetime.combine(until, time(), UTC) + timedelta(days=1),
    )


def _about_request(line: "RequestLine") -> Attention:
    left = line.days_left or 0
    due = None if line.due is None else datetime.combine(line.due, time(), UTC) + timedelta(days=1)
    said = "is late" if left < 0 else f"is due in {left} days" if left else "is due today"
    return Attention(
        key=f"privacy_request:{line.request_id}",
        urgency=Urgency.NOW if left <= 0 else Urgency.SOON,
        title=f"The privacy request PR-{line.number:04} {said}.",
        detail="Answer it, or tell the person why it takes longer.",
        destination=PAGE,
        target=line.request_id,
        due=due,
    )
