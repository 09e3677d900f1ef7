"""What is left of a service whose account was deleted: it clears up, and says so to whoever asks.

It opens no storage. The files of the account go before the first answer; what cannot go now, such
as a key in a keyring that does not answer, is tried again until it is gone.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from fastapi.responses import JSONResponse, Response

from contract.messages.account import PATH
from contract.messages.service import Health, ServiceDescription
from contract.problems import ProblemCode
from contract.version import CONTRACT_VERSION, PRODUCT
from hosted.account_end import told
from hosted.admin.problems import problem
from hosted.clock import Clock, rfc3339
from hosted.deletion import clear
from hosted.errors import DeletionUnfinished
from hosted.keys import system_keyring
from hosted.metering.maintenance import repeat
from hosted.sdk.socket import answer
from hosted.storage.account_end import NotedEnd

log = logging.getLogger(__name__)

AGAIN_EVERY_S: Final = 60.0
DETAIL: Final = (
    "The account of this service was deleted by its owner. Nothing of it is left here, and nothing "
    "is accepted. What is on your own computer stays yours."
)
TO_SDKS: Final = b"The account of this service was deleted\n"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Farewell:
    """The ASGI application of a service without an account."""

    def __init__(self, noted: NotedEnd, version: str, clock: Clock) -> None:
        self._noted = noted
        self._version = version
        self._clock = clock

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse one SDK."""
        if scope["type"] == "http":
            response = self._answer(scope["method"], scope["path"])
            # Whoever goes on asking on one connection would keep a server from its end.
            response.headers["connection"] = "close"
            await response(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await answer(send, HTTPStatus.GONE, TO_SDKS)

    def _answer(self, method: str, path: str) -> Response:
        if path == "/healthz":
            return JSONResponse(Health(status="ok").model_dump())
        if path == "/v1/service":
            return JSONResponse(self._description().model_dump())
        # Whoever knows the id is who asked for the deletion, and may have missed the answer.
        if method == "POST" and path == f"{PATH}/{self._noted.deletion_id}/apply":
            return JSONResponse(told(self._noted).model_dump(mode="json"))
        return problem(HTTPStatus.GONE, DETAIL, code=ProblemCode.ACCOUNT_DELETED)

    def _description(self) -> ServiceDescription:
        return ServiceDescription(
            product=PRODUCT,
            contract_version=CONTRACT_VERSION,
            service_id=self._noted.service_id,
            version=self._version,
            server_time=rfc3339(self._clock()),
            ws_path="/ws",
        )


@contextlib.asynccontextmanager
async def clearing(directory: Path) -> AsyncIterator[None]:
    """Clear up inside this block until everything is gone."""
    await _clear_up(directory)
    task = asyncio.create_task(repeat(AGAIN_EVERY_S, partial(_clear_up, directory)))
    try:
        yield
    finally:
        task.cancel()


async def _clear_up(directory: Path) -> None:
    try:
        await asyncio.to_thread(clear, directory, system_keyring())
    except DeletionUnfinished as error:
        log.warning("%s", error)
