"""Tells recipients of corrections and erasures: by letter where they have an address, else a task.

Payment and sign-in providers that the workspace is connected to are told by the correction or the
erasure itself. Whom else to tell says the register: service providers always, authorities and
others once something was disclosed to them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.attention import Attention, Urgency
from desktop.domain.errors import InvalidInput
from desktop.domain.mail import MailId, MailPurpose, MailState
from desktop.domain.privacy.erasure import Customer
from desktop.domain.privacy.recipients import STANDARD, Recipient, RecipientKind
from desktop.domain.privacy.requests import number_of
from desktop.domain.privacy.telling import About, Telling, TellingLine, TellingState
from desktop.services.calls import callable_from_window
from desktop.services.mail.templates import Announcement, letter_of
from desktop.services.privacy.recipients import DISCLOSURES, everybody
from desktop.services.storage import mail, privacy_audit, privacy_requests
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.attention import Scene
    from desktop.services.mail.outbox import MailOutbox
    from desktop.services.storage.vault import Vault

TELLINGS: Final = Records("telling", Telling)
CONNECTED: Final = frozenset(one.recipient_id for one in STANDARD)
UNDER_WAY: Final = frozenset({MailState.QUEUED, MailState.SENDING})
SUBJECTS: Final = {
    About.CORRECTION: "Please correct data that we gave you",
    About.ERASURE: "Please erase data that we gave you",
}
ASKED: Final = {
    About.CORRECTION: "has had their data corrected. Please bring what you hold up to date.",
    About.ERASURE: "has had their data erased. Please erase what you hold, links and copies too.",
}


class TellingService:
    """The vault must be open. Any thread."""

    def __init__(self, vault: "Vault", outbox: "MailOutbox", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._outbox = outbox
        self._clock = clock

    def begin(self, about: About, event: tuple[str, str], customers: Sequence[Customer]) -> None:
        """Have everybody told who has to be; may be repeated.

        Args:
            about: what happened to the person.
            event: id of the correction or erasure, and of its request.
            customers: under which ids the recipients may know the person.

        Raises: VaultError; nothing was begun.
        """
        with self._vault.transaction() as db:
            self.begin_within(db, about, event, customers)
        self.wake()

    def begin_within(
        self, db: "Connection", about: About, event: tuple[str, str], customers: Sequence[Customer]
    ) -> None:
        """The same within a transaction; to call `wake` after it is the caller's."""
        for recipient in self._to_be_told(db):
            self._begin(db, recipient, about, event, customers)

    def wake(self) -> None:
        """Have letters sent soon."""
        self._outbox.wake()

    @callable_from_window
    def listed(self) -> tuple[TellingLine, ...]:
        """Everybody who has to hear of something or has heard, open ones first, then the newest."""
        with self._vault.reading() as db:
            return self.lines(db)

    def lines(self, db: "Connection") -> tuple[TellingLine, ...]:
        """The same, of one picture of the vault."""
        names = {key: one.name for key, one in everybody(db).items()}
        numbers = {one.request_id: number_of(one) for one in privacy_requests.everything(db)}
        found = [
            TellingLine(
                one,
                names.get(one.recipient_id, one.recipient_id),
                numbers.get(one.request_id, ""),
                *_state(db, one),
            )
            for one in TELLINGS.everything(db).values()
        ]
        found.sort(key=lambda line: line.telling.begun_at, reverse=True)
        return tuple(sorted(found, key=lambda line: line.state is not TellingState.OPEN))

    @callable_from_window
    def tick(self, telling_id: str) -> tuple[TellingLine, ...]:
        """The recipient was told.

        Raises: InvalidInput (there is no such recipient to be told), VaultError.
        """
        now = self._clock()
        with self._vault.transaction() as db:
            telling = TELLINGS.find(db, telling_id)
            if telling is None:
                raise InvalidInput("Nobody has to be told of this. Nothing was changed.")
            if telling.told_at is None:
                TELLINGS.put(db, telling_id, replace(telling, told_at=now), now)
                facts = {"about": telling.about, "by": "owner"}
                privacy_audit.append(db, now, "recipient_told", telling.recipient_id, facts)
            return self.lines(db)

    @callable_from_window
    def untick(self, telling_id: str) -> tuple[TellingLine, ...]:
        """Take a tick back. Raises: VaultError."""
        with self._vault.transaction() as db:
            telling = TELLINGS.find(db, telling_id)
            if telling is not None:
                TELLINGS.put(db, telling_id, replace(telling, told_at=None), self._clock())
                facts = {"about": telling.about}
                privacy_audit.append(
                    db, self._clock(), "recipient_not_told", telling.recipient_id, facts
                )
            return self.lines(db)

    def attention(self, db: "Connection", _scene: "Scene") -> Iterator[Attention]:
        """Recipients whom only the owner can tell."""
        waiting = [line for line in self.lines(db) if line.state is TellingState.OPEN]
        if waiting:
            names = ", ".join(dict.fromkeys(line.recipient for line in waiting))
            yield Attention(
                "tellings", Urgency.SOON,
                "Recipients have to hear that somebody was corrected or erased.",
                names, "privacy", "recipients",
                since=min(line.telling.begun_at for line in waiting),
            )  # fmt: skip

    def _to_be_told(self, db: "Connection") -> list[Recipient]:
        given = {one.recipient_id for one in DISCLOSURES.everything(db).values()}
        return [
            one
            for key, one in everybody(db).items()
            if key not in CONNECTED and (one.kind is RecipientKind.PROVIDER or key in given)
        ]

    def _begin(
        self,
        db: "Connection",
        recipient: Recipient,
        about: About,
        event: tuple[str, str],
        customers: Sequence[Customer],
    ) -> None:
        event_id, request_id = event
        telling_id = f"{event_id}-{recipient.recipient_id}"
        if TELLINGS.find(db, telling_id) is not None:
            return
        mail_id = self._letter(db, recipient, about, (telling_id, request_id), customers)
        now = self._clock()
        telling = Telling(telling_id, recipient.recipient_id, request_id, about, now, mail_id)
        TELLINGS.put(db, telling_id, telling, now)
        facts = {"about": about, "by": "letter" if mail_id else "owner"}
        privacy_audit.append(
            db, now, "recipient_to_be_told", recipient.recipient_id, facts,
            actor=privacy_audit.PROGRAM,
        )  # fmt: skip

    def _letter(
        self,
        db: "Connection",
        recipient: Recipient,
        about: About,
        ids: tuple[str, str],
        customers: Sequence[Customer],
    ) -> str:
        """Queue a letter to a recipient with an address; its id, empty where none can go.

        It says nothing of the person but the ids under which the recipient may know them; its text
        is forgotten once it is sent.
        """
        if not recipient.contact or not mail.server(db).is_set_up:
            return ""
        telling_id, request_id = ids
        request = privacy_requests.find(db, request_id)
        number = "" if request is None else f" (our request {number_of(request)})"
        known_as = ", ".join(one.customer_id for one in customers)
        text = (
            f"A person of whom you hold data from us{number} {ASKED[about]}\n\n"
            f"We know this person as: {known_as}.\n\n"
            "Please confirm by an answer to this letter (GDPR Art. 19)."
        )
        notice = Announcement(SUBJECTS[about], SUBJECTS[about], text)
        letter = letter_of(MailPurpose.PRIVACY, recipient.contact, notice)
        return self._outbox.put(db, letter, f"telling:{telling_id}") or ""


def _state(db: "Connection", telling: Telling) -> tuple[TellingState, str]:
    """How it stands, and why a letter did not go."""
    if telling.told_at is not None:
        return TellingState.TOLD, ""
    found = mail.find(db, MailId(telling.mail_id)) if telling.mail_id else None
    if found is None:
        return TellingState.OPEN, ""
    state, _ = found
    if state is MailState.SENT:
        return TellingState.TOLD, ""
    if state in UNDER_WAY:
        return TellingState.WAITS, ""
    return TellingState.OPEN, "The letter did not go: tell them yourself."


def of_request(db: "Connection", request_id: str) -> tuple[Telling, ...]:
    """Whom one request has told, or is to tell."""
    return tuple(one for one in TELLINGS.everything(db).values() if one.request_id == request_id)
