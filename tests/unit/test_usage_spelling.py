"""A question has one spelling, and every spelling leads back to it."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import (
    Comparison,
    Dimension,
    Filter,
    Grain,
    Measure,
    Question,
    obstacle,
)
from desktop.domain.usage_spelling import (
    canonical,
    link_to,
    question_from,
    question_of_link,
    spelled,
)

JUNE = DateRange(date(2026, 6, 1), date(2026, 7, 1))
keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
questions = st.builds(
    Question,
    st.just(JUNE),
    st.sampled_from(Measure),
    st.one_of(st.none(), keys.map(ApplicationId)),
    st.sampled_from(Grain),
    st.one_of(st.none(), st.sampled_from(Dimension)),
    st.lists(
        st.builds(
            Filter,
            st.sampled_from(Dimension),
            st.lists(keys, min_size=1, max_size=3).map(tuple),
            st.booleans(),
        ),
        max_size=4,
    ).map(tuple),
    st.sampled_from(Comparison),
    st.integers(1, 1000),
)


@given(questions)
def test_both_spellings_lead_back_to_the_question(question):
    assert question_from(spelled(question)) == canonical(question)
    assert question_of_link(link_to(question)) == canonical(question)
    assert canonical(canonical(question)) == canonical(question)


@given(questions, st.randoms(use_true_random=False))
def test_order_of_filters_and_keys_changes_no_spelling(question, random):
    filters = [
        Filter(one.dimension, tuple(random.sample(one.keys, len(one.keys))), one.excludes)
        for one in random.sample(question.filters, len(question.filters))
    ]
    other = Question(
        question.period,
        question.measure,
        question.application_id,
        question.grain,
        question.group_by,
        tuple(filters),
        question.comparison,
        question.top,
    )
    assert spelled(other) == spelled(question)
    assert link_to(other) == link_to(question)


def test_what_is_as_usual_is_not_spelled():
    assert spelled(Question(JUNE)) == '{"from":"2026-06-01","to":"2026-07-01"}'
    assert link_to(Question(JUNE)) == "usageflow://usage?from=2026-06-01&to=2026-07-01"


def test_two_filters_on_one_dimension_are_one():
    both = (Filter(Dimension.ENDPOINT, ("a", "b")), Filter(Dimension.ENDPOINT, ("b", "c")))
    assert canonical(Question(JUNE, filters=both)).filters == (Filter(Dimension.ENDPOINT, ("b",)),)
    neither = tuple(Filter(one.dimension, one.keys, excludes=True) for one in both)
    assert canonical(Question(JUNE, filters=neither)).filters == (
        Filter(Dimension.ENDPOINT, ("a", "b", "c"), excludes=True),
    )


@pytest.mark.parametrize(
    "link",
    [
        "https://usage?from=2026-06-01&to=2026-07-01",
        "usageflow://pricing?from=2026-06-01&to=2026-07-01",
        "usageflow://usage",
        "usageflow://usage?from=2026-06-01",
        "usageflow://usage?from=2026-06-01&to=never",
        "usageflow://usage?from=2026-06-01&to=2026-07-01&delete=all",
        "usageflow://usage?from=2026-06-01&to=2026-07-01&to=2026-08-01",
        "usageflow://usage?from=2026-06-01&to=2026-07-01&top=many",
        "usageflow://usage?from=2026-06-01&to=2026-07-01&only=colour:red",
        "usageflow://usage?from=2026-06-01&to=2026-07-01&only=endpoint",
        "usageflow://usage?" + "top=1&" * 100,
        "usageflow://[usage",
    ],
)
def test_link_that_is_no_question_is_refused_in_words(link):
    with pytest.raises(InvalidInput, match=r"\w+ .*\."):
        question_of_link(link)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[" * 50_000, '{"from":1,"to":2}', "\0"])
def test_text_that_is_no_question_is_refused_in_words(text):
    with pytest.raises(InvalidInput, match="not a question"):
        question_from(text)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (Question(JUNE, Measure.P95, group_by=Dimension.CUSTOMER), "by endpoint"),
        (Question(JUNE, Measure.ERRORS, filters=(Filter(Dimension.PLAN, ("p",)),)), "by endpoint"),
        (Question(JUNE, Measure.UNITS, group_by=Dimension.STATUS_CLASS), "by status"),
        (Question(JUNE, group_by=Dimension.RULE), "rules"),
        (Question(JUNE, Measure.REVENUE, grain=Grain.HOUR), "by day"),
        (Question(JUNE, Measure.CUSTOMERS, group_by=Dimension.CUSTOMER), "one customer"),
        (
            Question(
                JUNE,
                group_by=Dimension.STATUS_CLASS,
                filters=(Filter(Dimension.CUSTOMER, ("cus_1",)),),
            ),
            "by status|by endpoint",
        ),
    ],
)
def test_question_that_nobody_can_answer_says_why(question, words):
    assert re.search(words, obstacle(question))


def test_usual_questions_meet_no_obstacle():
    for measure in Measure:
        assert not obstacle(Question(JUNE, measure))
