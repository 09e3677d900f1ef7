"""What publishing would change: by field, in words of a file, and for whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import unified_diff
from enum import StrEnum
from typing import Any

from desktop.domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field by its path, such as `price.tiers[2].up_to`; an absent value is an empty text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AffectedCustomer:
    customer_id: CustomerId
    label: str


@dataclass(frozen=True, slots=True)
class MonthUse:
    """What a customer used in 30 days, as a rule counts it."""

    customer_id: CustomerId
    label: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class PublishPreview:
    """What publishing a draft would do; nothing was stored."""

    version: int
    effective_from: date
    diff: str
    """Both versions as a file holds them, as a unified diff; empty when they say the same."""
    fields: tuple[FieldChange, ...]
    affected: tuple[AffectedCustomer, ...]
    """Customers of the last 31 days whose usage the rule prices before or afterwards."""
    seen_customers: int
    changes_live_bill: bool
    """Whether it holds for days that are being billed, or were."""
    never_held: tuple[int, ...]
    """Scheduled versions that would never come into force."""


class FileAction(StrEnum):
    """What importing a file does with a rule or a plan."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT = "left"
    """Not in the file; it stays as it is."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """One rule or plan of an import. `diff` is a unified diff."""

    action: FileAction
    kind: str
    """`rule` or `plan`."""
    row_id: str
    """Empty for a new one."""
    name: str
    diff: str = ""
    changes_past: bool = False
    """Whether it holds from a day before today on."""


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Something in a file that cannot be used. Lines count from 1."""

    line: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What importing a file would do; with problems it does nothing."""

    changes: tuple[FileChange, ...] = ()
    problems: tuple[FileProblem, ...] = ()


def changed_members(before: dict[str, Any], after: dict[str, Any]) -> tuple[FieldChange, ...]:
    """The members that differ, in the order of the newer object."""
    old, new = dict(_leaves(before, "")), dict(_leaves(after, ""))
    return tuple(
        FieldChange(path, old.get(path, ""), new.get(path, ""))
        for path in {**new, **old}
        if old.get(path) != new.get(path)
    )


def textual(before: str, after: str, name: str) -> str:
    """A unified diff of two texts; empty where they are the same."""
    lines = unified_diff(
        before.splitlines(), after.splitlines(), f"{name} (live)", f"{name} (new)", lineterm=""
    )
    return "\n".join(lines)


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from _leaves(member, f"{path}[{place}]")
    elif value is not None:
        yield path, str(value)
