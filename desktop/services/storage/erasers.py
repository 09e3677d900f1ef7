"""SQL that takes a customer out of each table: figures get another id, everything else goes.

Every table of the registry that is about people has an eraser here; one that has not fails the
tests. All may be repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from desktop.domain.privacy.categories import Category
from desktop.services.storage import erased_payers
from desktop.services.storage.erasers_of_figures import (
    customer_days,
    customer_hours,
    customer_plans,
    customer_row,
)
from desktop.services.storage.erasure_tasks import Eraser, TableEraser, Task, run, used

if TYPE_CHECKING:
    from sqlite3 import Connection


def _rows_about(entity: str) -> Eraser:
    statement = f"""
        DELETE FROM configuration WHERE entity = '{entity}' AND application_id = :app
        AND body ->> 'customer_id' = :old
        AND entity_id NOT IN (SELECT value FROM json_each(:held))
    """  # noqa: S608 (constants)
    return lambda db, task: run(db, statement, task)


_PAID: Final = (
    "(provider, mode, customer_id) IN (SELECT provider, mode, provider_customer_id "
    "FROM billing_links WHERE application_id = :app AND customer_id = :old)"
)


def _mirrored(db: Connection, task: Task) -> int:
    """The copy of a provider's customer goes; its invoices stay without the person."""
    gone = run(db, f"DELETE FROM billing_objects WHERE kind = 'customer' AND {_PAID}", task)  # noqa: S608 (constants)
    return gone + erased_payers.anonymize(db, _PAID, used(_PAID, task.values))


def _kept_calls(db: Connection, task: Task) -> int:
    return run(
        db,
        """
        DELETE FROM kept_traces WHERE application_id = :app AND body ->> 'customer_id' = :old
        AND trace_id NOT IN (SELECT value FROM json_each(:held))
        """,
        task,
    )


def _deleted(table: str, where: str) -> Eraser:
    statement = f"DELETE FROM {table} WHERE {where}"  # noqa: S608 (constants)
    return lambda db, task: run(db, statement, task)


def _renamed(table: str, where: str) -> Eraser:
    """Books under the random id: what was reported must not be reported once more."""
    statement = f"UPDATE {table} SET customer_id = :new WHERE {where}"  # noqa: S608 (constants)
    return lambda db, task: run(db, statement, task)


def _about(columns: str) -> str:
    """A copy of a row about the customer: its own id, or its body names it."""
    parts = [f"instr(coalesce({column}, ''), :old)" for column in columns.split()]
    return " OR ".join(parts)


def _counted(table: str, where: str) -> str:
    return f"SELECT count(*) FROM {table} WHERE {where}"  # noqa: S608 (constants)


_NAMELESS_ROW: Final = (
    "entity = 'customer' AND entity_id = :old AND application_id = :app AND body ->> 'name' = ''"
)
"""What a customer without a name has as long as there are figures of it."""
_OF_CUSTOMER: Final = "application_id = :app AND customer_id = :old"
_IN_BODY: Final = "application_id = :app AND body ->> 'customer_id' = :old"
_COPIES: Final = {
    "kept_answers": "body",
    "outbox": "entity_id base body",
    "service_rows": "entity_id body",
    "conflicts": "entity_id base mine",
    "drafts": "entity_id body",
    "edit_history": "entity_id body",
    "refused_items": "item_id",
    "person_corrections": "customers",
}
"""Tables with copies of other rows, and the columns in which a customer's id may stand."""


def _copy(table: str) -> TableEraser:
    where = _about(_COPIES[table])
    category = Category.TECHNICAL if table == "kept_answers" else Category.ACCOUNT
    return TableEraser(table, category, _deleted(table, where), _counted(table, where))


_NAME: Final = (
    "(SELECT nullif(c.body ->> 'name', '') FROM configuration AS c WHERE c.entity = 'customer' "
    "AND c.entity_id = :old)"
)
_ALERTS: Final = " OR ".join(
    f"coalesce(instr({column}, {who}), 0)"
    for column in ("finding", "told", "public_text", "rule_name")
    for who in (":old", _NAME)
)
"""Alerts tell of a customer by name, where the owner gave one."""
_QUESTIONS: Final = {"alert_rules": "body", "saved_views": "view", "scenarios": "question"}
"""Questions of the owner that may name a customer; they go on about the figures."""


def _question(table: str) -> TableEraser:
    column = _QUESTIONS[table]
    where = f"instr({column}, :old)"
    statement = f"UPDATE {table} SET {column} = replace({column}, :old, :new) WHERE {where}"  # noqa: S608 (constants)
    return TableEraser(
        table, Category.USAGE, lambda db, task: run(db, statement, task), _counted(table, where)
    )


_FILES: Final = "instr(customers, :old)"


def _written_files(db: Connection, task: Task) -> int:
    """Mark the files that name the person; they are deleted after the commit."""
    return run(
        db,
        f"UPDATE written_files SET due_for = :new, customers = '[]' "  # noqa: S608 (constants)
        f"WHERE due_for = '' AND ({_FILES} OR customers = '[]')",
        task,
    )


ERASERS: Final[tuple[TableEraser, ...]] = (
    *map(_copy, _COPIES),
    *map(_question, _QUESTIONS),
    TableEraser(
        "alert_events",
        Category.ACCOUNT,
        _deleted("alert_events", _ALERTS),
        _counted("alert_events", _ALERTS),
    ),
    TableEraser(
        "written_files", Category.SUPPORT, _written_files, _counted("written_files", _FILES)
    ),
    TableEraser("kept_traces", Category.TECHNICAL, _kept_calls, _counted("kept_traces", _IN_BODY)),
    TableEraser(
        "limit_override",
        Category.CONFIGURATION,
        _rows_about("limit_override"),
        _counted("configuration", f"entity = 'limit_override' AND {_IN_BODY}"),
    ),
    TableEraser(
        "freeze",
        Category.CONFIGURATION,
        _rows_about("freeze"),
        _counted("configuration", f"entity = 'freeze' AND {_IN_BODY}"),
    ),
    TableEraser(
        "block",
        Category.SECURITY,
        _rows_about("block"),
        _counted("configuration", f"entity = 'block' AND {_IN_BODY}"),
    ),
    TableEraser(
        "billing_objects",
        Category.BILLING,
        _mirrored,
        _counted("billing_objects", f"kind = 'customer' AND {_PAID}"),
    ),
    TableEraser(
        "billing_links",
        Category.BILLING,
        _deleted("billing_links", _OF_CUSTOMER),
        _counted("billing_links", _OF_CUSTOMER),
    ),
    TableEraser(
        "billing_claims",
        Category.USAGE,
        _renamed("billing_claims", _OF_CUSTOMER),
        _counted("billing_claims", _OF_CUSTOMER),
    ),
    TableEraser(
        "billing_run_lines",
        Category.USAGE,
        _renamed("billing_run_lines", "customer_id = :old"),
        _counted("billing_run_lines", "customer_id = :old"),
    ),
    TableEraser(
        "customer_plan",
        Category.USAGE,
        customer_plans,
        _counted("configuration", f"entity = 'customer_plan' AND {_IN_BODY}"),
    ),
    TableEraser(
        "configuration",
        Category.ACCOUNT,
        customer_row,
        _counted(
            "configuration",
            "(entity = 'identity' OR entity = 'customer' AND body ->> 'name' <> '') "
            "AND entity_id = :old AND application_id = :app",
        ),
    ),
    TableEraser(
        "customer",
        Category.USAGE,
        _deleted("configuration", _NAMELESS_ROW),
        _counted("configuration", _NAMELESS_ROW),
    ),
    TableEraser(
        "customer_hours",
        Category.USAGE,
        customer_hours,
        _counted("customer_hours", _OF_CUSTOMER),
    ),
    TableEraser(
        "customer_days", Category.USAGE, customer_days, _counted("customer_days", _OF_CUSTOMER)
    ),
)
"""In this order: copies go before the rows they are copies of are renamed."""
