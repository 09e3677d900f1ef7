"""Paddle's objects as the mirror keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from desktop.domain.billing.mirror import MirroredObject, ObjectKind
from desktop.domain.money import Money

Json = Mapping[str, Any]
LONGEST_NAME: Final = 300


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a kind is listed. Source: Paddle's API reference, each list's parameters."""

    path: str
    per_page: int
    """As many as Paddle gives at once."""
    statuses: str = ""
    """Named where a list would leave out what is archived."""

    def query(self) -> dict[str, str]:
        """Parameters of a page, the oldest object first."""
        asked = {"per_page": str(self.per_page), "order_by": "id[ASC]"}
        return asked | ({"status": self.statuses} if self.statuses else {})


BOTH: Final = "active,archived"
LISTINGS: Final = {
    ObjectKind.PRODUCT: Listing("/products", 200, BOTH),
    ObjectKind.PRICE: Listing("/prices", 200, BOTH),
    ObjectKind.CUSTOMER: Listing("/customers", 200, BOTH),
    ObjectKind.SUBSCRIPTION: Listing("/subscriptions", 200),
    ObjectKind.INVOICE: Listing("/transactions", 30),
    ObjectKind.REFUND: Listing("/adjustments", 50),
}
EVENTS: Final = {
    "product": ObjectKind.PRODUCT,
    "price": ObjectKind.PRICE,
    "customer": ObjectKind.CUSTOMER,
    "subscription": ObjectKind.SUBSCRIPTION,
    "transaction": ObjectKind.INVOICE,
    "adjustment": ObjectKind.REFUND,
}
"""Kinds by the first word of an event's type."""


class NotAnObject(ValueError):
    """What should be an object of Paddle lacks what each has."""


def kind_of_event(event_type: str) -> ObjectKind | None:
    """What an event is about; None for what is not mirrored."""
    return EVENTS.get(event_type.partition(".")[0])


def mirrored(kind: ObjectKind, body: Json) -> MirroredObject:
    """An object with what lists show of it.

    Raises:
        NotAnObject: it has no id, or no time at which it was made.
    """
    name, parent, amount = _DETAILS[kind](body)
    try:
        created_at = datetime.fromisoformat(_text(body, "created_at"))
        object_id = _text(body, "id")
    except ValueError as error:
        raise NotAnObject from error
    if not object_id:
        raise NotAnObject
    return MirroredObject(
        kind=kind,
        object_id=object_id,
        name=name[:LONGEST_NAME],
        status=_text(body, "status"),
        parent_id=parent,
        customer_id=object_id if kind is ObjectKind.CUSTOMER else _text(body, "customer_id"),
        amount=amount,
        created_at=created_at.replace(tzinfo=created_at.tzinfo or UTC),
        body=dict(body),
    )


def money_of(amount: object, currency: object) -> Money | None:
    """An amount in Paddle's spelling: a text of minor units; None when it is none."""
    if not isinstance(amount, str) or not isinstance(currency, str):
        return None
    digits = amount.removeprefix("-")
    return Money(int(amount), currency) if digits.isascii() and digits.isdigit() else None


Detail = tuple[str, str, Money | None]
"""Name, parent, amount."""


def _product(body: Json) -> Detail:
    return _text(body, "name"), "", None


def _price(body: Json) -> Detail:
    unit = _part(body, "unit_price")
    amount = money_of(unit.get("amount"), unit.get("currency_code"))
    return _text(body, "name") or _text(body, "description"), _text(body, "product_id"), amount


def _customer(body: Json) -> Detail:
    return _text(body, "name") or _text(body, "email"), "", None


def _subscription(body: Json) -> Detail:
    names = [_text(_part(item, "product"), "name") for item in _parts(body, "items")]
    return ", ".join(dict.fromkeys(filter(None, names))), "", None


def _transaction(body: Json) -> Detail:
    totals = _part(_part(body, "details"), "totals")
    amount = money_of(totals.get("grand_total"), body.get("currency_code"))
    return _text(body, "invoice_number"), _text(body, "subscription_id"), amount


def _adjustment(body: Json) -> Detail:
    totals = _part(body, "totals")
    amount = money_of(totals.get("total"), totals.get("currency_code"))
    words = f"{_text(body, 'action')}: {_text(body, 'reason')}"
    return words.strip(": "), _text(body, "transaction_id"), amount


_DETAILS: Final = {
    ObjectKind.PRODUCT: _product,
    ObjectKind.PRICE: _price,
    ObjectKind.CUSTOMER: _customer,
    ObjectKind.SUBSCRIPTION: _subscription,
    ObjectKind.INVOICE: _transaction,
    ObjectKind.REFUND: _adjustment,
}


def _text(body: Json, field: str) -> str:
    found = body.get(field)
    return found if isinstance(found, str) else ""


def _part(body: Json, field: str) -> Json:
    found = body.get(field)
    return found if isinstance(found, dict) else {}


def _parts(body: Json, field: str) -> list[Json]:
    found = body.get(field)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
