"""Publishing a version of a rule: numbered, stored and queued in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing.published import PricingRule, Terms
from desktop.services.storage import applications, configuration, rule_versions
from desktop.services.storage.rows import RULES

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.row_editor import RowEditor


@dataclass(frozen=True, slots=True)
class Publisher:
    """Writes versions of rules. The methods run inside a transaction of the vault."""

    rows: "RowEditor"
    clock: Callable[[], datetime]

    def edited(self) -> None:
        """Say that edits were stored; the caller's, after its transaction."""
        self.rows.edited()

    def put(self, db: "Connection", rule: PricingRule, seen: PricingRule | None) -> PricingRule:
        """Store a rule's next version and queue it; `seen` is what the owner was looking at.

        Raises: InvalidInput with the field, or while the rule has a conflict.
        """
        published = rule_versions.of_rule(db, rule.application_id, rule.rule_id)
        last = max((version.version for version in published), default=0)
        stored = self.rows.put(db, RULES, replace(rule, version=last + 1), seen)
        if configuration.is_sample(db, rule.application_id):
            rule_versions.put_sample(db, stored, self.clock())
        return stored

    def end(self, db: "Connection", rule: PricingRule) -> None:
        """End a rule today and take it away. Raises: InvalidInput while it has a conflict."""
        self.rows.remove(db, RULES, rule.rule_id)
        if configuration.is_sample(db, rule.application_id):
            today = self.today(db, rule.application_id)
            ended = replace(rule, price=None, effective_from=today, version=rule.version + 1)
            rule_versions.put_sample(db, ended, self.clock())

    def today(self, db: "Connection", application_id: ApplicationId) -> date:
        """The day it is in the application's time zone."""
        return today_in(db, application_id, self.clock())


def today_in(db: "Connection", application_id: ApplicationId, now: datetime) -> date:
    """The day it is in an application's time zone."""
    return now.astimezone(applications.zones(db)(application_id)).date()


def rule_of(terms: Terms, rule_id: RuleId) -> PricingRule:
    """A rule with these terms, not stored."""
    said: dict[str, Any] = {field.name: getattr(terms, field.name) for field in fields(Terms)}
    return PricingRule(**said, rule_id=rule_id)
