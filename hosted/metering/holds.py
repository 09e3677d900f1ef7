"""Allocations of limited policies that are open, so that memory knows what is stored.

Limits on units weigh open holds, and a settlement of a Go function names neither its route nor its
policy. Lives on the event loop's
thread; bounded by the calls of the last minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from hosted.clock import SECOND_US
from hosted.metering.policies import Policy

GRACE_S: Final = 600
"""How long a hold that ran out is remembered: its settlement may still come, late."""

HoldKey = tuple[str, str]
"""Application and allocation."""


@dataclass(slots=True)
class Hold:
    """An allocation that was opened and not settled."""

    policy: Policy
    customer_id: str
    opened_us: int
    expires_us: int
    weighs: bool = True
    """False once it ran out."""


class Holds:
    """Open allocations by key, and by the second in which they run out."""

    def __init__(self) -> None:
        self._holds: dict[HoldKey, Hold] = {}
        self._due: dict[int, set[HoldKey]] = {}

    def open(self, key: HoldKey, hold: Hold) -> None:
        """Remember an allocation until it is settled, and for a while after it ran out."""
        self._holds[key] = hold
        self._due.setdefault(hold.expires_us // SECOND_US, set()).add(key)

    def close(self, key: HoldKey) -> Hold | None:
        """The allocation is settled, or never came to be; its hold, None when it has none."""
        hold = self._holds.pop(key, None)
        if hold is not None:
            second = hold.expires_us // SECOND_US + (0 if hold.weighs else GRACE_S)
            due = self._due.get(second)
            if due is not None:
                due.discard(key)
        return hold

    def rename(self, customer_id: str, replacement: str) -> None:
        """Let the open allocations of an erased customer be somebody else's."""
        for hold in self._holds.values():
            if hold.customer_id == customer_id:
                hold.customer_id = replacement

    def of_policy(self, policy_id: str) -> Iterator[Hold]:
        """Holds that weigh, of one policy."""
        return (
            hold
            for hold in self._holds.values()
            if hold.weighs and hold.policy.policy_id == policy_id
        )

    def run_out(self, now_us: int) -> Iterator[Hold]:
        """Holds that have run out since the last call; they weigh no more."""
        now_s = now_us // SECOND_US
        for second in [second for second in self._due if second < now_s]:
            for key in self._due.pop(second):
                hold = self._holds[key]
                if hold.weighs:
                    hold.weighs = False
                    self._due.setdefault(second + GRACE_S, set()).add(key)
                    yield hold
                else:
                    del self._holds[key]
