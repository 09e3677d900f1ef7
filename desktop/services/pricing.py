"""Pricing rules: publishing versions offline, and their history."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing.changes import MonthUse, PublishPreview
from desktop.domain.pricing.drafts import KeptDraft, RuleDraft, checked_terms
from desktop.domain.pricing.published import PricingRule, RuleVersion
from desktop.services import publish_preview
from desktop.services.calls import callable_from_window
from desktop.services.publishing import rule_of
from desktop.services.storage import rule_drafts, rule_versions, usage_queries
from desktop.services.storage.rows import RULES

if TYPE_CHECKING:
    from desktop.services.publishing import Publisher
    from desktop.services.storage.vault import Vault


class PricingService:
    def __init__(
        self,
        vault: "Vault",
        publisher: "Publisher",
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._publisher = publisher
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
            terms = checked_terms(draft, self._publisher.today(db, draft.application_id))
            rule = self._publisher.put(db, rule_of(terms, rule_id), seen)
            rule_drafts.remove(db, draft.application_id, seen.rule_id if seen else None)
        self._publisher.edited()
        return rule

    @callable_from_window
    def preview(self, draft: RuleDraft, seen: PricingRule | None) -> PublishPreview:
        """What `publish` would do; stores nothing. Raises: InvalidInput with the field."""
        rule_id = RuleId("") if seen is None else seen.rule_id
        with self._vault.reading() as db:
            today = self._publisher.today(db, draft.application_id)
            return publish_preview.preview(db, rule_of(checked_terms(draft, today), rule_id), today)

    @callable_from_window
    def month_uses(self, draft: RuleDraft) -> tuple[MonthUse, ...]:
        """What each customer used in the last 30 days where a draft applies, largest first."""
        with self._vault.reading() as db:
            today = self._publisher.today(db, draft.application_id)
            return publish_preview.month_uses(db, draft, today)

    @callable_from_window
    def keep_draft(self, draft: RuleDraft, rule_id: RuleId | None) -> None:
        """Keep what is typed, so that no crash takes it; None is a rule that is not yet there."""
        with self._vault.transaction() as db:
            rule_drafts.put(db, draft, rule_id, self._clock())

    @callable_from_window
    def drop_draft(self, application_id: ApplicationId, rule_id: RuleId | None) -> None:
        """Forget what was typed; does nothing where nothing was."""
        with self._vault.transaction() as db:
            rule_drafts.remove(db, application_id, rule_id)

    @callable_from_window
    def drafts(self, application_id: ApplicationId) -> tuple[KeptDraft, ...]:
        """What was typed and not published."""
        with self._vault.reading() as db:
            return rule_drafts.of_application(db, application_id)

    @callable_from_window
    def delete_rule(self, rule_id: RuleId) -> None:
        """End a rule today and take it away; its history stays. Nothing for a rule that is gone.

        Raises: InvalidInput while the rule has a conflict; VaultError.
        """
        with self._vault.transaction() as db:
            rule = RULES.find(db, rule_id)
            if rule is not None:
                self._publisher.end(db, rule)
                rule_drafts.remove(db, rule.application_id, rule_id)
        self._publisher.edited()

    @callable_from_window
    def restore_rule(self, rule: PricingRule) -> PricingRule:
        """Publish a rule that was deleted again."""
        with self._vault.transaction() as db:
            stored = self._publisher.put(db, rule, None)
        self._publisher.edited()
        return stored

    @callable_from_window
    def discard_rejected(self, rule_id: RuleId) -> None:
        """Drop a version the service refused and show the service's rule again."""
        self._publisher.rows.discard_rejected(RULES, rule_id)
