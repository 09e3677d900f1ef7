"""Pricing rules: listing, and editing offline."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing import PricingRule, RuleDraft, checked_rule
from desktop.services.calls import callable_from_window
from desktop.services.storage import pricing_rules, usage_queries
from desktop.services.storage.configuration import RowKey
from desktop.services.storage.outbox import ServiceRow

if TYPE_CHECKING:
    from desktop.services.editing import Edits
    from desktop.services.storage.vault import Vault


class PricingService:
    def __init__(
        self,
        vault: "Vault",
        edits: "Edits",
        new_id: Callable[[], str],
        edited: Callable[[], None],
    ) -> None:
        """`edited` is called after each edit was stored."""
        self._vault = vault
        self._edits = edits
        self._new_id = new_id
        self._edited = edited

    @callable_from_window
    def list_rules(self, application_id: ApplicationId) -> tuple[PricingRule, ...]:
        """By name."""
        with self._vault.reading() as db:
            return pricing_rules.of_application(db, application_id)

    @callable_from_window
    def endpoints(self, application_id: ApplicationId) -> tuple[tuple[str, str], ...]:
        """Method and url of each endpoint seen so far, for the editor's choices."""
        with self._vault.reading() as db:
            return usage_queries.endpoints(db, application_id)

    @callable_from_window
    def add_rule(self, draft: RuleDraft) -> PricingRule:
        """Store a new rule and queue it. Raises: InvalidInput with the field; VaultError."""
        rule_id = RuleId(f"rule_{self._new_id()}")
        return self._save(checked_rule(rule_id, draft), seen=None)

    @callable_from_window
    def change_rule(self, rule: PricingRule, draft: RuleDraft) -> PricingRule:
        """Store the changed rule and queue the edit, both or neither.

        Raises: InvalidInput with the field, or while the rule has a conflict; VaultError.
        """
        seen = ServiceRow(rule.revision, pricing_rules.body_text(rule))
        return self._save(checked_rule(rule.rule_id, draft), seen)

    @callable_from_window
    def delete_rule(self, rule_id: RuleId) -> None:
        """Take a rule away and queue the deletion; does nothing for a rule that is gone."""
        with self._vault.transaction() as db:
            self._edits.delete(db, RowKey("pricing_rule", rule_id))
        self._edited()

    @callable_from_window
    def restore_rule(self, rule: PricingRule) -> PricingRule:
        """Undo a deletion."""
        return self._save(rule, seen=None)

    @callable_from_window
    def discard_rejected(self, rule_id: RuleId) -> None:
        """Drop an edit the service refused and show the service's rule again."""
        with self._vault.transaction() as db:
            self._edits.discard_rejected(db, RowKey("pricing_rule", rule_id))
        self._edited()

    def _save(self, rule: PricingRule, seen: ServiceRow | None) -> PricingRule:
        key = RowKey("pricing_rule", rule.rule_id)
        with self._vault.transaction() as db:
            self._edits.save(db, key, pricing_rules.body(rule), seen)
            stored = pricing_rules.find(db, rule.rule_id)
        self._edited()
        return stored
