"""Which values the responses of an endpoint have: paths and kinds, never the values."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

MOST_FIELDS: Final = 100
DEEPEST: Final = 8
NUMBERS: Final = frozenset(("integer", "number", "int", "float"))
SCALARS: Final = NUMBERS | {"string", "boolean"}

Name = Callable[[str], str]
"""Scrubs a name."""


def fields_of_schema(schema: Any, name: Name) -> dict[str, str]:  # noqa: ANN401 - any JSON
    """Paths of scalars by the schema an SDK made of a response, such as `usage.total_tokens`.

    A list counts as its items: `data[*].tokens`, which the SDKs read alike. Source: SDK protocol,
    section 5, "responseSchema".
    """
    return dict(islice(_of_properties(schema, "", name, 0), MOST_FIELDS))


def fields_of_shape(shape: Any, name: Name) -> dict[str, str]:  # noqa: ANN401 - any JSON
    """The same by the shape of a response body, of SDKs that send that; these read no lists."""
    return dict(islice(_of_shape(shape, "", name, 0), MOST_FIELDS))


def _of_properties(found: Any, before: str, name: Name, depth: int) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if not isinstance(found, Mapping) or depth > DEEPEST:
        return
    for key, below in found.items():
        if isinstance(below, Mapping):
            path = f"{before}.{name(key)}" if before else name(key)
            yield from _of_node(below, path, name, depth)


def _of_node(
    node: Mapping[str, Any], path: str, name: Name, depth: int
) -> Iterator[tuple[str, str]]:
    kind = node.get("type")
    if kind in SCALARS:
        yield path, "number" if kind in NUMBERS else str(kind)
    yield from _of_properties(node.get("properties"), path, name, depth + 1)
    items = node.get("items")
    if isinstance(items, Mapping):
        yield from _of_properties(items.get("properties"), f"{path}[*]", name, depth + 1)


def _of_shape(shape: Any, path: str, name: Name, depth: int) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    if isinstance(shape, Mapping) and depth <= DEEPEST:
        for key, below in shape.items():
            inner = f"{path}.{name(key)}" if path else name(key)
            yield from _of_shape(below, inner, name, depth + 1)
    elif isinstance(shape, str) and shape in SCALARS and path:
        yield path, "number" if shape in NUMBERS else shape
