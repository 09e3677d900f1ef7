"""Customers start, change and end plans; what has passed stays."""

from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.pricing.plan_terms import ended_on, started_on
from desktop.domain.pricing.published import PlanTerm

JANUARY, MARCH, MAY = (date(2026, month, 1) for month in (1, 3, 5))


def test_change_of_plan_ends_the_one_before_and_keeps_the_customers_own_rules():
    terms = (PlanTerm(JANUARY, None, "small", ("own",)),)
    assert started_on(terms, "large", MARCH) == (
        PlanTerm(JANUARY, MARCH, "small", ("own",)),
        PlanTerm(MARCH, None, "large", ("own",)),
    )


def test_ending_leaves_what_has_passed_and_drops_what_was_to_come():
    terms = (PlanTerm(JANUARY, MARCH, "small"), PlanTerm(MAY, None, "large"))
    assert ended_on(terms, date(2026, 4, 1)) == (PlanTerm(JANUARY, MARCH, "small"),)
    assert ended_on(terms, date(2026, 2, 1)) == (PlanTerm(JANUARY, date(2026, 2, 1), "small"),)
    assert ended_on(terms, JANUARY) == ()


@given(st.lists(st.tuples(st.sampled_from("ab"), st.dates(JANUARY, MAY), st.booleans())))
def test_terms_never_overlap_whatever_is_done(steps):
    terms = ()
    for plan, day, starts in steps:
        terms = started_on(terms, plan, day) if starts else ended_on(terms, day)
        for before, after in pairwise(terms):
            assert before.ends_before is not None
            assert before.starts_on < before.ends_before <= after.starts_on
        assert any(term.holds_on(day) for term in terms) == starts
