"""Takes customers out of the service: what is stored, what is in memory, what is journaled.

An erasure is noted in a ledger of its own before anything is destroyed, and marked in the data when
they are free of it. What is noted and not marked is taken up at the next start: a crash half-way,
or data that were restored from an archive, end up the same. Event loop's thread.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from contract.erasure import subject_mac
from contract.identifiers import customer_plan_id
from contract.messages.erasure import ErasureCount, ErasureOutcome, ErasureRequest
from hosted.clock import SECOND_US, Clock, rfc3339
from hosted.metering.admission import Rulebook
from hosted.metering.blocked_callers import BlockedCallers
from hosted.metering.maintenance import DAY_US, RAW_EVENT_DAYS
from hosted.metering.seeding import Seeder
from hosted.metering.writer import Writer
from hosted.scrub.sealing import Sealing
from hosted.storage.access_records import AuditRecord
from hosted.storage.base import Storage, Transaction
from hosted.storage.configuration_records import ConfigRow
from hosted.storage.usage_records import BlankedCalls, ErasedCustomer, NotedErasure

PAGE: Final = 100
BY_ITSELF: Final = "service"
"""Who erased, in the audit log, when an erasure was taken up at a start."""
CATEGORY_OF: Final = {
    "name": "account",
    "sealed identity": "account",
    "usage by day": "usage",
    "plans": "usage",
    "corrections": "billing",
    "own limits": "configuration",
    "freezes": "configuration",
    "calls": "technical",
    "blocks": "security",
    "blocked identity": "security",
}
"""Which kind of data a row is, that an erasure may leave alone."""


@dataclass(frozen=True, slots=True, repr=False)
class TakeOut:
    """Takes one customer out of everything but the single calls; may be repeated."""

    erased: ErasedCustomer
    keep: frozenset[str]

    def apply(self, transaction: Transaction) -> list[ConfigRow]:
        """The rows metering has to know of."""
        changed: list[ConfigRow] = []
        if "account" not in self.keep:
            self._forget_account(transaction)
        if "billing" not in self.keep:
            transaction.forget_words_about(self.erased.application_id, self.erased.customer_id)
        if "configuration" not in self.keep:
            changed += self._tombstones(transaction, "limit_override")
            changed += self._let_go(transaction)
        if "security" not in self.keep:
            changed += self._tombstones(transaction, "block")
        if "usage" not in self.keep:
            changed += self._rekey(transaction)
        return changed

    def _forget_account(self, transaction: Transaction) -> None:
        app, customer_id = self.erased.application_id, self.erased.customer_id
        transaction.forget_configuration("identity", customer_id)
        transaction.forget_answers_about(customer_id)
        row = transaction.configuration("customer", customer_id)
        if "usage" in self.keep and row is not None and row.body is not None:
            transaction.put_configuration("customer", customer_id, app, _nameless(app, row))

    def _tombstones(self, transaction: Transaction, entity: str) -> list[ConfigRow]:
        app = self.erased.application_id
        return [
            transaction.put_configuration(entity, row.entity_id, app, None)
            for row in self._theirs(transaction, entity)
        ]

    def _let_go(self, transaction: Transaction) -> list[ConfigRow]:
        """Nobody is left to be frozen; figures that are held are followed again."""
        thawed = self._tombstones(transaction, "freeze")
        if thawed and "usage" in self.keep:
            transaction.send_again(self.erased.application_id, self.erased.customer_id)
        return thawed

    def _theirs(self, transaction: Transaction, entity: str) -> list[ConfigRow]:
        rows = transaction.configuration_of(self.erased.application_id, entity)
        theirs = self.erased.customer_id
        return [row for row in rows if row.body and row.body.get("customer_id") == theirs]

    def _rekey(self, transaction: Transaction) -> list[ConfigRow]:
        """Plans and merges go along with the figures: what was used keeps its price."""
        app, replacement = self.erased.application_id, self.erased.replacement
        transaction.rekey_customer(self.erased)
        changed = [self._row_of_replacement(transaction), *self._merged(transaction)]
        for row in self._theirs(transaction, "customer_plan"):
            body = {**(row.body or {}), "customer_id": replacement}
            plan_id = customer_plan_id(app, replacement)
            changed.append(transaction.put_configuration("customer_plan", plan_id, app, body))
            transaction.forget_configuration("customer_plan", row.entity_id)
        return changed

    def _row_of_replacement(self, transaction: Transaction) -> ConfigRow:
        """The row of before goes with the names, or stays without figures while they are held."""
        app = self.erased.application_id
        body = _nameless(app, transaction.configuration("customer", self.erased.customer_id))
        if "account" not in self.keep:
            transaction.forget_configuration("customer", self.erased.customer_id)
        return transaction.put_configuration("customer", self.erased.replacement, app, body)

    def _merged(self, transaction: Transaction) -> list[ConfigRow]:
        changed = []
        app = self.erased.application_id
        for customer_id in transaction.merged_into(app, self.erased.customer_id):
            row = transaction.configuration("customer", customer_id)
            if row is not None and row.body is not None:
                merged = {**row.body["merged"], "into": self.erased.replacement}
                body = {**row.body, "merged": merged}
                changed.append(transaction.put_configuration("customer", customer_id, app, body))
        return changed


@dataclass(frozen=True, slots=True)
class ForgetWords:
    """Takes the owner's words out of corrections that were re-keyed while the words were held."""

    application_id: str
    customer_id: str

    def apply(self, transaction: Transaction) -> None:
        transaction.forget_words_about(self.application_id, self.customer_id)


@dataclass(frozen=True, slots=True, repr=False)
class BlankCalls:
    """Takes the contents out of a stretch of single calls."""

    application_id: str
    customer_ids: tuple[str, ...]
    after: int

    def apply(self, transaction: Transaction) -> BlankedCalls:
        return transaction.blank_calls(self.application_id, self.customer_ids, self.after)


@dataclass(frozen=True, slots=True)
class BeginErasure:
    """Says in the data what is going to be done: what is left after a crash does not tell it."""

    erasure_id: str
    outcome: ErasureOutcome

    def apply(self, transaction: Transaction) -> None:
        transaction.begin_erasure(self.erasure_id, self.outcome.model_dump_json())


@dataclass(frozen=True, slots=True)
class MarkErasure:
    """Says in the data that they are free of an erasure's customers.

    The audit log hears of an id and of numbers, of nobody's name or pseudonym.
    """

    erasure_id: str
    at_us: int
    actor: str
    outcome: ErasureOutcome

    def apply(self, transaction: Transaction) -> None:
        transaction.mark_erasure(self.erasure_id, self.at_us, self.outcome.model_dump_json())
        told = {count.what: count.rows for count in self.outcome.counts}
        transaction.append_audit(
            AuditRecord(self.at_us, self.actor, "erase", "person", self.erasure_id, None, told)
        )


def _nameless(application_id: str, row: ConfigRow | None) -> dict[str, Any]:
    """A customer's row with nothing in it but what decides on prices."""
    stored = {} if row is None or row.body is None else row.body
    body: dict[str, Any] = {"application_id": application_id, "name": ""}
    return {**body, "merged": stored["merged"]} if stored.get("merged") else body


def _together(before: ErasureOutcome, now: ErasureOutcome) -> ErasureOutcome:
    """What was begun, and what came to the same customers before it was taken up."""
    counts = Counter({count.what: count.rows for count in before.counts})
    counts |= Counter({count.what: count.rows for count in now.counts})
    told = tuple(ErasureCount(what=what, rows=rows) for what, rows in sorted(counts.items()))
    until = max(filter(None, (before.raw_until, now.raw_until)), default=None)
    return ErasureOutcome(counts=told, blocks=max(before.blocks, now.blocks), raw_until=until)


class Eraser:
    """Notes erasures, carries them out, and tells what one would do."""

    def __init__(  # noqa: PLR0913 - whoever knows something of a customer
        self,
        *,
        storage: Storage,
        writer: Writer,
        seeder: Seeder,
        rules: Rulebook,
        callers: BlockedCallers,
        sealing: Sealing,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._writer = writer
        self._seeder = seeder
        self._rules = rules
        self._callers = callers
        self._sealing = sealing
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def note(self, erasure_id: str, request: ErasureRequest) -> NotedErasure:
        """Write an erasure into the ledger; nothing is destroyed yet.

        Raises:
            StorageUnavailable: nothing was noted.
        """
        content = request.model_dump_json().encode()
        return await asyncio.to_thread(self._storage.erasures.note, erasure_id, content)

    async def apply(self, noted: NotedErasure, actor: str) -> ErasureOutcome:
        """Carry out a noted erasure; one that was carried out changes nothing.

        Raises:
            StorageUnavailable: what is left is taken up by the next call, or the next start.
        """
        async with self._one_at_a_time:
            done = await asyncio.to_thread(self._storage.applied_erasures)
            if noted.erasure_id in done:
                return ErasureOutcome.model_validate_json(done[noted.erasure_id])
            request = ErasureRequest.model_validate_json(noted.content)
            outcome = await self._carry_out(noted.erasure_id, request)
            # The mark is last: what is marked is not taken up again after a crash.
            await self._writer.forget_journaled()
            await asyncio.to_thread(self._storage.forget_copies)
            await self._writer.run(MarkErasure(noted.erasure_id, self._clock(), actor, outcome))
            return outcome

    async def resume(self) -> None:
        """Carry out what was noted and is not marked in these data."""
        done = await asyncio.to_thread(self._storage.applied_erasures)
        after = 0
        while page := await asyncio.to_thread(self._storage.erasures.page, after, PAGE):
            for noted in page:
                if noted.erasure_id not in done:
                    await self.apply(noted, BY_ITSELF)
            after = page[-1].sequence

    async def preview(
        self, application_id: str, customer_ids: Iterable[str], keep: Iterable[str]
    ) -> ErasureOutcome:
        """What an erasure would do now. Nothing is changed."""
        await self._writer.catch_up()
        found = list(customer_ids)
        return await self._outcome([(application_id, one) for one in found], frozenset(keep))

    async def _carry_out(self, erasure_id: str, request: ErasureRequest) -> ErasureOutcome:
        await self._writer.catch_up()
        keep = frozenset(request.keep)
        erased = await asyncio.to_thread(self._recognized, request)
        outcome = await self._begun(erasure_id, erased, keep)
        for one in erased:
            rows = await self._writer.run(TakeOut(one, keep))
            await self._seeder.take_over(rows)
            await self._forget_in_memory(one, keep)
        if "billing" not in keep:
            for subject in request.subjects:
                await self._writer.run(ForgetWords(subject.application_id, subject.replacement))
        if "technical" not in keep:
            await self._blank_calls(request, erased)
        return outcome

    async def _begun(
        self, erasure_id: str, erased: list[ErasedCustomer], keep: frozenset[str]
    ) -> ErasureOutcome:
        """What is done in all, this time and before it was cut off."""
        outcome = await self._outcome([(e.application_id, e.customer_id) for e in erased], keep)
        before = await asyncio.to_thread(self._storage.begun_erasure, erasure_id)
        if before is not None:
            outcome = _together(ErasureOutcome.model_validate_json(before), outcome)
        await self._writer.run(BeginErasure(erasure_id, outcome))
        return outcome

    def _recognized(self, request: ErasureRequest) -> list[ErasedCustomer]:
        """Customers of the erasure that the data still name. Any thread."""
        key = bytes.fromhex(request.key)
        found = []
        for application_id in {subject.application_id for subject in request.subjects}:
            wanted = {
                subject.mac: subject.replacement
                for subject in request.subjects
                if subject.application_id == application_id
            }
            for customer_id in self._storage.customers(application_id):
                replacement = wanted.get(subject_mac(key, application_id, customer_id))
                if replacement is not None:
                    found.append(ErasedCustomer(application_id, customer_id, replacement))
        return found

    async def _forget_in_memory(self, erased: ErasedCustomer, keep: frozenset[str]) -> None:
        key = (erased.application_id, erased.customer_id)
        now_us = self._clock()
        self._sealing.forget(key)
        if "usage" not in keep:
            self._rules.holds.rename(erased.customer_id, erased.replacement)
            for plan in self._rules.limiter.plans():
                for fitted in plan.gauges.values():
                    fitted.gauge.adopt(erased.customer_id, erased.replacement, now_us)
        if "security" not in keep:
            self._callers.forget(key)
        await self._callers.keep(now_us)

    async def _blank_calls(self, request: ErasureRequest, erased: list[ErasedCustomer]) -> None:
        """Under the id of before and the one of after: a crash may lie between."""
        for subject in request.subjects:
            names = {subject.replacement} | {
                e.customer_id for e in erased if e.replacement == subject.replacement
            }
            after: int | None = 0
            while after is not None:
                command = BlankCalls(subject.application_id, tuple(sorted(names)), after)
                after = (await self._writer.run(command)).next_after

    async def _outcome(
        self, customers: list[tuple[str, str]], keep: frozenset[str]
    ) -> ErasureOutcome:
        return await asyncio.to_thread(self._counted, customers, keep)

    def _counted(self, customers: list[tuple[str, str]], keep: frozenset[str]) -> ErasureOutcome:
        total: Counter[str] = Counter()
        newest: list[int] = []
        for application_id, customer_id in customers:
            total.update(self._storage.held_of(application_id, customer_id))
            last = self._storage.newest_call(application_id, [customer_id])
            if last is not None:
                newest.append(last + self._days_kept(application_id) * DAY_US)
        counts = tuple(
            ErasureCount(what=what, rows=rows)
            for what, rows in sorted(total.items())
            if rows and CATEGORY_OF[what] not in keep
        )
        until = rfc3339(max(newest) // SECOND_US * SECOND_US) if newest else None
        return ErasureOutcome(counts=counts, blocks=total["blocks"], raw_until=until)

    def _days_kept(self, application_id: str) -> int:
        row = self._storage.configuration("application", application_id)
        body: Any = {} if row is None or row.body is None else row.body
        return int(body.get("raw_event_days", RAW_EVENT_DAYS))
