"""SQL of the configuration rows."""

import json
from collections.abc import Iterable, Mapping
from sqlite3 import Connection
from types import MappingProxyType
from typing import Any, Final

from hosted.storage.configuration_records import ConfigRow

NO_FIELDS: Final[Mapping[str, Any]] = MappingProxyType({})

COLUMNS: Final = "entity, entity_id, application_id, revision, body"

UPSERT: Final = """
INSERT INTO configuration (entity, entity_id, application_id, revision, body)
VALUES (:entity, :entity_id, :application_id, :revision, :body)
ON CONFLICT (entity, entity_id) DO UPDATE
SET application_id = excluded.application_id, revision = excluded.revision, body = excluded.body
"""

SELECT_ONE: Final = f"""
SELECT {COLUMNS} FROM configuration WHERE entity = :entity AND entity_id = :entity_id
"""  # noqa: S608 - the names are constants of this module

SELECT_MANY: Final = """
SELECT c.entity, c.entity_id, c.application_id, c.revision, c.body
FROM json_each(:keys) AS k CROSS JOIN configuration AS c
ON c.entity = k.value ->> 0 AND c.entity_id = k.value ->> 1
"""

HAS_FIELDS: Final = """
NOT EXISTS (SELECT 1 FROM json_each(:fields) AS f WHERE body ->> f.key IS NOT f.value)
"""

SELECT_PAGE: Final = f"""
SELECT {COLUMNS} FROM configuration
WHERE entity = :entity AND entity_id > :after_id AND body IS NOT NULL AND {HAS_FIELDS}
ORDER BY entity_id LIMIT :limit
"""  # noqa: S608 - the names are constants of this module

SELECT_PAGE_OF_APPLICATION: Final = f"""
SELECT {COLUMNS} FROM configuration
WHERE entity = :entity AND application_id = :application_id AND entity_id > :after_id
  AND body IS NOT NULL AND {HAS_FIELDS}
ORDER BY entity_id LIMIT :limit
"""  # noqa: S608 - the names are constants of this module

SELECT_CHANGES: Final = f"""
SELECT {COLUMNS} FROM configuration WHERE revision > :after ORDER BY revision LIMIT :limit
"""  # noqa: S608 - the names are constants of this module


def find(db: Connection, entity: str, entity_id: str) -> ConfigRow | None:
    """Row or tombstone of an entity."""
    row = db.execute(SELECT_ONE, {"entity": entity, "entity_id": entity_id}).fetchone()
    return None if row is None else _row(row)


def find_many(db: Connection, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], ConfigRow]:
    """Rows and tombstones by entity and id."""
    rows = [_row(row) for row in db.execute(SELECT_MANY, {"keys": json.dumps(list(keys))})]
    return {(row.entity, row.entity_id): row for row in rows}


def page(  # noqa: PLR0913, PLR0917 - what a page is made of
    db: Connection,
    entity: str,
    application_id: str | None,
    after_id: str,
    limit: int,
    fields: Mapping[str, Any] = NO_FIELDS,
) -> list[ConfigRow]:
    """Rows of one kind by id, without tombstones; of one application or of all.

    `fields` are values that the body has to have, by name.
    """
    values = {
        "entity": entity,
        "application_id": application_id,
        "after_id": after_id,
        "limit": limit,
        "fields": _json(fields),
    }
    if application_id is None:
        del values["application_id"]
        return [_row(row) for row in db.execute(SELECT_PAGE, values)]
    return [_row(row) for row in db.execute(SELECT_PAGE_OF_APPLICATION, values)]


def changes(db: Connection, after: int, limit: int) -> list[ConfigRow]:
    """Rows and tombstones with a higher revision, in commit order."""
    rows = db.execute(SELECT_CHANGES, {"after": after, "limit": limit})
    return [_row(row) for row in rows]


def put(db: Connection, row: ConfigRow) -> None:
    """Store a row or a tombstone."""
    values = {
        "entity": row.entity,
        "entity_id": row.entity_id,
        "application_id": row.application_id,
        "revision": row.revision,
        "body": None if row.body is None else _json(row.body),
    }
    db.execute(UPSERT, values)


def forget(db: Connection, entity: str, entity_id: str) -> None:
    """Drop a row or a tombstone."""
    db.execute(
        "DELETE FROM configuration WHERE entity = :entity AND entity_id = :entity_id",
        {"entity": entity, "entity_id": entity_id},
    )


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(dict(body), ensure_ascii=False, separators=(",", ":"))


def _row(row: tuple[Any, ...]) -> ConfigRow:
    entity, entity_id, application_id, revision, body = row
    return ConfigRow(
        entity, entity_id, application_id, revision, None if body is None else json.loads(body)
    )
