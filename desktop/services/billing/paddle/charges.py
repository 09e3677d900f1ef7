"""Usage as money at Paddle: one transaction, or one charge to a subscription, for a claimed amount.

Paddle knows no idempotency keys. Each item carries the claim it is for, and before anything is sent
the customer's transactions are searched for it: what was taken before a crash is found again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from desktop.domain.errors import ProviderRefused
from desktop.services.billing.paddle import catalogue
from desktop.services.billing.paddle.client import Json, PaddleClient, single

CLAIM: Final = "usageflow_claim"
LIVING: Final = ("active", "past_due", "trialing")
"""Subscriptions that take charges."""
TERMS_DAYS: Final = 14
LONGEST_TITLE: Final = 200
MOST_ITEMS: Final = 100


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """What one rule charges; `product_id` is that of its publication, empty without one."""

    title: str
    product_id: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A claimed amount for one payer."""

    claim_id: str
    payer: str
    currency: str
    since: date
    """First day of the period that is billed."""
    lines: tuple[ChargeLine, ...]

    @property
    def total_minor(self) -> int:
        return sum(line.amount_minor for line in self.lines)


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the money is at Paddle."""

    object_id: str
    """Of the transaction, or of the subscription while Paddle makes one of the charge."""
    request_id: str
    was_there: bool
    """An earlier attempt had come through."""


class ChargeDesk:
    """Sends claimed amounts. Any thread."""

    def __init__(self, client: PaddleClient) -> None:
        self._client = client

    def find(self, charge: Charge) -> Sent | None:
        """What an earlier attempt brought; None when nothing came through.

        Raises: what `PaddleClient` does.
        """
        query = {
            "customer_id": charge.payer,
            "created_at[GTE]": f"{charge.since.isoformat()}T00:00:00Z",
            "per_page": "30",
            "order_by": "id[ASC]",
        }
        for transaction in self._client.every("/transactions", query):
            if charge.claim_id in claims_of(transaction):
                return Sent(str(transaction.get("id", "")), "", was_there=True)
        return None

    def send(self, charge: Charge) -> Sent:
        """Bill an amount, unless that was done before.

        Raises:
            ProviderRefused: nothing was billed; the sentence says why.
            Unanswered: whether it was billed is not known; `find` tells later.
        """
        if found := self.find(charge):
            return found
        self._check(charge)
        subscription = self._subscription(charge)
        if subscription is not None:
            return self._charge(charge, subscription)
        return self._invoice(charge)

    def _check(self, charge: Charge) -> None:
        if any(line.amount_minor < 0 for line in charge.lines) or charge.total_minor == 0:
            raise ProviderRefused(
                f"Paddle bills amounts above zero only; this one comes to {charge.total_minor:,} "
                f"{charge.currency} in minor units. Nothing was billed. Give the customer a credit "
                "at Paddle by an adjustment of the transaction."
            )
        if len(charge.lines) > MOST_ITEMS:
            raise ProviderRefused(
                f"Paddle takes {MOST_ITEMS} lines at once, this bill has {len(charge.lines):,}. "
                "Nothing was billed. Bill by hand, or by fewer rules."
            )

    def _subscription(self, charge: Charge) -> Json | None:
        """The payer's subscription in the same currency, that takes charges by itself."""
        query = {
            "customer_id": charge.payer,
            "status": ",".join(LIVING),
            "per_page": "200",
            "order_by": "id[ASC]",
        }
        for one in self._client.every("/subscriptions", query):
            automatic = one.get("collection_mode") == "automatic"
            if automatic and one.get("currency_code") == charge.currency:
                return one
        return None

    def _charge(self, charge: Charge, subscription: Json) -> Sent:
        path = f"/subscriptions/{subscription['id']}/charge"
        body = {"effective_from": "immediately", "items": _items(charge)}
        answer = self._client.post(path, body)
        return Sent(str(single(answer)["id"]), answer.request_id, was_there=False)

    def _invoice(self, charge: Charge) -> Sent:
        """An invoice that Paddle sends, payable in two weeks."""
        body = {
            "status": "billed",
            "customer_id": charge.payer,
            "address_id": self._address(charge.payer),
            "currency_code": charge.currency,
            "collection_mode": "manual",
            "billing_details": {
                "enable_checkout": True,
                "payment_terms": {"interval": "day", "frequency": TERMS_DAYS},
            },
            "custom_data": {CLAIM: charge.claim_id},
            "items": _items(charge),
        }
        answer = self._client.post("/transactions", body)
        return Sent(str(single(answer)["id"]), answer.request_id, was_there=False)

    def _address(self, payer: str) -> str:
        query = {"status": "active", "per_page": "1", "order_by": "id[ASC]"}
        for one in self._client.every(f"/customers/{payer}/addresses", query):
            return str(one.get("id", ""))
        raise ProviderRefused(
            "Paddle has neither a subscription nor an address of this customer, so it cannot write "
            "an invoice. Nothing was billed. Add an address at Paddle, then report again."
        )


def _items(charge: Charge) -> list[dict[str, Any]]:
    return [_item(charge, line) for line in charge.lines if line.amount_minor]


def _item(charge: Charge, line: ChargeLine) -> dict[str, Any]:
    """One item with its own amount. Taxes come on top: Paddle knows the customer's country."""
    title = line.title[:LONGEST_TITLE]
    price: dict[str, Any] = {
        "name": title[: catalogue.LONGEST_NAME],
        "description": title,
        "unit_price": {"amount": str(line.amount_minor), "currency_code": charge.currency},
        "billing_cycle": None,
        "tax_mode": "external",
        "quantity": {"minimum": 1, "maximum": 1},
        "custom_data": {CLAIM: charge.claim_id},
    }
    if line.product_id:
        return {"price": {**price, "product_id": line.product_id}, "quantity": 1}
    product = {
        "name": title[: catalogue.LONGEST_NAME],
        "tax_category": catalogue.TAX_CATEGORY,
        "custom_data": {CLAIM: charge.claim_id},
    }
    return {"price": {**price, "product": product}, "quantity": 1}


def claims_of(transaction: Json) -> frozenset[str]:
    """The claims that a transaction, or an item of it, is for."""
    items = transaction.get("items")
    parts = [item.get("price") for item in (items if isinstance(items, list) else ())]
    found = map(_claim_of, [transaction, *parts])
    return frozenset(claim for claim in found if isinstance(claim, str))


def _claim_of(body: object) -> object:
    data = body.get("custom_data") if isinstance(body, Mapping) else None
    return data.get(CLAIM) if isinstance(data, Mapping) else None
