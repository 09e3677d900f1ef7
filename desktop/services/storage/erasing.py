"""SQL that takes customers out of the vault: figures get another id, everything else goes.

Every table of the registry that is about people has an eraser here; one that has not fails the
tests. All functions take a connection inside a transaction of the vault, and may be repeated.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from contract.erasure import subject_mac
from contract.identifiers import customer_plan_id
from desktop.domain.calendar import day_number
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import ErasedCustomer
from desktop.services.storage import page_sums, privacy_queries
from desktop.services.storage.touched import Touched

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.erasure_ledger import LedgerEntry

KNOWN_CUSTOMERS: Final = """
SELECT entity_id FROM configuration
WHERE entity IN ('customer', 'identity') AND application_id = :app
UNION SELECT body ->> 'customer_id' FROM configuration
WHERE application_id = :app AND body ->> 'customer_id' IS NOT NULL
UNION SELECT customer_id FROM customer_day_sums WHERE application_id = :app
UNION SELECT customer_id FROM customer_hours WHERE application_id = :app
UNION SELECT customer_id FROM billing_links WHERE application_id = :app
UNION SELECT body ->> 'customer_id' FROM kept_traces
WHERE application_id = :app AND body ->> 'customer_id' IS NOT NULL
"""

DAYS: Final = """
SELECT day FROM customer_day_sums WHERE application_id = :app AND customer_id = :customer
"""


_NAMELESS_BODY: Final = """json_patch(json_object('application_id', :app, 'name', ''),
    json_object('merged', json_extract(body, '$.merged')))"""
_NAMELESS: Final = f"""
UPDATE configuration SET state = 'synced', problem = '', body = {_NAMELESS_BODY}
WHERE entity = 'customer' AND entity_id = :old AND application_id = :app
"""  # noqa: S608 (a constant)


@dataclass(frozen=True, slots=True)
class Task:
    """One customer to be taken out, and what stays of them for now."""

    erased: ErasedCustomer
    held: frozenset[str] = frozenset()
    """Ids of single records under a legal hold."""
    keeps_figures: bool = False
    """The figures are held: a nameless row of the old id stays with them."""

    @property
    def values(self) -> dict[str, str]:
        return {
            "app": self.erased.application_id,
            "old": self.erased.customer_id,
            "new": self.erased.replacement,
            "held": json.dumps(sorted(self.held)),
        }


IsTheirs = Callable[[str], bool]
"""Whether an address is one of the person's."""
Eraser = Callable[["Connection", Task], int]
"""Erases one table; how many rows it changed."""


@dataclass(frozen=True, slots=True)
class TableEraser:
    """How one table is erased, and which kind of data that is."""

    table: str
    category: Category
    erase: Eraser
    count: str
    """SQL that counts what it would change; takes `app` and `old`."""


def recognized(db: Connection, entry: LedgerEntry) -> list[ErasedCustomer]:
    """Customers of an entry that these data still name."""
    key = bytes.fromhex(entry.key)
    found = []
    for app in {subject.application_id for subject in entry.subjects}:
        wanted = {s.mac: s.replacement for s in entry.subjects if s.application_id == app}
        for (customer,) in db.execute(KNOWN_CUSTOMERS, {"app": app}):
            replacement = wanted.get(subject_mac(key, app, customer))
            if replacement is not None:
                found.append(ErasedCustomer(app, customer, replacement))
    return found


def erase(db: Connection, task: Task, keep: Collection[str]) -> Counter[str]:
    """Take one customer out of every table whose kind of data is not kept; rows by table."""
    done: Counter[str] = Counter()
    for one in ERASERS:
        if one.category.value not in keep:
            done[one.table] += one.erase(db, task)
    return done


def counts(db: Connection, application_id: str, customer_id: str) -> Counter[str]:
    """How many rows of each table are about a customer."""
    values = {"app": application_id, "old": customer_id}
    return Counter(
        {
            one.table: db.execute(one.count, _used(one.count, values)).fetchone()[0]
            for one in ERASERS
        }
    )


def erase_letters(db: Connection, is_theirs: IsTheirs) -> int:
    """Delete letters to addresses of an erased person; how many."""
    rows = db.execute("SELECT position, recipient FROM mail_outbox").fetchall()
    theirs = [(position,) for position, recipient in rows if is_theirs(recipient)]
    db.executemany("DELETE FROM mail_outbox WHERE position = ?", theirs)
    return len(theirs)


def letters(db: Connection, is_theirs: IsTheirs) -> int:
    """How many letters to addresses of a person are kept."""
    rows = db.execute("SELECT recipient FROM mail_outbox")
    return sum(is_theirs(recipient) for (recipient,) in rows)


def is_applied(db: Connection, erasure_id: str) -> bool:
    """Whether these data are free of an erasure's customers."""
    row = db.execute("SELECT 1 FROM applied_erasures WHERE erasure_id = ?", (erasure_id,))
    return row.fetchone() is not None


def mark_applied(db: Connection, erasure_id: str, at_us: int) -> None:
    db.execute("INSERT OR IGNORE INTO applied_erasures VALUES (?, ?)", (erasure_id, at_us))


def _customer_days(db: Connection, task: Task) -> int:
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
        [_used(":app :day :old :new", one) for one in values],
    )
    db.executemany(
        """
        UPDATE customer_days SET customer_id = :new
        WHERE application_id = :app AND day = :day AND customer_id = :old
        """,
        [_used(":app :day :old :new", one) for one in values],
    )
    _months(db, task)
    touched = {(task.values["app"], day, who) for day in days for who in (task.values["old"], task.values["new"])}  # fmt: skip # noqa: E501
    page_sums.keep(db, Touched(customer_days=touched))
    return len(days)


def _months(db: Connection, task: Task) -> None:
    """The packed months call a customer by a number, which goes to the new id."""
    values = _used(":app :old :new", task.values)
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


def _customer_hours(db: Connection, task: Task) -> int:
    pair = [(task.erased.application_id, task.erased.customer_id)]
    hours = {row[1] for row in privacy_queries.usage_hours(db, pair)}
    values = [_used(":app :old :new :hour", {**task.values, "hour": hour}) for hour in hours]
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


def _customer_row(db: Connection, task: Task) -> int:
    """The row of the customer becomes a nameless one of the new id; merges decide on prices."""
    if task.keeps_figures:
        changed = _run(db, _NAMELESS, task)
        return changed + _run(db, f"DELETE FROM configuration WHERE {_IDENTITY}", task)  # noqa: S608
    # No update of the id: what is kept beside the rows hears of one that goes and one that comes.
    changed = _run(
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
    _run(
        db,
        """
        UPDATE configuration SET body = json_set(body, '$.merged.into', :new)
        WHERE entity = 'customer' AND application_id = :app
            AND body ->> '$.merged.into' IS NOT NULL AND body ->> '$.merged.into' = :old
        """,
        task,
    )
    return changed + _run(
        db,
        "DELETE FROM configuration WHERE entity IN ('customer', 'identity') "
        "AND entity_id = :old AND application_id = :app",
        task,
    )


def _plans(db: Connection, task: Task) -> int:
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


def _rows_about(entity: str) -> Eraser:
    statement = f"""
        DELETE FROM configuration WHERE entity = '{entity}' AND application_id = :app
        AND body ->> 'customer_id' = :old
        AND entity_id NOT IN (SELECT value FROM json_each(:held))
    """  # noqa: S608 (constants)
    return lambda db, task: _run(db, statement, task)


_PAID: Final = (
    "(provider, mode, customer_id) IN (SELECT provider, mode, provider_customer_id "
    "FROM billing_links WHERE application_id = :app AND customer_id = :old)"
)
_PERSONAL_KEYS: Final = ", ".join(
    f"'$.{key}'"
    for key in (
        "customer_email", "customer_name", "customer_address", "customer_phone",
        "customer_shipping", "customer_tax_ids", "receipt_email", "billing_details", "shipping",
        "metadata", "custom_data", "customer", "address",
    )
)  # fmt: skip
"""What invoices and payments of a provider say of people; numbers, amounts and taxes stay."""


def _mirrored(db: Connection, task: Task) -> int:
    """The copy of a provider's customer goes; its invoices stay without the person."""
    gone = _run(db, f"DELETE FROM billing_objects WHERE kind = 'customer' AND {_PAID}", task)  # noqa: S608 (constants)
    statement = f"""
        UPDATE billing_objects SET body = json_remove(body, {_PERSONAL_KEYS}),
            name = CASE WHEN instr(name, '@') THEN '' ELSE name END
        WHERE {_PAID}
    """  # noqa: S608 (constants)
    return gone + _run(db, statement, task)


def _kept_calls(db: Connection, task: Task) -> int:
    return _run(
        db,
        """
        DELETE FROM kept_traces WHERE application_id = :app AND body ->> 'customer_id' = :old
        AND trace_id NOT IN (SELECT value FROM json_each(:held))
        """,
        task,
    )


def _deleted(table: str, where: str) -> Eraser:
    statement = f"DELETE FROM {table} WHERE {where}"  # noqa: S608 (constants)
    return lambda db, task: _run(db, statement, task)


def _renamed(table: str, where: str) -> Eraser:
    """Books under the random id: what was reported must not be reported once more."""
    statement = f"UPDATE {table} SET customer_id = :new WHERE {where}"  # noqa: S608 (constants)
    return lambda db, task: _run(db, statement, task)


def _run(db: Connection, statement: str, task: Task) -> int:
    return db.execute(statement, _used(statement, task.values)).rowcount


def _used(statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a statement names: another one would be refused."""
    return {name: value for name, value in values.items() if f":{name}" in statement}


def _about(columns: str) -> str:
    """A copy of a row about the customer: its own id, or its body names it."""
    parts = [f"instr(coalesce({column}, ''), :old)" for column in columns.split()]
    return " OR ".join(parts)


def _counted(table: str, where: str) -> str:
    return f"SELECT count(*) FROM {table} WHERE {where}"  # noqa: S608 (constants)


_IDENTITY: Final = "entity = 'identity' AND entity_id = :old AND application_id = :app"
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
        table, Category.USAGE, lambda db, task: _run(db, statement, task), _counted(table, where)
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
    TableEraser("kept_traces", Category.TECHNICAL, _kept_calls, _counted("kept_traces", _IN_BODY)),
    TableEraser(
        "limit_override",
        Category.CONFIGURATION,
        _rows_about("limit_override"),
        _counted("configuration", f"entity = 'limit_override' AND {_IN_BODY}"),
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
        _plans,
        _counted("configuration", f"entity = 'customer_plan' AND {_IN_BODY}"),
    ),
    TableEraser(
        "configuration",
        Category.ACCOUNT,
        _customer_row,
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
        _customer_hours,
        _counted("customer_hours", _OF_CUSTOMER),
    ),
    TableEraser(
        "customer_days", Category.USAGE, _customer_days, _counted("customer_days", _OF_CUSTOMER)
    ),
)
"""In this order: copies go before the rows they are copies of are renamed."""
