"""Edits of configuration rows as values: checked by the contract, stored and queued together."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from desktop.domain.errors import InvalidInput
from desktop.services.storage.configuration import RowKey
from desktop.services.storage.outbox import ServiceRow
from desktop.services.storage.rows import Rows

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.editing import Edits
    from desktop.services.storage.vault import Vault

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class RowEditor:
    """Writes rows the way the owner wants them. Any thread."""

    vault: "Vault"
    edits: "Edits"
    edited: Callable[[], None]
    """Called after each edit was stored."""

    def save(self, rows: Rows[Value], value: Value, seen: Value | None = None) -> Value:
        """Store a value and queue the edit; `seen` is what the owner was looking at.

        Raises: InvalidInput with the field, or while the row has a conflict; VaultError.
        """
        return self.save_all(rows, (value,), seen)[0]

    def save_all(
        self, rows: Rows[Value], values: Iterable[Value], seen: Value | None = None
    ) -> tuple[Value, ...]:
        """Store several values, all or none; `seen` is what the first one was. Raises as `save`."""
        stored = []
        with self.vault.transaction() as db:
            for place, value in enumerate(values):
                stored.append(self.put(db, rows, value, seen if place == 0 else None))
        self.edited()
        return tuple(stored)

    def delete(self, rows: Rows[Any], entity_id: str) -> None:
        """Take a row away and queue the deletion; does nothing for a row that is gone.

        Raises: InvalidInput while the row has a conflict; VaultError.
        """
        with self.vault.transaction() as db:
            self.remove(db, rows, entity_id)
        self.edited()

    def discard_rejected(self, rows: Rows[Any], entity_id: str) -> None:
        """Drop an edit the service refused and show the service's row again."""
        with self.vault.transaction() as db:
            self.edits.discard_rejected(db, RowKey(rows.entity, entity_id))
        self.edited()

    def put(
        self, db: "Connection", rows: Rows[Value], value: Value, seen: Value | None = None
    ) -> Value:
        """Store a value within a transaction; `edited` is the caller's. Raises as `save`."""
        body = checked_body(rows.entity, rows.body(value))
        self.edits.save(db, rows.key(value), body, _seen_row(rows, seen))
        return _found(db, rows, value)

    def remove(self, db: "Connection", rows: Rows[Any], entity_id: str) -> None:
        """Take a row away within a transaction; `edited` is the caller's. Raises as `delete`."""
        self.edits.delete(db, RowKey(rows.entity, entity_id))


def checked_body(entity: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The whole body as the service stores it: a field that was not given has its default.

    Raises: InvalidInput with the dotted field that the contract does not take.
    """
    from pydantic import ValidationError

    from desktop.services.answers import BODIES

    try:
        body = BODIES[entity].model_validate_json(json.dumps(fields))
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        raise InvalidInput(
            f"This value cannot be used: {wrong['msg']}. Nothing was changed.",
            field=".".join(str(part) for part in wrong["loc"]),
        ) from error
    return body.model_dump(mode="json")


def _seen_row(rows: Rows[Value], seen: Value | None) -> ServiceRow | None:
    if seen is None:
        return None
    standing = seen.standing  # type: ignore[attr-defined]  # every kind of row has one
    return ServiceRow(standing.revision, json.dumps(checked_body(rows.entity, rows.body(seen))))


def _found(db: "Connection", rows: Rows[Value], value: Value) -> Value:
    found = rows.find(db, rows.key(value).entity_id)
    if found is None:
        raise AssertionError  # it was stored a moment ago, in the same transaction
    return found
