"""What goes into a package: named lists of rows with a description of each field."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from desktop.domain.privacy.categories import Category

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"

BATCH_LETTERS = 300_000
FEWEST, MOST = 16, 500
"""Rows of the first batch, and of the largest one."""
SAMPLE = 20
"""Rows of a batch whose length is measured."""

Row = tuple[str | int, ...]
"""A value for each field, in their order; a `YES_NO` is a bool."""


class Kind(StrEnum):
    """How a value is written; decimals are texts, so that no digit is lost."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    DAY = "day"
    INSTANT = "instant"
    YES_NO = "yes_no"


class Prose(StrEnum):
    """How the words in a value are found that somebody wrote, and that may name others."""

    NONE = "none"
    TEXT = "text"
    JSON = "json"


SCHEMAS: Mapping[Kind, dict[str, str]] = {
    Kind.TEXT: {"type": "string"},
    Kind.WHOLE: {"type": "integer"},
    Kind.DECIMAL: {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.YES_NO: {"type": "boolean"},
}


@dataclass(frozen=True, slots=True)
class JsonKeys:
    """The keys at the top of a field's JSON, where they are known."""

    facts: frozenset[str] = frozenset()
    """Ids, figures, times and states: nobody else is named there."""
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Kind
    meaning: str
    prose: Prose = Prose.NONE
    keys: JsonKeys = JsonKeys()
    """Of JSON. A key that is in neither set is looked at like one with words."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """`rows` may be called several times and gives the same rows each time, in one order."""

    name: str
    title: str
    category: Category
    fields: tuple[Field, ...]
    rows: Callable[[], Iterable[Row]]
    span: str = ""
    """Name of the field whose least and greatest value say which time is covered."""

    def schema(self) -> dict[str, Any]:
        """JSON Schema of one row; every field is there, and no other."""
        return {
            "$schema": SCHEMA_DIALECT,
            "title": self.title,
            "type": "object",
            "properties": {
                field.name: {**SCHEMAS[field.kind], "description": field.meaning}
                for field in self.fields
            },
            "required": [field.name for field in self.fields],
            "additionalProperties": False,
        }


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """The rows, some at a time: fewer where they are long, so that memory stays the same."""
    left = iter(rows)
    count = FEWEST
    while batch := list(islice(left, count)):
        some = batch[:: 1 + len(batch) // SAMPLE]
        letters = sum(len(value) for row in some for value in row if isinstance(value, str))
        count = max(1, min(MOST, BATCH_LETTERS * len(some) // (letters or 1)))
        yield batch
