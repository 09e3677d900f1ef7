"""Reads the operations out of an OpenAPI file: 2.0, 3.0 and 3.1, JSON or YAML.

The file may come from anywhere, so its size, depth and number of parts are bounded before anything
is made of it, and no tag of YAML is ever followed. Reading it needs no network and writes nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import yaml

from desktop.domain.errors import InvalidInput
from desktop.services.yaml_bounds import LOADER, TooDeep, TooMuch, check_bounds

MAX_BYTES: Final = 8 * 2**20
MAX_DEPTH: Final = 100
MAX_PARTS: Final = 1_000_000
MAX_ALIASES: Final = 1000
MAX_OPERATIONS: Final = 5000
MAX_URL: Final = 2048
MAX_TITLE: Final = 200
MAX_BASE: Final = 500
MAX_HOPS: Final = 10
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
VERSIONS: Final = {"swagger": "2", "openapi": "3"}

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenApiFile:
    """What the file promises; operations are method and path, in the order of the file."""

    title: str
    base_path: str
    """What the first server puts before every path: empty, or begins with a slash."""
    operations: tuple[tuple[str, str], ...]


def read_openapi(content: bytes) -> OpenApiFile:
    """The operations of an OpenAPI file.

    Raises: InvalidInput (field `file`) when it is no such file, refers to other files for its
        paths, or is larger than anything a person would call an API.
    """
    if len(content) > MAX_BYTES:
        raise _refused(f"is larger than {MAX_BYTES // 2**20} MiB", "Import a smaller one")
    document = _document(_text(content))
    if not any(str(document.get(name, "")).startswith(major) for name, major in VERSIONS.items()):
        raise _refused("is no OpenAPI file of version 2 or 3", "Choose another one")
    operations = tuple(dict.fromkeys(_operations(document)))
    if len(operations) > MAX_OPERATIONS:
        raise _refused(f"has more than {MAX_OPERATIONS:,} operations", "Import a smaller one")
    title = _mapping(document.get("info")).get("title", "")
    return OpenApiFile(str(title)[:MAX_TITLE], _base_path(document)[:MAX_BASE], operations)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refused("is not UTF-8 text", "Save it as UTF-8, then import it") from error


def _document(text: str) -> Tree:
    """The file as mappings, lists and scalars."""
    try:
        found = json.loads(text) if text.lstrip()[:1] == "{" else _yaml(text)
    except ValueError:
        found = _yaml(text)  # YAML may begin with a brace as well
    except RecursionError as error:
        raise _too_deep() from error
    if not isinstance(found, dict):
        raise _refused("is no OpenAPI file", "Choose another one")
    return found


def _yaml(text: str) -> Any:  # noqa: ANN401 (whatever the file holds)
    try:
        check_bounds(text, depth=MAX_DEPTH, parts=MAX_PARTS, aliases=MAX_ALIASES)
        return _plain(yaml.compose(text, Loader=LOADER), {})
    except TooDeep as error:
        raise _too_deep() from error
    except TooMuch as error:
        raise _refused("has far too many parts", "Import a smaller one") from error
    except (yaml.YAMLError, ValueError) as error:
        raise _refused("is neither JSON nor YAML", "Choose another one") from error


def _plain(node: yaml.Node | None, made: dict[int, Any]) -> Any:  # noqa: ANN401
    """Mappings, lists and texts of a YAML node. What is named twice is made once."""
    if node is None or id(node) in made:
        return made.get(id(node))
    if isinstance(node, yaml.MappingNode):
        mapping: dict[str, Any] = {}
        made[id(node)] = mapping
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                mapping[key.value] = _plain(value, made)
        return mapping
    if isinstance(node, yaml.SequenceNode):
        items: list[Any] = []
        made[id(node)] = items
        items.extend(_plain(value, made) for value in node.value)
        return items
    return node.value


def _operations(document: Tree) -> Iterator[tuple[str, str]]:
    for path, item in _mapping(document.get("paths")).items():
        if not path.startswith("/"):
            continue  # an extension of somebody's, `x-…`
        if len(path) > MAX_URL:
            raise _refused(f"has a path of more than {MAX_URL:,} characters", "Shorten it")
        members = _path_item(document, path, item)
        yield from ((method.upper(), path) for method in METHODS if method in members)


def _path_item(document: Tree, path: str, item: object) -> Mapping[str, Any]:
    """The operations under a path, wherever in the file they are written."""
    members = _merged(item)
    for _ in range(MAX_HOPS):
        reference = members.get("$ref")
        if reference is None:
            return members
        if not isinstance(reference, str) or not reference.startswith("#/"):
            raise _refused(
                f"keeps the operations of {path[:100]} in another file",
                "Bundle it into one file, then import that",
            )
        members = {**_merged(_at(document, reference)), **_without_reference(members)}
    raise _refused(f"refers in circles at {path[:100]}", "Correct it, then import it")


def _without_reference(members: Mapping[str, Any]) -> Tree:
    return {name: value for name, value in members.items() if name != "$ref"}


def _at(document: Tree, reference: str) -> object:
    """What a JSON pointer names. Source: RFC 6901 section 3, RFC 3986 section 2.1."""
    found: object = document
    for part in reference.removeprefix("#/").split("/"):
        name = unquote(part).replace("~1", "/").replace("~0", "~")
        found = _mapping(found).get(name)
    return found


def _merged(value: object) -> Tree:
    """A mapping with what YAML's merge key `<<` brings into it."""
    own = _mapping(value)
    brought = own.get("<<", [])
    sources = brought if isinstance(brought, list) else [brought]
    members: Tree = {}
    for source in reversed(sources):
        members |= _mapping(source)
    return {**members, **own}


def _base_path(document: Tree) -> str:
    """Path of the first server; variables in it have their defaults."""
    servers = document.get("servers")
    first = _mapping(servers[0]) if isinstance(servers, list) and servers else {}
    url = str(first.get("url", document.get("basePath", "")))
    for name, variable in _mapping(first.get("variables")).items():
        url = url.replace(f"{{{name}}}", str(_mapping(variable).get("default", "")))
    try:
        path = urlsplit(url).path.strip("/")
    except ValueError:
        return ""  # the address of a server says nothing of use here when it is none
    return f"/{path}" if path else ""


def _mapping(value: object) -> Tree:
    return value if isinstance(value, dict) else {}


def _too_deep() -> InvalidInput:
    return _refused(f"nests more than {MAX_DEPTH} levels deep", "Import a simpler one")


def _refused(what: str, advice: str) -> InvalidInput:
    return InvalidInput(f"This file {what}. Nothing was changed. {advice}.", field="file")
