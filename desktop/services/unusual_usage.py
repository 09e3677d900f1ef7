"""What is unusual about usage, for the needs-attention list: spikes, growth, silence, limits."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from contract.terms import CapInterval, ConnectionState, LimitInterval
from desktop.domain import calendar
from desktop.domain.applications import ApplicationConnection
from desktop.domain.attention import Attention, Urgency
from desktop.domain.calendar import day_number
from desktop.domain.ids import CustomerId
from desktop.domain.unusual import WEEKS, Oddity, judged
from desktop.services.customers.limits import Now, limits_used, window_start
from desktop.services.storage import applications, customer_merges, kept, usage_queries
from desktop.services.storage.customer_list import rank_of_day
from desktop.services.storage.rows import APPLICATIONS
from desktop.services.usage_labels import customer_labels, endpoint_label

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.attention import Scene

WEEK: Final = 7
MOST: Final = 5
"""Entries of one kind; the pages they lead to have the rest."""
LARGEST: Final = 10
"""Customers whose limits are looked at, by calls this month."""
NEARLY: Final = 0.9
"""Share of a cap or limit from which it is worth a look."""
SILENT_FOR: Final = timedelta(hours=24)
_SAME_WEEKDAYS: Final = """
    SELECT endpoint_id, day, requests, errors FROM endpoint_day_sums
    WHERE application_id = :app AND day IN (SELECT value FROM json_each(:days))
"""
_LARGEST: Final = """
    SELECT customer_id FROM customer_list INDEXED BY customers_by_month
    WHERE list_number = (SELECT list_number FROM customer_lists WHERE application_id = :app)
        AND month_rank >= :rank
    ORDER BY month_rank DESC LIMIT :most
"""


class UnusualDays:
    """Error spikes and odd growth: yesterday against the same weekday before."""

    def attention(self, db: Connection, scene: Scene) -> Iterable[Attention]:
        yesterday = _today(scene) - timedelta(days=1)
        days = [day_number(yesterday) - WEEK * weeks for weeks in range(WEEKS + 1)]
        first = _first_day(db, scene.application.application_id)
        known = [day for day in days if first is not None and day >= first]
        if day_number(yesterday) not in known:
            return ()
        requests, errors = _by_endpoint(db, scene.application.application_id, known)
        labels = usage_queries.endpoints_by_id(db, scene.application.application_id)
        names = {end: endpoint_label(*labels.get(end, ("", end))) for end in requests}
        return (
            *_spikes(names, errors, known),
            *_growth(names, requests, known),
        )


Days = dict[str, dict[int, int]]
"""Figures by endpoint and day."""


def _by_endpoint(db: Connection, application_id: str, days: list[int]) -> tuple[Days, Days]:
    requests: Days = defaultdict(lambda: defaultdict(int))
    errors: Days = defaultdict(lambda: defaultdict(int))
    values = {"app": application_id, "days": json.dumps(days)}
    for endpoint, day, calls, wrong in db.execute(_SAME_WEEKDAYS, values):
        requests[endpoint][day] = calls
        errors[endpoint][day] = wrong
    return requests, errors


def _spikes(names: dict[str, str], errors: Days, days: list[int]) -> list[Attention]:
    found = []
    for endpoint, by_day in errors.items():
        figure = by_day[days[0]]
        verdict = judged(figure, [by_day[day] for day in days[1:]])
        if verdict.oddity is Oddity.HIGH:
            entry = Attention(
                key=f"errors:{endpoint}:{days[0]}",
                urgency=Urgency.NOW,
                title=f"{names[endpoint]} failed more often than usual.",
                detail=f"{figure:,} errors yesterday; {verdict.usual:,.0f} are usual on that day.",
                destination="traces",
            )
            found.append((-figure, entry))
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])[:MOST]]


def _growth(names: dict[str, str], requests: Days, days: list[int]) -> list[Attention]:
    found = []
    for endpoint, by_day in requests.items():
        figure = by_day[days[0]]
        verdict = judged(figure, [by_day[day] for day in days[1:]])
        if verdict.oddity is not Oddity.NONE:
            how = "more" if verdict.oddity is Oddity.HIGH else "less"
            entry = Attention(
                key=f"growth:{endpoint}:{days[0]}",
                urgency=Urgency.NOTE,
                title=f"{names[endpoint]} was called {how} than usual.",
                detail=f"{figure:,} calls yesterday; {verdict.usual:,.0f} are usual on that day.",
                destination="usage",
            )
            found.append((-abs(figure - verdict.usual), entry))
    return [entry for _, entry in sorted(found, key=lambda pair: pair[0])[:MOST]]


class SilentApplications:
    """Applications whose SDKs are connected no more, or say nothing; of all applications."""

    def attention(self, db: Connection, scene: Scene) -> Iterable[Attention]:
        answer = kept.answer(db, kept.CONNECTIONS)
        if answer is None:
            return ()
        told = json.loads(answer.body).get("applications", ())
        connections = msgspec.convert(told, tuple[ApplicationConnection, ...])
        names = {one.application_id: one.name for one in applications.listed(db)}
        return [
            _silent(names[one.application_id], one)
            for one in connections
            if one.application_id in names and _is_silent(one, scene)
        ][:MOST]


def _is_silent(connection: ApplicationConnection, scene: Scene) -> bool:
    """Lost or silent, with calls before and none for a day."""
    if connection.state not in {ConnectionState.SILENT, ConnectionState.LOST}:
        return False
    last = connection.last_call_at
    return last is not None and scene.now - last > SILENT_FOR


def _silent(name: str, connection: ApplicationConnection) -> Attention:
    is_lost = connection.state is ConnectionState.LOST
    return Attention(
        key=f"silent:{connection.application_id}",
        urgency=Urgency.NOW,
        title=f"{name} is silent.",
        detail="Its SDK is not connected any more." if is_lost else "Its SDK reports no calls.",
        destination="applications",
        target=connection.application_id,
        since=connection.last_call_at,
    )


class LimitsReached:
    """The application's cap, and the limits of the customers who call most."""

    def attention(self, db: Connection, scene: Scene) -> Iterable[Attention]:
        today = _today(scene)
        return (*self._cap(db, scene, today), *self._limits(db, scene, today))

    def _cap(self, db: Connection, scene: Scene, today: date) -> Iterator[Attention]:
        settings = APPLICATIONS.find(db, scene.application.application_id)
        cap = settings.cap if settings else None
        if cap is None:
            return
        start = day_number(window_start(_INTERVALS[cap.interval], today))
        span = usage_queries.Span(scene.application.application_id, start, day_number(today) + 1)
        sums = usage_queries.totals(db, span)
        used = sums.requests if sums else 0
        if used >= NEARLY * cap.requests:
            is_reached = used >= cap.requests
            how = "is reached" if is_reached else "is nearly reached"
            yield Attention(
                key=f"cap:{scene.application.application_id}:{_INTERVALS[cap.interval]}",
                urgency=Urgency.NOW if is_reached else Urgency.SOON,
                title=f"The cap of {scene.application.name} {how}.",
                detail=f"{used:,} of {cap.requests:,} calls {_SPOKEN[_INTERVALS[cap.interval]]}.",
                destination="applications",
                target=scene.application.application_id,
            )

    def _limits(self, db: Connection, scene: Scene, today: date) -> Iterator[Attention]:
        app = scene.application.application_id
        merges = customer_merges.merges_of(db, app)
        found = []
        for customer in _largest(db, app, today):
            members = merges.members_of(customer)
            for used in limits_used(db, app, members, Now(today, scene.now)):
                is_near = used.used >= NEARLY * used.allowed
                found += [(customer, used)] if is_near else []
        labels = customer_labels(db, [customer for customer, _ in found])
        for customer, used in found[:MOST]:
            is_reached = used.used >= used.allowed
            how = "has reached" if is_reached else "has nearly reached"
            yield Attention(
                key=f"limit:{customer}:{used.what}:{used.interval}",
                urgency=Urgency.NOW if is_reached else Urgency.SOON,
                title=f"{labels[customer]} {how} a limit.",
                detail=f"{used.used:,} of {used.allowed:,} {used.counts} {_SPOKEN[used.interval]} "
                f"at {used.what}.",
                destination="customers",
                target=customer,
            )


_SPOKEN: Final = {
    LimitInterval.DAY: "today",
    LimitInterval.WEEK: "this week",
    LimitInterval.MONTH: "this month",
}
_INTERVALS: Final = {
    CapInterval.DAY: LimitInterval.DAY,
    CapInterval.WEEK: LimitInterval.WEEK,
    CapInterval.MONTH: LimitInterval.MONTH,
}


def _largest(db: Connection, application_id: str, today: date) -> list[CustomerId]:
    """Who called most this month, by the list of customers as it was last brought up to date."""
    values = {"app": application_id, "rank": rank_of_day(today), "most": LARGEST}
    return [CustomerId(row[0]) for row in db.execute(_LARGEST, values)]


def _today(scene: Scene) -> date:
    return calendar.today(scene.now, applications.zone(scene.application.time_zone))


def _first_day(db: Connection, application_id: str) -> int | None:
    (day,) = db.execute(
        "SELECT min(day) FROM endpoint_day_sums WHERE application_id = ?", (application_id,)
    ).fetchone()
    return None if day is None else int(day)
