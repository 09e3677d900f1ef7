"""Exports: every row, the same bytes however they are asked for, and nothing a spreadsheet runs."""

import csv
import io
import json
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from contract.messages.rollups import MICRO, CustomerDay, EndpointHour
from desktop.domain.errors import Cancelled
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange, Stamp
from desktop.domain.usage_questions import Comparison, Dimension, Grain, Measure, Question
from desktop.services import usage_parts
from desktop.services.calls import no_report
from desktop.services.storage import configuration, rollups, sync_state
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.usage_export import UsageExportService, UsageFormat
from desktop.services.usage_questions import UsageQuestionService
from tests.unit.usage.world import MemoryVault

NOW = datetime(2026, 7, 1, tzinfo=UTC)
APP = ApplicationId("app_1")
BERLIN, WIDE = ApplicationId("app_2"), ApplicationId("app_3")
NEW_YEAR = 1_767_225_600
WIDTH = 300
JUNE = DateRange(date(2026, 6, 1), date(2026, 7, 1))
FIRST = (JUNE.start - date(1970, 1, 1)).days


@pytest.fixture(scope="module")
def questions(database):
    def put(key, **body):
        configuration.put(database, key, StoredRow(json.dumps(body), 1, 0))

    put(RowKey("application", APP), name="A", time_zone="UTC", archived=False)
    put(RowKey("customer", "cus_1"), application_id=APP, name='=HYPERLINK("x")')
    sync_state.store_cursor(database, "backfill", sync_state.Reached("c", finished=True))
    rows = []
    for day in range(FIRST, FIRST + 30):
        for customer in range(day % 4):
            name = f"cus_{customer}"
            units = MICRO * customer // 8 + 1
            rows.append(CustomerDay(APP, name, "end", "units", day, units, customer, units, 1))
        if day % 3:
            hour = 86_400 * day + 3600 * (day % 24)
            rows.append(EndpointHour(APP, "end", hour, 9, 9, 1, 0, 0, 0, 0, (day % 50, 2), 1))
    rollups.store_page(database, rows, 0, lambda _app: UTC)
    put(RowKey("application", BERLIN), name="B", time_zone="Europe/Berlin", archived=False)
    put(RowKey("application", WIDE), name="W", time_zone="UTC", archived=False)
    rows = [
        EndpointHour(
            BERLIN, f"ber_{number % 3}", NEW_YEAR + 3600 * hour, number, number, 1, 0, 0, 0, 0,
            (number % 50, 2), 1,
        )
        for number, hour in enumerate(range(-24 * 365, 24 * 180, 11))
    ]  # fmt: skip
    rows += [
        EndpointHour(WIDE, f"wide_{n}", NEW_YEAR + 3600 * (n % 24), 9, 9, 1, 0, 0, 0, 0, (), 1)
        for n in range(WIDTH)
    ]
    rollups.store_page(database, rows, 0, lambda _app: ZoneInfo("Europe/Berlin"))
    return UsageQuestionService(MemoryVault(database), lambda: Stamp(NOW, online=True), lambda: NOW)


@pytest.fixture
def export(questions):
    return UsageExportService(questions)


def by(measure, group=None, grain=Grain.DAY, **more):
    return Question(JUNE, measure, APP, grain, group, **more)


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_a_row_for_each_line_in_each_bucket(export, questions):
    question = by(Measure.UNITS, Dimension.CUSTOMER, top=1)
    answer = questions.ask(no_report, question, 0)
    rows = read_csv(export.text(no_report, question, UsageFormat.CSV))
    assert len(rows) == 30 * len(answer.series)
    assert rows[0] == {
        "start": "2026-06-01", "start_utc": "2026-06-01T00:00:00Z",
        "group_id": answer.series[0].key, "group": "'" + answer.series[0].label,
        "value": str(answer.series[0].amount(answer.series[0].values[0])).rstrip("0").rstrip("."),
        "unit": "units", "before": "", "gap": "",
    }  # fmt: skip


def test_name_that_a_spreadsheet_would_run_is_made_harmless(export):
    text = export.text(no_report, by(Measure.REQUESTS, Dimension.CUSTOMER), UsageFormat.CSV)
    names = {row["group"] for row in read_csv(text)}
    assert '\'=HYPERLINK("x")' in names
    assert not any(name.startswith("=") for name in names)


def test_json_says_what_was_asked_and_how_current_it_is(export):
    told = json.loads(export.text(no_report, by(Measure.REQUESTS), UsageFormat.JSON))
    assert told["question"] == {"app": APP, "from": "2026-06-01", "to": "2026-07-01"}
    assert told["time_zone"] == "UTC"
    assert told["as_of"] == "2026-07-01T00:00:00+00:00"
    assert [row["value"] for row in told["rows"][:3]] == [0 if (FIRST + n) % 3 == 0 else 9
                                                          for n in range(3)]  # fmt: skip
    assert told["left_out"] == []


def test_gap_has_no_value_and_says_why(export):
    rows = json.loads(export.text(no_report, by(Measure.P95), UsageFormat.JSON))["rows"]
    missing = [row for row in rows if row["value"] is None]
    assert len(missing) == 10
    assert {row["gap"] for row in missing} == {"no_data"}


@pytest.mark.parametrize("kind", list(UsageFormat))
@pytest.mark.parametrize(
    "question",
    [
        by(Measure.REQUESTS, Dimension.CUSTOMER, top=2),
        by(Measure.UNITS, Dimension.CUSTOMER, top=1000),
        by(Measure.P50, Dimension.ENDPOINT),
        by(Measure.CUSTOMERS),
        by(Measure.ERRORS, Dimension.STATUS_CLASS, Grain.HOUR),
        by(Measure.REQUESTS, Dimension.HOUR_OF_WEEK, top=168),
    ],
    ids=lambda question: f"{question.measure}-{question.group_by}",
)
def test_export_in_small_parts_has_the_same_bytes(export, monkeypatch, kind, question):
    whole = export.text(no_report, question, kind)
    monkeypatch.setattr(usage_parts, "CELLS_A_PART", 20)
    assert export.text(no_report, question, kind) == whole


@pytest.mark.parametrize("comparison", [Comparison.PREVIOUS, Comparison.LAST_YEAR])
@pytest.mark.parametrize(
    "shown", [(Measure.REQUESTS, UsageFormat.JSON), (Measure.P95, UsageFormat.CSV)]
)
@pytest.mark.parametrize("grain", [Grain.HOUR, Grain.DAY, Grain.WEEK, Grain.MONTH])
def test_comparison_in_small_parts_has_the_same_bytes_when_clocks_change(
    export, monkeypatch, comparison, shown, grain
):
    measure, kind = shown
    period = DateRange(date(2026, 3, 17), date(2026, 4, 20))
    question = Question(period, measure, BERLIN, grain, Dimension.ENDPOINT, (), comparison, top=2)
    whole = export.text(no_report, question, kind)
    monkeypatch.setattr(usage_parts, "CELLS_A_PART", 70)
    assert export.text(no_report, question, kind) == whole


def peak_of(export, question):
    """Most bytes that a CSV of a question took at once."""
    tracemalloc.start()
    try:
        rows = export.write(no_report, question, UsageFormat.CSV, len)
        return rows, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_longer_export_takes_no_more_memory(export, monkeypatch):
    monkeypatch.setattr(usage_parts, "CELLS_A_PART", 10_000)
    start = date(2026, 1, 1)
    short, long = (
        Question(
            DateRange(start, start + timedelta(days=days)), Measure.REQUESTS, WIDE, Grain.HOUR,
            Dimension.ENDPOINT, top=WIDTH,
        )
        for days in (3, 21)
    )  # fmt: skip
    (rows, peak), (more_rows, more) = peak_of(export, short), peak_of(export, long)
    assert (rows, more_rows) == (3 * 24 * WIDTH, 21 * 24 * WIDTH)
    assert more < 1.5 * peak


def test_progress_is_of_all_rows(export):
    told = []
    export.write(
        lambda done, total=None: told.append((done, total)),
        by(Measure.UNITS, Dimension.CUSTOMER, top=1), UsageFormat.CSV, len,
    )  # fmt: skip
    assert told[-1] == (60, 60)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_comparison_stands_beside_the_value(export):
    question = by(Measure.REQUESTS, grain=Grain.WHOLE, comparison=Comparison.PREVIOUS)
    half = replace(question, period=DateRange(date(2026, 6, 16), date(2026, 7, 1)))
    (row,) = read_csv(export.text(no_report, half, UsageFormat.CSV))
    assert (row["value"], row["before"]) == ("90", "90")


def test_file_has_the_bytes_of_the_clipboard(export, tmp_path):
    question = by(Measure.REQUESTS, Dimension.CUSTOMER)
    receipt = export.save(no_report, question, UsageFormat.CSV, str(tmp_path / "usage.csv"))
    assert (tmp_path / "usage.csv").read_bytes().decode() == export.text(
        no_report, question, UsageFormat.CSV
    )
    assert receipt.rows == 30 * 2


def test_cancelled_export_leaves_no_file(export, tmp_path, monkeypatch):
    monkeypatch.setattr(usage_parts, "CELLS_A_PART", 1)
    told = []

    def cancel_at_ten(done, _total=None):
        told.append(done)
        if done >= 10:
            raise Cancelled("")

    with pytest.raises(Cancelled):
        export.save(cancel_at_ten, by(Measure.REQUESTS), UsageFormat.CSV, str(tmp_path / "x.csv"))
    assert list(tmp_path.iterdir()) == []
    assert max(told) == 10
