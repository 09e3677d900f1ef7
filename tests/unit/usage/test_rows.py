"""The table of a large answer: every order and search equals sorting the rows of the file."""

import csv
import io
import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages.rollups import EndpointHour
from desktop.domain.errors import Cancelled, InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange, Stamp
from desktop.domain.usage_questions import Comparison, Dimension, Grain, Measure, Question
from desktop.domain.usage_rows import RowSort, RowsWanted
from desktop.services import usage_rows
from desktop.services.calls import no_report
from desktop.services.storage import configuration, revenue_months, rollups, sync_state
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.usage_export import UsageExportService, UsageFormat
from desktop.services.usage_questions import UsageQuestionService
from desktop.services.usage_rows import UsageRowsService
from tests.unit.usage.world import MemoryVault

APP = ApplicationId("app_1")
NOW = datetime(2026, 7, 1, tzinfo=UTC)
PERIOD = DateRange(date(2026, 6, 20), date(2026, 7, 3))
"""Its last days have not begun: they have no numbers."""
FIRST_HOUR = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
ENDPOINTS = ("/b", "/A", "/a/x", "/c")
QUESTION = Question(
    PERIOD, Measure.REQUESTS, APP, Grain.DAY, Dimension.ENDPOINT, (), Comparison.PREVIOUS, top=3
)


def put(database, key, **body):
    configuration.put(database, key, StoredRow(json.dumps(body), 1, 0))


def hour_rows(calls):
    return [
        EndpointHour(APP, f"end_{number}", FIRST_HOUR + 3600 * hour, calls, calls, hour % 3, 0, 0,
                     0, 0, (), 1)
        for number in range(len(ENDPOINTS)) for hour in range(number, 24 * 29, 7 + 5 * number)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def questions(database):
    put(database, RowKey("application", APP), name="A", time_zone="UTC", archived=False)
    for number, url in enumerate(ENDPOINTS):
        put(database, RowKey("endpoint", f"end_{number}"), application_id=APP, method="GET",
            url=url)  # fmt: skip
    sync_state.store_cursor(database, "backfill", sync_state.Reached("c", finished=True))
    rollups.store_page(database, hour_rows(4), 0, lambda _: UTC)
    return UsageQuestionService(MemoryVault(database), lambda: Stamp(NOW, online=True), lambda: NOW)


@pytest.fixture(scope="module")
def of_file(questions):
    """The rows as the file has them."""
    text = UsageExportService(questions).text(no_report, QUESTION, UsageFormat.CSV)
    return [
        (row["start"], row["group"], *(int(row[name]) if row[name] else None
                                       for name in ("value", "before")))
        for row in csv.DictReader(io.StringIO(text))
    ]  # fmt: skip


@pytest.fixture(scope="module")
def service(questions):
    return UsageRowsService(questions)


def all_rows(service, wanted, question=QUESTION):
    found, cursor = [], None
    while True:
        page = service.page(no_report, question, wanted, cursor)
        found += [(row.start, row.group, row.value, row.before) for row in page.rows]
        cursor = page.next_cursor
        if cursor is None:
            assert page.size == len(found)
            return found


def in_order(rows, wanted):
    place = list(RowSort).index(wanted.sort)

    def key(row):
        value = row[place]
        return value.casefold() if isinstance(value, str) else value

    known = [row for row in rows if row[place] is not None]
    unknown = [row for row in rows if row[place] is None]
    return sorted(known, key=key, reverse=wanted.descending) + unknown


@given(
    wanted=st.builds(
        RowsWanted, st.sampled_from(RowSort), st.booleans(),
        st.sampled_from(["", " get /a ", "06-2", "2026-07", "nothing"]),
    ),
    a_page=st.integers(1, 60),
)  # fmt: skip
def test_any_order_and_search_is_that_of_the_files_rows(service, of_file, wanted, a_page):
    text = wanted.text.strip().casefold()
    fitting = [row for row in of_file if text in row[0] or text in row[1].casefold()]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usage_rows, "ROWS_A_PAGE", a_page)
        assert all_rows(service, wanted) == in_order(fitting, wanted)


def test_rows_are_counted_once_for_all_pages(service):
    told = []
    service.page(no_report, QUESTION, RowsWanted(), None)
    service.page(
        lambda *counted: told.append(counted), QUESTION,
        RowsWanted(RowSort.VALUE, descending=True), None,
    )  # fmt: skip
    assert told == []


def test_another_question_takes_the_place_of_the_first(service):
    whole = Question(PERIOD, Measure.REQUESTS, APP, Grain.MONTH)
    assert [row[0] for row in all_rows(service, RowsWanted(), whole)] == [
        "2026-06-01",
        "2026-07-01",
    ]
    assert len(all_rows(service, RowsWanted())) == 13 * 4


def test_rows_are_counted_anew_when_the_vault_has_changed(service, monkeypatch, questions):
    told = []
    service.page(no_report, QUESTION, RowsWanted(), None)
    monkeypatch.setattr(revenue_months, "generation", lambda _: -1)
    service.page(lambda *counted: told.append(counted), QUESTION, RowsWanted(), None)
    assert told


def test_more_rows_than_are_held_are_refused_before_they_are_counted(service, monkeypatch):
    monkeypatch.setattr(usage_rows, "MOST_ROWS", 40)
    hourly = Question(PERIOD, Measure.REQUESTS, APP, Grain.HOUR, Dimension.ENDPOINT)
    with pytest.raises(InvalidInput, match="more than 40 rows"):
        service.page(no_report, hourly, RowsWanted(), None)


def test_cancelled_count_leaves_nothing_held(service):
    def cancel(done, total=None):
        raise Cancelled("")

    hourly = Question(PERIOD, Measure.ERRORS, APP, Grain.HOUR)
    with pytest.raises(Cancelled):
        service.page(cancel, hourly, RowsWanted(), None)
    assert len(all_rows(service, RowsWanted())) == 13 * 4
