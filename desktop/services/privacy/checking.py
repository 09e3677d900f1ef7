"""What a privacy request must look like to be stored."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.requests import NewRequest, Person

MAX_NAME: Final = 200
MAX_TEXT: Final = 20_000
MAX_IDENTIFIERS: Final = 50
OLDEST: Final = timedelta(days=5 * 365)
"""A request older than this was mistyped: no clock would still run for it."""
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def checked(asked: NewRequest, now: datetime) -> NewRequest:
    """The request, trimmed.

    Raises: InvalidInput (field `received_at`, `zone`, `name`, `email`, `identifiers` or `text`).
    """
    if not now - OLDEST <= asked.received_at <= now:
        raise InvalidInput(
            "Nothing was stored: the day of receipt lies in the future or is older than five "
            "years. Correct it.",
            field="received_at",
        )
    try:
        ZoneInfo(asked.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInput(
            "Nothing was stored: this time zone is not known.", field="zone"
        ) from error
    if len(asked.text) > MAX_TEXT:
        raise InvalidInput(
            f"Nothing was stored: the text is longer than {MAX_TEXT:,} characters.", field="text"
        )
    return replace(asked, person=_checked_person(asked.person), text=asked.text.strip())


def required(text: str, field: str) -> str:
    """The text, trimmed. Raises: InvalidInput when it is empty or too long."""
    text = text.strip()
    if not text or len(text) > MAX_TEXT:
        raise InvalidInput(
            f"Nothing was recorded: write something, up to {MAX_TEXT:,} characters.", field=field
        )
    return text


def _checked_person(person: Person) -> Person:
    name, email = person.name.strip(), person.email.strip()
    identifiers = tuple(dict.fromkeys(filter(None, map(str.strip, person.identifiers))))
    for text, field in (
        (name, "name"),
        (email, "email"),
        *((i, "identifiers") for i in identifiers),
    ):
        if len(text) > MAX_NAME or not text.isprintable():
            raise InvalidInput(
                f"Nothing was stored: use at most {MAX_NAME} ordinary characters.", field=field
            )
    if email and not EMAIL.fullmatch(email):
        raise InvalidInput(
            "Nothing was stored: this is not an e-mail address. Leave it empty if there is none.",
            field="email",
        )
    if len(identifiers) > MAX_IDENTIFIERS:
        raise InvalidInput(
            f"Nothing was stored: more than {MAX_IDENTIFIERS} identifiers.", field="identifiers"
        )
    return Person(name, email, identifiers)
