"""The SDK WebSocket: handshake, the sockets that are open, and which of them are closed."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from contract.messages.health import SdkKind
from hosted.clock import SECOND_US, Clock
from hosted.metering.directory import Application, Directory
from hosted.sdk import frames
from hosted.sdk.gate import Gate
from hosted.sdk.handler import Client, MessageHandler
from hosted.sdk.presence import SILENT_AFTER_US, Presence
from hosted.sdk.protocol import EXTENSION, SdkConnection

KEY_HEADER: Final = b"x-usage-key"
GOING_AWAY: Final = 1001
SOCKETS_PER_APPLICATION: Final = 4000
"""400 Python processes. One stolen key cannot take every socket there is."""
NOT_ACCEPTED: Final = b"SDK key not accepted\n"
CLOSED: Final = b"The account of this service is being deleted\n"
TOO_MANY: Final = b"Too many connections of this application\n"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class SdkSocket:
    """ASGI application of the paths that end in `/ws`."""

    def __init__(
        self,
        *,
        directory: Directory,
        handler: MessageHandler,
        gate: Gate,
        presence: Presence,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._handler = handler
        self._gate = gate
        self._presence = presence
        self._clock = clock
        self._clients: set[Client] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        await receive()
        key_hash = self._gate.hash_of(_key(scope))
        application = self._gate.application(key_hash)
        if application is None:
            status = self._gate.refuse(key_hash, address_of(scope))
            text = CLOSED if status is HTTPStatus.GONE else NOT_ACCEPTED
            await answer(send, status, text)
            return
        if self._presence.sockets(application.application_id) >= SOCKETS_PER_APPLICATION:
            await answer(send, HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY)
            return
        await send({"type": "websocket.accept"})
        client = self._welcome(scope, application, key_hash)
        self._clients.add(client)
        try:
            await self._listen(client, receive)
        finally:
            self._clients.discard(client)
            client.visit.ended()

    async def recycle_silent(self) -> None:
        """Close at most one silent Python socket of each application.

        One that sent nothing for so long may be one its SDK has marked dead (trap 2). The SDK
        opens it again after 5 s. Go clients ping and need no such care.
        """
        oldest: dict[str, Client] = {}
        for client in self._clients:
            silent_us = self._clock() - client.last_data_us
            if client.connection.kind is not SdkKind.PYTHON or silent_us < SILENT_AFTER_US:
                continue
            known = oldest.get(client.application_id)
            if known is None or client.last_data_us < known.last_data_us:
                oldest[client.application_id] = client
        for client in oldest.values():
            self._clients.discard(client)
            client.visit.recycled()
            client.connection.say_goodbye(GOING_AWAY)

    def drop_refused(self) -> None:
        """Close the sockets whose key no longer opens an application."""
        for client in list(self._clients):
            if self._gate.application(client.key_hash) is None:
                self._clients.discard(client)
                client.connection.say_goodbye(GOING_AWAY)

    def _welcome(self, scope: Scope, application: Application, key_hash: bytes) -> Client:
        connection: SdkConnection = scope["extensions"][EXTENSION]["connection"]
        application_id = application.application_id
        visit = self._presence.arrived(application_id, connection.kind, address_of(scope))
        connection.forget_handshake()
        return Client(application_id, key_hash, connection, visit, self._clock())

    async def _listen(self, client: Client, receive: Receive) -> None:
        """Hear what came during the handshake, then let the connection call by itself."""
        while True:
            if not client.connection.has_messages:
                client.connection.listen(partial(self._hear, client))
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            if pause_s := self._hear(client, message["bytes"]):
                await asyncio.sleep(pause_s)

    def _hear(self, client: Client, frame: bytes) -> float:
        """Take one message; return for how many seconds the client is not listened to."""
        client.last_data_us = now_us = self._clock()
        envelope = frames.envelope(frame)
        application = self._directory.application(client.application_id)
        if envelope is not None and application is not None:
            self._handler.handle(application, client, envelope)
        return client.pace.wait_us(len(frame), now_us) / SECOND_US


def address_of(scope: Scope) -> str:
    """Network address of the client, or of its proxy when that does not tell; may be empty."""
    client = scope.get("client")
    return client[0] if client else ""


def _key(scope: Scope) -> str:
    keys = [value for name, value in scope["headers"] if name.lower() == KEY_HEADER]
    return keys[0].decode("latin-1") if keys else ""


async def answer(send: Send, status: HTTPStatus, text: bytes) -> None:
    """Refuse a handshake with plain text."""
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status is HTTPStatus.TOO_MANY_REQUESTS:
        headers.append((b"retry-after", b"10"))
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": text})
