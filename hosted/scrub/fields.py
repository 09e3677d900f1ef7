"""The rule of every field an SDK sends, for both profiles.

*minimal* keeps what metering and support need: route, status, times, token counts, shapes of
bodies, names of headers and query values. *scrub* keeps contents as well, read by every detector.
Source: SDK protocol, section 5; the rules for each field are in docs/operations.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from hosted.scrub.addresses import is_network, truncated
from hosted.scrub.headers import Headers, Target, agent_and_version
from hosted.scrub.identity import alias_parts
from hosted.scrub.json_value import Container, Json, Place
from hosted.scrub.keynames import KeyKind
from hosted.scrub.masks import free_name, is_mark, without_values
from hosted.scrub.routes import METHOD, plain_route
from hosted.scrub.schemas import Schemas
from hosted.scrub.shapes import shape_of
from hosted.scrub.urls import Urls
from hosted.scrub.walker import Walker, Work

Pseudonym = Callable[[str], str]

ID: Final = re.compile(
    r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z|(?:app|svc|ev|x)_[\w-]{1,64}\Z"
)
TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?\Z")
NUMERIC: Final = re.compile(r"-?\d{1,10}(\.\d{1,6})?\Z")
LARGEST_COUNT: Final = 10**12
SHORTEST_KNOWN: Final = 2
SHORTEST_KNOWN_NUMBER: Final = 4
KINDS: Final = frozenset(
    [
        "FUNCTION_CALL",
        "API",
        "FUNCTION",
        "request_for_allocation",
        "use_allocation",
        "log_response",
        "report_call_chain",
        "get_credits",
        "get_application_policies",
        "get_application_config",
        "get_blocked_endpoints",
        "success",
        "error",
    ]
)


class Profile(StrEnum):
    """How much of a call is kept."""

    MINIMAL = "minimal"
    SCRUB = "scrub"


@dataclass(slots=True)
class Pass:
    """One event on its way through the rules."""

    source: Mapping[str, Json]
    pseudonym: Pseudonym
    work: Work
    result: dict[str, Json] = field(default_factory=dict)

    def identity(self, text: str) -> str:
        """Pseudonym of an identity, which often was met before in the same event."""
        return self.work.known.get(text) or self.pseudonym(text)


class EventScrubber:
    """Scrubs the metadata of calls under one profile. For one thread."""

    def __init__(self, walker: Walker, profile: Profile) -> None:
        self._walker = walker
        self._keeps_values = profile is Profile.SCRUB
        self._urls = Urls(walker, keeps_values=self._keeps_values)
        self._headers = Headers(walker, self._urls, keeps_values=self._keeps_values)
        self._schemas = Schemas(walker, keeps_values=self._keeps_values)
        self._rules = self._table()

    def event(
        self, source: Mapping[str, Json], pseudonym: Pseudonym, alias: str | None = None
    ) -> tuple[dict[str, Json], str | None]:
        """The event and its ledger name as they may be kept, of the same shape.

        Raises:
            RecursionError: the event is nested too deeply to be looked at.
        """
        work = self._walker.begin(self._known(source, alias, pseudonym))
        result = self._object(source, pseudonym, work)
        kept_alias = None
        if alias is not None:
            todo = Pass(source, pseudonym, work)
            kept_alias = self._alias_of(alias, source, todo.identity)
        self._walker.finish(work)
        return result, kept_alias

    def contents(
        self,
        source: Mapping[str, Json],
        pseudonym: Pseudonym,
        alias: str,
        left_out: frozenset[str],
    ) -> dict[str, Json]:
        """The event as it may be kept, without some of its fields and without its ledger name.

        Raises:
            RecursionError: the event is nested too deeply to be looked at.
        """
        work = self._walker.begin(self._known(source, alias, pseudonym))
        fields = {name: value for name, value in source.items() if name not in left_out}
        result = self._fields(fields, Pass(source, pseudonym, work))
        self._walker.finish(work)
        return result

    def _object(
        self, source: Mapping[str, Json], pseudonym: Pseudonym, work: Work
    ) -> dict[str, Json]:
        return self._fields(source, Pass(source, pseudonym, work))

    def _fields(self, fields: Mapping[str, Json], todo: Pass) -> dict[str, Json]:
        """Each field by its rule."""
        rules, result = self._rules, todo.result
        for name, value in fields.items():
            rule = rules.get(name)
            if rule is None:
                clean = free_name(self._walker.key(name)[0], result)
                result[clean] = self._content(todo, clean, value)
            else:
                result[name] = rule(todo, name, value)
        return result

    def _known(
        self, source: Mapping[str, Json], alias: str | None, pseudonym: Pseudonym
    ) -> dict[str, str]:
        """Identities this event names, wherever else they stand in it."""
        known: dict[str, str] = {}
        for part in (source, source.get("payload"), source.get("metadata")):
            if isinstance(part, dict):
                if "userId" in part:
                    self._learn(part["userId"], None, pseudonym, known)
                if "alias" in part:
                    self._learn(part["alias"], part, pseudonym, known)
        self._learn(alias, source, pseudonym, known)
        return known

    def _learn(
        self,
        text: Json,
        facts: Mapping[str, Json] | None,
        pseudonym: Pseudonym,
        known: dict[str, str],
    ) -> None:
        if not isinstance(text, str):
            return
        identity = text if facts is None else alias_parts(text, facts)[1]
        if identity not in known and _is_tellable(identity):
            known[identity] = pseudonym(identity)

    def _table(self) -> dict[str, Callable[[Pass, str, Json], Json]]:
        table: dict[str, Callable[[Pass, str, Json], Json]] = {
            "method": self._method,
            "url": self._url,
            "rawUrl": self._raw_url,
            "clientIP": self._client_ip,
            "userAgent": self._user_agent,
            "alias": self._alias,
            "headers": self._header_field,
            "requestHeaders": self._header_field,
            "responseHeaders": self._header_field,
            "queryParams": self._query,
            "pathParams": self._path_params,
            "timestamp": self._timestamp,
            "callChain": self._calls,
            "payload": self._nested,
            "metadata": self._nested,
            "allocationMetadata": self._nested,
            "usage": self._nested,
        }
        table |= dict.fromkeys(("userId", "identity", "customerId"), self._identity)
        table |= dict.fromkeys(IDS, self._id)
        table |= dict.fromkeys(COUNTS, self._count)
        table |= dict.fromkeys(NAMES, self._name)
        table |= dict.fromkeys(SCHEMAS, self._schema)
        return table

    def _method(self, todo: Pass, name: str, value: Json) -> Json:
        if isinstance(value, str) and METHOD.match(value):
            return value
        return self._name(todo, name, value)

    def _url(self, todo: Pass, name: str, value: Json) -> Json:
        if not isinstance(value, str):
            return self._content(todo, name, value)
        return self._urls.route(value, todo.source.get("rawUrl"), todo.identity)

    def _raw_url(self, todo: Pass, name: str, value: Json) -> Json:
        if not isinstance(value, str):
            return self._harmless(todo, name, value)
        known, path = todo.work.known, value
        if any(identity in value for identity in known):
            path = "/".join([known.get(part, part) for part in value.split("/")])
        return self._urls.raw_path(path, todo.source.get("url"))

    def _client_ip(self, todo: Pass, name: str, value: Json) -> Json:
        if isinstance(value, str) and is_network(value):
            return value
        network = truncated(value)
        return network if network is not None else self._harmless(todo, name, value)

    def _user_agent(self, todo: Pass, name: str, value: Json) -> Json:
        if not isinstance(value, str):
            return self._harmless(todo, name, value)
        if not self._keeps_values:
            return agent_and_version(value)
        todo.work.readings.append((value, todo.result, name, True))
        return value

    def _alias(self, todo: Pass, name: str, value: Json) -> Json:
        if not isinstance(value, str):
            return self._identity(todo, name, value)
        facts = todo.source.get("metadata")
        return self._alias_of(
            value, facts if isinstance(facts, dict) else todo.source, todo.identity
        )

    def _alias_of(self, alias: str, facts: Mapping[str, Json], pseudonym: Pseudonym) -> str:
        before, identity, after = alias_parts(alias, facts)
        if before:
            method, _, url = before.partition(" ")
            kept = self._urls.route(url.rstrip(" "), facts.get("rawUrl"), pseudonym)
            before = f"{self._walker.key(method)[0]} {kept}{' ' if url.endswith(' ') else ''}"
        return f"{before}{pseudonym(identity) if identity else ''}{self._walker.text(after)}"

    def _identity(self, todo: Pass, name: str, value: Json) -> Json:
        if isinstance(value, str):
            return todo.identity(value) if value else value
        if isinstance(value, list):
            return [self._identity(todo, name, item) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return todo.identity(str(value))
        return self._harmless(todo, name, value)

    def _header_field(self, todo: Pass, name: str, value: Json) -> Json:
        target = Target(todo.result, name, todo.work, todo.identity)
        return self._headers.scrubbed(value, target)

    def _query(self, todo: Pass, name: str, value: Json) -> Json:
        if isinstance(value, str):
            return self._urls.query(value)
        if not isinstance(value, dict):
            return self._harmless(todo, name, value)
        result: dict[str, Json] = {}
        for parameter, given in value.items():
            clean = free_name(self._walker.key(parameter)[0], result)
            result[clean] = (
                given if self._keeps_values else self._urls.dropped_query(parameter, given)
            )
            result[clean] = self._parameters(todo, parameter, result[clean], result, clean)
        return result

    def _parameters(
        self,
        todo: Pass,
        name: str,
        value: Json,
        container: Container,
        place: Place,
    ) -> Json:
        """Values of one name; Flask sends lists."""
        if isinstance(value, list):
            result: list[Json] = [None] * len(value)
            for index, item in enumerate(value):
                result[index] = self._parameters(todo, name, item, result, index)
            return result
        if isinstance(value, str):
            mask = self._urls.parameter(name, value)
            if mask is not None:
                return todo.work.known.get(value, mask)
        kind = self._walker.key(name)[1]
        return self._walker.value(value, kind, name, container, place, todo.work)

    def _path_params(self, todo: Pass, name: str, value: Json) -> Json:
        if not isinstance(value, dict):
            return self._harmless(todo, name, value)
        result: dict[str, Json] = {}
        for parameter, given in value.items():
            clean = free_name(self._walker.key(parameter)[0], result)
            result[clean] = self._parameters(todo, parameter, given, result, clean)
        return result

    def _timestamp(self, todo: Pass, name: str, value: Json) -> Json:
        if isinstance(value, str) and TIMESTAMP.match(value):
            return value
        return self._count(todo, name, value)

    def _id(self, todo: Pass, name: str, value: Json) -> Json:
        if isinstance(value, str) and ID.match(value):
            return value
        return self._harmless(todo, name, value)

    def _count(self, todo: Pass, name: str, value: Json) -> Json:
        """Counts are billed and never touched; what cannot be a count is read like any value."""
        if isinstance(value, int | float) and abs(value) < LARGEST_COUNT:
            return value
        if isinstance(value, str) and NUMERIC.match(value):
            return value
        return self._harmless(todo, name, value)

    def _name(self, todo: Pass, name: str, value: Json) -> Json:
        """Names of models, functions and files."""
        if isinstance(value, str):
            return value if value in KINDS else self._walker.key(value)[0]
        return self._content(todo, name, value)

    def _schema(self, todo: Pass, _name: str, value: Json) -> Json:
        return self._schemas.scrubbed(value, todo.work)

    def _calls(self, todo: Pass, name: str, value: Json) -> Json:
        if not isinstance(value, list):
            return self._nested(todo, name, value)
        result: list[Json] = [None] * len(value)
        for index, item in enumerate(value):
            if isinstance(item, dict):
                result[index] = self._object(item, todo.pseudonym, todo.work)
            elif self._keeps_values:
                result[index] = self._walker.value(
                    item, KeyKind.PLAIN, "", result, index, todo.work
                )
            else:
                result[index] = shape_of(item, self._walker.name)
        return result

    def _nested(self, todo: Pass, name: str, value: Json) -> Json:
        if isinstance(value, dict):
            return self._object(value, todo.pseudonym, todo.work)
        return self._content(todo, name, value)

    def _content(self, todo: Pass, name: str, value: Json) -> Json:
        """Bodies, arguments, results, and every field nobody has named."""
        if not self._keeps_values:
            return shape_of(value, self._walker.name)
        kind = self._walker.key(name)[1] if name else KeyKind.PLAIN
        return self._walker.value(value, kind, name, todo.result, name, todo.work)

    def _harmless(self, todo: Pass, name: str, value: Json) -> Json:
        """What should have had a form of its own and has not."""
        if self._keeps_values:
            return self._content(todo, name, value)
        return without_values(value, self._walker.name)


IDS: Final = ("usageflowRequestId", "applicationId", "allocationId", "id", "replyTo", "eventId")
COUNTS: Final = [
    "responseStatusCode",
    "requestDuration",
    "durationMs",
    "duration",
    "amount",
    "promptTokens",
    "completionTokens",
    "totalTokens",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "status",
    "responseTime",
    "bodySize",
    "scrubFailed",
]
NAMES: Final = [
    "type",
    "model",
    "aiModel",
    "requestedModel",
    "functionName",
    "functionPath",
    "funcName",
    "filePath",
    "moduleName",
    "workflowId",
    "workflow",
]
SCHEMAS: Final = ("responseSchema", "requestSchema", "paramsSchema", "resultSchema")


def _is_tellable(identity: str) -> bool:
    """Whether an identity can be told from other data; `7` cannot."""
    if is_mark(identity) or len(identity) < SHORTEST_KNOWN:
        return False
    return not identity.isdigit() or len(identity) >= SHORTEST_KNOWN_NUMBER


def remains_of(source: object) -> dict[str, Json]:
    """What is kept of an event that could not be scrubbed: method, route, status, time."""
    facts = source if isinstance(source, dict) else {}
    kept: dict[str, Json] = {"scrubFailed": True}
    for name, form in (("method", METHOD), ("timestamp", TIMESTAMP)):
        if isinstance(facts.get(name), str) and form.match(facts[name]):
            kept[name] = facts[name]
    if route := plain_route(facts.get("url")):
        kept["url"] = route
    status = facts.get("responseStatusCode")
    if isinstance(status, int) and 100 <= status < 600:  # noqa: PLR2004 - HTTP status
        kept["responseStatusCode"] = status
    return kept
