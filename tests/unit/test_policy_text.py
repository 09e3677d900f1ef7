"""Policies as owners type them: limits in a line, schedules in words, fields that are missing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.terms import (
    IdentityLocation,
    LimitCounts,
    LimitEffect,
    LimitInterval,
    LimitKind,
    LimitScope,
    MeteringTrigger,
    PolicyKind,
)
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.policies import Limit, LimitDraft, Metering, PolicyDraft, Route, Span
from desktop.domain.policy_text import (
    checked_limit,
    checked_limits,
    checked_policy,
    checked_schedule,
    limit_draft,
    limit_text,
    policy_draft,
    schedule_text,
)
from desktop.domain.routes import covers, listed, looks_like_upload
from desktop.services.limit_words import limit_in_words

DRAFT = PolicyDraft(ApplicationId("app_1"), "get", "/items/{item_id}")


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        ("100/minute", Limit(100, LimitInterval.MINUTE)),
        (" 5 / Hours ", Limit(5, LimitInterval.HOUR)),
        ("10/second sliding", Limit(10, LimitInterval.SECOND, LimitKind.SLIDING_WINDOW)),
        (
            "60/minute bucket burst=20",
            Limit(60, LimitInterval.MINUTE, LimitKind.TOKEN_BUCKET, burst=20),
        ),
        (
            "1,000/day units application warn",
            Limit(
                1000,
                LimitInterval.DAY,
                counts=LimitCounts.UNITS,
                scope=LimitScope.APPLICATION,
                effect=LimitEffect.WARN,
            ),
        ),
        (
            "5/hour when=Mon-Fri 09:00-17:00, Sat",
            Limit(
                5,
                LimitInterval.HOUR,
                schedule=(Span((1, 2, 3, 4, 5), "09:00", "17:00"), Span((6,))),
            ),
        ),
    ],
)
def test_limit_is_a_rate_and_words(typed, limit):
    assert checked_limit(limit_text(typed), "limit") == limit


@pytest.mark.parametrize(
    "typed",
    [
        "", "100", "0/minute", "-1/minute", "1.5/minute", "1/fortnight", "\u0661/day",
        f"{10**13}/day", "5/minute sometimes", "5/minute burst=3", "5/minute bucket burst=0",
        "5/minute when=Someday", "5/minute when=Mon 25:00-26:00",
    ],
)  # fmt: skip
def test_limit_that_is_none_is_refused(typed):
    with pytest.raises(InvalidInput) as refusal:
        limit_text(typed)
    assert refusal.value.field == "limit"


LIMITS = st.builds(
    Limit,
    allowed=st.integers(1, 10**12),
    interval=st.sampled_from(LimitInterval),
    kind=st.sampled_from([LimitKind.FIXED_WINDOW, LimitKind.SLIDING_WINDOW]),
    counts=st.sampled_from(LimitCounts),
    scope=st.sampled_from(LimitScope),
    effect=st.sampled_from(LimitEffect),
)


@given(LIMITS)
def test_limit_survives_the_editor(limit):
    assert checked_limit(limit_draft(limit), "limit") == limit


@given(st.sets(st.integers(1, 7), min_size=1), st.sampled_from(["00:00", "09:30"]))
def test_schedule_survives_the_editor(days, start):
    spans = (Span(tuple(sorted(days)), start, "18:00"),)
    again = checked_schedule(schedule_text(spans), "schedule")
    assert {day for span in again for day in span.weekdays} == days
    assert {(span.start, span.end) for span in again} == {(start, "18:00")}


def test_weekdays_may_run_over_the_weekend():
    assert checked_schedule("Fri-Mon", "x") == (Span((1, 5, 6, 7)),)


def test_limits_without_a_number_are_empty_lines():
    assert checked_limits([LimitDraft(), LimitDraft("5"), LimitDraft(" ")]) == (
        Limit(5, LimitInterval.MINUTE),
    )


def test_wrong_part_of_a_limit_is_named_with_its_place():
    with pytest.raises(InvalidInput) as refusal:
        checked_limits([LimitDraft("5"), LimitDraft("many")])
    assert refusal.value.field == "limits.1.allowed"


def test_policy_has_eight_limits_at_most():
    with pytest.raises(InvalidInput) as refusal:
        checked_limits([LimitDraft("5")] * 9)
    assert refusal.value.field == "limits"


def test_policy_survives_the_editor():
    draft = replace(
        DRAFT,
        identity_location=IdentityLocation.COOKIE,
        identity_name="session",
        limits=(LimitDraft("5", burst="7", kind=LimitKind.TOKEN_BUCKET),),
        response_field="usage.total",
        note="Agreed with support.",
    )
    policy = checked_policy(draft)
    assert (policy.method, policy.identity_name) == ("GET", "cookie.session")
    assert checked_policy(policy_draft(policy)) == policy


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"method": "G E T"}, "method"),
        ({"url": "items"}, "url"),
        ({"identity_location": IdentityLocation.HEADERS}, "identity_name"),
        ({"kind": PolicyKind.FUNCTION}, "function_name"),
        ({"response_field": "a", "expression": "b"}, "expression"),
        ({"trigger": MeteringTrigger.RESPONSE_VALUE}, "condition"),
    ],
)
def test_field_that_is_wrong_is_named(changes, field):
    with pytest.raises(InvalidInput) as refusal:
        checked_policy(replace(DRAFT, **changes))
    assert refusal.value.field == field


def test_what_does_not_belong_to_a_policy_is_left_out():
    draft = replace(DRAFT, function_name="ask", identity_name="X", condition="true")
    policy = checked_policy(draft)
    assert (policy.function_name, policy.identity_name) == (None, None)
    assert policy.metering == Metering()


def test_star_of_a_list_stands_for_a_whole_field():
    assert listed([Route("*", "*")], "GET", "/x")
    assert listed([Route("POST", "/x"), Route("GET", "/x")], "GET", "/x")
    assert not listed([Route("GET", "/x/*")], "GET", "/x/y")
    assert not listed([Route("POST", "/x")], "GET", "/x")


@pytest.mark.parametrize(
    ("blocked", "is_covered"),
    [("/x/y", True), ("*", True), ("/x/*", True), ("/x", False), ("/z/*", False)],
)
def test_block_may_cover_all_that_begins_alike(blocked, is_covered):
    assert covers(Route("*", blocked), "GET", "/x/y") is is_covered
    assert not covers(Route("POST", blocked), "GET", "/x/y")


def test_upload_routes_are_suspected_by_their_words():
    assert looks_like_upload("/v1/files/{id}")
    assert not looks_like_upload("/v1/profiles")


def test_limit_is_told_in_words():
    bucket = Limit(60, LimitInterval.MINUTE, LimitKind.TOKEN_BUCKET, burst=20)
    assert limit_in_words(bucket) == (
        "At most 60 calls per minute for each caller, filling evenly, 20 at once"
    )
    soft = Limit(
        9,
        LimitInterval.DAY,
        LimitKind.SLIDING_WINDOW,
        LimitCounts.UNITS,
        LimitScope.APPLICATION,
        effect=LimitEffect.WARN,
        schedule=(Span((1,)),),
    )
    assert limit_in_words(soft) == (
        "At most 9 units per day for all callers together, looking back from each call, "
        "only Mon, warning only"
    )
