"""What the owner noted beside the charts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.domain.usage_views import ChartEvent, EventKind
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId


def add(db: Connection, application_id: ApplicationId, event: ChartEvent) -> None:
    db.execute(
        """
        INSERT INTO incidents (incident_id, application_id, happened_at_us, words)
        VALUES (:id, :application_id, :at, :words)
        """,
        {
            "id": event.incident_id,
            "application_id": application_id,
            "at": microseconds(event.at),
            "words": event.words,
        },
    )


def between(
    db: Connection, application_id: ApplicationId, start: datetime, end: datetime
) -> tuple[ChartEvent, ...]:
    """Oldest first; `end` is exclusive."""
    rows = db.execute(
        """
        SELECT incident_id, happened_at_us, words FROM incidents
        WHERE application_id = :id AND happened_at_us >= :start AND happened_at_us < :end
        ORDER BY happened_at_us, incident_id
        """,
        {"id": application_id, "start": microseconds(start), "end": microseconds(end)},
    )
    return tuple(
        ChartEvent(moment(at), EventKind.INCIDENT, words, incident_id)
        for incident_id, at, words in rows
    )


def delete(db: Connection, incident_id: str) -> None:
    db.execute("DELETE FROM incidents WHERE incident_id = :id", {"id": incident_id})


def remove_application(db: Connection, application_id: str) -> None:
    """Drop the notes of an application that is gone."""
    db.execute("DELETE FROM incidents WHERE application_id = :id", {"id": application_id})
