"""The retention schedule: looked at before it acts, and carried out once a day."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.retention import (
    LASTING,
    LONGEST_MONTHS,
    SHORTEST_DAYS,
    Kept,
    Lasting,
    Period,
    Rule,
    RuleLine,
    rules,
)
from desktop.services.calls import callable_from_window
from desktop.services.privacy.breaches import BREACHES
from desktop.services.privacy.checking import required
from desktop.services.privacy.recipients import DISCLOSURES
from desktop.services.privacy.requests import PrivacyRequestService
from desktop.services.storage import privacy_audit, privacy_requests, retention
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

Holds = Callable[["Connection"], Iterable[tuple[Category, str, str]]]
"""Customers whose data of one category a legal hold keeps: category, application, customer."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """What the page shows."""

    lines: tuple[RuleLine, ...]
    lasting: tuple[Lasting, ...]
    last_run: datetime | None
    removed: int
    """Rows that the last run removed."""


@dataclass(frozen=True, slots=True)
class LastRun:
    at: datetime
    removed: int


RULES: Final = Records("retention_rule", Rule)
RUNS: Final = Records("retention_run", LastRun)
LAST: Final = "last"
EVERY: Final = timedelta(days=1)


class RetentionService:
    """The vault must be open. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        requests: PrivacyRequestService,
        holds: Holds,
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._requests = requests
        self._holds = holds
        self._clock = clock

    @callable_from_window
    def schedule(self) -> Schedule:
        """Every rule with what it would remove today. Nothing is removed."""
        today = self._clock().date()
        with self._vault.reading() as db:
            lines = tuple(self._line(db, rule, today) for rule in _rules(db))
            last = RUNS.find(db, LAST)
        if last is None:
            return Schedule(lines, LASTING, None, 0)
        return Schedule(lines, LASTING, last.at, last.removed)

    @callable_from_window
    def change(
        self,
        kept: Kept,
        period: Period,
        ground: str,
        is_on: bool,  # noqa: FBT001 (a setting's value)
    ) -> Schedule:
        """Keep one kind of data for another time, or for ever while `is_on` is False.

        Raises: InvalidInput (field `period` or `ground`), VaultError.
        """
        if not _is_sensible(period):
            raise InvalidInput(
                "Nothing was changed: keep it for one day to 50 years.", field="period"
            )
        ground, now = required(ground, "ground"), self._clock()
        with self._vault.transaction() as db:
            before = next(rule for rule in _rules(db) if rule.kept is kept)
            changed = Rule(
                kept, before.category, before.trigger, period, ground, before.ending, is_on
            )
            RULES.put(db, kept.value, changed, now)
            facts = {"months": period.months, "days": period.days, "on": is_on}
            privacy_audit.append(db, now, "retention_changed", kept.value, facts)
        return self.schedule()

    def months_of_books(self) -> int:
        """How long the books are kept, in months; days of the rule count as months begun."""
        with self._vault.reading() as db:
            period = next(rule for rule in _rules(db) if rule.kept is Kept.USAGE_DAYS).period
        return period.months + -(-period.days // 31)

    @callable_from_window
    def run_now(self) -> Schedule:
        """Remove what is due, rule by rule; a kill in between goes on next time."""
        now = self._clock()
        with self._vault.reading() as db:
            active = [rule for rule in _rules(db) if rule.is_on]
        removed = sum(self._carry_out(rule, now) for rule in active)
        with self._vault.transaction() as db:
            RUNS.put(db, LAST, LastRun(now, removed), now)
        return self.schedule()

    def run_if_due(self) -> None:
        """The daily job: does nothing within a day of its last run. Raises: VaultError."""
        with self._vault.reading() as db:
            last = RUNS.find(db, LAST)
        if last is None or not timedelta() <= self._clock() - last.at < EVERY:
            self.run_now()

    def _carry_out(self, rule: Rule, now: datetime) -> int:
        """Remove what one rule says, some rows at a time; how many they were."""
        cut, total, some = rule.period.cut(now.date()), 0, -1
        while some:
            with self._vault.transaction() as db:
                some = self._remove_some(db, rule.kept, cut, self._held(db, rule.category))
            total += some
        if total:
            with self._vault.transaction() as db:
                facts = {"rows": total, "cut": cut.isoformat(), "ending": rule.ending}
                privacy_audit.append(
                    db, now, "retention", rule.kept.value, facts, actor=privacy_audit.PROGRAM
                )
        return total

    def _line(self, db: "Connection", rule: Rule, today: date) -> RuleLine:
        cut = rule.period.cut(today)
        held = self._held(db, rule.category)
        if rule.kept in retention.STATEMENTS:
            return RuleLine(rule, cut, *retention.counts(db, rule.kept, cut, held))
        return RuleLine(rule, cut, sum(1 for _ in self._due_records(db, rule.kept, cut)), 0)

    def _remove_some(self, db: "Connection", kept: Kept, cut: date, held: str) -> int:
        if kept in retention.STATEMENTS:
            return retention.remove_some(db, kept, cut, held)
        due = list(self._due_records(db, kept, cut))
        for record_id in due:
            if kept is Kept.REQUESTS:
                retention.remove_request(db, record_id)
            else:
                (DISCLOSURES if kept is Kept.DISCLOSURES else BREACHES).remove(db, record_id)
        return len(due)

    def _due_records(self, db: "Connection", kept: Kept, cut: date) -> Iterator[str]:
        """Ids of the few records that are read whole to tell whether their time is over."""
        if kept is Kept.DISCLOSURES:
            given = DISCLOSURES.everything(db).items()
            yield from (name for name, one in given if one.at.date() < cut)
        elif kept is Kept.BREACHES:
            for name, breach in BREACHES.everything(db).items():
                if breach.closed_at is not None and breach.closed_at.date() < cut:
                    yield name
        else:
            ended = {line.request_id for line in self._requests.lines(db) if line.due is None}
            for request in privacy_requests.everything(db):
                if request.request_id in ended and request.events[-1].at.date() < cut:
                    yield request.request_id

    def _held(self, db: "Connection", category: Category) -> str:
        pairs = [
            json.dumps((application, customer), ensure_ascii=False, separators=(",", ":"))
            for held, application, customer in self._holds(db)
            if held is category
        ]
        return json.dumps(pairs)


def _rules(db: "Connection") -> tuple[Rule, ...]:
    return rules(RULES.everything(db).values())


def _is_sensible(period: Period) -> bool:
    days, months = period.days, period.months
    return (
        days >= 0
        and 0 <= months <= LONGEST_MONTHS
        and days + 28 * months >= SHORTEST_DAYS
        and days <= LONGEST_MONTHS * 31
    )
