"""A privacy request as the owner handles it: who asks for what, and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from desktop.domain.privacy.clocks import Clocks, may_extend
from desktop.domain.privacy.events import (
    Acknowledged,
    Answered,
    Erased,
    Event,
    Extended,
    ExtensionRemoved,
    IdentityConfirmed,
    Paused,
    Refused,
    Resumed,
    Revoked,
)
from desktop.domain.privacy.kinds import (
    Action,
    Channel,
    PauseGround,
    Regime,
    RequestKind,
    RequestState,
    Waiting,
)
from desktop.domain.privacy.place import Place

NEEDS_IDENTITY: Final = frozenset(
    {RequestKind.ACCESS, RequestKind.CORRECTION, RequestKind.DELETION, RequestKind.PORTABILITY}
)
"""An answer to these tells or destroys something, so it goes to nobody unknown. An opt-out, an
objection or a report about a child is acted on without (CCPA section 7026 (d) forbids to ask)."""

ERASES: Final = frozenset({RequestKind.DELETION, RequestKind.CHILD_REPORT})


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks. Any part may be empty; texts are theirs and shown as they are."""

    name: str = ""
    email: str = ""
    identifiers: tuple[str, ...] = ()
    """Ids, pseudonyms or other names under which the owner's API may know them."""

    def known_as(self) -> frozenset[str]:
        """What tells this person from others; a name alone does not."""
        given = (self.email, *self.identifiers)
        return frozenset(text.casefold() for text in given if text)


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as it came in; `received_at` is aware."""

    kind: RequestKind
    channel: Channel
    received_at: datetime
    zone: str
    """IANA name of the time zone of the owner's place: its days are counted."""
    person: Person
    text: str = ""
    """What they wrote."""
    regimes: tuple[Regime, ...] = (Regime.POLICY, Regime.GDPR, Regime.CCPA)
    """All of them while nobody knows where the person lives: the earliest day then binds."""
    reference: str = ""
    """The sender's own id of the request, where it has one."""


@dataclass(frozen=True, slots=True)
class PrivacyRequest:
    """A stored request with everything that happened to it, in order."""

    request_id: str
    number: int
    """As people quote it: PR-0031."""
    asked: NewRequest
    events: tuple[Event, ...]


def number_of(request: PrivacyRequest) -> str:
    """The number as people quote it."""
    return f"PR-{request.number:04}"


@dataclass(frozen=True, slots=True)
class Progress:
    state: RequestState
    waiting: Waiting | None
    identity_confirmed: bool
    allowed: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request in the queue."""

    request_id: str
    number: int
    kind: RequestKind
    person: str
    """Name, else e-mail, else the first identifier; empty when nobody said."""
    state: RequestState
    waiting: Waiting | None
    received_on: date
    due: date | None
    """None once nothing is left to do."""
    days_left: int | None
    """Negative when it is late."""


@dataclass(frozen=True, slots=True)
class OwnedElsewhere:
    """An open request that another vault answers: its number there, and by when."""

    vault_id: str
    number: int
    kind: RequestKind
    due: date


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One event, as the words of `Action` and `Channel` allow it to be told."""

    at: datetime
    what: str
    """Name of the event's class."""
    detail: str


@dataclass(frozen=True, slots=True)
class RequestDetail:
    line: RequestLine
    asked: NewRequest
    progress: Progress
    clocks: Clocks
    timeline: tuple[TimelineEntry, ...]


def progress(request: PrivacyRequest, place: Place, today: date) -> Progress:
    """How far a request is and what may be done next."""
    kind, events = request.asked.kind, request.events
    confirmed = any(isinstance(event, IdentityConfirmed) for event in events)
    pause = _open_pause(events)
    state = _state(kind, events)
    if state not in {RequestState.OPEN, RequestState.IN_PROGRESS}:
        return Progress(state, None, confirmed, ())
    waiting = _waiting(kind, events, pause, confirmed=confirmed)
    allowed = tuple(_allowed(request, pause, place, today, confirmed=confirmed))
    return Progress(state, waiting, confirmed, allowed)


def has_ended(request: PrivacyRequest) -> bool:
    """Whether nothing is left to do about a request."""
    return state_of(request) not in {RequestState.OPEN, RequestState.IN_PROGRESS}


def state_of(request: PrivacyRequest) -> RequestState:
    """How far a request is, wherever it was made."""
    return _state(request.asked.kind, request.events)


def _state(kind: RequestKind, events: Sequence[Event]) -> RequestState:
    happened = {type(event) for event in events}
    if Refused in happened:
        return RequestState.DENIED
    if Revoked in happened:
        return RequestState.REVOKED
    if Answered in happened and (kind not in ERASES or Erased in happened):
        return RequestState.FULFILLED
    beyond = happened & {Acknowledged, IdentityConfirmed, Paused, Extended, Answered, Erased}
    return RequestState.IN_PROGRESS if beyond else RequestState.OPEN


def _waiting(
    kind: RequestKind, events: Sequence[Event], pause: PauseGround | None, *, confirmed: bool
) -> Waiting | None:
    if pause is PauseGround.SCOPE:
        return Waiting.ON_HOLD
    if pause is PauseGround.IDENTITY or (kind in NEEDS_IDENTITY and not confirmed):
        return Waiting.IDENTITY
    if any(isinstance(event, Answered) for event in events):
        return Waiting.PROCESSOR
    return Waiting.REVIEW if confirmed else None


def _allowed(
    request: PrivacyRequest,
    pause: PauseGround | None,
    place: Place,
    today: date,
    *,
    confirmed: bool,
) -> list[Action]:
    kind, events = request.asked.kind, request.events
    happened = {type(event) for event in events}
    answered = Answered in happened
    rules = {
        Action.ACKNOWLEDGE: not happened & {Acknowledged, Answered},
        Action.CONFIRM_IDENTITY: not confirmed and not answered,
        Action.PAUSE: pause is None and not answered and kind is not RequestKind.CHILD_REPORT,
        Action.RESUME: pause is not None,
        Action.EXTEND: may_extend(kind, events, place=place, today=today),
        Action.REMOVE_EXTENSION: _is_extended(events) and not answered,
        Action.ANSWER: not answered and (confirmed or kind not in NEEDS_IDENTITY),
        Action.NOTE_ERASURE: kind in ERASES and Erased not in happened and (
            confirmed or kind not in NEEDS_IDENTITY
        ),
        Action.REFUSE: not answered,
        Action.REVOKE: not answered,
    }  # fmt: skip
    return [action for action, allowed in rules.items() if allowed]


def _open_pause(events: Sequence[Event]) -> PauseGround | None:
    ground = None
    for event in events:
        match event:
            case Paused():
                ground = event.ground
            case Resumed() | Answered() | Refused() | Revoked():
                ground = None
    return ground


def _is_extended(events: Sequence[Event]) -> bool:
    last = [event for event in events if isinstance(event, Extended | ExtensionRemoved)]
    return bool(last) and isinstance(last[-1], Extended)
