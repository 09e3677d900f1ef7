"""Questions about usage and their answers, as the window shows them."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from desktop.domain.ids import ApplicationId


class Grain(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class GroupBy(StrEnum):
    ENDPOINT = "endpoint"
    CUSTOMER = "customer"
    DAY = "day"


class Measure(StrEnum):
    REQUESTS = "requests"
    UNITS = "units"


@dataclass(frozen=True, slots=True)
class DateRange:
    """Local dates of the application's time zone; `end` is exclusive."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Application:
    application_id: ApplicationId
    name: str
    time_zone: str
    is_sample: bool


@dataclass(frozen=True, slots=True)
class Stamp:
    """How current a picture is: what every page shows as "as of"."""

    as_of: datetime | None
    """Last successful sync, aware UTC; None if there was none yet."""
    online: bool


@dataclass(frozen=True, slots=True)
class UsageQuestion:
    application_id: ApplicationId
    period: DateRange
    grain: Grain
    group_by: GroupBy
    measure: Measure = Measure.REQUESTS
    top: int = 5
    """How many groups have a line of their own; the rest is one line "Other"."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart; `values` are parallel to the answer's `starts`."""

    key: str
    """Stable identity of the group; empty for "Other"."""
    label: str
    values: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class UsageAnswer:
    """A chart and its table twin in one."""

    starts: tuple[str, ...]
    """ISO local date, or date and hour, of each bucket; no bucket is left out."""
    series: tuple[Series, ...]
    total: Decimal
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class CustomerLine:
    customer_id: str
    label: str
    requests: int
    units: Decimal


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure beside the same figure of the period before; None where there was no data."""

    now: Decimal
    before: Decimal | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    period: DateRange
    requests: Comparison
    units: Comparison
    denied: int
    errors: int
    active_customers: Comparison
    requests_by_day: tuple[int, ...]
    """One for each day of the period, for a small line without axes."""
    blocked_by_day: tuple[float, ...]
    """Share of calls that were refused, of each day."""
    blocked_before: Decimal | None
    """Share of calls that were refused in the period before; None where there were none."""
    chart: UsageAnswer
    top_customers: tuple[CustomerLine, ...]
    stamp: Stamp
    is_sample: bool
    compares_last_year: bool = False
    """The figures before are of the same dates a year before, not of as many days before."""
    reaches_last_year: bool = False
    """The vault holds usage of all of these dates a year before."""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One row of `usageflow usage`; of the group fields only the chosen one is filled."""

    requests: int
    units: Decimal
    errors: int
    denied: int
    endpoint: str = ""
    customer: str = ""
    customer_id: str = ""
    day: str = ""
    durations: tuple[int, ...] = ()
    """Sparse histogram of `contract.durations`; customers have none."""
    percentiles_ms: tuple[int, int, int] | None = None
    """Duration that 50, 95 and 99 % of the calls keep to, within 4 %; None when none is known."""


@dataclass(frozen=True, slots=True)
class UsageTable:
    rows: tuple[UsageRow, ...]
    as_of: datetime | None
