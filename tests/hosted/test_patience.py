"""Connections that begin a request and never finish it."""

import asyncio
from contextlib import asynccontextmanager

import pytest
import uvicorn
from uvicorn.server import ServerState

from hosted.patience import PatientHttp
from hosted.sdk.protocol import SdkConnection

LIMIT_S = 20


class Hasty(PatientHttp):
    look_every_s = 0.05


async def app(scope, receive, send):
    """Read the body, then answer."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204})
    await send({"type": "http.response.body"})


@asynccontextmanager
async def connection(application=app):
    """A connection to a server of little patience."""
    config = uvicorn.Config(application, ws=SdkConnection, lifespan="off", log_config=None)
    config.load()
    loop = asyncio.get_running_loop()
    state = ServerState()
    server = await loop.create_server(
        lambda: Hasty(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        await asyncio.gather(*state.tasks)
        server.close()
        await server.wait_closed()


async def rest(reader):
    """What comes until the server ends the connection."""
    try:
        return await asyncio.wait_for(reader.read(), LIMIT_S)
    except ConnectionError:
        return b""


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
    ],
)
def test_request_that_is_never_finished_is_given_up(begun):
    async def scene():
        async with connection() as (reader, writer):
            writer.write(begun)
            return await rest(reader)

    assert asyncio.run(scene()) == b""


def test_second_request_is_waited_for_no_longer_than_the_first():
    async def scene():
        async with connection() as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            answered = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT_S)
            writer.write(b"GET /again HTTP")
            return answered, await rest(reader)

    answered, after = asyncio.run(scene())
    assert answered.startswith(b"HTTP/1.1 204")
    assert after == b""


async def waiting(scope, receive, send):
    """Take a socket and wait for its messages."""
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


def test_socket_of_an_sdk_is_left_alone():
    handshake = (
        b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )

    async def scene():
        async with connection(waiting) as (reader, writer):
            writer.write(handshake)
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT_S)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 4 * Hasty.look_every_s)

    asyncio.run(scene())
