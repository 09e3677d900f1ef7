"""Any question about usage, and its answer: what charts, tables, alerts and scripts share.

A question is a value: equal questions have equal answers on the same vault, and one spelling
(`desktop.domain.usage_spelling`). Days are local dates of each application's time zone.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange, Stamp


class Measure(StrEnum):
    REQUESTS = "requests"
    """Admitted calls; denied ones are not among them."""
    UNITS = "units"
    REVENUE = "revenue"
    """What the bills of these days come to under the rules and plans that hold on each day."""
    ERRORS = "errors"
    """Settled calls with a status from 400 on; a filter on status classes picks one kind."""
    DENIED = "denied"
    UNSETTLED = "unsettled"
    """Calls whose outcome was never reported."""
    P50 = "p50"
    """Milliseconds that half of the calls keep to, within 4 %."""
    P95 = "p95"
    P99 = "p99"
    CUSTOMERS = "customers"
    """How many different customers called; callers without an identity are nobody."""


class Dimension(StrEnum):
    """What may be grouped by and filtered on; in brackets what a key is."""

    ENDPOINT = "endpoint"
    """[endpoint id]"""
    CUSTOMER = "customer"
    """[customer id; of merged customers that of the one they were merged into]"""
    METHOD = "method"
    """[HTTP method]"""
    APPLICATION = "application"
    """[application id]"""
    STATUS_CLASS = "status_class"
    """[`STATUS_CLASSES`]"""
    PLAN = "plan"
    """[plan id of the day; `NO_PLAN`]"""
    HOUR_OF_WEEK = "hour_of_week"
    """[`0-00` is Monday from midnight, `6-23` the last hour of Sunday, in local time]"""
    RULE = "rule"
    """[rule id]"""


class Grain(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    """From Monday."""
    MONTH = "month"
    WHOLE = "whole"
    """One bucket, the whole period: for rankings, shares and heat maps."""


class Comparison(StrEnum):
    NONE = "none"
    PREVIOUS = "previous"
    """The same number of days before; of whole months the same number of months before."""
    LAST_YEAR = "last_year"
    """The same dates a year before; of weeks those 52 weeks before."""


class GapReason(StrEnum):
    NO_DATA = "no_data"
    """Nothing was measured, and zero would be wrong: a percentile of no calls."""
    NOT_CONNECTED = "not_connected"
    """Before the first call of the applications, or nothing was ever received."""
    NOT_SYNCED = "not_synced"
    """The service may have it; it is not in this vault yet."""
    NOT_KEPT = "not_kept"
    """The owner let go of what is older."""
    AHEAD = "ahead"
    """Not begun when the question was asked."""


class Caveat(StrEnum):
    LARGEST_CUSTOMERS = "largest_customers"
    """By the hour only the 1,000 largest customers of a day have names, not `requests` calls."""
    SINGLE_CALLS = "single_calls"
    """Some prices need single calls, and only opened calls are held; `requests` are not priced."""


NO_PLAN: Final = "none"
FIXED_PRICES: Final = "fixed"
"""Key of revenue that belongs to no endpoint or method."""
OTHER: Final = ""
"""Key of what is not among the largest groups."""
STATUS_CLASSES: Final = ("ok", "4xx", "5xx", "unknown", "unsettled")
"""They add up to all requests; `ok` holds those still running."""
PERCENTILES: Final = frozenset({Measure.P50, Measure.P95, Measure.P99})
MOST_GROUPS: Final = 1000


@dataclass(frozen=True, slots=True)
class Filter:
    """Only what has one of these keys, or with `excludes` only what has none of them."""

    dimension: Dimension
    keys: tuple[str, ...]
    excludes: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    period: DateRange
    measure: Measure = Measure.REQUESTS
    application_id: ApplicationId | None = None
    """None is every application of the service that is not archived, without the sample."""
    grain: Grain = Grain.DAY
    group_by: Dimension | None = None
    filters: tuple[Filter, ...] = ()
    """All of them hold."""
    comparison: Comparison = Comparison.NONE
    top: int = 5
    """How many groups stand for themselves, the largest first; the rest is one, `OTHER`."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line; `values` are parallel to the answer's `starts`.

    Values are whole numbers of 10^-`scale`: calls and customers have scale 0, units 6 (millionths),
    milliseconds 3, money the digits of its currency. None is a gap.
    """

    key: str
    label: str
    values: tuple[int | None, ...]
    total: int | None
    """Of the whole period: different customers and percentiles do not add up."""
    scale: int
    unit: str
    """`calls`, `units`, `ms`, `customers`, or the code of a currency."""
    before: tuple[int | None, ...] = ()
    """The comparison, bucket by bucket; empty without one."""
    total_before: int | None = None

    def amount(self, value: int) -> Decimal:
        """One of the values as a number of `unit`."""
        return Decimal(value).scaleb(-self.scale)


@dataclass(frozen=True, slots=True)
class Gap:
    """Buckets from place `first` to before `end` have no values, and why."""

    first: int
    end: int
    reason: GapReason


@dataclass(frozen=True, slots=True)
class LeftOut:
    caveat: Caveat
    requests: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A chart, its table twin and its export in one."""

    question: Question
    time_zone: str
    """IANA name: of the application, or of the first by name."""
    starts: tuple[int, ...]
    """Start of each bucket, UTC seconds since 1970. Rising; where points were thinned out for a
    narrow window, peaks and lows of every series are still there."""
    labels: tuple[str, ...]
    """Local date of each start, or date and time of an hour; the repeated hour of autumn is written
    twice alike."""
    ends: int
    """End of the last bucket, UTC seconds."""
    series: tuple[Series, ...]
    """Largest first, `OTHER` last; one with the key `OTHER` where there are no groups. Revenue has
    a series for each group and currency."""
    totals: tuple[Series, ...]
    """Everything together, one a currency: its values add up the series where they can be added."""
    gaps: tuple[Gap, ...]
    left_out: tuple[LeftOut, ...]
    groups: int
    """How many groups there are, those within `OTHER` too; 0 without groups."""
    stamp: Stamp
    is_thinned: bool = False


@dataclass(frozen=True, slots=True)
class Distribution:
    """How long calls took; `bounds_ms` are the upper ends of the bins that hold any."""

    bounds_ms: tuple[float, ...]
    counts: tuple[int, ...]
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers whose first month is the same."""

    month: str
    """ISO year and month of their first call that is kept here."""
    customers: int
    active: tuple[int, ...]
    """How many of them called in that month and in each that followed, to the period's end."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    cohorts: tuple[Cohort, ...]
    """Oldest first."""
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class VaultExtent:
    """How much usage is kept here, and how much of it the owner wants to keep."""

    first_day: str
    """ISO local date of the oldest usage; empty when there is none."""
    months: int
    """Calendar months from the first to the last usage, both counted."""
    size_bytes: int
    """Of the database with everything in it."""
    keep_months: int
    """Older usage than of the current month and this many before is let go; 0 keeps everything."""


_BY_ENDPOINT_ONLY: Final = PERCENTILES | {Measure.ERRORS, Measure.DENIED, Measure.UNSETTLED}
_OF_CUSTOMERS: Final = frozenset({Dimension.CUSTOMER, Dimension.PLAN})


def obstacle(question: Question) -> str:
    """Why nobody can answer this: a sentence for the owner; empty when it can be answered."""
    used = {one.dimension for one in question.filters}
    if question.group_by is not None:
        used.add(question.group_by)
    by_hour = question.grain is Grain.HOUR or Dimension.HOUR_OF_WEEK in used
    if question.measure in _BY_ENDPOINT_ONLY and used & _OF_CUSTOMERS:
        return (
            "Errors, refusals and durations are counted by endpoint, not by customer. Ask for "
            "requests, units or revenue, or leave customers and plans out."
        )
    if Dimension.RULE in used and question.measure is not Measure.REVENUE:
        return "Only revenue has rules. Ask for revenue, or group by something else."
    if Dimension.STATUS_CLASS in used:
        return _status_obstacle(question, used)
    if question.measure is Measure.REVENUE and by_hour:
        return "Revenue is billed by day. Choose days, weeks or months."
    if question.measure is Measure.CUSTOMERS and question.group_by is Dimension.CUSTOMER:
        return "Each customer is one customer. Group by something else, or ask for requests."
    return ""


def _status_obstacle(question: Question, used: set[Dimension]) -> str:
    if question.measure not in {Measure.REQUESTS, Measure.ERRORS}:
        return "Only requests and errors are counted by status. Ask for one of them."
    if used & _OF_CUSTOMERS:
        return (
            "Statuses are counted by endpoint, not by customer. Leave the status out, or "
            "customers and plans."
        )
    return ""
