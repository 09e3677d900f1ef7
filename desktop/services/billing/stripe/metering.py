"""Telling Stripe what was used, and asking what it has counted."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import stripe

from desktop.services.billing.gateway import Handed, MeterEvent
from desktop.services.billing.stripe.api import StripeApi, body_of, request_id_of
from desktop.services.billing.stripe.faults import in_words, reason_of, translated

STREAM_FROM: Final = 25
"""Events from which on they go through the stream: up to 100 in one request."""
SUMMARIES: Final = 100


def hand_over(api: StripeApi, events: Sequence[MeterEvent]) -> Iterator[Handed]:
    """Few events one by one, each judged at once; many through the stream.

    A stream that is refused as a whole is told one by one, which says whose fault it is.
    """
    if len(events) >= STREAM_FROM:
        try:
            api.stream([_streamed(event) for event in events])
        except (stripe.InvalidRequestError, stripe.PermissionError):
            pass  # an event of these is wrong, or the key may only tell them one by one
        except stripe.StripeError as error:
            raise in_words(error, "report usage") from None
        else:
            yield from (Handed(event.claim_id, is_taken=True) for event in events)
            return
    for event in events:
        yield _one(api, event)


def _one(api: StripeApi, event: MeterEvent) -> Handed:
    try:
        told = api.v1.billing.meter_events.create(
            {
                "event_name": event.event_name,
                "identifier": event.claim_id,
                "timestamp": int(event.at.timestamp()),
                "payload": _payload(event),
            }
        )
    except stripe.InvalidRequestError as error:
        if _is_repetition(error):
            return Handed(event.claim_id, is_taken=True, request_id=error.request_id or "")
        return _refused(event, error)
    except stripe.StripeError as error:
        raise in_words(error, "report usage") from None
    return Handed(event.claim_id, is_taken=True, request_id=request_id_of(told))


def _refused(event: MeterEvent, error: stripe.InvalidRequestError) -> Handed:
    request_id = error.request_id or ""
    return Handed(event.claim_id, is_taken=False, reason=reason_of(error), request_id=request_id)


def counted(api: StripeApi, meter_id: str, payer: str, start: datetime, end: datetime) -> Decimal:
    """What was counted for a payer in whole minutes; sums of a page, or of several."""
    query: dict[str, Any] = {
        "customer": payer,
        "start_time": int(start.timestamp()),
        "end_time": int(end.timestamp()),
        "limit": SUMMARIES,
    }
    total = Decimal(0)
    with translated("read what was counted"):
        while True:
            page = body_of(api.v1.billing.meters.event_summaries.list(meter_id, query))
            total += sum(Decimal(str(one["aggregated_value"])) for one in page["data"])
            if not page["has_more"]:
                return total
            query["starting_after"] = page["data"][-1]["id"]


def take_back(api: StripeApi, event_name: str, claim_id: str) -> str:
    """Cancel an event that is less than a day old; one that is cancelled already stays so."""
    params = {"event_name": event_name, "type": "cancel", "cancel": {"identifier": claim_id}}
    with translated("take the report back"):
        return request_id_of(api.v1.billing.meter_event_adjustments.create(params))


def _streamed(event: MeterEvent) -> dict[str, Any]:
    at = event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "event_name": event.event_name,
        "identifier": event.claim_id,
        "timestamp": at,
        "payload": _payload(event),
    }


def _payload(event: MeterEvent) -> dict[str, str]:
    return {"stripe_customer_id": event.payer, "value": str(event.value)}


def _is_repetition(error: stripe.InvalidRequestError) -> bool:
    """Whether it was refused because an event of this identifier is known: then it was taken."""
    told = (error.user_message or "").lower()
    return "already exists" in told and "identifier" in told
