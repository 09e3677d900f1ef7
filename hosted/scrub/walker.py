"""Scrubs decoded JSON: names decide first, then every text is looked at once, all together.

The shape stays: as many entries, in the same order; a text stays a text, a number a number. Names
are remembered once they were found harmless, values never.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from contract.card_numbers import is_card
from hosted.scrub.gate import Gate, best_gate
from hosted.scrub.gate_patterns import Family
from hosted.scrub.json_value import Container, Json, Place
from hosted.scrub.keynames import LINES, KeyKind, kind_of, names_a_person
from hosted.scrub.masks import NUMBER, free_name
from hosted.scrub.pairs import masked
from hosted.scrub.text import scrubbed_json, scrubbed_text

ADDRESSES_ONLY: Final = int(Family.ADDRESSES)
"""Without a colon there is nothing but numbers with dots, which are versions where one is told."""
JSON_BRACKETS: Final = ("{", "[")
SHORTEST: Final = 5
"""No detector knows anything shorter."""
NAMES_KEPT: Final = 8192
LARGE: Final = 10**12
LEAST_SECRET_NUMBER: Final = 1000
LEAST_PHONE_NUMBER: Final = 10**6
LARGEST_CARD: Final = 10**19
PERSON_NAMES: Final = LINES | {"name", "first", "last", "middle", "given", "family"}
NAME_FIELDS: Final = ("name", "key", "header", "field", "param", "id", "label", "Name", "Key", "k")
VALUE_FIELDS: Final = frozenset(("value", "val", "content", "data", "Value", "v", "text"))
PRIVATE_JWK: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "oth"})
DEPENDENT: Final = PERSON_NAMES | PRIVATE_JWK | VALUE_FIELDS | {"token"}
"""Names that say something else in some company."""
PAIR: Final = 2
LONGEST_PAIR_NAME: Final = 64
FIELD_NAME: Final = re.compile(r"[A-Za-z][\w.\-\[\]]{1,63}\Z")
FLAG: Final = re.compile(r"--[a-z][\w-]{1,60}\Z")
FIELD_LIKE: Final = re.compile(r"[a-z][a-zA-Z_\-]{0,14}\Z")
HEADER_NAMES: Final = frozenset(
    "host accept authorization cookie user-agent content-type content-length connection".split()  # noqa: SIM905
)


Reading = tuple[str, Container, Place, bool]
"""A text, where it belongs, and whether four numbers with dots in it are a version."""


@dataclass(slots=True)
class Work:
    """Texts of one value that still have to be looked at."""

    known: Mapping[str, str]
    readings: list[Reading] = field(default_factory=list)


class Walker:
    """Scrubs JSON values. For one thread."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._names: dict[str, KeyKind] = {}

    def scrubbed(self, value: Json) -> Json:
        """A JSON value with everything replaced that may not be kept."""
        return self.at_depth(value, 0)

    def text(self, text: str, *, versions: bool = False) -> str:
        """One text, scrubbed."""
        if len(text) < SHORTEST:
            return text
        return scrubbed_text(text, self, versions=versions)

    def families(self, text: str) -> int:
        """Detectors a text calls for; see `hosted.scrub.text.Reader`."""
        return self._gate.suspects((text,)).get(0, 0)

    def texts(self, texts: list[str]) -> list[str]:
        """Several texts, scrubbed each on its own."""
        self.finish(Work({}, [(text, texts, index, False) for index, text in enumerate(texts)]))
        return texts

    def name(self, name: str) -> str:
        """A name that may stay."""
        return self.key(name)[0]

    def key(self, name: str) -> tuple[str, KeyKind]:
        """A name that may stay, and what it says of its value."""
        kind = self._names.get(name)
        if kind is not None:
            return name, kind
        clean = self.text(name)
        if clean != name:
            return clean, KeyKind.PLAIN
        kind = kind_of(name)
        if len(self._names) >= NAMES_KEPT:
            self._names.clear()
        self._names[name] = kind
        return name, kind

    def begin(self, known: Mapping[str, str] | None = None) -> Work:
        """Start on an event whose parts are looked at together.

        Args:
            known: texts that are identities, and their pseudonyms.
        """
        return Work(known or {})

    def finish(self, work: Work, depth: int = 0) -> None:
        """Look at everything that was gathered, and put what is left of it in its place."""
        suspects = [
            each
            for each in work.readings
            if each[0][:1] not in JSON_BRACKETS or not self._is_json(each, depth)
        ]
        if not suspects:
            return
        for index, families in self._gate.suspects([each[0] for each in suspects]).items():
            text, container, place, versions = suspects[index]
            if versions and families == ADDRESSES_ONLY and ":" not in text:
                continue
            container[place] = scrubbed_text(
                text, self, depth, families=families, versions=versions
            )

    def _is_json(self, reading: Reading, depth: int) -> bool:
        """Whether a text is JSON, and now scrubbed: the gate would see each field name in it."""
        text, container, place, _ = reading
        cleaned = scrubbed_json(text, self, depth)
        if cleaned is None:
            return False
        container[place] = cleaned
        return True

    def at_depth(self, value: Json, depth: int) -> Json:
        """A JSON value that stood below so many encodings, scrubbed."""
        work = Work({})
        holder = [None]
        holder[0] = self.value(value, KeyKind.PLAIN, "", holder, 0, work)
        self.finish(work, depth)
        return holder[0]

    def value(  # noqa: PLR0911, PLR0913, PLR0917 - the inner loop: an object more is a tenth of the speed
        self,
        value: Json,
        kind: KeyKind,
        name: str,
        container: Container,
        place: Place,
        work: Work,
    ) -> Json:
        """A value that goes to a place of a container, with its texts gathered for `finish`.

        `kind` is what is known of the value from the `name` it stands under.
        """
        if isinstance(value, str):
            if value in work.known:
                return work.known[value]
            if kind is not KeyKind.PLAIN and (mask := masked(kind, value)) is not None:
                return mask
            if len(value) >= SHORTEST:
                work.readings.append((value, container, place, kind is KeyKind.VERSION))
            return value
        if isinstance(value, bool) or value is None:
            return value
        if isinstance(value, dict):
            return self._object(value, kind, name, work) if value else {}
        if isinstance(value, list):
            return self._list(value, kind, name, work)
        is_harmless = kind is KeyKind.PLAIN and -LARGE < value < LARGE
        return value if is_harmless else _number(value, kind)

    def _object(self, source: Mapping[str, Json], kind: KeyKind, name: str, work: Work) -> Json:
        below = kind if kind is KeyKind.SECRET or kind is KeyKind.SECRETS else None
        paired = _paired_kind(source) if len(source) > 1 else None
        result: dict[str, Json] = {}
        names, known = self._names, work.known
        for key, value in source.items():
            own = names.get(key)
            clean = key
            if own is None:
                clean, own = self.key(key)
            if clean in result:
                clean = free_name(clean, result)
            if below is not None:
                own = below
            elif key in DEPENDENT:
                own = _kind_beside(source, key, own, name, paired)
            result[clean] = value
            if own is KeyKind.PLAIN and isinstance(value, str) and value not in known:
                if len(value) >= SHORTEST:
                    work.readings.append((value, result, clean, False))
            elif value is not None and value is not True and value is not False:
                result[clean] = self.value(value, own, key, result, clean, work)
        return result

    def _list(self, source: list[Json], kind: KeyKind, name: str, work: Work) -> list[Json]:
        kinds = _kinds_of_list(source) if kind is KeyKind.PLAIN and len(source) > 1 else None
        are_pairs = kind is KeyKind.PLAIN and len(source) > 1 and all(map(_is_pair, source))
        result: list[Json] = [None] * len(source)
        for index, value in enumerate(source):
            if are_pairs:
                result[index] = self._pair(value, work)
                continue
            own = kind if kinds is None else kinds[index]
            result[index] = self.value(value, own, name, result, index, work)
        return result

    def _pair(self, pair: list[Json], work: Work) -> list[Json]:
        clean, kind = self.key(pair[0])
        result = [clean, pair[1]]
        result[1] = self.value(pair[1], kind, pair[0], result, 1, work)
        return result


@cache
def shared_walker() -> Walker:
    """The walker of the event loop's thread, with the names it found harmless."""
    return Walker(best_gate())


def _number(value: Json, kind: KeyKind) -> Json:
    """A number, or 0 in its place when it is a card's or stands under a secret name."""
    size = abs(value)
    match kind:
        case KeyKind.SECRET:
            return NUMBER
        case KeyKind.SECRETS | KeyKind.PERSONAL if size >= LEAST_SECRET_NUMBER:
            return NUMBER
        case KeyKind.PHONE if size >= LEAST_PHONE_NUMBER:
            return NUMBER
    if LARGE <= size < LARGEST_CARD and value == int(value) and is_card(str(int(size))):
        return NUMBER
    return value


def _kind_beside(
    source: Mapping[str, Json], key: str, own: KeyKind, name: str, paired: KeyKind | None
) -> KeyKind:
    """What a name says among the others of its object, and below the name of the object."""
    if key in PERSON_NAMES and names_a_person(key, name):
        return KeyKind.PERSONAL
    if key in PRIVATE_JWK and "kty" in source:
        return KeyKind.SECRET
    if paired is not None and key in VALUE_FIELDS:
        return paired
    return KeyKind.PLAIN if key == "token" and "logprob" in source else own


def _paired_kind(source: Mapping[str, Json]) -> KeyKind | None:
    """What `{"name": "Authorization", "value": ...}` says of its value; None when it is no pair."""
    if VALUE_FIELDS.isdisjoint(source):
        return None
    if source.get("type") in ("password", "secret"):
        return KeyKind.SECRET
    for name in NAME_FIELDS:
        named = source.get(name)
        if isinstance(named, str) and len(named) <= LONGEST_PAIR_NAME:
            kind = kind_of(named)
            if kind is not KeyKind.PLAIN:
                return kind
    return None


def _kinds_behind_flags(source: list[Json]) -> list[KeyKind]:
    """What flags of a command say of the arguments behind them."""
    kinds = [KeyKind.PLAIN]
    for before in source[:-1]:
        is_flag = isinstance(before, str) and FLAG.match(before)
        kinds.append(kind_of(before.lstrip("-")) if is_flag else KeyKind.PLAIN)
    return kinds


def _is_pair(item: Json) -> bool:
    return (
        isinstance(item, list)
        and len(item) == PAIR
        and isinstance(item[0], str)
        and len(item[0]) <= LONGEST_PAIR_NAME
    )


def _kinds_of_list(source: list[Json]) -> list[KeyKind] | None:
    """What pairs in a list say: `["Authorization", "Bearer ..."]`, also many in a row."""
    first = source[0]
    if not isinstance(first, str):
        return None
    if any(isinstance(item, str) and FLAG.match(item) for item in source):
        return _kinds_behind_flags(source)
    return _kinds_of_pairs(source) if FIELD_NAME.match(first) else None


def _kinds_of_pairs(source: list[Json]) -> list[KeyKind] | None:
    first = source[0]
    if len(source) == PAIR:
        kind = kind_of(first)
        is_name_list = isinstance(source[1], str) and FIELD_LIKE.match(source[1])
        return None if kind is KeyKind.PLAIN or is_name_list else [KeyKind.PLAIN, kind]
    names = source[::2]
    if len(source) % PAIR or not all(isinstance(n, str) and FIELD_NAME.match(n) for n in names):
        return None
    if not any(n.lower() in HEADER_NAMES for n in names):
        return None
    return [kind for n in names for kind in (KeyKind.PLAIN, kind_of(n))]
