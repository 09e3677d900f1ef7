"""Rows as texts to show: what one is called, its fields, and how two versions differ."""

import json

from desktop.domain.editing import FieldDifference
from desktop.domain.merging import changed_fields
from desktop.domain.syncing import FieldChange

HIDDEN = frozenset({"application_id", "version"})
"""Fields that say nothing to an owner."""


def title(entity: str, *bodies: str | None) -> str:
    """What a row is called, by the first of its versions there is; each is a JSON object."""
    body = next((text for text in bodies if text is not None), None)
    shown = fields(body)
    if entity == "policy":
        return f"{shown.get('method', '')} {shown.get('url', '')}".strip()
    return shown.get("name") or shown.get("title") or shown.get("reason") or ""


def fields(body: str | None) -> dict[str, str]:
    """Fields of a body as texts to show: members of an object side by side, lists as JSON."""
    values = json.loads(body) if body is not None else {}
    return {
        name: _text(value)
        for name, value in values.items()
        if value is not None and name not in HIDDEN
    }


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(member)}" for name, member in value.items())
    return json.dumps(value)


def changed(before: str | None, after: str | None) -> tuple[str, ...]:
    """Names of the fields that an edit changes, in order; all of a new row, none of a deletion."""
    if after is None:
        return ()
    values = json.loads(after)
    different = changed_fields(json.loads(before) if before is not None else {}, values)
    return tuple(name for name in values if name in different - HIDDEN)


def changes(before: str | None, after: str | None) -> tuple[FieldChange, ...]:
    """The fields in which two versions of a row differ, in their order."""
    old, new = fields(before), fields(after)
    names = dict.fromkeys((*old, *new))
    rows = (FieldChange(name, old.get(name, ""), new.get(name, "")) for name in names)
    return tuple(row for row in rows if row.before != row.after)


def differences(
    base: str | None, mine: str | None, theirs: str | None
) -> tuple[FieldDifference, ...]:
    """The fields in which mine and theirs differ."""
    versions = [fields(text) for text in (base, mine, theirs)]
    names = dict.fromkeys(name for version in versions for name in version)
    rows = (FieldDifference(name, *(v.get(name, "") for v in versions)) for name in names)
    return tuple(row for row in rows if row.mine != row.theirs)
