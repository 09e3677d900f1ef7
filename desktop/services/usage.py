"""Usage from the vault: the dashboard, one chart, one table. Never waits for the network."""

from desktop.domain.ids import ApplicationId
from desktop.domain.usage import (
    Application,
    Dashboard,
    DateRange,
    GroupBy,
    UsageAnswer,
    UsageQuestion,
    UsageTable,
)
from desktop.services.calls import callable_from_window


class UsageService:
    @callable_from_window
    def applications(self) -> tuple[Application, ...]:
        """Real ones first, by name; the sample one last."""
        raise NotImplementedError

    @callable_from_window
    def dashboard(self, application_id: ApplicationId, period: DateRange) -> Dashboard:
        raise NotImplementedError

    @callable_from_window
    def chart(self, question: UsageQuestion) -> UsageAnswer:
        """Raises: InvalidInput (field `period`: empty, or more than 5,000 buckets)."""
        raise NotImplementedError

    def table(self, period: DateRange, group_by: GroupBy) -> UsageTable:
        """All applications of the service together, largest first (days: oldest first)."""
        raise NotImplementedError
