"""Merged customers: several identities of one caller, counted as one.

A merge leads from one identity to another customer. Charts, lists and counts take every merge as if
it had always been there. Bills are another matter: what was billed stands, so a merge counts for
bills from the first day of a month on, its `bills_from`.

Merges may form chains. A circle cannot come about at the service; should one ever be stored, it
merges nobody.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from desktop.domain.ids import CustomerId


@dataclass(frozen=True, slots=True)
class Merge:
    """One identity that belongs to another customer."""

    customer_id: CustomerId
    into_id: CustomerId
    bills_from: date
    """First day of a month; from it on both have one bill."""


class Merges:
    """The merges of one application."""

    def __init__(self, merges: Iterable[Merge] = ()) -> None:
        self._merges = tuple(merges)
        self._roots = _roots({one.customer_id: one.into_id for one in self._merges})
        self._members: dict[CustomerId, list[CustomerId]] = defaultdict(list)
        for member in sorted(self._roots):
            self._members[self._roots[member]].append(member)
        self.change_days = frozenset(one.bills_from for one in self._merges)
        """Days from which on somebody else pays for an identity."""
        self.billed_on = lru_cache(maxsize=512)(self._billed_on)
        """Who pays for each merged identity on a day; whoever is not in it pays for itself."""

    def __bool__(self) -> bool:
        return bool(self._roots)

    @property
    def roots(self) -> Mapping[CustomerId, CustomerId]:
        """The customer each merged identity is counted as; others are not in it."""
        return self._roots

    def root_of(self, customer_id: CustomerId) -> CustomerId:
        """The customer an identity is counted as: itself, unless it is merged."""
        return self._roots.get(customer_id, customer_id)

    def members_of(self, customer_id: CustomerId) -> tuple[CustomerId, ...]:
        """Identities that are counted as this customer, in order, itself first."""
        return customer_id, *self._members.get(customer_id, ())

    def everyone(self) -> frozenset[CustomerId]:
        """Every identity and customer a merge names."""
        ids = (name for one in self._merges for name in (one.customer_id, one.into_id))
        return frozenset(ids)

    def _billed_on(self, day: date) -> Mapping[CustomerId, CustomerId]:
        held = {one.customer_id: one.into_id for one in self._merges if one.bills_from <= day}
        return _roots(held)


def _roots(direct: Mapping[CustomerId, CustomerId]) -> dict[CustomerId, CustomerId]:
    """The end of each chain; identities whose chain has no end are left out."""
    found: dict[CustomerId, CustomerId] = {}
    for start in direct:
        seen, at = {start}, direct[start]
        while at in direct and at not in seen:
            seen.add(at)
            at = direct[at]
        if at not in seen:
            found[start] = at
    return found


NO_MERGES: Final = Merges()
