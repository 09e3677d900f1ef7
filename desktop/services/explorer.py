"""What the Usage page keeps in the vault and shows beside the numbers: views, and events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange
from desktop.domain.usage_views import ChartEvent, EventKind, SavedView, UsageView
from desktop.services import limit_history
from desktop.services.calls import callable_from_window
from desktop.services.storage import (
    applications,
    edit_history,
    incidents,
    rule_versions,
    saved_views,
)
from desktop.services.usage_chart import check_period
from desktop.services.whole_file import WholeFile

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

MOST_NAME: Final = 100
MOST_WORDS: Final = 200


class ExplorerService:
    """Any thread."""

    def __init__(
        self, vault: Vault, new_id: Callable[[], str], clock: Callable[[], datetime]
    ) -> None:
        self._vault = vault
        self._new_id = new_id
        self._clock = clock

    @callable_from_window
    def views(self, application_id: ApplicationId) -> tuple[SavedView, ...]:
        """By name."""
        with self._vault.reading() as db:
            return saved_views.of_application(db, application_id)

    @callable_from_window
    def save_view(self, application_id: ApplicationId, name: str, view: UsageView) -> SavedView:
        """Keep a view under a name; the one of the same name before is replaced.

        Raises: InvalidInput (field `name`), VaultError.
        """
        named = name.strip()
        if not 1 <= len(named) <= MOST_NAME:
            raise InvalidInput(
                f"A view needs a name of 1 to {MOST_NAME} characters. Nothing was saved.",
                field="name",
            )
        saved = SavedView(f"viw_{self._new_id()}", application_id, named, view)
        with self._vault.transaction() as db:
            if saved_views.count(db, application_id) >= saved_views.MOST:
                raise InvalidInput(
                    f"{saved_views.MOST} views are saved already. Nothing was saved; delete one "
                    "that is no longer needed.",
                    field="name",
                )
            saved_views.save(db, saved, self._clock())
        return saved

    @callable_from_window
    def delete_view(self, view_id: str) -> None:
        """Forget a view; nothing for one that is gone."""
        with self._vault.transaction() as db:
            saved_views.delete(db, view_id)

    @callable_from_window
    def note_incident(
        self, application_id: ApplicationId, happened_at: datetime, words: str
    ) -> ChartEvent:
        """Keep what happened at an instant (aware).

        Raises: InvalidInput (field `words`), VaultError.
        """
        said = " ".join(words.split())
        if not 1 <= len(said) <= MOST_WORDS:
            raise InvalidInput(
                f"Say in 1 to {MOST_WORDS} characters what happened. Nothing was saved.",
                field="words",
            )
        at = happened_at.astimezone(UTC)
        event = ChartEvent(at, EventKind.INCIDENT, said, f"inc_{self._new_id()}")
        with self._vault.transaction() as db:
            incidents.add(db, application_id, event)
        return event

    @callable_from_window
    def forget_incident(self, incident_id: str) -> None:
        """Take a note away; nothing for one that is gone."""
        with self._vault.transaction() as db:
            incidents.delete(db, incident_id)

    @callable_from_window
    def write_file(self, path: str, content: bytes) -> None:
        """Write a picture or a report, whole or not at all.

        Raises: ExportFailed.
        """
        with WholeFile(path) as file:
            file.write(content)

    @callable_from_window
    def events(self, application_id: ApplicationId, period: DateRange) -> tuple[ChartEvent, ...]:
        """What happened in local days of the application's time zone, oldest first.

        Prices that were published, limits that any desktop changed as far as the service's log is
        known here, else this workspace, and the owner's own notes. Nothing for an application that
        is gone.
        """
        check_period(period)
        with self._vault.reading() as db:
            application = applications.find(db, application_id)
            if application is None:
                return ()
            zone = applications.zone(application.time_zone)
            start, end = (
                datetime.fromtimestamp(calendar.instant(day, zone), UTC)
                for day in (period.start, period.end)
            )
            found = [
                *_prices(db, application_id),
                *_limits(db, application_id),
                *incidents.between(db, application_id, start, end),
            ]
        kept = (event for event in found if start <= event.at < end)
        return tuple(sorted(kept, key=lambda event: (event.at, event.words)))


def _prices(db: Connection, application_id: ApplicationId) -> Iterator[ChartEvent]:
    for version in rule_versions.of_application(db, application_id):
        if version.published_at is not None:
            words = f"{version.name}, version {version.version}"
            yield ChartEvent(version.published_at, EventKind.PRICE, words)


def _limits(db: Connection, application_id: ApplicationId) -> Iterator[ChartEvent]:
    """From the log where it is known; it has this workspace's edits too."""
    log = limit_history.changes(db)
    for change in log.changes if log else ():
        if change.application_id == application_id:
            yield ChartEvent(change.at, EventKind.LIMIT, change.title)
    for entity, field in limit_history.LIMIT_ROWS.items():
        for at, title in edit_history.changes_of(db, application_id, entity, field):
            if log is None or not log.since <= at <= log.until:
                yield ChartEvent(at, EventKind.LIMIT, title)
