"""The live channel of a running service: what is told, to whom, and how it ends."""

import asyncio
import time
from contextlib import contextmanager

from contract import live
from contract.messages.customers import CustomerBody
from hosted import live as channel
from tests.hosted.service import connected, request, serving
from tests.hosted.tokens import new_token

SOON_S = 5.0
PATIENCE_S = 20.0


class Stream:
    """Events of one listener, read line by line."""

    def __init__(self, response):
        self.response = response
        self._lines = response.iter_lines()

    def event(self):
        """Name and id of the next event; comments are passed over."""
        fields = {}
        for line in self._lines:
            if not line and fields:
                return fields["event"], fields["id"]
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
        return None


@contextmanager
def listening(running, token=None, **headers):
    authorization = {"Authorization": f"Bearer {token}"} if token else {}
    with running.http.stream("GET", live.PATH, headers=headers | authorization) as response:
        yield Stream(response)


def edit(api, name):
    body = CustomerBody(application_id=api.application_id, name=name).model_dump(mode="json")
    api.put("customers", f"cus_{name}", body)


def test_stream_is_for_listeners_with_a_token(running):
    assert running.http.get(live.PATH, headers={"Authorization": "Bearer x"}).status_code == 401
    with listening(running) as stream:
        assert stream.response.headers["content-type"].startswith(live.MEDIA_TYPE)
        assert stream.response.headers["x-accel-buffering"] == "no"
        assert stream.event()[0] == live.READY


def test_edit_is_told_soon_after_its_commit(running, api):
    with listening(running) as stream:
        stream.event()
        begun = time.monotonic()
        edit(api, "ann")
        assert stream.event()[0] == live.CHANGED
        assert time.monotonic() - begun < SOON_S


def test_what_was_missed_is_told_at_once(running, api):
    with listening(running) as stream:
        _, heard = stream.event()
    edit(api, "missed")
    with listening(running, **{live.LAST_EVENT_HEADER: heard}) as stream:
        assert stream.event() == (live.READY, heard)
        name, newer = stream.event()
        assert (name, newer != heard) == (live.CHANGED, True)
    with listening(running, **{live.LAST_EVENT_HEADER: "made up"}) as stream:
        assert [stream.event()[0], stream.event()[0]] == [live.READY, live.CHANGED]


def test_listeners_are_bounded_and_leave_their_places(running, api):
    token = new_token(running, "viewer")["token"]
    streams = [listening(running, token) for _ in range(channel.LISTENERS_OF_A_TOKEN)]
    opened = [stream.__enter__() for stream in streams]
    assert {stream.event()[0] for stream in opened} == {live.READY}
    answer = running.http.get(live.PATH, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    for stream in streams:
        stream.__exit__(None, None, None)
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with listening(running, token) as stream:
            if stream.response.status_code == 200:
                break
        assert time.monotonic() < deadline, "the places were not given back"


def test_revoked_token_hears_no_more(running, api):
    made = new_token(running, "viewer")
    with listening(running, made["token"]) as stream:
        stream.event()
        assert running.http.delete(f"/v1/tokens/{made['token_id']}").is_success
        edit(api, "after")
        assert stream.event() is None


def test_service_ends_at_once_although_somebody_listens(tmp_path):
    with serving(tmp_path / "data", "--bootstrap") as running:
        with listening(running) as stream:
            stream.event()
            begun = time.monotonic()
            running.process.terminate()
            assert stream.event() is None
        assert running.stop() == 0
        assert time.monotonic() - begun < SOON_S


def test_call_of_an_sdk_is_told_soon(running, api):
    async def call():
        async with connected(api) as sdk:
            await sdk.ask("request_for_allocation", request("GET", "/live"))

    with listening(running) as stream:
        stream.event()
        asyncio.run(call())
        assert stream.event()[0] == live.CHANGED
