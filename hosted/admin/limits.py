"""Bounds what a request may carry, and stamps every answer with the contract's version."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from contract.version import CONTRACT_VERSION
from hosted.admin.problems import problem

MAX_BODY: Final = 4 * 2**20
VERSION_HEADER: Final = (b"usageflow-contract-version", str(CONTRACT_VERSION).encode())

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


class BodyLimit:
    """ASGI wrapper of the admin API."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Read the body, at most `MAX_BODY` of it, and let the API answer."""

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], VERSION_HEADER]
            await send(message)

        body = await _read(receive)
        if body is None:
            answer = problem(413, f"A body may have {MAX_BODY} bytes at most.")
            await answer(scope, receive, stamped)
            return
        parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return parts.pop() if parts else await receive()

        await self._app(scope, replay, stamped)


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None when it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(body)
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(body)
