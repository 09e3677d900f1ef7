"""Paddle in memory: keeps what it is told, and judges it by the classes of Paddle's library."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import httpx

from tests.billing.paddle_judge import CREATING, UPDATING, Refused, answers_as, judge

KEY = f"pdl_sdbx_apikey_{'01k' + 'a' * 23}_{'S' * 22}_Abc"
LIVE_KEY = KEY.replace("sdbx", "live")
PREFIXES = {
    "products": "pro", "prices": "pri", "customers": "ctm", "addresses": "add",
    "subscriptions": "sub", "transactions": "txn", "adjustments": "adj", "events": "evt",
}  # fmt: skip
FILTERS = ("status", "product_id", "customer_id")
MOST_A_PAGE = {"transactions": 30, "adjustments": 50}
START = datetime(2026, 10, 1, tzinfo=UTC)


class PaddleStandIn:
    """A handler for `httpx.MockTransport`. `page` bounds pages, `trouble` says what goes wrong.

    An entry of `trouble` is a status, "lost" (done, and the answer never comes), "unreachable", or
    None for a request that goes well; each request takes the first.
    """

    def __init__(self, *, page=200):
        self.page = page
        self.trouble = []
        self.lost_posts = set()
        """Numbers of the requests that make something whose answer never comes, from 0."""
        self.permissions = None
        self.closed = set()
        self.retry_after = "0"
        self.requests = []
        self.kept = {name: {} for name in PREFIXES}
        self._numbers = itertools.count(1)

    def transport(self, _url=""):
        return httpx.MockTransport(self.handle)

    def handle(self, request):
        """Answer one request."""
        self.requests.append((request.method, request.url.path))
        trouble = self.trouble.pop(0) if self.trouble else None
        if trouble == "unreachable":
            raise httpx.ConnectError("refused", request=request)
        if isinstance(trouble, int):
            return self._problem(trouble, "internal_error", "Paddle has a bad day.")
        answer = self._checked(request)
        made = [method for method, _ in self.requests if method == "POST"]
        is_lost = request.method == "POST" and len(made) - 1 in self.lost_posts
        if trouble == "lost" or is_lost:
            raise httpx.ReadTimeout("lost", request=request)
        return answer

    def add(self, resource, **fields):
        """An object that is there; its event is told."""
        object_id = f"{PREFIXES[resource]}_{next(self._numbers):026d}"
        moment = (START + timedelta(seconds=next(self._numbers))).isoformat()
        made = {"id": object_id, "status": "active", "created_at": moment, "updated_at": moment}
        made |= {**_USUAL.get(resource, {}), **fields}
        if resource != "addresses":
            answers_as(resource, made)
        self.kept[resource][object_id] = made
        self._tell(resource, "created", made)
        return made

    def change(self, resource, object_id, **fields):
        """Change an object, as somebody does at Paddle's own pages."""
        kept = self.kept[resource][object_id]
        kept |= fields
        kept["updated_at"] = (START + timedelta(seconds=next(self._numbers))).isoformat()
        self._tell(resource, "updated", answers_as(resource, kept))
        return kept

    def all(self, resource):
        return list(self.kept[resource].values())

    def billed(self, currency):
        """What every transaction together comes to, in minor units."""
        return sum(
            int(one["details"]["totals"]["grand_total"])
            for one in self.all("transactions")
            if one["currency_code"] == currency
        )

    def _checked(self, request):
        if request.headers.get("Paddle-Version") != "1":
            return self._problem(400, "bad_request", "Name the version.")
        if request.headers.get("Authorization") not in {f"Bearer {KEY}", f"Bearer {LIVE_KEY}"}:
            return self._problem(401, "authentication_malformed", "The key is malformed.")
        closed = request.url.path.strip("/") in self.closed
        if closed or (self.permissions is not None and request.method not in self.permissions):
            return self._problem(403, "forbidden", "You aren't permitted to perform this request.")
        try:
            return self._answered(request)
        except Refused as refusal:
            field, _, message = str(refusal).partition(": ")
            return self._problem(400, "bad_request", "Invalid request.", field, message)

    def _answered(self, request):
        parts = request.url.path.strip("/").split("/")
        if request.method == "GET":
            return self._read(parts, request)
        return self._written(request.method, parts, json.loads(request.content))

    def _read(self, parts, request):
        match parts:
            case ["event-types"]:
                return self._ok([])
            case ["customers", customer_id, "addresses"]:
                return self._list("addresses", request, {"customer_id": customer_id})
            case [resource] if resource in self.kept:
                return self._list(resource, request, {})
        return self._nothing()

    def _written(self, method, parts, body):
        match method, parts:
            case "POST", ["subscriptions", object_id, "charge"]:
                return self._charge(object_id, body)
            case "POST", ["transactions"]:
                judge(CREATING["transactions"], body)
                return self._ok(self._transaction(body), 201)
            case "POST", [resource] if resource in CREATING:
                judge(CREATING[resource], body)
                return self._ok(self.add(resource, **body), 201)
            case "PATCH", [resource, object_id] if object_id in self.kept.get(resource, {}):
                judge(UPDATING[resource], body)
                return self._ok(self.change(resource, object_id, **body))
        return self._nothing()

    def _nothing(self):
        return self._problem(404, "not_found", "Unable to find it.")

    def _list(self, resource, request, filters):
        query = dict(request.url.params)
        if int(query.get("per_page", 50)) > MOST_A_PAGE.get(resource, 200):
            raise Refused("per_page: too many")
        rows = [one for one in self.all(resource) if self._wanted(one, query | filters)]
        if query.get("order_by") == "id[DESC]":
            rows.reverse()
        key = "event_id" if resource == "events" else "id"
        ids = [one[key] for one in rows]
        start = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
        most = min(self.page, int(query.get("per_page", 50)))
        page = rows[start : start + most]
        has_more = len(rows) > start + most
        after = page[-1][key] if page else ""
        pagination = {
            "per_page": most,
            "next": f"https://evil.example/{resource}?after={after}",
            "has_more": has_more,
            "estimated_total": len(rows),
        }
        return self._ok(page, pagination=pagination)

    @staticmethod
    def _wanted(one, query):
        since = query.get("created_at[GTE]", "")
        return one.get("created_at", "") >= since.removesuffix("Z") and all(
            one.get(name) in query[name].split(",") for name in FILTERS if name in query
        )

    def _charge(self, object_id, body):
        judge(CREATING["charge"], body)
        subscription = self.kept["subscriptions"][object_id]
        fields = {
            "customer_id": subscription["customer_id"],
            "address_id": subscription["address_id"],
            "currency_code": subscription["currency_code"],
            "collection_mode": "automatic",
            "items": body["items"],
        }
        self._transaction(fields, status="completed", subscription_id=object_id)
        return self._ok(subscription)

    def _transaction(self, body, **fields):
        if not body["items"]:
            raise Refused("items: empty")
        items = [self._item(one, body) for one in body["items"]]
        total = str(
            sum(int(one["price"]["unit_price"]["amount"]) * one["quantity"] for one in items)
        )
        zero = {"subtotal": total, "tax": "0", "discount": "0", "total": total}
        totals = zero | {
            "grand_total": total, "fee": None, "credit": "0", "credit_to_balance": "0",
            "balance": total, "earnings": None, "currency_code": body["currency_code"],
            "grand_total_tax": "0",
        }  # fmt: skip
        details = {"tax_rates_used": [], "totals": totals, "line_items": []}
        kept = {**body, "items": items, "details": details, "payments": [], "origin": "api"}
        return self.add("transactions", **{"status": "billed", **kept, **fields})

    def _item(self, item, body):
        price = dict(item["price"])
        if price["unit_price"]["currency_code"] != body["currency_code"]:
            raise Refused("currency_code: not that of the items")
        product = price.pop("product", None)
        if product is not None:
            price["product_id"] = self.add("products", **product)["id"]
        elif price["product_id"] not in self.kept["products"]:
            raise Refused("product_id: not found")
        return {"price": self.add("prices", type="custom", **price), "quantity": item["quantity"]}

    def _tell(self, resource, what, body):
        if resource in {"addresses", "events"}:
            return
        event_id = f"evt_{next(self._numbers):026d}"
        self.kept["events"][event_id] = {
            "event_id": event_id,
            "event_type": f"{resource.removesuffix('s')}.{what}",
            "occurred_at": body["updated_at"],
            "data": json.loads(json.dumps(body)),
        }

    def _ok(self, data, status=200, **meta):
        return httpx.Response(
            status, json={"data": data, "meta": {"request_id": self._id(), **meta}}
        )

    def _problem(self, status, code, detail, *field):
        error = {"type": "request_error", "code": code, "detail": detail, "documentation_url": ""}
        if field:
            error["errors"] = [dict(zip(("field", "message"), field, strict=True))]
        headers = {"Retry-After": self.retry_after}
        content = {"error": error, "meta": {"request_id": self._id()}}
        return httpx.Response(status, json=content, headers=headers)

    def _id(self):
        return f"req-{next(self._numbers)}"


_USUAL = {
    "products": {"name": "Items", "tax_category": "standard", "custom_data": None},
    "prices": {
        "description": "Items", "name": "Items", "tax_mode": "account_setting",
        "billing_cycle": None, "trial_period": None, "unit_price_overrides": [],
        "unit_price": {"amount": "500", "currency_code": "USD"}, "custom_data": None,
        "quantity": {"minimum": 1, "maximum": 100}, "product_id": "pro_none",
    },
    "customers": {"name": "Ann", "email": "ann@corp.example", "marketing_consent": False,
                  "locale": "en", "custom_data": None},
    "subscriptions": {
        "address_id": "add_1", "business_id": None, "currency_code": "USD", "started_at": None,
        "first_billed_at": None, "next_billed_at": None, "paused_at": None, "canceled_at": None,
        "discount": None, "collection_mode": "automatic", "billing_details": None,
        "current_billing_period": None, "scheduled_change": None, "items": [], "custom_data": None,
        "billing_cycle": {"interval": "month", "frequency": 1}, "management_urls": None,
    },
    "adjustments": {
        "action": "refund", "type": "partial", "reason": "error", "currency_code": "USD",
        "items": [], "tax_rates_used": [], "status": "approved",
        "totals": {"subtotal": "100", "tax": "0", "total": "100", "fee": "0", "earnings": "0",
                   "currency_code": "USD", "retained_fee": "0"},
    },
}  # fmt: skip
