"""What each kind of SDK is told about policies and routes, made from the owner's one model.

Answers are built when the configuration changes and kept as bytes: a slow poll freezes the owner's
API. Source: SDK protocol, sections 3.1 to 3.3, 7 and the traps 3 to 6 and 9.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from contract.messages.health import SdkKind
from contract.messages.policies import PolicyBody
from contract.messages.rollups import ANONYMOUS
from contract.sdk_facts.routes import python_understands
from contract.terms import IdentityLocation, LimitEffect, MeteringTrigger
from hosted.clock import Clock
from hosted.metering.admission import Rulebook
from hosted.metering.directory import Application, Directory, Routes
from hosted.metering.policies import Policy
from hosted.scrub.routes import FUNCTION_METHOD

NOWHERE: Final = "/usageflow/no-such-route"
"""A url no application has. Stands where an empty list would be misread: Python keeps its old
policies, and Go meters everything."""

EVERYTHING: Final = ("*", "*")
NOTHING: Final = ("GET", NOWHERE)
COOKIE_PREFIX: Final = "cookie."
JWT_COOKIE: Final = "[technique=jwt]"


class SdkViews:
    """Poll answers, ready to send. Lives on the event loop's thread."""

    def __init__(self, directory: Directory, rules: Rulebook, clock: Clock) -> None:
        self._directory = directory
        self._rules = rules
        self._clock = clock
        self._version = -1
        self._built: dict[tuple[str, str, SdkKind], bytes] = {}

    def policies(self, application: Application, kind: SdkKind) -> bytes:
        """Payload of `get_application_policies`."""
        return self._cached("policies", application, kind, self._policies)

    def config(self, application: Application, kind: SdkKind) -> bytes:
        """Payload of `get_application_config`; above its cap an application meters nothing."""
        if self._rules.caps.is_reached(application.application_id, self._clock()):
            return self._cached("config above cap", application, kind, _config_above_cap)
        return self._cached("config", application, kind, _config)

    def blocked(self, application: Application, kind: SdkKind) -> bytes:
        """Payload of `get_blocked_endpoints`: blocks, and where anonymous callers used up a limit.

        Python applies no limit to them, a blocked endpoint is the one thing it obeys (trap 6). Go
        asks about each of these calls, and would go on blocking for 30 s after the limit's end.
        """
        now_us, app_id = self._clock(), application.application_id
        routes = (
            (found.method, found.url)
            for found in self._directory.endpoints.all_of(app_id)
            if found.method != FUNCTION_METHOD
        )
        endpoints = self._rules.blocks.entries(app_id, routes, now_us)
        if kind is not SdkKind.GO:
            endpoints += [
                {"method": policy.body.method, "url": policy.body.url}
                for policy in self._directory.policies.endpoint_policies(app_id)
                if self._is_used_up(policy, now_us)
            ]
        return msgspec.json.encode({"endpoints": endpoints, "total": len(endpoints)})

    def _is_used_up(self, policy: Policy, now_us: int) -> bool:
        """Whether callers without identity have used up a limit."""
        plan = self._rules.limiter.plan(policy.policy_id)
        return plan is not None and plan.stopping(ANONYMOUS, now_us) is not None

    def _cached(
        self,
        name: str,
        application: Application,
        kind: SdkKind,
        build: Callable[[Application, SdkKind], dict[str, Any]],
    ) -> bytes:
        if self._version != self._directory.version:
            self._built.clear()
            self._version = self._directory.version
        key = (name, application.application_id, kind)
        if key not in self._built:
            self._built[key] = msgspec.json.encode(build(application, kind))
        return self._built[key]

    def _policies(self, application: Application, kind: SdkKind) -> dict[str, Any]:
        application_id = application.application_id
        book = self._directory.policies
        bodies = [policy.body for policy in book.endpoint_policies(application_id)]
        policies = [_policy(body) for body in bodies if not _harms(body, kind)]
        if kind is SdkKind.GO:
            functions = book.function_policies(application_id)
            policies += [_function_policy(policy.body) for policy in functions]
        inert = PolicyBody(application_id=application_id, method="GET", url=NOWHERE)
        return {
            "policies": policies or [_policy(inert)],
            "total": len(policies),
            "extractResponseSchema": any(_reads_responses(body) for body in bodies),
        }


def _reads_responses(body: PolicyBody) -> bool:
    """Whether a policy meters by what responses say: only then SDKs are to look at their shape."""
    metering = body.metering
    reads_value = metering.trigger is MeteringTrigger.RESPONSE_VALUE
    return metering.response_field is not None or reads_value


def _harms(body: PolicyBody, kind: SdkKind) -> bool:
    """Whether the policy would break the API: Go reads an identity out of a body and empties it."""
    return kind is SdkKind.GO and body.identity_location is IdentityLocation.BODY


def _policy(body: PolicyBody) -> dict[str, Any]:
    """One policy with all seven keys: a missing one stops every update of a Python client."""
    return {
        "url": body.url,
        "method": body.method,
        "identityFieldName": _identity_name(body),
        "identityFieldLocation": body.identity_location,
        "hasRateLimit": any(limit.effect is LimitEffect.REFUSE for limit in body.limits),
        "responseTrackingField": body.metering.response_field,
        "isResponseTrackingEnabled": body.metering.response_field is not None,
        "type": "API",
    }


def _function_policy(body: PolicyBody) -> dict[str, Any]:
    """For Go only: Python would take it for the policy of the endpoint."""
    return _policy(body) | {
        "identityFieldName": body.function_name,
        "identityFieldLocation": body.function_path or "",
        "type": "FUNCTION",
    }


def _identity_name(body: PolicyBody) -> str | None:
    """A cookie's bare name works in Go only; with its prefix it works everywhere."""
    name = body.identity_name
    if name is None or body.identity_location is not IdentityLocation.COOKIE:
        return name
    return name if name.lower().startswith((COOKIE_PREFIX, JWT_COOKIE)) else COOKIE_PREFIX + name


def _config(application: Application, kind: SdkKind) -> dict[str, Any]:
    routes, whitelist = application.routes, application.whitelist
    if not routes or application.archived:
        routes = (NOTHING,)
    elif kind is not SdkKind.GO:
        routes = routes if python_understands(routes) else (EVERYTHING,)
    if kind is not SdkKind.GO:
        whitelist = _first_of_each(whitelist)
    return {
        "whitelistEndpoints": _listed(whitelist),
        "monitoringPaths": _listed(routes),
        "discoveryDisabled": not application.discovery,
        "reportAllFunctionAllocations": application.reports_all_functions,
        "accountReachLimit": False,
    }


def _config_above_cap(application: Application, kind: SdkKind) -> dict[str, Any]:
    """Go obeys the flag, every other SDK an empty list of routes."""
    paused: dict[str, Any] = {"accountReachLimit": True}
    if kind is not SdkKind.GO:
        paused["monitoringPaths"] = _listed((NOTHING,))
    return _config(application, kind) | paused


def _listed(routes: Routes) -> list[dict[str, str]]:
    return [{"method": method, "url": url} for method, url in routes]


def _first_of_each(whitelist: Routes) -> Routes:
    """The part of a whitelist that Python reads rightly; the service discards the rest's events.

    Of each method it looks at the first url; a star among methods hides those listed after it,
    and a star inside a url would let more through than the owner wants.
    """
    first: dict[str, str] = {}
    for method, url in whitelist:
        if url == "*" or "*" not in url:
            first.setdefault(method, url)
    return tuple(sorted(first.items(), key=lambda route: route[0] == "*"))
