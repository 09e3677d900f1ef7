"""What the vault holds about a few customers: their days, and the edits that are about them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from desktop.domain.customer_detail import Deed
from desktop.services.storage.timestamps import moment

if TYPE_CHECKING:
    from sqlite3 import Connection


def days(
    db: Connection, application_id: str, customer_ids: Iterable[str], span: range
) -> list[tuple[int, str, int, int]]:
    """Day, customer, requests and units (millionths) of each day of a span with usage."""
    rows = db.execute(
        """
        WITH RECURSIVE days (day) AS (
            SELECT :start UNION ALL SELECT day + 1 FROM days WHERE day + 1 < :end
        )
        SELECT sums.day, sums.customer_id, sums.requests, sums.units
        FROM days CROSS JOIN json_each(:ids) AS id CROSS JOIN customer_day_sums AS sums
            ON sums.application_id = :app AND sums.day = days.day AND sums.customer_id = id.value
        """,
        {
            "app": application_id,
            "ids": json.dumps(list(customer_ids)),
            "start": span.start,
            "end": span.stop,
        },
    )
    return list(rows)


def endpoint_use(
    db: Connection, application_id: str, customer_ids: Iterable[str], span: range
) -> list[tuple[str, str, str, int, int]]:
    """Customer, method, url, requests and units (millionths) by endpoint in a span of days."""
    rows = db.execute(
        """
        WITH RECURSIVE days (day) AS (
            SELECT :start UNION ALL SELECT day + 1 FROM days WHERE day + 1 < :end
        )
        SELECT used.customer_id, e.method, e.url, sum(used.events), sum(used.quantity)
        FROM days CROSS JOIN json_each(:ids) AS id CROSS JOIN customer_days AS used
            ON used.application_id = :app AND used.day = days.day
                AND used.customer_id = id.value AND used.meter = 'units'
        JOIN endpoints e ON e.endpoint_id = used.endpoint_id
        GROUP BY 1, 2, 3
        """,
        {
            "app": application_id,
            "ids": json.dumps(list(customer_ids)),
            "start": span.start,
            "end": span.stop,
        },
    )
    return list(rows)


def deeds(db: Connection, ids: Iterable[str], most: int) -> tuple[Deed, ...]:
    """Edits of rows with these ids, or about customers with these ids; newest first."""
    rows = db.execute(
        """
        SELECT made_at_us, entity, outcome FROM (
            SELECT made_at_us, entity, outcome, entity_id, body FROM edit_history
            UNION ALL
            SELECT created_at_us, entity, '', entity_id, coalesce(body, base) FROM outbox
        )
        WHERE entity_id IN (SELECT value FROM json_each(:ids))
            OR body ->> 'customer_id' IN (SELECT value FROM json_each(:ids))
        ORDER BY made_at_us DESC LIMIT :most
        """,
        {"ids": json.dumps(list(ids)), "most": most},
    )
    return tuple(Deed(moment(made), entity, outcome) for made, entity, outcome in rows)
