"""What goes into a package: named lists of rows with a description of each field."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from desktop.domain.privacy.categories import Category

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


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


_SCHEMAS: Mapping[Kind, dict[str, str]] = {
    Kind.TEXT: {"type": "string"},
    Kind.WHOLE: {"type": "integer"},
    Kind.DECIMAL: {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
    Kind.DAY: {"type": "string", "format": "date"},
    Kind.INSTANT: {"type": "string", "format": "date-time"},
    Kind.YES_NO: {"type": "boolean"},
}


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Kind
    meaning: str
    prose: Prose = Prose.NONE


@dataclass(frozen=True, slots=True)
class Dataset:
    """`rows` may be called several times and gives the same rows each time, in one order."""

    name: str
    title: str
    category: Category
    fields: tuple[Field, ...]
    rows: Callable[[], Iterable[Mapping[str, Any]]]
    span: str = ""
    """Name of the field whose least and greatest value say which time is covered."""

    def schema(self) -> dict[str, Any]:
        """JSON Schema of one row; every field is there, and no other."""
        return {
            "$schema": SCHEMA_DIALECT,
            "title": self.title,
            "type": "object",
            "properties": {
                field.name: {**_SCHEMAS[field.kind], "description": field.meaning}
                for field in self.fields
            },
            "required": [field.name for field in self.fields],
            "additionalProperties": False,
        }
