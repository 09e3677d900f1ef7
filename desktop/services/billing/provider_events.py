"""What an event of Stripe or Paddle says about the lists: an object as it is now, or that it went.

Nothing is asked of anybody here; what cannot be used is no reason to stop.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import MirroredObject, ObjectKind
from desktop.services.billing.gateway import Gone
from desktop.services.billing.paddle import mirroring as paddle
from desktop.services.billing.stripe import objects as stripe

DELETED_AT_STRIPE: Final = frozenset({ObjectKind.CUSTOMER, ObjectKind.PRODUCT, ObjectKind.PRICE})
"""Kinds that are gone after an event that ends in `.deleted`; a subscription stays, cancelled."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an event brings: one of the two, or nothing that is listed."""

    changed: MirroredObject | None = None
    gone: Gone | None = None


NOTHING: Final = Told()


def told_by(provider: BillingProvider, content: bytes) -> Told:
    """Read an event that was verified by the service and opened by the vault."""
    try:
        event = json.loads(content, parse_float=str)
        if provider is BillingProvider.STRIPE:
            return _by_stripe(event)
        return _by_paddle(event)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return NOTHING  # an event of a later version of the provider; the next reading brings it


def _by_stripe(event: dict[str, Any]) -> Told:
    body = event["data"]["object"]
    if body["object"] not in stripe.KINDS:
        return NOTHING
    found = stripe.mirrored(body)
    if event["type"].endswith(".deleted") and found.kind in DELETED_AT_STRIPE:
        return Told(gone=Gone(found.kind, found.object_id))
    return Told(changed=found)


def _by_paddle(event: dict[str, Any]) -> Told:
    kind = paddle.kind_of_event(event["event_type"])
    return NOTHING if kind is None else Told(changed=paddle.mirrored(kind, event["data"]))
