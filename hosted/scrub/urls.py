"""Scrubs paths and queries: a raw path is rebuilt from its route, segment by segment."""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from contract.card_numbers import UUID
from hosted.scrub.json_value import Json
from hosted.scrub.key_words import ADDRESS_SECRETS
from hosted.scrub.keynames import KeyKind, words_of
from hosted.scrub.masks import DROPPED, SECRET, is_mark, without_values
from hosted.scrub.pairs import LOOKS_RANDOM, masked
from hosted.scrub.text import ROUNDS
from hosted.scrub.walker import Walker

PLAIN_ID: Final = re.compile(r"\d{1,12}\Z|[0-7][0-9A-HJKMNP-TV-Z]{25}\Z", re.ASCII)
"""A number or a ULID."""
PARAMETER: Final = re.compile(
    r"\{(?P<brace>[\w.]{1,64})(?::[^{}]{0,64})?\}|<(?:[^<>:]{1,64}:)?(?P<angle>\w{1,64})>"
    r"|[:*](?P<colon>[A-Za-z_]\w{0,63})\Z"
)
PLACEHOLDER: Final = re.compile(r"\{[\w.]{1,64}\}\Z")
SHORT_SECRET: Final = re.compile(r"(?=[^\s]*\d)[\w.~-]{4,}\Z")
MODEL_ROUTE: Final = re.compile(r"(vibe:(?:withdraw|credit)):(.+)\Z", re.DOTALL)
PAIR_BORDER: Final = re.compile(r"([&;])")
PAIR_IN_QUERY: Final = re.compile(r"([^&;=]+)(=)([^&;]*)")
MOST_NAMES: Final = 4096
KEPT_QUERY: Final = frozenset(
    "page limit sort cursor from to fields per_page perpage page_size pagesize offset order".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A segment of a route that stands for a value."""

    name: str


class Urls:
    """Scrubs the addresses of one event's call."""

    def __init__(self, walker: Walker, *, keeps_values: bool) -> None:
        self._walker = walker
        self._keeps_values = keeps_values
        self._kinds: dict[str, KeyKind] = {}
        self._routes: dict[str, tuple[str | Parameter, ...]] = {}

    def route(self, url: str, raw: Json, pseudonym: Callable[[str], str]) -> str:
        """A route pattern; where no route matched, the raw path stands in its place."""
        if model := MODEL_ROUTE.match(url):
            return f"{model[1]}:{pseudonym(model[2])}"
        if url == raw or "?" in url:
            return self._free_path(url)
        return self._walker.key(url)[0]

    def raw_path(self, raw: str, route: Json) -> str:
        """A concrete path: what its route names stays, data in it only when it is an id."""
        return _at_rest(raw, lambda path: self._raw_path(path, route))

    def _raw_path(self, raw: str, route: Json) -> str:
        path, mark, query = raw.partition("?")
        is_route = isinstance(route, str) and route not in {"", path}
        rebuilt = self._rebuilt(path, route) if is_route else None
        if rebuilt is None and not self._keeps_values and route not in (path, raw):
            return raw if is_mark(raw) else DROPPED
        clean = self._free_path(path) if rebuilt is None else rebuilt
        return f"{clean}?{self.query(query)}" if mark else clean

    def query(self, query: str) -> str:
        """A query as text: names stay, values by their names; what is no pair is a value."""
        return _at_rest(query, self._query)

    def _query(self, query: str) -> str:
        parts = [self._query_part(part) for part in PAIR_BORDER.split(query)]
        return self._walker.text("".join(parts))

    def parameter(self, name: str, value: str) -> str | None:
        """What takes the place of a value in a query or a path; None when it only is to be read."""
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kind(name)
        return None if kind is KeyKind.PLAIN else masked(kind, value)

    def _kind(self, name: str) -> KeyKind:
        """What a name says in an address, where some say more than elsewhere."""
        clean, kind = self._walker.key(name)
        words = words_of(name)
        if kind is KeyKind.PLAIN and words and words[-1] in ADDRESS_SECRETS:
            kind = KeyKind.OPAQUE
        if clean == name and len(self._kinds) < MOST_NAMES:
            self._kinds[name] = kind
        return kind

    def link(self, link: str) -> str:
        """An address in a header: the query by its names, the rest as text."""
        return _at_rest(link, self._link)

    def _link(self, link: str) -> str:
        start, mark, query = link.partition("?")
        parts = self._secret_segments(start.split("/"))
        start = "/".join(parts)
        return f"{start}?{PAIR_IN_QUERY.sub(self._masked_pair, query)}" if mark else start

    def dropped_query(self, name: str, value: Json) -> Json:
        """A query value under the minimal profile, before it is read."""
        return value if name.lower() in KEPT_QUERY else without_values(value, self._walker.name)

    def _masked_pair(self, pair: re.Match[str]) -> str:
        mask = self.parameter(unquote(pair[1]), unquote(pair[3]))
        return pair[0] if mask is None else f"{pair[1]}={mask}"

    def _query_part(self, part: str) -> str:
        if part in {"&", ";", ""}:
            return part
        name, equals, value = part.partition("=")
        if not equals:
            return (
                self._walker.text(part)
                if self._keeps_values
                else str(without_values(part, self._walker.name))
            )
        clean = self._walker.key(name)[0]
        if not self._keeps_values and name.lower() not in KEPT_QUERY:
            return f"{clean}={without_values(value, self._walker.name)}"
        mask = self.parameter(unquote(name), unquote(value))
        return f"{clean}={value if mask is None else mask}"

    def _free_path(self, path: str) -> str:
        path, mark, query = path.partition("?")
        parts = self._secret_segments(self._walker.text(path).split("/"))
        clean = "/".join(self._walker.texts(parts))
        return f"{clean}?{self.query(query)}" if mark else clean

    def _secret_segments(self, parts: list[str]) -> list[str]:
        """Segments behind a telling one, as in `/reset/8f3a...`, are masked."""
        kept = parts[:1]
        for before, part in itertools.pairwise(parts):
            kept.append(SECRET if self._is_secret(before, part) else part)
        return kept

    def _is_secret(self, before: str, part: str) -> bool:
        if not before or not SHORT_SECRET.match(part) or PLACEHOLDER.match(part):
            return False
        kind = self._walker.key(before)[1]
        if kind in {KeyKind.SECRET, KeyKind.SECRETS}:
            return True
        words = words_of(before)
        return bool(words) and words[-1] in ADDRESS_SECRETS and bool(LOOKS_RANDOM.match(part))

    def _rebuilt(self, path: str, route: str) -> str | None:
        """The path by its route; None when it is not this route's."""
        patterns = self._routes.get(route) or self._parsed(route)
        parts = path.split("/")
        if len(parts) > len(patterns) and isinstance(patterns[-1], Parameter):
            parts = [*parts[: len(patterns) - 1], "/".join(parts[len(patterns) - 1 :])]
        if len(parts) != len(patterns):
            return None
        for index, pattern in enumerate(patterns):
            part = parts[index]
            if isinstance(pattern, Parameter):
                if not self.keeps_in_path(pattern.name, part):
                    parts[index] = f"{{{pattern.name}}}"
            elif part != pattern and unquote(part) != pattern:
                return None
        return "/".join(parts)

    def _parsed(self, route: str) -> tuple[str | Parameter, ...]:
        """Segments of a route; remembered when the route is harmless."""
        segments: list[str | Parameter] = []
        for segment in route.split("/"):
            found = PARAMETER.search(segment)
            name = found and (found["brace"] or found["angle"] or found["colon"])
            segments.append(Parameter(name) if name else segment)
        parsed = tuple(segments)
        if self._walker.key(route)[0] == route and len(self._routes) < MOST_NAMES:
            self._routes[route] = parsed
        return parsed

    def keeps_in_path(self, name: str, value: str) -> bool:
        """Whether a path parameter is an id that may stay: UUID, ULID, number, or harmless text."""
        if PLACEHOLDER.match(value) or is_mark(value):
            return True
        if self.parameter(name, unquote(value) if "%" in value else value) is not None:
            return False
        if PLAIN_ID.match(value) or UUID.fullmatch(value):
            return True
        return self._walker.text(value) == value


def _at_rest(text: str, scrub: Callable[[str], str]) -> str:
    """The text scrubbed until nothing changes any more; what never comes to rest is dropped."""
    for _ in range(ROUNDS):
        cleaned = scrub(text)
        if cleaned == text:
            return text
        text = cleaned
    return DROPPED
