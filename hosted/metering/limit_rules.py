"""The limits of a policy or of one customer, each with the gauge that counts for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from contract.messages.policies import Limit
from contract.messages.rollups import MICRO
from contract.terms import LimitCounts, LimitEffect, LimitInterval, LimitKind, LimitScope
from hosted.metering.gauges import FixedWindow, Gauge, Reading, SlidingWindow, TokenBucket
from hosted.metering.schedules import Schedule

SHORT: Final = frozenset({LimitInterval.SECOND, LimitInterval.MINUTE})
"""Intervals whose calls are read from the newest events after a restart."""
SHARED: Final = "*"
"""Key of all callers together; no customer id has this form."""


@dataclass(frozen=True, slots=True)
class LimitRule:
    """A limit, its gauge, and what they belong to."""

    rule_id: str
    """Id of the policy or override."""
    place: int
    """Position among the limits of the rule."""
    limit: Limit
    gauge: Gauge
    weight: int
    """What a call that asks weighs: 1, or a unit in millionths."""
    allowed: int
    schedule: Schedule | None
    is_own: bool
    """Whether it stands in an override."""
    is_shared: bool
    """Whether all callers have it together."""
    is_soft: bool
    """Whether it warns only."""

    def key(self, customer_id: str) -> str:
        """Key of a customer in the gauge."""
        return SHARED if self.is_shared else customer_id

    def stops(self, customer_id: str, now_us: int) -> bool:
        """Whether the limit is reached, now that it holds."""
        key = SHARED if self.is_shared else customer_id
        return not self.gauge.has_room(key, self.weight, self.allowed, now_us) and self.holds(
            now_us
        )

    def reading(self, customer_id: str, at_us: int) -> Reading:
        """What its gauge would show for a customer at an instant, now or later."""
        return self.gauge.reading(self.key(customer_id), self.weight, self.allowed, at_us)

    def holds(self, at_us: int) -> bool:
        """Whether its schedule lets it hold at an instant."""
        return self.schedule is None or self.schedule.is_on(at_us)


@dataclass(frozen=True, slots=True)
class Counter:
    """A gauge that counts calls of a policy, whether a limit looks at it now or not."""

    gauge: Gauge
    is_shared: bool
    counts_units: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """What all limits of a policy have in common."""

    policy_id: str
    zone: ZoneInfo
    is_marked: bool = False
    """Whether stored events cannot tell which calls the policy counts."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A gauge, and the limit it was made for; limits that count alike share it."""

    gauge: Gauge
    limit: Limit


class RuleMaker:
    """Makes rules, each with the gauge of its kind: a known one, or one that begins empty."""

    def __init__(self, scene: Scene, known: Mapping[str, Fitted]) -> None:
        self._scene = scene
        self._known = known
        self.used: dict[str, Fitted] = {}
        """Gauges of the rules that were made, by name."""

    def rules(self, rule_id: str, limits: Sequence[Limit]) -> tuple[LimitRule, ...]:
        """Rules of a policy or an override, in their order."""
        return tuple(self._rule(rule_id, place, limit) for place, limit in enumerate(limits))

    def _rule(self, rule_id: str, place: int, limit: Limit) -> LimitRule:
        scene = self._scene
        name = f"{scene.policy_id}:{_signature(limit, scene.zone)}"
        if name not in self.used:
            self.used[name] = self._known.get(name) or Fitted(self._made(name, limit), limit)
        weight = MICRO if limit.counts is LimitCounts.UNITS else 1
        return LimitRule(
            rule_id=rule_id,
            place=place,
            limit=limit,
            gauge=self.used[name].gauge,
            weight=weight,
            allowed=limit.allowed * weight,
            schedule=Schedule(limit.schedule, scene.zone) if limit.schedule else None,
            is_own=rule_id != scene.policy_id,
            is_shared=limit.scope is LimitScope.APPLICATION,
            is_soft=limit.effect is LimitEffect.WARN,
        )

    def _made(self, name: str, limit: Limit) -> Gauge:
        weight = MICRO if limit.counts is LimitCounts.UNITS else 1
        match limit.kind:
            case LimitKind.FIXED_WINDOW:
                gauge_id = name if self._scene.is_marked else ""
                return FixedWindow(limit.interval, self._scene.zone, gauge_id)
            case LimitKind.SLIDING_WINDOW:
                is_marked = self._scene.is_marked or limit.interval not in SHORT
                return SlidingWindow(limit.interval, name if is_marked else "")
            case LimitKind.TOKEN_BUCKET:
                size = limit.burst or limit.allowed
                return TokenBucket(limit.interval, name, limit.allowed * weight, size * weight)


def _signature(limit: Limit, zone: ZoneInfo) -> str:
    """What two limits that share a gauge have in common."""
    parts = [limit.kind, limit.interval, limit.counts, limit.scope]
    match limit.kind:
        case LimitKind.FIXED_WINDOW:
            return ".".join([*parts, str(zone)])
        case LimitKind.TOKEN_BUCKET:
            return ".".join([*parts, f"{limit.allowed}", f"{limit.burst or limit.allowed}"])
        case _:
            return ".".join(parts)


def counters_of(rules: Sequence[LimitRule]) -> tuple[Counter, ...]:
    """One counter for each gauge of the rules."""
    found: dict[int, Counter] = {}
    for rule in rules:
        counts_units = rule.limit.counts is LimitCounts.UNITS
        found.setdefault(id(rule.gauge), Counter(rule.gauge, rule.is_shared, counts_units))
    return tuple(found.values())


def key_of(counter: Counter, customer_id: str) -> str:
    return SHARED if counter.is_shared else customer_id
