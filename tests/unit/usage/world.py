"""Invented traffic, what a service makes of it, and the same questions counted call by call.

Nothing here uses the product's own sums: a call is counted where it happened.
"""

import json
import math
import random
from bisect import bisect_right
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from contract.durations import bin_of, sparse
from contract.messages.rollups import (
    ANONYMOUS,
    MICRO,
    OTHERS,
    CustomerDay,
    CustomerHour,
    EndpointHour,
)
from desktop.domain.ids import CustomerId, PlanId
from desktop.domain.pricing.published import CustomerPlan, PlanTerm
from desktop.domain.usage_questions import PERCENTILES, Dimension, Grain, Measure
from desktop.services.storage import configuration, day_packing, rollups
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.storage.rows import CUSTOMER_PLANS

ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
    "Pacific/Apia", "Asia/Kathmandu",
)  # fmt: skip
CLOCK_CHANGES = (date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2026, 10, 4),
                 date(2026, 3, 8), date(2026, 11, 1), date(2026, 6, 15))  # fmt: skip
ENDPOINTS = {"end_a": ("GET", "/a"), "end_b": ("POST", "/b"), "end_c": ("GET", "/c")}
CUSTOMERS = ("cus_1", "cus_2", "cus_3", "cus_4", ANONYMOUS)
FOLDED = "cus_4"
"""Not among the largest by the hour: its hours are in the row of the rest."""
PLANS = {"cus_1": "plan_1", "cus_2": "plan_2"}
BILLED_FROM = (date(2026, 1, 1), date(2026, 6, 1), date(2030, 1, 1))
STATUSES = (200, 200, 200, 302, 404, 503, None)


@dataclass(frozen=True)
class Call:
    app: str
    endpoint: str
    customer: str
    at: int
    zone: str
    """The application's zone when the call came."""
    kind: str
    """`settled`, `denied` or `expired`."""
    status: int | None
    duration_ms: int | None
    units: int

    @property
    def name(self):
        return self.customer.partition("@")[0]

    @property
    def hour(self):
        local = datetime.fromtimestamp(self.at, ZoneInfo(self.zone))
        return self.at - local.minute * 60 - local.second

    @property
    def day(self):
        return datetime.fromtimestamp(self.at, ZoneInfo(self.zone)).date()

    @property
    def method(self):
        return ENDPOINTS[self.endpoint.partition("@")[0]][0]

    @property
    def is_timed(self):
        return self.kind == "settled" and self.duration_ms is not None

    @property
    def status_class(self):
        if self.kind == "expired":
            return "unsettled"
        if self.status is None:
            return "unknown"
        return "ok" if self.status < 400 else f"{self.status // 100}xx"


@dataclass
class World:
    zones: dict
    """Zone of each application now."""
    calls: list
    merges: dict = field(default_factory=dict)
    """Of both applications alike: customers without their application."""
    billed_from: date = date(2026, 1, 1)
    """From this day on merged customers have one bill."""
    plan_changes: date = date(2026, 6, 15)
    """From this day on the customers of `PLANS` are on their plans."""

    def plan_of(self, call, day):
        name = call.name
        payer = self.merges.get(name, name) if day >= self.billed_from else name
        return PLANS[payer] if payer in PLANS and day >= self.plan_changes else "none"

    def shown(self, call):
        return of_app(self.merges.get(call.name, call.name), call.app)


def traffic(seed):
    """A world around a day on which clocks change somewhere, with gaps between its calls."""
    rnd = random.Random(seed)  # noqa: S311 (the same world for the same seed)
    middle = rnd.choice(CLOCK_CHANGES)
    zones = {"app_1": rnd.choice(ZONES), "app_2": rnd.choice(ZONES)}
    before = {app: rnd.choice((zone, zone, rnd.choice(ZONES))) for app, zone in zones.items()}
    noon = int(datetime(middle.year, middle.month, middle.day, 12, tzinfo=UTC).timestamp())
    calls = []
    for _ in range(rnd.randint(1, 120)):
        app = rnd.choice(tuple(zones))
        at = noon + int(rnd.choice((1, 1, 5, 40)) * rnd.uniform(-86_400, 86_400))
        change = noon - 3 * 86_400
        if abs(at - change) < 3600:  # an hour has one zone
            at += 2 * 3600
        zone = before[app] if at < change else zones[app]
        kind = rnd.choice(("settled",) * 6 + ("denied", "expired"))
        calls.append(Call(
            app, f"{rnd.choice(tuple(ENDPOINTS))}@{app}", of_app(rnd.choice(CUSTOMERS), app), at,
            zone, kind,
            rnd.choice(STATUSES), rnd.choice((None, 0, rnd.randint(1, 60_000))),
            rnd.randint(-3, 9),
        ))  # fmt: skip
    merges = rnd.choice(({}, {"cus_2": "cus_1"}, {"cus_2": "cus_3", "cus_4": "cus_3"}))
    return World(zones, calls, merges, rnd.choice(BILLED_FROM), middle)


def of_app(customer, app):
    """Nobody is a customer of two applications; callers without identity are in both."""
    return customer if customer == ANONYMOUS else f"{customer}@{app}"


def rows_of(calls, revision):
    """What the service sends after these calls."""
    hours, days, by_hour = {}, {}, {}
    for call in calls:
        row = hours.setdefault((call.app, call.endpoint, call.hour), defaultdict(int))
        if call.kind == "denied":
            row["denied"] += 1
            continue
        settled = call.kind == "settled"
        units = call.units * MICRO if settled else 0
        row["requests"] += 1
        row["units"] += units
        row["unsettled"] += call.kind == "expired"
        if settled:
            row[call.status_class] += 1
            if call.duration_ms is not None:
                row[bin_of(call.duration_ms)] += 1
        day = days.setdefault((call.app, call.customer, call.endpoint, call.day), [0, 0, 0])
        day[0] += units
        day[1] += 1
        day[2] = max(day[2], units)
        customer = OTHERS if call.name == FOLDED else call.customer
        hour = by_hour.setdefault((call.app, customer, call.endpoint, call.hour), [0, 0])
        hour[0] += 1
        hour[1] += units
    epoch = date(1970, 1, 1)
    return [
        *(EndpointHour(*key, row["requests"], row["units"], row["4xx"], row["5xx"], row["unknown"],
                       row["denied"], row["unsettled"],
                       sparse({k: n for k, n in row.items() if isinstance(k, int)}), revision)
          for key, row in hours.items()),
        *(CustomerDay(app, customer, endpoint, "units", (day - epoch).days, *numbers, revision)
          for (app, customer, endpoint, day), numbers in days.items()),
        *(CustomerHour(*key, *numbers, revision) for key, numbers in by_hour.items()),
    ]  # fmt: skip


def fill(db, world, seed):
    """Store the world as sync would: in pieces, late, twice, and old news after new."""
    rnd = random.Random(seed)  # noqa: S311 (the same world for the same seed)
    for app, zone in world.zones.items():
        body = f'{{"name": "{app}", "time_zone": "{zone}", "archived": false}}'
        configuration.put(db, RowKey("application", app), StoredRow(body, 1, 0))
        for end, (method, url) in ENDPOINTS.items():
            body = f'{{"application_id": "{app}", "method": "{method}", "url": "{url}"}}'
            configuration.put(db, RowKey("endpoint", f"{end}@{app}"), StoredRow(body, 1, 0))
        for customer, plan in PLANS.items():
            terms = (PlanTerm(world.plan_changes, None, PlanId(plan)),)
            who = of_app(customer, app)
            row = CustomerPlan(f"plan of {who}", app, CustomerId(who), terms)
            body = json.dumps(CUSTOMER_PLANS.body(row))
            configuration.put(db, CUSTOMER_PLANS.key(row), StoredRow(body, 1, 0))
    zones = {(call.app, call.hour): call.zone for call in world.calls}
    early = [call for call in world.calls if rnd.random() < 0.5]
    old, new = rows_of(early, 1), rows_of(world.calls, 2)
    for page in (old, new, rnd.sample(old, len(old) // 2), rnd.sample(new, len(new) // 2)):
        rnd.shuffle(page)
        by_zone = defaultdict(list)
        for row in page:  # a row is stored in the zone that holds while it is fresh
            key = (row.application_id, getattr(row, "hour", 0))
            by_zone[zones.get(key, "UTC")].append(row)
        for zone, some in by_zone.items():
            rollups.store_page(db, some, 0, lambda _app, zone=zone: ZoneInfo(zone))
        pack_some(db, rnd)
    for customer, into in world.merges.items():
        for app in world.zones:
            merged = {"into": of_app(into, app), "bills_from": world.billed_from.isoformat()}
            body = {"application_id": app, "name": "", "merged": merged}
            key = RowKey("customer", of_app(customer, app))
            configuration.put(db, key, StoredRow(json.dumps(body), 1, 0))


def pack_some(db, rnd):
    """Pack half of the days, as the upkeep may have come to pack when it was stopped."""
    for app in ("app_1", "app_2"):
        waiting = day_packing.to_pack(db, app, 2**31)
        for kind, day in rnd.sample(waiting, (len(waiting) + 1) // 2):
            day_packing.pack(db, app, kind, day)


class MemoryVault:
    """A vault without a file: what the questions need of one."""

    is_older_copy = False

    def __init__(self, db):
        self._db = db

    @contextmanager
    def reading(self):
        yield self._db

    transaction = reading


@dataclass
class Recount:
    """A question counted call by call, for one bucket label and group at a time."""

    world: World
    question: object
    starts: tuple
    """Of the hours, to find the one that holds an instant."""
    labels: tuple

    def cells(self):
        """Calls by group and label, and calls the hours do not tell by customer."""
        found, rest = defaultdict(list), 0
        for call in self.world.calls:
            folded = self.hourly and self.by_customer and call.name == FOLDED
            if not self._is_measured(call):
                continue
            rest += folded and self._fits(call, {Dimension.CUSTOMER, Dimension.PLAN})
            if not self._fits(call) or (folded and self.question.measure is Measure.CUSTOMERS):
                continue
            key = self._key(call)
            if folded and self.question.group_by is Dimension.CUSTOMER:
                key = ""
            found[key, self._label(call)].append(call)
        return found, rest

    @property
    def used(self):
        return {one.dimension for one in self.question.filters} | {self.question.group_by}

    @property
    def hourly(self):
        return self.question.grain is Grain.HOUR or Dimension.HOUR_OF_WEEK in self.used

    @property
    def by_customer(self):
        return (
            bool(self.used & {Dimension.CUSTOMER, Dimension.PLAN})
            or self.question.measure is Measure.CUSTOMERS
        )

    def _is_measured(self, call):
        measure = self.question.measure
        if self.question.application_id not in {None, call.app} or not self._in_period(call):
            return False
        if measure is Measure.DENIED or call.kind == "denied":
            return measure is Measure.DENIED and call.kind == "denied"
        return {
            Measure.ERRORS: call.status_class in {"4xx", "5xx"},
            Measure.UNSETTLED: call.kind == "expired",
            Measure.CUSTOMERS: call.customer != ANONYMOUS,
        }.get(measure, measure not in PERCENTILES or call.is_timed)

    def _fits(self, call, whatever=frozenset()):
        """Whether the filters leave the call; those on some dimensions aside."""
        return all(
            (self._value(call, one.dimension) in one.keys) != one.excludes
            for one in self.question.filters
            if one.dimension not in whatever
        )

    def _in_period(self, call):
        start, end = self.question.period.start, self.question.period.end
        if not self.hourly:
            return start <= call.day < end
        zone = ZoneInfo(self.world.zones[call.app])

        def midnight(day):
            return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()

        return midnight(start) <= call.hour < midnight(end)

    def _key(self, call):
        return "" if self.question.group_by is None else self._value(call, self.question.group_by)

    def _value(self, call, dimension):
        zone = ZoneInfo(self.world.zones[call.app])
        local = datetime.fromtimestamp(call.hour, zone)
        if dimension is Dimension.PLAN:
            folded = self.hourly and call.name == FOLDED
            day = local.date() if self.hourly else call.day
            return "none" if folded else self.world.plan_of(call, day)
        if dimension is Dimension.CUSTOMER:
            folded = self.hourly and call.name == FOLDED
            return OTHERS if folded else self.world.shown(call)
        return {
            Dimension.ENDPOINT: call.endpoint,
            Dimension.METHOD: call.method,
            Dimension.APPLICATION: call.app,
            Dimension.STATUS_CLASS: call.status_class,
            Dimension.HOUR_OF_WEEK: f"{local.weekday()}-{local.hour:02}",
        }[dimension]

    def _label(self, call):
        """Start of the bucket as the place of a label."""
        if self.hourly:
            return max(0, bisect_right(self.starts, call.hour) - 1)
        day = {
            Grain.DAY: call.day,
            Grain.WEEK: call.day - timedelta(days=call.day.weekday()),
            Grain.MONTH: call.day.replace(day=1),
            Grain.WHOLE: self.question.period.start,
        }[self.question.grain]
        return self.labels.index(day.isoformat())

    def value(self, calls):
        """The measure of some calls."""
        match self.question.measure:
            case Measure.UNITS:
                return sum(call.units * MICRO for call in calls if call.kind == "settled")
            case Measure.CUSTOMERS:
                return len({(call.app, self.world.shown(call)) for call in calls})
            case Measure.P50 | Measure.P95 | Measure.P99:
                share = int(self.question.measure[1:]) / 100
                known = sorted(call.duration_ms for call in calls)
                return known[max(1, math.ceil(share * len(known))) - 1] if known else None
            case _:
                return len(calls)
