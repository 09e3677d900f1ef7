"""The rules in force, and what they count. Memory only: no call waits for a disk here."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from hosted.metering.blocks import Blocks
from hosted.metering.caps import Caps
from hosted.metering.frozen import Frozen
from hosted.metering.gauges import Mark
from hosted.metering.holds import Hold, HoldKey, Holds
from hosted.metering.limits import Limiter, Passed, Plan, Refused
from hosted.metering.policies import Policy

UNLIMITED: Final = Passed((), is_warned=False)


class Visit(msgspec.Struct, frozen=True, gc=False):
    """A call that begins."""

    key: HoldKey
    """Application and allocation."""
    policy: Policy | None
    customer_id: str
    at_us: int
    expires_us: int
    counts_for_cap: bool
    earlier_ids: tuple[str, ...] = ()
    """Pseudonyms the customer had under earlier keys, the latest first."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Limits, holds, blocks, caps and frozen callers of every application. Event loop's thread."""

    limiter: Limiter = field(default_factory=Limiter)
    holds: Holds = field(default_factory=Holds)
    blocks: Blocks = field(default_factory=Blocks)
    caps: Caps = field(default_factory=Caps)
    frozen: Frozen = field(default_factory=Frozen)

    def open(self, visit: Visit, *, can_refuse: bool) -> Passed | Refused:
        """Admit a call and count it, or say which limit is reached.

        `can_refuse` is false for calls whose client waits for no answer: these count all the same.
        """
        policy, passed = visit.policy, UNLIMITED
        if policy is not None:
            plan = self.limiter.plan(policy.policy_id)
            if plan is not None:
                if visit.earlier_ids:
                    plan.follow(visit.customer_id, visit.earlier_ids, visit.at_us)
                decide = plan.admit if can_refuse else plan.count
                verdict = decide(visit.customer_id, visit.at_us)
                if isinstance(verdict, Refused):
                    return verdict
                passed = verdict
            if needs_hold(policy, plan):
                hold = Hold(policy, visit.customer_id, visit.at_us, visit.expires_us)
                self.holds.open(visit.key, hold)
        if visit.counts_for_cap:
            self.caps.add(visit.key[0], 1, visit.at_us, visit.at_us)
        return passed

    def take_back(self, visit: Visit, now_us: int) -> None:
        """Forget a call that was not stored, or had been counted before."""
        hold = self.holds.close(visit.key)
        plan = None if visit.policy is None else self.limiter.plan(visit.policy.policy_id)
        if plan is not None:
            plan.take_back(visit.customer_id, visit.at_us, now_us)
            if hold is not None and hold.weighs:
                plan.release(visit.customer_id, visit.at_us, now_us)
        if visit.counts_for_cap:
            self.caps.add(visit.key[0], -1, visit.at_us, now_us)

    def close_early(self, visit: Visit) -> None:
        """Take away the weight of a call whose settlement came before it."""
        hold = self.holds.close(visit.key)
        plan = None if hold is None else self.limiter.plan(hold.policy.policy_id)
        if plan is not None:
            plan.release(visit.customer_id, visit.at_us, visit.at_us)

    def counts_units(self, policy: Policy) -> bool:
        """Whether a limit of the policy looks at units."""
        plan = self.limiter.plan(policy.policy_id)
        return plan is not None and plan.counts_units

    def settle(
        self, policy: Policy, hold: Hold | None, customer_id: str, units_micro: int, now_us: int
    ) -> tuple[Mark, ...]:
        """Count the units of a call that ended; `hold` is what was remembered of its beginning."""
        plan = self.limiter.plan(policy.policy_id)
        if plan is None:
            return ()
        if hold is None:
            return plan.settle(customer_id, units_micro, now_us, now_us)
        if hold.weighs:
            plan.release(hold.customer_id, hold.opened_us, now_us)
        return plan.settle(hold.customer_id, units_micro, hold.opened_us, now_us)

    def expire_holds(self, now_us: int) -> None:
        """Take away the weight of holds that have run out."""
        for hold in self.holds.run_out(now_us):
            plan = self.limiter.plan(hold.policy.policy_id)
            if plan is not None:
                plan.release(hold.customer_id, hold.opened_us, now_us)


def needs_hold(policy: Policy, plan: Plan | None) -> bool:
    """Whether memory has to know the open allocations of a policy.

    Limits on units weigh them, and the settlement of a function does not name its policy.
    """
    if plan is not None and plan.counts_units:
        return True
    return policy.is_function and (plan is not None or not policy.metering.is_plain)
