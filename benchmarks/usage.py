"""Six standard questions about a year of usage, next to DuckDB and plain SQLite over the same rows.

The others scan hourly rows by endpoint and customer, as they came; the vault answers from what it
keeps, encrypted. Each question is asked of all three in turn, and the answers are compared. Takes
six minutes and 5 GB of disk: `USAGEFLOW_BENCHMARK_HOURLY_ROWS` takes another number of rows than
ten million. Questions with two filters and a group, and tables, are asked of a million.
"""

# ruff: noqa: S608 (statements of our own numbers and names)
import itertools
import math
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from benchmarks.figures import Figure
from benchmarks.usage_rows import (
    APP,
    BIN_SUMS,
    BINS,
    CENTS,
    DAY_S,
    DAYS,
    FIRST_DAY,
    YEAR,
    Engines,
)
from contract.durations import quantile
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import (
    Answer,
    Dimension,
    Filter,
    Grain,
    Measure,
    Question,
    obstacle,
)
from desktop.services.calls import no_report
from desktop.services.usage_questions import UsageQuestionService

ROWS: Final = int(os.environ.get("USAGEFLOW_BENCHMARK_HOURLY_ROWS", "10000000"))
FREE_ROWS: Final = 1_000_000
ROUNDS: Final = 5
TIMES_A_TURN: Final = 3
MEAN_LIMIT: Final = 0.03
WORST_LIMIT: Final = 0.3
FREE_LIMIT_MS: Final = 150
PAGE_LIMIT_MS: Final = 50
PAGE_ROWS: Final = 50

FILTERS: Final = (
    Filter(Dimension.ENDPOINT, (f"end_{3:020}", f"end_{4:020}"), excludes=True),
    Filter(Dimension.CUSTOMER, tuple(f"cus_{n:032}" for n in range(200)), excludes=True),
    Filter(Dimension.METHOD, ("GET", "POST")),
    Filter(Dimension.PLAN, ("none",)),
    Filter(Dimension.STATUS_CLASS, ("4xx",)),
    Filter(Dimension.APPLICATION, (APP,)),
)
GROUPS: Final = tuple(one for one in Dimension if one is not Dimension.RULE)
Result = dict[Any, Any]


@dataclass(frozen=True, slots=True)
class Standard:
    """A question, what the others are asked instead, and both answers in one form."""

    name: str
    question: Question
    statement: str
    of_answer: Callable[[Answer], Result]
    of_rows: Callable[[Sequence[Sequence[Any]]], Result]


def measure(directory: Path) -> list[Figure]:
    with Engines(directory / "all", ROWS) as engines:
        ratios, beside, basis = _standard(engines)
        figures = [
            Figure("usage: standard questions, geometric mean", _mean(ratios), MEAN_LIMIT, "x",
                   f"{engines.rows:,} hourly rows, against DuckDB; CPU and wall alike: {basis}"),
            Figure("usage: standard questions, the worst", max(ratios), WORST_LIMIT, "x",
                   f"against DuckDB; plain SQLite scanning: {_mean(beside):.4f} of its time"),
        ]  # fmt: skip
        if ROWS == FREE_ROWS:
            return [*figures, _free(engines.service), _first_page(engines.service)]
    with Engines(directory / "free", FREE_ROWS) as engines:
        return [*figures, _free(engines.service), _first_page(engines.service)]


def standard_questions() -> tuple[Standard, ...]:
    """The six, each with SQL that both of the others understand; `DIV` divides whole numbers."""
    heat = tuple(f"cus_{number:032}" for number in range(0, 100, 2))
    someone = f"cus_{7:032}"
    end = FIRST_DAY + DAYS
    month = DateRange(YEAR.end - timedelta(days=30), YEAR.end)
    quarter = DateRange(YEAR.end - timedelta(days=90), YEAR.end)
    by_day = f"(SELECT *, hour DIV {DAY_S} AS day FROM hourly)"
    ends = [(date(2025, number, 1) - date(1970, 1, 1)).days for number in range(2, 13)]
    months = " ".join(f"WHEN day < {day} THEN {place}" for place, day in enumerate(ends))
    prices = " ".join(f"WHEN '{method}' THEN {cents}" for method, cents in CENTS.items())
    return (
        Standard("series by day", Question(YEAR, application_id=APP),
                 f"SELECT day, sum(requests) FROM {by_day} h GROUP BY day", by_label, of_days),
        Standard("top endpoints",
                 Question(month, application_id=APP, grain=Grain.WHOLE,
                          group_by=Dimension.ENDPOINT, top=20),
                 f"""SELECT endpoint, sum(requests) FROM hourly WHERE hour >= {(end - 30) * DAY_S}
                     GROUP BY endpoint ORDER BY 2 DESC, 1 LIMIT 20""",
                 lambda answer: {line.key: line.total for line in answer.series if line.key},
                 lambda rows: {endpoint: int(number) for endpoint, number in rows}),
        Standard("customer x day heat map",
                 Question(quarter, application_id=APP, group_by=Dimension.CUSTOMER, top=50,
                          filters=(Filter(Dimension.CUSTOMER, heat),)),
                 f"""SELECT customer, day, sum(requests) FROM {by_day} h
                     WHERE hour >= {(end - 90) * DAY_S} AND customer IN {heat}
                     GROUP BY customer, day""",
                 by_key_and_label,
                 lambda rows: {(who, label_of(day)): int(number) for who, day, number in rows}),
        Standard("percentiles by day", Question(YEAR, Measure.P95, APP),
                 f"SELECT day, {BIN_SUMS} FROM {by_day} h GROUP BY day", by_label, percentiles),
        Standard("revenue by rule and month",
                 Question(YEAR, Measure.REVENUE, APP, Grain.MONTH, Dimension.RULE, top=20),
                 f"""SELECT method, month, sum(minor) FROM (
                         SELECT method, customer, month,
                             (sum(units) * CASE method {prices} END + 500000000) DIV 1000000000
                                 AS minor
                         FROM (SELECT *, CASE {months} ELSE 11 END AS month FROM {by_day} d) h
                             JOIN endpoints e ON e.endpoint = h.endpoint
                         GROUP BY method, customer, month) g GROUP BY method, month""",
                 by_key_and_label,
                 lambda rows: {(rule, f"2025-{month + 1:02}-01"): int(minor)
                               for rule, month, minor in rows}),
        Standard("one customer",
                 Question(YEAR, application_id=APP,
                          filters=(Filter(Dimension.CUSTOMER, (someone,)),)),
                 f"""SELECT day, sum(requests) FROM {by_day} h WHERE customer = '{someone}'
                     GROUP BY day""", by_label, of_days),
    )  # fmt: skip


def by_label(answer: Answer) -> Result:
    (line,) = answer.series
    return {label: value for label, value in zip(answer.labels, line.values, strict=True) if value}


def by_key_and_label(answer: Answer) -> Result:
    return {
        (line.key, label): value
        for line in answer.series
        for label, value in zip(answer.labels, line.values, strict=True)
        if value
    }


def of_days(rows: Sequence[Sequence[Any]]) -> Result:
    return {label_of(day): int(number) for day, number in rows}


def percentiles(rows: Sequence[Sequence[Any]]) -> Result:
    """Microseconds by day, as the vault works them out."""
    found = {
        label_of(day): quantile({b: int(n) for b, n in zip(BINS, counts, strict=True) if n}, 0.95)
        for day, *counts in rows
    }
    return {label: round(1000 * value) for label, value in found.items() if value is not None}


def label_of(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()


def _standard(engines: Engines) -> tuple[list[float], list[float], str]:
    """Ratios to DuckDB and to plain SQLite by question, and what lies behind them."""
    ratios, beside, texts = [], [], []
    for standard in standard_questions():
        times = _asked(engines, standard)
        ratios.append(times["vault"] / times["duck"])
        beside.append(times["vault"] / times["plain"])
        texts.append(
            f"{standard.name} {1000 * times['vault']:.2f} of {1000 * times['duck']:.1f} ms "
            f"({1000 * times['plain']:.0f} plain)"
        )
    return ratios, beside, "; ".join(texts)


def _asked(engines: Engines, standard: Standard) -> Mapping[str, float]:
    """Median seconds of each engine, asked in turn in any order; all answers are the same.

    Each answers several times in its turn: a scan leaves the processor's caches full of itself.
    """
    duck = standard.statement.replace("DIV", "//")
    plain = standard.statement.replace("DIV", "/")
    ask: dict[str, Callable[[], Result]] = {
        "vault": lambda: standard.of_answer(engines.service.ask(no_report, standard.question, 0)),
        "duck": lambda: standard.of_rows(engines.scanned(duck)),
        "plain": lambda: standard.of_rows(engines.scanned_plainly(plain)),
    }
    times: dict[str, list[float]] = {name: [] for name in ask}
    order = list(ask)
    for number in range(ROUNDS + 1):
        random.Random(number).shuffle(order)  # noqa: S311 (the same order in every run)
        results = {}
        for name in order:
            if name == "plain" and times[name]:
                continue  # it takes seconds, and its limit is not at stake
            for _ in range(1 if name == "plain" else TIMES_A_TURN):
                begun = time.perf_counter()
                results[name] = ask[name]()
                if number:  # the first round warms up
                    times[name].append(time.perf_counter() - begun)
        if any(result != results["duck"] for result in results.values()):
            raise ValueError(f"The answers to “{standard.name}” differ.")
    return {name: statistics.median(some) for name, some in times.items()}


def _free(service: UsageQuestionService) -> Figure:
    """The slowest of all questions with two filters and a group over 90 days."""
    quarter = DateRange(YEAR.end - timedelta(days=90), YEAR.end)
    slowest, question = _slowest(service, (
        Question(quarter, application_id=APP, group_by=group, filters=pair)
        for pair in itertools.combinations(FILTERS, 2) for group in GROUPS
    ))  # fmt: skip
    return Figure("usage: two filters and a group over 90 days", slowest, FREE_LIMIT_MS, "ms",
                  f"{FREE_ROWS:,} hourly rows, the slowest: {_told(question)}; wall")  # fmt: skip


def _first_page(service: UsageQuestionService) -> Figure:
    """The slowest first page of a table over the year, whatever it is sorted and filtered by."""
    slowest, question = _slowest(service, (
        Question(YEAR, measure, APP, Grain.WHOLE, group, some, top=PAGE_ROWS)
        for measure in (Measure.REQUESTS, Measure.UNITS, Measure.ERRORS, Measure.DENIED)
        for some in ((), *((one,) for one in FILTERS))
        for group in GROUPS if group is not Dimension.HOUR_OF_WEEK
    ))  # fmt: skip
    return Figure("usage: first page of a table, any sort or filter", slowest, PAGE_LIMIT_MS, "ms",
                  f"{FREE_ROWS:,} hourly rows, the slowest: {_told(question)}; wall")  # fmt: skip


def _slowest(
    service: UsageQuestionService, questions: Iterable[Question]
) -> tuple[float, Question]:
    """Milliseconds of the slowest question that somebody can answer."""
    found = []
    for question in questions:
        if obstacle(question):
            continue
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            service.ask(no_report, question, 1200)
            times.append(1000 * (time.perf_counter() - begun))
        found.append((statistics.median(times), question))
    return max(found, key=lambda one: one[0])


def _told(question: Question) -> str:
    filters = " and ".join(one.dimension for one in question.filters)
    return f"{question.measure} by {question.group_by}, filtered by {filters or 'nothing'}"


def _mean(ratios: Sequence[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, ratios)))
