"""Letters that wait: each is queued once, sent once as far as SMTP permits, and never lost."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from desktop.domain.errors import AppError, InvalidInput, MailServerProblem
from desktop.domain.mail import (
    GIVE_UP_AFTER,
    KEPT_FOR,
    Letter,
    MailId,
    MailPurpose,
    MailState,
    checked_address,
    checked_line,
    pause_after,
)
from desktop.services.mail.letters import letter_bytes
from desktop.services.secret_store import MAIL_PASSWORD
from desktop.services.storage import mail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from sqlite3 import Connection

    from desktop.domain.mail import MailServer
    from desktop.services.mail.smtp import SmtpSession, Verdict
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.mail import Due
    from desktop.services.storage.vault import Vault

log = logging.getLogger(__name__)

TOPIC: Final = "mail"
A_CONNECTION: Final = 50
"""Letters that one connection carries; many servers allow no more."""
OBJECTS: Final = "The recipient does not want letters of this kind."
INTERRUPTED: Final = "The program ended before the mail server said whether it took the letter."
TOO_LATE: Final = "The mail server took no letters for four days."


class Objections(Protocol):
    """Who may be written to. Asked when a letter is queued and again before it is sent."""

    def may_send(self, db: Connection, address: str, purpose: MailPurpose) -> bool:
        """Whether letters of this purpose may go to an address; `db` is a reading of the vault."""
        ...

    def has_to_wait(self, db: Connection, address: str, purpose: MailPurpose) -> bool:
        """Whether letters of this purpose to an address are held back for now."""
        ...


class NobodyObjects:
    """Where no list of objections is kept."""

    def may_send(self, db: Connection, address: str, purpose: MailPurpose) -> bool:  # noqa: ARG002
        """Whether letters of this purpose may go to an address."""
        return True

    def has_to_wait(self, db: Connection, address: str, purpose: MailPurpose) -> bool:  # noqa: ARG002
        """Whether letters of this purpose to an address are held back for now."""
        return False


@dataclass(frozen=True, slots=True, repr=False)
class DryRunLine:
    """What would become of one letter."""

    recipient: str
    subject: str
    would_be_sent: bool
    reason: str = ""


class MailOutbox:
    """Queues letters and sends them. Any thread; one round of sending at a time."""

    def __init__(
        self,
        vault: Vault,
        secrets: SecretStore,
        connect: Callable[[MailServer, str], SmtpSession],
        surroundings: tuple[Callable[[], str], Callable[[], datetime]],
        notice: Callable[[str], None],
    ) -> None:
        """Send nothing yet.

        Args:
            vault: keeps the letters.
            secrets: keeps the password.
            connect: opens a connection to a server with a password.
            surroundings: makes ids, and tells the time.
            notice: told `mail` after something became of a letter.
        """
        self._vault = vault
        self._secrets = secrets
        self._connect = connect
        self._new_id, self._clock = surroundings
        self._notice = notice
        self._round = threading.Lock()
        self.objections: Objections = NobodyObjects()
        self.woken = threading.Event()
        """Set when there may be something to send at once."""

    def put(self, db: Connection, letter: Letter, once_key: str = "") -> MailId | None:
        """Queue a letter in the caller's transaction; call `wake` after its commit.

        Args:
            db: the transaction that also records why the letter is sent.
            letter: to one person.
            once_key: names what the letter is about, such as an invoice and its recipient: a
                second letter with the same key is not queued. Empty: it is a letter of its own.

        Returns:
            Its id; None where it was queued before, or the recipient objects to the purpose.

        Raises:
            InvalidInput: recipient or subject cannot be used; nothing was queued.
        """
        checked_line(letter.subject, "subject")
        if not self._may_send(db, letter):
            return None
        mail_id = MailId(self._new_id())
        is_new = mail.add(db, mail_id, once_key or mail_id, letter, self._clock())
        return mail_id if is_new else None

    def wake(self) -> None:
        """Have what is queued sent soon."""
        self.woken.set()

    def dry_run(self, letters: Iterable[Letter]) -> tuple[DryRunLine, ...]:
        """What would become of letters; queues and sends nothing."""
        with self._vault.reading() as db:
            asked = [(letter, self._may_send(db, letter)) for letter in letters]
        return tuple(
            DryRunLine(
                letter.recipient,
                letter.subject,
                would_be_sent=may_send,
                reason="" if may_send else OBJECTS,
            )
            for letter, may_send in asked
        )

    def send_due(self) -> datetime | None:
        """Send what is due; when to look again, or None while nothing waits.

        Raises: MailServerProblem (letters stay queued), VaultError.
        """
        with self._round:
            now = self._clock()
            with self._vault.transaction() as db:
                self._settle_old(db, now)
                server, due = mail.server(db), mail.due(db, now, A_CONNECTION)
            if due and server.is_set_up:
                self._send_all(server, due)
            with self._vault.reading() as db:
                return mail.next_due(db) if server.is_set_up else None

    def send_alone(self, letter: Letter) -> Verdict:
        """Send one letter at once, past the outbox: a test message.

        Raises: MailServerProblem, InvalidInput.
        """
        from desktop.services.mail.smtp import Verdict

        with self._vault.reading() as db:
            server = mail.server(db)
        content = letter_bytes(letter, server, MailId(self._new_id()), self._clock())
        with self._open(server) as session:
            verdict = session.deliver(letter.recipient, content, lambda: True)
        return verdict or Verdict(MailState.CANCELLED)

    def _send_all(self, server: MailServer, due: Iterable[Due]) -> None:
        try:
            with self._open(server) as session:
                for one in due:
                    self._send(session, server, one)
        except MailServerProblem as problem:
            self._note_problem(str(problem))
            raise
        self._note_problem("")

    def _send(self, session: SmtpSession, server: MailServer, one: Due) -> None:
        with self._vault.reading() as db:
            reason = self._reason_against(db, one.letter)
        if reason:
            self._end(one.mail_id, MailState.HELD, reason)
            return
        try:
            content = letter_bytes(one.letter, server, one.mail_id, one.queued_at)
            verdict = session.deliver(
                one.letter.recipient, content, lambda: self._begin(one.mail_id)
            )
        except MailServerProblem as problem:
            self._put_off(one, str(problem))
            raise
        except InvalidInput as problem:
            # One letter that cannot be written must not hold the others back.
            self._end(one.mail_id, MailState.REFUSED, str(problem))
            return
        if verdict is None:
            return
        if verdict.state is MailState.QUEUED:
            self._put_off(one, verdict.reason)
        else:
            self._end(one.mail_id, verdict.state, verdict.reason)

    def _open(self, server: MailServer) -> SmtpSession:
        with self._vault.reading() as db:
            password = self._secrets.kept_one(db, MAIL_PASSWORD) or ""
        return self._connect(server, password)

    def _begin(self, mail_id: MailId) -> bool:
        with self._vault.transaction() as db:
            return mail.begin(db, mail_id)

    def _end(self, mail_id: MailId, state: MailState, reason: str) -> None:
        with self._vault.transaction() as db:
            mail.end(db, mail_id, state, reason, self._clock())
        self._notice(TOPIC)

    def _put_off(self, one: Due, reason: str) -> None:
        with self._vault.transaction() as db:
            until = self._clock() + pause_after(one.attempts + 1)
            mail.put_off(db, one.mail_id, reason, until)
        self._notice(TOPIC)

    def _settle_old(self, db: Connection, now: datetime) -> None:
        """Before a round: nothing is under way, so what says it is was cut off by a crash."""
        for mail_id in mail.interrupted(db):
            mail.end(db, mail_id, MailState.UNKNOWN, INTERRUPTED, now)
        for mail_id in mail.waiting_since(db, now - GIVE_UP_AFTER):
            mail.end(db, mail_id, MailState.REFUSED, TOO_LATE, now)
        mail.forget_ended(db, now - KEPT_FOR)

    def _note_problem(self, problem: str) -> None:
        with self._vault.transaction() as db:
            mail.note_problem(db, problem, self._clock())
        self._notice(TOPIC)

    def _reason_against(self, db: Connection, letter: Letter) -> str:
        """Why a letter is not sent now; empty when it is."""
        if not self._may_send(db, letter):
            return OBJECTS
        address = checked_address(letter.recipient, "recipient")
        return mail.FROZEN if self.objections.has_to_wait(db, address, letter.purpose) else ""

    def _may_send(self, db: Connection, letter: Letter) -> bool:
        address = checked_address(letter.recipient, "recipient")
        return self.objections.may_send(db, address, letter.purpose)


class Courier:
    """The thread that sends letters while the vault is open."""

    def __init__(self, outbox: MailOutbox, clock: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._clock = clock
        self._stopping = threading.Event()
        self._failures = 0
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, once; further calls do nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="mail", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; a letter under way is finished."""
        self._stopping.set()
        self._outbox.wake()
        if self._thread is not None:
            self._thread.join()

    def round(self) -> timedelta | None:
        """Send what is due; how long to rest afterwards, None until something is queued.

        Raises: VaultError.
        """
        try:
            next_at = self._outbox.send_due()
        except MailServerProblem:
            # It stands in the vault, where Settings shows it; letters wait.
            self._failures += 1
            return pause_after(self._failures)
        self._failures = 0
        return None if next_at is None else max(next_at - self._clock(), timedelta(0))

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._outbox.woken.clear()
            pause = self._round_in_words()
            self._outbox.woken.wait(None if pause is None else pause.total_seconds())

    def _round_in_words(self) -> timedelta | None:
        try:
            return self.round()
        except AppError as error:
            # Nobody waits for an answer; the letters are in the vault as they were.
            log.warning("The outbox of letters: %s", error)
            return pause_after(1)
