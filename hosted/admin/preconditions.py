"""The revision an edit is based on: in the body or query, or as an entity tag in a header."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Header

from contract.messages.configuration import ConfigurationRow
from hosted.admin.problems import Refusal

REVISION_TAG: Final = re.compile(r"(?:W/)?\"(0|[1-9]\d{0,15})\"")
"""Proxies that compress make a tag weak; a revision names a row's content all the same."""

IfMatch = Annotated[
    str | None, Header(description='Tag of the revision that is changed; `"0"` creates.')
]
IfNoneMatch = Annotated[
    str | None, Header(description="Tags of the revisions that are known already, or a star.")
]
TAGGED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "headers": {
            "ETag": {
                "description": "The row's revision, for `If-Match`.",
                "schema": {"type": "string"},
            }
        }
    }
}


@dataclass(frozen=True, slots=True)
class Base:
    """What an edit is based on, and how its author is told that it is not the newest."""

    revision: int
    stale_status: int


def base_of(named: int | None, if_match: str | None) -> Base:
    """The revision an edit is based on.

    Raises:
        Refusal: 428 when nothing names it, 412 for a tag this service never made, and when two
            names differ: one of them is not the newest.
    """
    tagged = None if if_match is None else _revision_in(if_match)
    if tagged is None and named is None:
        raise Refusal(
            428,
            "Nothing says which revision is changed. Nothing was changed. Send `base_revision` or "
            "an `If-Match` header with the row's ETag; 0 makes a new row.",
            field="base_revision",
        )
    if tagged is None or named is None:
        return Base(tagged or named or 0, 409 if tagged is None else 412)
    if tagged != named:
        raise Refusal(412, "`If-Match` and `base_revision` name two revisions.", field="if-match")
    return Base(tagged, 412)


def tag_of(row: ConfigurationRow) -> dict[str, str]:
    """The header that names a row's revision. Source: RFC 9110 section 8.8.3."""
    return {"etag": f'"{row.revision}"'}


def _revision_in(tag: str) -> int:
    """The revision a tag stands for. A star would overwrite what its author never saw."""
    match = REVISION_TAG.fullmatch(tag.strip())
    if match is None:
        raise Refusal(
            412,
            "`If-Match` names no revision. Nothing was changed. Send the row's ETag as it is, with "
            "its quotes.",
            field="if-match",
        )
    return int(match[1])


def is_known(row: ConfigurationRow, if_none_match: str | None) -> bool:
    """Whether the client has the row as it is. Source: RFC 9110 section 13.1.2."""
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return "*" in known or f'"{row.revision}"' in known
