"""Carries an erasure out, step by step; a step that is done is not done again.

The order is that in which a failure does no harm: it is noted in both ledgers before anything is
gone, and certified only after everything was searched once more.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.calendar import day_number
from desktop.domain.errors import AppError, Cancelled, VaultError
from desktop.domain.privacy.erasure import Customer, Step, StepState
from desktop.domain.privacy.telling import About
from desktop.services.calls import Report
from desktop.services.privacy.erasing.following import request_of
from desktop.services.privacy.erasing.issuing import Issuer
from desktop.services.privacy.erasing.planning import SERVICE_FATES, Planner
from desktop.services.privacy.erasing.processors import (
    Processor,
    ProcessorSubject,
    may_be_asked,
)
from desktop.services.storage import erasing, erasure_records, erasure_replay
from desktop.services.storage.database import file_faults
from desktop.services.storage.erasers import ERASERS
from desktop.services.storage.erasure_ledger import LedgerEntry, LedgerSubject
from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.link import ServiceLink
    from desktop.services.storage.erasure_records import StoredErasure
    from desktop.services.storage.vault import Vault

NOT_YET: Final = "It is tried again by itself."
RECORDED_BY_THEMSELVES: Final = frozenset({Step.VAULT, Step.CERTIFY})
"""In the transaction of what they do: a repetition would find nothing to tell of."""


class _StepFailed(Exception):
    """A step could not be done; its words are shown and it is tried again."""

    def __init__(self, words: str, result: Any = None) -> None:  # noqa: ANN401 (any JSON)
        super().__init__(words)
        self.result = result


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What running needs from outside."""

    link: "ServiceLink"
    processors: Callable[[], tuple[Processor, ...]]
    between_rounds: Callable[[], AbstractContextManager[None]]
    """No page of usage is stored inside: it may have been fetched before the erasure."""
    delete_files: Callable[[], None]
    """Deletes files outside the vault that name who was erased."""
    tell: Callable[[About, tuple[str, str], Sequence[Customer]], None]
    """Has recipients told that no processor stands for."""
    clock: Callable[[], datetime]


class Runner:
    """Runs erasures of one vault, one at a time: the caller sees to that. Any thread."""

    def __init__(self, vault: "Vault", outside: Surroundings, planner: Planner) -> None:
        self._vault = vault
        self._outside = outside
        self._planner = planner
        self._issuer = Issuer(vault, outside.clock)
        self._steps: dict[Step, Callable[[StoredErasure, Report], Any]] = {
            Step.NOTE: self._note,
            Step.SERVICE: self._erase_in_service,
            Step.PROCESSORS: self._erase_at_processors,
            Step.VAULT: self._erase_in_vault,
            Step.CHECK: self._check,
            Step.SUPPRESS: self._suppress,
            Step.CERTIFY: self._certify,
        }

    def go_on(self, erasure_id: str, report: Report) -> None:
        """Do every step that is left, up to the first that cannot be done now.

        Raises: VaultError, Cancelled; what was done stays done.
        """
        for number, step in enumerate(Step, start=1):
            report(number, len(Step))
            with self._vault.reading() as db:
                erasure = erasure_records.find(db, erasure_id)
                steps = erasure_records.steps(db, erasure_id)
            if erasure is None or erasure.is_closed:
                return
            if steps[number - 1].state is not StepState.DONE and not self._do(
                erasure, step, report
            ):
                return

    def _do(self, erasure: "StoredErasure", step: Step, report: Report) -> bool:
        try:
            told = self._steps[step](erasure, report)
        except (Cancelled, VaultError):
            raise
        except (_StepFailed, AppError) as problem:
            detail = f"{problem} {NOT_YET}"
            with self._vault.transaction() as db:
                erasure_records.record(
                    db, erasure.erasure_id, step, StepState.FAILED, detail, _result_of(problem)
                )
            return False
        if step not in RECORDED_BY_THEMSELVES:
            with self._vault.transaction() as db:
                erasure_records.record(
                    db, erasure.erasure_id, step, StepState.DONE, result=told or {}
                )
        return True

    def _note(self, erasure: "StoredErasure", _report: Report) -> dict[str, Any]:
        """First beside the vault, then in the service; without the second nothing is destroyed."""
        entry = self.entry(erasure)
        ledger = self._vault.erasure_ledger
        with file_faults():
            ledger.append(entry)
        with self._outside.link.client() as client:
            if client is not None:
                client.note_erasure(entry.erasure_id, request_of(ledger, entry))
        return {"has_service": client is not None}

    def _erase_in_service(self, erasure: "StoredErasure", _report: Report) -> dict[str, Any]:
        with self._outside.link.client() as client:
            if client is None:
                return {"counts": {}, "blocks": 0, "raw_until": ""}
            outcome = client.apply_erasure(self.entry(erasure).erasure_id)
        return {
            "counts": {count.what: count.rows for count in outcome.counts},
            "blocks": outcome.blocks,
            "raw_until": outcome.raw_until or "",
        }

    def _erase_at_processors(self, erasure: "StoredErasure", report: Report) -> dict[str, Any]:
        """Whoever has answered is not asked again, nor who wants more time too early."""
        event = (erasure.erasure_id, erasure.request_id)
        self._outside.tell(About.ERASURE, event, self.subject(erasure).customers)
        with self._vault.reading() as db:
            before = erasure_records.result(db, erasure.erasure_id, Step.PROCESSORS)
        answered = {one["place"]: one for one in before.get("results", ())}
        subject = self.subject(erasure)
        now, results = self._outside.clock(), []
        for number, processor in enumerate(self._outside.processors(), start=1):
            report(number)
            known = answered.get(processor.place.value)
            if known is None or may_be_asked(known["state"], known.get("not_before", ""), now):
                result = processor.erase(subject, self.entry(erasure).erasure_id)
                known = {**asdict(result), "place": result.place.value}
                known["state"] = result.state.value
            results.append(known)
        told = {"results": results}
        waiting = [one for one in results if one["state"] == "unreachable"]
        if waiting:
            words = " ".join(f"{one['place']}: {one['detail']}" for one in waiting)
            raise _StepFailed(words, told)
        return told

    def _erase_in_vault(self, erasure: "StoredErasure", _report: Report) -> None:
        entry = self.entry(erasure)
        with self._outside.between_rounds(), self._vault.transaction() as db:
            now_us = microseconds(self._outside.clock())
            counts = erasure_replay.apply(db, self._vault.wrapping_key(), entry, now_us)
            left = self._left(db, erasure)
            if left:
                raise _StepFailed(f"Rows are left in the vault: {', '.join(left)}.")
            erasing.mark_applied(db, entry.erasure_id, now_us)
            earlier = erasure_records.result(db, erasure.erasure_id, Step.VAULT).get("counts", {})
            total = {table: rows + earlier.get(table, 0) for table, rows in counts.items()}
            told = {"counts": {**earlier, **total}}
            erasure_records.record(db, erasure.erasure_id, Step.VAULT, StepState.DONE, result=told)

    def _left(self, db: "Connection", erasure: "StoredErasure") -> list[str]:
        """Tables that still name somebody although nothing keeps them."""
        kept = {*erasure.plan.keep, *erasure.plan.record_kinds}
        found: set[str] = set()
        for erased in erasure.plan.customers:
            rows = erasing.counts(db, erased.application_id, erased.customer_id)
            for one in ERASERS:
                if rows[one.table] and one.category.value not in kept:
                    found.add(one.table)
        return sorted(found)

    def _check(self, erasure: "StoredErasure", _report: Report) -> dict[str, Any]:
        """Search everything once more. Who called again since then is new data, and is told."""
        self._outside.delete_files()
        with self._vault.reading() as db:
            left = self._left(db, erasure)
            came_back = self._came_back(db, erasure)
        customers = [Customer(e.application_id, e.customer_id) for e in erasure.plan.customers]
        outcomes = self._planner.service(customers)
        kept = {*erasure.plan.keep, *erasure.plan.record_kinds}
        in_service = {
            count.what
            for outcome in outcomes
            for count in outcome.counts
            if SERVICE_FATES[count.what][0].value not in kept
        }
        came_back = came_back or "calls" in in_service
        if (left or in_service) and not came_back:
            raise _StepFailed(f"Something is left: {', '.join([*left, *sorted(in_service)])}.")
        return {"came_back": came_back, "at": self._outside.clock().isoformat()}

    def _came_back(self, db: "Connection", erasure: "StoredErasure") -> bool:
        """Whether everything under the old ids is from after the erasure."""
        begun = day_number(erasure.begun_at.astimezone(UTC).date()) - 1
        days = [
            db.execute(
                "SELECT min(day) FROM customer_day_sums "
                "WHERE application_id = ? AND customer_id = ?",
                (erased.application_id, erased.customer_id),
            ).fetchone()[0]
            for erased in erasure.plan.customers
        ]
        known = [day for day in days if day is not None]
        return bool(known) and min(known) >= begun

    def _suppress(self, erasure: "StoredErasure", _report: Report) -> None:
        with self._vault.transaction() as db:
            erasure_replay.suppress(db, self.entry(erasure))

    def _certify(self, erasure: "StoredErasure", _report: Report) -> None:
        self._issuer.issue(erasure, self.entry(erasure))

    def entry(self, erasure: "StoredErasure") -> LedgerEntry:
        """What the ledgers are told of an erasure; the same at every try."""
        from contract.erasure import subject_mac

        plan, key = erasure.plan, self._vault.erasure_ledger.subject_key
        return LedgerEntry(
            erasure_id=f"{erasure.erasure_id}-{plan.round}",
            request_id=erasure.request_id,
            at_us=microseconds(erasure.begun_at),
            key=key.hex(),
            subjects=tuple(
                LedgerSubject(
                    one.application_id,
                    subject_mac(key, one.application_id, one.customer_id),
                    one.replacement,
                )
                for one in plan.customers
            ),
            keep=plan.keep,
            held_records=plan.held_records,
            record_kinds=plan.record_kinds,
            addresses=plan.addresses,
        )

    def subject(self, erasure: "StoredErasure") -> ProcessorSubject:
        """A person as processors may know them."""
        customers = tuple(
            Customer(one.application_id, one.customer_id) for one in erasure.plan.customers
        )
        return ProcessorSubject(customers, erasure.plan.emails)


def _result_of(problem: Exception) -> Any:  # noqa: ANN401 (any JSON)
    return getattr(problem, "result", None)
