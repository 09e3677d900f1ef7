"""Breaches of personal data, and the 72 hours within which the authority hears of one.

Source: GDPR Art. 33 (1), (3) and (5) and Art. 34 (1). The hours run from the moment the owner
became aware, by day and night, on holidays too.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from desktop.domain.privacy.categories import Category

HOURS: Final = 72
WITHIN: Final = timedelta(hours=HOURS)


class BreachState(StrEnum):
    OPEN = "open"
    """The authority was not told yet, and there is time."""
    OVERDUE = "overdue"
    TOLD = "told"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Breach:
    """What the register must hold of each breach, reported or not."""

    breach_id: str
    title: str
    aware_at: datetime
    facts: str
    """What happened, when and how."""
    effects: str
    """What follows for the people concerned."""
    actions: str
    """What was done and is planned."""
    categories: tuple[Category, ...]
    people: int
    """How many are concerned, as far as is known."""
    high_risk: bool = False
    """Then the people themselves must be told, without delay."""
    told_authority_at: datetime | None = None
    told_people_at: datetime | None = None
    delay_reason: str = ""
    """Why the authority hears of it later than after 72 hours."""
    no_risk_reason: str = ""
    """Why the authority need not hear of it at all."""
    closed_at: datetime | None = None

    @property
    def due(self) -> datetime:
        """When the 72 hours are over."""
        return self.aware_at + WITHIN

    def state(self, now: datetime) -> BreachState:
        if self.closed_at is not None:
            return BreachState.CLOSED
        if self.told_authority_at is not None or self.no_risk_reason:
            return BreachState.TOLD
        return BreachState.OVERDUE if now > self.due else BreachState.OPEN

    def is_late(self, at: datetime) -> bool:
        """Whether a notice at that time needs a reason for the delay."""
        return at > self.due

    def lacks(self) -> tuple[str, ...]:
        """What has to be done before it may be closed, as names of fields."""
        told = self.told_authority_at is not None or bool(self.no_risk_reason)
        wanted = {
            "facts": bool(self.facts),
            "effects": bool(self.effects),
            "actions": bool(self.actions),
            "told_authority_at": told,
            "told_people_at": not self.high_risk or self.told_people_at is not None,
        }
        return tuple(name for name, is_there in wanted.items() if not is_there)


@dataclass(frozen=True, slots=True)
class BreachLine:
    breach: Breach
    state: BreachState
    hours_left: int
    """Whole hours until the 72 are over; negative after that."""


def line(breach: Breach, now: datetime) -> BreachLine:
    """A breach as the register shows it now."""
    return BreachLine(breach, breach.state(now), (breach.due - now) // timedelta(hours=1))


def notification(breach: Breach, contact: str) -> str:
    """A draft of the notice to the authority, with what Art. 33 (3) asks for; gaps are marked."""
    missing = "[to be filled in]"
    kinds = ", ".join(breach.categories) or missing
    parts = [
        f"Notification of a personal data breach: {breach.title}",
        f"We became aware of it on {breach.aware_at:%Y-%m-%d at %H:%M %Z}.",
        f"Nature of the breach: {breach.facts or missing}",
        f"Kinds of data: {kinds}. People concerned, about: {breach.people or missing}.",
        f"Likely consequences: {breach.effects or missing}",
        f"Measures taken and proposed: {breach.actions or missing}",
        f"Contact: {contact or missing}",
    ]
    if breach.delay_reason:
        parts.append(f"Reason for telling later than {HOURS} hours: {breach.delay_reason}")
    return "\n\n".join(parts)
