"""The SDK WebSocket: handshake, messages, and the sockets that are open."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from hosted.clock import SECOND_US, Clock
from hosted.metering.directory import Application, Directory
from hosted.metering.meter import Admitted, Denied, Meter, Told, Verdict
from hosted.scrub.events import scrubbed
from hosted.sdk import frames
from hosted.sdk.frames import Envelope
from hosted.sdk.protocol import EXTENSION, SdkConnection
from hosted.sdk.throttle import HandshakeThrottle
from hosted.sdk.views import ClientKind, SdkViews
from hosted.secrets import Secrets

log = logging.getLogger(__name__)

KEY_HEADER: Final = b"x-usage-key"
SILENT_AFTER_US: Final = 120 * SECOND_US
"""A Python socket without a data frame for so long may be one its SDK has marked dead (trap 2)."""
GOING_AWAY: Final = 1001
SENDER_ONLY: Final = frozenset({"log_response", "report_call_chain"})
"""Types that carry nothing the minimal profile keeps; they expect no answer."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(slots=True, eq=False)
class Client:
    """An open socket of an application."""

    application_id: str
    key_hash: bytes
    connection: SdkConnection
    last_data_us: int


class SdkSocket:
    """ASGI application of the paths that end in `/ws`."""

    def __init__(  # noqa: PLR0913 - the collaborators of the one place where they meet
        self,
        *,
        directory: Directory,
        meter: Meter,
        views: SdkViews,
        throttle: HandshakeThrottle,
        secrets: Secrets,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._meter = meter
        self._views = views
        self._throttle = throttle
        self._secrets = secrets
        self._clock = clock
        self._clients: set[Client] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        await receive()
        key_hash = self._key_hash(scope)
        application = self._directory.application_of_key(key_hash)
        if application is None:
            await self._refuse(scope, send)
            return
        await send({"type": "websocket.accept"})
        connection: SdkConnection = scope["extensions"][EXTENSION]["connection"]
        client = Client(application.application_id, key_hash, connection, self._clock())
        self._clients.add(client)
        try:
            await self._listen(client, receive)
        finally:
            self._clients.discard(client)

    async def recycle_silent(self) -> None:
        """Close at most one silent Python socket of each application.

        The SDK opens it again after 5 s. Go clients ping and need no such care.
        """
        oldest: dict[str, Client] = {}
        for client in self._clients:
            silent_us = self._clock() - client.last_data_us
            if client.connection.kind is ClientKind.GO or silent_us < SILENT_AFTER_US:
                continue
            known = oldest.get(client.application_id)
            if known is None or client.last_data_us < known.last_data_us:
                oldest[client.application_id] = client
        for client in oldest.values():
            self._clients.discard(client)
            client.connection.say_goodbye(GOING_AWAY)

    def drop_refused(self) -> None:
        """Close the sockets whose key no longer opens an application."""
        for client in list(self._clients):
            if self._directory.application_of_key(client.key_hash) is None:
                self._clients.discard(client)
                client.connection.say_goodbye(GOING_AWAY)

    def _key_hash(self, scope: Scope) -> bytes:
        keys = [value for name, value in scope["headers"] if name.lower() == KEY_HEADER]
        return self._secrets.hash_of(keys[0].decode("latin-1") if keys else "")

    async def _refuse(self, scope: Scope, send: Send) -> None:
        client = scope.get("client")
        too_often = self._throttle.refuse(client[0] if client else "")
        status = HTTPStatus.TOO_MANY_REQUESTS if too_often else HTTPStatus.UNAUTHORIZED
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        if too_often:
            headers.append((b"retry-after", b"10"))
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": b"SDK key not accepted\n"})

    async def _listen(self, client: Client, receive: Receive) -> None:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            client.last_data_us = self._clock()
            frame = message.get("text")
            envelope = frames.envelope(message["bytes"] if frame is None else frame)
            if envelope is not None:
                self._handle(client, envelope)

    def _handle(self, client: Client, envelope: Envelope) -> None:
        application = self._directory.application(client.application_id)
        if application is None:
            return
        if envelope.type in {"request_for_allocation", "use_allocation"}:
            self._meter_call(application, client, envelope)
        elif envelope.id:
            client.connection.reply(self._answer(application, client, envelope, envelope.id))

    def _answer(
        self, application: Application, client: Client, envelope: Envelope, message_id: str
    ) -> bytes:
        kind = client.connection.kind
        match envelope.type:
            case "get_application_policies":
                payload = self._views.policies(application, kind)
            case "get_application_config":
                payload = self._views.config(application, kind)
            case "get_blocked_endpoints":
                payload = self._views.blocked(application)
            case kept if kept in SENDER_ONLY:
                payload = b"{}"
            case unknown:
                return frames.no_handler(message_id, unknown)
        return frames.success(message_id, payload)

    def _meter_call(self, application: Application, client: Client, envelope: Envelope) -> None:
        message = frames.allocation(envelope.payload)
        is_request = envelope.type == "request_for_allocation"
        told = _told(client, envelope.id, "allocationId" if is_request else "eventId")
        if message is None:
            if envelope.id:
                client.connection.reply(_not_recorded(envelope.id))
            return
        take = self._meter.request if is_request else self._meter.use
        take(application, scrubbed(message), told)


def _told(client: Client, message_id: str | None, id_field: str) -> Told | None:
    """What is sent when the verdict is known; None when the client waits for nothing."""
    if not message_id:
        return None

    def tell(verdict: Verdict) -> None:
        match verdict:
            case Admitted(allocation_id):
                payload = frames.identified(id_field, allocation_id)
                client.connection.reply(frames.success(message_id, payload))
            case Denied():
                client.connection.reply(
                    frames.failure(message_id, frames.DENIED_MESSAGE, frames.DENIED_ERROR)
                )
            case _:
                client.connection.reply(_not_recorded(message_id))

    return tell


def _not_recorded(message_id: str) -> bytes:
    return frames.failure(message_id, frames.NOT_RECORDED_MESSAGE, frames.NOT_RECORDED_ERROR)
