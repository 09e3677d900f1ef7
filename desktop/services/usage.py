"""Usage from the vault: the dashboard, one chart, one table. Never waits for the network."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import (
    Application,
    Dashboard,
    DateRange,
    GroupBy,
    Stamp,
    UsageTable,
)
from desktop.domain.usage_questions import Comparison
from desktop.services.calls import callable_from_window
from desktop.services.storage import applications
from desktop.services.usage_dashboard import DashboardBuilder
from desktop.services.usage_table import usage_rows

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault


class UsageService:
    def __init__(self, vault: "Vault", stamp: Callable[[], Stamp]) -> None:
        """`stamp` says how current the vault is."""
        self._vault = vault
        self._stamp = stamp

    @callable_from_window
    def applications(self) -> tuple[Application, ...]:
        """Real ones first, by name; the sample one last."""
        with self._vault.reading() as db:
            return applications.listed(db)

    @callable_from_window
    def dashboard(
        self,
        application_id: ApplicationId,
        period: DateRange,
        compared: Comparison = Comparison.PREVIOUS,
    ) -> Dashboard:
        """The figures of a period beside those before; of last year only where it is all there.

        Raises: InvalidInput (field `period` as for a chart; `application_id`: it is gone).
        """
        stamp = self._stamp()
        with self._vault.reading() as db:
            application = _application(db, application_id)
            return DashboardBuilder(db, application, period, compared).answer(stamp)

    def table(self, period: DateRange, group_by: GroupBy) -> UsageTable:
        """All applications of the service together, largest first (days: oldest first).

        Errors and refusals are counted per endpoint and per day, not per customer.
        """
        as_of = self._stamp().as_of
        with self._vault.reading() as db:
            return UsageTable(usage_rows(db, period, group_by), as_of)


def _application(db: "Connection", application_id: ApplicationId) -> Application:
    application = applications.find(db, application_id)
    if application is None:
        raise InvalidInput(
            "This application is no longer in the vault. Choose another one.",
            field="application_id",
        )
    return application
