"""Erasing a person: what is planned, how far it is, what stays and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from desktop.domain.privacy.categories import Category


class Place(StrEnum):
    """Where data of a person lie."""

    VAULT = "vault"
    SERVICE = "service"
    STRIPE = "stripe"
    PADDLE = "paddle"
    SIGN_IN = "sign_in"
    BACKUPS = "backups"
    FILES = "files"
    """Packages and exports that were written outside the vault."""


PROCESSORS: Final = (Place.STRIPE, Place.PADDLE, Place.SIGN_IN)


class Fate(StrEnum):
    """What becomes of some rows."""

    DELETE = "delete"
    ANONYMIZE = "anonymize"
    """The figures stay, under a random id."""
    KEEP = "keep"
    """A ground says why."""


class Step(StrEnum):
    """The steps, in the order in which a failure of any of them does no harm."""

    NOTE = "note"
    """Into the ledger beside the vault and into the one of the service: nothing is gone yet."""
    SERVICE = "service"
    PROCESSORS = "processors"
    VAULT = "vault"
    CHECK = "check"
    """Everything is searched once more: nothing may be found but what is kept."""
    SUPPRESS = "suppress"
    CERTIFY = "certify"


class StepState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    """Tried without success; it is tried again."""


class ErasureState(StrEnum):
    RUNNING = "running"
    """Something is left to do; it goes on by itself."""
    HELD = "held"
    """All but what a legal hold keeps is gone; it goes on when the hold is released."""
    DONE = "done"


class ProcessorState(StrEnum):
    DONE = "done"
    KEPT = "kept"
    """The processor keeps it for a reason of its own, which the certificate names."""
    UNREACHABLE = "unreachable"
    NOT_CONNECTED = "not_connected"
    """This workspace has no connection to it, so nothing of the person was sent there from here."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A person as one application knows them."""

    application_id: str
    customer_id: str


@dataclass(frozen=True, slots=True)
class ErasedCustomer:
    """A customer that goes, and the random id under which its figures stay."""

    application_id: str
    customer_id: str
    replacement: str


@dataclass(frozen=True, slots=True)
class PlanLine:
    """Rows of one kind in one place, and what is to become of them."""

    place: Place
    category: Category
    what: str
    fate: Fate
    rows: int
    ground: str = ""
    """Why they are kept; empty otherwise."""
    until: str = ""
    """For how long they are kept, in words."""


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A duty to keep something in spite of an erasure: one kind of data, or one record of it."""

    hold_id: str
    customer: Customer
    category: Category
    ground: str
    placed_at: datetime
    record_id: str = ""
    """Id of the single record that is held; empty for the whole kind of data."""
    until: date | None = None
    """Last day (UTC) on which it holds; None for until it is released."""

    def is_over(self, today: date) -> bool:
        """Whether it ended by itself; `today` is a day of UTC."""
        return self.until is not None and self.until < today


@dataclass(frozen=True, slots=True)
class ErasurePlan:
    """A dry run: what an erasure would do now."""

    lines: tuple[PlanLine, ...]
    holds: tuple[LegalHold, ...]
    unreachable: tuple[str, ...]
    """Places that could not be asked, with the reason."""


@dataclass(frozen=True, slots=True)
class ProcessorResult:
    """What a processor did, or says that it keeps."""

    place: Place
    state: ProcessorState
    detail: str = ""
    """In words: what it did; for `KEPT` why."""
    until: str = ""
    not_before: str = ""
    """For `UNREACHABLE`: when it may be asked again (ISO 8601, UTC); empty for at any time."""


@dataclass(frozen=True, slots=True)
class StepProgress:
    step: Step
    state: StepState
    tries: int
    detail: str
    """What went wrong last, in words; empty when nothing did."""


@dataclass(frozen=True, slots=True)
class ErasureProgress:
    """How far an erasure is."""

    erasure_id: str
    request_id: str
    state: ErasureState
    steps: tuple[StepProgress, ...]
    holds: tuple[LegalHold, ...]
    has_certificate: bool
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """A line of the certificate: what is left of a person, and where."""

    where: str
    what: str
    why: str
    until: str


def held_categories(holds: Sequence[LegalHold]) -> frozenset[Category]:
    """Kinds of data that are held as a whole."""
    return frozenset(hold.category for hold in holds if not hold.record_id)


def held_records(holds: Sequence[LegalHold]) -> frozenset[str]:
    """Single records that are held."""
    return frozenset(hold.record_id for hold in holds if hold.record_id)


def state_of(steps: Sequence[StepProgress], holds: Sequence[LegalHold]) -> ErasureState:
    """Half-erased is never done: each step has to be."""
    if any(step.state is not StepState.DONE for step in steps):
        return ErasureState.RUNNING
    return ErasureState.HELD if holds else ErasureState.DONE
