"""Links of this program, such as `usageflow://usage?…`, in other programs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LinkHandling:
    """Whether links that are clicked anywhere open in this program."""

    is_possible: bool
    """Whether this system lets a program say so."""
    is_on: bool
