"""What the service stores of a call beside its numbers."""

import json
import logging

import msgspec
import pytest

from hosted.clock import rfc3339
from hosted.scrub.details import LARGEST_DETAIL, Details
from hosted.scrub.events import scrubbed
from hosted.scrub.scrub_rules import ScrubRules
from hosted.sdk.frames import AllocationMessage
from tests.hosted.scrub.corpus import core_of, secrets
from tests.hosted.scrub.engines import PSEUDONYMS

NOW = 1_795_436_551_000_000
HOUR = 3_600_000_000
RULE = {
    "application_id": "app_1",
    "method": "POST",
    "url": "/login",
    "reason": "A customer's question",
    "expires_at": rfc3339(NOW + HOUR),
}
FACTS = {
    "method": "POST",
    "url": "/login",
    "rawUrl": "/login",
    "clientIP": "198.51.100.7",
    "userAgent": "curl/8.1",
    "usageflowRequestId": "8ca08e75-b1bb-457c-a890-ea4a01f082bb",
    "headers": {"Accept": "*/*", "Cookie": "sid=hunter2"},
    "queryParams": {"n": "9", "jo@corp.example": "1"},
    "body": {"user": "ann", "password": "hunter2", "note": "see the plan"},
    "responseHeaders": {"Content-Type": "application/json", "Set-Cookie": "sid=hunter2"},
    "responseStatusCode": 200,
}


def call(facts=FACTS, alias="POST /login ann"):
    raw = msgspec.Raw(json.dumps(facts).encode())
    return scrubbed(AllocationMessage(alias=alias, metadata=raw))


def kept(details, *message):
    """The detail of a message as a reader of the storage finds it, and whether it was dropped."""
    detail, is_dropped = details.of(*message)
    return msgspec.json.decode(msgspec.json.encode(detail)), is_dropped


@pytest.fixture
def rules():
    return ScrubRules()


@pytest.fixture
def details(rules):
    return Details(rules, PSEUDONYMS)


def test_without_a_rule_sizes_shapes_and_names_are_kept_and_no_values(details):
    detail, is_dropped = kept(details, "app_1", call(), NOW)
    assert not is_dropped
    assert detail["sizes"] == {"body": len(json.dumps(FACTS["body"]))}
    assert detail["shapes"]["body"] == {"user": "string", "password": "string", "note": "string"}
    assert detail["query"] == ["n", "[email]"]
    assert detail["headers"] == {"accept": "*/*"}
    assert detail["response_headers"] == {"content-type": "application/json"}
    assert detail["network"] == "198.51.100.0/24"
    text = json.dumps(detail)
    assert not any(word in text for word in ("hunter2", "ann", "plan", "corp"))


def test_with_a_rule_contents_are_kept_scrubbed_until_it_ends(details, rules):
    rules.apply("scrub_1", RULE)
    detail, _ = kept(details, "app_1", call(), NOW)
    body = detail["event"]["body"]
    assert body["note"] == "see the plan"
    assert body["password"] == "[secret]"
    assert body["user"] == PSEUDONYMS.of("app_1", "ann")
    assert detail["event"]["headers"]["Cookie"] == "sid=[secret]"
    assert "hunter2" not in json.dumps(detail)
    assert "event" not in kept(details, "app_1", call(), NOW + HOUR)[0]
    assert "event" not in kept(details, "app_2", call(), NOW)[0]


def test_a_rule_that_was_deleted_or_moved_keeps_nothing_any_more(details, rules):
    rules.apply("scrub_1", RULE)
    rules.apply("scrub_2", RULE | {"url": "/other"})
    rules.apply("scrub_1", None)
    assert "event" not in kept(details, "app_1", call(), NOW)[0]
    rules.apply("scrub_2", RULE)
    assert "event" in kept(details, "app_1", call(), NOW)[0]


def test_a_planted_secret_is_in_no_detail(details, rules):
    for has_rule in (False, True):
        if has_rule:
            rules.apply("scrub_1", RULE)
        for name, secret in secrets(31).items():
            places = (
                "body",
                "queryParams",
                "headers",
                "requestBody",
                "args",
                "returnValue",
                "error",
            )
            facts = FACTS | {place: {"x": secret, secret: "y"} for place in places}
            facts |= {"userAgent": secret, "clientIP": secret, "functionName": secret}
            detail, is_dropped = kept(details, "app_1", call(facts, f"POST /login {secret}"), NOW)
            assert core_of(secret) not in json.dumps(detail, ensure_ascii=False), name
            assert not is_dropped


def test_large_contents_are_not_kept_and_large_bodies_not_shaped(details, rules):
    facts = FACTS | {"body": {"text": "word " * LARGEST_DETAIL}}
    rules.apply("scrub_1", RULE)
    detail, _ = kept(details, "app_1", call(facts), NOW)
    assert detail["too_large"] is True
    assert "event" not in detail
    assert "shapes" not in detail
    assert detail["sizes"]["body"] > LARGEST_DETAIL


def test_a_scrubber_that_fails_drops_the_payload_and_counts_it(details, rules, caplog, monkeypatch):
    def fail(*_):
        raise ValueError("hunter2")

    rules.apply("scrub_1", RULE)
    monkeypatch.setattr(details._events, "contents", fail)
    with caplog.at_level(logging.ERROR):
        detail, is_dropped = kept(details, "app_1", call(), NOW)
    assert is_dropped
    assert details.failures == 1
    assert detail["network"] == "198.51.100.0/24"
    assert "hunter2" not in json.dumps(detail)
    assert "hunter2" not in caplog.text
    caplog.clear()


@pytest.mark.parametrize("raw", [b"null", b"[1]", b'"x"', b"{}"])
def test_metadata_of_another_form_have_no_detail(details, rules, raw):
    rules.apply("scrub_1", RULE | {"url": "(none)"})
    made = scrubbed(AllocationMessage(alias="x", metadata=msgspec.Raw(raw)))
    assert kept(details, "app_1", made, NOW) == ({}, False)
