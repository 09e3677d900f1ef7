"""Scrubs schemas: names, types and paths stay, data in the place of names or types does not."""

from typing import Final

from hosted.scrub.json_value import Container, Json, Place
from hosted.scrub.keynames import KeyKind
from hosted.scrub.masks import free_name
from hosted.scrub.pairs import masked
from hosted.scrub.shapes import TYPE_NAMES, shape_of, siblings
from hosted.scrub.walker import Walker, Work

WORDS: Final = frozenset(
    """
    type path properties items format nullable required additionalProperties oneOf anyOf allOf
    minItems maxItems minLength maxLength minimum maximum
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)
"""Names that belong to the schema and not to the data it describes."""
SAMPLES: Final = frozenset(
    {"example", "examples", "default", "const", "enum", "description", "title"}
)


class Schemas:
    """Scrubs the schemas an SDK made from bodies, arguments and results."""

    def __init__(self, walker: Walker, *, keeps_values: bool) -> None:
        self._walker = walker
        self._keeps_values = keeps_values

    def scrubbed(self, schema: Json, work: Work) -> Json:
        """A schema of the same form."""
        holder = [None]
        holder[0] = self._value(schema, "", KeyKind.PLAIN, holder, 0, work)
        return holder[0]

    def _value(  # noqa: PLR0913, PLR0917 - as the walker's
        self,
        value: Json,
        name: str,
        kind: KeyKind,
        container: Container,
        place: Place,
        work: Work,
    ) -> Json:
        if isinstance(value, dict):
            return self._object(value, name, kind, work)
        if isinstance(value, list):
            result: list[Json] = [None] * len(value)
            for index, item in enumerate(value):
                result[index] = self._value(item, name, kind, result, index, work)
            return result
        if isinstance(value, str):
            return self._text(value, name, kind)
        return self._walker.value(value, kind, name, container, place, work)

    def _object(
        self, source: dict[str, Json], name: str, kind: KeyKind, work: Work
    ) -> dict[str, Json]:
        result: dict[str, Json] = {}
        for key, value in siblings(source):
            clean, own = self._walker.key(key)
            if clean in result:
                clean = free_name(clean, result)
            inner, below = (name, kind) if key in WORDS else (key, own)
            if isinstance(value, str) and value in TYPE_NAMES:
                result[clean] = value
            elif key in SAMPLES and not isinstance(value, dict):
                result[clean] = self._sample(value, name, kind, result, clean, work)
            else:
                result[clean] = self._value(value, inner, below, result, clean, work)
        return result

    def _sample(  # noqa: PLR0913, PLR0917 - as the walker's
        self,
        value: Json,
        name: str,
        kind: KeyKind,
        container: Container,
        place: Place,
        work: Work,
    ) -> Json:
        if not self._keeps_values:
            return shape_of(value, self._walker.name)
        return self._walker.value(value, kind, name, container, place, work)

    def _text(self, value: str, name: str, kind: KeyKind) -> str:
        """A type or a path; a path is made of names, and is remembered like one."""
        if value in TYPE_NAMES:
            return value
        clean = self._walker.key(value)[0]
        if clean != value or value == name or value.endswith((f".{name}", f"[].{name}")):
            return clean
        return masked(kind, value) or value
