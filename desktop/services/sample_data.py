"""Sample data: an invented application to look around with, badged everywhere, removed in one click."""

from desktop.services.calls import Report, callable_from_window


class SampleDataService:
    @callable_from_window
    def load(self, report: Report) -> None:
        """Seeded, so that it is the same everywhere; never sent to any service."""
        raise NotImplementedError

    @callable_from_window
    def remove(self) -> None:
        raise NotImplementedError
