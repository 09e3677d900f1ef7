"""Erases what figures and prices hang on: days, hours, plans and the row of the customer itself."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from contract.identifiers import customer_plan_id
from desktop.domain.calendar import day_number
from desktop.services.storage import page_sums, privacy_queries
from desktop.services.storage.erasure_tasks import Task, run, used
from desktop.services.storage.touched import Touched

if TYPE_CHECKING:
    from sqlite3 import Connection


_NAMELESS_BODY: Final = """json_patch(json_object('application_id', :app, 'name', ''),
    json_object('merged', json_extract(body, '$.merged')))"""
_NAMELESS: Final = f"""
UPDATE configuration SET state = 'synced', problem = '', body = {_NAMELESS_BODY}
WHERE entity = 'customer' AND entity_id = :old AND application_id = :app
"""  # noqa: S608 (a constant)


_IDENTITY: Final = "entity = 'identity' AND entity_id = :old AND application_id = :app"


def customer_days(db: Connection, task: Task) -> int:
    """Rows that the service sent under the new id already are the newer ones."""
    pair = [(task.erased.application_id, task.erased.customer_id)]
    days = sorted(
        {day_number(date.fromisoformat(row[1])) for row in privacy_queries.usage_days(db, pair)}
    )
    values = [{**task.values, "day": day} for day in days]
    db.executemany(
        """
        DELETE FROM customer_days AS o
        WHERE application_id = :app AND day = :day AND customer_id = :old AND EXISTS (
            SELECT 1 FROM customer_days AS n WHERE n.application_id = o.application_id
            AND n.day = o.day AND n.customer_id = :new AND n.endpoint_id = o.endpoint_id
            AND n.meter = o.meter)
        """,
        [used(":app :day :old :new", one) for one in values],
    )
    db.executemany(
        """
        UPDATE customer_days SET customer_id = :new
        WHERE application_id = :app AND day = :day AND customer_id = :old
        """,
        [used(":app :day :old :new", one) for one in values],
    )
    _months(db, task)
    touched = {(task.values["app"], day, who) for day in days for who in (task.values["old"], task.values["new"])}  # fmt: skip # noqa: E501
    page_sums.keep(db, Touched(customer_days=touched))
    _packed_days(db, task)
    return len(days)


def _packed_days(db: Connection, task: Task) -> None:
    """Their place in packed days becomes nobody's; the days are packed anew from their sums."""
    db.execute(
        """
        UPDATE packed_owners SET owner_id = lower(hex(randomblob(16)))
        WHERE application_id = :app AND kind = 'customer' AND owner_id = :old
        """,
        used(":app :old", task.values),
    )


def _months(db: Connection, task: Task) -> None:
    """The packed months call a customer by a number, which goes to the new id."""
    values = used(":app :old :new", task.values)
    db.execute(
        "UPDATE month_changes SET customer_id = :new "
        "WHERE application_id = :app AND customer_id = :old",
        values,
    )
    numbers = db.execute(
        "SELECT customer_id FROM month_customers "
        "WHERE application_id = :app AND customer_id IN (:old, :new)",
        values,
    ).fetchall()
    if len(numbers) > 1:  # the new id has a number of its own: the months are made anew
        from desktop.services.storage import month_rebuild  # needs numpy, which unlocking does not

        month_rebuild.forget(db)
        return
    db.execute(
        "UPDATE month_customers SET customer_id = :new "
        "WHERE application_id = :app AND customer_id = :old",
        values,
    )


def customer_hours(db: Connection, task: Task) -> int:
    pair = [(task.erased.application_id, task.erased.customer_id)]
    hours = {row[1] for row in privacy_queries.usage_hours(db, pair)}
    values = [used(":app :old :new :hour", {**task.values, "hour": hour}) for hour in hours]
    where = "application_id = :app AND hour = unixepoch(:hour) AND customer_id = :old"
    db.executemany(
        f"""
        DELETE FROM customer_hours AS o WHERE {where} AND EXISTS (
            SELECT 1 FROM customer_hours AS n WHERE n.application_id = o.application_id
            AND n.hour = o.hour AND n.customer_id = :new AND n.endpoint_id = o.endpoint_id)
        """,  # noqa: S608 (a constant)
        values,
    )
    db.executemany(
        f"UPDATE customer_hours SET customer_id = :new WHERE {where}",  # noqa: S608 (a constant)
        values,
    )
    return len(hours)


def customer_row(db: Connection, task: Task) -> int:
    """The row of the customer becomes a nameless one of the new id; merges decide on prices."""
    if task.keeps_figures:
        changed = run(db, _NAMELESS, task)
        return changed + run(db, f"DELETE FROM configuration WHERE {_IDENTITY}", task)  # noqa: S608
    # No update of the id: what is kept beside the rows hears of one that goes and one that comes.
    changed = run(
        db,
        f"""
        INSERT OR IGNORE INTO configuration (entity, entity_id, application_id, body, revision,
            epoch, state, problem)
        SELECT entity, :new, application_id, {_NAMELESS_BODY}, revision, epoch, 'synced', ''
        FROM configuration
        WHERE entity = 'customer' AND entity_id = :old AND application_id = :app
        """,  # noqa: S608 (a constant)
        task,
    )
    run(
        db,
        """
        UPDATE configuration SET body = json_set(body, '$.merged.into', :new)
        WHERE entity = 'customer' AND application_id = :app
            AND body ->> '$.merged.into' IS NOT NULL AND body ->> '$.merged.into' = :old
        """,
        task,
    )
    return changed + run(
        db,
        "DELETE FROM configuration WHERE entity IN ('customer', 'identity') "
        "AND entity_id = :old AND application_id = :app",
        task,
    )


def customer_plans(db: Connection, task: Task) -> int:
    """Plans go along with the figures, so that what was used keeps its price."""
    app, old, new = task.values["app"], task.values["old"], task.values["new"]
    values = {
        "app": app,
        "old": customer_plan_id(app, old),
        "id": customer_plan_id(app, new),
        "new": new,
    }
    found = db.execute(
        """
        INSERT OR IGNORE INTO configuration (entity, entity_id, application_id, body, revision,
            epoch, state, problem)
        SELECT entity, :id, application_id, json_set(body, '$.customer_id', :new), revision, epoch,
            'synced', ''
        FROM configuration
        WHERE entity = 'customer_plan' AND entity_id = :old AND application_id = :app
        """,
        values,
    )
    gone = db.execute(
        "DELETE FROM configuration WHERE entity = 'customer_plan' AND entity_id = :old",
        {"old": values["old"]},
    )
    return found.rowcount + gone.rowcount
