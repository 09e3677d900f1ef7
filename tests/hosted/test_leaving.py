"""A connection takes what its client had sent before it leaves, whatever the computer does."""

import asyncio
import socket
import time
from contextlib import suppress
from functools import partial

import uvloop
from uvicorn.server import ServerState

from hosted.sdk import protocol
from hosted.sdk.protocol import EXTENSION, SdkConnection
from hosted.server import configuration
from tests.hosted.raw_socket import frame
from tests.hosted.service import ANSWER_LIMIT_S

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"User-Agent: Go-http-client/1.1\r\n\r\n"
)


class Ending:
    """A server of two Go connections, whose clients write past the event loop."""

    def __init__(self, while_hearing):
        """`while_hearing` is called with this and each message, before the service goes on."""
        self.heard = []
        self.connections = []
        self._while_hearing = while_hearing
        self._begun, self._ended = asyncio.Semaphore(0), asyncio.Semaphore(0)
        self._clients = [socket.socket(), socket.socket()]

    async def __aenter__(self):
        config = configuration(self, None)
        config.load()
        loop = asyncio.get_running_loop()
        made = partial(SdkConnection, config, ServerState(), app_state={}, _loop=loop)
        self._server = await loop.create_server(made, "127.0.0.1", 0)
        for client in self._clients:
            client.connect(self._server.sockets[0].getsockname())
            client.sendall(HANDSHAKE)
            await asyncio.wait_for(self._begun.acquire(), ANSWER_LIMIT_S)
        return self

    async def __aexit__(self, *_):
        for client in self._clients:
            client.close()
        self._server.close()
        await self._server.wait_closed()

    async def __call__(self, scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        connection = scope["extensions"][EXTENSION]["connection"]
        connection.listen(self._hear)
        self.connections.append(connection)
        self._begun.release()
        await receive()
        self._ended.release()

    def _hear(self, message):
        self.heard.append(int(message))
        self._while_hearing(self, int(message))
        return 0.0

    def send(self, number):
        """Send a number, odd ones on the first connection, even ones on the second."""
        with suppress(ConnectionError):
            self._clients[1 - number % 2].sendall(frame(b"%d" % number))

    async def end(self):
        """Wait until the service has left both."""
        for _ in self._clients:
            await asyncio.wait_for(self._ended.acquire(), ANSWER_LIMIT_S)


def heard_after_the_end(while_hearing):
    """What is heard of clients that send their first message after the end was told."""

    async def scene():
        async with Ending(while_hearing) as ending:
            for connection in ending.connections:
                connection.shutdown()
            ending.send(1)
            await ending.end()
            return ending.heard

    return uvloop.run(scene())


def test_what_came_while_the_process_stood_still_is_read_before_it_leaves(monkeypatch):
    monkeypatch.setattr(protocol, "QUIET_S", 0.02)

    def stand_still(ending, number):
        if number == 1:
            ending.send(2)
            time.sleep(0.05)  # longer than a client may be quiet

    assert heard_after_the_end(stand_still) == [1, 2]


def test_a_client_that_sends_without_pause_is_left_in_the_end(monkeypatch):
    monkeypatch.setattr(protocol, "LEAVING_S", 0.05)
    heard = heard_after_the_end(lambda ending, number: ending.send(number + 2))
    assert heard == list(range(1, 2 * len(heard), 2))
    assert heard
