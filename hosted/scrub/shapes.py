"""What is left of data whose values are dropped: names and types, and schemas without data."""

from collections.abc import Callable, Iterable
from typing import Final

from hosted.scrub.json_value import Json
from hosted.scrub.masks import free_name

MOST_SIBLINGS: Final = 200
"""More names beside each other are no fields but the keys of a map: data in key position."""
ANY_NAME: Final = "*"
TYPE_NAMES: Final = frozenset(
    """
    string integer number boolean object array null int int8 int16 int32 int64 uint uint8 uint16
    uint32 uint64 float float32 float64 double decimal bool str dict list map struct slice bytes any
    unknown interface{} nil none date datetime date-time time uuid email uri enum file binary func
    """.split()  # noqa: SIM905 - a list of this length reads better as text
)

NAMES_OF_TYPES: Final = {type(None): None, bool: "boolean", int: "integer", float: "number"}

Key = Callable[[str], str]
"""Scrubs a name."""


def shape_of(value: Json, key: Key) -> Json:
    """The value with every text and number replaced by the name of its type.

    A text that is the name of a type stays, so that the shape of a shape is the same shape.
    """
    match value:
        case dict():
            result: dict[str, Json] = {}
            for name, below in siblings(value):
                result[free_name(key(name), result)] = shape_of(below, key)
            return result
        case list():
            return [shape_of(item, key) for item in value]
        case str():
            return value if not value or value in TYPE_NAMES else "string"
    return NAMES_OF_TYPES[type(value)]


def siblings(value: dict[str, Json]) -> Iterable[tuple[str, Json]]:
    """The fields of an object; a crowd of them is folded into one that stands for all."""
    if len(value) <= MOST_SIBLINGS:
        return value.items()
    return [(ANY_NAME, next(iter(value.values())))]
