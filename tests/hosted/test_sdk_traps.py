"""The nineteen traps of the published SDKs, in the order of the protocol's sheet, one test each.

What an SDK does wrong cannot be repaired from here; each test says what the service does about it,
or what the owner is told where nothing can be done.
"""

import asyncio
import json
import re
import uuid

import httpx
import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st

from contract.messages.health import SdkKind
from contract.terms import ConnectionState
from hosted.clock import SECOND_US
from hosted.sdk import frames
from hosted.sdk.handler import Client, MessageHandler
from hosted.sdk.socket import SdkSocket
from hosted.sdk.views import NOWHERE
from tests.hosted.sdk_runs import counted, run_app, statuses
from tests.hosted.service import (
    GO_AGENT,
    ROOT,
    connected,
    new_api,
    request,
    serving,
    use,
)
from tests.hosted.test_presence import Scene
from tests.hosted.test_sdk_views import APP, application, policy, views_of

GUIDE = (ROOT / "docs" / "operations.md").read_text()
KINDS = list(SdkKind)
LIMIT = {"allowed": 3, "interval": "day"}
SEVEN_KEYS = {
    "url",
    "method",
    "identityFieldName",
    "identityFieldLocation",
    "hasRateLimit",
    "responseTrackingField",
    "isResponseTrackingEnabled",
}
WORDS_OF_AN_OUTAGE = (
    "websocket not connected",
    "authorization unavailable",
    "settlement unavailable",
    "authorization failed",
    "settlement failed",
    "request timeout",
    "i/o timeout",
    "not connected",
    "timeout",
    "send failed",
    "closed",
    "unavailable",
)


def told(question, *rows, kind=SdkKind.PYTHON):
    """Payload an SDK of a kind gets for a poll about these rows."""
    views, directory, _ = views_of(*rows)
    payload = getattr(views, question)(directory.application(APP), kind)
    return json.loads(payload)


class Connection:
    """A connection that remembers what was sent and how it was ended."""

    def __init__(self, kind):
        self.kind = kind
        self.code = None
        self.sent = []

    def reply(self, frame):
        self.sent.append(json.loads(frame))

    def say_goodbye(self, code):
        self.code = code


@pytest.mark.parametrize("reason", ["key revoked", "frame too large", "service ends"])
def test_trap_01_go_is_hung_up_on_and_never_said_goodbye_to(tmp_path, reason):
    async def bring_about(running, key_address, client):
        if reason == "key revoked":
            await asyncio.to_thread(running.http.delete, key_address)
        elif reason == "frame too large":
            await client.socket.send("y" * 5_000_000)
        else:
            running.process.terminate()

    async def scene(running):
        api = new_api(running)
        keys = f"/v1/applications/{api.application_id}/keys"
        issued = running.http.post(keys, json={"name": "second"}).json()
        api.sdk_key = issued["sdk_key"]
        async with connected(api, GO_AGENT) as client:
            await client.ask("get_blocked_endpoints")
            await asyncio.gather(
                bring_about(running, f"{keys}/{issued['key_id']}", client),
                return_exceptions=True,
            )
            with pytest.raises(websockets.ConnectionClosed) as ended:
                await asyncio.wait_for(client.socket.recv(), 20)
            return ended.value.rcvd

    with serving(tmp_path / "d", "--bootstrap") as running:
        assert asyncio.run(scene(running)) is None


def test_trap_02_sockets_an_upload_muted_are_recycled_one_at_a_time_and_others_never():
    scene = Scene()
    socket = SdkSocket(
        directory=None, handler=None, gate=None, presence=scene.presence, clock=lambda: scene.now_us
    )
    ages = [(SdkKind.PYTHON, 300), (SdkKind.PYTHON, 200), (SdkKind.PYTHON, 119)]
    others = [(SdkKind.GO, 900), (SdkKind.UNKNOWN, 900), (SdkKind.JAVASCRIPT, 900)]
    clients = [
        Client(APP, b"", Connection(kind), scene.arrive(kind), scene.now_us - age * SECOND_US)
        for kind, age in [*ages, *others]
    ]
    socket._clients.update(clients)
    ended = []
    for _ in range(3):
        asyncio.run(socket.recycle_silent())
        ended.append([client.connection.code for client in clients])
    assert ended == [[1001, *[None] * 5], [1001, 1001, *[None] * 4], [1001, 1001, *[None] * 4]]
    assert scene.seen().recycled_sockets == 2
    assert "upload routes" in GUIDE


ROUTES = st.lists(
    st.tuples(st.sampled_from(["*", "GET", "POST"]), st.sampled_from(["*", "/a", "/v1/*", "/{x}"])),
    max_size=5,
)
POLICIES = st.lists(
    st.fixed_dictionaries(
        {"url": st.sampled_from(["/x", "/y", "/z"])},
        optional={
            "identity_location": st.sampled_from(["headers", "body", "cookie", "bearer_token"]),
            "identity_name": st.just("user"),
            "limits": st.just([LIMIT]),
            "metering": st.just({"response_field": "usage.total"}),
        },
    ),
    max_size=4,
)


@given(routes=ROUTES, whitelist=ROUTES, policies=POLICIES, archived=st.booleans())
def test_trap_03_no_answer_has_a_null_for_a_list_or_lacks_a_key(
    routes, whitelist, policies, archived
):
    listed = [{"method": method, "url": url} for method, url in whitelist]
    rows = [application(routes, whitelisted_routes=listed, archived=archived)]
    for number, fields in enumerate(policies):
        row = policy(**fields)
        rows.append(type(row)("policy", f"pol_{number}", APP, number, row.body))
    for kind in KINDS:
        answered = told("policies", *rows, kind=kind)["policies"]
        assert answered
        assert all(one.keys() >= SEVEN_KEYS for one in answered)
        config = told("config", *rows, kind=kind)
        blocked = told("blocked", *rows, kind=kind)
        for routes_told in (
            config["whitelistEndpoints"],
            config["monitoringPaths"],
            blocked["endpoints"],
        ):
            assert isinstance(routes_told, list)
            assert all(isinstance(route["url"], str) for route in routes_told)


def test_trap_04_last_policy_is_taken_back_by_one_that_matches_nothing():
    gone = type(policy())("policy", "pol_1", APP, 3, None)
    (inert,) = told("policies", application(), policy(), gone)["policies"]
    assert inert["url"] == NOWHERE
    assert inert["hasRateLimit"] is False
    assert inert["identityFieldName"] is None


def test_trap_05_python_gets_at_most_one_url_of_a_method_and_the_rest_is_discarded(running):
    wanted = [("GET", "/a"), ("GET", "/b")]
    everything = told("config", application(wanted))["monitoringPaths"]
    assert everything == [{"method": "*", "url": "*"}]
    routes = [{"method": method, "url": url} for method, url in wanted]
    api = new_api(running, metered_routes=routes)

    async def call():
        async with connected(api, is_python=True) as client:
            for url in ("/a", "/unwanted", "/b"):
                await client.ask("use_allocation", use(str(uuid.uuid4()), "GET", url))

    asyncio.run(call())
    assert api.urls() == {"/a", "/b"}


def test_trap_06_anonymous_callers_over_a_limit_meet_a_blocked_endpoint(api):
    api.put_policy("GET", "/open", limit=2, limit_interval="day")

    async def scene():
        async with connected(api, is_python=True) as client:
            for _ in range(2):
                opening = request("GET", "/open", "", str(uuid.uuid4()))
                await client.send("request_for_allocation", opening)
            return await client.ask("get_blocked_endpoints")

    assert asyncio.run(scene())["payload"]["endpoints"] == [{"method": "GET", "url": "/open"}]


def blocks_of_code(text):
    """Python examples of a section of the guide."""
    section = GUIDE.partition(f"### {text}")[2].partition("\n## ")[0]
    return re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)


async def status_of(app):
    """What an application answers."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        return (await client.get("/")).status_code


def test_trap_07_documented_middleware_makes_429_of_478():
    from fastapi import FastAPI
    from fastapi.responses import JSONResponse
    from flask import Flask

    for_fastapi, for_flask = blocks_of_code("478 as 429")
    fastapi, flask = FastAPI(), Flask("api")

    @fastapi.get("/")
    def refused():
        return JSONResponse({"detail": "Rate limit exceeded"}, 478)

    @flask.before_request
    def refused_too():
        return {"error": "Rate limit exceeded"}, 478

    exec(for_fastapi, {"app": fastapi})  # noqa: S102 - the guide's own example
    exec(for_flask, {"app": flask})  # noqa: S102
    assert asyncio.run(status_of(fastapi)) == 429
    assert flask.test_client().get("/").status_code == 429


def test_trap_08_route_on_the_whitelist_keeps_all_its_cookies(running, tmp_path):
    api = new_api(running, whitelisted_routes=[{"method": "GET", "url": "/cookies/open"}])
    calls = [{"method": "GET", "path": path} for path in ("/cookies", "/cookies/open")]
    metered, open_route = run_app("fastapi", api, calls, tmp_path)
    assert len(metered["cookies"]) == 1
    assert len(open_route["cookies"]) == 2
    assert "`Set-Cookie`" in GUIDE


def test_trap_09_identity_in_the_body_is_kept_from_go_which_would_empty_it():
    rows = (application(), policy(identity_location="body", identity_name="user"))
    assert [one["url"] for one in told("policies", *rows)["policies"]] == ["/x"]
    (inert,) = told("policies", *rows, kind=SdkKind.GO)["policies"]
    assert inert["url"] == NOWHERE


class StuckMeter:
    """Metering whose storage hangs: no call ever hears a verdict."""

    def request(self, application, call, told):
        """Take a message and say nothing."""

    use = request


def test_trap_10_polls_are_answered_from_memory_while_the_storage_hangs():
    views, directory, _ = views_of(application(), policy(limits=[LIMIT]))
    handler = MessageHandler(StuckMeter(), views, (None, None), None)
    connection = Connection(SdkKind.PYTHON)
    client = Client(APP, b"", connection, Scene().arrive(), 0)

    def send(kind, payload=None):
        frame = json.dumps({"type": kind, "id": kind, "payload": payload})
        handler.handle(directory.application(APP), client, frames.envelope(frame))

    send("request_for_allocation", request("GET", "/x", "ann"))
    polls = ["get_application_policies", "get_application_config", "get_blocked_endpoints"]
    for poll in polls:
        send(poll)
    assert [answer["id"] for answer in connection.sent] == polls
    known = directory.application(APP)
    assert views.policies(known, SdkKind.PYTHON) is views.policies(known, SdkKind.PYTHON)


@pytest.mark.parametrize("message_id", ["a6b3a2997c3f4494", "cGO_nINgbkM=_17954_507552", 'q"\\\n'])
def test_trap_11_answer_carries_the_clients_own_id(api, message_id):
    async def scene():
        async with connected(api) as client:
            await client.send("get_application_config", message_id=message_id)
            await client.send("no_such_type", message_id=message_id)
            return [json.loads(await client.socket.recv()) for _ in range(2)]

    for answer in asyncio.run(scene()):
        assert answer["id"] == answer["replyTo"] == message_id
        assert answer["type"] in {"success", "error"}


def test_trap_12_no_refusal_has_a_word_that_go_takes_for_an_outage():
    refusals = (
        frames.DENIED_MESSAGE,
        frames.DENIED_ERROR,
        frames.NOT_RECORDED_MESSAGE,
        frames.NOT_RECORDED_ERROR,
    )
    for text in refusals:
        assert not any(word in text.lower() for word in WORDS_OF_AN_OUTAGE), text


def test_trap_13_zero_of_go_is_kept_and_that_of_python_cannot_be(api, tmp_path):
    api.put_policy("GET", "/nothing", response_field="usage.total_tokens")
    answers = run_app("fastapi", api, [{"method": "GET", "path": "/nothing"}], tmp_path)
    assert statuses(answers) == [200]

    async def go():
        async with connected(api, GO_AGENT) as client:
            for amount in (0, 7):
                settled = use(str(uuid.uuid4()), "GET", "/nothing", amount=amount)
                await client.ask("use_allocation", settled)

    asyncio.run(go())
    counted(api, requests=3, units=1 + 0 + 7)
    assert "**A tracked response value of 0**" in GUIDE


def test_trap_14_go_that_gave_up_is_shown_as_not_connected_since():
    scene = Scene()
    visits = [scene.arrive(SdkKind.GO) for _ in range(5)]
    for visit in visits:
        visit.ended()
    ended = scene.seen().since
    scene.after(600)
    assert (scene.state(), scene.seen().since) == (ConnectionState.LOST, ended)
    assert "after about 80 s never again" in GUIDE


def test_trap_15_ghost_of_a_closed_client_counts_nothing(api):
    async def scene():
        async with connected(api, is_python=True) as ghost, connected(api, is_python=True) as real:
            await ghost.ask("get_application_policies")
            await real.ask("use_allocation", use(str(uuid.uuid4()), "GET", "/x"))

    asyncio.run(scene())
    assert api.totals()["requests"] == 1


def test_trap_16_service_itself_prints_no_path_of_a_call(tmp_path):
    async def call(api):
        async with connected(api) as client:
            await client.ask("use_allocation", use(str(uuid.uuid4()), "GET", "/secret/path"))

    log = tmp_path / "stderr.txt"
    with log.open("w") as errors, serving(tmp_path / "d", "--bootstrap", stderr=errors) as running:
        asyncio.run(call(new_api(running)))
        running.process.terminate()
        assert running.process.stdout.read() == ""
        running.stop()
    assert log.read_text() == ""
    assert "prints every path" in GUIDE


@pytest.mark.parametrize("kind", ["fastapi", "flask"])
def test_trap_17_block_stops_identified_callers_at_once_and_then_by_name(api, tmp_path, kind):
    api.put_policy("GET", "/hello", limit=100, identity_location="headers", identity_name="X-User")
    block = {"application_id": api.application_id, "method": "GET", "url": "/hello"}
    api.put("blocks", f"blk_{uuid.uuid4().hex}", block)
    by_ann = {"method": "GET", "path": "/hello", "headers": {"X-User": "ann lee"}}
    by_nobody = {"method": "GET", "path": "/hello"}
    elsewhere = {**by_ann, "path": "/items/5"}
    assert statuses(run_app(kind, api, [by_ann, by_nobody], tmp_path)) == [478, 403]
    calls = [by_ann, by_nobody, elsewhere]
    assert statuses(run_app(kind, api, calls, tmp_path)) == [403, 403, 200]


def test_trap_18_sdk_that_fails_closed_is_recognised_and_answered(api):
    """0.3.0 waits for both messages, sends no id of its own and asks for no routes."""

    async def scene():
        async with connected(api, is_python=True) as client:
            await client.ask("get_application_policies")
            opened = await client.ask("request_for_allocation", request("GET", "/x", "ann"))
            allocation_id = opened["payload"]["allocationId"]
            settled = await client.ask("use_allocation", use(allocation_id, "GET", "/x", "ann"))
            health = api.http.get("/v1/health/connections").json()
            return settled, health

    settled, health = asyncio.run(scene())
    assert settled["type"] == "success"
    (mine,) = [a for a in health["applications"] if a["application_id"] == api.application_id]
    assert [client["version"] for client in mine["clients"]] == ["0.3.0"]
    assert "Python 0.3.0 to 0.3.3" in GUIDE


def test_trap_19_calls_before_the_first_poll_count_and_the_client_is_not_up_to_date(api):
    async def scene():
        async with connected(api, GO_AGENT) as client:
            await client.ask("use_allocation", use(str(uuid.uuid4()), "GET", "/x"))
            before = api.http.get("/v1/health/connections").json()
            await client.ask("get_application_policies")
            return before, api.http.get("/v1/health/connections").json()

    warm = []
    for health in asyncio.run(scene()):
        (mine,) = [a for a in health["applications"] if a["application_id"] == api.application_id]
        warm.append(mine["clients"][0]["up_to_date"])
    assert warm == [False, True]
    assert api.totals()["requests"] == 1
