"""How one event counts in the rollups.

The rollups are sums over events and corrections and nothing else: a change of an event is the
contribution of its new form minus that of its old form, so that they can always be recomputed.

A settled or denied event is final; what the owner changes afterwards is a correction, which has a
contribution of its own. So units are only ever added to a row once per event, and the largest
quantity of one event in a row can rise but never fall.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self

from contract.durations import bin_of
from hosted.metering.events import EventState, UsageEvent

UNITS_METER: Final = "units"
SKEWED_AFTER_S: Final = 300
"""A client's clock that is further off is told to the owner."""

EndpointHourKey = tuple[str, str, int]
"""Application, endpoint, hour."""
CustomerKey = tuple[str, str, str, int, int]
"""Application, customer, endpoint, hour, day."""
HealthKey = tuple[str, int]
"""Application, day."""


@dataclass(slots=True)
class EndpointDelta:
    requests: int = 0
    units: int = 0
    errors_4xx: int = 0
    errors_5xx: int = 0
    status_unknown: int = 0
    denied: int = 0
    unsettled: int = 0
    durations: dict[int, int] = field(default_factory=dict)
    """Change of the count by bin of `contract.durations`."""

    def add(self, event: UsageEvent, sign: int) -> None:
        """Count the event (+1) or take it back (-1)."""
        if event.state is EventState.DENIED:
            self.denied += sign
            return
        self.requests += sign
        if event.state is EventState.EXPIRED:
            self.unsettled += sign
        elif event.state is EventState.SETTLED:
            self._add_outcome(event, sign)

    def _add_outcome(self, event: UsageEvent, sign: int) -> None:
        self.units += sign * event.units_micro
        if event.status is None:
            self.status_unknown += sign
        elif 400 <= event.status < 500:  # noqa: PLR2004
            self.errors_4xx += sign
        elif event.status >= 500:  # noqa: PLR2004
            self.errors_5xx += sign
        if event.duration_ms is not None:
            number = bin_of(event.duration_ms)
            self.durations[number] = self.durations.get(number, 0) + sign


@dataclass(slots=True)
class CustomerDelta:
    """What one customer did on one endpoint in one hour."""

    requests: int = 0
    units: int = 0
    """Of events and corrections."""
    peak: int = 0
    released: int = 0
    """Reserved and not used."""
    unsettled: int = 0
    corrected: int = 0
    """The part of `units` that came from corrections."""

    def add(self, event: UsageEvent, sign: int) -> None:
        """Count the event (+1) or take it back (-1)."""
        self.requests += sign
        if event.state is EventState.SETTLED:
            self.units += sign * event.units_micro
            self.peak = max(self.peak, event.units_micro)
            self.released += sign * max(0, event.reserved_micro - event.units_micro)
        elif event.state is EventState.EXPIRED:
            self.unsettled += sign
            self.released += sign * max(0, event.reserved_micro)

    def merge(self, other: Self) -> None:
        """Add another delta to this one."""
        self.requests += other.requests
        self.units += other.units
        self.peak = max(self.peak, other.peak)
        self.released += other.released
        self.unsettled += other.unsettled
        self.corrected += other.corrected


@dataclass(slots=True)
class HealthDelta:
    """Oddities of one application's day; fields as in `contract.messages.health.EventHealth`."""

    events: int = 0
    duplicates: int = 0
    late: int = 0
    unsettled: int = 0
    odd_amounts: int = 0
    skewed: int = 0
    worst_skew_s: int = 0
    payloads_dropped: int = 0
    soft_limited: int = 0

    def add(self, event: UsageEvent, sign: int) -> None:
        """Count the event (+1) or take it back (-1)."""
        self.events += sign
        self.late += sign * event.late
        self.unsettled += sign * (event.state is EventState.EXPIRED)
        self.odd_amounts += sign * event.odd_amount
        self.payloads_dropped += sign * event.payload_dropped
        self.soft_limited += sign * event.soft_limited
        if abs(event.skew_s) > SKEWED_AFTER_S:
            self.skewed += sign
            self.worst_skew_s = max(self.worst_skew_s, abs(event.skew_s))


class RollupDeltas:
    """Changes of the rollups that belong to one transaction. Used on the writer's thread."""

    def __init__(self) -> None:
        self.endpoints: dict[EndpointHourKey, EndpointDelta] = {}
        self.customers: dict[CustomerKey, CustomerDelta] = {}
        self.health: dict[HealthKey, HealthDelta] = {}

    def change(self, before: UsageEvent | None, after: UsageEvent) -> None:
        """Replace what `before` contributed by what `after` contributes.

        Raises:
            ValueError: `before` is final; counting it anew could leave a peak that is too high.
        """
        if before is not None and before.state in {EventState.SETTLED, EventState.DENIED}:
            raise ValueError("a settled or denied event is final")
        for event, sign in _countable(before, after):
            app_id = event.application_id
            self.endpoint(app_id, event.endpoint_id, event.hour).add(event, sign)
            self.health_of(app_id, event.day).add(event, sign)
            if event.state is not EventState.DENIED:
                key = (app_id, event.customer_id, event.endpoint_id, event.hour, event.day)
                self.customer(key).add(event, sign)

    def correct(self, key: CustomerKey, units_micro: int) -> None:
        """Add a correction's units to all three rollups."""
        application_id, _, endpoint_id, hour, _ = key
        self.endpoint(application_id, endpoint_id, hour).units += units_micro
        delta = self.customer(key)
        delta.units += units_micro
        delta.corrected += units_micro

    def endpoint(self, application_id: str, endpoint_id: str, hour: int) -> EndpointDelta:
        key = (application_id, endpoint_id, hour)
        delta = self.endpoints.get(key)
        if delta is None:
            delta = self.endpoints[key] = EndpointDelta()
        return delta

    def customer(self, key: CustomerKey) -> CustomerDelta:
        delta = self.customers.get(key)
        if delta is None:
            delta = self.customers[key] = CustomerDelta()
        return delta

    def health_of(self, application_id: str, day: int) -> HealthDelta:
        delta = self.health.get((application_id, day))
        if delta is None:
            delta = self.health[application_id, day] = HealthDelta()
        return delta


def _countable(before: UsageEvent | None, after: UsageEvent) -> Iterator[tuple[UsageEvent, int]]:
    if before is not None and before.state is not EventState.PARKED:
        yield before, -1
    if after.state is not EventState.PARKED:
        yield after, 1
