"""What the contract says of its fields, for the OpenAPI document.

The words stand under each field in the contract's source. The models could read them themselves, at
the price of a slower import wherever the contract is used; here they are read when somebody asks.
"""

import ast
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

SOURCES: Final = (
    ("contract", "messages"),
    ("contract", "problems.py"),
    ("contract", "terms.py"),
    ("hosted", "admin", "messages.py"),
)
CLASS: Final = ""
"""Stands among the fields for the class itself."""


def add_descriptions(schemas: dict[str, Any]) -> None:
    """Describe the fields of schemas that are named like a class of the contract."""
    words = _all_words()
    for name, schema in schemas.items():
        described = words.get(name) or words.get(name.partition("_")[0], {})
        places = {CLASS: schema, **schema.get("properties", {})}
        for field, text in described.items():
            if field in places:
                places[field].setdefault("description", text)


def _all_words() -> dict[str, dict[str, str]]:
    """The strings under the fields of every class, by class and field."""
    found: dict[str, dict[str, str]] = {}
    for package, *rest in SOURCES:
        place = files(package).joinpath(*rest)
        for module in place.iterdir() if place.is_dir() else [place]:
            if module.name.endswith(".py"):
                for node in ast.parse(module.read_text(encoding="utf-8")).body:
                    if isinstance(node, ast.ClassDef):
                        found[node.name] = _words(node)
    return found


def _words(definition: ast.ClassDef) -> dict[str, str]:
    words = {CLASS: ast.get_docstring(definition) or ""}
    for field, below in pairwise(definition.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                words[name] = " ".join(text.split())
    return words
