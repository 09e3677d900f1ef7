"""Puts limits into force, and fills their gauges from what is stored, at start and after an edit.

Fixed windows are told by the rollups, so that a month's limit does not read a month of events;
windows of a second or a minute by the newest events. Sliding windows and buckets left marks with
their events. A limit that is new counts what its fixed window already had; a new sliding window of
an hour or more begins empty, a new bucket full.
"""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from contract.messages.rollups import MICRO
from contract.terms import LimitCounts, LimitInterval, LimitKind, LimitScope
from hosted.clock import SECOND_US, Clock
from hosted.metering.admission import Rulebook, needs_hold
from hosted.metering.blocked_callers import BlockedCallers
from hosted.metering.directory import Application, Directory
from hosted.metering.gauges import Gauge, TokenBucket
from hosted.metering.holds import Hold
from hosted.metering.limit_rules import SHARED, SHORT, Fitted, Scene
from hosted.metering.policies import Policy
from hosted.metering.windows import hour_and_day, local_day
from hosted.metering.writer import Writer
from hosted.scrub.events import BOOKING_METHODS
from hosted.scrub.routes import FUNCTION_METHOD
from hosted.storage.base import Storage
from hosted.storage.configuration_records import ConfigRow
from hosted.storage.usage_records import Correction

NO_REQUESTS: Final = BOOKING_METHODS | {FUNCTION_METHOD}
"""Methods of events that are no requests of the API, and do not count for its cap."""

PAGE: Final = 1000

Amounts = dict[str, tuple[int, int]]
"""Calls, and units in millionths, by customer."""


@dataclass(frozen=True, slots=True)
class _Empty:
    """A gauge that has to be filled."""

    application: Application
    policy: Policy
    fitted: Fitted

    def key(self, customer_id: str) -> str:
        is_shared = self.fitted.limit.scope is LimitScope.APPLICATION
        return SHARED if is_shared else customer_id

    def add(self, customer_id: str, amounts: tuple[int, int], at_us: int, now_us: int) -> None:
        """Put what a customer used into the gauge."""
        calls, units_micro = amounts
        amount = units_micro if self.fitted.limit.counts is LimitCounts.UNITS else calls
        self.fitted.gauge.add(self.key(customer_id), amount, at_us, now_us)


class Seeder:
    """Hands changes of the configuration to the rules in force. Event loop's thread."""

    def __init__(  # noqa: PLR0913 - the collaborators of the one place where they meet
        self,
        *,
        storage: Storage,
        directory: Directory,
        rules: Rulebook,
        callers: BlockedCallers,
        writer: Writer,
        clock: Clock,
    ) -> None:
        self._storage = storage
        self._directory = directory
        self._rules = rules
        self._callers = callers
        self._writer = writer
        self._clock = clock

    async def seed_all(self) -> None:
        """Take up every limit, hold and block where it was before the service ended."""
        now_us = self._clock()
        for row in self._rows("block"):
            self._rules.blocks.apply(row)
        for row in self._rows("freeze"):
            self._rules.frozen.apply(row)
        self._callers.load(self._storage)
        empty = [found for policy in self._directory.policies.all() for found in self._fit(policy)]
        await self._fill(empty, now_us, None)
        await self._restore_marks()
        await self._restore_holds(now_us)
        for application in self._directory.applications():
            await self._take_cap(application)

    async def take_over(self, rows: Iterable[ConfigRow]) -> None:
        """Put committed rows into the directory, and the limits they change into force."""
        changed = list(rows)
        concerned = self._directory.apply(changed)
        now_us = self._clock()
        for row in changed:
            if row.entity == "block":
                self._rules.blocks.apply(row)
            elif row.entity == "freeze":
                self._rules.frozen.apply(row)
        await self._callers.keep(now_us)
        empty: list[_Empty] = []
        for policy_id in concerned:
            policy = self._directory.policies.find(policy_id)
            if policy is None:
                self._rules.limiter.forget(policy_id)
            else:
                empty += self._fit(policy)
        self._hold_again(empty, now_us)
        if empty:
            await self._writer.catch_up()
            await self._fill(empty, now_us, now_us + 1)
        for row in changed:
            application = self._directory.application(row.entity_id)
            if row.entity == "application" and application is not None:
                await self._take_cap(application)

    def correct(self, correction: Correction) -> None:
        """Count a stored correction for the limits of its customer."""
        app_id, endpoint = correction.application_id, correction.endpoint_id
        policy = self._directory.policies.of_event(app_id, endpoint)
        plan = None if policy is None else self._rules.limiter.plan(policy.policy_id)
        if plan is not None:
            plan.correct(correction.customer_id, correction.units_micro, correction.at_us)

    def _rows(self, entity: str) -> Iterator[ConfigRow]:
        after = ""
        while rows := self._storage.configuration_page(entity, None, after, PAGE):
            yield from rows
            after = rows[-1].entity_id

    def _fit(self, policy: Policy) -> Iterator[_Empty]:
        """Put a policy's limits into force; the gauges that begin empty."""
        application = self._directory.application(policy.body.application_id)
        if application is None:
            return
        scene = Scene(policy.policy_id, application.zone, is_marked=policy.is_function)
        own = self._directory.policies.own_limits(policy.policy_id)
        fitted = self._rules.limiter.configure(scene, policy.body.limits, own)
        yield from (_Empty(application, policy, found) for found in fitted.values())

    async def _fill(self, empty: list[_Empty], now_us: int, before_us: int | None) -> None:
        """Fill gauges with calls that began before an instant; None when none can come later."""
        for found in empty:
            if found.policy.is_function or isinstance(found.fitted.gauge, TokenBucket):
                continue
            if found.fitted.limit.interval in SHORT:
                await self._fill_from_events(found, now_us, before_us)
            elif found.fitted.limit.kind is LimitKind.FIXED_WINDOW:
                await self._fill_from_rollups(found, now_us, before_us)

    async def _fill_from_events(self, found: _Empty, now_us: int, before_us: int | None) -> None:
        since_us = found.fitted.gauge.needed_since(now_us)
        endpoint = found.policy.endpoint_id
        for call in await asyncio.to_thread(self._storage.recent_calls, endpoint, since_us):
            if before_us is None or call.opened_us < before_us:
                amounts = (1, call.units_micro)
                found.add(call.customer_id, amounts, call.opened_us, self._clock())

    async def _fill_from_rollups(self, found: _Empty, now_us: int, before_us: int | None) -> None:
        since_us = found.fitted.gauge.needed_since(now_us)
        used = await asyncio.to_thread(self._used, found, since_us, before_us)
        for customer_id, amounts in used.items():
            found.add(customer_id, amounts, since_us, self._clock())

    def _used(self, found: _Empty, since_us: int, before_us: int | None) -> Amounts:
        """What customers used in the window that began at an instant. Any thread."""
        app_id, endpoint = found.application.application_id, found.policy.endpoint_id
        if found.fitted.limit.interval is LimitInterval.HOUR:
            usage = self._storage.usage_in_hour(app_id, endpoint, since_us // SECOND_US)
        else:
            day = local_day(since_us, found.application.zone)
            usage = self._storage.usage_since_day(app_id, endpoint, day)
        used = {customer: (each.calls, each.units_micro) for customer, each in usage.items()}
        if before_us is not None:
            for call in self._storage.recent_calls(endpoint, before_us):
                calls, units_micro = used.get(call.customer_id, (0, 0))
                used[call.customer_id] = (calls - 1, units_micro - call.units_micro)
        return used

    async def _restore_marks(self) -> None:
        """Take up sliding windows and buckets."""
        gauges: dict[str, Gauge] = {
            name: fitted.gauge
            for plan in self._rules.limiter.plans()
            for name, fitted in plan.gauges.items()
        }
        for mark in await asyncio.to_thread(self._storage.marks):
            gauge = gauges.get(mark.gauge_id)
            if isinstance(gauge, TokenBucket):
                gauge.restore(mark.key, int(mark.level), mark.at_us)
            elif gauge is not None:
                gauge.add(mark.key, mark.amount, mark.at_us, self._clock())

    async def _restore_holds(self, now_us: int) -> None:
        """Take up allocations that were open."""
        for event in await asyncio.to_thread(self._storage.open_events):
            policy = self._directory.policies.of_event(event.application_id, event.endpoint_id)
            plan = None if policy is None else self._rules.limiter.plan(policy.policy_id)
            if policy is None or not needs_hold(policy, plan):
                continue
            hold = Hold(policy, event.customer_id, event.opened_us, event.expires_us)
            self._rules.holds.open((event.application_id, event.allocation_id), hold)
            if plan is not None:
                plan.hold(event.customer_id, event.opened_us, now_us)

    def _hold_again(self, empty: list[_Empty], now_us: int) -> None:
        """Let open allocations weigh in limits on units that are new."""
        for found in empty:
            if found.fitted.limit.counts is LimitCounts.UNITS:
                for hold in self._rules.holds.of_policy(found.policy.policy_id):
                    key = found.key(hold.customer_id)
                    found.fitted.gauge.hold(key, MICRO, hold.opened_us, now_us)

    async def _take_cap(self, application: Application) -> None:
        """Put an application's cap into force, with the requests its period already had."""
        app_id = application.application_id
        if not self._rules.caps.configure(app_id, application.zone, application.cap):
            return
        now_us = self._clock()
        since_us = self._rules.caps.start_us(app_id, now_us)
        hour, _ = hour_and_day(since_us, application.zone)
        requests = await asyncio.to_thread(self._storage.requests_since, app_id, hour)
        skipped = {
            sighting.endpoint_id
            for sighting in self._directory.endpoints.all_of(app_id)
            if sighting.method in NO_REQUESTS
        }
        counted = sum(count for endpoint, count in requests.items() if endpoint not in skipped)
        self._rules.caps.add(app_id, counted, now_us, now_us)
