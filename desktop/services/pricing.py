"""Pricing rules: publishing versions offline, and their history."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing.drafts import RuleDraft, checked_terms
from desktop.domain.pricing.published import PricingRule, RuleVersion, Terms
from desktop.services.calls import callable_from_window
from desktop.services.storage import (
    applications,
    configuration,
    rule_versions,
    usage_queries,
)
from desktop.services.storage.rows import RULES

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.row_editor import RowEditor
    from desktop.services.storage.vault import Vault


class PricingService:
    def __init__(
        self,
        vault: "Vault",
        rows: "RowEditor",
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._rows = rows
        self._new_id = new_id
        self._clock = clock

    @callable_from_window
    def list_rules(self, application_id: ApplicationId) -> tuple[PricingRule, ...]:
        """The newest version of each rule, by name."""
        with self._vault.reading() as db:
            found = RULES.of_application(db, application_id)
        return tuple(sorted(found, key=lambda rule: (rule.name, rule.rule_id)))

    @callable_from_window
    def versions(self, application_id: ApplicationId) -> tuple[RuleVersion, ...]:
        """Every version of every rule, also of deleted ones, and those that wait."""
        with self._vault.reading() as db:
            return rule_versions.of_application(db, application_id)

    @callable_from_window
    def endpoints(self, application_id: ApplicationId) -> tuple[tuple[str, str], ...]:
        """Method and url of each endpoint seen so far, for the editor's choices."""
        with self._vault.reading() as db:
            return usage_queries.endpoints(db, application_id)

    @callable_from_window
    def publish(self, draft: RuleDraft, seen: PricingRule | None) -> PricingRule:
        """Store a rule's next version and queue it, both or neither.

        Args:
            draft: what it says.
            seen: the rule as the owner was looking at it; None makes a new rule.

        Raises: InvalidInput with the field, or while the rule has a conflict; VaultError.
        """
        rule_id = RuleId(f"rule_{self._new_id()}") if seen is None else seen.rule_id
        with self._vault.transaction() as db:
            terms = checked_terms(draft, self._today(db, draft.application_id))
            rule = self._put(db, _rule(terms, rule_id), seen)
        self._rows.edited()
        return rule

    @callable_from_window
    def delete_rule(self, rule_id: RuleId) -> None:
        """End a rule today and take it away; its history stays. Nothing for a rule that is gone.

        Raises: InvalidInput while the rule has a conflict; VaultError.
        """
        with self._vault.transaction() as db:
            rule = RULES.find(db, rule_id)
            if rule is not None:
                self._delete(db, rule)
        self._rows.edited()

    @callable_from_window
    def restore_rule(self, rule: PricingRule) -> PricingRule:
        """Publish a rule that was deleted again."""
        with self._vault.transaction() as db:
            stored = self._put(db, rule, None)
        self._rows.edited()
        return stored

    @callable_from_window
    def discard_rejected(self, rule_id: RuleId) -> None:
        """Drop a version the service refused and show the service's rule again."""
        self._rows.discard_rejected(RULES, rule_id)

    def _put(self, db: "Connection", rule: PricingRule, seen: PricingRule | None) -> PricingRule:
        published = rule_versions.of_rule(db, rule.application_id, rule.rule_id)
        last = max((version.version for version in published), default=0)
        numbered = replace(rule, version=last + 1)
        stored = self._rows.put(db, RULES, numbered, seen)
        if configuration.is_sample(db, rule.application_id):
            rule_versions.put_sample(db, stored, self._clock())
        return stored

    def _delete(self, db: "Connection", rule: PricingRule) -> None:
        self._rows.remove(db, RULES, rule.rule_id)
        if configuration.is_sample(db, rule.application_id):
            today = self._today(db, rule.application_id)
            ended = replace(rule, price=None, effective_from=today, version=rule.version + 1)
            rule_versions.put_sample(db, ended, self._clock())

    def _today(self, db: "Connection", application_id: ApplicationId) -> date:
        """The day it is in the application's time zone."""
        return self._clock().astimezone(applications.zones(db)(application_id)).date()


def _rule(terms: Terms, rule_id: RuleId) -> PricingRule:
    said: dict[str, Any] = {field.name: getattr(terms, field.name) for field in fields(Terms)}
    return PricingRule(**said, rule_id=rule_id)
