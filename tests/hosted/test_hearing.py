"""Messages go to the meter as they arrive, past the server library's queue."""

import asyncio
import logging

import pytest

from hosted.sdk.protocol import SdkConnection

FRAME = b"\x81\x85\x00\x00\x00\x00hello"
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Transport(asyncio.Transport):
    """Where a connection writes to; remembers whether it is read from."""

    def __init__(self):
        super().__init__()
        self.written = b""
        self.is_read = True
        self.is_aborted = False
        self.resumed = asyncio.Event()

    def write(self, data):
        self.written += data

    def pause_reading(self):
        self.is_read = False

    def resume_reading(self):
        self.is_read = True
        self.resumed.set()

    def is_closing(self):
        return self.is_aborted

    def abort(self):
        self.is_aborted = True

    close = abort

    def get_write_buffer_size(self):
        return 0


@pytest.fixture
def scene():
    """Runs a story with an open connection, its transport, and an application that only accepts."""

    def run(story):
        async def played():
            import uvicorn
            from uvicorn.server import ServerState

            accepted = asyncio.Event()

            async def application(_scope, receive, send):
                await receive()
                await send({"type": "websocket.accept"})
                accepted.set()
                await receive()

            config = uvicorn.Config(
                application, ws_ping_interval=None, lifespan="off", log_config=None
            )
            config.load()
            connection = SdkConnection(config, ServerState(), {})
            transport = Transport()
            connection.connection_made(transport)
            connection.data_received(HANDSHAKE)
            await accepted.wait()
            await story(connection, transport)
            connection.connection_lost(None)
            await asyncio.sleep(0)

        asyncio.run(played())

    return run


def test_message_is_heard_before_anything_else_is_read(scene):
    async def story(connection, transport):
        heard = []
        connection.listen(lambda message: heard.append(bytes(message)) or 0.0)
        connection.data_received(FRAME * 2)
        assert heard == [b"hello", b"hello"]
        assert transport.is_read
        assert not connection.has_messages

    scene(story)


def test_message_in_two_pieces_is_heard_once_it_is_whole(scene):
    async def story(connection, _transport):
        heard = []
        connection.listen(lambda message: heard.append(bytes(message)) or 0.0)
        connection.data_received(FRAME[:4])
        assert heard == []
        connection.data_received(FRAME[4:])
        assert heard == [b"hello"]

    scene(story)


def test_message_before_anybody_listens_waits_in_the_queue(scene):
    async def story(connection, _transport):
        connection.data_received(FRAME)
        assert connection.has_messages

    scene(story)


def test_client_that_is_too_fast_is_not_read_for_a_while(scene):
    async def story(connection, transport):
        connection.listen(lambda _message: 0.01)
        connection.data_received(FRAME * 2)
        assert not transport.is_read
        await transport.resumed.wait()
        assert transport.is_read

    scene(story)


def test_fault_of_one_message_ends_its_socket_and_is_logged(scene, caplog):
    def faulty(_message):
        raise ZeroDivisionError("what a caller sent")

    async def story(connection, transport):
        connection.listen(faulty)
        with caplog.at_level(logging.ERROR):
            connection.data_received(FRAME)
        assert transport.written.endswith(b"\x03\xf3")
        assert connection.close_sent

    scene(story)
    assert "met a fault: ZeroDivisionError in faulty" in caplog.text
    assert "what a caller sent" not in caplog.text
