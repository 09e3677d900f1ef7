"""Starting, ending, dying: what the owner and the SDKs are told, and what survives."""

import asyncio
import json
import resource
import socket
import stat
import subprocess
import threading
import uuid
from contextlib import suppress

import pytest
import websockets

from contract.messages.rollups import EndpointHour
from hosted.errors import DirectoryLocked
from hosted.instance import DirectoryLock
from hosted.serve import main
from tests.hosted.raw_socket import frame, raw_socket
from tests.hosted.service import (
    ANSWER_LIMIT_S,
    GO_AGENT,
    Api,
    connected,
    failed_start,
    launch,
    new_api,
    request,
    rollup_page,
    serving,
    until,
    use,
)
from tests.prices import rule_body


def first_api(running):
    """The application that bootstrapping made."""
    return Api(running, running.ready["application_id"], running.ready["sdk_key"])


def restarted(begin, directory, owner_token):
    """The service again, with the token from before."""
    running = begin(directory)
    running.http.headers["Authorization"] = f"Bearer {owner_token}"
    return running


def test_bootstrap_makes_one_account_and_never_another(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as first:
        assert first.ready["owner_token"].startswith("uf_owner_")
        assert first.ready["sdk_key"].startswith("uf_live_")
        assert (
            first.http.get("/v1/applications").json()["rows"][0]["entity_id"]
            == (first.ready["application_id"])
        )
    with serving(tmp_path / "d", "--bootstrap") as second:
        assert "owner_token" not in second.ready
        assert "sdk_key" not in second.ready
        assert second.ready["service_id"] == first.ready["service_id"]
        assert second.ready["url"] == first.ready["url"]


def status_with(running, token):
    headers = {"Authorization": f"Bearer {token}"}
    return running.http.get("/v1/changes", headers=headers).status_code


def test_one_more_owner_token_leaves_the_others_as_they_are(tmp_path):
    with serving(tmp_path / "d", "--bootstrap", "--token-name", "Desktop on one") as first:
        old = first.ready["owner_token"]
    with serving(tmp_path / "d", "--new-owner-token", "--token-name", "Desktop on two") as second:
        assert status_with(second, old) == status_with(second, second.ready["owner_token"]) == 200
        rows = second.http.get("/v1/tokens").json()["rows"]
        assert {row["name"] for row in rows} == {"Desktop on one", "Desktop on two"}


def test_other_tokens_end_when_that_is_asked_for(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as first:
        old = first.ready["owner_token"]
    with serving(tmp_path / "d", "--new-owner-token", "--end-other-tokens") as second:
        assert status_with(second, old) == 401
        assert status_with(second, second.ready["owner_token"]) == 200
        actions = [row["action"] for row in second.http.get("/v1/audit").json()["rows"]]
        assert actions[:2] == ["issue", "revoke"]


def test_a_token_needs_a_name_that_can_be_shown(tmp_path):
    for name in ("", "x" * 201, "a\nb"):
        process = launch(
            tmp_path / "d", "--bootstrap", "--token-name", name, stderr=subprocess.PIPE
        )
        process.communicate(timeout=30)
        assert process.returncode == 2


def test_running_service_says_where_it_is_and_takes_it_back_at_the_end(tmp_path, begin):
    directory = tmp_path / "d"
    running = begin(directory, "--bootstrap")
    state = json.loads((directory / "service.json").read_text())
    assert state["pid"] == running.process.pid
    assert state["url"] == running.ready["url"]
    assert stat.S_IMODE((directory / "service.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert running.stop() == 0
    assert not (directory / "service.json").exists()
    secrets = [running.ready["owner_token"], running.ready["sdk_key"]]
    written = b"".join(path.read_bytes() for path in directory.iterdir())
    assert not any(secret.encode() in written for secret in secrets)


def test_two_services_never_share_a_directory(tmp_path):
    with serving(tmp_path / "d"):
        said, status, errors = failed_start(tmp_path / "d")
    assert (said["ready"], said["code"], status) == (False, "locked", 1)
    assert "Traceback" not in errors


def test_lock_is_free_again_once_released(tmp_path):
    first = DirectoryLock(tmp_path)
    with pytest.raises(DirectoryLocked, match="already runs"):
        DirectoryLock(tmp_path)
    first.release()
    second = DirectoryLock(tmp_path)
    with pytest.raises(DirectoryLocked, match="already runs"):
        DirectoryLock(tmp_path)
    second.release()


def test_busy_port_is_an_error_and_never_another_port(tmp_path, begin):
    directory = tmp_path / "d"
    begin(directory).stop()
    port = int((directory / "port").read_text())
    with socket.create_server(("127.0.0.1", port)):
        said, status, errors = failed_start(directory)
    assert (said["code"], status) == ("port_in_use", 1)
    assert str(port) in said["error"]
    assert "Traceback" not in errors


def test_data_directory_that_is_a_file_is_told_in_words(tmp_path):
    (tmp_path / "d").write_text("not a directory")
    said, status, errors = failed_start(tmp_path / "d")
    assert (said["code"], status) == ("storage", 1)
    assert "What is stored is safe" in said["error"]
    assert "Traceback" not in errors


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_port_that_is_none_is_refused_with_the_usage(tmp_path, port, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--data", str(tmp_path / "d"), f"--port={port}"])
    assert ended.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_damaged_data_file_is_told_in_words(tmp_path, begin):
    directory = tmp_path / "d"
    begin(directory).stop()
    (directory / "service.db").write_bytes(b"rubbish" * 2000)
    said, status, errors = failed_start(directory)
    assert (said["code"], status) == ("storage", 1)
    assert "restore a backup" in said["error"]
    assert "Traceback" not in errors


def test_lost_key_is_told_and_no_new_one_is_made(tmp_path, begin):
    directory = tmp_path / "d"
    begin(directory).stop()
    (directory / "service.key").unlink()
    said, _, _ = failed_start(directory)
    assert said["code"] == "key"
    assert not (directory / "service.key").exists()


def test_ending_service_drops_go_without_a_word_and_python_politely(tmp_path, begin):
    async def scene(running):
        api = first_api(running)
        async with connected(api, GO_AGENT) as go, connected(api) as python:
            await go.ask("get_blocked_endpoints")
            await python.ask("get_blocked_endpoints")
            running.process.terminate()
            ends = []
            for client in (go, python):
                with pytest.raises(websockets.ConnectionClosed) as ended:
                    await asyncio.wait_for(client.socket.recv(), ANSWER_LIMIT_S)
                ends.append(ended.value.rcvd)
            return ends

    running = begin(tmp_path / "d", "--bootstrap")
    go_close, python_close = asyncio.run(scene(running))
    assert go_close is None
    assert python_close.code == 1012
    assert running.stop() == 0


def test_everything_queued_at_a_clean_end_is_stored(tmp_path, begin):
    async def scene(api):
        async with connected(api) as socket:
            for _ in range(300):
                allocation_id = str(uuid.uuid4())
                opening = request("GET", "/x", "u", allocation_id)
                await socket.send("request_for_allocation", opening)
                await socket.send("use_allocation", use(allocation_id, "GET", "/x", "u"))
            await socket.ask("get_blocked_endpoints")

    running = begin(tmp_path / "d", "--bootstrap")
    asyncio.run(scene(first_api(running)))
    assert running.stop() == 0
    again = restarted(begin, tmp_path / "d", running.ready["owner_token"])
    rows, _ = rollup_page(again.http, order="backfill")
    assert again.stop() == 0
    assert sum(row.requests for row in rows if isinstance(row, EndpointHour)) == 300


def settlement():
    """A settlement of its own."""
    return use(str(uuid.uuid4()), "GET", "/x", "u")


UNDER_WAY = 400
"""Messages of a client after the service was told to end: as many as any computer takes in time."""


async def send_as_python(api, sent):
    """Send until the service says goodbye; the client library answers it with its own."""
    async with connected(api, is_python=True) as client:
        await client.ask("get_blocked_endpoints")
        with suppress(websockets.ConnectionClosed):
            while len(sent) < UNDER_WAY:
                await client.send("use_allocation", settlement())
                sent.append(1)
                if len(sent) == UNDER_WAY // 4:
                    api.running.process.terminate()
        await client.socket.wait_closed()


async def send_as_go(api, sent):
    """Send until nothing more comes from the service, then hang up."""
    async with raw_socket(api, f"User-Agent: {GO_AGENT}") as client:
        while len(sent) < UNDER_WAY and not client.is_at_end:
            message = {"type": "use_allocation", "payload": settlement()}
            assert await client.write(frame(json.dumps(message).encode()))
            sent.append(1)
            if len(sent) == UNDER_WAY // 4:
                api.running.process.terminate()
        await client.read_end()
        await client.finish()


@pytest.mark.parametrize("send", [send_as_python, send_as_go])
def test_everything_sent_until_the_client_hears_of_a_clean_end_is_stored(tmp_path, begin, send):
    """Clients that send without pause are told of the end in their midst."""

    async def scene(api):
        counts = [[] for _ in range(3)]
        await asyncio.gather(*(send(api, sent) for sent in counts))
        return sum(map(len, counts))

    running = begin(tmp_path / "d", "--bootstrap")
    sent = asyncio.run(scene(first_api(running)))
    assert running.stop() == 0
    again = restarted(begin, tmp_path / "d", running.ready["owner_token"])
    rows, _ = rollup_page(again.http, order="backfill")
    assert again.stop() == 0
    assert sum(row.requests for row in rows if isinstance(row, EndpointHour)) == sent


@pytest.mark.parametrize("moment", [0.05, 0.4])
def test_what_was_confirmed_survives_a_kill_exactly_once(tmp_path, moment, begin):
    """Calls are confirmed as fast as they come until the process is killed in their midst."""
    running = begin(tmp_path / "d", "--bootstrap")
    api = first_api(running)
    api.put_policy("GET", "/x", limit=10**6, limit_interval="day")
    confirmed, sent = [], []

    async def calls():
        async with connected(api) as socket:
            while True:
                payload = request("GET", "/x", f"u{len(sent) % 7}")
                sent.append(payload["alias"])
                answer = await socket.ask("request_for_allocation", payload)
                confirmed.append(answer["payload"]["allocationId"])
                if len(confirmed) == 20:
                    threading.Timer(moment, running.process.kill).start()

    with pytest.raises(websockets.ConnectionClosed):
        asyncio.run(calls())
    running.kill()
    again = restarted(begin, tmp_path / "d", running.ready["owner_token"])
    api.running = again
    assert len(confirmed) <= api.totals()["requests"] <= len(sent)
    assert asyncio.run(settle_all(api, confirmed)) == {"success"}
    assert api.totals()["units"] == len(confirmed)
    assert asyncio.run(settle_all(api, confirmed)) == {"success"}
    assert api.totals()["units"] == len(confirmed)
    again.stop()


async def settle_all(api, allocation_ids):
    """Settle every allocation; the kinds of answers."""
    async with connected(api) as socket:
        answers = [
            await socket.ask("use_allocation", use(allocation_id, "GET", "/x", "u"))
            for allocation_id in allocation_ids
        ]
    return {answer["type"] for answer in answers}


def test_limit_goes_on_where_it_was_when_the_service_was_killed(tmp_path, begin):
    async def ask(api, times):
        async with connected(api) as socket:
            return [
                (await socket.ask("request_for_allocation", request("GET", "/x", "ann")))["type"]
                for _ in range(times)
            ]

    running = begin(tmp_path / "d", "--bootstrap")
    api = first_api(running)
    api.put_policy("GET", "/x", limit=3, limit_interval="month")
    assert asyncio.run(ask(api, 2)) == ["success", "success"]
    running.kill()
    api.running = restarted(begin, tmp_path / "d", running.ready["owner_token"])
    assert asyncio.run(ask(api, 2)) == ["success", "error"]
    api.running.stop()


def test_edit_answered_before_a_kill_gets_the_same_answer_after_it(tmp_path, begin):
    running = begin(tmp_path / "d", "--bootstrap")
    body = {
        "edits": [
            {
                "idempotency_key": "once",
                "entity_id": "rule1",
                "base_revision": 0,
                "edit": {
                    "entity": "pricing_rule",
                    "body": rule_body(running.ready["application_id"]),
                },
            }
        ]
    }
    answer = running.http.post("/v1/changes", json=body).text
    running.kill()
    again = restarted(begin, tmp_path / "d", running.ready["owner_token"])
    assert again.http.post("/v1/changes", json=body).text == answer
    again.stop()


def test_full_disk_is_told_and_metering_goes_on_when_there_is_room(tmp_path, begin):
    """The process may write no file beyond a limit, which is lifted later."""
    small = 600_000
    log = tmp_path / "stderr.txt"

    def limit_files():
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (small, most))

    async def fill(api):
        async with connected(api) as socket:
            for number in range(20_000):
                payload = request("GET", "/x", f"user-{number}")
                answer = await socket.ask("request_for_allocation", payload)
                if answer["type"] == "error":
                    return number, answer
        raise AssertionError("the limit was never reached")

    async def ask(api):
        async with connected(api) as socket:
            return await socket.ask("request_for_allocation", request("GET", "/x", "after"))

    with log.open("w") as errors:
        running = begin(tmp_path / "d", "--bootstrap", stderr=errors, preexec_fn=limit_files)
        api = first_api(running)
        api.put_policy("GET", "/x", limit=5, limit_interval="day")
        confirmed, refused = asyncio.run(fill(api))
        assert refused["message"] == "Usage could not be recorded"
        assert running.http.get("/readyz").status_code == 503
        assert running.http.get("/healthz").status_code == 200
        assert running.process.poll() is None
        _, most = resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (most, most))
        until(lambda: asyncio.run(ask(api))["type"] == "success")
        until(lambda: running.http.get("/readyz").status_code == 200)
        assert api.totals()["requests"] == confirmed + 1
        assert running.stop() == 0
    assert "refuses writes" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_applications_of_one_service_do_not_see_each_other(running):
    first, second = new_api(running), new_api(running)

    async def call():
        async with connected(first) as socket:
            await socket.ask("use_allocation", use(str(uuid.uuid4()), "GET", "/x", "ann"))

    asyncio.run(call())
    assert first.totals()["requests"] == 1
    assert second.totals()["requests"] == 0
