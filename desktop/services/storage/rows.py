"""Configuration rows as values of the domain: one reader and writer for every kind.

The fields of a value are those of the contract's body; beside them stand its id and its standing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import msgspec

from desktop.domain.applications import ApplicationSettings, ScrubRule
from desktop.domain.customers import Customer
from desktop.domain.policies import Block, LimitOverride, Policy
from desktop.domain.pricing.published import CustomerPlan, Plan, PricingRule, RuleVersion
from desktop.domain.privacy.freezing import Freeze
from desktop.services.storage.configuration import RowKey

if TYPE_CHECKING:
    from sqlite3 import Connection

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Rows(Generic[Value]):
    """Rows of one entity as values of one class."""

    entity: str
    kind: type[Value]
    id_field: str

    def of_application(self, db: Connection, application_id: str) -> tuple[Value, ...]:
        """In order of their ids."""
        found = db.execute(
            """
            SELECT entity_id, body, revision, state, problem FROM configuration
            WHERE entity = :entity AND application_id = :application_id ORDER BY entity_id
            """,
            {"entity": self.entity, "application_id": application_id},
        )
        return tuple(self._value(row) for row in found)

    def everything(self, db: Connection) -> tuple[Value, ...]:
        """Rows of all applications, in order of their ids."""
        found = db.execute(
            """
            SELECT entity_id, body, revision, state, problem FROM configuration
            WHERE entity = :entity ORDER BY entity_id
            """,
            {"entity": self.entity},
        )
        return tuple(self._value(row) for row in found)

    def find(self, db: Connection, entity_id: str) -> Value | None:
        row = db.execute(
            """
            SELECT entity_id, body, revision, state, problem FROM configuration
            WHERE entity = :entity AND entity_id = :entity_id
            """,
            {"entity": self.entity, "entity_id": entity_id},
        ).fetchone()
        return None if row is None else self._value(row)

    def key(self, value: Value) -> RowKey:
        return RowKey(self.entity, getattr(value, self.id_field))

    def body(self, value: Value) -> dict[str, Any]:
        """The fields of the contract's body; an application's id is none of them."""
        written: dict[str, Any] = {
            field.name: _written(getattr(value, field.name))
            for field in fields(value)  # type: ignore[arg-type]  # every kind is a dataclass
            if field.name not in {self.id_field, "standing"}
        }
        return written

    def _value(self, row: tuple[Any, ...]) -> Value:
        entity_id, body, revision, state, problem = row
        given = {**json.loads(body), self.id_field: entity_id}
        standing = {"revision": revision, "state": state, "problem": problem}
        return msgspec.convert({**given, "standing": standing}, self.kind)


def _written(part: object) -> object:
    """JSON of a field; times in the contract's form, UTC to the second."""
    if isinstance(part, datetime):
        return part.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return msgspec.to_builtins(part)


CUSTOMERS: Final = Rows("customer", Customer, "customer_id")
APPLICATIONS: Final = Rows("application", ApplicationSettings, "application_id")
POLICIES: Final = Rows("policy", Policy, "policy_id")
BLOCKS: Final = Rows("block", Block, "block_id")
FREEZES: Final = Rows("freeze", Freeze, "freeze_id")
OVERRIDES: Final = Rows("limit_override", LimitOverride, "override_id")
SCRUB_RULES: Final = Rows("scrub_rule", ScrubRule, "scrub_rule_id")
RULES: Final = Rows("pricing_rule", PricingRule, "rule_id")
VERSIONS: Final = Rows("rule_version", RuleVersion, "version_id")
PLANS: Final = Rows("plan", Plan, "plan_id")
CUSTOMER_PLANS: Final = Rows("customer_plan", CustomerPlan, "customer_plan_id")
