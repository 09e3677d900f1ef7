"""What is stored of a call beside its numbers, for the owner to look at afterwards.

Everywhere: the caller's network and program, headers of a closed vocabulary, sizes and shapes of
what was sent and answered. Where the owner asked for contents: the whole event, scrubbed.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from contract.messages.health import SdkKind
from hosted.scrub.events import ScrubbedCall
from hosted.scrub.fields import EventScrubber, Profile
from hosted.scrub.identity import Pseudonyms
from hosted.scrub.known_headers import kept_headers
from hosted.scrub.response_fields import fields_of_schema, fields_of_shape
from hosted.scrub.scrub_rules import ScrubRules
from hosted.scrub.shapes import shape_of
from hosted.scrub.walker import shared_walker
from hosted.sdk.frames import BODIES, NO_PAYLOAD, Contents, contents

log = logging.getLogger(__name__)

LARGEST_SHAPED: Final = 16_384
"""Bytes of a body up to which its shape is kept; of larger ones the size alone."""
LARGEST_DETAIL: Final = 65_536
MOST_NAMES: Final = 50
SHOWN_ELSEWHERE: Final = frozenset(
    ("method", "url", "alias", "clientIP", "timestamp", "usageflowRequestId", "applicationId")
)
EMPTY: Final = (b"null", b'""', b"{}", b"[]", bytes(NO_PAYLOAD))
QUIET_AFTER: Final = 1000

MOST_FUNCTIONS: Final = 200
"""Links of one chain that are kept."""
LONGEST_DURATION_MS: Final = 86_400_000
TOLD_BY_NAME: Final = frozenset(("funcName", "filePath", "durationMs", "usageflowRequestId"))

Detail = dict[str, Any]
Route = tuple[str, str, str]
"""Application, method, url."""


class Details:
    """Makes the details of calls. Event loop's thread."""

    def __init__(self, rules: ScrubRules, pseudonyms: Pseudonyms) -> None:
        self._rules = rules
        self._pseudonyms = pseudonyms
        self._walker = shared_walker()
        self._events = EventScrubber(self._walker, Profile.SCRUB)
        self._shapes_only = EventScrubber(self._walker, Profile.MINIMAL)
        self.failures = 0
        """Payloads that were dropped because they could not be scrubbed, since the start."""

    def of(self, application_id: str, call: ScrubbedCall, now_us: int) -> tuple[Detail, bool]:
        """Detail of a call, and whether its payload had to be dropped.

        An error in a rule must not let anything pass unread, nor end the metering.
        """
        try:
            route = (application_id, call.method or "", call.url or "")
            if self._rules.keep_contents(route, now_us):
                return self._with_contents(application_id, call), False
            return call.detail | self._shapes(contents(call.raw), call.sdk), False
        except Exception as error:  # noqa: BLE001 - whatever went wrong; its text may quote the payload
            self._count(error)
            return call.detail, True

    def functions(
        self, route: Route, links: Sequence[Mapping[str, Any]], now_us: int
    ) -> list[Detail] | None:
        """Functions that ran in a call, in their order: name, file, duration, and what else.

        Arguments and results as shapes; scrubbed where the owner asked for contents of the call.
        None when they could not be scrubbed.
        """
        try:
            events = self._events if self._rules.keep_contents(route, now_us) else self._shapes_only
            source = {"callChain": [dict(link) for link in links[:MOST_FUNCTIONS]]}
            chain = events.event(source, self._pseudonym(route[0]))[0]["callChain"]
            functions = [_function(link) for link in chain if isinstance(link, dict)]
            if len(msgspec.json.encode(functions)) > LARGEST_DETAIL:
                return [{**one, "detail": {"too_large": True}} for one in functions]
        except Exception as error:  # noqa: BLE001 - as in `of`
            self._count(error)
            return None
        return functions

    def response(self, route: Route, raw: bytes, now_us: int) -> Detail | None:
        """What a call is said to have answered; None unless the owner asked for its contents."""
        if not self._rules.keep_contents(route, now_us):
            return None
        try:
            source = msgspec.json.decode(raw)
            pseudonym = self._pseudonym(route[0])
            kept = self._events.contents(source, pseudonym, "", SHOWN_ELSEWHERE)
            return kept if len(msgspec.json.encode(kept)) <= LARGEST_DETAIL else {"too_large": True}
        except Exception as error:  # noqa: BLE001 - as in `of`
            self._count(error)
            return None

    def _pseudonym(self, application_id: str) -> Callable[[str], str]:
        return partial(self._pseudonyms.shown, application_id)

    def _count(self, error: Exception) -> None:
        self.failures += 1
        if self.failures % QUIET_AFTER == 1:
            log.error("%d payloads dropped: %s", self.failures, type(error).__name__)

    def _with_contents(self, application_id: str, call: ScrubbedCall) -> Detail:
        source = msgspec.json.decode(call.raw)
        shapes = self._shapes(contents(call.raw), call.sdk)
        if not isinstance(source, dict):
            return call.detail | shapes

        pseudonym = self._pseudonym(application_id)
        kept = self._events.contents(source, pseudonym, call.alias, SHOWN_ELSEWHERE)
        encoded = msgspec.json.encode(kept)
        is_small = len(encoded) <= LARGEST_DETAIL
        contents_kept = {"event": msgspec.Raw(encoded)} if is_small else {"too_large": True}
        return call.detail | shapes | contents_kept

    def _shapes(self, found: Contents, sdk: SdkKind) -> Detail:
        detail: Detail = {}
        for name in BODIES:
            raw = getattr(found, name)
            if raw is not NO_PAYLOAD and bytes(raw) not in EMPTY:
                self._measure(name, bytes(raw), detail)
        if query := self._names(found.query):
            detail["query"] = query
        if response_headers := kept_headers(found.response_headers):
            detail["response_headers"] = response_headers
        if found.function_name:
            detail["function"] = self._walker.name(str(found.function_name))
        if fields := self._response_fields(found, sdk, detail):
            detail["response_fields"] = fields
        return detail

    def _response_fields(self, found: Contents, sdk: SdkKind, detail: Detail) -> dict[str, str]:
        """What the response had; Go sends its body as `body`, the others a schema of it."""
        if sdk is SdkKind.GO:
            return fields_of_shape(detail.get("shapes", {}).get("body"), self._walker.name)
        raw = bytes(found.response_schema)
        if raw in EMPTY or len(raw) > LARGEST_SHAPED:
            return {}
        return fields_of_schema(msgspec.json.decode(raw), self._walker.name)

    def _measure(self, name: str, raw: bytes, detail: Detail) -> None:
        """Note size and shape of one body."""
        detail.setdefault("sizes", {})[name] = len(raw)
        if len(raw) <= LARGEST_SHAPED:
            shape = shape_of(msgspec.json.decode(raw), self._walker.name)
            detail.setdefault("shapes", {})[name] = shape

    def _names(self, query: Any) -> list[str]:  # noqa: ANN401 - any JSON value
        """Names of query parameters; their values are dropped."""
        if not isinstance(query, dict):
            return []
        return [self._walker.name(name) for name in list(query)[:MOST_NAMES]]


def _function(link: Mapping[str, Any]) -> Detail:
    """A scrubbed link of a chain as the contract tells it."""
    name, path, took = link.get("funcName"), link.get("filePath"), link.get("durationMs", 0)
    is_time = isinstance(took, int | float) and 0 <= took <= LONGEST_DURATION_MS
    return {
        "name": name if isinstance(name, str) else "",
        "path": path if isinstance(path, str) else "",
        "duration_ms": round(took) if is_time else None,
        "detail": {key: value for key, value in link.items() if key not in TOLD_BY_NAME},
    }
