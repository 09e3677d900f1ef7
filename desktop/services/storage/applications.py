"""Applications and their time zones, as the usage screens need them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from desktop.domain.ids import ApplicationId
from desktop.domain.usage import Application

if TYPE_CHECKING:
    from sqlite3 import Connection


def listed(db: Connection) -> tuple[Application, ...]:
    """Real ones first, by name; the sample one last; archived ones not at all."""
    rows = db.execute(
        """
        SELECT application_id, name, time_zone, is_sample FROM applications
        WHERE archived = 0 ORDER BY is_sample, name COLLATE NOCASE, application_id
        """
    )
    return tuple(
        Application(ApplicationId(app), name, zone, bool(sample))
        for app, name, zone, sample in rows
    )


def real_ids(db: Connection) -> tuple[ApplicationId, ...]:
    """Every application of the service, archived ones too, without the sample."""
    rows = db.execute("SELECT application_id FROM applications WHERE is_sample = 0")
    return tuple(ApplicationId(row[0]) for row in rows)


def all_ids(db: Connection) -> tuple[ApplicationId, ...]:
    """Every application, archived ones and the sample too."""
    rows = db.execute("SELECT application_id FROM applications")
    return tuple(ApplicationId(row[0]) for row in rows)


def find(db: Connection, application_id: ApplicationId) -> Application | None:
    row = db.execute(
        """
        SELECT application_id, name, time_zone, is_sample FROM applications
        WHERE application_id = :id
        """,
        {"id": application_id},
    ).fetchone()
    return Application(row[0], row[1], row[2], bool(row[3])) if row else None


def zones(db: Connection) -> Callable[[str], tzinfo]:
    """Time zone of each application, by id; UTC for one that is not known."""
    known = dict(db.execute("SELECT application_id, time_zone FROM applications").fetchall())
    return lambda application_id: zone(known.get(application_id, "UTC"))


@cache
def zone(name: str) -> tzinfo:
    """The zone of an IANA name; UTC for a name this computer does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
