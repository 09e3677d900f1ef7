"""Reads YAML, and JSON with it, keeping every number as it is written and the line of each part.

Files come from anywhere: size, depth and number of parts are bounded, aliases and tags are refused.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from desktop.services.yaml_bounds import LOADER, TooDeep, TooMuch, check_bounds

MAX_BYTES: Final = 16 * 2**20
MAX_DEPTH: Final = 32
MAX_PARTS: Final = 500_000
_STANDARD: Final = "tag:yaml.org,2002:"
_NULL, _BOOL = f"{_STANDARD}null", f"{_STANDARD}bool"
_PLAIN: Final = frozenset(
    _STANDARD + name for name in ("map", "seq", "str", "int", "float", "timestamp", "null", "bool")
)
_TRUE: Final = frozenset({"true", "yes", "on"})


class Unreadable(Exception):
    """A file that cannot be read at all, in words; `line` counts from 1."""

    def __init__(self, what: str, line: int = 1) -> None:
        super().__init__(f"{what} Nothing was changed.")
        self.line = line


@dataclass(slots=True)
class MarkedTree:
    """What a file says. Scalars are text, true, false or None."""

    value: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    """Line of each part by its path, such as `rules[0].price`; counted from 1."""

    def line_of(self, path: str) -> int:
        """The line of a path, or of the closest part around it."""
        while path and path not in self.lines:
            cut = max(path.rfind("."), path.rfind("["))
            path = path[: max(cut, 0)]
        return self.lines.get(path, 1)


def read_marked(content: bytes) -> MarkedTree:
    """The tree of a file. Raises: Unreadable."""
    if len(content) > MAX_BYTES:
        raise Unreadable(f"The file is larger than {MAX_BYTES // 2**20} MiB.")
    try:
        text = content.decode("utf-8-sig")
        check_bounds(text, depth=MAX_DEPTH, parts=MAX_PARTS, aliases=0)
        root = yaml.compose(text, Loader=LOADER)
    except UnicodeDecodeError as error:
        raise Unreadable("The file is not UTF-8 text.") from error
    except TooDeep as error:
        raise Unreadable("The file is nested too deeply.") from error
    except TooMuch as error:
        raise Unreadable("The file has aliases, or far too many parts.") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        raise Unreadable("This is neither YAML nor JSON.", line) from error
    tree = MarkedTree()
    tree.value = None if root is None else _value(root, "", tree)
    return tree


def _value(node: yaml.Node, path: str, tree: MarkedTree) -> Any:  # noqa: ANN401
    line = tree.lines[path] = node.start_mark.line + 1
    if node.tag not in _PLAIN:
        raise Unreadable("Tags are not read here.", line)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, tree)
    if isinstance(node, yaml.SequenceNode):
        return [_value(part, f"{path}[{place}]", tree) for place, part in enumerate(node.value)]
    if node.tag == _NULL:
        return None
    return node.value.lower() in _TRUE if node.tag == _BOOL else node.value


def _mapping(node: yaml.MappingNode, path: str, tree: MarkedTree) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, part in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Unreadable("A member needs a name.", line)
        if key.value in found:
            raise Unreadable(f'"{key.value[:40]}" stands twice in one object.', line)
        found[key.value] = _value(part, f"{path}.{key.value}" if path else key.value, tree)
    return found
