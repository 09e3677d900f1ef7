"""Words for privacy requests, in the owner's language."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.domain.privacy.clocks import Clock
from desktop.domain.privacy.kinds import (
    Action,
    Channel,
    Evidence,
    PauseGround,
    Refusal,
    RequestKind,
    RequestState,
    Waiting,
)
from desktop.domain.privacy.requests import RequestLine
from desktop.services.privacy.covering import Reason
from desktop.services.privacy.finding import FoundBy, Match
from desktop.services.privacy.redacting import Proposal
from desktop.views import figures

CONTEXT: Final = "privacy"
SOON_DAYS: Final = 7
FOUND_BY: Final[Mapping[FoundBy, object]] = {
    FoundBy.ID: QT_TRANSLATE_NOOP("privacy", "by id"),
    FoundBy.NAME: QT_TRANSLATE_NOOP("privacy", "by name"),
    FoundBy.IDENTITY: QT_TRANSLATE_NOOP("privacy", "by identity"),
}
REDACTED_FOR: Final[Mapping[Reason, object]] = {
    Reason.CUSTOMER: QT_TRANSLATE_NOOP("privacy", "another customer"),
    Reason.EMAIL: QT_TRANSLATE_NOOP("privacy", "e-mail address"),
    Reason.PHONE: QT_TRANSLATE_NOOP("privacy", "phone number"),
    Reason.BY_HAND: QT_TRANSLATE_NOOP("privacy", "marked by hand"),
}
KINDS: Final[Mapping[RequestKind, object]] = {
    RequestKind.ACCESS: QT_TRANSLATE_NOOP("privacy", "Access"),
    RequestKind.CORRECTION: QT_TRANSLATE_NOOP("privacy", "Correction"),
    RequestKind.DELETION: QT_TRANSLATE_NOOP("privacy", "Deletion"),
    RequestKind.PORTABILITY: QT_TRANSLATE_NOOP("privacy", "Portability"),
    RequestKind.OPT_OUT: QT_TRANSLATE_NOOP("privacy", "Opt-out"),
    RequestKind.OBJECTION: QT_TRANSLATE_NOOP("privacy", "Objection"),
    RequestKind.CHILD_REPORT: QT_TRANSLATE_NOOP("privacy", "Report about a child"),
    RequestKind.INQUIRY: QT_TRANSLATE_NOOP("privacy", "Inquiry"),
}
CHANNELS: Final[Mapping[Channel, object]] = {
    Channel.EMAIL: QT_TRANSLATE_NOOP("privacy", "E-mail"),
    Channel.APP: QT_TRANSLATE_NOOP("privacy", "In person, by phone or letter"),
    Channel.WEBSITE: QT_TRANSLATE_NOOP("privacy", "Website form"),
    Channel.OPEN_DSR: QT_TRANSLATE_NOOP("privacy", "OpenDSR"),
    Channel.DATA_RIGHTS_PROTOCOL: QT_TRANSLATE_NOOP("privacy", "Data Rights Protocol"),
}
STATES: Final[Mapping[RequestState, object]] = {
    RequestState.OPEN: QT_TRANSLATE_NOOP("privacy", "New"),
    RequestState.IN_PROGRESS: QT_TRANSLATE_NOOP("privacy", "In progress"),
    RequestState.FULFILLED: QT_TRANSLATE_NOOP("privacy", "Fulfilled"),
    RequestState.DENIED: QT_TRANSLATE_NOOP("privacy", "Refused"),
    RequestState.REVOKED: QT_TRANSLATE_NOOP("privacy", "Withdrawn"),
    RequestState.EXPIRED: QT_TRANSLATE_NOOP("privacy", "Expired"),
}
WAITING: Final[Mapping[Waiting, object]] = {
    Waiting.IDENTITY: QT_TRANSLATE_NOOP("privacy", "Identity to be checked"),
    Waiting.COLLECTING: QT_TRANSLATE_NOOP("privacy", "Data to be found"),
    Waiting.REVIEW: QT_TRANSLATE_NOOP("privacy", "Answer to be written"),
    Waiting.PROCESSOR: QT_TRANSLATE_NOOP("privacy", "Erasure to be finished"),
    Waiting.ON_HOLD: QT_TRANSLATE_NOOP("privacy", "Paused: a question is open"),
}
EVIDENCE: Final[Mapping[Evidence, object]] = {
    Evidence.SIGNED_IN: QT_TRANSLATE_NOOP("privacy", "They were signed in to their account"),
    Evidence.CODE: QT_TRANSLATE_NOOP("privacy", "A code sent to the address on file came back"),
    Evidence.KNOWN_FACTS: QT_TRANSLATE_NOOP("privacy", "They knew two facts only they would know"),
    Evidence.AUTHORITY: QT_TRANSLATE_NOOP("privacy", "Somebody acts for them and showed they may"),
    Evidence.DOCUMENT: QT_TRANSLATE_NOOP("privacy", "A document was seen, and not kept"),
}
PAUSES: Final[Mapping[PauseGround, object]] = {
    PauseGround.IDENTITY: QT_TRANSLATE_NOOP("privacy", "Proof of identity was asked for"),
    PauseGround.SCOPE: QT_TRANSLATE_NOOP("privacy", "What they mean was asked back"),
}
REFUSALS: Final[Mapping[Refusal, object]] = {
    Refusal.NO_MATCH: QT_TRANSLATE_NOOP("privacy", "Nothing is held about them"),
    Refusal.IDENTITY_NOT_SHOWN: QT_TRANSLATE_NOOP("privacy", "They did not show who they are"),
    Refusal.FRAUD: QT_TRANSLATE_NOOP("privacy", "Fraud is suspected"),
    Refusal.NOT_COVERED: QT_TRANSLATE_NOOP("privacy", "The law gives no right to this"),
    Refusal.OUTSIDE_JURISDICTION: QT_TRANSLATE_NOOP("privacy", "No law that applies covers it"),
    Refusal.TOO_MANY: QT_TRANSLATE_NOOP("privacy", "Asked again and again without reason"),
    Refusal.OTHER: QT_TRANSLATE_NOOP("privacy", "Another reason, given in the letter"),
}
ACTIONS: Final[Mapping[Action, object]] = {
    Action.ACKNOWLEDGE: QT_TRANSLATE_NOOP("privacy", "&Acknowledged"),
    Action.CONFIRM_IDENTITY: QT_TRANSLATE_NOOP("privacy", "&Identity checked…"),
    Action.ANSWER: QT_TRANSLATE_NOOP("privacy", "&Answer sent"),
    Action.NOTE_ERASURE: QT_TRANSLATE_NOOP("privacy", "&Everything erased"),
    Action.PAUSE: QT_TRANSLATE_NOOP("privacy", "&Pause…"),
    Action.RESUME: QT_TRANSLATE_NOOP("privacy", "&Resume"),
    Action.EXTEND: QT_TRANSLATE_NOOP("privacy", "E&xtend…"),
    Action.REMOVE_EXTENSION: QT_TRANSLATE_NOOP("privacy", "Remove e&xtension"),
    Action.REFUSE: QT_TRANSLATE_NOOP("privacy", "&Refuse…"),
    Action.REVOKE: QT_TRANSLATE_NOOP("privacy", "&Withdrawn"),
}
CLOCKS: Final[Mapping[Clock, object]] = {
    Clock.EXPRESS: QT_TRANSLATE_NOOP("privacy", "Freeze what is held, today"),
    Clock.POLICY: QT_TRANSLATE_NOOP("privacy", "Answer within 30 days (privacy policy)"),
    Clock.ACCOUNT_DELETION: QT_TRANSLATE_NOOP("privacy", "Account deleted within 30 days"),
    Clock.POLICY_DELETION: QT_TRANSLATE_NOOP("privacy", "Deleted within 30 days (privacy policy)"),
    Clock.GDPR: QT_TRANSLATE_NOOP("privacy", "Answer within a month (GDPR)"),
    Clock.CCPA_ACKNOWLEDGE: QT_TRANSLATE_NOOP("privacy", "Acknowledge in 10 working days (CCPA)"),
    Clock.CCPA: QT_TRANSLATE_NOOP("privacy", "Answer within 45 days (CCPA)"),
    Clock.CCPA_OPT_OUT: QT_TRANSLATE_NOOP("privacy", "Opt out in 15 working days (CCPA)"),
}
EVENTS: Final[Mapping[str, object]] = {
    "Received": QT_TRANSLATE_NOOP("privacy", "Received"),
    "Acknowledged": QT_TRANSLATE_NOOP("privacy", "Receipt acknowledged"),
    "IdentityConfirmed": QT_TRANSLATE_NOOP("privacy", "Identity checked"),
    "Paused": QT_TRANSLATE_NOOP("privacy", "Clock paused"),
    "Resumed": QT_TRANSLATE_NOOP("privacy", "Clock runs again"),
    "Extended": QT_TRANSLATE_NOOP("privacy", "Extended, letter sent"),
    "ExtensionRemoved": QT_TRANSLATE_NOOP("privacy", "Extension removed"),
    "Answered": QT_TRANSLATE_NOOP("privacy", "Answered"),
    "Refused": QT_TRANSLATE_NOOP("privacy", "Refused"),
    "Erased": QT_TRANSLATE_NOOP("privacy", "Everything erased"),
    "Revoked": QT_TRANSLATE_NOOP("privacy", "Withdrawn by the person"),
    "Noted": QT_TRANSLATE_NOOP("privacy", "Note"),
}
DETAILS: Final[Mapping[str, object]] = {
    str(value): word for table in (EVIDENCE, PAUSES, REFUSALS) for value, word in table.items()
}


def say(text: object) -> str:
    """A text of the tables here in the owner's language."""
    return QCoreApplication.translate(CONTEXT, str(text))


def number(line: RequestLine) -> str:
    """As people quote it."""
    return f"PR-{line.number:04}"


def standing(line: RequestLine) -> str:
    """What the request waits for, else its state."""
    return say(STATES[line.state] if line.waiting is None else WAITING[line.waiting])


def due(line: RequestLine) -> str:
    """The day and how far it is; a dash once nothing is left to do."""
    if line.due is None or line.days_left is None:
        return figures.NOTHING
    return f"{figures.day(line.due)} · {days_left(line.days_left)}"


def days_left(days: int) -> str:
    """Such as: in 4 days, today, 2 days late."""
    if days == 0:
        return QCoreApplication.translate("privacy", "today")
    if days < 0:
        return QCoreApplication.translate("privacy", "%n day(s) late", "", -days)
    return QCoreApplication.translate("privacy", "in %n day(s)", "", days)


def urgency(line: RequestLine) -> tuple[str, str]:
    """Icon and colour; the words beside it say the same."""
    if line.days_left is None:
        return "circle-check", "muted"
    if line.days_left < 0:
        return "circle-alert", "bad"
    return ("triangle-alert", "warn") if line.days_left <= SOON_DAYS else ("clock", "muted")


def detail(text: str) -> str:
    """The detail of an event, where it is one of our words; else what was written."""
    words = [DETAILS[part] for part in text.split(", ") if part in DETAILS]
    return "; ".join(map(say, words)) if words else text


def named(proposal: Proposal) -> str:
    """A text that names somebody else, as a choice."""
    place = f"{proposal.dataset}.{proposal.field}: {proposal.count}"
    return f"{proposal.text} ({say(REDACTED_FOR[proposal.reason])}, {place})".replace("&", "&&")


def described(match: Match) -> str:
    """A customer who may be the person, as a choice."""
    name = f"{match.name} · {match.customer_id}" if match.name else match.customer_id
    return f"{name} ({say(FOUND_BY[match.found_by])})".replace("&", "&&")
