"""One picture of each kind, the same every time."""

import math
from typing import Final

import numpy as np

from desktop.domain.usage_views import ChartKind
from desktop.views import figures
from desktop.views.charting.picture import Gap, Note, Picture, Role, Threshold, Trace
from desktop.views.charts import shortest

NOTHING: Final = math.nan
DAYS: Final = tuple(f"{day} Nov" for day in range(1, 31))
ENDPOINTS: Final = (
    "POST /v1/generate",
    "GET /v1/search",
    "GET /v1/models",
    "GET /v1/files",
    "POST /v1/embed",
)
WEEK: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def say(value):
    return figures.decimal(shortest(value))


def brief(value):
    return figures.compact(shortest(value))


def walk(seed, start, places=30):
    """A random walk from a height."""
    steps = np.random.default_rng(seed).uniform(0.92, 1.09, places)
    return tuple(round(value) for value in start * np.cumprod(steps))


def groups():
    named = [
        Trace(name, name, walk(place, 260_000 / (place + 1)))
        for place, name in enumerate(ENDPOINTS)
    ]
    return (*named, Trace("", "Other", walk(9, 20_000), Role.REST))


def with_hole(trace, first, last):
    values = [NOTHING if first <= n <= last else value for n, value in enumerate(trace.values)]
    return Trace(trace.key, trace.label, values, trace.role)


def lines():
    before = Trace("before", "The 30 days before", walk(7, 200_000), Role.BEFORE)
    return Picture(
        "Requests per day by endpoint",
        ChartKind.LINES,
        DAYS,
        (*(with_hole(trace, 13, 15) for trace in groups()[:3]), before),
        say,
        brief,
        whole=True,
        total="12.48 M requests",
        gaps=(Gap(13, 15, "no data received"),),
        notes=(Note(5, "Price published: Tokens v3"), Note(20, "Incident: database failover")),
        thresholds=(Threshold(280_000, "Cap of a day"),),
    )


def areas():
    return Picture("Requests, stacked", ChartKind.AREAS, DAYS, groups(), say, brief, whole=True)


def bars():
    before = Trace("before", "The 30 days before", walk(8, 520_000), Role.BEFORE)
    return Picture("Requests in bars", ChartKind.BARS, DAYS, (*groups()[:4], before), say, brief)


def heat():
    rows = tuple(
        Trace(
            day,
            day,
            [
                NOTHING
                if day == "Sun" and hour < 4
                else round(1000 * (1 + math.sin(hour / 4)) * (0.3 if day in WEEK[5:] else 1))
                for hour in range(24)
            ],
        )
        for day in WEEK
    )
    hours = tuple(f"{hour:02}:00" for hour in range(24))
    return Picture("Requests by hour of the week", ChartKind.HEAT, hours, rows, say, brief)


def bands():
    traces = tuple(
        Trace(name, name, [NOTHING if n == 9 else v for n, v in enumerate(walk(seed, start))])
        for name, seed, start in (("p50", 1, 80), ("p95", 2, 220), ("p99", 3, 520))
    )
    return Picture(
        "Duration per day", ChartKind.BANDS, DAYS, traces, say, lambda v: f"{brief(v)} ms"
    )


def distribution():
    bins = tuple(f"{2**power} ms" for power in range(14))
    calls = [round(1000 * math.exp(-((power - 6) ** 2) / 6)) for power in range(14)]
    return Picture("How long calls took", ChartKind.DISTRIBUTION, bins,
                   (Trace("calls", "Calls", calls),), say, brief)  # fmt: skip


def cohort():
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun")
    rows = tuple(
        Trace(month, month, [math.exp(-n * 0.15) if n < 6 - row else NOTHING for n in range(6)])
        for row, month in enumerate(months)
    )
    places = tuple(f"+{n}" for n in range(6))
    return Picture("Customers who stay", ChartKind.COHORT, places, rows, figures.percent_of,
                   figures.percent_of)  # fmt: skip


def pareto():
    used = [100_000 / (place + 1) for place in range(20)]
    shares = [sum(used[: place + 1]) / sum(used) for place in range(20)]
    traces = (Trace("used", "Requests", used), Trace("share", "Share", shares, Role.SHARE))
    names = tuple(f"customer-{place}" for place in range(20))
    return Picture("Requests by customer", ChartKind.PARETO, names, traces, say, brief)


PICTURES: Final = {
    ChartKind.LINES: lines,
    ChartKind.AREAS: areas,
    ChartKind.BARS: bars,
    ChartKind.HEAT: heat,
    ChartKind.BANDS: bands,
    ChartKind.DISTRIBUTION: distribution,
    ChartKind.COHORT: cohort,
    ChartKind.PARETO: pareto,
}
