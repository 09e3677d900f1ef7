"""Sample data: an invented application to look around with, badged everywhere, easily removed."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.domain.ids import ApplicationId
from desktop.services.calls import Report, callable_from_window
from desktop.services.sample_prices import scenario
from desktop.services.sample_year import SAMPLE_ID, SampleYear
from desktop.services.storage import (
    applications,
    configuration,
    incidents,
    rollups,
    saved_views,
    scenarios,
)
from desktop.services.storage.configuration import SAMPLE_EPOCH

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault


class SampleDataService:
    def __init__(
        self,
        vault: "Vault",
        clock: Callable[[], datetime],
        notice: Callable[[str], None],
    ) -> None:
        """The sample's year ends today by `clock`; `notice` hears of its coming and going."""
        self._vault = vault
        self._clock = clock
        self._notice = notice

    @callable_from_window
    def load(self, report: Report) -> ApplicationId:
        """Make a year of usage; seeded, so that it is the same everywhere. Never sent anywhere.

        All of it or nothing; returns the sample's application. Raises: VaultError, Cancelled.
        """
        now = self._clock()
        year = SampleYear(now.date())
        with self._vault.transaction() as db:
            _remove(db)
            for key, row in year.configuration():
                configuration.put(db, key, row)
            scenarios.save(db, scenario(SAMPLE_ID, now.date(), now))
            zone_of = applications.zones(db)
            for done, page in enumerate(year.pages()):
                report(done, year.page_count)
                rollups.store_page(db, page, SAMPLE_EPOCH, zone_of)
        self._tell()
        return SAMPLE_ID

    @callable_from_window
    def remove(self) -> None:
        """Take the sample out of the vault; does nothing when there is none."""
        with self._vault.transaction() as db:
            _remove(db)
        self._tell()

    def _tell(self) -> None:
        self._notice("configuration")
        self._notice("usage")


def _remove(db: "Connection") -> None:
    configuration.remove_application(db, SAMPLE_ID)
    rollups.remove_application(db, SAMPLE_ID)
    scenarios.remove_application(db, SAMPLE_ID)
    saved_views.remove_application(db, SAMPLE_ID)
    incidents.remove_application(db, SAMPLE_ID)
