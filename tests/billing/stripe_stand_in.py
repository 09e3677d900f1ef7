"""Stripe in memory, with the rules that matter to an honest reporter of usage.

Every request is judged by the library's own parameter types. Meter events count once per identifier
for 24 hours and no longer, prices cannot change, a key brings the same answer twice, and the
network may fail before or after the work is done.
"""

import json
from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

import httpx

from tests.billing import stripe_params

DAY_S = 86_400
KNOWN_FOR_S = DAY_S
OLDEST_S = 35 * DAY_S
KEY = "rk_test_" + "k" * 24
NOW = 1_795_424_400
LISTED = {
    "products": "product", "prices": "price", "customers": "customer", "invoices": "invoice",
    "subscriptions": "subscription", "charges": "charge", "refunds": "refund",
    "credit_notes": "credit_note", "payouts": "payout", "events": "event",
    "billing/meters": "billing.meter",
}  # fmt: skip
PERMISSIONS = {"products": "product", "prices": "plan", "billing/meter_events": "meter_event"}


class Refused(Exception):
    def __init__(self, status, message, code="", kind="invalid_request_error"):
        super().__init__(message)
        self.answer = (
            status, {"error": {"message": message, "code": code or None, "type": kind}}
        )  # fmt: skip


@dataclass
class Counted:
    """A meter event that was taken."""

    identifier: str
    event_name: str
    customer: str
    at: int
    value: int
    received: int
    is_cancelled: bool = False


@dataclass
class StripeStandIn:
    now: int = NOW
    keys: set = field(default_factory=lambda: {KEY})
    forbidden: set = field(default_factory=set)
    """Beginnings of operations that the key may not do, such as `GET /v1/payouts`."""
    page_size: int = 100
    objects: dict = field(default_factory=dict)
    counted: list = field(default_factory=list)
    storm: deque = field(default_factory=deque)
    """What the next requests get: a status, `lost` (nothing is done), `late` (done, no answer)."""
    operations: list = field(default_factory=list)
    misfits: list = field(default_factory=list)
    _answers: dict = field(default_factory=dict)
    _sessions: dict = field(default_factory=dict)
    _number: int = 0

    @property
    def transport(self):
        return httpx.MockTransport(self.handle)

    def handle(self, request):
        """One request; raises what the network raises."""
        operation = f"{request.method} {request.url.path}"
        self.operations.append(operation)
        trouble = self.storm.popleft() if self.storm else None
        if trouble == "lost":
            raise httpx.ConnectError("no route", request=request)
        if isinstance(trouble, int):
            told = {"error": {"message": "try later", "type": "api_error"}}
            return self._response(trouble, told)
        status, body = self._answer(operation, request)
        if trouble == "late":
            raise httpx.ReadTimeout("lost", request=request)
        return self._response(status, body)

    def reported(self):
        """What was counted, by name, customer and day of the event."""
        sums = {}
        for one in self.counted:
            if not one.is_cancelled:
                key = (one.event_name, one.customer, one.at // DAY_S)
                sums[key] = sums.get(key, 0) + one.value
        return {key: value for key, value in sums.items() if value}

    def total(self):
        return sum(one.value for one in self.counted if not one.is_cancelled)

    def put(self, kind, **fields):
        """An object that came about without this program."""
        return self._store(kind, {**fields})

    def drop(self, kind, object_id):
        body = self.objects[kind].pop(object_id)
        self._tell(f"{kind}.deleted", body)

    def usage(self, meter_id, customer, start, end):
        name = self.objects["billing.meter"][meter_id]["event_name"]
        return sum(
            one.value
            for one in self.counted
            if (one.event_name, one.customer) == (name, customer)
            and start <= one.at < end and not one.is_cancelled
        )  # fmt: skip

    def _response(self, status, body):
        self._number += 1
        headers = {"request-id": f"req_{self._number}", "content-type": "application/json"}
        return httpx.Response(status, content=json.dumps(body), headers=headers)

    def _answer(self, operation, request):
        key = request.headers.get("idempotency-key", "")
        said = request.content if request.method == "POST" else b""
        if said is not None and request.method == "POST" and key in self._answers:
            before, answer = self._answers[key]
            if before != (operation, said):
                message = "Keys for idempotent requests can only be used with the same parameters."
                return Refused(400, message, kind="idempotency_error").answer
            return answer
        try:
            answer = (200, self._done(operation, request))
        except stripe_params.Misfit as error:
            self.misfits.append(f"{operation}: {error}")
            answer = Refused(400, str(error), "parameter_missing").answer
        except Refused as error:
            answer = error.answer
        if request.method == "POST" and key:
            self._answers[key] = ((operation, said), answer)
        return answer

    def _done(self, operation, request):
        self._let_in(operation, request)
        if request.url.path.startswith("/v2/"):
            values = json.loads(request.content or b"{}")
        else:
            text = request.content.decode() if request.method == "POST" else request.url.query
            values = stripe_params.decoded(text if isinstance(text, str) else text.decode())
        try:
            values = stripe_params.checked(operation, values)
        except KeyError:
            raise Refused(404, f"Unrecognized request URL ({operation}).") from None
        path = request.url.path.removeprefix("/v1/")
        if path in {"account", "balance"}:
            return self._single(path)
        if path.startswith("/v2/"):
            return self._streamed(path, values)
        if path.startswith("billing/meter_event"):
            return self._metered(path, values)
        return self._plain(request.method, path, values)

    def _let_in(self, operation, request):
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if operation.endswith("meter_event_stream"):
            if self._sessions.get(key, 0) < self.now:
                raise Refused(401, "The session has expired.", kind="temporary_session_expired")
        elif key not in self.keys:
            raise Refused(401, "Invalid API Key provided: sk_test_****")
        if any(operation.startswith(one) for one in self.forbidden):
            name = next((p for k, p in PERMISSIONS.items() if k in operation), "object")
            right = "write" if operation.startswith("POST") else "read"
            raise Refused(
                403,
                "The provided key 'rk_test_****kkkk' does not have the required permissions for "
                "this endpoint on account 'acct_1'. Having the "
                f"'rak_{name}_{right}' permission would allow this request to continue.",
            )

    def _single(self, path):
        if path == "account":
            return {"id": "acct_1", "object": "account",
                    "settings": {"dashboard": {"display_name": "Items Inc"}}}  # fmt: skip
        amounts = self.objects.get("amounts", {"available": [], "pending": []})
        return {"object": "balance", "livemode": False, **amounts}

    def _plain(self, method, path, values):  # noqa: PLR0911 - one for each kind of request
        if path == "invoices/create_preview":
            if not {"customer", "subscription"} <= values.keys():
                raise Refused(400, "You must pass customer or schedule.", "parameter_missing")
            return self.preview(values["customer"], values["subscription"])
        if path.endswith("/event_summaries"):
            return self._summaries(path.split("/")[2], values)
        collection, _, rest = self._split(path)
        kind = LISTED.get(collection, "")
        if not rest:
            return self._listed(kind, values) if method == "GET" else self._made(kind, values)
        if collection == "subscription_items":
            return self._moved(rest, values)
        found = self.objects.get(kind, {}).get(rest.partition("/")[0])
        if found is None:
            raise Refused(404, f"No such {kind}: '{rest}'", "resource_missing")
        if method == "GET":
            return found
        if method == "DELETE":
            self.drop(kind, rest)
            return {"id": rest, "object": kind, "deleted": True}
        if rest.endswith("/reactivate"):
            values = {"status": "active"}
        return self._changed(kind, found, values)

    @staticmethod
    def _split(path):
        for collection in sorted([*LISTED, "subscription_items"], key=len, reverse=True):
            if path == collection or path.startswith(f"{collection}/"):
                return collection, "/", path.removeprefix(collection).strip("/")
        raise Refused(404, "Unrecognized request URL.")

    def _listed(self, kind, values):
        rows = list(self.objects.get(kind, {}).values())[::-1]
        for name in ("product", "customer", "active"):
            if name in values:
                rows = [row for row in rows if row.get(name) == values[name]]
        if "price" in values:
            wanted = values["price"]
            rows = [r for r in rows if any(i["price"]["id"] == wanted for i in r["items"]["data"])]
        limit = min(values.get("limit", 10), self.page_size)
        ids = [row["id"] for row in rows]
        for name in ("starting_after", "ending_before"):
            if name in values and values[name] not in ids:
                raise Refused(400, f"No such {kind}: '{values[name]}'", "resource_missing")
        if "ending_before" in values:
            before = rows[: ids.index(values["ending_before"])]
            page, rest = before[-limit:], before[:-limit]
        else:
            start = ids.index(values["starting_after"]) + 1 if "starting_after" in values else 0
            page, rest = rows[start : start + limit], rows[start + limit :]
        collection = next(name for name, one in LISTED.items() if one == kind)
        return {"object": "list", "data": page, "has_more": bool(rest), "url": f"/v1/{collection}"}

    def _made(self, kind, values):
        if kind == "billing.meter":
            names = [m["event_name"] for m in self.objects.get(kind, {}).values()]
            if values["event_name"] in names:
                raise Refused(400, "An active meter with this event name already exists.")
            values = {"status": "active", **values}
        if kind == "product":
            if values.get("id") in self.objects.get(kind, {}):
                raise Refused(400, "Product already exists.", "resource_already_exists")
            values = {"active": True, **values}
        if kind == "price":
            values = self._price(values)
        if kind == "subscription":
            values = self._subscription(values)
        return self._store(kind, values)

    def _price(self, values):
        meter = values.get("recurring", {}).get("meter")
        if meter is not None and meter not in self.objects.get("billing.meter", {}):
            raise Refused(400, "No such meter", "resource_missing")
        if (values.get("recurring", {}).get("usage_type") == "metered") != (meter is not None):
            raise Refused(400, "Metered prices need a meter.")
        tiers = [
            {"flat_amount": None, "flat_amount_decimal": None, "unit_amount": None, **tier,
             "up_to": None if tier["up_to"] == "inf" else tier["up_to"]}
            for tier in values.get("tiers", ())
        ]  # fmt: skip
        if tiers and tiers[-1]["up_to"] is not None:
            raise Refused(400, "The last tier has no end.")
        if tiers and "transform_quantity" in values:
            raise Refused(400, "transform_quantity cannot be combined with tiers.")
        return {"active": True, "unit_amount": None, "unit_amount_decimal": None,
                **values, "tiers": tiers or None}  # fmt: skip

    def _subscription(self, values):
        items = [
            {"id": self._id("si"), "price": self.objects["price"][item["price"]]}
            for item in values["items"]
        ]
        start = values.get("billing_cycle_anchor", self.now)
        return {"status": "active", "customer": values["customer"], "items": {"data": items},
                "start": start}  # fmt: skip

    def _moved(self, item_id, values):
        for subscription in self.objects.get("subscription", {}).values():
            for item in subscription["items"]["data"]:
                if item["id"] == item_id:
                    item["price"] = self.objects["price"][values["price"]]
                    self._tell("customer.subscription.updated", subscription)
                    return {"object": "subscription_item", **item}
        raise Refused(404, "No such subscription item", "resource_missing")

    def _changed(self, kind, found, values):
        found.update(values)
        self._tell(f"{kind}.updated", found)
        return found

    def _store(self, kind, values):
        object_id = values.get("id") or self._id(kind.rpartition(".")[2][:4])
        plain = json.loads(json.dumps(values, default=str))
        body = {"created": self.now, "livemode": False, "metadata": {}, **plain,
                "id": object_id, "object": kind}  # fmt: skip
        self.objects.setdefault(kind, {})[object_id] = body
        self._tell(f"{kind}.created", body)
        return body

    def _tell(self, kind, body):
        event = {"id": self._id("evt"), "object": "event", "type": kind, "created": self.now,
                 "data": {"object": json.loads(json.dumps(body))}}  # fmt: skip
        self.objects.setdefault("event", {})[event["id"]] = event

    def _id(self, prefix):
        self._number += 1
        return f"{prefix}_{self._number:06d}"

    def _metered(self, path, values):
        if path == "billing/meter_event_adjustments":
            return self._cancelled(values)
        if path == "billing/meter_events":
            return self._counted(values)
        return self._plain("GET", path, values)

    def _counted(self, values, received=None):
        at = values.get("timestamp", self.now)
        received = self.now if received is None else received
        meter = next(
            (m for m in self.objects.get("billing.meter", {}).values()
             if m["event_name"] == values["event_name"]), None,
        )  # fmt: skip
        if meter is None or meter["status"] != "active":
            raise Refused(400, f"No active meter found for event name {values['event_name']}.")
        payload = values["payload"]
        customer = payload.get("stripe_customer_id", "")
        if customer not in self.objects.get("customer", {}):
            raise Refused(400, f"No such customer: '{customer}'", "resource_missing")
        if not at >= self.now - OLDEST_S or at > self.now + 300:
            raise Refused(400, "The timestamp must be within the past 35 calendar days.",
                          "timestamp_too_far_in_past")  # fmt: skip
        try:
            value = int(payload["value"])
        except ValueError:
            raise Refused(400, "The value has to be a whole number.") from None
        known = [one for one in self.counted if one.identifier == values["identifier"]]
        if any(received - one.received < KNOWN_FOR_S for one in known):
            raise Refused(400, "An event already exists with this identifier.")
        self.counted.append(
            Counted(values["identifier"], values["event_name"], customer, at, value, received)
        )
        return {"object": "billing.meter_event", "created": self.now, "livemode": False, **values}

    def _cancelled(self, values):
        wanted = values["cancel"]["identifier"]
        for one in self.counted:
            if one.identifier == wanted and self.now - one.received < DAY_S:
                one.is_cancelled = True
                return {"object": "billing.meter_event_adjustment", "status": "pending", **values}
        raise Refused(400, "This event cannot be cancelled.", "resource_missing")

    def _streamed(self, path, values):
        if path.endswith("session"):
            token = self._id("session")
            self._sessions[token] = self.now + 900
            return {"object": "v2.billing.meter_event_session", "id": self._id("ses"),
                    "authentication_token": token, "livemode": False,
                    "created": "2026-01-01T00:00:00.000Z",
                    "expires_at": "2026-01-01T00:15:00.000Z"}  # fmt: skip
        if len(values["events"]) > 100:
            raise Refused(400, "Too many events.")
        for event in values["events"]:
            stamp = _seconds(event["timestamp"])
            try:
                self._counted({**event, "timestamp": stamp})
            except Refused:
                continue  # the stream takes all of it, and judges later
        return {}

    def _summaries(self, meter_id, values):
        start, end = values["start_time"], values["end_time"]
        if start % 60 or end % 60:
            raise Refused(400, "Times have to be aligned with minutes.")
        value = self.usage(meter_id, values["customer"], start, end)
        row = {"id": self._id("mtrusg"), "object": "billing.meter_event_summary",
               "aggregated_value": float(value), "start_time": start, "end_time": end,
               "meter": meter_id, "livemode": False}  # fmt: skip
        return {"object": "list", "data": [row] if value else [], "has_more": False, "url": ""}

    def preview(self, customer, subscription_id):
        """What a subscription would be billed for the month that ends now."""
        subscription = self.objects["subscription"][subscription_id]
        start, end = subscription["start"], subscription.get("end", self.now)
        lines = []
        for item in subscription["items"]["data"]:
            price = item["price"]
            meter = (price.get("recurring") or {}).get("meter")
            units = 1 if meter is None else max(self.usage(meter, customer, start, end), 0)
            lines += [
                {"id": self._id("il"), "object": "line_item", "amount": amount,
                 "pricing": {"price_details": {"price": price["id"], "product": price["product"]}}}
                for amount in amounts(price, units)
            ]  # fmt: skip
        total = sum(line["amount"] for line in lines)
        currency = subscription["items"]["data"][0]["price"]["currency"]
        return {"id": self._id("upcoming"), "object": "invoice", "currency": currency,
                "period_start": start, "period_end": end, "subtotal": total, "total": total,
                "lines": {"object": "list", "data": lines, "has_more": False}}  # fmt: skip

    def bill(self, customer, subscription_id):
        """Make the invoice of the running month and begin the next one."""
        body = self.preview(customer, subscription_id)
        invoice = self.put("invoice", customer=customer, status="paid", currency=body["currency"],
                           total=body["total"], number=self._id("INV"))  # fmt: skip
        charge = self.put("charge", customer=customer, status="succeeded",
                          amount=body["total"], currency=body["currency"])  # fmt: skip
        return invoice, charge


def amounts(price, units):
    """Amounts of the lines of a price, each rounded half up, as whole minor units."""
    tiers = price.get("tiers")
    if not tiers:
        each = _amount(price, "unit_amount")
        packed = price.get("transform_quantity")
        if packed:
            units = -(-units // packed["divide_by"])
        return [_half_up(each * units)]
    if price["tiers_mode"] == "volume":
        tier = next(t for t in tiers if t["up_to"] is None or units <= t["up_to"])
        return [_half_up(_unit(tier) * units), *_flat(tier)]
    lines, lower = [], 0
    for tier in tiers:
        upper = units if tier["up_to"] is None else min(units, tier["up_to"])
        lines += [_half_up(_unit(tier) * (upper - lower)), *_flat(tier)]
        if tier["up_to"] is None or units <= tier["up_to"]:
            break
        lower = tier["up_to"]
    return lines


def _unit(tier):
    return _amount(tier, "unit_amount")


def _flat(tier):
    flat = _amount(tier, "flat_amount")
    return [_half_up(flat)] if flat else []


def _amount(body, field):
    told = [body.get(f"{field}_decimal"), body.get(field), 0]
    return Fraction(str(next(value for value in told if value is not None)))


def _half_up(amount):
    return (2 * amount.numerator + amount.denominator) // (2 * amount.denominator)


def _seconds(stamp):
    from datetime import datetime

    return int(datetime.fromisoformat(stamp).timestamp())
