"""The calls of the end-to-end run, and what has to be found of them afterwards.

Twenty routes, ten in a FastAPI and ten in a Flask application. Who calls is told in every place
an SDK knows: header, query, token, body; some callers tell nobody.
"""

import base64
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

CALLS: Final = 2_000
CALLERS: Final = ("ann@example.test", "bob", "cust-0042", "dora d.", "7001", "7002", "eve", "zoe")
ANONYMOUS_SHARE: Final = 0.1
LIMIT: Final = 5
"""Calls a day of each caller on the two limited routes."""


@dataclass(frozen=True)
class Route:
    """A route of one application, in the framework's own spelling."""

    app: str
    method: str
    url: str
    identity: str = ""
    """`location:name` as `usageflow policy set` takes it; empty for none."""
    response_field: str = ""
    limit: int | None = None

    @property
    def endpoint(self) -> tuple[str, str]:
        return self.method, self.url

    @property
    def path(self) -> str:
        """A concrete path of this route."""
        return self.url.replace("{item}", "17").replace("<int:item>", "17")


def _routes_of(app: str, item: str) -> tuple[Route, ...]:
    return (
        Route(app, "GET", f"/{app}/plans", "header:X-User"),
        Route(app, "GET", f"/{app}/plans/{item}", "header:X-User"),
        Route(app, "DELETE", f"/{app}/plans/{item}", "header:X-User", "usage.total_tokens"),
        Route(app, "GET", f"/{app}/search", "query:user"),
        Route(app, "GET", f"/{app}/search/images", "query:user", "results[*].cost"),
        Route(app, "POST", f"/{app}/orders", "body:user"),
        Route(app, "POST", f"/{app}/answers", "body:user", "usage.total_tokens"),
        Route(app, "GET", f"/{app}/me", "bearer:sub"),
        Route(app, "PUT", f"/{app}/me", "bearer:sub", "cost"),
        Route(app, "GET", f"/{app}/public"),
    )


ROUTES: Final = _routes_of("fastapi", "{item}") + _routes_of("flask", "<int:item>")
LIMITED: Final = tuple(
    Route(app, "GET", f"/{app}/limited", "header:X-User", limit=LIMIT)
    for app in ("fastapi", "flask")
)


@dataclass(frozen=True)
class Call:
    """One call: which route, by whom (None: nobody says), and what its answer costs."""

    route: Route
    caller: str | None
    cost: int

    @property
    def units(self) -> int:
        return self.cost if self.route.response_field else 1

    @property
    def identity(self) -> str | None:
        """Whom the service can know: the caller, where the route has a place to say it."""
        return self.caller if self.route.identity else None

    def request(self) -> dict[str, Any]:
        """Arguments of `httpx.Client.request`, but for the host."""
        headers = {"X-Cost": str(self.cost)}
        arguments: dict[str, Any] = {"headers": headers}
        location, _, name = self.route.identity.partition(":")
        body: dict[str, object] = {"note": "planted-body-secret"}
        if self.caller is not None:
            match location:
                case "header":
                    headers[name] = self.caller
                case "query":
                    arguments["params"] = {name: self.caller}
                case "bearer":
                    headers["Authorization"] = f"Bearer {token(name, self.caller)}"
                case "body":
                    body[name] = self.caller
        if self.route.method in {"POST", "PUT"}:
            arguments["json"] = body
        return arguments | {"method": self.route.method, "url": self.route.path}


def token(claim: str, value: str) -> str:
    """A JWT with one claim; SDKs look at claims without checking the signature."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {claim: value})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts]
    return b".".join([*encoded, base64.urlsafe_b64encode(b"signature").rstrip(b"=")]).decode()


def planned_calls(seed: int) -> list[Call]:
    """The same 2,000 calls for the same seed; each route gets its share."""
    chance = random.Random(seed)
    calls = [
        Call(
            ROUTES[number % len(ROUTES)],
            None if chance.random() < ANONYMOUS_SHARE else chance.choice(CALLERS),
            chance.randint(1, 900),
        )
        for number in range(CALLS)
    ]
    chance.shuffle(calls)
    return calls


@dataclass
class Expected:
    """What a correct count of some calls comes to."""

    requests: int = 0
    units: int = 0
    requests_by_endpoint: Counter[tuple[str, str]] = field(default_factory=Counter)
    units_by_endpoint: Counter[tuple[str, str]] = field(default_factory=Counter)
    requests_by_caller: Counter[str | None] = field(default_factory=Counter)
    units_by_caller: Counter[str | None] = field(default_factory=Counter)

    @classmethod
    def of(cls, calls: list[Call]) -> "Expected":
        expected = cls()
        for call in calls:
            expected.requests += 1
            expected.units += call.units
            expected.requests_by_endpoint[call.route.endpoint] += 1
            expected.units_by_endpoint[call.route.endpoint] += call.units
            expected.requests_by_caller[call.identity] += 1
            expected.units_by_caller[call.identity] += call.units
        return expected
