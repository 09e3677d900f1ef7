"""Endpoints as the service reported them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection


@dataclass(frozen=True, slots=True)
class ReportedEndpoint:
    endpoint_id: str
    method: str
    url: str
    sdk: str
    first_seen: datetime
    last_seen: datetime | None


def of_application(db: Connection, application_id: str) -> tuple[ReportedEndpoint, ...]:
    """By url and method."""
    rows = db.execute(
        """
        SELECT entity_id, body ->> 'method', body ->> 'url', coalesce(body ->> 'sdk', ''),
            body ->> 'first_seen', body ->> 'last_seen'
        FROM configuration WHERE entity = 'endpoint' AND application_id = :application_id
        ORDER BY 3, 2
        """,
        {"application_id": application_id},
    )
    return tuple(
        ReportedEndpoint(
            endpoint_id,
            method,
            url,
            sdk,
            datetime.fromisoformat(first),
            datetime.fromisoformat(last) if last else None,
        )
        for endpoint_id, method, url, sdk, first, last in rows
    )
