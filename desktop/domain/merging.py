"""Bringing two edits of one row together, field by field, where nothing can be overwritten.

Only names and notes merge by themselves: where one side changed nothing but such texts, and no
field was changed on both sides, both sides' changes stand. Everything else, prices and limits above
all, is for the owner to decide.
"""

from collections.abc import Mapping
from typing import Any, Final

TEXTS: Final[Mapping[str, frozenset[str]]] = {
    "application": frozenset({"name"}),
    "policy": frozenset({"note"}),
    "pricing_rule": frozenset({"name", "note", "version"}),
    "plan": frozenset({"name", "description"}),
    "customer": frozenset({"name"}),
    "limit_override": frozenset({"reason"}),
    "block": frozenset({"reason"}),
    "scrub_rule": frozenset({"reason"}),
    "catalog": frozenset({"title"}),
}
"""Fields of each kind of row that only describe it; the service numbers versions itself."""

Body = Mapping[str, Any]


def changed_fields(before: Body, after: Body) -> frozenset[str]:
    """Names of the fields in which two bodies differ; a missing one is as good as null."""
    return frozenset(name for name in {*before, *after} if before.get(name) != after.get(name))


def merged_fields(entity: str, base: Body, mine: Body, theirs: Body) -> frozenset[str] | None:
    """The fields of mine that can be put into theirs; None where the owner has to decide.

    Args:
        entity: kind of the row.
        base: what both sides started from.
        mine: the row as it was edited here.
        theirs: the row as the service has it.
    """
    here, there = changed_fields(base, mine), changed_fields(base, theirs)
    if here & there & changed_fields(mine, theirs):
        return None
    texts = TEXTS.get(entity, frozenset())
    return here if here <= texts or there <= texts else None


def with_fields(theirs: Body, mine: Body, names: frozenset[str]) -> dict[str, Any]:
    """Their body with some fields as they are in mine."""
    kept = {name: value for name, value in theirs.items() if name not in names}
    return kept | {name: mine[name] for name in names if name in mine}
