"""A WebSocket client that may break every rule: it writes the bytes it is told to write."""

import asyncio
import base64
import os
import struct
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from tests.hosted.service import ANSWER_LIMIT_S

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


def frame(payload, opcode=TEXT, *, fin=True, masked=True, reserved=0, claimed=None):  # noqa: PLR0913
    """Bytes of one frame; `claimed` is a length that need not be true."""
    length = len(payload) if claimed is None else claimed
    first = bytes([(0x80 if fin else 0) | (reserved << 4) | opcode])
    mask_bit = 0x80 if masked else 0
    if length < 126:
        head = bytes([mask_bit | length])
    elif length < 2**16:
        head = bytes([mask_bit | 126]) + struct.pack("!H", length)
    else:
        head = bytes([mask_bit | 127]) + struct.pack("!Q", length)
    if not masked:
        return first + head + payload
    return first + head + b"\0\0\0\0" + payload  # a mask of zeros leaves the payload as it is


class RawSocket:
    """A connection after its handshake."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    async def write(self, data, pieces=1):
        """Send bytes, in so many writes; False when the service has hung up."""
        size = max(1, -(-len(data) // pieces))
        try:
            for start in range(0, len(data), size):
                self._writer.write(data[start : start + size])
                await self._writer.drain()
                await asyncio.sleep(0)
        except ConnectionError:
            return False
        return not self._writer.transport.is_closing()

    async def read_until(self, text):
        """Read until the service has said this."""
        return await asyncio.wait_for(self._reader.readuntil(text), ANSWER_LIMIT_S)

    async def read_end(self):
        """Everything the service still sends, once it has hung up."""
        try:
            return await asyncio.wait_for(self._reader.read(), ANSWER_LIMIT_S)
        except ConnectionError:
            return b""

    @property
    def is_at_end(self):
        """Whether nothing more comes from the service."""
        return self._reader.at_eof()

    async def finish(self):
        """Hang up once everything that was written is on its way."""
        self._writer.close()
        await self._writer.wait_closed()

    def read_nothing(self):
        """Leave everything the service sends where it is."""
        self._writer.transport.pause_reading()


@asynccontextmanager
async def raw_socket(api, *headers):
    """A connection that shook hands as an SDK does, and is ended without a word."""
    place = urlsplit(api.running.ready["url"])
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        await _shake_hands(reader, writer, place.netloc, api.sdk_key, headers)
        yield RawSocket(reader, writer)
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def _shake_hands(reader, writer, host, key, headers):
    nonce = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /ws HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {nonce}",
        f"x-usage-key: {key}",
        *headers,
    ]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ANSWER_LIMIT_S)
    assert answer.startswith(b"HTTP/1.1 101"), answer
