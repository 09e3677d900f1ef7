"""The SDK WebSocket as Python and Go clients meet it."""

import asyncio
import json
import uuid

import pytest
import websockets

from tests.hosted.service import GO_AGENT, connected, new_api, request, use

POLICY_KEYS = {
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


def test_unknown_key_is_refused_at_the_handshake(running):
    async def knock():
        with pytest.raises(websockets.InvalidStatus) as refusal:
            async with websockets.connect(
                running.ws_url, additional_headers={"x-usage-key": "uf_live_nobody"}, proxy=None
            ):
                pass
        return refusal.value.response.status_code

    assert asyncio.run(knock()) in {401, 429}


def test_any_path_that_ends_in_ws_is_the_sdk_socket(api):
    async def ask():
        async with connected(api, path="/some/where/ws") as socket:
            return await socket.ask("get_blocked_endpoints")

    assert asyncio.run(ask())["payload"] == {"endpoints": [], "total": 0}


def test_polls_are_answered_whole_before_the_owner_configured_anything(api):
    async def ask():
        async with connected(api) as socket:
            policies = await socket.ask("get_application_policies")
            config = await socket.ask("get_application_config")
            return policies, config

    policies, config = asyncio.run(ask())
    (inert,) = policies["payload"]["policies"]
    assert inert.keys() >= POLICY_KEYS
    assert not inert["hasRateLimit"]
    assert config["payload"]["monitoringPaths"] == [{"method": "*", "url": "*"}]
    assert config["payload"]["whitelistEndpoints"] == []


def test_policy_reaches_the_sdk_with_all_its_keys(api):
    api.put_policy(
        "GET",
        "/items/{item_id}",
        identity_location="cookie",
        identity_name="session",
        limit=3,
        limit_interval="day",
        response_field="usage.total_tokens",
    )

    async def ask():
        async with connected(api) as socket:
            return await socket.ask("get_application_policies")

    (policy,) = asyncio.run(ask())["payload"]["policies"]
    assert policy["identityFieldName"] == "cookie.session"
    assert policy["identityFieldLocation"] == "cookie"
    assert policy["hasRateLimit"] is True
    assert policy["responseTrackingField"] == "usage.total_tokens"
    assert policy["isResponseTrackingEnabled"] is True


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (None, [{"method": "*", "url": "*"}]),
        (GO_AGENT, [{"method": "GET", "url": "/a"}, {"method": "GET", "url": "/b"}]),
    ],
)
def test_two_routes_of_one_method_are_told_to_go_and_widened_for_python(running, agent, expected):
    routes = [{"method": "GET", "url": "/a"}, {"method": "GET", "url": "/b"}]
    api = new_api(running, metered_routes=routes)

    async def ask():
        async with connected(api, agent) as socket:
            return await socket.ask("get_application_config")

    assert asyncio.run(ask())["payload"]["monitoringPaths"] == expected


def test_calls_of_routes_the_owner_does_not_meter_are_not_stored(running):
    api = new_api(running, metered_routes=[{"method": "GET", "url": "/wanted"}])

    async def call():
        async with connected(api) as socket:
            for url in ("/wanted", "/unwanted", "/wanted"):
                allocation_id = str(uuid.uuid4())
                await socket.send("request_for_allocation", request("GET", url, "u", allocation_id))
                await socket.ask("use_allocation", use(allocation_id, "GET", url, "u"))

    asyncio.run(call())
    assert api.totals()["requests"] == 2
    assert api.urls() == {"/wanted"}


def test_empty_route_list_means_nothing_and_is_never_sent_empty(running):
    api = new_api(running, metered_routes=[])

    async def ask():
        async with connected(api, GO_AGENT) as socket:
            return await socket.ask("get_application_config")

    (nowhere,) = asyncio.run(ask())["payload"]["monitoringPaths"]
    assert nowhere["url"] != "*"


def test_unknown_type_is_told_in_the_words_newer_clients_know(api):
    async def ask():
        async with connected(api) as socket:
            return await socket.ask("get_weather", {"identity": "u"})

    answer = asyncio.run(ask())
    assert answer["type"] == "error"
    assert answer["error"] == "No handler registered for type: get_weather"


@pytest.mark.parametrize(
    "frame", ["", "not json", "[]", "null", '{"type":5}', '{"type":"use_allocation","payload":7}']
)
def test_bad_message_never_ends_the_socket(api, frame):
    async def ask():
        async with connected(api) as socket:
            await socket.socket.send(frame)
            return await socket.ask("get_blocked_endpoints")

    assert asyncio.run(ask())["type"] == "success"


def test_limited_route_refuses_the_right_calls_in_harmless_words(api):
    policy = {"identity_location": "headers", "identity_name": "X-User"}
    api.put_policy("GET", "/items/:id", limit=2, limit_interval="day", **policy)

    async def call():
        answers = []
        async with connected(api, GO_AGENT) as socket:
            for identity in ("ann", "ann", "bob", "ann", "bob", "bob"):
                answer = await socket.ask(
                    "request_for_allocation", request("GET", "/items/:id", identity)
                )
                answers.append((identity, answer))
        return answers

    answers = asyncio.run(call())
    assert [answer["type"] for _, answer in answers] == ["success"] * 3 + [
        "error",
        "success",
        "error",
    ]
    assert api.totals()["denied"] == 2
    assert api.totals()["requests"] == 4
    for _, answer in answers:
        text = (answer.get("message", "") + answer.get("error", "")).lower()
        assert not any(word in text for word in WORDS_OF_AN_OUTAGE)


def test_reservation_of_a_thousand_units_passes_under_a_small_limit(api):
    api.put_policy("POST", "/chat", limit=5, limit_interval="hour", response_field="tokens")

    async def call():
        async with connected(api) as socket:
            return await socket.ask(
                "request_for_allocation", request("POST", "/chat", "u", amount=1000)
            )

    assert asyncio.run(call())["type"] == "success"


def test_go_confirmation_names_the_event_and_status_stays_unknown(api):
    api.put_policy("GET", "/items/:id", limit=9, limit_interval="day")

    async def call():
        async with connected(api, GO_AGENT) as socket:
            allowed = await socket.ask("request_for_allocation", request("GET", "/items/:id", "u1"))
            allocation_id = allowed["payload"]["allocationId"]
            payload = use(allocation_id, "GET", "/items/:id", "u1", waitForConfirmation=True)
            del payload["metadata"]["responseStatusCode"]
            return allocation_id, await socket.ask("use_allocation", payload)

    allocation_id, answer = asyncio.run(call())
    assert answer["payload"] == {"eventId": allocation_id}
    (hour,) = [row for row in api.rollups() if hasattr(row, "status_unknown")]
    assert (hour.requests, hour.status_unknown, hour.errors_4xx) == (1, 1, 0)


def test_go_function_call_settles_by_its_id_alone(api):
    allocation_id = str(uuid.uuid4())
    facts = {
        "type": "FUNCTION_CALL",
        "functionName": "ask",
        "functionPath": "svc/llm.go",
        "method": "GET",
        "url": "/ask/:q",
        "rawUrl": "/ask/hi",
    }
    opening = {
        "alias": "GET /ask/:q u7 func:svc/llm.go:ask",
        "amount": 1,
        "allocationId": allocation_id,
        "metadata": facts,
    }
    closing = {
        "alias": "",
        "amount": 4,
        "allocationId": allocation_id,
        "metadata": {"type": "FUNCTION_CALL", "functionName": "ask", "args": ["hi", 2]},
    }

    async def call():
        async with connected(api, GO_AGENT) as socket:
            await socket.send("use_allocation", closing)
            await socket.send("request_for_allocation", opening)
            await socket.settled()

    asyncio.run(call())
    assert "svc/llm.go:ask" in api.urls()
    assert api.totals()["units"] == 5
    assert len(api.customers()) == 2


def test_many_sockets_share_their_allocations(api):
    async def call():
        async with connected(api) as first, connected(api) as second:
            for _ in range(20):
                allocation_id = str(uuid.uuid4())
                opening = request("GET", "/x", "u", allocation_id)
                await first.send("request_for_allocation", opening)
                await second.send("use_allocation", use(allocation_id, "GET", "/x", "u", amount=3))
            await first.settled()
            await second.settled()

    asyncio.run(call())
    assert api.totals() == {"requests": 22, "units": 62, "denied": 0, "unsettled": 0}


def test_revoked_key_loses_its_sockets_and_opens_no_new_ones(api):
    issued = api.http.post(f"/v1/applications/{api.application_id}/keys", json={"name": "second"})
    api.sdk_key = issued.json()["sdk_key"]
    address = f"/v1/applications/{api.application_id}/keys/{issued.json()['key_id']}"

    async def scene():
        async with connected(api) as socket:
            await asyncio.to_thread(api.http.delete, address)
            with pytest.raises(websockets.ConnectionClosed):
                await asyncio.wait_for(socket.socket.recv(), 10)
        with pytest.raises(websockets.InvalidStatus):
            async with connected(api):
                pass

    asyncio.run(scene())


@pytest.mark.parametrize(("agent", "polite"), [(None, True), (GO_AGENT, False)])
def test_frame_too_large_ends_go_without_a_close_frame(api, agent, polite):
    async def send_and_listen(socket):
        await socket.send(json.dumps({"type": "x", "payload": "y" * 5_000_000}))
        await asyncio.wait_for(socket.recv(), 10)

    async def scene():
        async with connected(api, agent) as client:
            with pytest.raises(websockets.ConnectionClosed) as ended:
                await send_and_listen(client.socket)
            return ended.value.rcvd

    close = asyncio.run(scene())
    assert (close is not None) is polite


def flask_facts(url):
    """Metadata of a Flask SDK: no user id, and the bare path where no route matched."""
    facts = request("GET", url)["metadata"]
    del facts["userId"]
    return facts


@pytest.mark.parametrize(("status", "endpoint"), [(404, "(unmatched)"), (200, "/static")])
def test_bare_path_becomes_an_endpoint_with_the_first_answer_that_found_something(
    api, status, endpoint
):
    allocation_id = str(uuid.uuid4())
    opening = request(
        "GET", "/static", allocation_id=allocation_id, metadata=flask_facts("/static")
    )
    closing = use(allocation_id, "GET", "/static")
    closing["metadata"] = {**flask_facts("/static"), "responseStatusCode": status}

    async def call():
        async with connected(api, GO_AGENT) as socket:
            await socket.send("request_for_allocation", opening)
            await socket.ask("use_allocation", closing)

    asyncio.run(call())
    by_endpoint = {row.endpoint_id: row.requests for row in api.rollups() if hasattr(row, "denied")}
    rows = api.http.get("/v1/endpoints", params={"application_id": api.application_id}).json()
    urls = {row["entity_id"]: row["body"]["url"] for row in rows["rows"]}
    assert {urls[key]: count for key, count in by_endpoint.items() if count} == {endpoint: 1}


def test_path_with_data_in_it_is_kept_without_the_data(api):
    url = "/reset/4f1c0d7e9b2a4c55"
    closing = use(str(uuid.uuid4()), "GET", url)

    async def call():
        async with connected(api) as socket:
            await socket.ask("use_allocation", closing)

    asyncio.run(call())
    assert api.urls() == {"/reset/{id}"}
