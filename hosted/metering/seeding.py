"""Fills the limiter's counts from what is stored, at start and after an edit."""

import asyncio
from collections.abc import Iterable
from typing import Final

from contract.messages.policies import LimitInterval
from hosted.clock import SECOND_US, Clock
from hosted.metering.directory import Application, Directory, Policy
from hosted.metering.endpoints import endpoint_id
from hosted.metering.limits import Limiter
from hosted.metering.windows import local_day, window
from hosted.storage.base import ConfigRow, Storage

SHORT: Final = frozenset({LimitInterval.SECOND, LimitInterval.MINUTE})


class Seeder:
    """Counts admitted calls of the current windows. Call it on the event loop's thread."""

    def __init__(
        self, storage: Storage, directory: Directory, limiter: Limiter, clock: Clock
    ) -> None:
        self._storage = storage
        self._directory = directory
        self._limiter = limiter
        self._clock = clock

    async def seed_all(self) -> None:
        """Take up every limit where it was before the service ended."""
        await self._seed(self._directory.limited_policies())

    async def take_over(self, rows: Iterable[ConfigRow]) -> None:
        """Put committed rows into the directory, and count anew for the limits they change."""
        changed = list(rows)
        self._directory.apply(changed)
        applications = {row.entity_id for row in changed if row.entity == "application"}
        policies = {row.entity_id for row in changed if row.entity == "policy"}
        for policy_id in policies:
            self._limiter.forget(policy_id)
        affected = [
            (application, policy)
            for application, policy in self._directory.limited_policies()
            if policy.policy_id in policies or application.application_id in applications
        ]
        for _, policy in affected:
            self._limiter.forget(policy.policy_id)
        await self._seed(affected)

    async def _seed(self, limited: list[tuple[Application, Policy]]) -> None:
        for application, policy in limited:
            now_us = self._clock()
            calls = await asyncio.to_thread(self._calls, application, policy, now_us)
            self._limiter.seed(application, policy, calls, now_us)

    def _calls(self, application: Application, policy: Policy, now_us: int) -> dict[str, int]:
        """Calls per customer in the window around now.

        Hours and days are summed from the rollups, so that a month's limit does not read a month
        of events.
        """
        if policy.limit is None:
            return {}
        interval = policy.limit[1]
        start_us, _ = window(interval, now_us, application.zone)
        app_id = application.application_id
        endpoint = endpoint_id(app_id, policy.body.method, policy.body.url)
        if interval in SHORT:
            return self._storage.calls_since(endpoint, start_us)
        if interval is LimitInterval.HOUR:
            return self._storage.calls_in_hour(app_id, endpoint, start_us // SECOND_US)
        day = local_day(start_us, application.zone)
        return self._storage.calls_since_day(app_id, endpoint, day)
