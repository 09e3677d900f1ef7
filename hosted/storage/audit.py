"""SQL of the audit log. Entries are added and read; the file itself refuses anything else."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from sqlite3 import Connection
from typing import Any, Final

from contract.audit_chain import START, chained
from contract.messages.access import AuditEntry
from hosted.clock import rfc3339
from hosted.storage.access_records import AuditFilter, AuditRecord

COLUMNS: Final = "sequence, at_us, actor, action, entity, entity_id, before, after, chain"

SELECT_NEWEST: Final = "SELECT sequence, chain FROM audit ORDER BY sequence DESC LIMIT 1"

INSERT: Final = f"""
INSERT INTO audit ({COLUMNS})
VALUES (:sequence, :at_us, :actor, :action, :entity, :entity_id, :before, :after, :chain)
"""  # noqa: S608 - the names are constants of this module

SELECT_PAGE: Final = f"""
SELECT {COLUMNS} FROM audit
WHERE (:before IS NULL OR sequence < :before) AND (:actor IS NULL OR actor = :actor)
  AND (:entity IS NULL OR entity = :entity) AND (:entity_id IS NULL OR entity_id = :entity_id)
  AND (:action IS NULL OR action = :action)
  AND (:since_us IS NULL OR at_us >= :since_us) AND (:until_us IS NULL OR at_us < :until_us)
  AND (:text IS NULL OR instr(
        lower(concat_ws(' ', entity_id, audit.before, audit.after)), lower(:text)))
ORDER BY sequence DESC LIMIT :limit
"""  # noqa: S608 - the names are constants of this module

SELECT_FROM: Final = f"""
SELECT {COLUMNS} FROM audit WHERE sequence >= :sequence ORDER BY sequence LIMIT :limit
"""  # noqa: S608 - the names are constants of this module


def append(db: Connection, record: AuditRecord) -> None:
    """Add an entry, chained to the newest one."""
    newest, chain = db.execute(SELECT_NEWEST).fetchone() or (0, START)
    row = (
        newest + 1,
        record.at_us,
        record.actor,
        record.action,
        record.entity,
        record.entity_id,
        _json(record.before),
        _json(record.after),
        "",
    )
    values = dict(zip(COLUMNS.split(", "), row, strict=True))
    db.execute(INSERT, {**values, "chain": chained(chain, _entry(row))})


def page(db: Connection, wanted: AuditFilter, before: int | None, limit: int) -> list[AuditEntry]:
    """Entries newest first, from before a sequence number."""
    values = {**asdict(wanted), "before": before, "limit": limit}
    return [_entry(row) for row in db.execute(SELECT_PAGE, values)]


def oldest_first(db: Connection, sequence: int, limit: int) -> list[AuditEntry]:
    """Entries from a sequence number on."""
    rows = db.execute(SELECT_FROM, {"sequence": sequence, "limit": limit})
    return [_entry(row) for row in rows]


def _entry(row: tuple[Any, ...]) -> AuditEntry:
    fields: dict[str, Any] = dict(zip(COLUMNS.split(", "), row, strict=True))
    fields["at"] = rfc3339(fields.pop("at_us"))
    for name in ("before", "after"):
        fields[name] = None if fields[name] is None else json.loads(fields[name])
    return AuditEntry(**fields)


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
