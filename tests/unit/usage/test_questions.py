"""Buckets, gaps, what does not fit, and questions that are cut short."""

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.durations import bin_of, value_of
from contract.messages.rollups import MICRO, CustomerDay, CustomerHour, EndpointHour
from desktop.domain import calendar
from desktop.domain.errors import Cancelled, InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange, Stamp
from desktop.domain.usage_questions import (
    Cohort,
    Comparison,
    Dimension,
    Filter,
    Gap,
    GapReason,
    Grain,
    Measure,
    Question,
)
from desktop.services.calls import no_report
from desktop.services.storage import configuration, day_sums, rollups, sync_state
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.storage.interrupting import cancellable
from desktop.services.storage.sync_state import Reached, StoredConnection
from desktop.services.usage_frames import frame_of, period_before
from desktop.services.usage_questions import UsageQuestionService
from tests.unit.usage.world import ZONES, MemoryVault

NOW = datetime(2026, 6, 20, 12, 30, tzinfo=UTC)
APP = ApplicationId("app_1")
JUNE = DateRange(date(2026, 6, 1), date(2026, 7, 1))
DAY = calendar.day_number(JUNE.start)


@pytest.fixture
def ask(database):
    """Asks about an application in Calcutta that was synced an hour ago."""
    database.execute("BEGIN")
    body = {"name": "A", "time_zone": "Asia/Kolkata", "archived": False}
    configuration.put(database, RowKey("application", APP), StoredRow(json.dumps(body), 1, 0))
    connection = StoredConnection("remote", "https://x", "", APP, "s", "")
    sync_state.store_connection(database, connection)
    sync_state.store_cursor(database, "backfill", Reached("c", finished=True))
    service = UsageQuestionService(
        MemoryVault(database), lambda: Stamp(NOW - timedelta(hours=1), online=True), lambda: NOW
    )

    def ask(measure=Measure.REQUESTS, period=JUNE, width_px=0, report=no_report, **options):
        return service.ask(report, Question(period, measure, APP, **options), width_px)

    ask.service = service
    yield ask
    database.execute("ROLLBACK")


def count(db, day, hour=0, customer="cus_1", **numbers):
    """Calls of one customer in an hour of a local day."""
    start = calendar.instant(calendar.day_of_number(day), ZoneInfo("Asia/Kolkata")) + 3600 * hour
    given_ = {"requests": 1, "units": MICRO, "e4": 0, "durations": (), "revision": 1} | numbers
    requests, units = given_["requests"], given_["units"]
    rows = [
        EndpointHour(APP, "end", start, requests, units, given_["e4"], 0, 0, 0, 0,
                     given_["durations"], given_["revision"]),
        CustomerDay(APP, customer, "end", "units", day, units, requests, units,
                    given_["revision"]),
        CustomerHour(APP, customer, "end", start, requests, units, given_["revision"]),
    ]  # fmt: skip
    rollups.store_page(db, rows, 0, lambda _app: ZoneInfo("Asia/Kolkata"))


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4)])
def test_every_instant_of_a_day_has_its_hour_as_the_service_counts_it(zone, day):
    period = DateRange(day, day + timedelta(days=1))
    place = ZoneInfo(zone)
    frame = frame_of(period, Grain.HOUR, place)
    known = set(frame.starts)
    for at in range(frame.starts[0], frame.end, 900):
        local = datetime.fromtimestamp(at, place)
        assert at - 60 * local.minute in known
    assert list(frame.starts) == sorted(known)


def test_hours_of_a_zone_off_by_half_an_hour_begin_at_half_past(database, ask):
    count(database, DAY, hour=9, requests=4)
    answer = ask(period=DateRange(JUNE.start, date(2026, 6, 2)), grain=Grain.HOUR)
    assert answer.starts[9] % 3600 == 1800
    assert answer.labels[9] == "2026-06-01T09:00"
    assert answer.series[0].values[9] == 4
    assert answer.time_zone == "Asia/Kolkata"


@given(st.dates(date(1980, 1, 1), date(2100, 1, 1)), st.integers(1, 500), st.sampled_from(Grain))
def test_every_day_falls_into_one_bucket_and_none_is_left_out(start, days, grain):
    period = DateRange(start, start + timedelta(days=days))
    frame = frame_of(period, grain, UTC)
    if grain is Grain.HOUR:
        assert frame.size == 24 * days
        return
    places = [frame.place_of_day(day) for day in frame.days]
    assert places == sorted(places)
    assert set(places) == set(range(frame.size))


@pytest.mark.parametrize(
    ("period", "grain", "comparison", "before"),
    [
        ((6, 1, 7, 1), Grain.DAY, Comparison.PREVIOUS, (date(2026, 5, 1), date(2026, 6, 1))),
        ((6, 5, 6, 8), Grain.DAY, Comparison.PREVIOUS, (date(2026, 6, 2), date(2026, 6, 5))),
        ((6, 1, 8, 1), Grain.MONTH, Comparison.PREVIOUS, (date(2026, 4, 1), date(2026, 6, 1))),
        ((6, 1, 7, 1), Grain.DAY, Comparison.LAST_YEAR, (date(2025, 6, 1), date(2025, 7, 1))),
        ((6, 1, 6, 8), Grain.WEEK, Comparison.LAST_YEAR, (date(2025, 6, 2), date(2025, 6, 9))),
    ],
)
def test_period_that_a_question_is_compared_with(period, grain, comparison, before):
    start, end = date(2026, *period[:2]), date(2026, *period[2:])
    question = Question(DateRange(start, end), grain=grain, comparison=comparison)
    assert period_before(question) == DateRange(*before)


def test_leap_day_is_compared_with_the_last_of_february():
    period = DateRange(date(2028, 2, 29), date(2028, 3, 1))
    found = period_before(Question(period, comparison=Comparison.LAST_YEAR))
    assert found == DateRange(date(2027, 2, 28), date(2027, 3, 1))


def test_days_without_calls_are_zero_and_days_without_knowledge_are_gaps(database, ask):
    count(database, DAY + 4)
    count(database, DAY + 6, requests=2)
    answer = ask()
    assert answer.series[0].values[:8] == (None, None, None, 0, 1, 0, 2, 0)
    assert answer.gaps == (
        Gap(0, 3, GapReason.NOT_CONNECTED),
        Gap(20, 30, GapReason.AHEAD),
    )
    assert answer.totals[0].total == 3


def test_hours_since_the_last_sync_are_not_zero(database, ask):
    count(database, DAY)
    today = DateRange(date(2026, 6, 20), date(2026, 6, 21))
    answer = ask(period=today, grain=Grain.HOUR)
    # Synced at 17:00 and asked at 18:00 of local time.
    assert answer.gaps == (Gap(17, 18, GapReason.NOT_SYNCED), Gap(18, 24, GapReason.AHEAD))
    assert answer.series[0].values[16] == 0


def test_past_that_is_still_being_fetched_is_not_zero(database, ask):
    reached = Reached("c", finished=False, rows=1, day=DAY + 10, oldest_day=DAY)
    sync_state.store_cursor(database, "backfill", reached)
    count(database, DAY + 12)
    assert ask().gaps[0] == Gap(0, 10, GapReason.NOT_SYNCED)


def test_vault_that_was_never_connected_says_so(database, ask):
    database.execute("DELETE FROM connection")
    assert ask().gaps == (Gap(0, 20, GapReason.NOT_CONNECTED), Gap(20, 30, GapReason.AHEAD))


def test_percentiles_of_no_calls_are_a_gap_of_their_own(database, ask):
    count(database, DAY + 4, durations=(bin_of(120), 3))
    count(database, DAY + 6, durations=(bin_of(80), 3))
    answer = ask(Measure.P95)
    assert answer.gaps[1:3] == (Gap(3, 4, GapReason.NO_DATA), Gap(5, 6, GapReason.NO_DATA))
    assert answer.series[0].values[4] == round(1000 * value_of(bin_of(120)))


def test_distribution_is_told_in_bins(database, ask):
    count(database, DAY + 4, durations=(5, 3, 9, 1))
    count(database, DAY + 6, durations=(9, 2))
    found = ask.service.distribution(no_report, Question(JUNE, application_id=APP))
    assert found.counts == (3, 3)
    assert found.bounds_ms == (value_of(5), value_of(9))


def test_cohorts_are_customers_by_their_first_month(database, ask):
    april, may = (calendar.day_number(date(2026, month, 10)) for month in (4, 5))
    for day, customer in ((april, "a"), (may, "a"), (may, "b"), (DAY, "a"), (DAY, "c")):
        count(database, day, customer=customer)
    period = DateRange(date(2026, 5, 1), JUNE.end)
    found = ask.service.cohorts(no_report, Question(period, application_id=APP))
    assert found.cohorts == (Cohort("2026-05", 1, (1, 0)), Cohort("2026-06", 1, (1,)))
    whole = DateRange(date(2026, 4, 1), JUNE.end)
    found = ask.service.cohorts(no_report, Question(whole, application_id=APP))
    assert found.cohorts[0] == Cohort("2026-04", 1, (1, 1, 1))


def test_thinned_answer_keeps_peaks_lows_and_totals(database, ask):
    year = DateRange(date(2026, 1, 1), date(2026, 5, 1))
    first = calendar.day_number(year.start)
    for day in range(first, first + 120):
        count(database, day, hour=day % 24, requests=1 + day % 50)
    count(database, first + 60, hour=3, requests=5000, revision=2)
    whole = ask(period=year, grain=Grain.HOUR)
    thin = ask(period=year, grain=Grain.HOUR, width_px=100)
    assert len(thin.starts) <= 4 * 100 < len(whole.starts)
    assert thin.is_thinned
    assert not whole.is_thinned
    assert max(thin.series[0].values) == max(whole.series[0].values) == 5000
    assert thin.series[0].total == whole.series[0].total
    assert set(thin.starts) <= set(whole.starts)
    assert (thin.starts[0], thin.starts[-1]) == (whole.starts[0], whole.starts[-1])


def test_thinned_gaps_stay_where_they_are(database, ask):
    count(database, DAY)
    wide = DateRange(date(2026, 1, 1), date(2026, 12, 1))
    whole = ask(period=wide, grain=Grain.HOUR)
    thin = ask(period=wide, grain=Grain.HOUR, width_px=50)
    for answer in (whole, thin):
        edges = [(answer.starts[gap.first], gap.reason) for gap in answer.gaps]
        assert edges == [(whole.starts[gap.first], gap.reason) for gap in whole.gaps]


def test_cancel_lands_in_the_middle_of_a_statement(database):
    def cancel(_done, _total=None):
        raise Cancelled("")

    endless = """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n
    """
    with pytest.raises(Cancelled), cancellable(database, cancel):
        database.execute(endless).fetchone()
    assert database.execute("SELECT 1").fetchone() == (1,)


def test_cancelled_question_has_no_answer(database, ask):
    count(database, DAY)

    def cancel(_done, _total=None):
        raise Cancelled("")

    with pytest.raises(Cancelled):
        ask(report=cancel)


def test_sums_of_an_older_version_are_made_anew_by_the_first_question(database, ask):
    count(database, DAY + 4, e4=1)
    database.execute("UPDATE day_definition SET definition = 'of before'")
    database.execute("DELETE FROM day_sums")
    assert ask(Measure.ERRORS).totals[0].total == 1
    assert day_sums.is_current(database)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"period": DateRange(JUNE.end, JUNE.start)}, "period"),
        ({"period": DateRange(date(2000, 1, 1), date(2020, 1, 1)), "grain": Grain.HOUR}, "period"),
        ({"top": 0}, "top"),
        ({"group_by": Dimension.RULE}, "question"),
        ({"measure": Measure.DENIED, "group_by": Dimension.CUSTOMER}, "question"),
    ],
)
def test_question_that_cannot_be_answered_is_refused_in_words(ask, options, field):
    with pytest.raises(InvalidInput, match=r"\.$") as refused:
        ask(**options)
    assert refused.value.field == field


def test_application_that_is_gone_is_named(ask):
    gone = Question(JUNE, application_id=ApplicationId("app_gone"))
    with pytest.raises(InvalidInput, match="no longer") as refused:
        ask.service.ask(no_report, gone, 0)
    assert refused.value.field == "application_id"


def test_hostile_key_of_a_filter_is_a_value(database, ask):
    count(database, DAY + 4)
    for key in ("'; DROP TABLE day_sums; --", '"]', "\0", "%"):
        filters = (Filter(Dimension.ENDPOINT, (key,)),)
        assert ask(filters=filters).totals[0].total == 0
    assert ask().totals[0].total == 1


def test_sum_that_leaves_64_bits_stops_there(database, ask):
    for customer in ("a", "b", "c"):
        count(database, DAY + 4, customer=customer, units=2**62, revision=1)
    answer = ask(Measure.UNITS, group_by=Dimension.CUSTOMER)
    assert answer.totals[0].total == 2**63 - 1
    assert {line.total for line in answer.series} == {2**62}
