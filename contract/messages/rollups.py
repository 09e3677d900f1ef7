"""Usage rollups, the bulk of what is synced: NDJSON lines under zstd, one row a line.

msgspec and not pydantic, because a first sync decodes millions of them. A bucket that changed is
sent again whole; of two versions the higher `revision` wins. Quantities are millionths (10^-6) in a
signed 64-bit integer.

An hour is an hour of the application's time zone, written as the UTC instant of its start in
seconds since 1970; a day is the local date in days since 1970-01-01.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

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

MAX_INTEGER: Final = 2**63 - 1
MAX_HOUR: Final = 253_402_300_799
"""Last second of the year 9999: what is later cannot be shown as a date."""
MAX_DAY: Final = 2_932_896
"""9999-12-31."""
MAX_ID: Final = 200

RowId = Annotated[str, Meta(max_length=MAX_ID)]
Hour = Annotated[int, Meta(ge=0, le=MAX_HOUR)]
Day = Annotated[int, Meta(ge=0, le=MAX_DAY)]
Count = Annotated[int, Meta(ge=0, le=2**47)]
"""More calls than that are in no bucket: sums of tens of thousands of rows stay in 64 bits."""
Revision = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
Quantity = Annotated[int, Meta(ge=-MAX_INTEGER, le=MAX_INTEGER)]
"""Millionths; below zero after corrections."""


class EndpointHour(msgspec.Struct, frozen=True, tag="endpoint_hour", tag_field="t"):
    application_id: RowId
    endpoint_id: RowId
    hour: Hour
    requests: Count
    units: Quantity
    errors_4xx: Count
    errors_5xx: Count
    status_unknown: Count
    denied: Count
    unsettled: Count
    durations: tuple[Count, ...]
    """Histogram of the settled calls that reported a duration, sparse: see `contract.durations`."""
    revision: Revision


class CustomerDay(msgspec.Struct, frozen=True, tag="customer_day", tag_field="t"):
    """Exact: this is money."""

    application_id: RowId
    customer_id: RowId
    endpoint_id: RowId
    meter: RowId
    day: Day
    quantity: Quantity
    events: Count
    peak: Quantity
    """Largest quantity of one event."""
    revision: Revision


class CustomerHour(msgspec.Struct, frozen=True, tag="customer_hour", tag_field="t"):
    """A row with 0 requests was folded into `OTHERS`: delete it."""

    application_id: RowId
    customer_id: RowId
    endpoint_id: RowId
    hour: Hour
    requests: Count
    units: Quantity
    revision: Revision


class PageEnd(msgspec.Struct, frozen=True, tag="end", tag_field="t"):
    """Last line of every page. A page without it was cut off and must not be stored."""

    next_cursor: str
    has_more: bool
    rows: Count
    server_time_us: int
    reached_day: Day | None = None
    """In a backfill: the day of its last row, everything newer is there."""
    oldest_day: Day | None = None
    """In a backfill: the oldest day there is, so that progress can be shown."""


RollupRow = EndpointHour | CustomerDay | CustomerHour
RollupLine = RollupRow | PageEnd
