"""The server's side of a WebSocket, with the one ability uvicorn lacks: to hang up without a word.

Go clients that are closed politely start two reconnect chains which fight for ever (SDK protocol,
trap 1). They must lose the TCP connection without a close frame, whatever the reason.
"""

import asyncio
import traceback
from collections.abc import Callable
from typing import Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import State

from contract.messages.health import SdkKind
from hosted.sdk.clients import kind_of
from hosted.sdk.whole_frames import text_frame, whole_messages

EXTENSION: Final = "usageflow.connection"
"""Name under which the connection finds itself in the ASGI scope's extensions."""

UNREAD_LIMIT: Final = 8 * 2**20
"""Bytes of answers a client may leave unread before it is taken for dead."""
QUIET_S: Final = 2.0
"""A client that was told of the service's end and sends nothing for so long will not answer."""
LAST_LOOK_S: Final = 0.05
"""Timers come before what lies in the network: after a pause of the whole process, the time may be
over while a client's last messages wait to be read."""
LEAVING_S: Final = 8.0
"""How long a client that sends without pause is listened to after that."""
FRAGMENTS: Final = 10_000
"""Pieces of one message. Empty ones add nothing to its size, and would pile up for ever."""


class SdkConnection(WebSocketsSansIOProtocol):
    """A WebSocket connection of an SDK."""

    kind = SdkKind.UNKNOWN
    _has_answers = False
    _hear: Callable[[bytes], float] | None = None
    _pause: asyncio.TimerHandle | None = None
    _leave_at: float | None = None
    """When the connection ends at the latest, once the service is ending."""

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
        if self._leave_at is not None or self.disconnected or self.close_sent:
            return
        if self.transport.is_closing():
            return
        if self.conn.state is not State.OPEN:
            self.hang_up()
            return
        self.conn.writes.append(text_frame(frame))
        if not self._has_answers:
            self._has_answers = True
            self.loop.call_soon(self._write_answers)

    def _write_answers(self) -> None:
        """One write for all answers of a commit: each costs as much as making ten of them."""
        self._has_answers = False
        if self._leave_at is None and not self.transport.is_closing():
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
        """The service ends: say so, and go on taking what the client had sent before it heard.

        Nobody confirms most messages, so that those under way would be lost without a trace. A
        polite client answers our close frame with its own; Go notices that nothing more comes and
        hangs up; in both cases what was sent before arrives first.
        """
        if self.close_sent or not self.handshake_complete:
            super().shutdown()
            return
        self.stop_keepalive()
        self._leave_at = self.loop.time() + LEAVING_S
        self._wait_for_the_last()
        if self.kind is not SdkKind.GO:
            self.conn.send_close(CloseCode.SERVICE_RESTART)
        self.transport.write(b"".join(self.conn.data_to_send()))
        if self.kind is SdkKind.GO:
            self._end_our_direction()

    def _end_our_direction(self) -> None:
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.hang_up()

    def data_received(self, data: bytes) -> None:
        """Bytes of the client."""
        rest = self._hear_at_once(data) if self._is_between_messages else data
        if rest:
            super().data_received(rest)
        if self._leave_at is not None:
            self._wait_for_the_last()

    @property
    def _is_between_messages(self) -> bool:
        """Whether the next byte begins a message, and messages are heard as they arrive."""
        conn = self.conn
        is_open = self._hear is not None and conn.state is State.OPEN and not self.close_sent
        return is_open and conn.current_size is None and not conn.reader.buffer

    def _hear_at_once(self, data: bytes) -> bytes:
        """Hear what stands complete in the bytes; the rest is for the library."""
        messages, end = whole_messages(data)
        for message in messages:
            self._deliver(message)
        return data[end:] if end else data

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
        if self._leave_at is None:
            super().handle_ping()
            self._check_unread()

    def handle_close(self, event: Frame) -> None:
        """The client's goodbye. To Go nothing can be written any more once the service ends."""
        if self._leave_at is None or self.kind is not SdkKind.GO:
            super().handle_close(event)
        else:
            self.transport.close()

    def listen(self, hear: Callable[[bytes], float]) -> None:
        """Hand every further message to `hear` as it arrives, past the application's queue.

        The queue would cost each message a change of tasks, and two of what is read from the
        network. `hear` returns for how many seconds nothing more is to be read.
        """
        self._hear = hear

    @property
    def has_messages(self) -> bool:
        """Whether messages wait in the application's queue."""
        return not self.queue.empty()

    def send_receive_event_to_app(self) -> None:
        """Hand over a message as the bytes it is: text that is no UTF-8 is a bad message only."""
        if self._hear is None:
            self.curr_msg_data_type = "bytes"
            super().send_receive_event_to_app()
            return
        message = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        self._deliver(message)

    def _deliver(self, message: bytes) -> None:
        if self.close_sent or self._hear is None:
            return
        try:
            pause_s = self._hear(message)
        except Exception as error:  # noqa: BLE001 - the one message, the one socket, that met a fault
            self.logger.error("A message of an SDK met a fault: %s", _place_of(error))  # noqa: TRY400
            self.say_goodbye(CloseCode.INTERNAL_ERROR)
            return
        if pause_s and self._pause is None:
            self.transport.pause_reading()
            self._pause = self.loop.call_later(pause_s, self._read_on)

    def _read_on(self) -> None:
        self._pause = None
        if not self.transport.is_closing():
            self.transport.resume_reading()

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

    def _wait_for_the_last(self) -> None:
        now = self.loop.time()
        if self._leave_at is None or self.transport.is_closing():
            return
        if self.close_timer is not None:
            if now >= self._leave_at:
                return
            self.close_timer.cancel()
        ends = min(now + QUIET_S, self._leave_at)
        self.close_timer = self.loop.call_at(ends, self._look_once_more)

    def _look_once_more(self) -> None:
        """Leave, unless the network brings something first."""
        self.close_timer = self.loop.call_later(LAST_LOOK_S, self.transport.abort)

    def _check_unread(self) -> None:
        if self.transport.get_write_buffer_size() > UNREAD_LIMIT:
            self.hang_up()


def _place_of(error: Exception) -> str:
    """Kind and place of a fault. Its text is left out: it may quote what a message says."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, line {last.lineno}"
