"""The HTTP side of the server, with an end to its patience.

The server library waits for ever for a request that was begun; a few thousand such connections
would be all the service has.
"""

import asyncio
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

INCOMPLETE: Final = frozenset({h11.IDLE, h11.SEND_BODY})


class PatientHttp(H11Protocol):
    """Ends a connection whose request is not whole after one to two of its looks."""

    look_every_s = 10.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look after the connection."""
        super().connection_made(transport)
        self._look_later((None, False))

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop looking: the connection is gone."""
        self._next_look.cancel()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Stop looking, and keep no memory: the connection is a WebSocket from now on."""
        self._next_look.cancel()
        super().handle_websocket_upgrade(event)

    def _look_later(self, before: tuple[Any, bool]) -> None:
        self._next_look = self.loop.call_later(self.look_every_s, self._look, before)

    def _look(self, before: tuple[Any, bool]) -> None:
        """Compare with the look before: the same request, still incomplete, is one too slow."""
        now = (self.cycle, self.conn.their_state in INCOMPLETE)
        if now[1] and before == now:
            self.transport.abort()
            return
        self._look_later(now)
