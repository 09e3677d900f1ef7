"""Takes customers out of the vault, and says which are in it.

All functions take a connection inside a transaction of the vault, and may be repeated.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from contract.erasure import subject_mac
from desktop.domain.privacy.erasure import ErasedCustomer
from desktop.services.storage.erasers import ERASERS
from desktop.services.storage.erasure_tasks import Task, used

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
UNION SELECT pair.value ->> 1 FROM written_files, json_each(customers) AS pair
WHERE pair.value ->> 0 = :app
UNION SELECT body ->> 'customer_id' FROM kept_traces
WHERE application_id = :app AND body ->> 'customer_id' IS NOT NULL
"""

IsTheirs = Callable[[str], bool]
"""Whether an address is one of the person's."""


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
        {one.table: db.execute(one.count, used(one.count, values)).fetchone()[0] for one in ERASERS}
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
