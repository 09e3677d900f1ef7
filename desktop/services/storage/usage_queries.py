"""What the usage screens ask of the rollups and their sums. Nothing here scans a year of hours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from contract.durations import merged, sparse
from desktop.domain.usage import GroupBy

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one application: days, or hours for an hourly chart; `end` is exclusive."""

    application_id: ApplicationId
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a chart's numbers come from; each statement takes a span, `buckets` also `keys`."""

    totals: str
    """Per group: key, requests, units."""
    buckets: str
    """Per bucket and group of `keys`: bucket, key, requests, units."""
    sums: str
    """Per bucket over all groups: bucket, requests, units."""


ENDPOINT_DAYS: Final = Source(
    totals="""
        SELECT endpoint_id, sum(requests), sum(units) FROM endpoint_day_sums
        WHERE application_id = :app AND day >= :start AND day < :end GROUP BY endpoint_id
        HAVING sum(requests) > 0
    """,
    buckets="""
        SELECT day, endpoint_id, requests, units FROM endpoint_day_sums
        WHERE application_id = :app AND day >= :start AND day < :end
            AND endpoint_id IN (SELECT value FROM json_each(:keys))
    """,
    sums="""
        SELECT day, sum(requests), sum(units) FROM endpoint_day_sums
        WHERE application_id = :app AND day >= :start AND day < :end GROUP BY day
    """,
)
CUSTOMER_DAYS: Final = Source(
    totals="""
        SELECT customer_id, sum(requests), sum(units) FROM customer_day_sums
        WHERE application_id = :app AND day >= :start AND day < :end GROUP BY customer_id
    """,
    buckets="""
        SELECT day, customer_id, requests, units FROM customer_day_sums
        WHERE application_id = :app AND day >= :start AND day < :end
            AND customer_id IN (SELECT value FROM json_each(:keys))
    """,
    sums="""
        SELECT day, sum(requests), sum(units) FROM customer_day_sums
        WHERE application_id = :app AND day >= :start AND day < :end GROUP BY day
    """,
)
ENDPOINT_HOURS: Final = Source(
    totals="""
        SELECT endpoint_id, sum(requests), sum(units) FROM endpoint_hours
        WHERE application_id = :app AND hour >= :start AND hour < :end
            AND endpoint_id IN (SELECT endpoint_id FROM endpoint_day_sums
                WHERE application_id = :app
                    AND day BETWEEN :start / 86400 - 1 AND :end / 86400 + 1)
        GROUP BY endpoint_id HAVING sum(requests) > 0
    """,
    buckets="""
        SELECT hour, endpoint_id, requests, units FROM endpoint_hours
        WHERE application_id = :app AND hour >= :start AND hour < :end
            AND endpoint_id IN (SELECT value FROM json_each(:keys))
    """,
    sums="""
        SELECT hour, sum(requests), sum(units) FROM endpoint_hours
        WHERE application_id = :app AND hour >= :start AND hour < :end
            AND endpoint_id IN (SELECT endpoint_id FROM endpoint_day_sums
                WHERE application_id = :app
                    AND day BETWEEN :start / 86400 - 1 AND :end / 86400 + 1)
        GROUP BY hour
    """,
)
CUSTOMER_HOURS: Final = Source(
    totals="""
        SELECT customer_id, sum(requests), sum(units) FROM customer_hours
        WHERE application_id = :app AND hour >= :start AND hour < :end GROUP BY customer_id
    """,
    buckets="""
        SELECT hour, customer_id, sum(requests), sum(units) FROM customer_hours
        WHERE application_id = :app AND hour >= :start AND hour < :end
            AND customer_id IN (SELECT value FROM json_each(:keys))
        GROUP BY hour, customer_id
    """,
    sums="""
        SELECT hour, sum(requests), sum(units) FROM customer_hours
        WHERE application_id = :app AND hour >= :start AND hour < :end GROUP BY hour
    """,
)


_DURATIONS: Final = """
    SELECT {group}, durations FROM endpoint_hours
    WHERE application_id = :app AND day >= :start AND day < :end AND durations <> '[]'
        AND endpoint_id IN (SELECT endpoint_id FROM endpoint_day_sums
            WHERE application_id = :app AND day >= :start AND day < :end)
        AND hour BETWEEN (:start - 2) * 86400 AND (:end + 2) * 86400
"""
"""A local day's hours lie within two days of the UTC day of its number; they find the rows."""


@dataclass(frozen=True, slots=True)
class GroupTotal:
    key: str
    requests: int
    units: int
    """Millionths."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a span over all endpoints; `units` in millionths."""

    requests: int
    units: int
    errors: int
    denied: int


@dataclass(frozen=True, slots=True)
class EndpointTotal:
    endpoint_id: str
    method: str
    url: str
    totals: Totals


@dataclass(frozen=True, slots=True)
class CustomerUse:
    """What one customer used of one endpoint in a span; `units` in millionths."""

    customer_id: str
    endpoint_id: str
    requests: int
    units: int


def group_totals(db: Connection, source: Source, span: Span) -> list[GroupTotal]:
    """In no order."""
    return [GroupTotal(*row) for row in db.execute(source.totals, _values(span))]


def group_buckets(
    db: Connection, source: Source, span: Span, keys: Iterable[str]
) -> list[tuple[int, GroupTotal]]:
    """Day or hour, and the group's sums in it; what is zero is left out."""
    values = _values(span) | {"keys": json.dumps(list(keys))}
    return [(row[0], GroupTotal(*row[1:])) for row in db.execute(source.buckets, values)]


def bucket_sums(db: Connection, source: Source, span: Span) -> list[tuple[int, GroupTotal]]:
    """Day or hour, and the sums over all groups in it, under an empty key."""
    rows = db.execute(source.sums, _values(span))
    return [(bucket, GroupTotal("", requests, units)) for bucket, requests, units in rows]


def totals(db: Connection, span: Span) -> Totals | None:
    """Sums over a span of days; None where there is no usage at all."""
    row = db.execute(
        """
        SELECT sum(requests), sum(units), sum(errors), sum(denied) FROM endpoint_day_sums
        WHERE application_id = :app AND day >= :start AND day < :end
        """,
        _values(span),
    ).fetchone()
    return None if row[0] is None else Totals(*row)


def day_totals(db: Connection, span: Span) -> list[tuple[int, Totals]]:
    """Days with usage, oldest first."""
    rows = db.execute(
        """
        SELECT day, sum(requests), sum(units), sum(errors), sum(denied) FROM endpoint_day_sums
        WHERE application_id = :app AND day >= :start AND day < :end GROUP BY day ORDER BY day
        """,
        _values(span),
    )
    return [(day, Totals(*sums)) for day, *sums in rows]


def endpoint_totals(db: Connection, span: Span) -> list[EndpointTotal]:
    """Endpoints with usage in a span of days; one whose row is unknown is shown by its id.

    A call counts as unmatched until its route proves real, and may leave a row of zeros there.
    """
    rows = db.execute(
        """
        SELECT s.endpoint_id, coalesce(max(e.method), ''), coalesce(max(e.url), s.endpoint_id),
            sum(s.requests), sum(s.units), sum(s.errors), sum(s.denied)
        FROM endpoint_day_sums s LEFT JOIN endpoints e ON e.endpoint_id = s.endpoint_id
        WHERE s.application_id = :app AND s.day >= :start AND s.day < :end GROUP BY s.endpoint_id
        HAVING sum(s.requests) + sum(s.denied) > 0
        """,
        _values(span),
    )
    return [EndpointTotal(row[0], row[1], row[2], Totals(*row[3:])) for row in rows]


def durations_by_endpoint(db: Connection, span: Span) -> dict[str, tuple[int, ...]]:
    """Histogram of a span of days by endpoint id; what reported no duration is left out."""
    return _merged(db.execute(_DURATIONS.format(group="endpoint_id"), _values(span)))


def durations_by_day(db: Connection, span: Span) -> dict[int, tuple[int, ...]]:
    """Histogram of each day of a span."""
    return _merged(db.execute(_DURATIONS.format(group="day"), _values(span)))


def _merged(rows: Iterable[tuple[Any, str]]) -> dict[Any, tuple[int, ...]]:
    """One histogram by group from many."""
    found: dict[Any, list[list[int]]] = {}
    for group, text in rows:
        found.setdefault(group, []).append(json.loads(text))
    return {group: sparse(merged(histograms)) for group, histograms in found.items()}


def customer_use(db: Connection, span: Span, endpoint_ids: Iterable[str]) -> list[CustomerUse]:
    """Use of some endpoints in a span of days, per customer and endpoint."""
    values = _values(span) | {"keys": json.dumps(list(endpoint_ids))}
    rows = db.execute(
        """
        SELECT customer_id, endpoint_id, sum(events), sum(quantity) FROM customer_days
        WHERE application_id = :app AND day >= :start AND day < :end AND meter = 'units'
            AND endpoint_id IN (SELECT value FROM json_each(:keys))
        GROUP BY customer_id, endpoint_id
        """,
        values,
    )
    return [CustomerUse(*row) for row in rows]


def endpoints(db: Connection, application_id: ApplicationId) -> tuple[tuple[str, str], ...]:
    """Method and url of each endpoint seen so far, by url."""
    rows = db.execute(
        """
        SELECT method, url FROM endpoints WHERE application_id = :app ORDER BY url, method
        """,
        {"app": application_id},
    )
    return tuple((method, url) for method, url in rows)


def endpoints_by_id(db: Connection, application_id: ApplicationId) -> dict[str, tuple[str, str]]:
    """Method and url by endpoint id."""
    rows = db.execute(
        "SELECT endpoint_id, method, url FROM endpoints WHERE application_id = :app",
        {"app": application_id},
    )
    return {endpoint_id: (method, url) for endpoint_id, method, url in rows}


def endpoints_named(db: Connection, endpoint_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Method and url of some endpoints of any application, by id."""
    rows = db.execute(
        """
        SELECT endpoint_id, method, url FROM endpoints
        WHERE endpoint_id IN (SELECT value FROM json_each(:keys))
        """,
        {"keys": json.dumps(list(endpoint_ids))},
    )
    return {endpoint_id: (method, url) for endpoint_id, method, url in rows}


def customer_names(db: Connection, customer_ids: Iterable[str]) -> dict[str, str]:
    """The names the owner gave, by customer id; customers without one are left out.

    A merged identity without a name of its own has that of the customer it was merged into.
    """
    rows = db.execute(
        """
        SELECT m.customer_id, c.name FROM customer_merges m JOIN customers c
            ON c.customer_id = m.into_id
        WHERE m.customer_id IN (SELECT value FROM json_each(:keys)) AND c.name <> ''
        UNION ALL
        SELECT customer_id, name FROM customers
        WHERE customer_id IN (SELECT value FROM json_each(:keys)) AND name <> ''
        """,
        {"keys": json.dumps(list(customer_ids))},
    )
    return dict(rows.fetchall())


def source_of(group_by: GroupBy, *, hourly: bool) -> Source:
    """The source of a chart; a chart of days without groups reads the endpoints' sums."""
    if group_by is GroupBy.CUSTOMER:
        return CUSTOMER_HOURS if hourly else CUSTOMER_DAYS
    return ENDPOINT_HOURS if hourly else ENDPOINT_DAYS


def _values(span: Span) -> dict[str, str | int]:
    return {"app": span.application_id, "start": span.start, "end": span.end}
