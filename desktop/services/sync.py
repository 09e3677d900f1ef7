"""Sync: push the outbox, pull configuration and rollups, by itself while online."""

from desktop.domain.connection import SyncState
from desktop.services.calls import Report, callable_from_window


class SyncService:
    @callable_from_window
    def state(self) -> SyncState:
        raise NotImplementedError

    @callable_from_window
    def run(self, report: Report) -> SyncState:
        """One whole round now: push, then pull to the end. Raises: ServiceUnreachable, ServiceRefused."""
        raise NotImplementedError

    @callable_from_window
    def set_live(self, live: bool) -> None:  # noqa: FBT001 (a setting's value)
        """A page shows live data: sync every second instead of every 30."""
        raise NotImplementedError
