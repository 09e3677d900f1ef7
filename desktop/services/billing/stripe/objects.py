"""Stripe's objects as the mirror keeps them."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from desktop.domain.billing.mirror import MirroredObject, ObjectKind
from desktop.services.billing.stripe.currencies import money_in

KINDS: Final = {
    "product": ObjectKind.PRODUCT,
    "billing.meter": ObjectKind.METER,
    "price": ObjectKind.PRICE,
    "customer": ObjectKind.CUSTOMER,
    "subscription": ObjectKind.SUBSCRIPTION,
    "invoice": ObjectKind.INVOICE,
    "charge": ObjectKind.PAYMENT,
    "refund": ObjectKind.REFUND,
    "credit_note": ObjectKind.CREDIT,
    "payout": ObjectKind.PAYOUT,
    "balance": ObjectKind.BALANCE,
}
"""What Stripe calls its objects, in the order in which they are read."""
LISTS: Final[dict[ObjectKind, Callable[[Any, dict[str, Any]], Any]]] = {
    ObjectKind.PRODUCT: lambda v1, query: v1.products.list(query),
    ObjectKind.METER: lambda v1, query: v1.billing.meters.list(query),
    ObjectKind.PRICE: lambda v1, query: v1.prices.list({**query, "expand": ["data.tiers"]}),
    ObjectKind.CUSTOMER: lambda v1, query: v1.customers.list(query),
    ObjectKind.SUBSCRIPTION: lambda v1, query: v1.subscriptions.list({**query, "status": "all"}),
    ObjectKind.INVOICE: lambda v1, query: v1.invoices.list(query),
    ObjectKind.PAYMENT: lambda v1, query: v1.charges.list(query),
    ObjectKind.REFUND: lambda v1, query: v1.refunds.list(query),
    ObjectKind.CREDIT: lambda v1, query: v1.credit_notes.list(query),
    ObjectKind.PAYOUT: lambda v1, query: v1.payouts.list(query),
}
SINGLE: Final[dict[ObjectKind, Callable[[Any, str], Any]]] = {
    ObjectKind.PRODUCT: lambda v1, object_id: v1.products.retrieve(object_id),
    ObjectKind.METER: lambda v1, object_id: v1.billing.meters.retrieve(object_id),
    ObjectKind.PRICE: lambda v1, object_id: v1.prices.retrieve(object_id, {"expand": ["tiers"]}),
    ObjectKind.CUSTOMER: lambda v1, object_id: v1.customers.retrieve(object_id),
    ObjectKind.SUBSCRIPTION: lambda v1, object_id: v1.subscriptions.retrieve(object_id),
    ObjectKind.INVOICE: lambda v1, object_id: v1.invoices.retrieve(object_id),
    ObjectKind.PAYMENT: lambda v1, object_id: v1.charges.retrieve(object_id),
    ObjectKind.REFUND: lambda v1, object_id: v1.refunds.retrieve(object_id),
    ObjectKind.CREDIT: lambda v1, object_id: v1.credit_notes.retrieve(object_id),
    ObjectKind.PAYOUT: lambda v1, object_id: v1.payouts.retrieve(object_id),
    ObjectKind.BALANCE: lambda v1, _object_id: v1.balance.retrieve(),
}
NAMES: Final = {
    ObjectKind.PRODUCT: ("name",),
    ObjectKind.METER: ("display_name",),
    ObjectKind.PRICE: ("nickname", "lookup_key"),
    ObjectKind.CUSTOMER: ("name", "email", "description"),
    ObjectKind.SUBSCRIPTION: ("description",),
    ObjectKind.INVOICE: ("number", "description"),
    ObjectKind.PAYMENT: ("description",),
    ObjectKind.REFUND: ("reason",),
    ObjectKind.CREDIT: ("number", "reason"),
    ObjectKind.PAYOUT: ("description",),
}
"""Fields that people know an object by; the first that is not empty."""
PARENTS: Final = {
    ObjectKind.PRICE: "product",
    ObjectKind.PAYMENT: "invoice",
    ObjectKind.REFUND: "charge",
    ObjectKind.CREDIT: "invoice",
}
AMOUNTS: Final = {
    ObjectKind.PRICE: "unit_amount",
    ObjectKind.INVOICE: "total",
    ObjectKind.PAYMENT: "amount",
    ObjectKind.REFUND: "amount",
    ObjectKind.CREDIT: "total",
    ObjectKind.PAYOUT: "amount",
}


def mirrored(body: dict[str, Any]) -> MirroredObject:
    """One object of a list or an answer."""
    kind = KINDS[body["object"]]
    object_id = str(body.get("id") or kind.value)
    return MirroredObject(
        kind=kind,
        object_id=object_id,
        name=_first(body, NAMES.get(kind, ())),
        status=_status(kind, body),
        parent_id=id_of(body.get(PARENTS.get(kind, ""))),
        customer_id=object_id if kind is ObjectKind.CUSTOMER else id_of(body.get("customer")),
        amount=money_in(body, AMOUNTS[kind]) if kind in AMOUNTS else None,
        created_at=datetime.fromtimestamp(body.get("created") or 0, UTC),
        body=body,
    )


def id_of(value: object) -> str:
    """The id of a field that holds one, or a whole object; empty for nothing."""
    if isinstance(value, dict):
        return str(value.get("id", ""))
    return str(value or "")


def _first(body: dict[str, Any], fields: tuple[str, ...]) -> str:
    return next((str(body[field]) for field in fields if body.get(field)), "")


def _status(kind: ObjectKind, body: dict[str, Any]) -> str:
    if kind in {ObjectKind.PRODUCT, ObjectKind.PRICE}:
        return "active" if body.get("active") else "archived"
    if kind is ObjectKind.CUSTOMER:
        return "delinquent" if body.get("delinquent") else "active"
    return str(body.get("status") or "")
