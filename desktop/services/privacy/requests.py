"""Privacy requests: taken in from any channel, and moved on by what the owner records."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final, Protocol
from zoneinfo import ZoneInfo

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy import events as happened
from desktop.domain.privacy.clocks import clocks
from desktop.domain.privacy.events import Event, Received
from desktop.domain.privacy.kinds import (
    Action,
    Evidence,
    PauseGround,
    Refusal,
    RequestKind,
    RequestState,
)
from desktop.domain.privacy.place import Place
from desktop.domain.privacy.requests import (
    NewRequest,
    OwnedElsewhere,
    Person,
    PrivacyRequest,
    RequestDetail,
    RequestLine,
    TimelineEntry,
    has_ended,
    number_of,
    progress,
)
from desktop.services.calls import callable_from_window
from desktop.services.privacy import intake
from desktop.services.privacy.checking import checked, required
from desktop.services.storage import erasure_records, privacy_audit, privacy_requests
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days on which nobody works at the owner's place, beside Saturdays and Sundays."""

    days: tuple[date, ...]


HOLIDAYS: Final = Records("holidays", Holidays)
ONE: Final = "one"
OWNED_ELSEWHERE: Final = Records("owned_elsewhere", OwnedElsewhere)
ENDED: Final = frozenset({
    RequestState.FULFILLED, RequestState.DENIED, RequestState.REVOKED, RequestState.EXPIRED,
})  # fmt: skip


class Freezer(Protocol):
    """What a report about a child sets off. The first two are called in the transaction."""

    def reported(self, db: "Connection", request: PrivacyRequest, person: Person, /) -> None: ...

    def ended(self, db: "Connection", request: PrivacyRequest, /) -> None: ...

    def told(self) -> None:
        """Called after the commit."""


class _NothingToFreeze:
    """Where no customers are known."""

    def reported(self, _db: "Connection", _request: PrivacyRequest, _person: Person, /) -> None:
        return

    def ended(self, _db: "Connection", _request: PrivacyRequest, /) -> None:
        return

    def told(self) -> None:
        return


class PrivacyRequestService:
    """The vault must be open. Any thread."""

    def __init__(
        self, vault: "Vault", new_id: Callable[[], str], clock: Callable[[], datetime]
    ) -> None:
        self._vault = vault
        self._new_id = new_id
        self._clock = clock
        self.freezer: Freezer = _NothingToFreeze()

    @callable_from_window
    def log_request(self, asked: NewRequest) -> RequestDetail:
        """Store a request; one of the same person and kind that is still open is shown instead.

        Raises: InvalidInput (field `received_at`, `name`, `email`, `identifiers` or `text`),
            VaultError.
        """
        asked = checked(asked, self._clock())
        with self._vault.transaction() as db:
            taken = self.take_in(db, self._new_id(), asked)
        self.freezer.told()
        return taken

    def take_in(self, db: "Connection", request_id: str, asked: NewRequest) -> RequestDetail:
        """Store a checked request under an id, or as a repetition of one that is still open.

        A report about a child freezes the person in the same transaction; the caller tells
        `freezer` after it.
        """
        same = self._open_twin(db, asked)
        if same is not None:
            privacy_requests.append(db, same.request_id, _note_of_twin(asked))
            self._audit(db, same.request_id, "repeated", {"channel": asked.channel})
            self._freeze(db, same.request_id, asked)
            return self._detail(db, same.request_id)
        privacy_requests.add(db, request_id, asked)
        privacy_requests.append(db, request_id, Received(asked.received_at))
        self._audit(db, request_id, "received", {"channel": asked.channel})
        self._freeze(db, request_id, asked)
        return self._detail(db, request_id)

    @callable_from_window
    def read_message(self, source: str, zone: str) -> NewRequest:
        """What a pasted e-mail or a request of another system asks for. Nothing is stored.

        Raises: InvalidInput (field `text`).
        """
        read = intake.read_json if source.lstrip().startswith("{") else intake.read_email
        return read(source, self._clock(), zone)

    @callable_from_window
    def list_requests(self) -> tuple[RequestLine, ...]:
        """Reports about children first, then by the day they are due; ended ones last."""
        with self._vault.reading() as db:
            return self.lines(db)

    @callable_from_window
    def elsewhere(self) -> tuple[OwnedElsewhere, ...]:
        """Open requests that other vaults answer, by the day they are due."""
        with self._vault.reading() as db:
            found = OWNED_ELSEWHERE.everything(db).values()
        return tuple(sorted(found, key=lambda one: (one.due, one.vault_id, one.number)))

    @callable_from_window
    def holidays(self) -> tuple[date, ...]:
        """The owner's holidays, in order."""
        with self._vault.reading() as db:
            stored = HOLIDAYS.find(db, ONE)
        return stored.days if stored else ()

    @callable_from_window
    def set_holidays(self, text: str) -> tuple[date, ...]:
        """Count working days by these holidays, one day (2026-12-25) a line.

        Raises: InvalidInput (field `holidays`), VaultError.
        """
        try:
            days = sorted({date.fromisoformat(line) for line in text.split()})
        except ValueError as error:
            raise InvalidInput(
                "Nothing was changed: write one day a line, such as 2026-12-25.", field="holidays"
            ) from error
        with self._vault.transaction() as db:
            HOLIDAYS.put(db, ONE, Holidays(tuple(days)), self._clock())
        return tuple(days)

    def lines(self, db: "Connection") -> tuple[RequestLine, ...]:
        """The queue, of one picture of the vault."""
        details = [self._described(db, r) for r in privacy_requests.everything(db)]
        return tuple(sorted((detail.line for detail in details), key=_urgency))

    @callable_from_window
    def request(self, request_id: str) -> RequestDetail:
        """Raises: InvalidInput (there is no such request), VaultError."""
        with self._vault.reading() as db:
            return self._detail(db, request_id)

    @callable_from_window
    def acknowledge(self, request_id: str) -> RequestDetail:
        """The person was told that the request arrived. Raises: InvalidInput, VaultError."""
        return self._record(request_id, Action.ACKNOWLEDGE, happened.Acknowledged(self._clock()))

    @callable_from_window
    def confirm_identity(self, request_id: str, evidence: tuple[Evidence, ...]) -> RequestDetail:
        """Raises: InvalidInput (field `evidence`: none was ticked), VaultError."""
        if not evidence:
            raise InvalidInput(
                "Nothing was recorded: tick how you know who is asking.", field="evidence"
            )
        event = happened.IdentityConfirmed(self._clock(), evidence)
        return self._record(request_id, Action.CONFIRM_IDENTITY, event)

    @callable_from_window
    def pause(self, request_id: str, ground: PauseGround) -> RequestDetail:
        """A question was sent without which the request cannot go on."""
        return self._record(request_id, Action.PAUSE, happened.Paused(self._clock(), ground))

    @callable_from_window
    def resume(self, request_id: str) -> RequestDetail:
        """The question was answered."""
        return self._record(request_id, Action.RESUME, happened.Resumed(self._clock()))

    @callable_from_window
    def extend(self, request_id: str, reason: str) -> RequestDetail:
        """A letter that gives this reason was sent.

        Raises: InvalidInput (field `reason`; or the time for it is over), VaultError.
        """
        event = happened.Extended(self._clock(), required(reason, "reason"))
        return self._record(request_id, Action.EXTEND, event)

    @callable_from_window
    def remove_extension(self, request_id: str) -> RequestDetail:
        """The extension was recorded by mistake."""
        event = happened.ExtensionRemoved(self._clock())
        return self._record(request_id, Action.REMOVE_EXTENSION, event)

    @callable_from_window
    def answer(self, request_id: str) -> RequestDetail:
        """The person has the answer."""
        return self._record(request_id, Action.ANSWER, happened.Answered(self._clock()))

    @callable_from_window
    def refuse(self, request_id: str, reason: Refusal) -> RequestDetail:
        """The person has a letter that refuses the whole and names the ways to complain."""
        return self._record(request_id, Action.REFUSE, happened.Refused(self._clock(), reason))

    @callable_from_window
    def note_erasure(self, request_id: str) -> RequestDetail:
        """Nothing personal is left but what the certificate lists.

        Raises: InvalidInput (an erasure is under way, and says so itself when it is done),
            VaultError.
        """
        with self._vault.reading() as db:
            running = erasure_records.of_request(db, request_id)
        if running is not None and running.certificate is None:
            raise InvalidInput(
                "Nothing was recorded: the erasure is under way, not done yet. It records itself "
                "when everything is gone but what its certificate lists."
            )
        return self._record(request_id, Action.NOTE_ERASURE, happened.Erased(self._clock()))

    @callable_from_window
    def revoke(self, request_id: str) -> RequestDetail:
        """The person has taken the request back."""
        return self._record(request_id, Action.REVOKE, happened.Revoked(self._clock()))

    @callable_from_window
    def add_note(self, request_id: str, text: str) -> RequestDetail:
        """Raises: InvalidInput (field `text`), VaultError."""
        event = happened.Noted(self._clock(), required(text, "text"))
        with self._vault.transaction() as db:
            _found(db, request_id)
            privacy_requests.append(db, request_id, event)
            return self._detail(db, request_id)

    def _record(self, request_id: str, action: Action, event: Event) -> RequestDetail:
        """Add an event if it is what may happen next.

        Raises: InvalidInput, saying that nothing was recorded; VaultError.
        """
        with self._vault.transaction() as db:
            request = _found(db, request_id)
            place, today = self._here(db, request)
            if action not in progress(request, place, today).allowed:
                raise InvalidInput(
                    "This cannot be recorded for the request as it stands now. Nothing was "
                    "changed. Its record shows what happened since you opened it."
                )
            privacy_requests.append(db, request_id, event)
            self._audit(db, request_id, action.value, {})
            after = _found(db, request_id)
            if has_ended(after) and after.asked.kind is RequestKind.CHILD_REPORT:
                self.freezer.ended(db, after)
            detail = self._detail(db, request_id)
        self.freezer.told()
        return detail

    def _freeze(self, db: "Connection", request_id: str, asked: NewRequest) -> None:
        if asked.kind is RequestKind.CHILD_REPORT:
            self.freezer.reported(db, _found(db, request_id), asked.person)

    def _audit(
        self, db: "Connection", request_id: str, action: str, facts: dict[str, object]
    ) -> None:
        request = _found(db, request_id)
        about = {"kind": request.asked.kind, **facts}
        privacy_audit.append(db, self._clock(), action, number_of(request), about)

    def _detail(self, db: "Connection", request_id: str) -> RequestDetail:
        return self._described(db, _found(db, request_id))

    def _described(self, db: "Connection", request: PrivacyRequest) -> RequestDetail:
        asked = request.asked
        place, today = self._here(db, request)
        standing = progress(request, place, today)
        running = clocks(
            asked.kind, request.events, regimes=frozenset(asked.regimes), place=place, today=today
        )
        due = None if standing.state in ENDED else running.binding
        line = RequestLine(
            request_id=request.request_id,
            number=request.number,
            kind=asked.kind,
            person=_shown_person(asked.person),
            state=standing.state,
            waiting=standing.waiting,
            received_on=place.day(asked.received_at),
            due=None if due is None else due.day,
            days_left=None if due is None else (due.day - today).days,
        )
        timeline = tuple(_entry(event) for event in request.events)
        return RequestDetail(line, asked, standing, running, timeline)

    def _here(self, db: "Connection", request: PrivacyRequest) -> tuple[Place, date]:
        stored = HOLIDAYS.find(db, ONE)
        days = frozenset(stored.days) if stored else frozenset[date]()
        place = Place(ZoneInfo(request.asked.zone), days)
        return place, place.day(self._clock())

    def _open_twin(self, db: "Connection", asked: NewRequest) -> PrivacyRequest | None:
        """An open request of the same kind by the same person: the first one's days count."""
        wanted = asked.person.known_as()
        for request in privacy_requests.everything(db):
            place, today = self._here(db, request)
            if (
                request.asked.kind is asked.kind
                and wanted & request.asked.person.known_as()
                and progress(request, place, today).state not in ENDED
            ):
                return request
        return None


def _found(db: "Connection", request_id: str) -> PrivacyRequest:
    request = privacy_requests.find(db, request_id)
    if request is None:
        raise InvalidInput("There is no such privacy request in this vault.")
    return request


def _shown_person(person: Person) -> str:
    return person.name or person.email or next(iter(person.identifiers), "")


def _note_of_twin(asked: NewRequest) -> Event:
    text = f"Asked again ({asked.channel.value}). {asked.text}".strip()
    return happened.Noted(asked.received_at, text)


def _urgency(line: RequestLine) -> tuple[bool, bool, date, int]:
    ended = line.due is None
    child = line.kind is RequestKind.CHILD_REPORT
    return ended, not child, line.due or line.received_on, line.number


def _entry(event: Event) -> TimelineEntry:
    match event:
        case happened.IdentityConfirmed():
            detail = ", ".join(event.evidence)
        case happened.Paused():
            detail = event.ground.value
        case happened.Extended() | happened.Refused():
            detail = str(event.reason)
        case happened.Noted():
            detail = event.text
        case _:
            detail = ""
    return TimelineEntry(event.at, type(event).__name__, detail)
