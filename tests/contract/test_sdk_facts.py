"""What owners are told of each SDK: every known trap is named where it applies, and only there."""

import pytest

from contract.messages.applications import ApplicationBody, Route, UsageCap
from contract.messages.health import SdkKind
from contract.messages.policies import BlockBody, Limit, Metering, PolicyBody
from contract.sdk_facts import block_facts, policy_facts, route_facts
from contract.sdk_facts.policies import POLICY_RULES
from contract.sdk_facts.routes import BLOCK_RULES, ROUTE_RULES, python_understands
from contract.sdk_facts.sdks import Sdk, sdks_in_use
from contract.terms import (
    IdentityLocation,
    LimitEffect,
    LimitInterval,
    MeteringTrigger,
    PolicyKind,
    Severity,
)

PYTHON, GO, LEGACY = SdkKind.PYTHON, SdkKind.GO, SdkKind.LEGACY
ALL_KINDS = tuple(SdkKind)
LIMIT = Limit(allowed=5, interval=LimitInterval.MINUTE)
WARN_ONLY = Limit(allowed=5, interval=LimitInterval.MINUTE, effect=LimitEffect.WARN)


def policy(url="/x", location=None, **fields):
    """A policy of GET on a route that says nothing about its framework."""
    name = "who" if location else None
    values = {"application_id": "app_1", "method": "GET", "url": url, **fields}
    return PolicyBody(identity_location=location, identity_name=name, **values)


def application(*routes, **fields):
    """An application that meters these routes."""
    metered = tuple(Route(method=method, url=url) for method, url in routes)
    return ApplicationBody(name="Shop", metered_routes=metered, **fields)


def told(facts):
    """Codes by SDK."""
    found = {}
    for fact in facts:
        found.setdefault(fact.sdk, set()).add(fact.code)
    return found


def test_harmless_policy_has_no_facts():
    assert policy_facts(policy("/x", IdentityLocation.HEADERS), ALL_KINDS) == ()


@pytest.mark.parametrize(
    ("location", "sdk", "code", "severity"),
    [
        (IdentityLocation.PATH, Sdk.FASTAPI, "identity_path_empty", Severity.BROKEN),
        (IdentityLocation.BODY, Sdk.GO, "identity_body_withheld", Severity.BROKEN),
        (IdentityLocation.BODY, Sdk.FLASK, "identity_body_json", Severity.NOTE),
        (IdentityLocation.BODY, Sdk.FASTAPI, "identity_body_uploads", Severity.WARNING),
        (IdentityLocation.BEARER, Sdk.GO, "identity_claim_text", Severity.NOTE),
    ],
)
def test_place_of_the_identity_is_called_broken_where_it_is(location, sdk, code, severity):
    facts = policy_facts(policy(location=location), ALL_KINDS)
    assert [(fact.sdk, fact.severity) for fact in facts if fact.code == code] == [(sdk, severity)]


def test_token_is_unchecked_in_every_sdk():
    facts = policy_facts(policy(location=IdentityLocation.BEARER), [PYTHON, GO])
    unchecked = {fact.sdk for fact in facts if fact.code == "identity_token_unchecked"}
    assert unchecked == {Sdk.FASTAPI, Sdk.FLASK, Sdk.GO}


def test_limit_without_identity_holds_nobody_in_python():
    facts = told(policy_facts(policy(limits=(LIMIT,)), [PYTHON, GO]))
    assert "anonymous_unlimited" in facts[Sdk.FASTAPI] & facts[Sdk.FLASK]
    assert "anonymous_unlimited" not in facts[Sdk.GO]
    assert "refused_with_429" in facts[Sdk.GO]
    assert "refused_with_478" in facts[Sdk.FLASK]


def test_limit_with_identity_warns_of_callers_without_one():
    limited = policy(location=IdentityLocation.HEADERS, limits=(LIMIT,))
    (fact,) = (
        fact
        for fact in policy_facts(limited, [PYTHON])
        if fact.code == "anonymous_unlimited" and fact.sdk is Sdk.FLASK
    )
    assert fact.severity is Severity.WARNING
    assert fact.field == "limits"
    assert fact.effect.enforced
    assert fact.effect.kind == "flask"


def test_limit_that_only_warns_says_nothing_of_refusals():
    assert policy_facts(policy(limits=(WARN_ONLY,)), ALL_KINDS) == ()


@pytest.mark.parametrize(
    "metering",
    [
        Metering(response_field="usage.total"),
        Metering(expression="status"),
        Metering(trigger=MeteringTrigger.SUCCESS),
    ],
)
def test_go_settles_a_limited_call_before_its_outcome(metering):
    free = policy(location=IdentityLocation.HEADERS, metering=metering)
    limited = free.model_copy(update={"limits": (LIMIT,)})
    assert "limited_before_outcome" not in told(policy_facts(free, [GO])).get(Sdk.GO, set())
    (fact,) = (f for f in policy_facts(limited, [GO]) if f.code == "limited_before_outcome")
    assert not fact.effect.enforced


def test_tracked_zero_is_reported_as_one_in_python_only():
    tracked = policy(metering=Metering(response_field="usage.total"))
    facts = told(policy_facts(tracked, [PYTHON, GO]))
    assert "zero_counts_one" in facts[Sdk.FASTAPI] & facts[Sdk.FLASK]
    assert facts[Sdk.GO] == {"numbers_only"}


def test_path_through_a_list_is_beyond_go():
    tracked = policy(metering=Metering(response_field="items[*].size"))
    assert "lists_unknown" in told(policy_facts(tracked, [GO]))[Sdk.GO]


def test_star_in_a_policy_matches_nothing():
    assert "wildcard_policy" in told(policy_facts(policy("*"), [GO]))[Sdk.GO]


@pytest.mark.parametrize(
    ("url", "misled"),
    [
        ("/items/:id", {Sdk.FASTAPI, Sdk.FLASK}),
        ("/files/*path", {Sdk.FASTAPI, Sdk.FLASK}),
        ("/items/{id}", {Sdk.GO}),
        ("/items/<int:id>", {Sdk.GO}),
        ("/items", set()),
    ],
)
def test_route_of_another_framework_never_applies(url, misled):
    facts = told(policy_facts(policy(url), [PYTHON, GO]))
    assert {sdk for sdk, codes in facts.items() if "foreign_route" in codes} == misled


def test_function_policy_is_for_go():
    function = policy("*", kind=PolicyKind.FUNCTION, function_name="ask", limits=(LIMIT,))
    facts = told(policy_facts(function, [PYTHON, GO]))
    assert "functions_unknown" in facts[Sdk.FASTAPI]
    assert facts[Sdk.GO] == {"function_refused", "passes_when_away"}


def test_worst_fact_comes_first():
    limited = policy(limits=(LIMIT,), metering=Metering(response_field="a"))
    ranks = [fact.severity.rank for fact in policy_facts(limited, ALL_KINDS)]
    assert ranks == sorted(ranks)
    assert ranks[0] == 0


@pytest.mark.parametrize(
    ("kinds", "url", "expected"),
    [
        ([], "", {Sdk.FASTAPI, Sdk.FLASK, Sdk.GO}),
        ([SdkKind.UNKNOWN], "", {Sdk.FASTAPI, Sdk.FLASK, Sdk.GO}),
        ([PYTHON], "/a", {Sdk.FASTAPI, Sdk.FLASK}),
        ([PYTHON], "/a/{b}", {Sdk.FASTAPI}),
        ([PYTHON], "/a/<b>", {Sdk.FLASK}),
        ([GO, LEGACY, SdkKind.UNKNOWN], "", {Sdk.GO, Sdk.LEGACY}),
        ([SdkKind.JAVASCRIPT], "", {Sdk.JAVASCRIPT}),
    ],
)
def test_sdks_are_told_apart_as_far_as_anything_tells(kinds, url, expected):
    assert set(sdks_in_use(kinds, url)) == expected


def test_block_says_how_fast_each_sdk_obeys():
    block = BlockBody(application_id="app_1", method="GET", url="/x")
    texts = {
        fact.sdk: fact.text for fact in block_facts(block, [PYTHON, GO]) if "within" in fact.text
    }
    assert "10 seconds" in texts[Sdk.FLASK]
    assert "30 seconds" in texts[Sdk.GO]


def test_route_list_beyond_python_is_filtered_by_the_service():
    simple = application(("*", "*"))
    longer = application(("GET", "/a"), ("GET", "/b"))
    assert Sdk.FLASK not in told(route_facts(simple, [PYTHON]))
    assert "routes_filtered_late" in told(route_facts(longer, [PYTHON]))[Sdk.FLASK]
    assert told(route_facts(longer, [GO])) == {Sdk.GO: {"metered_at_first"}}


def test_fastapi_owners_hear_of_uploads_and_cookies():
    facts = told(route_facts(application(("*", "*")), [PYTHON]))
    assert {"uploads_silence", "one_cookie"} <= facts[Sdk.FASTAPI]
    assert Sdk.FLASK not in facts


def test_cap_reaches_every_sdk_but_the_oldest():
    capped = application(("*", "*"), cap=UsageCap(requests=10))
    facts = told(route_facts(capped, [PYTHON, GO, LEGACY]))
    assert "cap_pauses" in facts[Sdk.FLASK] & facts[Sdk.GO]
    assert "cap_unknown" in facts[Sdk.LEGACY]


@pytest.mark.parametrize(
    ("routes", "understood"),
    [
        ([("*", "*")], True),
        ([("GET", "/a"), ("POST", "*")], True),
        ([("GET", "/a"), ("GET", "/b")], False),
        ([("*", "*"), ("GET", "/b")], False),
        ([("GET", "/a/{b}")], False),
        ([("GET", "/a/*")], False),
        ([], True),
    ],
)
def test_python_reads_only_simple_route_lists(routes, understood):
    assert python_understands(routes) is understood


def test_texts_are_whole_sentences_and_codes_are_unique_for_an_sdk():
    rules = (*POLICY_RULES, *BLOCK_RULES, *ROUTE_RULES)
    assert all(rule.text.endswith(".") and "  " not in rule.text for rule in rules)
    fields = set(PolicyBody.model_fields) | set(ApplicationBody.model_fields)
    assert all(rule.field.split(".")[0] in fields for rule in rules)
