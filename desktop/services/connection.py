"""Which service this workspace reports to, and the embedded one on this computer."""

from desktop.domain.connection import ConnectionInfo, EmbeddedStatus, Snippet
from desktop.services.calls import Report, callable_from_window


class ConnectionService:
    @callable_from_window
    def info(self) -> ConnectionInfo:
        raise NotImplementedError

    @callable_from_window
    def use_embedded(self, report: Report) -> ConnectionInfo:
        """Start the service on this computer, make its first account, store the keys in the vault.

        Safe to repeat: a service that already runs is joined.
        Raises: EmbeddedServiceFailed (port in use, no key, it ended), VaultError.
        """
        raise NotImplementedError

    @callable_from_window
    def use_remote(self, url: str, owner_token: str) -> ConnectionInfo:
        """Join a service elsewhere. Plain http only to loopback.

        Raises: InvalidInput (field `url` or `owner_token`), ServiceUnreachable (no answer, or not
        our service), ServiceRefused (token unknown), VaultError.
        """
        raise NotImplementedError

    @callable_from_window
    def snippets(self) -> tuple[Snippet, ...]:
        """FastAPI, Flask and Gin, in this order, with address and SDK key filled in."""
        raise NotImplementedError

    @callable_from_window
    def embedded_status(self) -> EmbeddedStatus:
        raise NotImplementedError

    @callable_from_window
    def start_embedded(self) -> EmbeddedStatus:
        raise NotImplementedError

    @callable_from_window
    def stop_embedded(self) -> EmbeddedStatus:
        raise NotImplementedError

    @callable_from_window
    def set_start_at_login(self, wanted: bool) -> EmbeddedStatus:  # noqa: FBT001 (a setting's value)
        """Raises: EmbeddedServiceFailed where this computer has no way to do it."""
        raise NotImplementedError
