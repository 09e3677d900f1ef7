"""Deleting the API owner's own account: when it may begin, by when it is done, how far it is.

Source: the product's privacy policy: after the deletion of an account everything goes or is made
anonymous within 30 days. The clock runs from the day the owner asks, and nothing extends it.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.clocks import POLICY_DAYS, Clock, Due
from desktop.domain.privacy.erasure import StepState

USUAL_DAYS: Final = 14
"""Two weeks to think again, and more than two to try again where a service cannot be reached."""
REMIND_DAYS: Final = 7
"""Before the day on which it begins, the owner is reminded."""


class DeletionStep(StrEnum):
    """The steps, in the order in which a failure of any of them does no harm."""

    CLOSE = "close"
    """The service refuses SDKs from now on, and its last figures come into the vault."""
    BOOKS = "books"
    """What tax law wants is written out without anybody's name."""
    SERVICE = "service"
    """The service destroys what it holds."""
    CONNECTIONS = "connections"
    """Signed out at the provider; keys of payment providers are forgotten with the vault."""
    VAULT = "vault"
    COMPUTER = "computer"
    """What lies beside the vault: backups, logs, the embedded service."""
    CERTIFY = "certify"
    """Everything is looked through once more, and what was done is signed."""


class DeletionState(StrEnum):
    NONE = "none"
    ASKED = "asked"
    """It begins on the day the owner chose, and may be withdrawn until then."""
    RUNNING = "running"
    """It has begun; what could not be done yet is tried again by itself."""
    DONE = "done"


@dataclass(frozen=True, slots=True)
class DeletionStepLine:
    """How far one step is."""

    step: DeletionStep
    state: StepState
    detail: str
    """What went wrong last, in words; empty when nothing did."""


@dataclass(frozen=True, slots=True)
class AccountDeletion:
    """How the deletion of the account stands."""

    state: DeletionState
    asked_on: date | None = None
    day: date | None = None
    """On which it begins, in the owner's place."""
    due: date | None = None
    """By which it has to be done."""
    is_overdue: bool = False
    steps: tuple[DeletionStepLine, ...] = ()
    finished_at: datetime | None = None
    is_deleted_elsewhere: bool = False
    """Another desktop had the service's account deleted; this vault still has a copy."""
    books: int = 0
    """Records that are kept for tax law."""
    books_until: date | None = None

    @property
    def waits_for_service(self) -> bool:
        """Whether the service is what keeps it from going on."""
        return any(
            line.state is StepState.FAILED
            and line.step in {DeletionStep.CLOSE, DeletionStep.SERVICE}
            for line in self.steps
        )


class PreviewFate(StrEnum):
    DELETED = "deleted"
    KEPT = "kept"
    NOT_REACHED = "not_reached"


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One thing of the account, and what becomes of it."""

    where: str
    what: str
    fate: PreviewFate
    rows: int = 0
    """Of the vault; 0 where nobody counts."""
    why: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class DeletionPreview:
    """A dry run: what a deletion would do. Nothing was changed."""

    lines: tuple[PreviewLine, ...]
    earliest: date
    latest: date
    usual: date
    """The day that is proposed to begin on."""


def account_due(asked_on: date, finished_on: date | None = None) -> Due:
    """By when a deletion that was asked for on a day has to be done. Nothing moves it."""
    return Due(Clock.ACCOUNT_DELETION, asked_on + timedelta(days=POLICY_DAYS), finished_on)


def usual_day(asked_on: date) -> date:
    """The day that is proposed for a deletion to begin."""
    return asked_on + timedelta(days=USUAL_DAYS)


def checked_day(asked_on: date, day: date) -> date:
    """A day on which a deletion may begin. Raises: InvalidInput (field `day`)."""
    latest = account_due(asked_on).day
    if not asked_on <= day <= latest:
        raise InvalidInput(
            f"Choose a day from {asked_on.isoformat()} to {latest.isoformat()}: everything has to "
            "be gone 30 days after you ask for it. Nothing was changed.",
            field="day",
        )
    return day


def books_until(finished_on: date, months: int) -> date:
    """The last day on which books are kept: so many months from the end of that year on."""
    years, month = divmod(11 + months, 12)
    following = date(finished_on.year + years + (month == 11), (month + 1) % 12 + 1, 1)  # noqa: PLR2004
    return following - timedelta(days=1)
