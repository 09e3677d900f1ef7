"""How much one client may send, and how many sockets one application may hold."""

import asyncio
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from contract.messages.health import SdkKind
from hosted.clock import SECOND_US
from hosted.sdk.pace import BURST_US, BYTES_PER_US, MESSAGE_US, Pace
from hosted.sdk.socket import SOCKETS_PER_APPLICATION, TOO_MANY, SdkSocket
from tests.hosted.test_presence import APP, Scene

START_US = 10**15


def test_busy_api_is_never_held_back():
    pace = Pace()
    waits = {pace.wait_us(2_000, START_US + number * 100) for number in range(50_000)}
    assert waits == {0}


def test_burst_is_taken_at_once_and_what_is_above_waits():
    pace = Pace()
    burst = BURST_US // MESSAGE_US
    assert {pace.wait_us(0, START_US) for _ in range(burst)} == {0}
    assert pace.wait_us(0, START_US) == MESSAGE_US
    assert pace.wait_us(BYTES_PER_US * SECOND_US, START_US) == SECOND_US + 2 * MESSAGE_US


def test_pause_makes_room_again():
    pace = Pace()
    wait_us = pace.wait_us(BYTES_PER_US * 5 * SECOND_US, START_US)
    assert wait_us > 0
    assert pace.wait_us(0, START_US + wait_us + MESSAGE_US) == 0


@given(st.lists(st.tuples(st.integers(0, 4 * 2**20), st.integers(0, SECOND_US)), min_size=1))
def test_who_waits_as_told_sends_no_more_than_the_rate_and_a_burst(messages):
    pace, now_us, cost_us = Pace(), START_US, 0
    for size, idle_us in messages:
        now_us += idle_us
        cost_us += MESSAGE_US + size // BYTES_PER_US
        now_us += pace.wait_us(size, now_us)
        assert cost_us <= now_us - START_US + BURST_US


class OpenGate:
    """A gate that lets every key in, to the one application of a scene."""

    def __init__(self, scene):
        self._scene = scene

    def hash_of(self, key):
        return key.encode()

    def application(self, _key_hash):
        return self._scene.directory.application(APP)


def knocked(open_sockets):
    """What a client is sent that knocks while so many sockets are open."""
    scene, sent = Scene(), []
    for _ in range(open_sockets):
        scene.arrive(SdkKind.GO)
    socket = SdkSocket(
        directory=scene.directory,
        handler=None,
        gate=OpenGate(scene),
        presence=scene.presence,
        clock=lambda: scene.now_us,
    )

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)
        if message["type"] == "websocket.accept":
            raise ConnectionAbortedError

    scope = {"headers": [(b"x-usage-key", b"uf_live_x")], "client": ("192.0.2.1", 1)}
    with suppress(ConnectionAbortedError):
        asyncio.run(socket(scope, receive, send))
    return sent


def test_application_may_hold_many_sockets():
    assert knocked(SOCKETS_PER_APPLICATION - 1)[0]["type"] == "websocket.accept"


def test_application_with_too_many_sockets_gets_no_more():
    start, body = knocked(SOCKETS_PER_APPLICATION)
    assert start["status"] == 429
    assert (b"retry-after", b"10") in start["headers"]
    assert body["body"] == TOO_MANY
