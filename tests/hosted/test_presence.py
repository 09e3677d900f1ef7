"""Who is connected: what the owner is told about sockets, SDKs, silence and refused keys."""

import asyncio
import time
import uuid

import pytest
import websockets

from contract.messages.health import ConnectionHealth, SdkKind
from contract.terms import ConnectionState
from hosted.clock import SECOND_US, rfc3339
from hosted.metering.directory import Directory
from hosted.metering.limits import Limiter
from hosted.sdk.presence import GROUPS_PER_APPLICATION, SILENT_AFTER_US, Presence
from hosted.sdk.views import SdkViews
from hosted.storage.configuration_records import ConfigRow
from hosted.storage.usage_records import LastSeen
from tests.hosted.service import GO_AGENT, connected, request, serving, use

APP = "app_1"
NEAR = "192.0.2.7"
POLICIES = "get_application_policies"


class Scene:
    """Presence of one application, under a clock that is moved by hand."""

    def __init__(self, *stored):
        self.now_us = 10**15
        self.directory = Directory()
        self.directory.apply([ConfigRow("application", APP, APP, 1, {"name": "A"})])
        self.views = SdkViews(self.directory, Limiter(), lambda: self.now_us)
        self.presence = Presence(self.directory, self.views, lambda: self.now_us)
        self.presence.load(stored)

    def after(self, seconds):
        self.now_us += seconds * SECOND_US

    def arrive(self, kind=SdkKind.PYTHON, address=NEAR):
        return self.presence.arrived(APP, kind, address)

    def hear(self, visit, message_type, *, waits=True):
        visit.heard(message_type, self.now_us, waits=waits)

    def seen(self):
        (only,) = self.presence.health().applications
        return only

    def state(self):
        return self.seen().state


def test_application_that_never_came_says_so():
    seen = Scene().seen()
    assert (seen.state, seen.since, seen.clients) == (ConnectionState.NEVER, None, ())


def test_application_is_connected_since_its_first_socket():
    scene = Scene()
    begun = rfc3339(scene.now_us)
    scene.arrive()
    scene.after(5)
    scene.hear(scene.arrive(), POLICIES)
    seen = scene.seen()
    assert (seen.state, seen.since) == (ConnectionState.CONNECTED, begun)
    assert seen.clients[0].sockets == 2


def test_open_sockets_that_send_nothing_are_silent_since_the_last_message():
    scene = Scene()
    visit = scene.arrive()
    scene.after(7)
    scene.hear(visit, POLICIES)
    heard = rfc3339(scene.now_us)
    scene.after(119)
    assert scene.state() is ConnectionState.CONNECTED
    scene.after(1)
    assert (scene.state(), scene.seen().since) == (ConnectionState.SILENT, heard)
    scene.hear(visit, POLICIES)
    assert scene.state() is ConnectionState.CONNECTED


def test_application_is_lost_since_its_last_socket_ended():
    scene = Scene()
    first, second = scene.arrive(), scene.arrive()
    first.ended()
    scene.after(3)
    second.ended()
    ended = rfc3339(scene.now_us)
    scene.after(500)
    assert (scene.state(), scene.seen().since) == (ConnectionState.LOST, ended)


def test_return_after_a_loss_begins_a_new_connection():
    scene = Scene()
    scene.arrive().ended()
    scene.after(60)
    scene.arrive()
    assert scene.seen().since == rfc3339(scene.now_us)


def test_loss_is_remembered_with_its_time():
    scene = Scene(LastSeen(APP, 5 * SECOND_US, 4 * SECOND_US))
    seen = scene.seen()
    assert (seen.state, seen.since) == (ConnectionState.LOST, rfc3339(5 * SECOND_US))
    assert seen.last_call_at == rfc3339(4 * SECOND_US)


def test_only_what_changed_is_stored_again():
    scene = Scene()
    assert scene.presence.to_remember() is None
    visit = scene.arrive()
    scene.hear(visit, "use_allocation")
    scene.after(30)
    first = scene.presence.to_remember()
    assert first.rows == (LastSeen(APP, scene.now_us, scene.now_us - 30 * SECOND_US),)
    visit.ended()
    assert scene.presence.to_remember() is None
    scene.after(30)
    assert scene.presence.to_remember() is None


@pytest.mark.parametrize(
    ("kind", "messages", "version"),
    [
        (SdkKind.PYTHON, [POLICIES], ""),
        (SdkKind.PYTHON, [POLICIES, "use_allocation"], "0.3.0"),
        (SdkKind.PYTHON, ["get_application_config", "use_allocation"], "0.3.1 or newer"),
        (SdkKind.GO, ["get_blocked_endpoints"], "2.1 or newer"),
        (SdkKind.GO, ["report_call_chain", "get_application_config"], "2.5 or newer"),
        (SdkKind.UNKNOWN, ["get_application_config"], ""),
    ],
)
def test_version_is_guessed_from_what_only_newer_ones_send(kind, messages, version):
    scene = Scene()
    visit = scene.arrive(kind)
    for message in messages:
        scene.hear(visit, message)
    assert [client.version for client in scene.seen().clients] == [version]


def test_clients_of_one_version_are_one_line_and_their_networks_are_counted():
    scene = Scene()
    for address in ("192.0.2.1", "192.0.2.200", "198.51.100.4"):
        scene.hear(scene.arrive(SdkKind.GO, address), "get_application_config")
    scene.arrive(SdkKind.PYTHON)
    go, python = sorted(scene.seen().clients, key=lambda client: client.kind)
    assert (go.kind, go.sockets, go.addresses) == (SdkKind.GO, 3, 2)
    assert (python.kind, python.sockets, python.addresses) == (SdkKind.PYTHON, 1, 1)


def test_client_that_has_not_asked_since_a_change_is_told_apart():
    scene = Scene()
    visit = scene.arrive()
    assert not scene.seen().clients[0].up_to_date
    visit.polled(
        scene.now_us, scene.views.policies(scene.directory.application(APP), visit.group.kind)
    )
    assert scene.seen().clients[0].up_to_date
    body = {"application_id": APP, "method": "GET", "url": "/x"}
    scene.directory.apply([ConfigRow("policy", "pol_1", APP, 2, body)])
    assert not scene.seen().clients[0].up_to_date


def test_change_of_another_application_makes_nobody_stale():
    scene = Scene()
    visit = scene.arrive()
    visit.polled(
        scene.now_us, scene.views.policies(scene.directory.application(APP), visit.group.kind)
    )
    body = {"application_id": "app_2", "method": "GET", "url": "/x"}
    scene.directory.apply([ConfigRow("policy", "pol_2", "app_2", 2, body)])
    assert scene.seen().clients[0].up_to_date


def test_old_client_without_a_socket_is_connected_while_it_speaks():
    scene = Scene()
    application = scene.directory.application(APP)
    for sign in ("strategies", "policies", "request_for_allocation"):
        scene.presence.called(application, NEAR, sign)
        scene.after(40)
    seen = scene.seen()
    assert seen.state is ConnectionState.CONNECTED
    (client,) = seen.clients
    assert (client.kind, client.version, client.up_to_date) == (
        SdkKind.LEGACY,
        "Python 0.1.2",
        True,
    )
    heard = rfc3339(scene.now_us - 40 * SECOND_US)
    scene.after(120)
    assert (scene.state(), scene.seen().since) == (ConnectionState.LOST, heard)


def test_clients_long_gone_are_forgotten():
    scene = Scene()
    visit = scene.arrive()
    scene.hear(visit, POLICIES)
    visit.ended()
    assert len(scene.seen().clients) == 1
    scene.after(3601)
    assert scene.seen().clients == ()


def test_clients_of_countless_networks_take_bounded_room():
    scene = Scene()
    for number in range(GROUPS_PER_APPLICATION + 50):
        scene.arrive(SdkKind.GO, f"10.{number // 256}.{number % 256}.1")
    (client,) = scene.seen().clients
    assert client.sockets == GROUPS_PER_APPLICATION + 50
    assert client.addresses == GROUPS_PER_APPLICATION + 1


def test_silence_is_longer_than_any_sdk_leaves_between_two_polls():
    assert SILENT_AFTER_US > 60 * SECOND_US


def health(running):
    """The report as the service gives it."""
    answer = running.http.get("/v1/health/connections")
    assert answer.status_code == 200, answer.text
    return ConnectionHealth.model_validate_json(answer.text, strict=False)


def of(api):
    """The report's line for one application."""
    lines = health(api.running).applications
    return next(line for line in lines if line.application_id == api.application_id)


def test_report_tells_kinds_sockets_and_calls(api):
    async def scene():
        async with connected(api, GO_AGENT) as go, connected(api, is_python=True) as python:
            await go.ask("get_application_policies")
            await python.ask("get_application_config")
            await python.ask("request_for_allocation", request("GET", "/x"))
            return of(api)

    seen = asyncio.run(scene())
    assert seen.state is ConnectionState.CONNECTED
    assert {client.kind: client.sockets for client in seen.clients} == {"go": 1, "python": 1}
    assert seen.last_call_at is not None


def test_endpoint_says_which_kind_of_sdk_reported_it_first(api):
    async def call(agent, url):
        async with connected(api, agent, is_python=agent is None) as client:
            settled = use(str(uuid.uuid4()), "GET", url)
            await client.ask("use_allocation", settled)

    asyncio.run(call(None, "/python"))
    asyncio.run(call(GO_AGENT, "/go"))
    asyncio.run(call(GO_AGENT, "/python"))
    api.urls()
    rows = api.http.get("/v1/endpoints", params={"application_id": api.application_id}).json()
    kinds = {row["body"]["url"]: row["body"]["sdk"] for row in rows["rows"]}
    assert kinds == {"/python": "python", "/go": "go"}


def test_revoked_and_unknown_keys_are_counted_where_they_belong(api):
    issued = api.http.post(f"/v1/applications/{api.application_id}/keys", json={"name": "old"})
    address = f"/v1/applications/{api.application_id}/keys/{issued.json()['key_id']}"
    assert api.http.delete(address).status_code == 204
    before = health(api.running).unknown_keys

    async def knock(key):
        with pytest.raises(websockets.InvalidStatus):
            async with websockets.connect(
                api.running.ws_url, additional_headers={"x-usage-key": key}, proxy=None
            ):
                pass

    asyncio.run(knock(issued.json()["sdk_key"]))
    asyncio.run(knock("uf_live_nobody"))
    old = {"x-usage-key": issued.json()["sdk_key"]}
    assert api.http.get("/api/v1/strategies/application", headers=old).status_code == 401
    assert of(api).refused_handshakes == 2
    assert of(api).refused_at is not None
    assert health(api.running).unknown_keys > before


def test_refused_keys_fill_no_log(tmp_path):
    async def knock(running):
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with websockets.connect(
                running.ws_url, additional_headers={"x-usage-key": "uf_live_nobody"}, proxy=None
            ):
                pass
        return refused.value.response

    log = tmp_path / "stderr.txt"
    with log.open("w") as errors, serving(tmp_path / "d", stderr=errors) as running:
        answers = [asyncio.run(knock(running)) for _ in range(3)]
    assert {bytes(answer.body) for answer in answers} == {b"SDK key not accepted\n"}
    assert log.read_text() == ""


def test_report_needs_the_owner(running):
    refused = running.http.get("/v1/health/connections", headers={"Authorization": ""})
    assert refused.status_code == 401


def test_not_connected_since_survives_a_restart(tmp_path, begin):
    async def visit(api):
        async with connected(api, GO_AGENT) as go:
            await go.ask("get_application_policies")

    from tests.hosted.service import Api

    running = begin(tmp_path / "d", "--bootstrap")
    api = Api(running, running.ready["application_id"], running.ready["sdk_key"])
    begun = time.time()
    asyncio.run(visit(api))
    token = running.http.headers["Authorization"]
    assert running.stop() == 0
    with serving(tmp_path / "d") as again:
        again.http.headers["Authorization"] = token
        (seen,) = health(again).applications
        assert seen.state is ConnectionState.LOST
        assert rfc3339(int(begun * SECOND_US)) <= seen.since <= rfc3339(time.time_ns() // 1000)
