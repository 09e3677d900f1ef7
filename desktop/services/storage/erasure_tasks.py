"""What an eraser of one table is given, and what it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import ErasedCustomer

if TYPE_CHECKING:
    from sqlite3 import Connection


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


def run(db: Connection, statement: str, task: Task) -> int:
    """Run a statement with the values of the task; how many rows it changed."""
    return db.execute(statement, used(statement, task.values)).rowcount


def used(statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a statement names: another one would be refused."""
    return {name: value for name, value in values.items() if f":{name}" in statement}
