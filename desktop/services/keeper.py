"""Keeps the embedded service running for a workspace that uses it."""

from typing import TYPE_CHECKING

from desktop.domain.connection import ServiceKind

if TYPE_CHECKING:
    from desktop.services.embedded import EmbeddedService
    from desktop.services.link import ServiceLink


class EmbeddedKeeper:
    """Starts the service again after the computer was restarted, and after a crash of it.

    A service that the owner stopped ended cleanly, and stays off until the next unlock.
    """

    def __init__(self, link: "ServiceLink", embedded: "EmbeddedService") -> None:
        self._link = link
        self._embedded = embedded
        self._is_first = True

    def keep(self) -> None:
        """Start the service if it should run and does not. Raises: EmbeddedServiceFailed."""
        stored = self._link.connection()
        is_ours = stored is not None and stored.kind == ServiceKind.EMBEDDED
        if not is_ours or self._embedded.was_stopped_here:
            return
        if self._is_first or self._embedded.has_crashed():
            self._embedded.start()
        self._is_first = False
