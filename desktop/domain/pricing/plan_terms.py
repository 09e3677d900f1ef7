"""A customer's terms as they become when it starts or ends a plan."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from desktop.domain.ids import PlanId
from desktop.domain.pricing.published import PlanTerm

Terms = tuple[PlanTerm, ...]


def ended_on(terms: Iterable[PlanTerm], day: date) -> Terms:
    """The terms without anything from a day on; what has passed stays as it was."""
    return tuple(
        term if term.ends_before is not None and term.ends_before <= day else _cut(term, day)
        for term in terms
        if term.starts_on < day
    )


def started_on(terms: Iterable[PlanTerm], plan_id: PlanId, day: date) -> Terms:
    """The terms with a plan from a day on, in place of whatever was there from then on.

    Rules of the customer's own that held on the day go on.
    """
    before = tuple(terms)
    own = next((term.override_ids for term in before if term.holds_on(day)), ())
    return (*ended_on(before, day), PlanTerm(day, None, plan_id, own))


def _cut(term: PlanTerm, day: date) -> PlanTerm:
    return replace(term, ends_before=day)
