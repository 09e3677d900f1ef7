"""How the SDKs are connected: asked while online, the last answer kept for when it is not."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from desktop.domain.applications import ConnectionHealth
from desktop.domain.errors import ServiceRefused, ServiceUnreachable
from desktop.domain.usage import Stamp
from desktop.services.calls import callable_from_window
from desktop.services.storage import kept
from desktop.services.storage.kept import KeptAnswer

if TYPE_CHECKING:
    from desktop.services.link import ServiceLink
    from desktop.services.storage.vault import Vault


class HealthService:
    def __init__(self, vault: "Vault", link: "ServiceLink", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._link = link
        self._clock = clock

    @callable_from_window
    def connections(self) -> ConnectionHealth:
        """Every application's connection; `stamp` says whether the service could be asked.

        Raises: VaultError.
        """
        body = self._ask()
        with self._vault.reading() as db:
            answer = kept.answer(db, kept.CONNECTIONS)
        if answer is None:
            return ConnectionHealth(Stamp(None, online=body is not None))
        return _health(answer, online=body is not None)

    def _ask(self) -> str | None:
        """The answer, kept in the vault; None while there is nobody to ask."""
        try:
            with self._link.client() as client:
                if client is None:
                    return None
                body = client.connections().model_dump_json()
        except (ServiceUnreachable, ServiceRefused):
            return None  # sync says what is wrong with the service; this is about its clients
        with self._vault.transaction() as db:
            kept.keep_answer(db, kept.CONNECTIONS, KeptAnswer(body, self._clock()))
        return body


def _health(answer: KeptAnswer, *, online: bool) -> ConnectionHealth:
    stamp = msgspec.to_builtins(Stamp(answer.asked_at, online=online))
    return msgspec.convert({**json.loads(answer.body), "stamp": stamp}, ConnectionHealth)
