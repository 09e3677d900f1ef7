"""The deletion of the account as window and command line ask for it."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.domain.attention import Attention, Urgency
from desktop.domain.csv_text import harmless
from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.account_deletion import (
    REMIND_DAYS,
    AccountDeletion,
    DeletionPreview,
    DeletionState,
    account_due,
    books_until,
    checked_day,
    usual_day,
)
from desktop.domain.privacy.place import Place
from desktop.services.calls import Report, callable_from_window, no_report
from desktop.services.csv_file import CsvFile
from desktop.services.export import ExportReceipt
from desktop.services.privacy.account_end.issuing import words
from desktop.services.privacy.account_end.previewing import preview_lines
from desktop.services.privacy.erasing import certificate as certificates
from desktop.services.privacy.erasing.service import CertificateFiles, certificate_files
from desktop.services.storage import account_end, privacy_audit

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.attention import Scene
    from desktop.services.privacy.account_end.running import DeletionRunner
    from desktop.services.storage.account_end import StoredDeletion
    from desktop.services.storage.vault import Vault

TOPIC: Final = "privacy"
CHANGED: Final = (TOPIC, "configuration", "usage")
"""What pages show anew when the vault was emptied."""
PAGE: Final = "settings"
TARGET: Final = "account"
TITLE: Final = "Certificate of the deletion of an account"
SIGNATURE_LINES: Final = 3
"""Digest, signature and key at the end of a certificate: for programs, and too wide for a card."""
ROWS_AT_ONCE: Final = 1_000
COLUMNS: Final = (
    "kind", "day", "application", "party", "reference", "status", "currency", "amount_minor",
    "quantity_micro", "detail",
)  # fmt: skip


class AccountDeletionService:
    """The vault must be open. Any thread; one deletion runs at a time."""

    def __init__(
        self,
        vault: "Vault",
        carried: "tuple[DeletionRunner, Callable[[], None]]",
        books_months: Callable[[], int],
        made_by: tuple[Callable[[], str], Callable[[], datetime]],
        notice: Callable[[str], None],
    ) -> None:
        """Make the service; reads and writes nothing.

        Args:
            vault: open whenever a method is called.
            carried: what carries it out, and what deletes the vault itself afterwards.
            books_months: how long books are kept.
            made_by: makers of ids and times.
            notice: told `privacy` when it changes, and what else pages show anew.
        """
        self._vault = vault
        self._runner, self._remove = carried
        self._books_months = books_months
        self._new_id, self._clock = made_by
        self._notice = notice
        self._one_at_a_time = threading.Lock()

    @callable_from_window
    def status(self) -> AccountDeletion:
        """How the deletion stands; asks nobody. Raises: VaultError."""
        with self._vault.reading() as db:
            return self._status(db)

    @callable_from_window
    def preview(self, zone: str) -> DeletionPreview:
        """A dry run of a deletion that is asked for now, at a place. Nothing is changed.

        Raises: InvalidInput (field `zone`), VaultError.
        """
        today = self._today(zone)
        latest = account_due(today).day
        last = books_until(latest, self._books_months()).isoformat()
        with self._vault.reading() as db:
            lines = tuple(preview_lines(db, self._vault.files, books_last=last))
        return DeletionPreview(lines, today, latest, usual_day(today))

    @callable_from_window
    def ask(self, day: date, zone: str) -> AccountDeletion:
        """Have the account deleted from a day on; until it begins it can be withdrawn or moved.

        Args:
            day: in the owner's place; today begins as soon as `go_on` is called.
            zone: IANA name of the owner's place. Asking again keeps the first one and its clock.

        Raises: InvalidInput (field `day` or `zone`; it has begun already, or who uses the service
            here is no owner of it), VaultError.
        """
        today = self._today(zone)
        self._runner.require_owner()
        with self._vault.transaction() as db:
            stored = account_end.find(db)
            if stored is None:
                checked_day(today, day)
                account_end.ask(db, self._new_id(), self._clock(), day, zone)
            else:
                _require_waiting(stored)
                checked_day(_asked_on(stored), day)
                account_end.move(db, day)
            privacy_audit.append(db, self._clock(), "account_ask", "", {"day": day.isoformat()})
            found = self._status(db)
        self._notice(TOPIC)
        return found

    @callable_from_window
    def withdraw(self) -> AccountDeletion:
        """Keep the account after all. Raises: InvalidInput (none waits, or it has begun)."""
        with self._vault.transaction() as db:
            stored = account_end.find(db)
            if stored is None:
                raise InvalidInput("No deletion of the account was asked for. Nothing was changed.")
            _require_waiting(stored)
            account_end.withdraw(db)
            privacy_audit.append(db, self._clock(), "account_withdraw")
            found = self._status(db)
        self._notice(TOPIC)
        return found

    @callable_from_window
    def go_on(self, report: Report) -> AccountDeletion:
        """Begin when the day has come, and do what is left; what cannot be done is tried again.

        Raises: VaultError, Cancelled; what was done stays done.
        """
        with self._one_at_a_time:
            if self._has_come():
                self._runner.go_on(report)
        for topic in CHANGED:
            self._notice(topic)
        return self.status()

    @callable_from_window
    def go_on_without_service(self, report: Report) -> AccountDeletion:
        """Wait no longer for a service that is gone for good; the certificate says so.

        Raises: InvalidInput (it does not wait for the service), VaultError, Cancelled.
        """
        with self._vault.transaction() as db:
            if not self._status(db).waits_for_service:
                raise InvalidInput("It does not wait for the service. Nothing was changed.")
            account_end.go_without_service(db)
            privacy_audit.append(db, self._clock(), "account_without_service")
        return self.go_on(report)

    def go_on_by_itself(self) -> None:
        """The chore: begin or go on when it is time, and let books go when theirs is over.

        Raises: VaultError.
        """
        with self._vault.reading() as db:
            stored = account_end.find(db)
        if stored is None:
            return
        if stored.finished_at is None:
            if self._day_of(stored) >= stored.day:
                self.go_on(no_report)
        elif stored.books_until is not None and self._day_of(stored) > stored.books_until:
            self._forget_books()

    @callable_from_window
    def write_certificate(self, path: str) -> CertificateFiles:
        """Write the signed certificate as JSON, and beside it as PDF.

        Raises: InvalidInput (there is none yet), ExportFailed, VaultError.
        """
        with self._vault.reading() as db:
            stored = account_end.find(db)
        if stored is None or stored.certificate is None:
            raise InvalidInput(
                "There is no certificate yet: the account is not deleted. Nothing was written."
            )
        document = certificates.verified(stored.certificate.encode())
        return certificate_files(stored.certificate, path, TITLE, words(document))

    @callable_from_window
    def certificate_text(self) -> tuple[str, ...]:
        """The certificate in words without its signature, for the screen; empty without one."""
        with self._vault.reading() as db:
            stored = account_end.find(db)
        if stored is None or stored.certificate is None:
            return ()
        return words(certificates.verified(stored.certificate.encode()))[:-SIGNATURE_LINES]

    @callable_from_window
    def write_books(self, path: str) -> ExportReceipt:
        """Write the books that are kept as CSV. Raises: ExportFailed, VaultError."""
        with CsvFile(path, COLUMNS) as file, self._vault.reading() as db:
            entries = account_end.books(db)
            while some := list(islice(entries, ROWS_AT_ONCE)):
                file.write_rows([[_cell(getattr(one, name)) for name in COLUMNS] for one in some])
        return file.receipt()

    @callable_from_window
    def remove_workspace(self) -> None:
        """Remove what is left of a deleted account: certificate, books and the vault itself.

        The program has nothing open afterwards. Raises: InvalidInput (nothing was deleted yet),
        VaultError, WorkspaceListProblem; what was removed stays removed.
        """
        with self._vault.reading() as db:
            state = self._status(db).state
        if state is not DeletionState.DONE:
            raise InvalidInput("The account is not deleted yet. Nothing was removed.")
        self._remove()

    def note_deleted_elsewhere(self) -> None:
        """The service says that its account was deleted. Raises: VaultError."""
        with self._vault.reading() as db:
            is_known = account_end.deleted_elsewhere(db) is not None
        if not is_known:
            with self._vault.transaction() as db:
                account_end.note_deleted_elsewhere(db, self._clock())
            self._notice(TOPIC)

    def attention(self, db: "Connection", scene: "Scene") -> Iterator[Attention]:
        """What the owner should know of it: that it comes, is late, or happened elsewhere."""
        stored, found = account_end.find(db), self._status(db)
        if found.state is DeletionState.ASKED and found.day is not None:
            left = (found.day - scene.now.astimezone(self._zone_of(stored)).date()).days
            yield Attention(
                "account_deletion",
                Urgency.SOON if left <= REMIND_DAYS else Urgency.NOTE,
                f"This account is deleted from {found.day.isoformat()} on.",
                "Until then you may withdraw it, or export what you want to keep.",
                PAGE, TARGET, None if stored is None else stored.asked_at,
                self._end(stored, found.due),
            )  # fmt: skip
        elif found.state is DeletionState.RUNNING:
            late = "The deletion of the account is late." if found.is_overdue else ""
            problem = next((line.detail for line in found.steps if line.detail), "")
            yield Attention(
                "account_deletion",
                Urgency.NOW if problem or found.is_overdue else Urgency.NOTE,
                late or "The account is being deleted.",
                problem or "It goes on by itself.",
                PAGE, TARGET, None if stored is None else stored.begun_at,
                self._end(stored, found.due),
            )  # fmt: skip
        elif found.is_deleted_elsewhere and found.state is DeletionState.NONE:
            yield Attention(
                "account_deleted_elsewhere",
                Urgency.NOW,
                "The account of the service was deleted on another computer.",
                "This vault still holds a copy of its data. Delete that, too.",
                PAGE, TARGET, account_end.deleted_elsewhere(db),
            )  # fmt: skip

    def _has_come(self) -> bool:
        """Whether it may run now; notes the beginning."""
        with self._vault.reading() as db:
            stored = account_end.find(db)
        if stored is None or stored.finished_at is not None:
            return False
        if stored.begun_at is not None:
            return True
        if self._day_of(stored) < stored.day:
            return False
        with self._vault.transaction() as db:
            account_end.begin(db, self._clock())
            privacy_audit.append(db, self._clock(), "account_begin")
        return True

    def _forget_books(self) -> None:
        with self._vault.transaction() as db:
            number = account_end.book_count(db)
            if number:
                account_end.forget_books(db)
                facts = {"rows": number}
                privacy_audit.append(
                    db, self._clock(), "retention", "books", facts, actor=privacy_audit.PROGRAM
                )

    def _status(self, db: "Connection") -> AccountDeletion:
        elsewhere = account_end.deleted_elsewhere(db) is not None
        stored = account_end.find(db)
        if stored is None:
            return AccountDeletion(DeletionState.NONE, is_deleted_elsewhere=elsewhere)
        asked_on, zone = _asked_on(stored), self._zone_of(stored)
        finished = stored.finished_at
        due = account_due(asked_on, None if finished is None else Place(zone).day(finished))
        return AccountDeletion(
            state=_state(stored),
            asked_on=asked_on,
            day=stored.day,
            due=due.day,
            is_overdue=due.late_on(self._day_of(stored)),
            steps=account_end.steps(db),
            finished_at=finished,
            is_deleted_elsewhere=elsewhere,
            books=account_end.book_count(db),
            books_until=stored.books_until,
        )

    def _end(self, stored: "StoredDeletion | None", due: date | None) -> datetime | None:
        """The last moment of the last day where the owner is, for lists of moments."""
        if due is None:
            return None
        return datetime.combine(due, time.max, self._zone_of(stored))

    def _today(self, zone: str) -> date:
        try:
            return Place(ZoneInfo(zone)).day(self._clock())
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise InvalidInput(
                "This is no time zone. Nothing was changed. Write one as Europe/Berlin.",
                field="zone",
            ) from error

    def _day_of(self, stored: "StoredDeletion") -> date:
        return Place(self._zone_of(stored)).day(self._clock())

    @staticmethod
    def _zone_of(stored: "StoredDeletion | None") -> ZoneInfo:
        return ZoneInfo("UTC" if stored is None else stored.zone)


def _asked_on(stored: "StoredDeletion") -> date:
    return Place(ZoneInfo(stored.zone)).day(stored.asked_at)


def _state(stored: "StoredDeletion") -> DeletionState:
    if stored.finished_at is not None:
        return DeletionState.DONE
    return DeletionState.ASKED if stored.begun_at is None else DeletionState.RUNNING


def _require_waiting(stored: "StoredDeletion") -> None:
    if stored.begun_at is not None:
        raise InvalidInput(
            "The deletion has begun and cannot be taken back. Nothing was changed by this."
        )


def _cell(value: object) -> str:
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str):
        return harmless(value)
    return "" if value is None else str(value)
