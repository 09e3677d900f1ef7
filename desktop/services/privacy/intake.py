"""Reads a request out of what arrived: a pasted e-mail, or the JSON of another system.

Nothing is stored here: the owner looks at what was understood, corrects it, and logs it.
"""

import email
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any, Final

from contract.card_numbers import masked
from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.kinds import Channel, Regime, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.privacy.checking import EMAIL, MAX_IDENTIFIERS, MAX_NAME, MAX_TEXT

WORDS: Final = (
    (RequestKind.CHILD_REPORT, r"\b(child|children|minor|under (the age of )?1[0-8])\b"),
    (RequestKind.OPT_OUT, r"\b(unsubscribe|opt[ -]?out|do not sell|stop (sending|e-?mail))"),
    (RequestKind.DELETION, r"\b(delet|eras|remove (all )?my|forget me|right to be forgotten)"),
    (RequestKind.PORTABILITY, r"\b(portab|machine[- ]readable|transfer my data)"),
    (RequestKind.CORRECTION, r"\b(correct|rectif|wrong|outdated|update my)"),
    (RequestKind.OBJECTION, r"\bobject(ion)?\b"),
    (RequestKind.ACCESS, r"\b(access|copy of|what (data|information)|subject access|dsar)"),
)
"""Looked for in this order: the ones that cannot wait come first."""

OPEN_DSR_KINDS: Final = {
    "access": RequestKind.ACCESS,
    "portability": RequestKind.PORTABILITY,
    "erasure": RequestKind.DELETION,
}
DRP_KINDS: Final = {
    "access": RequestKind.ACCESS,
    "access:categories": RequestKind.ACCESS,
    "access:specific": RequestKind.ACCESS,
    "deletion": RequestKind.DELETION,
    "sale:opt_out": RequestKind.OPT_OUT,
    "sale:opt-out": RequestKind.OPT_OUT,
}
REGIMES: Final = {"gdpr": Regime.GDPR, "ccpa": Regime.CCPA}


def guess_kind(text: str) -> RequestKind:
    """What a text most likely asks for; an inquiry when no word says it."""
    folded = text.casefold()
    return next((kind for kind, words in WORDS if re.search(words, folded)), RequestKind.INQUIRY)


def read_email(source: str, now: datetime, zone: str) -> NewRequest:
    """A request from a pasted message, with its headers or without.

    Raises: InvalidInput (field `text`) when there is nothing to read or it is too long.
    """
    if not source.strip() or len(source) > 10 * MAX_TEXT:
        raise InvalidInput(
            "Nothing was read: paste the whole message, headers included if you have them.",
            field="text",
        )
    message = email.message_from_string(source.lstrip(), _class=EmailMessage, policy=policy.default)
    name, address = parseaddr(str(message.get("From", "")))
    text = _body(message) if message.keys() else source
    text = text.strip()[:MAX_TEXT]
    subject = str(message.get("Subject", ""))
    return NewRequest(
        kind=guess_kind(f"{subject}\n{text}"),
        channel=Channel.EMAIL,
        received_at=min(_sent(message) or now, now),
        zone=zone,
        person=Person(name=masked(name), email=address),
        text=masked(f"{subject}\n\n{text}".strip()),
    )


def read_json(source: str, now: datetime, zone: str) -> NewRequest:
    """A request of OpenDSR 2.0 or of the Data Rights Protocol 1.0.

    Raises: InvalidInput (field `text`) saying what is missing.
    """
    try:
        request = json.loads(masked(source))
    except (ValueError, RecursionError) as error:
        raise InvalidInput("Nothing was read: this is not JSON.", field="text") from error
    if not isinstance(request, dict):
        raise InvalidInput("Nothing was read: a request is a JSON object.", field="text")
    if "subject_request_type" in request:
        return _open_dsr(request, now, zone)
    if "exercise" in request:
        return _data_rights_protocol(request, now, zone)
    raise InvalidInput(
        "Nothing was read: this is neither an OpenDSR request (`subject_request_type`) nor one of "
        "the Data Rights Protocol (`exercise`).",
        field="text",
    )


def read_website(content: Mapping[str, Any], now: datetime, zone: str) -> NewRequest:
    """A request that came by the service's website; what nobody can read becomes an inquiry.

    Nothing that somebody sent is lost: what does not fit a field is cut and stands in the text.
    """
    source = content.get("source")
    if not isinstance(source, dict) or "kind" in source:
        return _website(source if isinstance(source, dict) else content, content, now, zone)
    text = json.dumps(source, ensure_ascii=False, indent=2)
    try:
        asked = read_json(text, now, zone)
    except InvalidInput as problem:
        said = f"A request of another system could not be read: {problem}\n\n{text}"
        plain = NewRequest(RequestKind.INQUIRY, Channel.WEBSITE, now, zone, Person(), said)
        return _fitting(plain, content, now)
    return _fitting(asked, content, now)


def as_inquiry(asked: NewRequest, now: datetime) -> NewRequest:
    """The same as a question, received now: nothing is wrong with it but what somebody made up."""
    return replace(
        asked,
        kind=RequestKind.INQUIRY,
        received_at=now,
        zone="UTC",
        person=Person(),
        text=asked.text,
    )


def _website(
    sent: Mapping[str, Any], content: Mapping[str, Any], now: datetime, zone: str
) -> NewRequest:
    names = [_text(sent, "known_as"), *map(str, sent.get("identifiers") or ())]
    asked = NewRequest(
        kind=RequestKind(sent["kind"]) if sent["kind"] in set(RequestKind) else RequestKind.INQUIRY,
        channel=Channel.WEBSITE,
        received_at=now,
        zone=zone,
        person=Person(_text(sent, "name"), _text(sent, "email"), tuple(names)),
        text=_text(sent, "text"),
    )
    return _fitting(asked, content, now)


def _fitting(asked: NewRequest, content: Mapping[str, Any], now: datetime) -> NewRequest:
    """Received when the service received it, and every text as long as it may be."""
    person = asked.person
    return replace(
        asked,
        received_at=min(_instant(content.get("received_at")) or now, now),
        person=Person(
            _line(person.name),
            person.email if EMAIL.fullmatch(person.email) else "",
            tuple(filter(None, map(_line, person.identifiers[:MAX_IDENTIFIERS]))),
        ),
        text=asked.text[:MAX_TEXT],
    )


def _line(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:MAX_NAME].strip()


def _open_dsr(request: Mapping[str, Any], now: datetime, zone: str) -> NewRequest:
    identities = request.get("subject_identities")
    people = (
        [one for one in identities if isinstance(one, dict)] if isinstance(identities, list) else []
    )
    if any(one.get("identity_format", "raw") != "raw" for one in people):
        raise InvalidInput(
            "Nothing was read: an identity is given as a hash, and nobody can be found by it. Ask "
            "the sender for the identity itself.",
            field="text",
        )
    return NewRequest(
        kind=_kind(OPEN_DSR_KINDS, request["subject_request_type"]),
        channel=Channel.OPEN_DSR,
        received_at=min(_instant(request.get("submitted_time")) or now, now),
        zone=zone,
        person=Person(
            email=next((_text(p, "identity_value") for p in people if _is_email(p)), ""),
            identifiers=tuple(_text(p, "identity_value") for p in people if not _is_email(p)),
        ),
        regimes=_regimes(request.get("regulation")),
        reference=_text(request, "subject_request_id"),
    )


def _data_rights_protocol(request: Mapping[str, Any], now: datetime, zone: str) -> NewRequest:
    phone = _text(request, "phone_number")
    return NewRequest(
        kind=_kind(DRP_KINDS, request["exercise"]),
        channel=Channel.DATA_RIGHTS_PROTOCOL,
        received_at=min(_instant(request.get("issued-at")) or now, now),
        zone=zone,
        person=Person(
            name=_text(request, "name"),
            email=_text(request, "email"),
            identifiers=(phone,) if phone else (),
        ),
        regimes=_regimes(request.get("regime")),
        reference=_text(request, "agent-request-id"),
    )


def _kind(kinds: Mapping[str, RequestKind], given: object) -> RequestKind:
    if isinstance(given, str) and given in kinds:
        return kinds[given]
    raise InvalidInput(
        f"Nothing was read: what is asked for must be one of {', '.join(kinds)}.", field="text"
    )


def _regimes(given: object) -> tuple[Regime, ...]:
    """The one that is named; all of them when it is none we know."""
    named = REGIMES.get(given.casefold()) if isinstance(given, str) else None
    return (Regime.POLICY, named) if named else tuple(Regime)


def _is_email(identity: Mapping[str, Any]) -> bool:
    return identity.get("identity_type") == "email"


def _text(request: Mapping[str, Any], name: str) -> str:
    given = request.get(name)
    return given.strip() if isinstance(given, str) else ""


def _instant(given: object) -> datetime | None:
    """None where nothing readable is given."""
    try:
        found = datetime.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found and found.tzinfo is None else found


def _sent(message: EmailMessage) -> datetime | None:
    header = message.get("Date")
    sent: datetime | None = getattr(header, "datetime", None)
    return sent.replace(tzinfo=UTC) if sent and sent.tzinfo is None else sent


def _body(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    try:
        return "" if part is None else str(part.get_content())
    except (LookupError, UnicodeError):
        # An encoding nobody knows: the text as it stands is better than none.
        return str(part.get_payload()) if part else ""
