"""Pricing rules: listing, editing offline, deciding conflicts."""

from desktop.domain.editing import Conflict
from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing import PricingRule, RuleDraft
from desktop.services.calls import callable_from_window


class PricingService:
    @callable_from_window
    def list_rules(self, application_id: ApplicationId) -> tuple[PricingRule, ...]:
        """By name."""
        raise NotImplementedError

    @callable_from_window
    def endpoints(self, application_id: ApplicationId) -> tuple[tuple[str, str], ...]:
        """Method and url of each endpoint seen so far, for the editor's choices."""
        raise NotImplementedError

    @callable_from_window
    def add_rule(self, draft: RuleDraft) -> PricingRule:
        """Store a new rule and queue it. Raises: InvalidInput with the field; VaultError."""
        raise NotImplementedError

    @callable_from_window
    def change_rule(self, rule: PricingRule, draft: RuleDraft) -> PricingRule:
        """Store the changed rule and queue the edit, both or neither."""
        raise NotImplementedError

    @callable_from_window
    def delete_rule(self, rule_id: RuleId) -> None:
        raise NotImplementedError

    @callable_from_window
    def restore_rule(self, rule: PricingRule) -> PricingRule:
        """Undo a deletion."""
        raise NotImplementedError

    @callable_from_window
    def conflicts(self) -> tuple[Conflict, ...]:
        """All rows of any kind whose edit the service did not take, oldest first."""
        raise NotImplementedError

    @callable_from_window
    def keep_mine(self, conflict_id: int) -> None:
        """Send our version again, on top of theirs."""
        raise NotImplementedError

    @callable_from_window
    def keep_theirs(self, conflict_id: int) -> None:
        """Drop our edit and take the service's row."""
        raise NotImplementedError
