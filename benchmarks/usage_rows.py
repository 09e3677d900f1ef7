"""A year of invented usage in DuckDB, in plain SQLite, and in an encrypted vault.

Hourly rows are drawn in DuckDB and written to the others in bulk: ten million in three minutes. The
vault gets the rows that a service would have sent; what it keeps beside them is made by the
product's own rebuild and upkeep.
"""

# ruff: noqa: S608 (statements of our own numbers and names)
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing.published import RuleVersion
from desktop.domain.usage import DateRange, Stamp
from desktop.services.calls import no_report
from desktop.services.storage import configuration, day_sums, month_rebuild, page_sums, sync_state
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.storage.rows import VERSIONS
from desktop.services.storage.touched import Touched
from desktop.services.storage.vault import Vault
from desktop.services.usage_packing import UsagePacking
from desktop.services.usage_questions import UsageQuestionService

if TYPE_CHECKING:
    import duckdb

APP: Final = ApplicationId("app_" + "0" * 20)
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
FIRST: Final = date(2025, 1, 1)
YEAR: Final = DateRange(FIRST, date(2026, 1, 1))
DAYS: Final = 365
DAY_S: Final = 86_400
FIRST_DAY: Final = (FIRST - date(1970, 1, 1)).days
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
CENTS: Final = {"GET": 10, "POST": 25, "PUT": 7, "PATCH": 3, "DELETE": 1}
"""Of a currency's minor unit, for a thousand units."""
BINS: Final = (20, 30, 40, 50, 60, 70, 80, 90)
BIN_COLUMNS: Final = ", ".join(f"b{number}" for number in BINS)
BIN_SUMS: Final = ", ".join(f"sum(b{number})" for number in BINS)
PASSPHRASE: Final = "correct horse battery staple"  # noqa: S105 (of a vault that is deleted)
SPARE_PERCENT: Final = 2
"""More rows are drawn: some are of the same hour, endpoint and customer."""
FETCHED_ROWS: Final = 100_000


class Engines:
    """The same rows in DuckDB, in plain SQLite, and as rollups in a vault."""

    def __init__(self, directory: Path, rows: int) -> None:
        # A library of the benchmarks, imported by the one that needs it.
        import duckdb

        directory.mkdir()
        self.duck = duckdb.connect(str(directory / "duck.db"), config={"memory_limit": "2GB"})
        self.plain = sqlite3.connect(directory / "plain.db")
        self.vault = Vault(directory / "vault")
        self.vault.create(PASSPHRASE)
        _draw(self.duck, rows)
        (self.rows,) = self.duck.execute("SELECT count(*) FROM hourly").fetchone() or (0,)
        _copy(self.duck, self.plain)
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


def _draw(duck: "duckdb.DuckDBPyConnection", rows: int) -> None:
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
            SELECT {FIRST_DAY * DAY_S} + 3600 * (hash(i * 7) % {DAYS * 24})::BIGINT AS hour,
                'end_' || lpad(floor(200 * power(hash(i * 11) / 18446744073709551615.0, 2))
                    ::INTEGER::VARCHAR, 20, '0') AS endpoint,
                'cus_' || lpad(floor(1000 * power(hash(i * 13) / 18446744073709551615.0, 2))
                    ::INTEGER::VARCHAR, 32, '0') AS customer,
                1 + (hash(i * 17) % 9)::BIGINT AS requests, (hash(i * 19) % 8)::BIGINT AS bin,
                (hash(i * 23) % 50000000)::BIGINT AS units, (hash(i * 29) % 2)::BIGINT AS errors
            FROM range({rows * (100 + SPARE_PERCENT) // 100}) r(i)
        )
        SELECT hour, endpoint, customer, requests, units, errors, {values} FROM drawn
        WHERE endpoint < 'end_' || lpad('200', 20, '0')
            AND customer < 'cus_' || lpad('1000', 32, '0')
        QUALIFY row_number() OVER (PARTITION BY hour, endpoint, customer) = 1
        ORDER BY hour, customer, endpoint
    """)


def _copy(duck: "duckdb.DuckDBPyConnection", plain: sqlite3.Connection) -> None:
    plain.execute("PRAGMA journal_mode = OFF")
    plain.execute("PRAGMA synchronous = OFF")
    plain.execute("CREATE TABLE endpoints (endpoint TEXT, method TEXT)")
    plain.execute(
        f"CREATE TABLE hourly (hour, endpoint, customer, requests, units, errors, {BIN_COLUMNS})"
    )
    for table in ("endpoints", "hourly"):
        for rows in _fetched(duck, f"SELECT * FROM {table}"):
            places = ", ".join("?" * len(rows[0]))
            plain.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
    plain.commit()


def _fill(duck: "duckdb.DuckDBPyConnection", vault: Vault) -> None:
    """Store what a service would have sent, and have the vault make its sums."""
    with vault.transaction() as db:
        _configure(db, duck)
        triggers = _without_notes(db)
    _store_hours(duck, vault)
    for first in range(FIRST_DAY, FIRST_DAY + DAYS):
        with vault.transaction() as db:
            _store_day(db, first)
    with vault.transaction() as db:
        for statement in triggers:
            db.execute(statement)
    day_sums.rebuild(vault, no_report)
    month_rebuild.rebuild(vault, no_report)
    UsagePacking(vault, lambda: NOW).pack_by_itself()


def _without_notes(db: sqlite3.Connection) -> list[str]:
    """Take the notes of changed days away: columns of months are made once, at the end."""
    triggers = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'customer_days'"
    ).fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    return [statement for _, statement in triggers]


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


def _store_hours(duck: "duckdb.DuckDBPyConnection", vault: Vault) -> None:
    customers = f"""
        SELECT '{APP}', hour, customer, endpoint, requests, units, 1, 0 FROM hourly
    """
    for rows in _fetched(duck, customers):
        with vault.transaction() as db:
            db.executemany("INSERT INTO customer_hours VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    bins = " || ".join(
        f"CASE WHEN sum(b{number}) > 0 THEN ',{number},' || sum(b{number}) ELSE '' END"
        for number in BINS
    )
    endpoints = f"""
        SELECT '{APP}', endpoint, hour, hour // {DAY_S}, sum(requests)::BIGINT, sum(units)::BIGINT,
            sum(errors)::BIGINT, 0, 0, 0, 0, 1, 0, '[' || substr({bins}, 2) || ']'
        FROM hourly GROUP BY endpoint, hour ORDER BY endpoint, hour
    """
    for rows in _fetched(duck, endpoints):
        places = ", ".join("?" * len(rows[0]))
        with vault.transaction() as db:
            db.executemany(f"INSERT INTO endpoint_hours VALUES ({places})", rows)


def _store_day(db: sqlite3.Connection, day: int) -> None:
    """Days of customers are those of their hours, which are all stored."""
    db.execute(
        f"""
        INSERT INTO customer_days
        SELECT application_id, :day, customer_id, endpoint_id, 'units', sum(units), sum(requests),
            max(units), 1, 0
        FROM customer_hours
        WHERE application_id = :app AND hour >= :day * {DAY_S} AND hour < (:day + 1) * {DAY_S}
        GROUP BY customer_id, endpoint_id
        """,
        {"app": APP, "day": day},
    )
    customers = db.execute(
        "SELECT DISTINCT customer_id FROM customer_days WHERE application_id = ? AND day = ?",
        (APP, day),
    )
    page_sums.CUSTOMER_DAYS.keep(
        db, Touched(customer_days={(APP, day, customer) for (customer,) in customers})
    )


def _fetched(
    duck: "duckdb.DuckDBPyConnection", statement: str
) -> Iterator[Sequence[tuple[Any, ...]]]:
    cursor = duck.cursor().execute(statement)
    while rows := cursor.fetchmany(FETCHED_ROWS):
        yield rows
