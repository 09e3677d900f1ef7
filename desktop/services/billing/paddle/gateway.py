"""Paddle behind the interface that both providers have."""

import json
from collections.abc import Sequence
from typing import Any, Final

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import MirroredObject, ObjectKind
from desktop.domain.billing.providers import MissingPermission
from desktop.domain.billing.publication import (
    FieldDifference,
    PlanAction,
    PlanStep,
    Publication,
)
from desktop.domain.errors import PermissionMissing, ProviderRefused
from desktop.services.billing.gateway import (
    Applied,
    Comparison,
    Introduction,
    NewsPage,
    ObjectPage,
    PricedRule,
)
from desktop.services.billing.paddle import catalogue, faults
from desktop.services.billing.paddle.catalogue import Found, Wanted
from desktop.services.billing.paddle.client import Answer, Json, PaddleClient, objects, single
from desktop.services.billing.paddle.keys import mode_of
from desktop.services.billing.paddle.mirroring import (
    LISTINGS,
    NotAnObject,
    kind_of_event,
    mirrored,
)

ACCOUNT_ID: Final = "paddle"
"""Paddle tells no key whose it is; the workspace has one account of each mode."""
EVENTS_AT_ONCE: Final = 200


class PaddleGateway:
    """See `ProviderGateway`. Keys of Paddle always have permissions of their own."""

    provider = BillingProvider.PADDLE
    kinds = tuple(LISTINGS)

    def __init__(self, key: str, client: PaddleClient) -> None:
        """Raises: InvalidInput for what is no key of Paddle."""
        self._mode = mode_of(key)
        self.client = client

    def close(self) -> None:
        self.client.close()

    def forget_payer(self, payer: str) -> None:
        """Archive a customer: Paddle sells in its own name, and deletes nobody."""
        self.client.patch(f"/customers/{payer}", {"status": "archived"})

    def correct_payer(self, payer: str, field: str, value: str) -> None:
        self.client.patch(f"/customers/{payer}", {field: value})

    def introduce(self) -> Introduction:
        """Ask Paddle whether it takes the key; every key may read the types of events."""
        self.client.get("/event-types")
        return Introduction(ACCOUNT_ID, "Paddle", self._mode, is_restricted=True)

    def missing_permissions(self) -> tuple[MissingPermission, ...]:
        """What the key may not read; what it may not write shows when it is tried."""
        return tuple(
            MissingPermission(f"{listing.path.strip('/')}.read", f"Showing {kind.value}s")
            for kind, listing in LISTINGS.items()
            if not self._may_read(listing.path)
        )

    def page(self, kind: ObjectKind, cursor: str) -> ObjectPage:
        listing = LISTINGS[kind]
        query = listing.query() | ({"after": cursor} if cursor else {})
        answer = self.client.get(listing.path, query)
        found = tuple(_mirrored(kind, one, answer) for one in objects(answer))
        return ObjectPage(found, answer.next_after)

    def news_from(self) -> str:
        newest = objects(self.client.get("/events", {"per_page": "1", "order_by": "id[DESC]"}))
        return str(newest[0].get("event_id", "")) if newest else ""

    def news(self, cursor: str) -> NewsPage:
        query = {"per_page": str(EVENTS_AT_ONCE), "order_by": "id[ASC]"}
        answer = self.client.get("/events", query | ({"after": cursor} if cursor else {}))
        changed: dict[str, MirroredObject] = {}
        reached = cursor
        for event in objects(answer):
            reached = str(event.get("event_id", reached))
            kind, body = kind_of_event(str(event.get("event_type", ""))), event.get("data")
            if kind is not None and isinstance(body, dict):
                found = _mirrored(kind, body, answer)
                changed[found.object_id] = found
        return NewsPage(tuple(changed.values()), (), reached, bool(answer.next_after))

    def compare(self, priced: PricedRule, known: Publication | None) -> Comparison:
        if refusals := catalogue.refusals(priced.rule):
            return Comparison((), refusals, (), "")
        asked, found = catalogue.wanted(priced), self._find(priced, known)
        seen = json.dumps([found.product, *found.prices], sort_keys=True, default=str)
        return Comparison(catalogue.steps(asked, found), (), catalogue.notes(priced, asked), seen)

    def apply(self, priced: PricedRule, known: Publication | None) -> Applied:
        asked, found = catalogue.wanted(priced), self._find(priced, known)
        return _Applying(self.client, asked, found).run()

    def drift(self, priced: PricedRule, known: Publication) -> Sequence[FieldDifference]:
        asked, found = catalogue.wanted(priced), self._find(priced, known)
        if found.product is None:
            return (FieldDifference("product", str(asked.product["name"]), ""),)
        differ = list(catalogue.differences(asked.product, found.product))
        if asked.price is None:
            return differ
        if not found.prices:
            return [
                *differ,
                FieldDifference("price", catalogue.told(asked.price["unit_price"]), ""),
            ]
        if catalogue.kept_price(asked, found) is None:
            differ += catalogue.differences(asked.price, found.prices[-1])
        return differ

    def _may_read(self, path: str) -> bool:
        try:
            self.client.get(path, {"per_page": "1"})
        except PermissionMissing:
            return False
        return True

    def _find(self, priced: PricedRule, known: Publication | None) -> Found:
        """What Paddle has with the rule's mark: also what a run made that was cut off."""
        mark = catalogue.mark_of(priced)
        listing = LISTINGS[ObjectKind.PRODUCT]
        marked = [
            one
            for one in self.client.every(listing.path, listing.query())
            if catalogue.is_marked(one, mark) or (known and one.get("id") == known.product_id)
        ]
        if not marked:
            return Found(None, ())
        product = min(marked, key=lambda one: (one.get("status") != "active", str(one.get("id"))))
        query = {
            "product_id": str(product["id"]),
            "status": "active",
            "per_page": "200",
            "order_by": "id[ASC]",
        }
        prices = self.client.every(LISTINGS[ObjectKind.PRICE].path, query)
        return Found(product, tuple(one for one in prices if catalogue.is_marked(one, mark)))


class _Applying:
    """Takes the steps of one plan; each looks at what the one before made."""

    def __init__(self, client: PaddleClient, asked: Wanted, found: Found) -> None:
        self._client = client
        self._asked = asked
        self._found = found
        self._product_id = "" if found.product is None else str(found.product["id"])
        kept = catalogue.kept_price(asked, found)
        self._price_id = "" if kept is None else str(kept["id"])
        self._request_ids: list[str] = []

    def run(self) -> Applied:
        steps = catalogue.steps(self._asked, self._found)
        for step in steps:
            self._take(step)
        return Applied(
            product_id=self._product_id,
            price_id=self._price_id,
            meter_id="",
            event_name="",
            taken=steps,
            request_ids=tuple(self._request_ids),
        )

    def _take(self, step: PlanStep) -> None:
        match step.action:
            case PlanAction.CREATE_PRODUCT:
                self._product_id = self._made("/products", self._asked.product)
            case PlanAction.UPDATE_PRODUCT:
                self._changed(f"/products/{step.object_id}", self._product_fields())
            case PlanAction.CREATE_PRICE:
                price = {**(self._asked.price or {}), "product_id": self._product_id}
                self._price_id = self._made("/prices", price)
            case PlanAction.ARCHIVE_PRICE:
                self._changed(f"/prices/{step.object_id}", {"status": "archived"})
            case _:
                raise ProviderRefused(f"Paddle has no step “{step.action}”. Nothing was changed.")

    def _product_fields(self) -> Json:
        """The product as it should be; what else others noted in its data stays."""
        have = (self._found.product or {}).get("custom_data")
        data = {**(have if isinstance(have, dict) else {}), **self._asked.product["custom_data"]}
        return {**self._asked.product, "custom_data": data, "status": "active"}

    def _made(self, path: str, body: dict[str, Any]) -> str:
        answer = self._client.post(path, body)
        self._request_ids.append(answer.request_id)
        return str(single(answer)["id"])

    def _changed(self, path: str, body: Json) -> None:
        self._request_ids.append(self._client.patch(path, body).request_id)


def _mirrored(kind: ObjectKind, body: Json, answer: Answer) -> MirroredObject:
    try:
        return mirrored(kind, body)
    except NotAnObject as error:
        raise faults.rubbish(answer.request_id) from error
