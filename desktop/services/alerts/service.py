"""Alerts: rules are looked at after each sync; what begins is told once, and kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from desktop.domain.alerts import (
    MOST_DAYS,
    MOST_HOURS,
    SUMMED,
    AlertKind,
    AlertRule,
    AlertsPicture,
    Finding,
    QuietHours,
)
from desktop.domain.attention import Attention, Urgency
from desktop.domain.errors import InvalidInput, VaultError
from desktop.domain.ids import ApplicationId
from desktop.domain.policy_text import MAX_NAME
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Grain, Measure, Question, obstacle
from desktop.services.alerts.looking import Looking
from desktop.services.calls import callable_from_window, no_report
from desktop.services.storage import alerts, applications

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.usage_questions import Answer
    from desktop.services.alerts.notifying import Notifier
    from desktop.services.attention import Scene
    from desktop.services.storage.vault import Vault
    from desktop.services.usage_questions import UsageQuestionService

log = logging.getLogger(__name__)

TOPIC: Final = "alerts"
PAUSE: Final = timedelta(seconds=10)
"""While every second brings a sync, rules are looked at no more often than this."""
MOST_HISTORY: Final = 200
MOST_RULES: Final = 100
ANY_DAY: Final = DateRange(date(2026, 1, 1), date(2026, 1, 2))
"""Whether a question can be answered does not depend on the days."""
EACH_BY_ITSELF: Final = 3
"""More alerts at once are told in one notification."""
SHOWN_OPEN: Final = 5
"""Of one application in the needs-attention list; the page has all."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How alerts leave the vault."""

    notice: Callable[[str], None]
    """Told `alerts` when something began or ended."""
    notifier: Notifier
    local: Callable[[datetime], datetime]
    """A moment on the computer's wall clock."""


class AlertService:
    """Needs the open vault: a locked one is looked at by nobody. Any thread."""

    def __init__(
        self,
        vault: Vault,
        questions: UsageQuestionService,
        telling: Telling,
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._questions = questions
        self._telling = telling
        self._new_id = new_id
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._looked: datetime | None = None

    @callable_from_window
    def picture(self, application_id: ApplicationId) -> AlertsPicture:
        """Rules and history of an application. Raises: VaultError."""
        can_notify = self._telling.notifier.is_there()
        with self._vault.reading() as db:
            return AlertsPicture(
                alerts.lines(db, application_id),
                alerts.history(db, application_id, MOST_HISTORY),
                alerts.quiet_hours(db),
                can_notify,
            )

    @callable_from_window
    def save(self, rule: AlertRule) -> AlertRule:
        """Store a rule, and look at it at once; a new one gets its id here.

        Raises: InvalidInput with the field, VaultError.
        """
        checked = _checked(rule)
        stored = replace(checked, rule_id=checked.rule_id or f"alert_{self._new_id()}")
        with self._vault.transaction() as db:
            if len(alerts.rules(db)) >= MOST_RULES and not rule.rule_id:
                raise InvalidInput(
                    f"There are {MOST_RULES} alerts already. Nothing was stored. Delete one first."
                )
            alerts.put_rule(db, stored)
        self._look_at_all((stored,))
        self._telling.notice(TOPIC)
        return stored

    @callable_from_window
    def delete(self, rule_id: str) -> AlertRule:
        """Take a rule away; its history stays. The rule as it was, for `save` to bring it back.

        Raises: InvalidInput (it is gone), VaultError.
        """
        with self._vault.transaction() as db:
            rule = _found(db, rule_id)
            alerts.end(db, rule_id, alerts.open_findings(db, rule_id), self._clock())
            alerts.remove_rule(db, rule_id)
        self._telling.notice(TOPIC)
        return rule

    @callable_from_window
    def snooze(self, rule_id: str, until: datetime | None) -> AlertRule:
        """Let a rule say nothing until a moment (aware), or speak again; the rule as it was.

        Raises: InvalidInput (it is gone), VaultError.
        """
        with self._vault.transaction() as db:
            rule = _found(db, rule_id)
            until_utc = None if until is None else until.astimezone(UTC)
            alerts.put_rule(db, replace(rule, snoozed_until=until_utc))
        self._telling.notice(TOPIC)
        return rule

    @callable_from_window
    def set_quiet_hours(self, quiet: QuietHours) -> None:
        """Disturb nobody between two times of the computer's clock. Raises: VaultError."""
        with self._vault.transaction() as db:
            alerts.put_quiet_hours(db, quiet)
        self._telling.notice(TOPIC)

    @callable_from_window
    def try_out(self, rule: AlertRule) -> tuple[Finding, ...]:
        """What a rule would find now; nothing is stored.

        Raises: InvalidInput with the field, VaultError.
        """
        return self._findings(_checked(rule))

    def after_sync(self) -> None:
        """Look at every rule, if the last look is not of a moment ago. Raises nothing.

        An alert must not keep a sync from ending: what went wrong is in the log, and tried again.
        """
        now = self._clock()
        if self._looked is not None and timedelta(0) <= now - self._looked < PAUSE:
            return
        self._looked = now
        try:
            with self._vault.reading() as db:
                rules = alerts.rules(db)
            if self._look_at_all(rules):
                self._telling.notice(TOPIC)
            self._tell(rules)
        except VaultError as error:
            log.warning("Alerts could not be looked at: %s", error)

    def attention(self, db: Connection, scene: Scene) -> Iterable[Attention]:
        """Alerts that last and are not snoozed, for the needs-attention list."""
        app = scene.application.application_id
        awake = {
            line.rule.rule_id for line in alerts.lines(db, app) if speaks(line.rule, scene.now)
        }
        lasting = [
            event
            for event in alerts.history(db, app, MOST_HISTORY)
            if event.ended_at is None and event.rule_id in awake
        ]
        return (
            Attention(
                key=f"alert:{event.event_id}",
                urgency=Urgency.SOON,
                title=f"{event.rule_name}.",
                detail=event.text,
                destination="alerts",
                target=event.rule_id,
                since=event.began_at,
            )
            for event in lasting[:SHOWN_OPEN]
        )

    def _look_at_all(self, rules: Sequence[AlertRule]) -> bool:
        """Look at rules one by one; whether anything began or ended."""
        with self._one_at_a_time:
            changed = [self._look_at(rule) for rule in rules if rule.enabled]
        return any(changed)

    def _look_at(self, rule: AlertRule) -> bool:
        problem = ""
        findings: tuple[Finding, ...] | None = None
        try:
            findings = self._findings(rule)
        except InvalidInput as error:
            problem = str(error)  # such as an application that is gone; the page shows it
        now = self._clock()
        with self._vault.transaction() as db:
            alerts.note_look(db, rule.rule_id, now, problem)
            if findings is None or alerts.find_rule(db, rule.rule_id) is None:
                return False
            return _take_in(db, rule, findings, now)

    def _findings(self, rule: AlertRule) -> tuple[Finding, ...]:
        with self._vault.reading() as db:
            zone = applications.zones(db)(rule.application_id)

        def ask(question: Question) -> Answer:
            return self._questions.ask(no_report, question, 0)

        return Looking(ask, rule, self._clock(), zone).findings()

    def _tell(self, rules: Iterable[AlertRule]) -> None:
        """Notify of what nobody was told of, unless it is quiet; noted first, so told once."""
        now = self._clock()
        with self._vault.reading() as db:
            if alerts.quiet_hours(db).hold_at(self._telling.local(now)):
                return
        awake = [rule.rule_id for rule in rules if speaks(rule, now)]
        with self._vault.transaction() as db:
            untold = alerts.take_untold(db, awake, now)
        notify = self._telling.notifier.notify
        if len(untold) > EACH_BY_ITSELF:
            names = ", ".join(sorted({name for name, _ in untold}))
            notify(f"{len(untold)} alerts", names)
            return
        for name, text in untold:
            notify(name, text or "Open UsageFlow to see whom it is about.")


def _take_in(db: Connection, rule: AlertRule, findings: Iterable[Finding], now: datetime) -> bool:
    """Begin what is new and end what is over; whether there was any."""
    found = {one.key: one for one in findings}
    lasting = alerts.open_findings(db, rule.rule_id)
    for key in sorted(found.keys() - lasting):
        alerts.begin(db, rule, found[key], now)
    alerts.end(db, rule.rule_id, lasting - found.keys(), now)
    return found.keys() != lasting


def speaks(rule: AlertRule, now: datetime) -> bool:
    """Whether a rule may disturb anybody at a moment (aware)."""
    return rule.enabled and (rule.snoozed_until is None or rule.snoozed_until <= now)


def _found(db: Connection, rule_id: str) -> AlertRule:
    rule = alerts.find_rule(db, rule_id)
    if rule is None:
        raise InvalidInput("This alert is gone. Nothing was changed.", field="rule_id")
    return rule


def _checked(rule: AlertRule) -> AlertRule:
    """The rule with its name tidied. Raises: InvalidInput with the field."""
    name = " ".join(rule.name.split())
    for wrong, what, field in (
        (not 1 <= len(name) <= MAX_NAME, f"A name has 1 to {MAX_NAME} characters.", "name"),
        (not 1 <= rule.days <= MOST_DAYS, f"Between 1 and {MOST_DAYS} days.", "days"),
        (not 1 <= rule.hours <= MOST_HOURS, f"Between 1 and {MOST_HOURS} hours.", "hours"),
        (not rule.limit.is_finite() or rule.limit < 0, "A number from 0 on.", "limit"),
        (not rule.least.is_finite() or rule.least < 0, "A number from 0 on.", "least"),
        (
            rule.kind is AlertKind.FORECAST and rule.measure not in SUMMED,
            "Only what adds up over days can be expected of a month.",
            "measure",
        ),
        (
            rule.kind is AlertKind.SILENCE and rule.measure is not Measure.REQUESTS,
            "Silence is about requests.",
            "measure",
        ),
    ):
        if wrong:
            raise InvalidInput(f"{what} Nothing was stored.", field=field)
    grain = Grain.HOUR if rule.kind is AlertKind.SILENCE else Grain.DAY
    asked = Question(ANY_DAY, rule.measure, rule.application_id, grain, rule.group_by, rule.filters)
    if why := obstacle(asked):
        raise InvalidInput(f"{why} Nothing was stored.", field="measure")
    return replace(rule, name=name)
