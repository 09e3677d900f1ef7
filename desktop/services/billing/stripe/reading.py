"""Reading from Stripe: whose key it is, pages of objects, and what its events tell of."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import stripe

from desktop.domain.billing.mirror import MirroredObject, ObjectKind
from desktop.domain.billing.providers import MissingPermission, Mode
from desktop.domain.errors import InvalidInput
from desktop.services.billing.gateway import Gone, Introduction, NewsLost, NewsPage, ObjectPage
from desktop.services.billing.stripe.api import KEY, LIVE_KEY, StripeApi, body_of
from desktop.services.billing.stripe.faults import in_words, missing_permission, translated
from desktop.services.billing.stripe.objects import KINDS, LISTS, SINGLE, mirrored

PAGE: Final = 100
MOST_PAGES_OF_NEWS: Final = 200
ACCOUNT_IN_TEXT: Final = re.compile(r"\bacct_[A-Za-z0-9]+")
WRITES: Final = (
    ("/v1/products", "publish products"),
    ("/v1/prices", "publish prices"),
    ("/v1/billing/meters", "publish meters"),
    ("/v1/billing/meter_events", "report usage"),
    ("/v1/billing/meter_event_adjustments", "take a report back"),
    ("/v1/invoices/create_preview", "compare invoices"),
)
"""What is written, and what cannot be done without it."""
WORDS: Final = {
    ObjectKind.PRODUCT: "read products",
    ObjectKind.METER: "read meters",
    ObjectKind.PRICE: "read prices",
    ObjectKind.CUSTOMER: "read customers",
    ObjectKind.SUBSCRIPTION: "read subscriptions",
    ObjectKind.INVOICE: "read invoices",
    ObjectKind.PAYMENT: "read payments",
    ObjectKind.REFUND: "read refunds",
    ObjectKind.CREDIT: "read credit notes",
    ObjectKind.PAYOUT: "read payouts",
    ObjectKind.BALANCE: "read the balance",
}


def check_key(key: str) -> None:
    """Raises: InvalidInput (field `key`), for what cannot be a secret or restricted key."""
    if not KEY.match(key):
        raise InvalidInput(
            "This is not a secret or restricted key of Stripe. Nothing was stored. Paste the one "
            "that begins with rk_ (recommended) or sk_.",
            field="key",
        )


def introduce(api: StripeApi) -> Introduction:
    """Whose key it is; a key that may not read its account still names it in the refusal."""
    mode = Mode.LIVE if LIVE_KEY.match(api.key) else Mode.TEST
    is_restricted = api.key.startswith("rk_")
    try:
        account = body_of(api.v1.accounts.retrieve_current())
    except stripe.PermissionError as error:
        named = ACCOUNT_IN_TEXT.search(error.user_message or "")
        return Introduction(named.group() if named else "", "", mode, is_restricted)
    except stripe.StripeError as error:
        raise in_words(error, "read whose key this is") from None
    return Introduction(str(account["id"]), _account_name(account), mode, is_restricted)


def missing_permissions(api: StripeApi) -> tuple[MissingPermission, ...]:
    """What a key may not do, found out by asking: reads of one row, writes that lack everything."""
    asked: list[tuple[str, Callable[[], object]]] = [
        (WORDS[kind], partial(_first_page, api, kind)) for kind in KINDS.values()
    ]
    asked += [(words, partial(api.probe, path)) for path, words in WRITES]
    missing = []
    for words, ask in asked:
        try:
            ask()
        except stripe.PermissionError as error:
            missing.append(MissingPermission(missing_permission(error), words))
        except stripe.InvalidRequestError:
            continue  # it may, and was told what it lacks
        except stripe.StripeError as error:
            raise in_words(error, words) from None
    return tuple(missing)


def page(api: StripeApi, kind: ObjectKind, cursor: str) -> ObjectPage:
    """A page of a kind, the newest first; the balance is one object."""
    with translated(WORDS[kind]):
        if kind is ObjectKind.BALANCE:
            return ObjectPage((mirrored(body_of(SINGLE[kind](api.v1, ""))),), "")
        query = {"limit": PAGE} | ({"starting_after": cursor} if cursor else {})
        found = body_of(LISTS[kind](api.v1, query))
    objects = tuple(mirrored(body) for body in found["data"])
    return ObjectPage(objects, objects[-1].object_id if found["has_more"] and objects else "")


def news_from(api: StripeApi) -> str:
    """Id of the newest event; empty when there was none yet."""
    with translated("read events"):
        found = body_of(api.v1.events.list({"limit": 1}))["data"]
    return str(found[0]["id"]) if found else ""


def news(api: StripeApi, cursor: str) -> NewsPage:
    """What the events after a cursor are about, read anew: an event shows an object as it was.

    Raises: NewsLost when the provider no longer knows the cursor.
    """
    events, has_more = _events_after(api, cursor)
    touched = {
        (KINDS[body["object"]], str(body.get("id") or ""))
        for body in (event["data"]["object"] for event in events)
        if body.get("object") in KINDS
    }
    changed: list[MirroredObject] = []
    gone: list[Gone] = []
    for kind, object_id in sorted(touched):
        found = _current(api, kind, object_id)
        if found is None:
            gone.append(Gone(kind, object_id))
        else:
            changed.append(found)
    newest = str(events[0]["id"]) if events else cursor
    return NewsPage(tuple(changed), tuple(gone), newest, has_more)


def _events_after(api: StripeApi, cursor: str) -> tuple[list[dict[str, Any]], bool]:
    """Events, the newest first, and whether there are newer ones than these."""
    try:
        if cursor:
            found = body_of(api.v1.events.list({"limit": PAGE, "ending_before": cursor}))
            return found["data"], bool(found["has_more"])
        return _all_events(api), False
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            raise NewsLost("Stripe no longer tells what happened since the last reading.") from None
        raise in_words(error, "read events") from None
    except stripe.StripeError as error:
        raise in_words(error, "read events") from None


def _all_events(api: StripeApi) -> list[dict[str, Any]]:
    """Every event there is, where there was none when reading began."""
    events: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": PAGE}
    for _ in range(MOST_PAGES_OF_NEWS):
        found = body_of(api.v1.events.list(query))
        events += found["data"]
        if not found["has_more"]:
            break
        query = {"limit": PAGE, "starting_after": events[-1]["id"]}
    return events


def _current(api: StripeApi, kind: ObjectKind, object_id: str) -> MirroredObject | None:
    """An object as it is now; None when it is gone."""
    try:
        body = body_of(SINGLE[kind](api.v1, object_id))
    except stripe.InvalidRequestError as error:
        if error.code == "resource_missing":
            return None
        raise in_words(error, WORDS[kind]) from None
    except stripe.StripeError as error:
        raise in_words(error, WORDS[kind]) from None
    return None if body.get("deleted") else mirrored(body)


def _first_page(api: StripeApi, kind: ObjectKind) -> object:
    if kind is ObjectKind.BALANCE:
        return SINGLE[kind](api.v1, "")
    return LISTS[kind](api.v1, {"limit": 1})


def _account_name(account: dict[str, Any]) -> str:
    shown = (account.get("settings") or {}).get("dashboard") or {}
    profile = account.get("business_profile") or {}
    return str(shown.get("display_name") or profile.get("name") or "")
