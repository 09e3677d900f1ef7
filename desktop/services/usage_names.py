"""How the groups of an answer are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from desktop.domain.usage_questions import FIXED_PRICES, NO_PLAN, OTHER, Dimension
from desktop.services.storage import rule_versions, usage_queries
from desktop.services.usage_labels import customer_labels, endpoint_label

if TYPE_CHECKING:
    from desktop.services.usage_scope import Scope

OTHERS: Final = "Other"
EVERYTHING: Final = "All"
STATUS: Final = {
    "ok": "Succeeded",
    "4xx": "Client errors (4xx)",
    "5xx": "Server errors (5xx)",
    "unknown": "Status unknown",
    "unsettled": "Never settled",
}
FIXED: Final[Mapping[Dimension, dict[str, str]]] = {
    Dimension.ENDPOINT: {FIXED_PRICES: "Fixed prices"},
    Dimension.METHOD: {FIXED_PRICES: "Fixed prices"},
    Dimension.STATUS_CLASS: STATUS,
    Dimension.PLAN: {NO_PLAN: "No plan"},
}
"""Names that are the same everywhere."""
WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def names_of(scopes: Sequence[Scope], keys: Sequence[str]) -> dict[str, str]:
    """Texts to show for keys; of `OTHER` too."""
    dimension = scopes[0].question.group_by
    if dimension is None:
        return {OTHER: EVERYTHING}
    return {key: key for key in keys} | _names(scopes, dimension, keys) | {OTHER: OTHERS}


def _names(scopes: Sequence[Scope], dimension: Dimension, keys: Sequence[str]) -> dict[str, str]:
    match dimension:
        case Dimension.ENDPOINT:
            found = _endpoint_names(scopes, keys)
        case Dimension.CUSTOMER:
            found = customer_labels(scopes[0].db, keys)
        case Dimension.APPLICATION:
            found = {one.application.application_id: one.application.name for one in scopes}
        case Dimension.PLAN:
            found = {str(plan.plan_id): plan.name for one in scopes for plan in one.book.plans}
        case Dimension.RULE:
            found = _rule_names(scopes, keys)
        case Dimension.HOUR_OF_WEEK:
            found = {key: hour_name(key) for key in keys if key}
        case Dimension.METHOD | Dimension.STATUS_CLASS:
            found = {}
    return FIXED.get(dimension, {}) | found


def hour_name(key: str) -> str:
    """Such as `Mon 09:00`."""
    weekday, hour = key.split("-")
    return f"{WEEKDAYS[int(weekday)]} {hour}:00"


def _rule_names(scopes: Sequence[Scope], keys: Sequence[str]) -> dict[str, str]:
    """Of rules that were deleted the name of their last version."""
    found = dict(rule_versions.names_of(scopes[0].db, keys))
    if not found.keys() >= {key for key in keys if key}:
        found = {rule: name for one in scopes for rule, name in one.book.names().items()} | found
    return {str(rule): name for rule, name in found.items()}


def _endpoint_names(scopes: Sequence[Scope], keys: Sequence[str]) -> dict[str, str]:
    known = usage_queries.endpoints_named(scopes[0].db, keys)
    return {key: endpoint_label(*place) for key, place in known.items()}
