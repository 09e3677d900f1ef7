"""Processors that may hold data of a person: what an erasure and a correction ask of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from desktop.domain.privacy.erasure import Customer, Place, ProcessorResult, ProcessorState


@dataclass(frozen=True, slots=True)
class ProcessorSubject:
    """A person as a processor may know them. Never written to a log."""

    customers: tuple[Customer, ...]
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Corrected:
    """One field that is wrong, and what it should be."""

    field: str
    value: str


class Processor(Protocol):
    """One processor. Errors are told as results: nothing is raised but `Cancelled`."""

    @property
    def place(self) -> Place: ...

    def preview(self, subject: ProcessorSubject, /) -> ProcessorResult:
        """What `erase` would do. Nothing is changed."""

    def erase(self, subject: ProcessorSubject, key: str, /) -> ProcessorResult:
        """Have the person erased, or say that the processor keeps what it has, and why.

        Args:
            subject: whom; a person whom the processor does not know is `DONE`.
            key: the same for every try of one erasure: done twice is done once.
        """

    def correct(
        self, subject: ProcessorSubject, corrected: Corrected, key: str, /
    ) -> ProcessorResult:
        """Have one field corrected; `key` as for `erase`."""


@dataclass(frozen=True, slots=True)
class NotConnected:
    """A processor to which this workspace has no connection: nothing went there from here."""

    place: Place

    def preview(self, _subject: ProcessorSubject, /) -> ProcessorResult:
        return self._result()

    def erase(self, _subject: ProcessorSubject, _key: str, /) -> ProcessorResult:
        return self._result()

    def correct(
        self, _subject: ProcessorSubject, _corrected: Corrected, _key: str, /
    ) -> ProcessorResult:
        return self._result()

    def _result(self) -> ProcessorResult:
        return ProcessorResult(
            self.place, ProcessorState.NOT_CONNECTED, "This workspace has no connection to it."
        )


def may_be_asked(state: str, not_before: str, now: datetime) -> bool:
    """Whether a processor is to be asked once more: it did not answer, and wants no more time."""
    if state != ProcessorState.UNREACHABLE.value:
        return False
    return not not_before or now >= datetime.fromisoformat(not_before)


def are_settled(results: Sequence[ProcessorResult]) -> bool:
    """Whether every processor did what it can, or keeps it by right."""
    return all(result.state is not ProcessorState.UNREACHABLE for result in results)
