"""What the service reads of an event: which one it is, of what, and when it happened."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from contract.terms import BillingProvider
from hosted.clock import SECOND_US, instant_us

LONGEST_ID: Final = 255
LONGEST_TYPE: Final = 100
LATEST_SECOND: Final = 2**33
"""In the year 2242: what lies behind is no time of an event."""


class NotAnEvent(Exception):
    """A signed body that is none of the provider's events, or one of the other mode."""


@dataclass(frozen=True, slots=True)
class Outline:
    """An event without its contents."""

    event_id: str
    type: str
    object_id: str
    """What it is about; empty where it does not say."""
    occurred_us: int


def outline_of(provider: BillingProvider, body: bytes, *, is_live: bool) -> Outline:
    """Read an event.

    Raises:
        NotAnEvent: no JSON object, or one without an id, type or time; of Stripe also a test event
            where live ones are expected, or the other way round.
    """
    try:
        event = json.loads(body)
        read = _stripe if provider is BillingProvider.STRIPE else _paddle
        outline = read(event)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise NotAnEvent from error
    if provider is BillingProvider.STRIPE and event.get("livemode") is not is_live:
        raise NotAnEvent
    return outline


def _stripe(event: dict[str, Any]) -> Outline:
    about = event.get("related_object") or event.get("data", {}).get("object") or {}
    created = event["created"]
    occurred_us = _moment_us(created) if isinstance(created, str) else _second_us(created)
    return Outline(
        _text(event["id"], LONGEST_ID),
        _text(event["type"], LONGEST_TYPE),
        _optional(about.get("id")),
        occurred_us,
    )


def _paddle(event: dict[str, Any]) -> Outline:
    return Outline(
        _text(event["event_id"], LONGEST_ID),
        _text(event["event_type"], LONGEST_TYPE),
        _optional(event["data"].get("id")),
        _moment_us(_text(event["occurred_at"], LONGEST_TYPE)),
    )


def _text(value: object, longest: int) -> str:
    if isinstance(value, str) and 0 < len(value) <= longest and value.isascii():
        return value
    raise ValueError


def _optional(value: object) -> str:
    return "" if value is None else _text(value, LONGEST_ID)


def _second_us(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LATEST_SECOND:
        return value * SECOND_US
    raise ValueError


def _moment_us(text: str) -> int:
    at = datetime.fromisoformat(text)
    aware = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return instant_us(aware.isoformat())
