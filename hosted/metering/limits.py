"""Limits of policies: who has a call or a unit left, and why not.

A limit on calls counts admitted calls; one on units counts settled units and weighs each open hold
at one, whatever it reserves: a tracked route that reserves 1,000 units could otherwise never be
called under a limit of 500. An admitted call keeps its place when its hold runs out, because
hanging up early would otherwise be a way around the limit. Every limit counts every call, also
outside its schedule and for customers with limits of their own, so that what it shows does not
depend on the order of edits. Lives on the event loop's thread.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from contract.messages.policies import Limit
from contract.messages.rollups import MICRO
from hosted.metering.gauges import FixedWindow, Mark, Reading
from hosted.metering.limit_rules import (
    SHARED,
    Counter,
    Fitted,
    LimitRule,
    RuleMaker,
    Scene,
    counters_of,
    key_of,
)

FOR_EVER_US: Final = 2**62


@dataclass(frozen=True, slots=True)
class Refused:
    """The limit that stopped a call."""

    rule: LimitRule
    reading: Reading


class Passed(msgspec.Struct, frozen=True, gc=False):
    """The call counts. `is_warned`: a limit that only warns is reached."""

    marks: tuple[Mark, ...]
    is_warned: bool


@dataclass(frozen=True, slots=True)
class OwnLimits:
    """What one customer has instead of a policy's limits."""

    override_id: str
    limits: tuple[Limit, ...]
    until_us: int = FOR_EVER_US


@dataclass(frozen=True, slots=True)
class Own:
    """Limits of one customer, ready for use."""

    rules: tuple[LimitRule, ...]
    counters: tuple[Counter, ...]
    until_us: int


class Plan:
    """The limits of one policy, and of the customers that have others."""

    __slots__ = ("_counters", "_own", "counts_units", "gauges", "policy_id", "rules")

    def __init__(
        self,
        scene: Scene,
        limits: Sequence[Limit],
        own: Mapping[str, OwnLimits],
        known: Mapping[str, Fitted],
    ) -> None:
        """Make a plan that goes on with those of the known gauges it can use."""
        self.policy_id = scene.policy_id
        maker = RuleMaker(scene, known)
        self.rules = maker.rules(scene.policy_id, limits)
        self._counters = counters_of(self.rules)
        self._own: dict[str, Own] = {}
        for customer_id, override in own.items():
            rules = maker.rules(override.override_id, override.limits)
            counters = counters_of((*self.rules, *rules))
            self._own[customer_id] = Own(rules, counters, override.until_us)
        self.gauges = maker.used
        everyone = [self._counters, *(found.counters for found in self._own.values())]
        self.counts_units = any(each.counts_units for counters in everyone for each in counters)

    def rules_of(self, customer_id: str, now_us: int) -> tuple[LimitRule, ...]:
        """The limits that hold for a customer now, apart from their schedules."""
        own = self._own.get(customer_id)
        return self.rules if own is None or now_us >= own.until_us else own.rules

    def follow(self, customer_id: str, earlier: Sequence[str], now_us: int) -> None:
        """Let a caller with a new pseudonym go on with what the earlier ones had and used.

        `earlier` are pseudonyms of the same caller that it does not get any more, the latest first.
        """
        for before in earlier:
            if before in self._own:
                self._own.setdefault(customer_id, self._own[before])
        for each in self._counters_of(customer_id):
            if not each.is_shared:
                for before in earlier:
                    each.gauge.adopt(before, customer_id, now_us)

    def admit(self, customer_id: str, now_us: int) -> Passed | Refused:
        """Count a call if its customer has one left."""
        is_warned = False
        for rule in self.rules_of(customer_id, now_us):
            if rule.stops(customer_id, now_us):
                if not rule.is_soft:
                    return Refused(rule, rule.reading(customer_id, now_us))
                is_warned = True
        return Passed(self._open(customer_id, now_us), is_warned)

    def count(self, customer_id: str, now_us: int) -> Passed:
        """Count a call that cannot be refused."""
        is_warned = any(
            rule.is_soft and rule.stops(customer_id, now_us)
            for rule in self.rules_of(customer_id, now_us)
        )
        return Passed(self._open(customer_id, now_us), is_warned)

    def stopping(self, customer_id: str, now_us: int) -> Refused | None:
        """The limit that would refuse a call now; nothing is counted."""
        for rule in self.rules_of(customer_id, now_us):
            if not rule.is_soft and rule.stops(customer_id, now_us):
                return Refused(rule, rule.reading(customer_id, now_us))
        return None

    def settle(
        self, customer_id: str, units_micro: int, opened_us: int, now_us: int
    ) -> tuple[Mark, ...]:
        """Count the units of a call that began at `opened_us`."""
        if not self.counts_units:
            return ()
        added = [
            each.gauge.add(key_of(each, customer_id), units_micro, opened_us, now_us)
            for each in self._counters_of(customer_id)
            if each.counts_units
        ]
        return tuple(mark for mark in added if mark is not None)

    def correct(self, customer_id: str, units_micro: int, now_us: int) -> None:
        """Count what the owner corrects in windows that the rollups tell, which have it too."""
        for each in self._counters_of(customer_id):
            if each.counts_units and isinstance(each.gauge, FixedWindow):
                each.gauge.add(key_of(each, customer_id), units_micro, now_us, now_us)

    def hold(self, customer_id: str, opened_us: int, now_us: int) -> None:
        """Let a call that is open weigh one unit."""
        self._weigh(customer_id, MICRO, opened_us, now_us)

    def release(self, customer_id: str, opened_us: int, now_us: int) -> None:
        """Take away the weight of a call that is no longer open."""
        self._weigh(customer_id, -MICRO, opened_us, now_us)

    def take_back(self, customer_id: str, opened_us: int, now_us: int) -> None:
        """Forget a call that could not be stored; the weight of its hold has been released."""
        for each in self._counters_of(customer_id):
            if not each.counts_units:
                each.gauge.add(key_of(each, customer_id), -1, opened_us, now_us)

    def _open(self, customer_id: str, now_us: int) -> tuple[Mark, ...]:
        marks: tuple[Mark, ...] = ()
        for each in self._counters_of(customer_id):
            key = SHARED if each.is_shared else customer_id
            if each.counts_units:
                each.gauge.hold(key, MICRO, now_us, now_us)
                continue
            mark = each.gauge.add(key, 1, now_us, now_us)
            if mark is not None:
                marks = (*marks, mark)
        return marks

    def _weigh(self, customer_id: str, weight: int, opened_us: int, now_us: int) -> None:
        if not self.counts_units:
            return
        for each in self._counters_of(customer_id):
            if each.counts_units:
                each.gauge.hold(key_of(each, customer_id), weight, opened_us, now_us)

    def _counters_of(self, customer_id: str) -> tuple[Counter, ...]:
        if not self._own:
            return self._counters
        own = self._own.get(customer_id)
        return self._counters if own is None else own.counters


class Limiter:
    """The plans of all policies that limit. Gauges outlive edits that leave their kind alone."""

    def __init__(self) -> None:
        self._plans: dict[str, Plan] = {}

    def plan(self, policy_id: str) -> Plan | None:
        """Limits of a policy; None when it has none."""
        return self._plans.get(policy_id)

    def plans(self) -> Iterable[Plan]:
        return self._plans.values()

    def configure(
        self, scene: Scene, limits: Sequence[Limit], own: Mapping[str, OwnLimits]
    ) -> dict[str, Fitted]:
        """Put a policy's limits into force; the gauges that are new, by name, and begin empty."""
        before = self._plans.pop(scene.policy_id, None)
        known = {} if before is None else before.gauges
        plan = Plan(scene, limits, own, known)
        if not plan.gauges:
            return {}
        self._plans[scene.policy_id] = plan
        return {name: fitted for name, fitted in plan.gauges.items() if name not in known}

    def forget(self, policy_id: str) -> None:
        """Drop the limits of a policy that is gone."""
        self._plans.pop(policy_id, None)
