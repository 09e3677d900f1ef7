"""The screens' numbers, worked out by hand from a few calls."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec
import pytest

from contract.messages.rollups import ANONYMOUS, MICRO, OTHERS, CustomerHour, EndpointHour
from contract.terms import Meter
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange, Grain, GroupBy, Measure, UsageQuestion
from desktop.domain.usage_questions import Comparison
from desktop.services.storage import applications
from desktop.services.usage_chart import ChartBuilder
from desktop.services.usage_labels import labels_for
from desktop.views.dashboard_revenue import cost_question, revenue_question
from tests.fakes import APPLICATION, NO_DURATIONS, NOON, no_report
from tests.prices import rule_draft

TODAY = NOON.date()
HOUR = 3600


def hour_of(day, hour=0, zone="UTC"):
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).timestamp())


def days(count, last=TODAY):
    return DateRange(last - timedelta(days=count - 1), last + timedelta(days=1))


def endpoint(hosted, endpoint_id, method, url):
    body = {"application_id": APPLICATION, "method": method, "url": url}
    hosted.put("endpoint", endpoint_id, {**body, "first_seen": "2026-01-01T00:00:00Z"})


def ask(device, period, grain=Grain.DAY, group_by=GroupBy.ENDPOINT, **options):
    question = UsageQuestion(ApplicationId(APPLICATION), period, grain, group_by, **options)
    return charted(device, question)


def charted(device, question):
    """The answer that a dashboard builds its chart from."""
    stamp = device.services.sync.stamp()
    with device.services.vault.reading() as db:
        application = applications.find(db, question.application_id)
        builder = ChartBuilder(db, question, applications.zone(application.time_zone))
        return builder.answer(labels_for(db, question), stamp)


def set_zone(hosted, zone):
    routes = [{"method": "*", "url": "*"}]
    body = {"name": "My API", "time_zone": zone, "metered_routes": routes, "archived": False}
    hosted.put("application", APPLICATION, body)


@pytest.fixture
def busy(device, hosted):
    """Three days of calls on two endpoints by two customers, and one call without an identity."""
    endpoint(hosted, "end_1", "GET", "/items")
    endpoint(hosted, "end_2", "POST", "/images")
    hosted.put("customer", "cus_1aaaabbbb", {"application_id": APPLICATION, "name": "Aurora"})
    yesterday, before = TODAY - timedelta(days=1), TODAY - timedelta(days=2)
    hosted.count("end_1", "cus_1aaaabbbb", hour_of(TODAY, 9), requests=10)
    hosted.count("end_1", "cus_1ccccdddd", hour_of(TODAY, 9), requests=4)
    hosted.count("end_2", "cus_1aaaabbbb", hour_of(TODAY, 23), requests=2, units=30)
    hosted.count("end_2", "cus_1ccccdddd", hour_of(yesterday, 5), requests=1, units=7)
    hosted.count("end_1", ANONYMOUS, hour_of(before), requests=3)
    device.sync()
    return device


def test_chart_has_every_day_and_the_largest_endpoint_first(busy):
    answer = ask(busy, days(4))
    assert answer.starts == ("2026-06-12", "2026-06-13", "2026-06-14", "2026-06-15")
    first, second = answer.series
    assert (first.label, first.values) == ("GET /items", (0, 3, 0, 14))
    assert (second.label, second.values) == ("POST /images", (0, 0, 1, 2))
    assert answer.total == 20
    assert answer.stamp.as_of == NOON
    assert answer.stamp.online


def test_units_are_counted_apart_from_requests(busy):
    answer = ask(busy, days(1), measure=Measure.UNITS)
    assert {s.label: s.values[0] for s in answer.series} == {"POST /images": 30, "GET /items": 14}


def test_small_groups_are_one_line_called_other(busy, hosted):
    for number in range(4):
        hosted.count(f"end_x{number}", "cus_1aaaabbbb", hour_of(TODAY), requests=1)
    busy.sync()
    answer = ask(busy, days(1), top=2)
    assert [s.label for s in answer.series] == ["GET /items", "POST /images", "Other"]
    assert answer.series[-1].key == ""
    assert answer.series[-1].values == (4,)
    assert sum(sum(s.values) for s in answer.series) == answer.total == 20


def test_customers_are_called_by_name_or_by_a_short_pseudonym(busy):
    answer = ask(busy, days(3), group_by=GroupBy.CUSTOMER)
    assert [s.label for s in answer.series] == [
        "Aurora",
        "Customer ccccdddd",
        "Anonymous callers",
    ]


def test_hourly_chart_of_a_day_has_its_24_hours(busy):
    answer = ask(busy, days(1), Grain.HOUR)
    assert len(answer.starts) == 24
    assert answer.starts[9] == "2026-06-15T09:00"
    assert answer.series[0].values[9] == 14
    assert answer.series[1].values[23] == 2
    assert answer.total == 16


def test_hourly_chart_keeps_the_folded_customers_apart(busy, hosted):
    key = (APPLICATION, OTHERS, "end_1", hour_of(TODAY, 9))
    hosted.rollups[CustomerHour, key] = CustomerHour(*key, 100, 100 * MICRO, hosted._next())
    busy.sync()
    answer = ask(busy, days(1), Grain.HOUR, GroupBy.CUSTOMER)
    assert [s.label for s in answer.series] == ["Aurora", "Customer ccccdddd", "Other"]
    assert answer.series[-1].values[9] == 100


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_day_on_which_the_clocks_change_has_its_own_number_of_hours(device, hosted, day, hours):
    set_zone(hosted, "Europe/Berlin")
    start = hour_of(day, zone="Europe/Berlin")
    for hour in range(hours):
        hosted.count("end_1", "cus_1", start + hour * HOUR)
    device.sync()
    answer = ask(device, days(1, day), Grain.HOUR)
    assert len(answer.starts) == hours
    assert set(answer.series[0].values) == {1}
    assert ask(device, days(1, day)).total == hours


def test_weeks_begin_on_monday_and_months_on_the_first(busy):
    weeks = ask(busy, DateRange(date(2026, 6, 10), date(2026, 6, 16)), Grain.WEEK)
    assert weeks.starts == ("2026-06-08", "2026-06-15")
    assert [sum(column) for column in zip(*(s.values for s in weeks.series), strict=True)] == [
        4,
        16,
    ]
    months = ask(busy, DateRange(date(2026, 5, 20), date(2026, 6, 16)), Grain.MONTH)
    assert months.starts == ("2026-05-01", "2026-06-01")


def test_chart_without_groups_is_one_line(busy):
    answer = ask(busy, days(3), group_by=GroupBy.DAY)
    assert [(s.key, s.values) for s in answer.series] == [("all", (3, 1, 16))]


def test_chart_of_nothing_has_its_buckets_and_no_lines(device):
    device.sync()
    answer = ask(device, days(3))
    assert (len(answer.starts), answer.series, answer.total) == (3, (), 0)


@pytest.mark.parametrize(
    ("period", "grain"),
    [
        (DateRange(TODAY, TODAY), Grain.DAY),
        (DateRange(TODAY, TODAY - timedelta(days=1)), Grain.DAY),
        (DateRange(date(2000, 1, 1), date(2020, 1, 1)), Grain.DAY),
        (DateRange(date(2026, 1, 1), date(2027, 1, 1)), Grain.HOUR),
        (DateRange(date(1, 1, 1), date(9999, 12, 31)), Grain.MONTH),
        (DateRange(date(1, 1, 1), date(1, 1, 2)), Grain.HOUR),
        (DateRange(date(9999, 12, 30), date(9999, 12, 31)), Grain.HOUR),
    ],
)
def test_empty_and_endless_periods_are_refused_at_their_field(busy, period, grain):
    with pytest.raises(InvalidInput) as refusal:
        ask(busy, period, grain)
    assert refusal.value.field == "period"


def test_dashboard_and_table_refuse_such_periods_too(busy):
    for period in (days(0), DateRange(date(1, 1, 2), date(1, 1, 9))):
        with pytest.raises(InvalidInput, match="period"):
            busy.services.usage.dashboard(ApplicationId(APPLICATION), period)
        with pytest.raises(InvalidInput, match="period"):
            busy.services.usage.table(period, GroupBy.DAY)


def price(device, name, meter, amount, **where):
    return device.services.pricing.publish(rule_draft(name, amount, meter=meter, **where), None)


def test_dashboard_adds_up(busy):
    price(busy, "Everything", Meter.REQUESTS, "0.5")
    price(busy, "Images", Meter.UNITS, "0.0125", url="/images", currency="EUR")
    board = busy.services.usage.dashboard(ApplicationId(APPLICATION), days(2))
    assert (board.requests.now, board.requests.before) == (17, 3)
    assert (board.units.now, board.units.before) == (51, 3)
    assert (board.active_customers.now, board.active_customers.before) == (2, 0)
    assert [(c.label, c.requests, c.units) for c in board.top_customers] == [
        ("Aurora", 12, 40),
        ("Customer ccccdddd", 5, 11),
    ]
    assert not board.is_sample


def revenue(device, question):
    return device.services.answers.questions.ask(no_report, question, 0)


def test_revenue_beside_the_dashboard_adds_up(busy):
    price(busy, "Everything", Meter.REQUESTS, "0.5")
    price(busy, "Images", Meter.UNITS, "0.0125", url="/images", currency="EUR")
    answer = revenue(busy, revenue_question(ApplicationId(APPLICATION), days(2)))
    # EUR: 30 x 0.0125 = 0.375 and 7 x 0.0125 = 0.0875, each line rounded; USD: 14 x 0.5.
    shown = {one.unit: (one.total, one.total_before) for one in answer.totals}
    assert shown == {"EUR": (38 + 9, None), "USD": (700, 150)}


def test_costs_of_top_customers_are_those_of_their_bills(busy):
    price(busy, "Everything", Meter.REQUESTS, "0.5")
    price(busy, "Images", Meter.UNITS, "0.0125", url="/images", currency="EUR")
    board = busy.services.usage.dashboard(ApplicationId(APPLICATION), days(2))
    named = tuple(line.customer_id for line in board.top_customers)
    answer = revenue(busy, cost_question(ApplicationId(APPLICATION), days(2), named))
    assert {(one.label, one.unit, one.total) for one in answer.series} == {
        ("Aurora", "EUR", 38),
        ("Aurora", "USD", 500),
        ("Customer ccccdddd", "EUR", 9),
        ("Customer ccccdddd", "USD", 200),
    }


def test_dashboard_compares_with_last_year_where_the_vault_has_all_of_it(busy, hosted):
    application = ApplicationId(APPLICATION)
    ask = busy.services.usage.dashboard
    board = ask(application, days(2), Comparison.LAST_YEAR)
    assert (board.compares_last_year, board.reaches_last_year) == (False, False)
    assert board.requests.before == 3
    year_ago = TODAY.replace(year=TODAY.year - 1)
    for day, requests in ((year_ago - timedelta(days=1), 6), (year_ago, 2)):
        hosted.count("end_1", "cus_1aaaabbbb", hour_of(day), requests=requests)
    busy.sync()
    board = ask(application, days(2), Comparison.LAST_YEAR)
    assert (board.compares_last_year, board.reaches_last_year) == (True, True)
    assert (board.requests.before, board.active_customers.before) == (8, 1)
    assert ask(application, days(2), Comparison.PREVIOUS).requests.before == 3
    assert not ask(application, days(3), Comparison.LAST_YEAR).reaches_last_year


def test_part_of_a_month_earns_what_the_bill_grows_by(busy):
    tiers = [{"up_to": "4", "unit_amount": "0"}, {"unit_amount": "1"}]
    free_calls = {"model": "graduated", "currency": "USD", "tiers": tiers}
    busy.services.pricing.publish(rule_draft("Four free", free_calls, meter=Meter.REQUESTS), None)
    answer = revenue(busy, revenue_question(ApplicationId(APPLICATION), days(1)))
    # Of the four free calls of the second customer one was used up the day before.
    assert [one.total for one in answer.totals] == [(12 - 4) * 100 + (4 - 3) * 100]


def test_dashboard_without_a_past_compares_with_nothing(busy):
    board = busy.services.usage.dashboard(ApplicationId(APPLICATION), days(30))
    assert board.requests.before is None
    assert board.active_customers.before is None
    answer = revenue(busy, revenue_question(ApplicationId(APPLICATION), days(30)))
    assert answer.totals == ()


def test_dashboard_counts_errors_and_refusals(device, hosted):
    hosted.count("end_1", "cus_1", hour_of(TODAY), requests=5)
    ((key, row),) = [(k, r) for k, r in hosted.rollups.items() if hasattr(r, "denied")]
    hosted.rollups[key] = msgspec.structs.replace(row, errors_4xx=1, errors_5xx=2, denied=4)
    device.sync()
    board = device.services.usage.dashboard(ApplicationId(APPLICATION), days(1))
    assert (board.errors, board.denied) == (3, 4)


def test_application_that_is_gone_is_told(busy):
    with pytest.raises(InvalidInput, match="no longer in the vault"):
        busy.services.usage.dashboard(ApplicationId("app_gone"), days(1))


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        (GroupBy.ENDPOINT, [("GET /items", 17, 17), ("POST /images", 3, 37)]),
        (
            GroupBy.CUSTOMER,
            [("Aurora", 12, 40), ("Customer ccccdddd", 5, 11), ("Anonymous callers", 3, 3)],
        ),
        (GroupBy.DAY, [("2026-06-13", 3, 3), ("2026-06-14", 1, 7), ("2026-06-15", 16, 44)]),
    ],
)
def test_table_groups_all_usage(busy, group_by, expected):
    table = busy.services.usage.table(days(3), group_by)
    found = [(r.endpoint or r.customer or r.day, r.requests, r.units) for r in table.rows]
    assert found == expected
    assert table.as_of == NOON


def test_table_adds_applications_up_and_leaves_the_sample_out(busy, hosted):
    second = {"name": "Second", "time_zone": "UTC", "metered_routes": [], "archived": True}
    hosted.put("application", "app_2", second)
    day = (TODAY - date(1970, 1, 1)).days
    row = EndpointHour(
        "app_2", "end_9", day * 86_400, 1, MICRO, 0, 0, 0, 0, 0, NO_DURATIONS, hosted._next()
    )
    hosted.rollups[EndpointHour, ("app_2", "end_9", day * 86_400)] = row
    busy.sync()
    busy.services.sample_data.load(no_report)
    table = busy.services.usage.table(days(1), GroupBy.DAY)
    assert [r.requests for r in table.rows] == [17]


def test_endpoint_whose_calls_moved_to_another_one_is_not_listed(busy, hosted):
    hosted.count("end_3", "cus_1aaaabbbb", hour_of(TODAY, 9), requests=0, units=0)
    busy.sync()
    rows = busy.services.usage.table(days(3), GroupBy.ENDPOINT).rows
    assert [row.endpoint for row in rows] == ["GET /items", "POST /images"]
    assert [s.label for s in ask(busy, days(3)).series] == ["GET /items", "POST /images"]
    assert len(ask(busy, days(1), Grain.HOUR).series) == 2


def test_units_keep_their_millionths(device, hosted):
    hosted.count("end_1", "cus_1", hour_of(TODAY), requests=1, units=0)
    ((key, row),) = [(k, r) for k, r in hosted.rollups.items() if hasattr(r, "denied")]
    hosted.rollups[key] = msgspec.structs.replace(row, units=2**53 + 1)
    device.sync()
    assert ask(device, days(1), measure=Measure.UNITS).total == Decimal("9007199254.740993")


def test_half_hour_zone_gets_exact_days(device, hosted):
    set_zone(hosted, "Asia/Kolkata")
    start = hour_of(TODAY, zone="Asia/Kolkata")
    assert start % HOUR == HOUR // 2
    hosted.count("end_1", "cus_1", start - HOUR, requests=1)
    hosted.count("end_1", "cus_1", start, requests=2)
    hosted.count("end_1", "cus_1", start + 23 * HOUR, requests=4)
    device.sync()
    assert ask(device, days(1)).total == 6
    hourly = ask(device, days(1), Grain.HOUR)
    assert hourly.starts[0] == "2026-06-15T00:00"
    assert hourly.series[0].values[0] == 2
