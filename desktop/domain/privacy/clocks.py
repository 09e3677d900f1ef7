"""By when a privacy request must be answered, worked out anew from its events each time.

Three clocks run at once and the earliest binds:

- the product's privacy policy: an answer within 30 days of receipt, and a deletion finished within
  30 days, whatever happens;
- GDPR Art. 12(3): one calendar month, and two more when a letter with the reason went out in
  time; where the month has no such day, its last one;
- CCPA (California Code of Regulations, title 11, sections 7021 and 7026): acknowledged in 10
  working days, answered in 45 days and once 45 more with notice, an opt-out carried out in 15
  working days.

A letter in time answers the policy's promise too. A pause moves the first two answers by the whole
days it lasted, never CCPA's and never the end of a deletion. No date moves to a working day: the
law would allow it, the policy does not.
"""

import calendar
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from desktop.domain.privacy.events import (
    Acknowledged,
    Answered,
    Erased,
    Event,
    Extended,
    ExtensionRemoved,
    Paused,
    Received,
    Refused,
    Resumed,
    Revoked,
)
from desktop.domain.privacy.kinds import PauseGround, Regime, RequestKind
from desktop.domain.privacy.place import Place

POLICY_DAYS: Final = 30
GDPR_MONTHS: Final = 1
GDPR_EXTENDED_MONTHS: Final = 3
CCPA_DAYS: Final = 45
CCPA_EXTENDED_DAYS: Final = 90
CCPA_ACKNOWLEDGE_WORKING_DAYS: Final = 10
CCPA_OPT_OUT_WORKING_DAYS: Final = 15

CCPA_ANSWERS: Final = frozenset(
    {RequestKind.ACCESS, RequestKind.CORRECTION, RequestKind.DELETION, RequestKind.PORTABILITY}
)


class Clock(StrEnum):
    EXPRESS = "express"
    """A report about a child: what is held is frozen on the day of the report."""
    POLICY = "policy"
    POLICY_DELETION = "policy_deletion"
    GDPR = "gdpr"
    CCPA_ACKNOWLEDGE = "ccpa_acknowledge"
    CCPA = "ccpa"
    CCPA_OPT_OUT = "ccpa_opt_out"
    ACCOUNT_DELETION = "account_deletion"
    """Of the API owner's own account, from the day they ask; see `account_deletion`."""


@dataclass(frozen=True, slots=True)
class Due:
    """The last day on which one clock is kept, and the day on which it was."""

    clock: Clock
    day: date
    met_on: date | None = None

    @property
    def open(self) -> bool:
        return self.met_on is None

    def late_on(self, today: date) -> bool:
        return (self.met_on or today) > self.day


@dataclass(frozen=True, slots=True)
class Clocks:
    dues: tuple[Due, ...]
    """Of every clock that runs, earliest first."""
    paused: PauseGround | None
    paused_days: int
    """Whole days of all pauses, an open one up to today."""
    extended: bool

    @property
    def binding(self) -> Due | None:
        """The earliest one still to be kept; None when nothing is left to do."""
        return next((due for due in self.dues if due.open), None)


@dataclass(frozen=True, slots=True)
class Pause:
    start: date
    end: date
    """The day it ended, or today."""

    @property
    def days(self) -> int:
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class History:
    """The events of one request as days of the owner's place."""

    received: date
    pauses: tuple[Pause, ...]
    open_pause: PauseGround | None
    extended: date | None
    acknowledged: date | None
    answered: date | None
    erased: date | None

    def debit(self, due: date, until: date | None = None) -> int:
        """Days by which pauses move a due day. One that began too late moves nothing.

        With `until`, as it stood on that day.
        """
        moved = 0
        for pause in self.pauses:
            if pause.start > due + timedelta(days=moved) or (until and pause.start > until):
                break
            moved += (min(pause.end, until) - pause.start).days if until else pause.days
        return moved

    def moved(self, due: date, until: date | None = None) -> date:
        return due + timedelta(days=self.debit(due, until))

    def extended_by(self, due: date) -> bool:
        """Whether a letter went out while there was still time."""
        return self.extended is not None and self.extended <= due


def clocks(
    kind: RequestKind,
    events: Sequence[Event],
    *,
    regimes: frozenset[Regime],
    place: Place,
    today: date,
) -> Clocks:
    """All clocks of a request. The events are in their order and begin with `Received`.

    `regimes` are those that apply; the policy counts whether it is named or not. `today` is a day
    of the owner's place.
    """
    history = _history(events, place, today)
    dues = sorted(_dues(kind, history, regimes, place), key=lambda due: due.day)
    paused_days = sum(pause.days for pause in history.pauses)
    return Clocks(tuple(dues), history.open_pause, paused_days, history.extended is not None)


def may_extend(kind: RequestKind, events: Sequence[Event], *, place: Place, today: date) -> bool:
    """Whether a letter sent today would still move the law's date."""
    history = _history(events, place, today)
    first = history.moved(_add_months(history.received, GDPR_MONTHS), today)
    wanted = kind not in {RequestKind.CHILD_REPORT, RequestKind.OPT_OUT, RequestKind.INQUIRY}
    return wanted and history.extended is None and history.answered is None and today <= first


def _dues(
    kind: RequestKind, history: History, regimes: frozenset[Regime], place: Place
) -> Iterator[Due]:
    if kind is RequestKind.CHILD_REPORT:
        yield Due(Clock.EXPRESS, history.received, history.erased or history.answered)
        return
    yield _policy(history)
    if kind is RequestKind.DELETION:
        end = history.received + timedelta(days=POLICY_DAYS)
        yield Due(Clock.POLICY_DELETION, end, history.erased)
    if Regime.GDPR in regimes and kind is not RequestKind.INQUIRY:
        yield _gdpr(history)
    if Regime.CCPA in regimes:
        yield from _ccpa(kind, history, place)


def _policy(history: History) -> Due:
    due = history.moved(history.received + timedelta(days=POLICY_DAYS))
    letter = history.extended if history.extended_by(due) else None
    met = min((day for day in (history.answered, letter) if day), default=None)
    return Due(Clock.POLICY, due, met)


def _gdpr(history: History) -> Due:
    due = history.moved(_add_months(history.received, GDPR_MONTHS))
    if history.extended_by(due):
        due = history.moved(_add_months(history.received, GDPR_EXTENDED_MONTHS))
    return Due(Clock.GDPR, due, history.answered)


def _ccpa(kind: RequestKind, history: History, place: Place) -> Iterator[Due]:
    if kind is RequestKind.OPT_OUT:
        day = place.add_working_days(history.received, CCPA_OPT_OUT_WORKING_DAYS)
        yield Due(Clock.CCPA_OPT_OUT, day, history.answered)
    if kind not in CCPA_ANSWERS:
        return
    acknowledged = history.acknowledged or history.answered
    day = place.add_working_days(history.received, CCPA_ACKNOWLEDGE_WORKING_DAYS)
    yield Due(Clock.CCPA_ACKNOWLEDGE, day, acknowledged)
    due = history.received + timedelta(days=CCPA_DAYS)
    if history.extended_by(due):
        due = history.received + timedelta(days=CCPA_EXTENDED_DAYS)
    yield Due(Clock.CCPA, due, history.answered)


def _add_months(day: date, months: int) -> date:
    """The corresponding day; where that month has none, its last."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _history(events: Sequence[Event], place: Place, today: date) -> History:
    received, acknowledged, extended, answered, erased = _marks(events, place)
    pauses, ground = _pauses(events, place, today)
    return History(received, pauses, ground, extended, acknowledged, answered, erased)


def _marks(
    events: Iterable[Event], place: Place
) -> tuple[date, date | None, date | None, date | None, date | None]:
    received = acknowledged = extended = answered = erased = None
    for event in events:
        day = place.day(event.at)
        match event:
            case Received():
                received = day
            case Acknowledged():
                acknowledged = acknowledged or day
            case Extended():
                extended = day
            case ExtensionRemoved():
                extended = None
            case Answered():
                answered = answered or day
            case Refused() | Revoked():
                answered, erased = answered or day, erased or day
            case Erased():
                erased = erased or day
    if received is None:
        raise ValueError("a request begins with its receipt")
    return received, acknowledged, extended, answered, erased


def _pauses(
    events: Iterable[Event], place: Place, today: date
) -> tuple[tuple[Pause, ...], PauseGround | None]:
    pauses, begun, ground = [], today, None
    for event in events:
        match event:
            case Paused() if ground is None:
                begun, ground = place.day(event.at), event.ground
            case Resumed() | Answered() | Refused() | Revoked() if ground is not None:
                pauses.append(Pause(begun, place.day(event.at)))
                ground = None
    if ground is not None:
        pauses.append(Pause(begun, max(begun, today)))
    return tuple(pauses), ground
