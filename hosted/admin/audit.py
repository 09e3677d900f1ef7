"""What the audit log shows of a change: no secret, and nothing that says more of a person."""

from collections.abc import Mapping
from typing import Any, Final

NOT_KEPT: Final = "(not kept)"
"""Stands for a text that was there. The log is never changed, so it must hold nothing that an
erasure would have to remove."""

LEFT_OUT: Final[Mapping[str, tuple[str, ...]]] = {"customer": ("name",), "catalog": ("operations",)}
LEFT_OUT_OF_PERSONS: Final = ("reason",)
"""Left out of rows that are about one customer."""


def shown(entity: str, body: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A row's body as the log keeps it."""
    if body is None:
        return None
    left_out = LEFT_OUT.get(entity, ())
    if body.get("customer_id"):
        left_out += LEFT_OUT_OF_PERSONS
    return {name: NOT_KEPT if name in left_out and value else value for name, value in body.items()}
