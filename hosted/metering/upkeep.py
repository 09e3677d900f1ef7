"""Chores of the rules in force: holds run out, blocks end, marks grow old. Event loop's thread."""

from collections.abc import Mapping
from dataclasses import dataclass

from hosted.clock import Clock
from hosted.metering.admission import Rulebook
from hosted.metering.blocked_callers import BlockedCallers
from hosted.metering.writer import Writer
from hosted.storage.base import Transaction


@dataclass(frozen=True, slots=True)
class ForgetMarks:
    """Deletes marks no gauge needs any more."""

    needed_since: Mapping[str, int]

    def apply(self, transaction: Transaction) -> None:
        transaction.forget_marks(self.needed_since)


class Upkeep:
    """Each chore returns quickly or waits for the writer."""

    def __init__(
        self, rules: Rulebook, callers: BlockedCallers, writer: Writer, clock: Clock
    ) -> None:
        self._rules = rules
        self._callers = callers
        self._writer = writer
        self._clock = clock

    async def end_what_ran_out(self) -> None:
        """Release holds and end blocks whose time is over; store blocked callers that are new."""
        now_us = self._clock()
        self._rules.expire_holds(now_us)
        await self._callers.keep(now_us)

    async def forget_marks(self) -> None:
        """Keep the marks that gauges would need after a restart."""
        now_us = self._clock()
        needed_since = {
            name: fitted.gauge.needed_since(now_us)
            for plan in self._rules.limiter.plans()
            for name, fitted in plan.gauges.items()
        }
        await self._writer.run(ForgetMarks(needed_since), can_wait=True)
