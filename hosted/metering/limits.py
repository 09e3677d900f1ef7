"""Rate limits: fixed windows per policy and identity, in the application's time zone.

A limit counts admitted calls. A hold weighs one call, whatever amount it reserves: a tracked route
that reserves 1,000 units could otherwise never be called under a limit of 500. An admitted call
keeps its place when its hold expires, because hanging up early would otherwise be a way around the
limit. Lives on the event loop's thread.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from contract.messages.rollups import ANONYMOUS
from hosted.metering.directory import Application, Policy
from hosted.metering.windows import window


@dataclass(slots=True)
class Window:
    """The current window of a policy, and the calls admitted in it per customer."""

    start_us: int
    end_us: int
    calls: dict[str, int]


class Limiter:
    """Counts in memory; the counts can be had again from the stored events at any time."""

    def __init__(self) -> None:
        self._windows: dict[str, Window] = {}

    def admit(self, application: Application, policy: Policy, customer_id: str, at_us: int) -> bool:
        """Count a call if its customer has one left; False when the limit is reached."""
        if policy.limit is None:
            return True
        calls = self._window(application, policy, at_us).calls
        if calls.get(customer_id, 0) >= policy.limit[0]:
            return False
        calls[customer_id] = calls.get(customer_id, 0) + 1
        return True

    def count(self, application: Application, policy: Policy, customer_id: str, at_us: int) -> None:
        """Count a call that cannot be refused."""
        if policy.limit is not None:
            calls = self._window(application, policy, at_us).calls
            calls[customer_id] = calls.get(customer_id, 0) + 1

    def take_back(self, policy: Policy, customer_id: str, at_us: int) -> None:
        """Forget an admitted call that could not be stored."""
        current = self._windows.get(policy.policy_id)
        if current is not None and current.start_us <= at_us < current.end_us:
            current.calls[customer_id] = max(0, current.calls.get(customer_id, 0) - 1)

    def seed(
        self, application: Application, policy: Policy, calls: Mapping[str, int], at_us: int
    ) -> None:
        """Take over counts from the storage; what was counted meanwhile stays if it is more."""
        current = self._window(application, policy, at_us).calls
        for customer_id, count in calls.items():
            current[customer_id] = max(current.get(customer_id, 0), count)

    def forget(self, policy_id: str) -> None:
        """Drop the window of a policy that was changed or removed."""
        self._windows.pop(policy_id, None)

    def anonymous_exhausted_until(
        self, application: Application, policy: Policy, at_us: int
    ) -> int | None:
        """End of the window in which callers without identity have used up the limit, or None."""
        if policy.limit is None:
            return None
        current = self._window(application, policy, at_us)
        exhausted = current.calls.get(ANONYMOUS, 0) >= policy.limit[0]
        return current.end_us if exhausted else None

    def _window(self, application: Application, policy: Policy, at_us: int) -> Window:
        current = self._windows.get(policy.policy_id)
        if current is None or not current.start_us <= at_us < current.end_us:
            if policy.limit is None:
                raise ValueError("the policy has no limit")
            start_us, end_us = window(policy.limit[1], at_us, application.zone)
            current = self._windows[policy.policy_id] = Window(start_us, end_us, {})
        return current
