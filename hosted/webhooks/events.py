"""What the service reads of an event: which one it is, of what, and when it happened."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from contract.terms import BillingProvider
from hosted.clock import SECOND_US, instant_us

LONGEST_ID: Final = 255
LONGEST_TYPE: Final = 100
LATEST_SECOND: Final = 2**33
"""In the year 2242: what lies behind is no time of an event."""

Id = Annotated[str, Meta(pattern="^[!-~]+$", max_length=LONGEST_ID)]
Type = Annotated[str, Meta(pattern="^[!-~]+$", max_length=LONGEST_TYPE)]
Second = Annotated[int, Meta(ge=0, lt=LATEST_SECOND)]


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


class _About(msgspec.Struct, frozen=True):
    id: Annotated[str, Meta(max_length=LONGEST_ID)] | None = None


class _Data(msgspec.Struct, frozen=True):
    object: _About = _About()


class _StripeEvent(msgspec.Struct, frozen=True):
    """A snapshot event, or a thin one of the second API."""

    id: Id
    type: Type
    created: Second | datetime
    livemode: bool
    data: _Data = _Data()
    related_object: _About | None = None


class _PaddleEvent(msgspec.Struct, frozen=True):
    event_id: Id
    event_type: Type
    occurred_at: datetime
    data: _About


def outline_of(provider: BillingProvider, body: bytes, *, is_live: bool) -> Outline:
    """Read an event.

    Raises:
        NotAnEvent: no JSON object, or one without an id, type or time; of Stripe also a test event
            where live ones are expected, or the other way round.
    """
    try:
        if provider is BillingProvider.PADDLE:
            return _of_paddle(msgspec.json.decode(body, type=_PaddleEvent))
        return _of_stripe(msgspec.json.decode(body, type=_StripeEvent), is_live=is_live)
    except (ValueError, OverflowError, RecursionError) as error:
        raise NotAnEvent from error


def _of_paddle(event: _PaddleEvent) -> Outline:
    return Outline(
        event.event_id, event.event_type, event.data.id or "", _microseconds(event.occurred_at)
    )


def _of_stripe(event: _StripeEvent, *, is_live: bool) -> Outline:
    if event.livemode is not is_live:
        raise NotAnEvent
    about = event.related_object or event.data.object
    created = event.created
    occurred_us = created * SECOND_US if isinstance(created, int) else _microseconds(created)
    return Outline(event.id, event.type, about.id or "", occurred_us)


def _microseconds(at: datetime) -> int:
    return instant_us((at if at.tzinfo is not None else at.replace(tzinfo=UTC)).isoformat())
