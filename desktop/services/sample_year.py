"""An invented year of usage of an invented API, the same for everyone."""

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from contract.durations import bin_of, sparse
from contract.messages.rollups import (
    ANONYMOUS,
    MICRO,
    CustomerDay,
    CustomerHour,
    EndpointHour,
    RollupRow,
)
from desktop.domain.calendar import HOUR_S, day_number
from desktop.domain.ids import ApplicationId
from desktop.services.sample_prices import price_rows
from desktop.services.storage.configuration import SAMPLE_EPOCH, RowKey, StoredRow

SAMPLE_ID: Final = ApplicationId("app_sample")
DAYS: Final = 365
DAYS_A_PAGE: Final = 5
HOURLY_DAYS: Final = 14
"""Customers per hour are kept for the last days only, as a first look needs no more."""
SEED: Final = 20_260_101
WEEKEND: Final = 0.45
"""Share of a working day's calls."""
GROWTH: Final = 1.2
"""By how much the year's end exceeds its start."""
NIGHT: Final = (2, 1, 1, 1, 1, 2, 4, 7)
WORK: Final = (11, 14, 15, 15, 13, 14, 15, 15, 14, 12)
EVENING: Final = (9, 7, 6, 5, 4, 3)
HOUR_WEIGHTS: Final = NIGHT + WORK + EVENING
CUSTOMERS: Final = (
    "Aurora Maps",
    "Bluefin Logistics",
    "Cedar Analytics",
    "Delta Freight",
    "Evergreen Weather",
    "Fjord Robotics",
    "",
    "Granite Bank",
    "Harbor Health",
    "",
    "Juniper Games",
    "Kestrel Travel",
)
"""Largest first; the ones without a name are shown by their pseudonym."""
CALLERS: Final = (*(f"cus_sample_{number:08d}" for number in range(len(CUSTOMERS))), ANONYMOUS)
CALLER_WEIGHTS: Final = tuple(1 / (place + 1.5) for place in range(len(CALLERS)))
SATURDAY: Final = 5
SERVER_SHARE: Final = 0.3
"""Of the calls that fail, those that are the API's own fault."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Endpoint:
    endpoint_id: str
    method: str
    url: str
    calls_a_day: int
    units_a_call: int
    errors: float
    """Share of calls that fail."""
    denied: float
    """Calls refused, as a share of those let through."""
    typical_ms: int


ENDPOINTS: Final = (
    _Endpoint("end_sample_1", "GET", "/v1/items/{item_id}", 420, 1, 0.01, 0.0, 20),
    _Endpoint("end_sample_2", "GET", "/v1/search", 260, 1, 0.02, 0.02, 120),
    _Endpoint("end_sample_3", "POST", "/v1/images", 90, 4, 0.03, 0.05, 900),
    _Endpoint("end_sample_4", "POST", "/v1/reports", 35, 25, 0.04, 0.0, 2500),
    _Endpoint("end_sample_5", "GET", "/v1/account", 70, 1, 0.0, 0.0, 10),
    _Endpoint("end_sample_6", "DELETE", "/v1/items/{item_id}", 12, 1, 0.05, 0.0, 30),
)
ON_PLAN: Final = (CALLERS[7], CALLERS[8])
"""Customers who joined the plan in the middle of the year."""


class SampleYear:
    """The rows of the year that ends with a day."""

    def __init__(self, last: date) -> None:
        self._first = last - timedelta(days=DAYS - 1)
        self._random = random.Random(SEED)  # noqa: S311 (it has to be the same everywhere)
        self.page_count = -(-DAYS // DAYS_A_PAGE)

    def configuration(self) -> Iterator[tuple[RowKey, StoredRow]]:
        application = {
            "name": "Sample API",
            "time_zone": "UTC",
            "metered_routes": [{"method": "*", "url": "*"}],
            "archived": False,
        }
        yield _row("application", SAMPLE_ID, application)
        first_seen = f"{self._first.isoformat()}T00:00:00Z"
        for end in ENDPOINTS:
            body = {"method": end.method, "url": end.url, "first_seen": first_seen}
            yield _row("endpoint", end.endpoint_id, _owned(body))
        for number, name in enumerate(CUSTOMERS):
            yield _row("customer", CALLERS[number], _owned({"name": name}))
        for entity, entity_id, body in price_rows(SAMPLE_ID, self._first, ON_PLAN):
            yield _row(entity, entity_id, body)

    def pages(self) -> Iterator[list[RollupRow]]:
        """The year's rollups, oldest first, some days at a time."""
        for start in range(0, DAYS, DAYS_A_PAGE):
            offsets = range(start, min(start + DAYS_A_PAGE, DAYS))
            yield [row for offset in offsets for row in self._day(offset)]

    def _day(self, offset: int) -> Iterator[RollupRow]:
        day = day_number(self._first) + offset
        is_weekend = (self._first + timedelta(days=offset)).weekday() >= SATURDAY
        pace = (1 + GROWTH * offset / DAYS) * (WEEKEND if is_weekend else 1)
        for end in ENDPOINTS:
            calls = round(end.calls_a_day * pace * self._random.uniform(0.85, 1.15))
            by_caller = self._drawn(CALLERS, CALLER_WEIGHTS, calls)
            hours = {
                caller: self._drawn(range(24), HOUR_WEIGHTS, count)
                for caller, count in by_caller.items()
            }
            yield from self._endpoint_hours(end, day, sum(hours.values(), Counter()))
            for caller, count in by_caller.items():
                yield _customer_day(end, day, caller, count)
                if offset >= DAYS - HOURLY_DAYS:
                    yield from _customer_hours(end, day, caller, hours[caller])

    def _drawn(
        self, values: Sequence[Value], weights: Sequence[float], count: int
    ) -> Counter[Value]:
        return Counter(self._random.choices(values, weights, k=count))

    def _endpoint_hours(
        self, end: _Endpoint, day: int, hours: Counter[int]
    ) -> Iterator[EndpointHour]:
        for hour, calls in sorted(hours.items()):
            failed = sum(self._random.random() < end.errors for _ in range(calls))
            theirs = sum(self._random.random() < SERVER_SHARE for _ in range(failed))
            denied = sum(self._random.random() < end.denied for _ in range(calls))
            yield EndpointHour(
                application_id=SAMPLE_ID,
                endpoint_id=end.endpoint_id,
                hour=_hour(day, hour),
                requests=calls,
                units=calls * end.units_a_call * MICRO,
                errors_4xx=failed - theirs,
                errors_5xx=theirs,
                status_unknown=0,
                denied=denied,
                unsettled=0,
                durations=self._durations(end, calls),
                revision=1,
            )

    def _durations(self, end: _Endpoint, calls: int) -> tuple[int, ...]:
        """Histogram of a log-normal spread round the endpoint's typical duration."""
        spread = (self._random.lognormvariate(0, 0.6) for _ in range(calls))
        return sparse(Counter(bin_of(round(end.typical_ms * factor)) for factor in spread))


def _customer_day(end: _Endpoint, day: int, caller: str, calls: int) -> CustomerDay:
    return CustomerDay(
        application_id=SAMPLE_ID,
        customer_id=caller,
        endpoint_id=end.endpoint_id,
        meter="units",
        day=day,
        quantity=calls * end.units_a_call * MICRO,
        events=calls,
        peak=end.units_a_call * MICRO,
        revision=1,
    )


def _customer_hours(
    end: _Endpoint, day: int, caller: str, hours: Counter[int]
) -> Iterator[CustomerHour]:
    for hour, calls in sorted(hours.items()):
        yield CustomerHour(
            application_id=SAMPLE_ID,
            customer_id=caller,
            endpoint_id=end.endpoint_id,
            hour=_hour(day, hour),
            requests=calls,
            units=calls * end.units_a_call * MICRO,
            revision=1,
        )


def _hour(day: int, hour: int) -> int:
    return day * 24 * HOUR_S + hour * HOUR_S


def _owned(body: dict[str, Any]) -> dict[str, Any]:
    return {"application_id": SAMPLE_ID, **body}


def _row(entity: str, entity_id: str, body: dict[str, Any]) -> tuple[RowKey, StoredRow]:
    return RowKey(entity, entity_id), StoredRow(json.dumps(body), 0, SAMPLE_EPOCH)
