"""Usage rollups, the bulk of what is synced: NDJSON lines under zstd, one row a line.

msgspec and not pydantic, because a first sync decodes millions of them. A bucket that changed is
sent again whole; of two versions the higher `revision` wins. Quantities are millionths (10^-6) in a
signed 64-bit integer.

An hour is an hour of the application's time zone, written as the UTC instant of its start in
seconds since 1970; a day is the local date in days since 1970-01-01.
"""

from typing import Final

import msgspec

MICRO: Final = 1_000_000
MEDIA_TYPE: Final = "application/x-ndjson+zstd"
ANONYMOUS: Final = "anonymous"
"""Customer id of calls without an identity."""
OTHERS: Final = "others"
"""Customer id of the rest in `CustomerHour`, which names only the largest 1,000 of a day."""
NO_CUSTOMERS: Final = frozenset({ANONYMOUS, OTHERS})
"""Ids that stand in rollups of every application, and for nobody: no configuration row has one."""
UNMATCHED: Final = "(unmatched)"
"""Url of the endpoint that gathers calls without a route, and those above the endpoint bound."""


class EndpointHour(msgspec.Struct, frozen=True, tag="endpoint_hour", tag_field="t"):
    application_id: str
    endpoint_id: str
    hour: int
    requests: int
    units: int
    errors_4xx: int
    errors_5xx: int
    status_unknown: int
    denied: int
    unsettled: int
    durations: tuple[int, ...]
    """Histogram of the settled calls that reported a duration, sparse: see `contract.durations`."""
    revision: int


class CustomerDay(msgspec.Struct, frozen=True, tag="customer_day", tag_field="t"):
    """Exact: this is money."""

    application_id: str
    customer_id: str
    endpoint_id: str
    meter: str
    day: int
    quantity: int
    events: int
    peak: int
    """Largest quantity of one event."""
    revision: int


class CustomerHour(msgspec.Struct, frozen=True, tag="customer_hour", tag_field="t"):
    """A row with 0 requests was folded into `OTHERS`: delete it."""

    application_id: str
    customer_id: str
    endpoint_id: str
    hour: int
    requests: int
    units: int
    revision: int


class PageEnd(msgspec.Struct, frozen=True, tag="end", tag_field="t"):
    """Last line of every page. A page without it was cut off and must not be stored."""

    next_cursor: str
    has_more: bool
    rows: int
    server_time_us: int


RollupRow = EndpointHour | CustomerDay | CustomerHour
RollupLine = RollupRow | PageEnd
