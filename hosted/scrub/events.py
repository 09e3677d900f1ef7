"""The minimal profile: what remains of an SDK's message, before anything is stored or logged.

Kept are method, route pattern, status, duration, a few headers in a closed vocabulary, the
caller's network and program family. Bodies, query values, cookies, raw paths, user ids, response
data and function arguments are not even decoded.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from contract.messages.health import SdkKind
from hosted.scrub.addresses import truncated
from hosted.scrub.identity import FUNCTION_TYPE, identity_in
from hosted.scrub.known_headers import agent_family, kept_headers
from hosted.scrub.measures import Measures, measures
from hosted.scrub.routes import FUNCTION_METHOD, clean_method, clean_url, function_url
from hosted.sdk.frames import NO_PAYLOAD, AllocationMessage, Metadata, metadata

UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)\Z")
MAX_ALLOCATION_ID: Final = 200
MAX_STATUS: Final = 599
BOOKING_METHODS: Final = frozenset({"CREDIT", "WITHDRAW"})
"""Methods of clients that book units by themselves; their amounts may be negative."""
MAX_DURATION_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class FunctionSite:
    """A function that is metered by itself, and the route of the call it ran in."""

    method: str | None
    url: str | None
    path: str
    name: str


class ScrubbedCall(msgspec.Struct, frozen=True):
    """A message about one call. `identity` is raw: it is replaced in memory and goes no further."""

    method: str | None
    url: str | None
    identity: str
    allocation_id: str | None
    amount: bytes
    hold_ms: int | None
    status: int | None
    duration_ms: int | None
    is_raw_path: bool
    """The url may be a probed path and no route: nothing but the path was reported."""
    names_endpoint: bool
    """False for settlements that carry an allocation id and nothing else."""
    detail: dict[str, Any]
    """What may be kept of every message: network, program, a few headers, time, request id."""
    alias: str = ""
    raw: bytes = b"null"
    """Alias and metadata as they came: in memory only, for `hosted.scrub.details`."""
    function: FunctionSite | None = None
    sdk: SdkKind = SdkKind.UNKNOWN

    @property
    def is_credit(self) -> bool:
        """Whether this books units back or forth, and is no call."""
        return self.method in BOOKING_METHODS

    @property
    def measures(self) -> Measures:
        """What an expression may count by; read only where one asks, which few policies do."""
        return measures(metadata(self.raw), self.detail.get("headers", {}))

    def __repr__(self) -> str:
        return f"ScrubbedCall({self.method} {self.url})"


def scrubbed(message: AllocationMessage, sdk: SdkKind = SdkKind.UNKNOWN) -> ScrubbedCall:
    """Reduce an allocation message to what may be kept."""
    facts = metadata(message.metadata)
    alias = message.alias if isinstance(message.alias, str) else ""
    is_function = facts.type == FUNCTION_TYPE
    method, url = _endpoint(facts, is_function=is_function)
    return ScrubbedCall(
        method,
        url,
        identity_in(alias, str(facts.method), str(facts.url), is_function=is_function),
        _short_text(message.allocation_id, MAX_ALLOCATION_ID),
        bytes(message.amount),
        _whole(message.duration, 1, 2**53),
        _whole(facts.status, 100, MAX_STATUS),
        _whole(facts.duration, 0, MAX_DURATION_MS),
        is_raw_path=facts.url == facts.raw_url and facts.user_id == NO_PAYLOAD,
        names_endpoint=bool(alias) or facts.method is not None,
        detail=_detail(facts),
        alias=alias,
        raw=bytes(message.metadata),
        function=_function(facts) if is_function else None,
        sdk=sdk,
    )


def is_uuid(text: str) -> bool:
    """Whether the text is a UUID in its usual form."""
    return UUID.match(text) is not None


def _endpoint(facts: Metadata, *, is_function: bool) -> tuple[str | None, str | None]:
    if is_function and isinstance(facts.function_name, str):
        return FUNCTION_METHOD, function_url(_path(facts), facts.function_name)
    return clean_method(facts.method), clean_url(facts.url, facts.raw_url)


def _function(facts: Metadata) -> FunctionSite | None:
    if not isinstance(facts.function_name, str):
        return None
    method, url = clean_method(facts.method), clean_url(facts.url, facts.raw_url)
    return FunctionSite(method, url, _path(facts), facts.function_name)


def _path(facts: Metadata) -> str:
    return facts.function_path if isinstance(facts.function_path, str) else ""


def _detail(facts: Metadata) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if network := truncated(facts.client_ip):
        found["network"] = network
    if agent := agent_family(facts.user_agent):
        found["agent"] = agent
    if headers := kept_headers(facts.headers):
        found["headers"] = headers
    if timestamp := _matching(facts.timestamp, TIMESTAMP):
        found["timestamp"] = timestamp
    if request_id := _matching(facts.request_id, UUID):
        found["request_id"] = request_id
    return found


def _matching(value: object, pattern: re.Pattern[str]) -> str | None:
    return value if isinstance(value, str) and pattern.match(value) else None


def _short_text(value: object, longest: int) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= longest else None


def _whole(value: object, least: int, most: int) -> int | None:
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if least <= value <= most else None
