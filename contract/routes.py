"""Routes as frameworks write them, and when two of them are the same route."""

import re
from typing import Final

PLACE: Final = "{}"
"""Stands for a parameter in a logical route, whatever its name and kind."""

COLON: Final = re.compile(r"(?<=[/.-]):\w+(?:\([^)/]*\))?[?*+]?")
"""Express and Gin: `:id`, `:id?`, `:id(\\d+)`; also `:from-:to` inside one segment."""
REST: Final = re.compile(r"(?<=/)\*\w*")
"""Gin `*path` and a bare star: the rest of the path."""
OPENING: Final = {"{": "}", "<": ">"}


def logical_route(url: str) -> str:
    """The route with every parameter as `{}`, without query, fragment and a slash at its end.

    `/items/{id}` (FastAPI, OpenAPI), `/items/<int:id>` (Flask) and `/items/:id` (Express, Gin) are
    one route. A parameter that takes several segments counts as one that takes one: an OpenAPI
    file writes both alike. A star alone stays what it is: any route.
    """
    if url == "*":
        return url
    path = re.split(r"[?#]", _without_brackets(url), maxsplit=1)[0]
    return REST.sub(PLACE, COLON.sub(PLACE, "/" + path.strip("/")))


def _without_brackets(url: str) -> str:
    """Bracketed parameters as `{}`; a pattern inside may hold brackets and slashes of its own."""
    kept: list[str] = []
    closing, depth = "", 0
    for mark in url:
        if depth == 0 and mark in OPENING:
            closing, depth = OPENING[mark], 1
            opened = mark
            kept.append(PLACE)
        elif depth and mark == closing:
            depth -= 1
        elif depth and mark == opened:
            depth += 1
        elif not depth:
            kept.append(mark)
    return "".join(kept)
