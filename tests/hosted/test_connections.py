"""The connection itself: frames of other kinds, strangers, limits under load."""

import asyncio
import json
import uuid

import pytest
import websockets

from hosted.sdk.gate import REFUSALS_PER_WINDOW
from tests.hosted.service import GO_AGENT, connected, request, serving, use

POLL = {"type": "get_blocked_endpoints", "id": "p1"}


def test_message_in_pieces_and_in_bytes_is_understood(api):
    async def scene():
        async with connected(api) as client:
            text = json.dumps(POLL)
            await client.socket.send([text[:10], text[10:20], text[20:]])
            first = json.loads(await client.socket.recv())
            await client.socket.send(text.encode())
            return first, json.loads(await client.socket.recv())

    first, second = asyncio.run(scene())
    assert first == second
    assert first["type"] == "success"


def test_ping_of_a_go_client_is_answered(api):
    async def scene():
        async with connected(api, GO_AGENT) as client:
            pong = await client.socket.ping()
            return await asyncio.wait_for(pong, 10)

    assert asyncio.run(scene()) >= 0


def test_many_messages_at_once_are_all_answered_on_their_socket(api):
    ids = [uuid.uuid4().hex for _ in range(200)]

    async def scene():
        async with connected(api) as client:
            for message_id in ids:
                await client.send("get_application_config", message_id=message_id)
            return [json.loads(await client.socket.recv())["id"] for _ in ids]

    assert asyncio.run(scene()) == ids


@pytest.mark.parametrize("message_id", ["x" * 201, ""])
def test_message_with_a_senseless_id_is_not_answered_and_harms_nobody(api, message_id):
    async def scene():
        async with connected(api) as client:
            await client.send("get_application_config", message_id=message_id)
            return await client.ask("get_blocked_endpoints")

    assert asyncio.run(scene())["type"] == "success"


@pytest.mark.parametrize("kind", ["log_response", "report_call_chain"])
def test_reports_that_are_not_kept_are_taken_in_silence(api, kind):
    async def scene():
        async with connected(api) as client:
            await client.send(kind, {"body": "secret", "callChain": [{"funcName": "f"}]})
            return await client.ask("get_blocked_endpoints")

    assert asyncio.run(scene())["type"] == "success"
    assert api.rollups() == []


def test_other_paths_are_no_sdk_socket(api):
    async def knock():
        async with connected(api, path="/wsx"):
            return

    with pytest.raises(websockets.InvalidStatus) as refused:
        asyncio.run(knock())
    assert refused.value.response.status_code == 403


def test_socket_address_without_an_upgrade_is_a_problem_document(running):
    answer = running.http.get("/ws")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_address_that_guesses_keys_is_slowed_down_and_good_keys_still_pass(tmp_path):
    async def knock(running, key):
        try:
            async with websockets.connect(
                running.ws_url, additional_headers={"x-usage-key": key}, proxy=None
            ):
                return 101
        except websockets.InvalidStatus as refused:
            return refused.response.status_code

    async def scene(running):
        wrong = [await knock(running, f"uf_live_{n}") for n in range(REFUSALS_PER_WINDOW + 5)]
        return wrong, await knock(running, running.ready["sdk_key"])

    with serving(tmp_path / "d", "--bootstrap") as running:
        wrong, good = asyncio.run(scene(running))
    assert wrong[0] == 401
    assert wrong[-1] == 429
    assert good == 101


def test_limit_holds_exactly_when_many_sockets_ask_at_once(api):
    api.put_policy("GET", "/x", limit=25, limit_interval="day")

    async def ask(times):
        async with connected(api) as client:
            answers = [
                await client.ask("request_for_allocation", request("GET", "/x", "ann"))
                for _ in range(times)
            ]
        return sum(answer["type"] == "success" for answer in answers)

    async def scene():
        return await asyncio.gather(*(ask(10) for _ in range(8)))

    assert sum(asyncio.run(scene())) == 25
    assert api.totals()["requests"] == 25
    assert api.totals()["denied"] == 55


def test_raised_limit_counts_the_calls_before_it(api):
    async def ask(times):
        async with connected(api) as client:
            return [
                (await client.ask("request_for_allocation", request("GET", "/x", "ann")))["type"]
                for _ in range(times)
            ]

    made = api.put_policy("GET", "/x", limit=2, limit_interval="day")
    assert asyncio.run(ask(3)) == ["success", "success", "error"]
    api.put_policy("GET", "/x", made["revision"], limit=3, limit_interval="day")
    assert asyncio.run(ask(2)) == ["success", "error"]


def test_repeated_request_takes_one_place_of_the_limit(api):
    api.put_policy("GET", "/x", limit=2, limit_interval="day")
    allocation_id = str(uuid.uuid4())

    async def scene():
        async with connected(api) as client:
            first = request("GET", "/x", "ann", allocation_id)
            answers = [await client.ask("request_for_allocation", first) for _ in range(2)]
            answers.append(await client.ask("request_for_allocation", request("GET", "/x", "ann")))
        return [answer["type"] for answer in answers]

    assert asyncio.run(scene()) == ["success"] * 3
    assert api.totals()["requests"] == 2


def test_amounts_of_any_kind_are_taken_and_the_odd_ones_count_one(api):
    amounts = [2, "3", 0.5, True, {"a": 1}, None, "many", -4]

    async def scene():
        async with connected(api) as client:
            for amount in amounts:
                payload = use(str(uuid.uuid4()), "GET", "/x", amount=amount)
                await client.ask("use_allocation", payload)

    asyncio.run(scene())
    assert api.totals()["units"] == 2 + 3 + 0.5 + 5
    assert api.totals()["requests"] == len(amounts)


def test_time_zone_of_the_application_decides_where_an_hour_begins(running):
    from contract.messages.rollups import EndpointHour
    from tests.hosted.service import new_api

    api = new_api(running, time_zone="Asia/Kathmandu")

    async def scene():
        async with connected(api) as client:
            await client.ask("use_allocation", use(str(uuid.uuid4()), "GET", "/x"))

    asyncio.run(scene())
    (hour,) = [row for row in api.rollups() if isinstance(row, EndpointHour)]
    assert hour.hour % 3600 == 900
