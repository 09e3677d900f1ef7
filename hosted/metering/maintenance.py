"""What the service does on its own: expire holds, forget old events, keep the file tidy."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from hosted.clock import SECOND_US, Clock
from hosted.errors import StorageUnavailable
from hosted.metering.ledger import EXPIRY_BATCH, ExpireHolds
from hosted.metering.writer import Writer
from hosted.storage.base import Storage, Transaction

log = logging.getLogger(__name__)

DAY_US: Final = 86_400 * SECOND_US
RAW_EVENT_DAYS: Final = 90
"""For applications that say nothing else, or are gone; answers to edits are kept as long."""
DELETE_BATCH: Final = 2000
FOLDED_KEPT_DAYS: Final = 7
WEBHOOK_EVENT_DAYS: Final = 35
"""A desktop that was away for longer reads everything from the provider instead."""
HOURS_KEPT_DAYS: Final = 25 * 31
"""What single customers used by the hour; by the day it is kept as books are."""
DAY_S: Final = 86_400
ENDED_KEPT_DAYS: Final = 3 * 366
"""Numbers of privacy requests that have ended: as long as desktops keep the requests."""
ZONE_SLACK_DAYS: Final = 2
"""A local date differs from the UTC date by at most one; late settlements take one more."""


@dataclass(frozen=True, slots=True)
class ForgetOld:
    """Deletes kept answers, silent hourly rows, providers' events and ended privacy requests."""

    before_us: int
    folded_before_day: int
    webhooks_before_us: int
    ended_before_us: int = 0
    hours_before: int = 0

    def apply(self, transaction: Transaction) -> None:
        transaction.delete_answers(self.before_us)
        transaction.delete_folded(self.folded_before_day)
        transaction.forget_webhook_events(self.webhooks_before_us)
        transaction.forget_ended_requests(self.ended_before_us)
        transaction.forget_hours(self.hours_before)


@dataclass(frozen=True, slots=True)
class ForgetEvents:
    """Deletes raw events of an application after their time. Rollups stay."""

    application_id: str
    before_us: int

    def apply(self, transaction: Transaction) -> int:
        """Delete one batch; return how many it had."""
        return transaction.delete_events(self.application_id, self.before_us, DELETE_BATCH)


@dataclass(frozen=True, slots=True)
class Refold:
    """Gives a crowded day's largest customers hourly rows of their own."""

    application_id: str
    day: int
    largest: frozenset[str]

    def apply(self, transaction: Transaction) -> None:
        transaction.refold_customer_hours(self.application_id, self.day, self.largest)


class Maintenance:
    """Chores on the event loop; each returns quickly or waits for the writer."""

    def __init__(self, storage: Storage, writer: Writer, clock: Clock) -> None:
        self._storage = storage
        self._writer = writer
        self._clock = clock

    async def expire_holds(self) -> None:
        """Close at zero what was not settled in time."""
        expired = await self._writer.run(ExpireHolds(self._clock()), can_wait=True)
        while expired == EXPIRY_BATCH:
            expired = await self._writer.run(ExpireHolds(self._clock()))

    async def forget_old(self) -> None:
        """Keep raw events as long as each application says, answers to edits for 90 days."""
        now_us = self._clock()
        forget_all = ForgetOld(
            before_us=now_us - RAW_EVENT_DAYS * DAY_US,
            folded_before_day=now_us // DAY_US - FOLDED_KEPT_DAYS,
            webhooks_before_us=now_us - WEBHOOK_EVENT_DAYS * DAY_US,
            ended_before_us=now_us - ENDED_KEPT_DAYS * DAY_US,
            hours_before=(now_us // DAY_US - HOURS_KEPT_DAYS) * DAY_S,
        )
        await self._writer.run(forget_all, can_wait=True)
        for application_id, days in await asyncio.to_thread(self._retention):
            forget = ForgetEvents(application_id, now_us - days * DAY_US)
            deleted = DELETE_BATCH
            while deleted == DELETE_BATCH:
                deleted = await self._writer.run(forget)

    def _retention(self) -> list[tuple[str, int]]:
        """Every application that has events, and for how many days it keeps them."""
        found = []
        for application_id in self._storage.applications_with_events():
            row = self._storage.configuration("application", application_id)
            body = None if row is None else row.body
            days = RAW_EVENT_DAYS if body is None else body.get("raw_event_days", RAW_EVENT_DAYS)
            found.append((application_id, days))
        return found

    async def refold(self) -> None:
        """Look again who is among the largest customers of today and yesterday."""
        today = self._clock() // DAY_US
        crowded = await asyncio.to_thread(self._storage.crowded_days, today - ZONE_SLACK_DAYS)
        for place in crowded:
            largest = await asyncio.to_thread(self._storage.largest_customers, *place)
            await self._writer.run(Refold(*place, largest), can_wait=True)

    async def checkpoint(self) -> None:
        """Fold the write-ahead log into the data file, beside the writer."""
        await asyncio.to_thread(self._storage.checkpoint)


async def repeat(interval_s: float, chore: Callable[[], Awaitable[None]]) -> None:
    """Do a chore now and then at intervals, for ever.

    What goes wrong is logged and tried again next time: a chore that silently stopped would leave
    holds open, or personal data in place.
    """
    has_to_wait = False
    while True:
        try:
            await chore()
            has_to_wait = False
        except StorageUnavailable as error:
            if not has_to_wait:
                log.warning("A chore has to wait: %s", error)
            has_to_wait = True
        except Exception:  # the one place that hears of a chore's fault
            log.exception("A chore failed; it is tried again.")
        await asyncio.sleep(interval_s)
