"""Answers to polls, built from one model for two families of clients."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from contract.messages.health import SdkKind
from contract.messages.rollups import ANONYMOUS
from hosted.metering.admission import Rulebook
from hosted.metering.directory import Directory
from hosted.metering.limit_rules import Scene
from hosted.sdk.clients import kind_of
from hosted.sdk.views import NOWHERE, SdkViews
from hosted.storage.configuration_records import ConfigRow

APP = "app_1"
EXPIRES = "2099-01-01T00:00:00Z"
EVERYTHING = [{"method": "*", "url": "*"}]


def application(routes=None, **fields):
    """A stored application."""
    body = {"name": "A", **fields}
    if routes is not None:
        body["metered_routes"] = [{"method": method, "url": url} for method, url in routes]
    return ConfigRow("application", APP, APP, 1, body)


def policy(**fields):
    """A stored policy."""
    body = {"application_id": APP, "method": "GET", "url": "/x", **fields}
    return ConfigRow("policy", "pol_1", APP, 2, body)


def views_of(*rows):
    """Views, with what they are made from."""
    directory, rules = Directory(), Rulebook()
    directory.apply(rows)
    return SdkViews(directory, rules, lambda: 0), directory, rules


def routes_told(routes, kind):
    """The monitoring list an SDK of a kind gets."""
    views, directory, _ = views_of(application(routes))
    payload = msgspec.json.decode(views.config(directory.application(APP), kind))
    return payload["monitoringPaths"]


def policies_told(*rows):
    """The policies an SDK gets."""
    views, directory, _ = views_of(application(), *rows)
    payload = views.policies(directory.application(APP), SdkKind.PYTHON)
    return msgspec.json.decode(payload)["policies"]


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"user-agent": "Go-http-client/1.1"}, SdkKind.GO),
        ({"user-agent": "Go-http-client/2.0", "origin": "https://x"}, SdkKind.GO),
        ({"origin": "https://api.example.test"}, SdkKind.PYTHON),
        ({"user-agent": "node"}, SdkKind.JAVASCRIPT),
        ({"user-agent": "python-websockets/17", "origin": "https://x"}, SdkKind.UNKNOWN),
        ({}, SdkKind.UNKNOWN),
    ],
)
def test_clients_are_known_by_their_handshake(headers, kind):
    assert kind_of(headers) is kind


@pytest.mark.parametrize(
    "routes",
    [
        [("GET", "/a"), ("GET", "/b")],
        [("*", "/a"), ("GET", "/b")],
        [("GET", "/items/{item_id}")],
        [("GET", "/items/<int:item_id>")],
        [("GET", "/items/:id")],
        [("GET", "/v1/*")],
    ],
)
def test_list_python_would_misread_is_widened_and_go_gets_it_as_it_is(routes):
    assert routes_told(routes, SdkKind.PYTHON) == EVERYTHING
    as_it_is = [{"method": method, "url": url} for method, url in routes]
    assert routes_told(routes, SdkKind.GO) == as_it_is


@pytest.mark.parametrize("routes", [[("GET", "/a")], [("GET", "/a"), ("POST", "/a")], [("*", "*")]])
def test_list_python_reads_rightly_is_told_as_it_is(routes):
    as_it_is = [{"method": method, "url": url} for method, url in routes]
    assert routes_told(routes, SdkKind.PYTHON) == as_it_is


@pytest.mark.parametrize("kind", list(SdkKind))
def test_nothing_to_meter_is_a_route_that_does_not_exist(kind):
    assert routes_told([], kind) == [{"method": "GET", "url": NOWHERE}]


@pytest.mark.parametrize("wanted", [True, False])
def test_function_tracing_is_what_the_owner_wants(wanted):
    views, directory, _ = views_of(application(discovery=wanted, report_all_functions=wanted))
    payload = msgspec.json.decode(views.config(directory.application(APP), SdkKind.GO))
    assert payload["discoveryDisabled"] is not wanted
    assert payload["reportAllFunctionAllocations"] is wanted


FUNCTION = {
    "kind": "function",
    "function_name": "ask",
    "function_path": "svc/llm.go",
    "limits": [{"allowed": 5, "interval": "day"}],
}


def test_policy_of_a_function_stands_beside_that_of_its_endpoint():
    function = ConfigRow("policy", "pol_2", APP, 3, policy(**FUNCTION).body)
    views, directory, _ = views_of(application(), policy(), function)
    known = directory.application(APP)
    told = msgspec.json.decode(views.policies(known, SdkKind.GO))["policies"]
    assert [(p["type"], p["url"], p["hasRateLimit"]) for p in told] == [
        ("API", "/x", False),
        ("FUNCTION", "/x", True),
    ]
    assert told[1]["identityFieldName"] == "ask"
    assert told[1]["identityFieldLocation"] == "svc/llm.go"
    directory.apply([ConfigRow("policy", "pol_2", APP, 4, None)])
    assert len(msgspec.json.decode(views.policies(known, SdkKind.GO))["policies"]) == 1


WHITELIST = [
    ("*", "/health"),
    ("GET", "/v1/*"),
    ("GET", "/a"),
    ("GET", "/b"),
    ("POST", "*"),
]


def test_whitelist_is_told_to_go_whole_and_to_others_as_far_as_they_read_it():
    routes = [{"method": method, "url": url} for method, url in WHITELIST]
    views, directory, _ = views_of(application(whitelisted_routes=routes))
    known = directory.application(APP)
    go = msgspec.json.decode(views.config(known, SdkKind.GO))["whitelistEndpoints"]
    assert go == routes
    python = msgspec.json.decode(views.config(known, SdkKind.PYTHON))["whitelistEndpoints"]
    assert [(route["method"], route["url"]) for route in python] == [
        ("GET", "/a"),
        ("POST", "*"),
        ("*", "/health"),
    ]
    assert not known.meters("GET", "/b")
    assert not known.meters("GET", "/health")
    assert not known.meters("POST", "/anything")
    assert known.meters("GET", "/v1/items")


@pytest.mark.parametrize(
    ("location", "name", "told"),
    [
        ("cookie", "session", "cookie.session"),
        ("cookie", "cookie.session", "cookie.session"),
        ("cookie", "[technique=jwt]sess[pick=uid]", "[technique=jwt]sess[pick=uid]"),
        ("headers", "X-User", "X-User"),
        ("bearer_token", "sub", "sub"),
    ],
)
def test_identity_is_spelled_so_that_every_client_finds_it(location, name, told):
    (only,) = policies_told(policy(identity_location=location, identity_name=name))
    assert (only["identityFieldLocation"], only["identityFieldName"]) == (location, told)


def test_change_of_the_configuration_is_told_at_the_next_poll():
    views, directory, _ = views_of(application())
    before = views.policies(directory.application(APP), SdkKind.PYTHON)
    directory.apply([policy()])
    after = views.policies(directory.application(APP), SdkKind.PYTHON)
    assert before != after
    assert views.policies(directory.application(APP), SdkKind.PYTHON) is after


def blocked_told(views, directory, kind=SdkKind.PYTHON):
    """The blocked endpoints an SDK gets."""
    payload = msgspec.json.decode(views.blocked(directory.application(APP), kind))
    assert payload["total"] == len(payload["endpoints"])
    return payload["endpoints"]


@pytest.mark.parametrize("kind", ["fixed_window", "sliding_window", "token_bucket"])
def test_block_of_anonymous_callers_ends_when_the_limit_has_room(kind):
    limit = {"allowed": 1, "interval": "minute", "kind": kind}
    directory, rules = Directory(), Rulebook()
    directory.apply([application(), policy(limits=[limit])])
    now = [0]
    views = SdkViews(directory, rules, lambda: now[0])
    body = directory.policies.find("pol_1").body
    rules.limiter.configure(Scene("pol_1", ZoneInfo("UTC")), body.limits, {})
    assert blocked_told(views, directory) == []
    rules.limiter.plan("pol_1").count(ANONYMOUS, 0)
    assert blocked_told(views, directory) == [{"method": "GET", "url": "/x"}]
    assert blocked_told(views, directory, SdkKind.GO) == []
    now[0] = 62_000_000
    assert blocked_told(views, directory) == []


def test_block_is_written_out_for_what_sdks_compare():
    directory, rules = Directory(), Rulebook()
    directory.apply([application()])
    for method, url in [("GET", "/v1/a"), ("POST", "/v1/b"), ("GET", "/v2")]:
        directory.endpoints.remember(APP, method, url)
    body = {"application_id": APP, "method": "*", "url": "/v1/*", "expires_at": EXPIRES}
    rules.blocks.apply(ConfigRow("block", "blk_1", APP, 2, body))
    rules.blocks.learn(APP, "cus_1", "ann lee", ("GET", "/v1/a"))
    views = SdkViews(directory, rules, lambda: 0)
    assert blocked_told(views, directory, SdkKind.GO) == [
        {"method": "GET", "url": "/v1/a"},
        {"method": "POST", "url": "/v1/b"},
        {"method": "GET", "url": "/v1/a", "identity": "ann lee"},
    ]


def test_limit_that_only_warns_asks_no_sdk_to_wait():
    warning = {"allowed": 1, "interval": "day", "effect": "warn"}
    refusing = {"allowed": 1, "interval": "day"}
    assert not policies_told(policy(limits=[warning]))[0]["hasRateLimit"]
    assert policies_told(policy(limits=[warning, refusing]))[0]["hasRateLimit"]


@pytest.mark.parametrize("kind", list(SdkKind))
def test_reached_cap_pauses_metering_until_the_period_ends(kind):
    directory, rules = Directory(), Rulebook()
    directory.apply([application(cap={"requests": 2, "interval": "day"})])
    known = directory.application(APP)
    rules.caps.configure(APP, known.zone, known.cap)
    now = [0]
    views = SdkViews(directory, rules, lambda: now[0])
    rules.caps.add(APP, 2, 0, 0)
    paused = msgspec.json.decode(views.config(known, kind))
    assert paused["accountReachLimit"] is True
    assert (paused["monitoringPaths"] == EVERYTHING) is (kind is SdkKind.GO)
    now[0] = 86_400_000_000
    again = msgspec.json.decode(views.config(known, kind))
    assert again["accountReachLimit"] is False
    assert again["monitoringPaths"] == EVERYTHING


def test_directory_forgets_an_application_that_is_gone():
    _, directory, _ = views_of(application(), policy())
    directory.apply([ConfigRow("application", APP, APP, 3, None)])
    assert directory.application(APP) is None
    assert directory.applications() == []
