"""Takes a person out of what the API's owner wrote: notes and tags of keys, names of views.

Only whole words are replaced, so that the rest of a text stays what it was. A person is told by
the id, by the name the owner gave, and by addresses, which a keyed hash recognizes.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.privacy.erasure import ErasedCustomer

ADDRESS: Final = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
SOMEBODY: Final = "[erased]"
"""Stands for an address."""
SHORTEST_NAME: Final = 2
"""A single letter is a word of too many texts."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A column in which the owner writes what they like; the names are of the table."""

    table: str
    key: str
    column: str
    where: str = "TRUE"
    json_path: str = ""
    """Of the text in a column of JSON."""

    @property
    def read(self) -> str:
        return f"{self.column} ->> '{self.json_path}'" if self.json_path else self.column

    @property
    def written(self) -> str:
        return f"json_set({self.column}, '{self.json_path}', :text)" if self.json_path else ":text"


TEXTS: Final = (
    # A copy in the system's keyring is found by the key's name, so that one is left to the owner.
    _Text("secrets", "secret_id", "name", "NOT in_keyring"),
    _Text("secrets", "secret_id", "note"),
    _Text("secrets", "secret_id", "scope"),
    _Text("secrets", "secret_id", "tags"),
    _Text("incidents", "incident_id", "words"),
    _Text("saved_views", "view_id", "name"),
    _Text("scenarios", "scenario_id", "name"),
    _Text("alert_rules", "rule_id", "body", json_path="$.name"),
)
TABLES: Final = frozenset(text.table for text in TEXTS)

Rewrite = Callable[[str], str]


def rewriting(
    db: Connection, customers: Iterable[ErasedCustomer], is_theirs: Callable[[str], bool]
) -> Rewrite:
    """What takes these people out of a text; made before their names are erased."""
    instead: dict[str, str] = {}
    for one in customers:
        for word in (one.customer_id, *_names(db, one)):
            for spelling in (word, json.dumps(word)[1:-1]):
                instead[spelling] = one.replacement
    words = sorted(instead, key=len, reverse=True)
    instead |= {word.lower(): instead[word] for word in words}
    pattern = re.compile("|".join(map(_whole, words)) or r"(?!)", re.IGNORECASE)

    def rewritten(text: str) -> str:
        text = ADDRESS.sub(lambda m: SOMEBODY if is_theirs(m[0]) else m[0], text)
        return pattern.sub(lambda m: instead.get(m[0].lower(), SOMEBODY), text)

    return rewritten


def erase(db: Connection, rewritten: Rewrite) -> Counter[str]:
    """Rewrite every text that names them; how many by table. In a transaction; repeatable."""
    done: Counter[str] = Counter()
    for text in TEXTS:
        for key, after in _changes(db, text, rewritten):
            _put(db, text, key, after)
            done[text.table] += 1
    return done


def count(db: Connection, rewritten: Rewrite) -> Counter[str]:
    """How many texts of each table name them."""
    return Counter(text.table for text in TEXTS for _ in _changes(db, text, rewritten))


def _names(db: Connection, erased: ErasedCustomer) -> list[str]:
    rows = db.execute(
        "SELECT body ->> 'name' FROM configuration WHERE entity = 'customer' "
        "AND entity_id = :id AND application_id = :app",
        {"id": erased.customer_id, "app": erased.application_id},
    )
    return [name for (name,) in rows if name and len(name) >= SHORTEST_NAME]


def _changes(db: Connection, text: _Text, rewritten: Rewrite) -> list[tuple[str, str]]:
    """Key and new text of each that changes."""
    rows = db.execute(f"SELECT {text.key}, {text.read} FROM {text.table} WHERE {text.where}")  # noqa: S608 (constants)
    found = [(key, before, rewritten(before)) for key, before in rows if before]
    return [(key, after) for key, before, after in found if before != after]


def _put(db: Connection, text: _Text, key: str, after: str) -> None:
    statement = (
        f"UPDATE OR IGNORE {text.table} SET {text.column} = {text.written} WHERE {text.key} = :key"  # noqa: S608 (constants)
    )
    if not db.execute(statement, {"text": after, "key": key}).rowcount:
        # Another one got the same name by this; the id tells them apart.
        db.execute(statement, {"text": f"{after} {key}", "key": key})


def _whole(word: str) -> str:
    """A pattern of the word where it is no part of another."""
    before = "" if _has_no_edge(word[0]) else r"(?<!\w)"
    after = "" if _has_no_edge(word[-1]) else r"(?!\w)"
    return f"{before}{re.escape(word)}{after}"


def _has_no_edge(char: str) -> bool:
    """Of scripts that write words without spaces between them."""
    return unicodedata.category(char) == "Lo"
