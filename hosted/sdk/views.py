"""What each kind of SDK is told about policies and routes, made from the owner's one model.

Answers are built when the configuration changes and kept as bytes: a slow poll freezes the owner's
API. Source: SDK protocol, sections 3.1 to 3.3, 7 and the traps 3 to 6.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from contract.messages.health import SdkKind
from contract.messages.policies import IdentityLocation, PolicyBody
from hosted.clock import Clock
from hosted.metering.directory import Application, Directory
from hosted.metering.limits import Limiter

NOWHERE: Final = "/usageflow/no-such-route"
"""A url no application has. Stands where an empty list would be misread: Python keeps its old
policies, and Go meters everything."""

EVERYTHING: Final = {"method": "*", "url": "*"}
PATTERN_MARKS: Final = frozenset("{}<>:*")
COOKIE_PREFIX: Final = "cookie."
JWT_COOKIE: Final = "[technique=jwt]"


class SdkViews:
    """Poll answers, ready to send. Lives on the event loop's thread."""

    def __init__(self, directory: Directory, limiter: Limiter, clock: Clock) -> None:
        self._directory = directory
        self._limiter = limiter
        self._clock = clock
        self._version = -1
        self._built: dict[tuple[str, str, SdkKind], bytes] = {}

    def policies(self, application: Application, kind: SdkKind) -> bytes:
        """Payload of `get_application_policies`."""
        return self._cached("policies", application, kind, self._policies)

    def config(self, application: Application, kind: SdkKind) -> bytes:
        """Payload of `get_application_config`."""
        return self._cached("config", application, kind, _config)

    def blocked(self, application: Application) -> bytes:
        """Payload of `get_blocked_endpoints`: where callers without identity used up a limit.

        Python applies no limit to them, a blocked endpoint is the one thing it obeys (trap 6).
        """
        now_us = self._clock()
        endpoints = [
            {"method": policy.body.method, "url": policy.body.url}
            for policy in self._directory.policies(application.application_id)
            if self._limiter.anonymous_exhausted_until(application, policy, now_us)
        ]
        return msgspec.json.encode({"endpoints": endpoints, "total": len(endpoints)})

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

    def _policies(self, application: Application, _kind: SdkKind) -> dict[str, Any]:
        policies = [
            _policy(policy.body) for policy in self._directory.policies(application.application_id)
        ]
        inert = PolicyBody(application_id=application.application_id, method="GET", url=NOWHERE)
        return {
            "policies": policies or [_policy(inert)],
            "total": len(policies),
            "extractResponseSchema": False,
        }


def _policy(body: PolicyBody) -> dict[str, Any]:
    """One policy with all seven keys: a missing one stops every update of a Python client."""
    return {
        "url": body.url,
        "method": body.method,
        "identityFieldName": _identity_name(body),
        "identityFieldLocation": body.identity_location,
        "hasRateLimit": bool(body.limits),
        "responseTrackingField": body.metering.response_field,
        "isResponseTrackingEnabled": body.metering.response_field is not None,
        "type": "API",
    }


def _identity_name(body: PolicyBody) -> str | None:
    """A cookie's bare name works in Go only; with its prefix it works everywhere."""
    name = body.identity_name
    if name is None or body.identity_location is not IdentityLocation.COOKIE:
        return name
    return name if name.lower().startswith((COOKIE_PREFIX, JWT_COOKIE)) else COOKIE_PREFIX + name


def _config(application: Application, kind: SdkKind) -> dict[str, Any]:
    routes = [{"method": method, "url": url} for method, url in application.routes]
    if not routes or application.archived:
        routes = [{"method": "GET", "url": NOWHERE}]
    elif kind is not SdkKind.GO and not _python_understands(application.routes):
        routes = [EVERYTHING]
    return {
        "whitelistEndpoints": [],
        "monitoringPaths": routes,
        "discoveryDisabled": True,
        "reportAllFunctionAllocations": False,
        "accountReachLimit": False,
    }


def _python_understands(routes: tuple[tuple[str, str], ...]) -> bool:
    """Whether every SDK but Go's would read this list the way the owner means it.

    It looks at the first url of a method only, takes a star for a prefix, and Flask compares the
    concrete path. Where it would err it is told to report everything, and the service discards
    what is not wanted (trap 5).
    """
    methods = [method for method, _ in routes]
    if len(set(methods)) != len(methods) or ("*" in methods and len(methods) > 1):
        return False
    return all(url == "*" or not PATTERN_MARKS & set(url) for _, url in routes)
