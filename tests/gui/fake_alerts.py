"""Alerts for the window: three rules, one of which found something."""

from dataclasses import replace
from datetime import UTC, datetime, time
from decimal import Decimal

from desktop.domain.alerts import (
    AlertEvent,
    AlertKind,
    AlertLine,
    AlertRule,
    AlertsPicture,
    Finding,
    QuietHours,
)
from desktop.domain.attention import Attention, Urgency
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage_questions import Dimension, Measure
from desktop.services import attention
from desktop.services.alerts import service
from desktop.services.calls import callable_from_window

APP = ApplicationId("app_acme")
RULES = (
    AlertRule(
        "alert_1", APP, "Errors of an endpoint", AlertKind.RISE, Decimal(50),
        Measure.ERRORS, Dimension.ENDPOINT,
    ),
    AlertRule("alert_2", APP, "Monthly cap", AlertKind.FORECAST, Decimal(15_000_000)),
    AlertRule("alert_3", APP, "Silent night", AlertKind.SILENCE, hours=6, enabled=False),
)  # fmt: skip
LOOKED = datetime(2026, 11, 23, 14, 2, tzinfo=UTC)
TOLD = "Errors of GET /v1/search: 412 yesterday, 310 % above the 100 before."
EVENTS = (
    AlertEvent(
        2, "alert_1", "Errors of an endpoint", TOLD, datetime(2026, 11, 23, 9, 2, tzinfo=UTC),
        None, datetime(2026, 11, 23, 9, 2, tzinfo=UTC),
    ),
    AlertEvent(
        1, "alert_2", "Monthly cap", "Requests: about 15,100,000 expected this month, and the "
        "limit is 15,000,000.", datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
        datetime(2026, 11, 21, 8, 0, tzinfo=UTC), None,
    ),
)  # fmt: skip
ENTRIES = (
    Attention(
        "alert:2", Urgency.NOW, "GET /v1/search fails more often than usual.",
        "412 errors yesterday, 100 the day before.", "alerts", "alert_1",
    ),
    Attention(
        "key_expiry:k_1", Urgency.SOON, "The key “Stripe, restricted” ends soon.",
        "Rotate it, or revoke it when nothing uses it any more.", "keys", "k_1",
        due=datetime(2026, 12, 2, tzinfo=UTC),
    ),
)  # fmt: skip


class AlertService(service.AlertService):
    def __init__(self, controls) -> None:
        self.controls = controls
        self.rules = list(RULES)
        self.quiet = QuietHours(time(22), time(7))

    @callable_from_window
    def picture(self, application_id: ApplicationId) -> AlertsPicture:
        self.controls.enter("AlertService.picture", application_id)
        if not self.controls.has_usage:
            return AlertsPicture((), (), QuietHours(), can_notify=True)
        hostile = self.controls.hostile
        lines = tuple(
            AlertLine(
                replace(rule, name=hostile + rule.name), int(rule.rule_id == "alert_1"), "", LOOKED
            )
            for rule in self.rules
        )
        return AlertsPicture(lines, EVENTS, self.quiet, can_notify=True)

    @callable_from_window
    def save(self, rule: AlertRule) -> AlertRule:
        self.controls.enter("AlertService.save", rule)
        if not rule.name:
            raise InvalidInput("A name has 1 to 200 characters. Nothing was stored.", field="name")
        stored = replace(rule, rule_id=rule.rule_id or "alert_9")
        self.rules = [one for one in self.rules if one.rule_id != stored.rule_id] + [stored]
        return stored

    @callable_from_window
    def delete(self, rule_id: str) -> AlertRule:
        self.controls.enter("AlertService.delete", rule_id)
        (gone,) = (one for one in self.rules if one.rule_id == rule_id)
        self.rules.remove(gone)
        return gone

    @callable_from_window
    def snooze(self, rule_id: str, until: datetime | None) -> AlertRule:
        self.controls.enter("AlertService.snooze", rule_id, until)
        (rule,) = (one for one in self.rules if one.rule_id == rule_id)
        return rule

    @callable_from_window
    def set_quiet_hours(self, quiet: QuietHours) -> None:
        self.controls.enter("AlertService.set_quiet_hours", quiet)
        self.quiet = quiet

    @callable_from_window
    def try_out(self, rule: AlertRule) -> tuple[Finding, ...]:
        self.controls.enter("AlertService.try_out", rule)
        if rule.limit > 100:
            return ()
        return tuple(
            Finding(f"end_{n}|calls", f"end_{n}", True, Decimal(n), f"Found {n}.")  # noqa: FBT003
            for n in range(7)
        )


class AttentionService(attention.AttentionService):
    def __init__(self, controls) -> None:
        self.controls = controls

    @callable_from_window
    def entries(self, application_id: ApplicationId) -> tuple[Attention, ...]:
        self.controls.enter("AttentionService.entries", application_id)
        if not self.controls.has_usage:
            return ()
        hostile = self.controls.hostile
        return tuple(replace(entry, title=hostile + entry.title) for entry in ENTRIES)


ALERT_SERVICES = (AlertService, AttentionService)
