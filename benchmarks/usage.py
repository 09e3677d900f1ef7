"""Six standard questions about a year of usage, next to DuckDB and plain SQLite over the same rows.

The others scan hourly rows by endpoint and customer, as they came; the vault answers from what it
keeps, encrypted. Each question is asked of all three in turn, and the answers are compared.
`USAGEFLOW_BENCHMARK_HOURLY_ROWS` takes another number of rows than ten million; questions with two
filters and a group are asked of a million.
"""

# ruff: noqa: S608 (statements of our own numbers and names)
import itertools
import json
import math
import os
import random
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from benchmarks.figures import Figure
from contract.durations import quantile
from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour, RollupRow
from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing.published import RuleVersion
from desktop.domain.usage import DateRange, Stamp
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
from desktop.services.storage import configuration, rollups, sync_state
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.storage.rows import VERSIONS
from desktop.services.storage.vault import Vault
from desktop.services.usage_questions import UsageQuestionService

if TYPE_CHECKING:
    import duckdb

ROWS: Final = int(os.environ.get("USAGEFLOW_BENCHMARK_HOURLY_ROWS", "10000000"))
FREE_ROWS: Final = 1_000_000
ROUNDS: Final = 5
MEAN_LIMIT: Final = 0.03
WORST_LIMIT: Final = 0.3
FREE_LIMIT_MS: Final = 150
PAGE: Final = 20_000
APP: Final = ApplicationId("app_" + "0" * 20)
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
FIRST: Final = date(2025, 1, 1)
YEAR: Final = DateRange(FIRST, date(2026, 1, 1))
DAY_S: Final = 86_400
FIRST_DAY: Final = (FIRST - date(1970, 1, 1)).days
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
CENTS: Final = {"GET": 10, "POST": 25, "PUT": 7, "PATCH": 3, "DELETE": 1}
"""Of a currency's minor unit, for a thousand units."""
BINS: Final = (20, 30, 40, 50, 60, 70, 80, 90)
BIN_COLUMNS: Final = ", ".join(f"b{number}" for number in BINS)
BIN_SUMS: Final = ", ".join(f"sum(b{number})" for number in BINS)
PASSPHRASE: Final = "correct horse battery staple"  # noqa: S105 (of a vault that is deleted)

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
    with _Engines(directory / "all", ROWS) as engines:
        ratios, beside, basis = _standard(engines)
        figures = [
            Figure("usage: standard questions, geometric mean", _mean(ratios), MEAN_LIMIT, "x",
                   f"{ROWS:,} hourly rows, against DuckDB; CPU and wall alike: {basis}"),
            Figure("usage: standard questions, the worst", max(ratios), WORST_LIMIT, "x",
                   f"against DuckDB; plain SQLite scanning: {_mean(beside):.4f} of its time"),
        ]  # fmt: skip
        if ROWS == FREE_ROWS:
            return [*figures, _free(engines.service)]
    with _Engines(directory / "free", FREE_ROWS) as engines:
        return [*figures, _free(engines.service)]


class _Engines:
    """The same rows in DuckDB, in plain SQLite, and as rollups in a vault."""

    def __init__(self, directory: Path, rows: int) -> None:
        # A library of the benchmarks, imported by the one that needs it.
        import duckdb

        directory.mkdir()
        self.duck = duckdb.connect(str(directory / "duck.db"))
        self.plain = sqlite3.connect(directory / "plain.db")
        self.vault = Vault(directory / "vault")
        _generate(self.duck, rows)
        _copy(self.duck, self.plain)
        self.vault.create(PASSPHRASE)
        _fill(self.duck, self.vault)
        self.service = UsageQuestionService(
            self.vault, lambda: Stamp(NOW, online=True), lambda: NOW
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.duck.close()
        self.plain.close()
        self.vault.close()

    def scanned(self, statement: str) -> list[Any]:
        return self.duck.execute(statement).fetchall()

    def scanned_plainly(self, statement: str) -> list[Any]:
        with closing(self.plain.cursor()) as cursor:
            return cursor.execute(statement).fetchall()


def _generate(duck: "duckdb.DuckDBPyConnection", rows: int) -> None:
    """Rows of a year in the order they came: few customers and endpoints have most of them."""
    values = ", ".join(
        f"CASE WHEN bin = {place} THEN requests ELSE 0 END AS b{number}"
        for place, number in enumerate(BINS)
    )
    duck.execute(f"""
        CREATE TABLE endpoints AS SELECT 'end_' || lpad(i::VARCHAR, 20, '0') AS endpoint,
            ['{"', '".join(METHODS)}'][1 + i % {len(METHODS)}] AS method FROM range(200) r(i)
    """)
    duck.execute(f"""
        CREATE TABLE hourly AS
        WITH drawn AS (
            SELECT {FIRST_DAY * DAY_S} + 3600 * (hash(i * 7) % {365 * 24})::BIGINT AS hour,
                'end_' || lpad(floor(200 * power(hash(i * 11) / 18446744073709551615.0, 2))
                    ::INTEGER::VARCHAR, 20, '0') AS endpoint,
                'cus_' || lpad(floor(1000 * power(hash(i * 13) / 18446744073709551615.0, 2))
                    ::INTEGER::VARCHAR, 32, '0') AS customer,
                1 + (hash(i * 17) % 9)::BIGINT AS requests, (hash(i * 19) % 8)::BIGINT AS bin,
                (hash(i * 23) % 50000000)::BIGINT AS units, (hash(i * 29) % 2)::BIGINT AS errors
            FROM range({rows}) r(i)
        )
        SELECT hour, endpoint, customer, requests, units, errors, {values} FROM drawn
        WHERE endpoint < 'end_' || lpad('200', 20, '0')
            AND customer < 'cus_' || lpad('1000', 32, '0')
        QUALIFY row_number() OVER (PARTITION BY hour, endpoint, customer) = 1 ORDER BY hour
    """)


def _copy(duck: "duckdb.DuckDBPyConnection", plain: sqlite3.Connection) -> None:
    columns = f"hour, endpoint, customer, requests, units, errors, {BIN_COLUMNS}"
    plain.execute("CREATE TABLE endpoints (endpoint TEXT, method TEXT)")
    plain.execute(f"CREATE TABLE hourly ({columns})")
    for table in ("endpoints", "hourly"):
        reader = duck.execute(f"SELECT * FROM {table}")
        while rows := reader.fetchmany(100_000):
            places = ", ".join("?" * len(rows[0]))
            plain.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    plain.commit()


def _fill(duck: "duckdb.DuckDBPyConnection", vault: Vault) -> None:
    """Store what a service would have sent, the way sync stores it."""
    with vault.transaction() as db:
        _configure(db, duck)
    rows = _rollup_rows(duck)
    while page := list(itertools.islice(rows, PAGE)):
        with vault.transaction() as db:
            rollups.store_page(db, page, 0, lambda _app: UTC)


def _configure(db: sqlite3.Connection, duck: "duckdb.DuckDBPyConnection") -> None:
    def put(key: RowKey, **body: Any) -> None:  # noqa: ANN401 (JSON)
        configuration.put(db, key, StoredRow(json.dumps(body), 1, 0))

    put(RowKey("application", APP), name="A", time_zone="UTC", archived=False)
    for endpoint, method in duck.execute("SELECT * FROM endpoints").fetchall():
        put(RowKey("endpoint", endpoint), application_id=APP, method=method, url=f"/{endpoint}")
    for method, cents in CENTS.items():
        price = {"model": "per_unit", "currency": "USD", "unit_amount": f"0.{cents:05}"}
        version = RuleVersion(
            application_id=APP, name=method, method=method, price=price, effective_from=FIRST,
            version=1, version_id=f"rule_{method}_1", rule_id=RuleId(method), published_at=NOW,
        )  # fmt: skip
        put(VERSIONS.key(version), **VERSIONS.body(version))
        put(RowKey("pricing_rule", method), application_id=APP, name=method, method=method)
    sync_state.store_cursor(db, "backfill", sync_state.Reached("c", finished=True))


def _rollup_rows(duck: "duckdb.DuckDBPyConnection") -> Iterator[RollupRow]:
    numbers = itertools.count(1)
    days = _fetched(
        duck,
        f"""
        SELECT customer, endpoint, hour // {DAY_S}, sum(units), sum(requests), max(units)
        FROM hourly GROUP BY ALL ORDER BY 3, 1, 2
    """,
    )
    for customer, endpoint, day, units, requests, peak in days:
        yield CustomerDay(
            APP, customer, endpoint, "units", day, int(units), int(requests), peak, next(numbers)
        )
    hours = _fetched(
        duck,
        f"""
        SELECT endpoint, hour, sum(requests), sum(units), sum(errors), {BIN_SUMS} FROM hourly
        GROUP BY ALL ORDER BY 2, 1
    """,
    )
    for endpoint, hour, requests, units, errors, *bins in hours:
        counts = [
            part for pair in zip(BINS, map(int, bins), strict=True) if pair[1] for part in pair
        ]
        yield EndpointHour(APP, endpoint, hour, int(requests), int(units), int(errors), 0, 0, 0, 0,
                           tuple(counts), next(numbers))  # fmt: skip
    rows = "SELECT customer, endpoint, hour, requests, units FROM hourly ORDER BY hour, customer"
    for customer, endpoint, hour, requests, units in _fetched(duck, rows):
        yield CustomerHour(APP, customer, endpoint, hour, requests, units, next(numbers))


def _fetched(duck: "duckdb.DuckDBPyConnection", statement: str) -> Iterator[tuple[Any, ...]]:
    cursor = duck.cursor().execute(statement)
    while rows := cursor.fetchmany(100_000):
        yield from rows


def standard_questions() -> tuple[Standard, ...]:
    """The six, each with SQL that both of the others understand; `DIV` divides whole numbers."""
    heat = tuple(f"cus_{number:032}" for number in range(0, 100, 2))
    someone = f"cus_{7:032}"
    end = FIRST_DAY + 365
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


def _standard(engines: _Engines) -> tuple[list[float], list[float], str]:
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


def _asked(engines: _Engines, standard: Standard) -> Mapping[str, float]:
    """Median seconds of each engine, asked in turn in any order; all answers are the same."""
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
            if name == "plain" and len(times[name]) > 1:
                continue  # it takes seconds, and its limit is not at stake
            begun = time.perf_counter()
            results[name] = ask[name]()
            if number:  # the first round warms up
                times[name].append(time.perf_counter() - begun)
        if any(result != results["duck"] for result in results.values()):
            raise ValueError(f"The answers to “{standard.name}” differ.")
    return {name: statistics.median(some) for name, some in times.items()}


def _free(service: UsageQuestionService) -> Figure:
    """The slowest of all questions with two filters and a group over 90 days."""
    slowest, name = 0.0, ""
    for question in _free_questions():
        times = []
        for _ in range(3):
            begun = time.perf_counter()
            service.ask(no_report, question, 1200)
            times.append(1000 * (time.perf_counter() - begun))
        if statistics.median(times) > slowest:
            slowest = statistics.median(times)
            first, second = question.filters
            name = f"{first.dimension} and {second.dimension} by {question.group_by}"
    return Figure("usage: two filters and a group over 90 days", slowest, FREE_LIMIT_MS, "ms",
                  f"{FREE_ROWS:,} hourly rows, the slowest: {name}; wall")  # fmt: skip


def _free_questions() -> Iterator[Question]:
    quarter = DateRange(YEAR.end - timedelta(days=90), YEAR.end)
    filters = (
        Filter(Dimension.ENDPOINT, (f"end_{3:020}", f"end_{4:020}"), excludes=True),
        Filter(Dimension.CUSTOMER, tuple(f"cus_{n:032}" for n in range(200)), excludes=True),
        Filter(Dimension.METHOD, ("GET", "POST")),
        Filter(Dimension.PLAN, ("none",)),
        Filter(Dimension.STATUS_CLASS, ("4xx",)),
        Filter(Dimension.APPLICATION, (APP,)),
    )
    groups = [one for one in Dimension if one is not Dimension.RULE]
    for pair in itertools.combinations(filters, 2):
        for group in groups:
            question = Question(quarter, application_id=APP, group_by=group, filters=pair)
            if not obstacle(question):
                yield question


def _mean(ratios: Sequence[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, ratios)))
