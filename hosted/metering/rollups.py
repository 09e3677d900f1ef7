"""How one event counts in the three rollups.

The rollups are sums over events and nothing else: a change of an event is the contribution of its
new form minus that of its old form, so that they can always be recomputed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Self

from contract.durations import bin_of
from hosted.metering.events import EventState, UsageEvent

UNITS_METER: Final = "units"

EndpointHourKey = tuple[str, str, int]
"""Application, endpoint, hour."""
CustomerKey = tuple[str, str, str, int, int]
"""Application, customer, endpoint, hour, day."""


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
    requests: int = 0
    units: int = 0
    peak: int = 0

    def add(self, event: UsageEvent, sign: int) -> None:
        """Count the event (+1) or take it back (-1); a peak only ever rises."""
        self.requests += sign
        self.units += sign * event.units_micro
        self.peak = max(self.peak, event.units_micro)

    def merge(self, other: Self) -> None:
        """Add another delta to this one."""
        self.requests += other.requests
        self.units += other.units
        self.peak = max(self.peak, other.peak)


class RollupDeltas:
    """Changes of the rollups that belong to one transaction. Used on the writer's thread."""

    def __init__(self) -> None:
        self.endpoints: dict[EndpointHourKey, EndpointDelta] = {}
        self.customers: dict[CustomerKey, CustomerDelta] = {}

    def change(self, before: UsageEvent | None, after: UsageEvent) -> None:
        """Replace what `before` contributed by what `after` contributes."""
        for event, sign in _countable(before, after):
            endpoint_key = (event.application_id, event.endpoint_id, event.hour)
            self.endpoints.setdefault(endpoint_key, EndpointDelta()).add(event, sign)
            if event.state is EventState.DENIED:
                continue
            customer_key = (
                event.application_id,
                event.customer_id,
                event.endpoint_id,
                event.hour,
                event.day,
            )
            self.customers.setdefault(customer_key, CustomerDelta()).add(event, sign)


def _countable(before: UsageEvent | None, after: UsageEvent) -> Iterator[tuple[UsageEvent, int]]:
    if before is not None and before.state is not EventState.PARKED:
        yield before, -1
    if after.state is not EventState.PARKED:
        yield after, 1
