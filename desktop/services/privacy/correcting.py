"""Corrects what is held of a person, here and wherever it went (GDPR Art. 16 and 19)."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import CustomerId
from desktop.domain.privacy.corrections import PersonField
from desktop.domain.privacy.erasure import Customer, ProcessorResult
from desktop.domain.privacy.requests import number_of
from desktop.domain.privacy.telling import About
from desktop.services.calls import callable_from_window
from desktop.services.privacy.checking import EMAIL, MAX_NAME
from desktop.services.privacy.erasing.processors import (
    Corrected,
    Processor,
    ProcessorSubject,
    are_settled,
    may_be_asked,
)
from desktop.services.privacy.finding import Match
from desktop.services.privacy.references import reference
from desktop.services.storage import (
    configuration,
    freezes,
    person_corrections,
    privacy_audit,
    privacy_requests,
)
from desktop.services.storage.configuration import RowKey
from desktop.services.storage.person_corrections import PersonCorrection

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.customers.edits import CustomerEditService
    from desktop.services.privacy.telling import TellingService
    from desktop.services.storage.vault import Vault

NAME: Final = PersonField.NAME.value
FIELDS: Final = frozenset(PersonField)


@dataclass(frozen=True, slots=True)
class CorrectionOutcome:
    """What each place said; not settled while one has to be told again."""

    correction_id: str
    field: str
    results: tuple[ProcessorResult, ...]
    is_settled: bool


class CorrectionService:
    """The vault must be open. Any thread."""

    def __init__(
        self,
        vault: "Vault",
        customers: "CustomerEditService",
        outside: "tuple[Callable[[], tuple[Processor, ...]], TellingService]",
        made_by: tuple[Callable[[], str], Callable[[], datetime]],
    ) -> None:
        """`made_by` makes ids and times.

        `outside` are the processors that hear of a correction, and who tells all others.
        """
        self._vault = vault
        self._customers = customers
        self._processors, self._telling = outside
        self._new_id, self._clock = made_by
        self._one_at_a_time = threading.Lock()

    @callable_from_window
    def correct(
        self, request_id: str, matches: tuple[Match, ...], field: str, value: str
    ) -> CorrectionOutcome:
        """Set one field of the person, here and at every processor that has it.

        The log gets keyed hashes of what it was and what it is, never the values.
        Raises: InvalidInput (field `matches`, `field`, `value` or `frozen`; or there is no such
            request), VaultError.
        """
        value = _checked(field, value)
        if not matches:
            raise InvalidInput(
                "Nothing was corrected: choose which customers are the person.", field="matches"
            )
        customers = tuple(Customer(one.application_id, one.customer_id) for one in matches)
        correction = PersonCorrection(
            self._new_id(), request_id, field, customers, value,
            reference(self._vault, value).hex(), (), self._clock(), is_settled=False,
        )  # fmt: skip
        with self._vault.transaction() as db:
            self._correct_here(db, correction)
        self._customers.edited()
        self._telling.wake()
        return self._tell(correction)

    @callable_from_window
    def of_request(self, request_id: str) -> tuple[CorrectionOutcome, ...]:
        """Corrections of a request, the oldest first."""
        with self._vault.reading() as db:
            return tuple(map(_outcome, person_corrections.of_request(db, request_id)))

    def go_on_with_all(self) -> None:
        """Tell processors again that could not be reached. Raises: VaultError."""
        with self._vault.reading() as db:
            held = freezes.frozen(db)
            waiting = [
                one
                for one in person_corrections.everything(db)
                if not one.is_settled and held.isdisjoint(_pairs(one.customers))
            ]
        for correction in waiting:
            self._tell(correction)

    def _correct_here(self, db: "Connection", correction: PersonCorrection) -> None:
        """All of it in one transaction: what the log tells of was done, and is sent on."""
        freezes.require_free(db, _pairs(correction.customers))
        before = self._noted(db, correction)
        person_corrections.put(db, correction)
        event = (correction.correction_id, correction.request_id)
        self._telling.begin_within(db, About.CORRECTION, event, correction.customers)
        if correction.field == NAME:
            for customer in correction.customers:
                if before.get(customer.customer_id) != correction.value:
                    customer_id = CustomerId(customer.customer_id)
                    self._customers.rename_within(db, customer_id, correction.value)

    def _noted(self, db: "Connection", correction: PersonCorrection) -> dict[str, str]:
        """Names as they were, after both were written to the log as hashes."""
        request = privacy_requests.find(db, correction.request_id)
        if request is None:
            raise InvalidInput("There is no such privacy request in this vault.")
        rows = {
            one.customer_id: configuration.find(db, RowKey("customer", one.customer_id))
            for one in correction.customers
        }
        names = {key: _name_in(row.body) for key, row in rows.items() if row is not None}
        old = names if correction.field == NAME else {"": request.asked.person.email}
        for text in dict.fromkeys(old.values()):
            facts = {
                "field": correction.field,
                "before": reference(self._vault, text).hex() if text else "",
                "after": correction.after_hash,
            }
            about = number_of(request)
            privacy_audit.append(db, correction.corrected_at, "correct", about, facts)
        return names

    def _tell(self, correction: PersonCorrection) -> CorrectionOutcome:
        with self._one_at_a_time:
            now = self._clock()
            answered = {
                result.place: result
                for result in correction.results
                if not may_be_asked(result.state, result.not_before, now)
            }
            subject = ProcessorSubject(correction.customers, ())
            corrected = Corrected(correction.field, correction.value)
            results = tuple(
                answered.get(one.place) or one.correct(subject, corrected, correction.correction_id)
                for one in self._processors()
            )
            is_settled = are_settled(results)
            told = replace(
                correction,
                results=results,
                is_settled=is_settled,
                value="" if is_settled else correction.value,
            )
            with self._vault.transaction() as db:
                person_corrections.put(db, told)
        return _outcome(told)


def _pairs(customers: tuple[Customer, ...]) -> list[tuple[str, str]]:
    return [(one.application_id, one.customer_id) for one in customers]


def _checked(field: str, value: str) -> str:
    value = value.strip()
    if field not in FIELDS:
        raise InvalidInput("Nothing was corrected: choose the name or the e-mail.", field="field")
    if not value or len(value) > MAX_NAME or not value.isprintable():
        raise InvalidInput(
            f"Nothing was corrected: use at most {MAX_NAME} ordinary characters.", field="value"
        )
    if field != NAME and not EMAIL.fullmatch(value):
        raise InvalidInput("Nothing was corrected: this is no e-mail address.", field="value")
    return value


def _name_in(body: str) -> str:
    return str(json.loads(body).get("name", ""))


def _outcome(correction: PersonCorrection) -> CorrectionOutcome:
    return CorrectionOutcome(
        correction.correction_id, correction.field, correction.results, correction.is_settled
    )
