"""What an export holds: every table of the owner's data, row by row as JSON made by the database.

Sample data is left out; of secrets there is a list, never a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite3 import Connection

SECTIONS: Final[dict[str, dict[str, str]]] = {
    "account": {
        "service": """
            SELECT json_object('kind', kind, 'url', url, 'ws_url', ws_url,
                'application_id', application_id, 'service_id', service_id) FROM connection
        """,
        "keys": """
            SELECT json_object('key_id', secret_id, 'kind', kind, 'name', name, 'note', note,
                'application_id', application_id,
                'created_at', strftime('%Y-%m-%dT%H:%M:%SZ', created_at_us / 1000000, 'unixepoch'))
            FROM secrets ORDER BY name
        """,
    },
    "configuration": {
        "applications": """
            SELECT json_object('application_id', application_id, 'name', name,
                'time_zone', time_zone, 'metered_routes', json(metered_routes),
                'archived', json(iif(archived, 'true', 'false')), 'revision', revision,
                'state', state) FROM applications WHERE epoch < 4611686018427387904
        """,
        "endpoints": """
            SELECT json_object('endpoint_id', endpoint_id, 'application_id', application_id,
                'method', method, 'url', url, 'first_seen', first_seen)
            FROM endpoints WHERE epoch < 4611686018427387904
        """,
        "policies": """
            SELECT json_object('policy_id', policy_id, 'application_id', application_id,
                'method', method, 'url', url, 'identity_location', identity_location,
                'identity_name', identity_name, 'limit', "limit",
                'limit_interval', limit_interval, 'response_field', response_field,
                'revision', revision, 'state', state)
            FROM policies WHERE epoch < 4611686018427387904
        """,
        "pricing_rules": """
            SELECT json_object('rule_id', rule_id, 'application_id', application_id, 'name', name,
                'method', method, 'url', url, 'meter', meter, 'unit_price', unit_price,
                'currency', currency, 'revision', revision, 'state', state)
            FROM pricing_rules WHERE epoch < 4611686018427387904
        """,
        "customers": """
            SELECT json_object('customer_id', customer_id, 'application_id', application_id,
                'name', name, 'revision', revision, 'state', state)
            FROM customers WHERE epoch < 4611686018427387904
        """,
        "waiting_edits": """
            SELECT json_object('entity', entity, 'entity_id', entity_id,
                'base_revision', base_revision, 'base', json(base), 'body', json(body),
                'refused', json(iif(rejected, 'true', 'false')))
            FROM outbox ORDER BY position
        """,
        "conflicts": """
            SELECT json_object('entity', c.entity, 'entity_id', c.entity_id, 'base', json(c.base),
                'mine', json(c.mine), 'theirs', json(s.body))
            FROM conflicts c LEFT JOIN service_rows s USING (entity, entity_id)
            ORDER BY conflict_id
        """,
    },
    "usage": {
        "endpoint_hours": """
            SELECT json_object('application_id', application_id, 'endpoint_id', endpoint_id,
                'hour', strftime('%Y-%m-%dT%H:%M:%SZ', hour, 'unixepoch'), 'requests', requests,
                'units_millionths', units, 'errors_4xx', errors_4xx, 'errors_5xx', errors_5xx,
                'status_unknown', status_unknown, 'denied', denied, 'unsettled', unsettled,
                'latency', json(latency))
            FROM endpoint_hours WHERE epoch < 4611686018427387904
        """,
        "customer_days": """
            SELECT json_object('application_id', application_id,
                'day', date(day * 86400, 'unixepoch'), 'customer_id', customer_id,
                'endpoint_id', endpoint_id, 'meter', meter, 'quantity_millionths', quantity,
                'events', events, 'peak_millionths', peak)
            FROM customer_days WHERE epoch < 4611686018427387904
        """,
        "customer_hours": """
            SELECT json_object('application_id', application_id,
                'hour', strftime('%Y-%m-%dT%H:%M:%SZ', hour, 'unixepoch'),
                'customer_id', customer_id, 'endpoint_id', endpoint_id, 'requests', requests,
                'units_millionths', units)
            FROM customer_hours WHERE epoch < 4611686018427387904
        """,
    },
}
"""Per section and list the statement of its rows. 4611686018427387904 is `SAMPLE_EPOCH`."""

_COUNT: Final = """
    SELECT (SELECT count(*) FROM applications) + (SELECT count(*) FROM endpoints)
        + (SELECT count(*) FROM policies) + (SELECT count(*) FROM pricing_rules)
        + (SELECT count(*) FROM customers) + (SELECT count(*) FROM endpoint_hours)
        + (SELECT count(*) FROM customer_days) + (SELECT count(*) FROM customer_hours)
"""


def count_rows(db: Connection) -> int:
    """About how many rows an export has, for its progress."""
    (count,) = db.execute(_COUNT).fetchone()
    return int(count)


def has_sample(db: Connection) -> bool:
    row = db.execute("SELECT 1 FROM applications WHERE is_sample = 1").fetchone()
    return row is not None


def rows(db: Connection, statement: str) -> Iterator[str]:
    """The rows of one of `SECTIONS` as JSON texts, one at a time."""
    for (text,) in db.execute(statement):
        yield text
