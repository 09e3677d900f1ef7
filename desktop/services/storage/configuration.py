"""Configuration rows: applications, endpoints, policies, pricing rules and customers.

All five are written and read through their JSON body (the fields of the contract's body class), so
that an edit, a row of the service and a conflict are the same shape. Every function takes a
connection inside a transaction of the vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from desktop.domain.editing import EditState

if TYPE_CHECKING:
    from sqlite3 import Connection

SAMPLE_EPOCH: Final = 2**62
"""Epoch of rows no service ever sent: never older than any re-sync."""


@dataclass(frozen=True, slots=True)
class EntitySql:
    """The statements of one entity; parameters `id`, and for `upsert` also `body` and the rest."""

    upsert: str
    select: str
    delete: str
    delete_older: str


@dataclass(frozen=True, slots=True)
class RowKey:
    """Which row: `entity` is one of `ENTITIES`."""

    entity: str
    entity_id: str


@dataclass(frozen=True, slots=True)
class StoredRow:
    """`body` is a JSON object, the checked fields of the entity's body class."""

    body: str
    revision: int
    epoch: int
    state: EditState = EditState.SYNCED
    problem: str = ""


ENTITIES: Final[dict[str, EntitySql]] = {
    "application": EntitySql(
        upsert="""
            INSERT INTO applications (application_id, name, time_zone, metered_routes, archived,
                is_sample, revision, epoch, state, problem)
            VALUES (:id, :body ->> 'name', :body ->> 'time_zone', :body -> 'metered_routes',
                :body ->> 'archived', :epoch = 4611686018427387904, :revision, :epoch, :state,
                :problem)
            ON CONFLICT DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone,
                metered_routes = excluded.metered_routes, archived = excluded.archived,
                revision = excluded.revision, epoch = excluded.epoch, state = excluded.state,
                problem = excluded.problem
        """,
        select="""
            SELECT json_object('name', name, 'time_zone', time_zone,
                'metered_routes', json(metered_routes),
                'archived', json(iif(archived, 'true', 'false'))), revision, epoch, state,
                problem
            FROM applications WHERE application_id = :id
        """,
        delete="DELETE FROM applications WHERE application_id = :id",
        delete_older="DELETE FROM applications WHERE epoch < :epoch AND state = 'synced'",
    ),
    "endpoint": EntitySql(
        upsert="""
            INSERT INTO endpoints (endpoint_id, application_id, method, url, first_seen, revision,
                epoch, state, problem)
            VALUES (:id, :body ->> 'application_id', :body ->> 'method', :body ->> 'url',
                :body ->> 'first_seen', :revision, :epoch, :state, :problem)
            ON CONFLICT DO UPDATE SET application_id = excluded.application_id,
                method = excluded.method, url = excluded.url, first_seen = excluded.first_seen,
                revision = excluded.revision, epoch = excluded.epoch
        """,
        select="""
            SELECT json_object('application_id', application_id, 'method', method, 'url', url,
                'first_seen', first_seen), revision, epoch, state,
                problem
            FROM endpoints WHERE endpoint_id = :id
        """,
        delete="DELETE FROM endpoints WHERE endpoint_id = :id",
        delete_older="DELETE FROM endpoints WHERE epoch < :epoch",
    ),
    "policy": EntitySql(
        upsert="""
            INSERT INTO policies (policy_id, application_id, method, url, identity_location,
                identity_name, "limit", limit_interval, response_field, revision, epoch, state,
                problem)
            VALUES (:id, :body ->> 'application_id', :body ->> 'method', :body ->> 'url',
                :body ->> 'identity_location', :body ->> 'identity_name', :body ->> 'limit',
                :body ->> 'limit_interval', :body ->> 'response_field', :revision, :epoch, :state,
                :problem)
            ON CONFLICT DO UPDATE SET application_id = excluded.application_id,
                method = excluded.method, url = excluded.url,
                identity_location = excluded.identity_location,
                identity_name = excluded.identity_name, "limit" = excluded."limit",
                limit_interval = excluded.limit_interval,
                response_field = excluded.response_field, revision = excluded.revision,
                epoch = excluded.epoch, state = excluded.state, problem = excluded.problem
        """,
        select="""
            SELECT json_object('application_id', application_id, 'method', method, 'url', url,
                'identity_location', identity_location, 'identity_name', identity_name,
                'limit', "limit", 'limit_interval', limit_interval,
                'response_field', response_field), revision, epoch, state,
                problem
            FROM policies WHERE policy_id = :id
        """,
        delete="DELETE FROM policies WHERE policy_id = :id",
        delete_older="DELETE FROM policies WHERE epoch < :epoch AND state = 'synced'",
    ),
    "pricing_rule": EntitySql(
        upsert="""
            INSERT INTO pricing_rules (rule_id, application_id, name, method, url, meter,
                unit_price, currency, revision, epoch, state, problem)
            VALUES (:id, :body ->> 'application_id', :body ->> 'name', :body ->> 'method',
                :body ->> 'url', :body ->> 'meter', :body ->> 'unit_price', :body ->> 'currency',
                :revision, :epoch, :state, :problem)
            ON CONFLICT DO UPDATE SET application_id = excluded.application_id,
                name = excluded.name, method = excluded.method, url = excluded.url,
                meter = excluded.meter, unit_price = excluded.unit_price,
                currency = excluded.currency, revision = excluded.revision,
                epoch = excluded.epoch, state = excluded.state, problem = excluded.problem
        """,
        select="""
            SELECT json_object('application_id', application_id, 'name', name, 'method', method,
                'url', url, 'meter', meter, 'unit_price', unit_price, 'currency', currency),
                revision, epoch, state,
                problem
            FROM pricing_rules WHERE rule_id = :id
        """,
        delete="DELETE FROM pricing_rules WHERE rule_id = :id",
        delete_older="DELETE FROM pricing_rules WHERE epoch < :epoch AND state = 'synced'",
    ),
    "customer": EntitySql(
        upsert="""
            INSERT INTO customers (customer_id, application_id, name, revision, epoch, state,
                problem)
            VALUES (:id, :body ->> 'application_id', :body ->> 'name', :revision, :epoch, :state,
                :problem)
            ON CONFLICT DO UPDATE SET application_id = excluded.application_id,
                name = excluded.name, revision = excluded.revision, epoch = excluded.epoch,
                state = excluded.state, problem = excluded.problem
        """,
        select="""
            SELECT json_object('application_id', application_id, 'name', name), revision, epoch,
                state, problem
            FROM customers WHERE customer_id = :id
        """,
        delete="DELETE FROM customers WHERE customer_id = :id",
        delete_older="DELETE FROM customers WHERE epoch < :epoch AND state = 'synced'",
    ),
}


def find(db: Connection, key: RowKey) -> StoredRow | None:
    row = db.execute(ENTITIES[key.entity].select, {"id": key.entity_id}).fetchone()
    return StoredRow(row[0], row[1], row[2], EditState(row[3]), row[4]) if row else None


def put(db: Connection, key: RowKey, row: StoredRow) -> None:
    """Insert or replace a row."""
    db.execute(
        ENTITIES[key.entity].upsert,
        {
            "id": key.entity_id,
            "body": row.body,
            "revision": row.revision,
            "epoch": row.epoch,
            "state": row.state.value,
            "problem": row.problem,
        },
    )


def remove(db: Connection, key: RowKey) -> None:
    db.execute(ENTITIES[key.entity].delete, {"id": key.entity_id})


def remove_older(db: Connection, epoch: int) -> None:
    """Drop what a complete re-sync did not bring again; rows with an edit of ours stay."""
    for statements in ENTITIES.values():
        db.execute(statements.delete_older, {"epoch": epoch})


def is_sample(db: Connection, application_id: str) -> bool:
    row = db.execute(
        "SELECT is_sample FROM applications WHERE application_id = :id", {"id": application_id}
    ).fetchone()
    return row is not None and bool(row[0])


def remove_application(db: Connection, application_id: str) -> None:
    """Drop an application and every row that belongs to it."""
    for statement in (
        "DELETE FROM applications WHERE application_id = :id",
        "DELETE FROM endpoints WHERE application_id = :id",
        "DELETE FROM policies WHERE application_id = :id",
        "DELETE FROM pricing_rules WHERE application_id = :id",
        "DELETE FROM customers WHERE application_id = :id",
    ):
        db.execute(statement, {"id": application_id})
