"""Nothing a client sends ends the service, takes its memory, or closes another client.

A run in CI is short. The long one:

    USAGEFLOW_FUZZ_EXAMPLES=5000 .venv/bin/python -m pytest tests/hosted/test_socket_fuzz.py
"""

import asyncio
import json
import os
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.hosted.raw_socket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, frame, raw_socket
from tests.hosted.service import GO_AGENT, connected, new_api, request, serving, use

EXAMPLES = int(os.environ.get("USAGEFLOW_FUZZ_EXAMPLES", "200"))
MIB = 2**20
GROWTH_LIMIT = 64 * MIB
"""Resident memory may settle once: caches, arenas. It must not follow the number of examples."""
WARM_UP = 20
TYPES = [
    "get_application_policies",
    "get_application_config",
    "get_blocked_endpoints",
    "get_credits",
    "request_for_allocation",
    "use_allocation",
    "report_call_chain",
    "log_response",
    "no_such_type",
    "",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = ["alias", "amount", "allocationId", "duration", "metadata", "identity", "callChain"]
PAYLOADS = JSON | st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=5)
CALLS = st.builds(
    lambda fields, extra: request("GET", "/x", **fields) | extra,
    st.dictionaries(st.sampled_from(["amount", "alias", "duration"]), JSON, max_size=2),
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=3),
)
MESSAGES = st.builds(
    lambda kind, message_id, payload: {"type": kind, "id": message_id, "payload": payload},
    st.sampled_from(TYPES) | JSON,
    st.text(max_size=250) | JSON,
    PAYLOADS | CALLS,
).map(lambda message: json.dumps(message).encode())


def nested(depth, opening, closing):
    """JSON of great depth, as a payload."""
    deep = opening * depth + "1" + closing * depth
    return f'{{"type":"use_allocation","payload":{deep}}}'.encode()


TEXTS = (
    MESSAGES
    | st.binary(max_size=200)
    | st.builds(
        nested,
        st.sampled_from([50, 2_000, 200_000]),
        st.sampled_from(["[", '{"a":']),
        st.sampled_from(["]", "}", ""]),
    )
    | st.sampled_from([10_000, MIB, 4 * MIB - 100]).map(
        lambda size: b'{"type":"use_allocation","payload":{"alias":"' + b"y" * size + b'"}}'
    )
)
OPCODES = st.sampled_from([TEXT, BINARY, CONTINUATION, PING, PONG, CLOSE, 0x3, 0xB])
WELL_FORMED = st.builds(frame, TEXTS, st.sampled_from([TEXT, BINARY]))
BROKEN = st.builds(
    frame,
    st.binary(max_size=130),
    OPCODES,
    fin=st.booleans(),
    masked=st.booleans(),
    reserved=st.integers(0, 7),
    claimed=st.none() | st.sampled_from([0, 125, 126, 65_536, 2**40, 2**63]),
)
FRAGMENTED = st.builds(
    lambda text, pieces, between: b"".join(
        frame(
            text[n * len(text) // pieces : (n + 1) * len(text) // pieces],
            TEXT if n == 0 else CONTINUATION,
            fin=n == pieces - 1,
        )
        + between
        for n in range(pieces)
    ),
    MESSAGES,
    st.integers(2, 9),
    st.sampled_from([b"", frame(b"hi", PING), frame(b"", PONG), frame(b'{"id":"1"}')]),
)
FLOODS = st.sampled_from(
    [
        frame(b"p" * 125, PING) * 3_000,
        frame(b"x", fin=False) + frame(b"", CONTINUATION, fin=False) * 20_000,
        frame(b'{"type":"get_application_config","id":"1"}') * 2_000,
        frame(b"") * 5_000,
        frame(b"y" * (5 * MIB)),
    ]
)
ATTACK = st.lists(WELL_FORMED | WELL_FORMED | BROKEN | FRAGMENTED | FLOODS, min_size=1, max_size=6)
HEADERS = st.sampled_from([(), (f"User-Agent: {GO_AGENT}",), ("Origin: http://127.0.0.1",)])


class Arena:
    """The service, two clients that must not notice anything, and the attackers."""

    def __init__(self, running, runner):
        self.running = running
        self.api = new_api(running)
        self.runner = runner
        self.stack = AsyncExitStack()
        self.witnesses = runner.run(self._open_witnesses())
        self.examples = 0
        self.settled_bytes = None

    async def _open_witnesses(self):
        options = ({"agent": GO_AGENT}, {"is_python": True})
        return [await self.stack.enter_async_context(connected(self.api, **o)) for o in options]

    def attack(self, frames, headers, pieces):
        """Send frames on a connection of their own, hang up, and look whether all is well."""
        self.runner.run(self._attack(frames, headers, pieces))
        self.examples += 1
        if self.examples == WARM_UP:
            self.settled_bytes = self.resident_bytes()

    async def _attack(self, frames, headers, pieces):
        async with raw_socket(self.api, *headers) as attacker:
            for data in frames:
                if not await attacker.write(data, pieces):
                    break
            for witness in self.witnesses:
                assert (await witness.ask("get_blocked_endpoints"))["type"] == "success"

    def resident_bytes(self):
        """Resident memory of the service."""
        pages = Path(f"/proc/{self.running.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def close(self):
        self.runner.run(self.stack.aclose())


@pytest.fixture(scope="module")
def arena(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    log = folder / "stderr.txt"
    with (
        log.open("w") as errors,
        serving(folder / "d", "--bootstrap", stderr=errors) as running,
        asyncio.Runner() as runner,
    ):
        arena = Arena(running, runner)
        yield arena
        arena.close()
        assert running.process.poll() is None
        if arena.settled_bytes is not None:
            assert arena.resident_bytes() - arena.settled_bytes < GROWTH_LIMIT
    assert "Traceback" not in log.read_text()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(frames=ATTACK, headers=HEADERS, pieces=st.sampled_from([1, 1, 2, 50]))
@example(frames=[frame(nested(200_000, "[", "]"))], headers=(), pieces=1)
@example(frames=[frame(b"\xff\xfe{}")], headers=(), pieces=1)
@example(frames=[frame(b"", TEXT, fin=False)], headers=(f"User-Agent: {GO_AGENT}",), pieces=1)
def test_nothing_a_client_sends_harms_the_service_or_another_client(arena, frames, headers, pieces):
    arena.attack(frames, headers, pieces)


@pytest.mark.parametrize(
    "bad", [b"\xff\xfe", b"", b"\x00" * 100, nested(200_000, "[", "]"), nested(500, '{"a":', "}")]
)
@pytest.mark.parametrize("agent", [None, GO_AGENT])
def test_bad_message_does_not_even_end_its_own_socket(arena, bad, agent):
    async def scene():
        async with connected(arena.api, agent) as client:
            await client.socket.send(bad, text=True)
            return await client.ask("get_blocked_endpoints")

    assert arena.runner.run(scene())["type"] == "success"


def test_message_that_comes_byte_by_byte_is_understood(arena):
    async def scene():
        async with raw_socket(arena.api) as slow:
            data = frame(b'{"type":"get_blocked_endpoints","id":"slow"}')
            await slow.write(data, pieces=len(data))
            return await slow.read_until(b'"slow"')

    assert b'"success"' in arena.runner.run(scene())


@pytest.mark.parametrize("agent", [None, GO_AGENT])
def test_endless_fragments_end_their_own_socket_only(arena, agent):
    async def scene():
        headers = () if agent is None else (f"User-Agent: {agent}",)
        async with raw_socket(arena.api, *headers) as client:
            endless = frame(b"x", fin=False) + frame(b"", CONTINUATION, fin=False) * 20_000
            await client.write(endless)
            end = await client.read_end()
        for witness in arena.witnesses:
            await witness.ask("get_blocked_endpoints")
        return end

    end = arena.runner.run(scene())
    assert agent is None or not end.startswith(b"\x88")


def test_client_that_never_reads_its_answers_is_ended(arena):
    async def scene():
        async with raw_socket(arena.api) as deaf:
            deaf.read_nothing()
            poll = frame(b'{"type":"get_application_config","id":"' + b"d" * 190 + b'"}') * 1_000
            for _ in range(500):
                if not await deaf.write(poll):
                    return True
        return False

    assert arena.runner.run(scene())


def test_calls_between_the_attacks_are_all_counted(arena):
    api = new_api(arena.running)

    async def scene():
        async with connected(api) as client:
            for number in range(20):
                await client.socket.send(frame(b"\xff", BINARY))
                settled = use(f"00000000-0000-4000-8000-{number:012}", "GET", "/x")
                await client.ask("use_allocation", settled)

    arena.runner.run(scene())
    assert api.totals()["requests"] == 20
