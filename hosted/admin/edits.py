"""Takes the owner's edits: idempotent by key, checked against the revision the owner saw."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from contract.messages.configuration import (
    ApplicationChange,
    ConfigurationRow,
    Edit,
    EditResult,
    PlanChange,
)
from contract.messages.pricing import PricingRuleBody
from hosted.admin.audit import shown
from hosted.admin.pricing_checks import check_unused
from hosted.admin.problems import Refusal
from hosted.admin.publishing import ended, published, put_version
from hosted.admin.reach import EVERYTHING, OUTSIDE, Scope
from hosted.admin.rejection import Rejected
from hosted.admin.rules import check, owner_of
from hosted.storage.access_records import AuditRecord
from hosted.storage.base import Transaction
from hosted.storage.configuration_records import ConfigRow, StoredAnswer

DEPENDENTS = (
    "policy", "pricing_rule", "rule_version", "plan", "customer_plan", "limit_override", "block",
    "freeze", "scrub_rule", "catalog",
)  # fmt: skip
"""Rows that go with their application."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Answers in the order of the edits, and every row they changed."""

    results: tuple[EditResult, ...]
    rows: tuple[ConfigRow, ...]


@dataclass(frozen=True, slots=True)
class ApplyEdits:
    """A push as one command: every edit gets an answer of its own, all are committed together."""

    edits: tuple[Edit, ...]
    now_us: int
    actor: str
    """Id of the token they were sent with."""
    scope: Scope = EVERYTHING
    """Applications that token holds for."""

    def apply(self, transaction: Transaction) -> Applied | Refusal:
        if not all(self._is_within(transaction, edit) for edit in self.edits):
            return Refusal(403, OUTSIDE)
        rows: list[ConfigRow] = []
        results = tuple(self._answer(transaction, edit, rows) for edit in self.edits)
        return Applied(results, tuple(rows))

    def _is_within(self, transaction: Transaction, edit: Edit) -> bool:
        """Whether the row belongs, as it is and as it would be, to applications of the scope."""
        stored = transaction.configuration(edit.edit.entity, edit.entity_id)
        if stored is not None and not self.scope.holds_for(stored.application_id):
            return False
        return edit.edit.body is None or self.scope.holds_for(owner_of(edit))

    def _answer(self, transaction: Transaction, edit: Edit, rows: list[ConfigRow]) -> EditResult:
        fingerprint = hashlib.sha256(edit.model_dump_json().encode()).digest()
        stored = transaction.answer(edit.idempotency_key)
        if stored is None:
            result = self._decide(transaction, edit, rows)
            answer = StoredAnswer(fingerprint, result.model_dump_json())
            transaction.put_answer(edit.idempotency_key, answer, self.now_us)
            return result
        if stored.fingerprint != fingerprint:
            return _rejected(edit, "idempotency_key", "This key belongs to another edit.")
        return EditResult.model_validate_json(stored.result)

    def _decide(self, transaction: Transaction, edit: Edit, rows: list[ConfigRow]) -> EditResult:
        stored = transaction.configuration(edit.edit.entity, edit.entity_id)
        if not _is_current(edit, stored):
            return EditResult(
                idempotency_key=edit.idempotency_key,
                outcome="conflict",
                current=None if stored is None else as_contract(stored),
            )
        try:
            changed = self._store(transaction, edit, stored)
        except Rejected as refusal:
            return _rejected(edit, refusal.field, str(refusal))
        rows += changed
        return EditResult(
            idempotency_key=edit.idempotency_key, outcome="accepted", revision=changed[-1].revision
        )

    def _store(
        self, transaction: Transaction, edit: Edit, stored: ConfigRow | None
    ) -> list[ConfigRow]:
        body = edit.edit.body
        if body is None:
            return self._delete(transaction, edit, stored)
        check(transaction, edit)
        before = stored or ConfigRow(edit.edit.entity, edit.entity_id, "", 0, None)
        owned = replace(before, application_id=owner_of(edit))
        if isinstance(body, PricingRuleBody):
            return self._publish(transaction, owned, published(transaction, edit, body))
        return [self._write(transaction, owned, body.model_dump(mode="json"))]

    def _delete(
        self, transaction: Transaction, edit: Edit, stored: ConfigRow | None
    ) -> list[ConfigRow]:
        """Delete a row with what depends on it; a rule's versions stay, with an end."""
        if stored is None or stored.body is None:
            raise Rejected("entity_id", "There is nothing to delete.")
        if isinstance(edit.edit, PlanChange):
            check_unused(transaction, stored.application_id, stored.entity_id)
        versions = []
        if stored.entity == "pricing_rule":
            last = ended(transaction, stored, self.now_us)
            versions.append(put_version(transaction, stored.entity_id, last, self.now_us))
        gone = [*_dependents(transaction, edit), stored]
        return [*versions, *(self._write(transaction, row, None) for row in gone)]

    def _publish(
        self, transaction: Transaction, rule: ConfigRow, body: dict[str, Any]
    ) -> list[ConfigRow]:
        """Store a version and make it the newest; the audit log hears of it once."""
        version = put_version(transaction, rule.entity_id, body, self.now_us)
        return [version, self._write(transaction, rule, body)]

    def _write(
        self, transaction: Transaction, row: ConfigRow, body: dict[str, Any] | None
    ) -> ConfigRow:
        """Store a row's new body and the log's entry of it, both or neither."""
        transaction.append_audit(
            AuditRecord(
                at_us=self.now_us,
                actor=self.actor,
                action=_action(row.body, body),
                entity=row.entity,
                entity_id=row.entity_id,
                before=shown(row.entity, row.body),
                after=shown(row.entity, body),
            )
        )
        written = transaction.put_configuration(row.entity, row.entity_id, row.application_id, body)
        if row.entity == "freeze" and row.body is not None:
            transaction.send_again(row.application_id, str(row.body["customer_id"]))
        return written


def as_contract(row: ConfigRow) -> ConfigurationRow:
    """A stored row in the contract's form."""
    return ConfigurationRow.model_validate(
        {
            "entity": row.entity,
            "entity_id": row.entity_id,
            "revision": row.revision,
            "deleted": row.body is None,
            "body": None if row.body is None else dict(row.body),
        }
    )


def _is_current(edit: Edit, stored: ConfigRow | None) -> bool:
    """Whether the owner saw the newest row; who saw no row may also bring a deleted one back."""
    if stored is None:
        return edit.base_revision == 0
    if stored.body is None and edit.base_revision == 0:
        return True
    return edit.base_revision == stored.revision


def _dependents(transaction: Transaction, edit: Edit) -> list[ConfigRow]:
    if not isinstance(edit.edit, ApplicationChange):
        return []
    return [
        row for entity in DEPENDENTS for row in transaction.configuration_of(edit.entity_id, entity)
    ]


def _action(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str:
    if after is None:
        return "delete"
    return "create" if before is None else "change"


def _rejected(edit: Edit, field: str, reason: str) -> EditResult:
    return EditResult(
        idempotency_key=edit.idempotency_key, outcome="rejected", field=field, reason=reason
    )
