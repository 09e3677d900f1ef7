"""What an export holds: every table of the owner's data, row by row as JSON made by the database.

Sample data is left out; of secrets there is a list, never a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from desktop.services.storage import freezes

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
            SELECT json_insert(body, '$.application_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'application' AND epoch < 4611686018427387904
        """,
        "endpoints": """
            SELECT json_insert(body, '$.endpoint_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'endpoint' AND epoch < 4611686018427387904
        """,
        "policies": """
            SELECT json_insert(body, '$.policy_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'policy' AND epoch < 4611686018427387904
        """,
        "pricing_rules": """
            SELECT json_insert(body, '$.rule_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'pricing_rule' AND epoch < 4611686018427387904
        """,
        "rule_versions": """
            SELECT json_insert(body, '$.version_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'rule_version' AND epoch < 4611686018427387904
        """,
        "plans": """
            SELECT json_insert(body, '$.plan_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'plan' AND epoch < 4611686018427387904
        """,
        "customer_plans": """
            SELECT json_insert(body, '$.customer_plan_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'customer_plan' AND epoch < 4611686018427387904
        """,
        "customers": """
            SELECT json_insert(body, '$.customer_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'customer' AND epoch < 4611686018427387904
        """,
        "limit_overrides": """
            SELECT json_insert(body, '$.override_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'limit_override' AND epoch < 4611686018427387904
        """,
        "blocks": """
            SELECT json_insert(body, '$.block_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'block' AND epoch < 4611686018427387904
        """,
        "scrub_rules": """
            SELECT json_insert(body, '$.scrub_rule_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'scrub_rule' AND epoch < 4611686018427387904
        """,
        "catalogs": """
            SELECT json_insert(body, '$.catalog_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'catalog' AND epoch < 4611686018427387904
        """,
        "identities": """
            SELECT json_insert(body, '$.customer_id', entity_id, '$.revision', revision,
                '$.state', state)
            FROM configuration WHERE entity = 'identity' AND epoch < 4611686018427387904
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
                'durations', json(durations))
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
        "opened_traces": """
            SELECT json_insert(body, '$.explanation', json(explanation),
                '$.opened_at', strftime('%Y-%m-%dT%H:%M:%SZ', opened_at_us / 1000000, 'unixepoch'))
            FROM kept_traces ORDER BY at_us
        """,
    },
}
"""Per section and list the statement of its rows. 4611686018427387904 is `SAMPLE_EPOCH`."""

_OF_OTHERS: Final = """
    WITH exported (text) AS ({statement})
    SELECT text FROM exported WHERE NOT EXISTS (
        SELECT 1 FROM configuration WHERE entity = 'freeze' AND body ->> 'customer_id' IN
            (text ->> '$.customer_id', text ->> '$.body.customer_id', text ->> '$.entity_id'))
"""
_COUNT: Final = """
    SELECT (SELECT count(*) FROM configuration) + (SELECT count(*) FROM endpoint_hours)
        + (SELECT count(*) FROM customer_days) + (SELECT count(*) FROM customer_hours)
"""


def count_rows(db: Connection) -> int:
    """About how many rows an export has, for its progress."""
    (count,) = db.execute(_COUNT).fetchone()
    return int(count)


def has_sample(db: Connection) -> bool:
    row = db.execute("SELECT 1 FROM applications WHERE is_sample = 1").fetchone()
    return row is not None


def frozen(db: Connection) -> int:
    """How many customers are left out because a report about a child holds them back."""
    return len(freezes.frozen(db))


def rows(db: Connection, statement: str) -> Iterator[str]:
    """The rows of one of `SECTIONS` as JSON texts, one at a time, but those of frozen customers."""
    if frozen(db):
        statement = _OF_OTHERS.format(statement=statement)
    for (text,) in db.execute(statement):
        yield text
