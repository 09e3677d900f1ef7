"""The server's side of a WebSocket, with the one ability uvicorn lacks: to hang up without a word.

Go clients that are closed politely start two reconnect chains which fight for ever (SDK protocol,
trap 1). They must lose the TCP connection without a close frame, whatever the reason.
"""

from typing import Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from contract.messages.health import SdkKind
from hosted.sdk.clients import kind_of

EXTENSION: Final = "usageflow.connection"
"""Name under which the connection finds itself in the ASGI scope's extensions."""

UNREAD_LIMIT: Final = 8 * 2**20
"""Bytes of answers a client may leave unread before it is taken for dead."""
FRAGMENTS: Final = 10_000
"""Pieces of one message. Empty ones add nothing to its size, and would pile up for ever."""


class SdkConnection(WebSocketsSansIOProtocol):
    """A WebSocket connection of an SDK."""

    kind = SdkKind.UNKNOWN
    _has_answers = False

    def handle_connect(self, event: Request) -> None:
        """Recognise the client, then shake hands; the application finds `self` in its scope."""
        headers = {name.lower(): value for name, value in event.headers.raw_items()}
        self.kind = kind_of(headers)
        super().handle_connect(event)
        if self.response.status_code == 101:  # noqa: PLR2004 - switching protocols
            extensions = self.scope["extensions"]
            if extensions is not None:
                extensions[EXTENSION] = {"connection": self}

    async def send(self, message: ASGISendEvent) -> None:
        """Send what the application wants; a refusal is a complete handshake too.

        The server library would otherwise log an error for each one, and SDKs with an old key
        knock for ever.
        """
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True

    def forget_handshake(self) -> None:
        """Drop the headers of both sides: a fifth of an idle socket's memory, read by no one."""
        self.request.headers.clear()
        self.response.headers.clear()
        self.scope["headers"] = []

    def reply(self, frame: bytes) -> None:
        """Send a text frame at once. A connection that is gone takes no answer; no error."""
        if self.disconnected or self.close_sent or self.transport.is_closing():
            return
        try:
            self.conn.send_text(frame)
        except InvalidState:
            self.hang_up()
            return
        if not self._has_answers:
            self._has_answers = True
            self.loop.call_soon(self._write_answers)

    def _write_answers(self) -> None:
        """One write for all answers of a commit: each costs as much as making ten of them."""
        self._has_answers = False
        if not self.transport.is_closing():
            self.transport.write(b"".join(self.conn.data_to_send()))
            self._check_unread()

    def hang_up(self) -> None:
        """End the TCP connection without a close frame."""
        self.close_sent = True
        self.stop_keepalive()
        self.transport.abort()

    def say_goodbye(self, code: int) -> None:
        """Close politely where the client takes it well, abruptly where it does not."""
        if self.kind is SdkKind.GO or not self.handshake_complete:
            self.hang_up()
            return
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.stop_keepalive()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def shutdown(self) -> None:
        """The service ends."""
        if self.kind is SdkKind.GO:
            self.hang_up()
            return
        super().shutdown()

    def handle_cont(self, event: Frame) -> None:
        """The next piece of a message."""
        if len(self.frames) >= FRAGMENTS:
            self.frames = []
            self.conn.fail(CloseCode.MESSAGE_TOO_BIG, "too many pieces")
            self.handle_parser_exception()
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer, unless the answers are not read."""
        super().handle_ping()
        self._check_unread()

    def send_receive_event_to_app(self) -> None:
        """Hand over a message as the bytes it is: text that is no UTF-8 is a bad message only."""
        self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """A frame that is too large or broken."""
        if self.kind is SdkKind.GO:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006, "reason": ""})
            self.hang_up()
            return
        super().handle_parser_exception()

    def keepalive_timeout(self) -> None:
        """No answer to a ping: the peer is gone, a close frame would reach nobody."""
        self.hang_up()

    def _check_unread(self) -> None:
        if self.transport.get_write_buffer_size() > UNREAD_LIMIT:
            self.hang_up()
