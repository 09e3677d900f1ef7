"""The minimal profile: what remains of a message, field by field."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages.rollups import ANONYMOUS
from contract.terms import Oddity
from hosted.scrub.addresses import truncated
from hosted.scrub.amounts import units_micro
from hosted.scrub.events import scrubbed
from hosted.scrub.identity import customer_id, identity_in
from hosted.scrub.known_headers import agent_family, kept_headers
from hosted.scrub.routes import clean_method, clean_url
from hosted.sdk.frames import AllocationMessage
from hosted.secrets import Secrets

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("203.0.113.77:8080", "203.0.113.0/24"),
        ("255.255.255.255", "255.255.255.0/24"),
        ("256.0.0.1", None),
        ("01.2.3.4", None),
        ("1.2.3", None),
        ("\u0661.2.3.4", None),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1234:5678::1", "2001:db8:1234::/48"),
        ("[2001:db8:1234:5678::1]:443", "2001:db8:1234::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("2002:cb00:7141::1", "2002::/16"),
        ("testclient", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_addresses_are_cut_to_their_network(address, network):
    assert truncated(address) == network


@pytest.mark.parametrize(
    ("raw", "micro", "odd"),
    [
        (b"1", 1_000_000, None),
        (b"0", 0, None),
        (b"0.1", 100_000, None),
        (b"0.30000000000000004", 300_000, None),
        (b'"42"', 42_000_000, None),
        (b'" 7.5 "', 7_500_000, None),
        (b"1e3", 1_000_000_000, None),
        (b"null", 1_000_000, None),
        (b"", 1_000_000, None),
        (b"true", 1_000_000, Oddity.NO_NUMBER),
        (b'{"a":1}', 1_000_000, Oddity.NO_NUMBER),
        (b'"NaN"', 1_000_000, Oddity.NO_NUMBER),
        (b'"Infinity"', 1_000_000, Oddity.NO_NUMBER),
        (b"-3", 1_000_000, Oddity.BEYOND),
        (b"1e400", 1_000_000, Oddity.BEYOND),
        (b'"' + b"9" * 5000 + b'"', 1_000_000, Oddity.NO_NUMBER),
        (b"0.1234567", 1_000_000, Oddity.FINER),
        (b'"0.0000001"', 1_000_000, Oddity.FINER),
        (b"99999999.9999999", 1_000_000, Oddity.FINER),
        (b"999999999.999999", 999_999_999_999_999, None),
        (b"1000000000.1", 1_000_000, Oddity.BEYOND),
    ],
)
def test_amounts_are_exact_or_refused_with_a_reason(raw, micro, odd):
    assert units_micro(raw) == (micro, odd)


def test_only_a_booking_may_give_units_back():
    assert units_micro(b"-3.5", is_credit=True) == (-3_500_000, None)
    assert units_micro(b"-1e400", is_credit=True) == (1_000_000, Oddity.BEYOND)


@given(JSON)
def test_no_json_value_breaks_an_amount(value):
    micro, _ = units_micro(json.dumps(value).encode())
    assert 0 <= micro <= 10**15


@pytest.mark.parametrize(
    ("alias", "method", "url", "identity"),
    [
        ("GET /items/{item_id} u1", "GET", "/items/{item_id}", "u1"),
        ("POST /login ann b@x y", "POST", "/login", "ann b@x y"),
        ("GET /x", "GET", "/x", ""),
        ("GET None", "GET", "None", ""),
        ("tenant-7", "CHAT", "vibe:chat:a:b", "tenant-7"),
        ("something else", "GET", "/x", ""),
    ],
)
def test_identity_is_what_follows_method_and_url(alias, method, url, identity):
    assert identity_in(alias, method, url, is_function=False) == identity


def test_identity_of_a_function_call_is_that_of_its_request():
    alias = "GET /ask/:q u 7 func:svc/llm.go:ask"
    assert identity_in(alias, "GET", "/ask/:q", is_function=True) == "u 7"


def test_pseudonyms_are_stable_and_differ_between_applications_and_services():
    secrets, other = (Secrets.of(b"k" * 32, name).pseudonyms for name in ("svc_1", "svc_2"))
    first = customer_id(secrets, "app_1", "zo\u00eb")
    assert first == customer_id(secrets, "app_1", "zoe\u0308")
    assert first.startswith("u_1a_")
    assert "zo" not in first
    ids = {
        first,
        customer_id(secrets, "app_2", "zo\u00eb"),
        customer_id(other, "app_1", "zo\u00eb"),
        customer_id(secrets, "app_1", "Zo\u00eb"),
    }
    assert len(ids) == 4
    assert customer_id(secrets, "app_1", "") == ANONYMOUS


def test_secrets_do_not_show_in_their_representation():
    secrets = Secrets.of(b"k" * 32, "svc_1")
    assert secrets.hashing.hex() not in repr(secrets)
    assert repr(secrets.hashing) not in repr(secrets)


@pytest.mark.parametrize(
    ("url", "raw", "kept"),
    [
        ("/items/{item_id}", "/items/5", "/items/{item_id}"),
        ("/v1/items", "/v1/items", "/v1/items"),
        ("/v1/items?token=x", "/v1/items", "/v1/items"),
        ("/users/4711", "/users/4711", "/users/{id}"),
        ("/users/4711/orders/2024", "/users/4711/orders/2024", "/users/{id}/orders/{id}"),
        ("/u/ann@example.com", "/u/ann@example.com", "/u/{id}"),
        (
            "/r/8ca08e75-b1bb-457c-a890-ea4a01f082bb",
            "/r/8ca08e75-b1bb-457c-a890-ea4a01f082bb",
            "/r/{id}",
        ),
        ("/k/sk_live_51HxT9aBcD", "/k/sk_live_51HxT9aBcD", "/k/{id}"),
        ("/reset/" + "q" * 40, "/reset/" + "q" * 40, "/reset/{id}"),
        ("/a\x00b", None, None),
        ("", None, None),
        (None, "/x", None),
        (7, None, None),
        ("/" + "x" * 3000, None, None),
    ],
)
def test_routes_are_kept_and_paths_with_data_are_not(url, raw, kept):
    assert clean_url(url, raw) == kept


@pytest.mark.parametrize(
    ("method", "kept"), [("GET", "GET"), ("get", None), ("A B", None), (1, None)]
)
def test_methods_are_upper_case_words(method, kept):
    assert clean_method(method) == kept


def test_headers_outside_the_list_are_dropped_and_inside_it_cut_down():
    headers = {
        "Accept": "application/json, application/x-my-secret;q=0.9, */*",
        "Accept-Encoding": ["gzip", "secret"],
        "accept-language": "de-AT,de;q=0.8",
        "Content-Type": "multipart/form-data; boundary=secret",
        "Content-Length": "12",
        "Authorization": "Bearer secret",
        "X-Request-Id": "secret",
        "Host": "secret.example.com",
        "Cookie": ["a=secret"],
    }
    assert kept_headers(headers) == {
        "accept": "application/json, */*",
        "accept-encoding": "gzip",
        "accept-language": "de-AT",
        "content-type": "multipart/form-data",
        "content-length": "12",
    }


@pytest.mark.parametrize(
    ("agent", "family"),
    [
        ("python-httpx/0.28.1", "python-httpx/0"),
        (
            "Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 Chrome/120.0.0.0 Safari/537.36",
            "Chrome/120",
        ),
        ("secret-agent/7", None),
        (None, None),
    ],
)
def test_user_agent_is_a_known_family_or_nothing(agent, family):
    assert agent_family(agent) == family


@given(st.dictionaries(st.sampled_from(["method", "url", "rawUrl", "headers", "clientIP"]), JSON))
def test_no_metadata_break_the_scrubber(facts):
    message = AllocationMessage(alias="GET /x u", metadata=msgspec.Raw(json.dumps(facts).encode()))
    call = scrubbed(message)
    assert call.amount == b"null"
    json.dumps(call.detail)


def test_identity_does_not_show_in_the_representation_of_a_call():
    facts = msgspec.Raw(b'{"method":"GET","url":"/x"}')
    call = scrubbed(AllocationMessage(alias="GET /x ann@example.com", metadata=facts))
    assert call.identity == "ann@example.com"
    assert "ann" not in repr(call)
