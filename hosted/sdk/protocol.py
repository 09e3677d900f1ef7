"""The server's side of a WebSocket, with the one ability uvicorn lacks: to hang up without a word.

Go clients that are closed politely start two reconnect chains which fight for ever (SDK protocol,
trap 1). They must lose the TCP connection without a close frame, whatever the reason.
"""

from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.http11 import Request

from hosted.sdk.views import ClientKind, kind_of

EXTENSION: Final = "usageflow.connection"
"""Name under which the connection finds itself in the ASGI scope's extensions."""

UNREAD_LIMIT: Final = 8 * 2**20
"""Bytes of answers a client may leave unread before it is taken for dead."""


class SdkConnection(WebSocketsSansIOProtocol):
    """A WebSocket connection of an SDK."""

    kind = ClientKind.PYTHON

    def handle_connect(self, event: Request) -> None:
        """Recognise the client, then shake hands; the application finds `self` in its scope."""
        self.kind = kind_of(event.headers.get("User-Agent", ""))
        super().handle_connect(event)
        if self.response.status_code == 101:  # noqa: PLR2004 - switching protocols
            extensions = self.scope["extensions"]
            if extensions is not None:
                extensions[EXTENSION] = {"connection": self}

    def reply(self, frame: bytes) -> None:
        """Send a text frame now. A connection that is gone takes no answer, which is no error."""
        if self.disconnected or self.close_sent or self.transport.is_closing():
            return
        try:
            self.conn.send_text(frame)
        except InvalidState:
            self.hang_up()
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.transport.get_write_buffer_size() > UNREAD_LIMIT:
            self.hang_up()

    def hang_up(self) -> None:
        """End the TCP connection without a close frame."""
        self.close_sent = True
        self.stop_keepalive()
        self.transport.abort()

    def say_goodbye(self, code: int) -> None:
        """Close politely where the client takes it well, abruptly where it does not."""
        if self.kind is ClientKind.GO or not self.handshake_complete:
            self.hang_up()
            return
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def shutdown(self) -> None:
        """The service ends."""
        if self.kind is ClientKind.GO:
            self.hang_up()
            return
        super().shutdown()

    def handle_parser_exception(self) -> None:
        """A frame that is too large or broken."""
        if self.kind is ClientKind.GO:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006, "reason": ""})
            self.hang_up()
            return
        super().handle_parser_exception()

    def keepalive_timeout(self) -> None:
        """No answer to a ping: the peer is gone, a close frame would reach nobody."""
        self.hang_up()
