"""Publishing a rule at Stripe: product, meter and price, found again by what they are called.

Every object has a name that only this rule gives it, so that a publication which was broken off
goes on where it stopped, however long ago that was.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

import stripe

from contract.pricing.rule import Model
from contract.terms import Meter
from desktop.domain.billing.publication import (
    FieldDifference,
    PlanAction,
    PlanStep,
    Publication,
)
from desktop.services.billing.gateway import Applied, Comparison, PricedRule
from desktop.services.billing.stripe.api import StripeApi, body_of, request_id_of
from desktop.services.billing.stripe.faults import in_words, translated
from desktop.services.billing.stripe.price_form import (
    PriceForm,
    form_in,
    form_of,
    notes,
    refusals,
)

DOING: Final = "publish the rule"
MOST_METERS: Final = 100
LIVING: Final = frozenset({"active", "trialing", "past_due", "unpaid", "incomplete"})


@dataclass(frozen=True, slots=True)
class _Found:
    """What Stripe has of a rule; None where it has not."""

    product: dict[str, Any] | None
    meter: dict[str, Any] | None
    price: dict[str, Any] | None
    """Active, and of the form it should have."""
    others: tuple[dict[str, Any], ...]
    """Active prices of the product that this one replaces."""
    moving: tuple[tuple[str, str], ...]
    """Subscriptions and their items that are on one of these."""


class Publishing:
    """One rule at one account."""

    def __init__(self, api: StripeApi, priced: PricedRule) -> None:
        self._api = api
        self._priced = priced
        question = priced.question
        self._product_id = f"uf_{question.rule_id}"
        digits = question.fraction_digits
        self.event_name = f"uf_{question.rule_id}_e{digits}"
        self._request_ids: list[str] = []

    def compare(self) -> Comparison:
        """What publishing would take. Changes nothing."""
        priced = self._priced
        digits = priced.question.fraction_digits
        refused = refusals(priced.rule, Meter(priced.published.meter), digits)
        if refused:
            return Comparison((), refused, (), "")
        with translated(DOING):
            found = self._look()
        return Comparison(self._steps(found), (), notes(priced.rule), _text(found))

    def apply(self) -> Applied:
        """Take the steps that are left."""
        with translated(DOING):
            found = self._look()
            steps = self._steps(found)
            product_id = self._put_product(found.product)
            meter_id = self._put_meter(found.meter)
            price_id = self._put_price(found, product_id, meter_id)
            for _, item_id in found.moving:
                self._done(self._api.v1.subscription_items.update(item_id, _moved_to(price_id)))
            for other in found.others:
                self._done(self._api.v1.prices.update(other["id"], {"active": False}))
        event_name = self.event_name if meter_id else ""
        return Applied(product_id, price_id, meter_id, event_name, steps, tuple(self._request_ids))

    def drift(self, known: Publication) -> tuple[FieldDifference, ...]:
        """Field by field: the rule as it is now beside what was published."""
        with translated("compare the rule"):
            product = self._maybe(lambda: self._api.v1.products.retrieve(known.product_id))
            price = self._maybe(
                lambda: self._api.v1.prices.retrieve(known.price_id, {"expand": ["tiers"]})
            )
            meter = known.meter_id and self._maybe(
                lambda: self._api.v1.billing.meters.retrieve(known.meter_id)
            )
        theirs = _fields(product, price, meter or None)
        ours = self._wanted_fields(with_meter=bool(known.meter_id))
        names = [*ours, *(name for name in theirs if name not in ours)]
        pairs = [(name, ours.get(name, ""), theirs.get(name, "")) for name in names]
        return tuple(FieldDifference(*pair) for pair in pairs if pair[1] != pair[2])

    @property
    def _form(self) -> PriceForm:
        return form_of(self._priced.rule, self._priced.question.fraction_digits)

    @property
    def _name(self) -> str:
        return self._priced.published.name

    @property
    def _is_metered(self) -> bool:
        return self._priced.rule.model is not Model.FLAT

    def _wanted_fields(self, *, with_meter: bool) -> dict[str, str]:
        fields = {"product name": self._name, "product active": "yes", "price active": "yes"}
        fields |= {f"price {name}": value for name, value in self._form.fields().items()}
        if with_meter:
            fields |= {
                "meter name": self._name,
                "meter status": "active",
                "meter event_name": self.event_name,
                "meter formula": "sum",
            }
        return fields

    def _look(self) -> _Found:
        v1 = self._api.v1
        product = self._maybe(lambda: v1.products.retrieve(self._product_id))
        meter = self._find_meter() if self._is_metered else None
        prices = [] if product is None else self._prices()
        wanted = self._form
        meter_id = None if meter is None else meter["id"]
        mine = [one for one in prices if form_in(one) == wanted and _meter_of(one) == meter_id]
        price = mine[0] if mine else None
        others = tuple(one for one in prices if price is None or one["id"] != price["id"])
        return _Found(product, meter, price, others, tuple(self._moving(others)))

    def _steps(self, found: _Found) -> tuple[PlanStep, ...]:
        steps = []
        if found.product is None:
            new = (FieldDifference("product name", self._name, ""),)
            steps.append(PlanStep(PlanAction.CREATE_PRODUCT, "", self._name, new))
        elif changes := self._product_changes(found.product):
            step = PlanStep(PlanAction.UPDATE_PRODUCT, found.product["id"], self._name, changes)
            steps.append(step)
        if self._is_metered:
            steps += self._meter_steps(found.meter)
        if found.price is None:
            steps.append(PlanStep(PlanAction.CREATE_PRICE, "", self._name, self._new_price(found)))
        steps += [
            PlanStep(PlanAction.MIGRATE_SUBSCRIPTION, subscription, self._name, ())
            for subscription, _ in found.moving
        ]
        steps += [
            PlanStep(PlanAction.ARCHIVE_PRICE, other["id"], self._name, ())
            for other in found.others
        ]
        return tuple(steps)

    def _product_changes(self, product: dict[str, Any]) -> tuple[FieldDifference, ...]:
        changes = [
            FieldDifference("product name", self._name, str(product["name"])),
            FieldDifference("product active", "yes", _yes(product.get("active"))),
        ]
        return tuple(one for one in changes if one.local != one.remote)

    def _meter_steps(self, meter: dict[str, Any] | None) -> list[PlanStep]:
        if meter is None:
            new = (FieldDifference("meter event_name", self.event_name, ""),)
            return [PlanStep(PlanAction.CREATE_METER, "", self._name, new)]
        compared = (
            FieldDifference("meter name", self._name, str(meter["display_name"])),
            FieldDifference("meter status", "active", str(meter["status"])),
        )
        changes = tuple(one for one in compared if one.local != one.remote)
        return [PlanStep(PlanAction.UPDATE_METER, meter["id"], self._name, changes)] * bool(changes)

    def _new_price(self, found: _Found) -> tuple[FieldDifference, ...]:
        """The fields of a new price beside those of the one it replaces."""
        before = form_in(found.others[0]).fields() if found.others else {}
        after = self._form.fields()
        names = [*after, *(name for name in before if name not in after)]
        pairs = [(f"price {name}", after.get(name, ""), before.get(name, "")) for name in names]
        return tuple(FieldDifference(*pair) for pair in pairs if pair[1] != pair[2])

    def _put_product(self, product: dict[str, Any] | None) -> str:
        v1, fields = self._api.v1, {"name": self._name, "active": True}
        if product is None:
            labels = {"usageflow_rule": str(self._priced.question.rule_id)}
            made = v1.products.create({**fields, "id": self._product_id, "metadata": labels})
            return str(self._done(made)["id"])
        if self._product_changes(product):
            self._done(v1.products.update(product["id"], fields))
        return str(product["id"])

    def _put_meter(self, meter: dict[str, Any] | None) -> str:
        meters = self._api.v1.billing.meters
        if not self._is_metered:
            return ""
        if meter is None:
            made = meters.create(
                {
                    "display_name": self._name,
                    "event_name": self.event_name,
                    "default_aggregation": {"formula": "sum"},
                    "customer_mapping": {
                        "type": "by_id",
                        "event_payload_key": "stripe_customer_id",
                    },
                    "value_settings": {"event_payload_key": "value"},
                }
            )
            return str(self._done(made)["id"])
        if meter["status"] != "active":
            self._done(meters.reactivate(meter["id"]))
        if meter["display_name"] != self._name:
            self._done(meters.update(meter["id"], {"display_name": self._name}))
        return str(meter["id"])

    def _put_price(self, found: _Found, product_id: str, meter_id: str) -> str:
        if found.price is not None:
            return str(found.price["id"])
        params = self._form.params() | {"product": product_id, "nickname": self._name}
        if meter_id:
            params["recurring"]["meter"] = meter_id
        return str(self._done(self._api.v1.prices.create(params))["id"])

    def _find_meter(self) -> dict[str, Any] | None:
        query: dict[str, Any] = {"limit": MOST_METERS}
        while True:
            page = body_of(self._api.v1.billing.meters.list(query))
            for meter in page["data"]:
                if meter["event_name"] == self.event_name:
                    found: dict[str, Any] = meter
                    return found
            if not page["has_more"]:
                return None
            query["starting_after"] = page["data"][-1]["id"]

    def _prices(self) -> list[dict[str, Any]]:
        """Active prices of the product; a product of ours has very few."""
        query = {"product": self._product_id, "active": True, "limit": 100}
        found = body_of(self._api.v1.prices.list({**query, "expand": ["data.tiers"]}))
        prices: list[dict[str, Any]] = found["data"]
        return prices

    def _moving(self, others: tuple[dict[str, Any], ...]) -> list[tuple[str, str]]:
        """Items of living subscriptions that are on a price which is archived."""
        if not self._priced.question.migrates_subscriptions:
            return []
        found = []
        for other in others:
            query: dict[str, Any] = {"price": other["id"], "limit": 100}
            while True:
                page = body_of(self._api.v1.subscriptions.list(query))
                found += [
                    (str(one["id"]), str(item["id"]))
                    for one in page["data"]
                    if one["status"] in LIVING
                    for item in one["items"]["data"]
                    if item["price"]["id"] == other["id"]
                ]
                if not page["has_more"]:
                    break
                query["starting_after"] = page["data"][-1]["id"]
        return found

    def _done(self, answer: Any) -> dict[str, Any]:  # noqa: ANN401 (any object of the library)
        self._request_ids.append(request_id_of(answer))
        return body_of(answer)

    @staticmethod
    def _maybe(ask: Any) -> dict[str, Any] | None:  # noqa: ANN401 (a call of the library)
        """An object, or None when there is none of that id."""
        try:
            return body_of(ask())
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                return None
            raise in_words(error, DOING) from None


def _moved_to(price_id: str) -> dict[str, Any]:
    return {"price": price_id, "proration_behavior": "none"}


def _meter_of(price: dict[str, Any]) -> str | None:
    meter: str | None = (price.get("recurring") or {}).get("meter")
    return meter


def _fields(
    product: dict[str, Any] | None, price: dict[str, Any] | None, meter: dict[str, Any] | None
) -> dict[str, str]:
    """What Stripe has, by the same names as the rule's."""
    fields: dict[str, str] = {}
    if product is not None:
        fields |= {
            "product name": str(product["name"]),
            "product active": _yes(product.get("active")),
        }
    if price is not None:
        fields["price active"] = _yes(price.get("active"))
        fields |= {f"price {name}": value for name, value in form_in(price).fields().items()}
    if meter is not None:
        fields |= {
            "meter name": str(meter["display_name"]),
            "meter status": str(meter["status"]),
            "meter event_name": str(meter["event_name"]),
            "meter formula": str(meter["default_aggregation"]["formula"]),
        }
    return fields


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _text(found: _Found) -> str:
    """What was found, as one text that changes with it."""
    parts = [found.product, found.meter, found.price, *found.others]
    seen = [
        None
        if one is None
        else [one["id"], one.get("active"), one.get("status"), one.get("name"), one.get("updated")]
        for one in parts
    ]
    content = json.dumps([seen, found.moving], default=str)
    return hashlib.sha256(content.encode()).hexdigest()
