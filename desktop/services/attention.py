"""The needs-attention list: every part of the product adds its own entries to it.

A part that has something to say implements `AttentionSource` and is named in the tuple that
`desktop/services/compose/` hands to `AttentionService`. Sources read the vault only: the list is
made with every look at the dashboard, online or not.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from desktop.domain.attention import Attention, Urgency, in_order
from desktop.domain.errors import AppError, InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import Application
from desktop.services.calls import callable_from_window
from desktop.services.storage import applications

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scene:
    """What every source is told."""

    application: Application
    """The application on screen; what belongs to none is told with each."""
    now: datetime
    """Aware UTC."""


class AttentionSource(Protocol):
    """A part of the product that has something to say now and then."""

    def attention(self, db: "Connection", scene: Scene) -> Iterable[Attention]:
        """What needs the owner now, from one picture of the vault; quick, without a network.

        An `AppError` costs this source's entries only, and is told in their place.
        """


class AttentionService:
    """Needs the open vault. Any thread."""

    def __init__(
        self, vault: "Vault", clock: Callable[[], datetime], sources: Iterable[AttentionSource]
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._sources = tuple(sources)

    @callable_from_window
    def entries(self, application_id: ApplicationId) -> tuple[Attention, ...]:
        """Everything that needs attention, the most urgent first.

        Raises: InvalidInput (field `application_id`: it is gone), VaultError.
        """
        with self._vault.reading() as db:
            application = applications.find(db, application_id)
            if application is None:
                raise InvalidInput(
                    "This application is no longer in the vault. Choose another one.",
                    field="application_id",
                )
            scene = Scene(application, self._clock())
            found = [entry for source in self._sources for entry in _told(source, db, scene)]
        return in_order(found)


def _told(source: AttentionSource, db: "Connection", scene: Scene) -> list[Attention]:
    try:
        return list(source.attention(db, scene))
    except AppError as error:
        name = type(source).__name__
        log.info("Attention of %s could not be worked out: %s", name, error)
        return [
            Attention(
                key=f"unknown:{name}",
                urgency=Urgency.NOTE,
                title="One of the checks of this list could not be made.",
                detail=str(error),
                destination="dashboard",
            )
        ]
