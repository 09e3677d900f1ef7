"""Field rules of whole events, in both profiles."""

import pytest

from hosted.scrub.fields import remains_of
from tests.hosted.scrub.corpus import core_of, secrets
from tests.hosted.scrub.engines import (
    EVENT,
    HYPERSCAN,
    RE2,
    STDLIB,
    OpenGate,
    as_text,
    places,
    planted,
    records,
    scrubbed,
    shape,
    shown,
)

PLACES = [path for path in places(EVENT) if path]


@pytest.mark.parametrize("profile", ["minimal", "scrub"])
@pytest.mark.parametrize("how", ["value", "list", "key"])
def test_a_secret_in_any_place_is_gone_the_shape_is_kept_and_twice_is_once(how, profile):
    scrubber = records(profile)
    corpus = list(secrets(9).items())
    for number, path in enumerate(PLACES):
        for name, secret in corpus[number % 4 :: 4]:
            event = planted(path, secret, how=how)
            if event is None:
                continue
            kept = scrubber.scrubbed({"event": event, "alias": f"POST /v1/a/{{id}} {secret}"})
            assert core_of(secret) not in as_text(kept), (path, name)
            assert shape(kept["event"]) == shape(event), (path, name)
            assert scrubber.scrubbed(kept) == kept, (path, name)
    assert scrubber.failures == 0


@pytest.mark.parametrize("profile", ["minimal", "scrub"])
@pytest.mark.parametrize("gate", [RE2, STDLIB, OpenGate()], ids=["re2", "re", "none"])
def test_every_engine_comes_to_the_same_verdict(gate, profile):
    first, second = records(profile, HYPERSCAN), records(profile, gate)
    corpus = list(secrets(4).items())
    for number, path in enumerate(PLACES):
        _, secret = corpus[number % len(corpus)]
        record = {
            "event": planted(path, f"x {secret} y", how="value"),
            "alias": "POST /v1/a/{id} u",
        }
        assert first.scrubbed(record) == second.scrubbed(record)


def test_metering_facts_are_never_touched():
    kept = ["method", "url", "rawUrl", "timestamp", "usageflowRequestId", "responseStatusCode"]
    kept += ["requestDuration", "usage", "model", "functionName", "type", "totalTokens"]
    for profile in ("minimal", "scrub"):
        event = scrubbed(EVENT, profile)
        assert {name: event[name] for name in kept} == {name: EVENT[name] for name in kept}


def test_minimal_keeps_the_shape_of_bodies_and_nothing_of_their_values():
    event = {"body": {"a": "b", "n": [1, 2.5, True, None, ""]}, "args": ["hi"], "error": "boom"}
    assert scrubbed(event, "minimal") == {
        "body": {"a": "string", "n": ["integer", "number", "boolean", None, ""]},
        "args": ["string"],
        "error": "string",
    }


def test_scrub_keeps_what_no_detector_knows():
    event = {"body": {"a": "b", "password": "x", "n": [1, 2.5, True]}, "unknown": {"c": "d"}}
    assert scrubbed(event, "scrub") == {
        "body": {"a": "b", "password": "[secret]", "n": [1, 2.5, True]},
        "unknown": {"c": "d"},
    }


@pytest.mark.parametrize(
    ("alias", "left"),
    [
        ("POST /v1/a/{id} ann", f"POST /v1/a/{{id}} {shown('ann')}"),
        ("POST /v1/a/{id} ann b@x y", f"POST /v1/a/{{id}} {shown('ann b@x y')}"),
        ("POST /v1/a/{id}", "POST /v1/a/{id}"),
        ("POST /v1/a/{id} anonymous", "POST /v1/a/{id} anonymous"),
        ("GET None", "GET None"),
        ("GET /other ann", f"GET /other {shown('ann')}"),
        ("tenant-7", shown("tenant-7")),
        (
            "POST /v1/a/{id} ann func:svc/llm.go:ask",
            f"POST /v1/a/{{id}} {shown('ann')} func:svc/llm.go:ask",
        ),
    ],
)
def test_the_identity_of_an_alias_becomes_a_pseudonym(alias, left):
    record = {"event": {"method": "POST", "url": "/v1/a/{id}"}, "alias": alias}
    for profile in ("minimal", "scrub"):
        assert records(profile).scrubbed(record)["alias"] == left


def test_the_identity_is_replaced_wherever_else_it_stands():
    event = {
        "method": "GET",
        "url": "/u/{id}",
        "rawUrl": "/u/jo77",
        "pathParams": {"id": "jo77"},
        "queryParams": {"who": "jo77"},
        "headers": {"X-Who": "jo77"},
        "body": {"by": "jo77"},
    }
    record = records("scrub").scrubbed({"event": event, "alias": "GET /u/{id} jo77"})
    assert "jo77" not in as_text(record)
    assert record["event"]["rawUrl"] == f"/u/{shown('jo77')}"
    assert record["event"]["body"] == {"by": shown("jo77")}


@pytest.mark.parametrize(
    ("url", "raw", "left"),
    [
        ("/items/{id}", "/items/5", "/items/5"),
        ("/items/<int:id>", "/items/5", "/items/5"),
        ("/items/:id", "/items/blue-widget", "/items/blue-widget"),
        ("/u/{email}", "/u/jo@corp.example", "/u/{email}"),
        ("/u/{email}", "/u/jo%40corp.example", "/u/{email}"),
        ("/u/{who}", "/u/jo%2540corp.example", "/u/{who}"),
        ("/reset/{token}", "/reset/abc1", "/reset/{token}"),
        ("/o/{otp}", "/o/482913", "/o/{otp}"),
        ("/c/{n}", "/c/4111111111111111", "/c/{n}"),
        ("/f/{path:path}", "/f/a/b/c", "/f/a/b/c"),
        ("/f/*path", "/f/a/jo@corp.example", "/f/{path}"),
        (
            "/r/{id}",
            "/r/8ca08e75-b1bb-457c-a890-ea4a01f082bb",
            "/r/8ca08e75-b1bb-457c-a890-ea4a01f082bb",
        ),
        ("/items", "/items", "/items"),
        ("/u/jo@corp.example", "/u/jo@corp.example", "/u/[email]"),
        ("/items", "/items?token=abc&page=2", "/items?token=[secret]&page=2"),
    ],
)
def test_a_raw_path_is_rebuilt_from_its_route(url, raw, left):
    assert scrubbed({"url": url, "rawUrl": raw}, "scrub")["rawUrl"] == left


def test_a_raw_path_that_is_not_its_routes_is_dropped_by_minimal_and_read_by_scrub():
    event = {"url": "/a/{id}", "rawUrl": "/b/jo@corp.example/c"}
    assert scrubbed(event, "minimal")["rawUrl"] == "[dropped]"
    assert scrubbed(event, "scrub")["rawUrl"] == "/b/[email]/c"


def test_segments_behind_a_telling_one_are_masked():
    event = {"url": "/reset/8f3aQk29xLmP0w7Z1", "rawUrl": "/reset/8f3aQk29xLmP0w7Z1"}
    assert scrubbed(event)["rawUrl"] == "/reset/[secret]"


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("Authorization", "Bearer abc", "Bearer [secret]"),
        ("Authorization", "Bearer ****", "Bearer ****"),
        ("authorization", "abc", "[secret]"),
        ("X-Api-Key", "****", "****"),
        ("Api-Key", "k2", "[secret]"),
        ("apikey", "k2", "[secret]"),
        ("Ocp-Apim-Subscription-Key", "k2", "[secret]"),
        ("X-Auth-Token", "t", "[secret]"),
        ("Sec-WebSocket-Key", "dGhl", "dGhl"),
        (
            "Idempotency-Key",
            "8ca08e75-b1bb-457c-a890-ea4a01f082bb",
            "8ca08e75-b1bb-457c-a890-ea4a01f082bb",
        ),
        ("Cookie", "a=1; sid=x y; c", "a=[secret]; sid=[secret]; [secret]"),
        ("Set-Cookie", "sid=x; Path=/; HttpOnly", "sid=[secret]; Path=/; HttpOnly"),
        ("X-Forwarded-For", "198.51.100.7, 2001:db8:1:2::3", "198.51.100.0/24, 2001:db8:1::/48"),
        (
            "Forwarded",
            'for=198.51.100.7;by="[2001:db8::1]:80"',
            'for=198.51.100.0/24;by="2001:db8::/48"',
        ),
        ("X-Real-IP", "::ffff:198.51.100.7", "198.51.100.0/24"),
        ("X-Real-IP", "somebody", "[dropped]"),
        ("Location", "/cb?code=aB3kQ9zX81mN0pQ2&state=ok&x=1", "/cb?code=[secret]&state=ok&x=1"),
        ("X-User-Id", "jo", shown("jo")),
        ("User-Agent", "Mozilla/5.0 Chrome/120.0.0.0", "Mozilla/5.0 Chrome/120.0.0.0"),
        ("X-Anything", "see jo@corp.example", "see [email]"),
        ("Content-Type", "application/json; charset=utf-8", "application/json; charset=utf-8"),
    ],
)
def test_headers_are_kept_by_their_rules_flat_in_lists_and_in_pairs(name, value, left):
    assert scrubbed({"headers": {name: value}})["headers"] == {name: left}
    assert scrubbed({"headers": {name: [value, value]}})["headers"] == {name: [left, left]}
    assert scrubbed({"headers": [[name, value]]})["headers"] == [[name, left]]
    har = [{"name": name, "value": value}]
    assert scrubbed({"headers": har})["headers"] == [{"name": name, "value": left}]
    flat = scrubbed({"headers": [name, value, "Host", "h"]})["headers"]
    assert flat == [name, left, "Host", "h"]


def test_minimal_keeps_names_of_headers_and_a_short_list_of_values():
    event = {
        "headers": {
            "Accept": "*/*",
            "X-Own": "v",
            "Cookie": ["a=1"],
            "X-Api-Key": "****",
            "Content-Disposition": 'attachment; filename="Jo Doe.pdf"',
            "User-Agent": "MyApp/2.14.0.3 (Jo; x)",
            "X-Request-Id": "not an id at all",
        }
    }
    assert scrubbed(event, "minimal")["headers"] == {
        "Accept": "*/*",
        "X-Own": "[dropped]",
        "Cookie": ["[dropped]"],
        "X-Api-Key": "****",
        "Content-Disposition": "attachment; filename=[dropped]",
        "User-Agent": "MyApp/2.14.0.3",
        "X-Request-Id": "[dropped]",
    }


def test_queries_keep_their_names():
    event = {"queryParams": {"page": "2", "q": "v", "token": ["t"], "jo@corp.example": "1"}}
    assert scrubbed(event, "minimal")["queryParams"] == {
        "page": "2",
        "q": "[dropped]",
        "token": ["[dropped]"],
        "[email]": "[dropped]",
    }
    assert scrubbed(event, "scrub")["queryParams"] == {
        "page": "2",
        "q": "v",
        "token": ["[secret]"],
        "[email]": "1",
    }
    assert (
        scrubbed({"queryParams": "a=b&password=x"}, "scrub")["queryParams"]
        == "a=b&password=[secret]"
    )


def test_schemas_keep_their_fields_and_no_data_in_place_of_them():
    schema = {
        "password": {"type": "string", "path": "password"},
        "by": {
            "type": "object",
            "properties": {"jo@corp.example": {"type": "integer", "path": "by.jo@corp.example"}},
        },
        "kept": {"type": "array", "items": {"type": "string", "example": "abc"}},
        "token": {"type": "hunter2"},
    }
    left = scrubbed({"responseSchema": schema}, "minimal")["responseSchema"]
    assert left["password"] == schema["password"]
    assert left["by"]["properties"] == {"[email]": {"type": "integer", "path": "[email]"}}
    assert left["kept"]["items"] == {"type": "string", "example": "string"}
    assert left["token"] == {"type": "[secret]"}


def test_a_map_is_no_list_of_fields():
    schema = {f"user-{number}": {"type": "integer"} for number in range(500)}
    for profile in ("minimal", "scrub"):
        left = scrubbed({"responseSchema": schema}, profile)["responseSchema"]
        assert left == {"*": {"type": "integer"}}


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("198.51.100.0/24", "198.51.100.0/24"),
        ("::ffff:c633:6407", "198.51.100.0/24"),
        ("2002:cb00:7141::1", "2002::/16"),
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", "[dropped]"),
        ("", ""),
    ],
)
def test_the_client_address_is_truncated(address, left):
    assert scrubbed({"clientIP": address}, "minimal")["clientIP"] == left


def test_a_whole_frame_is_understood():
    frame = {
        "type": "use_allocation",
        "id": "8ca08e75-b1bb-457c-a890-ea4a01f082bb",
        "payload": {
            "alias": "GET /x jo77",
            "amount": 2,
            "metadata": {"method": "GET", "url": "/x", "body": "b"},
        },
    }
    left = scrubbed(frame, "minimal")
    assert left["payload"]["alias"] == f"GET /x {shown('jo77')}"
    assert left["payload"]["metadata"] == {"method": "GET", "url": "/x", "body": "string"}
    assert (left["type"], left["id"], left["payload"]["amount"]) == (frame["type"], frame["id"], 2)


def test_an_event_that_cannot_be_scrubbed_is_dropped_and_counted():
    deep = []
    for _ in range(5000):
        deep = [deep]
    scrubber = records("scrub")
    event = {
        "method": "GET",
        "url": "/x",
        "responseStatusCode": 200,
        "body": deep,
        "headers": {"a": "s3cret"},
    }
    record = scrubber.scrubbed({"event": event, "alias": "GET /x s3cret"})
    assert record["event"] == {
        "method": "GET",
        "url": "/x",
        "responseStatusCode": 200,
        "scrubFailed": True,
    }
    assert "s3cret" not in as_text(record)
    assert scrubber.failures == 1


@pytest.mark.parametrize(
    "url", ["/u/jo@corp.example", "/u/12345", "/k/sk_live_51HxT9aBcDeF", 7, None, "/a b\x00"]
)
def test_what_remains_of_a_failure_names_no_raw_path(url):
    assert remains_of({"url": url, "method": "get", "timestamp": "x"}) == {"scrubFailed": True}
