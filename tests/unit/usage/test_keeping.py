"""How much usage is kept: shown, bounded by the owner, and let go of with its sums."""

from datetime import timedelta

import pytest

from desktop.domain.errors import Cancelled, InvalidInput
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Gap, GapReason, Grain, Question
from tests.fakes import NOON, no_report

TODAY = NOON.date()
TABLES = ("endpoint_hours", "customer_days", "customer_hours", "endpoint_day_sums",
          "customer_day_sums", "day_sums")  # fmt: skip


@pytest.fixture
def year(device, hosted):
    """A call at noon on every tenth day of the last year, and today."""
    for back in range(0, 366, 10):
        hosted.count("end_1", "cus_1", int((NOON - timedelta(days=back)).timestamp()))
    device.sync()
    return device


def days_by_table(device):
    return {table: device.query(f"SELECT count(*) FROM {table}")[0][0] for table in TABLES}  # noqa: S608


def test_extent_is_told_in_months_and_bytes(year):
    extent = year.services.answers.keeping.extent()
    assert (extent.first_day, extent.months) == ("2025-06-20", 13)
    assert extent.size_bytes > 100_000
    assert extent.keep_months == 0


def test_empty_vault_has_no_first_day(device):
    extent = device.services.answers.keeping.extent()
    assert (extent.first_day, extent.months) == ("", 0)


def test_everything_is_kept_until_the_owner_says_otherwise(year):
    before = days_by_table(year)
    year.services.answers.keeping.let_go(no_report)
    assert days_by_table(year) == before


def test_older_months_go_with_all_of_their_sums(year):
    keeping = year.services.answers.keeping
    keeping.keep(2)
    told = []
    keeping.let_go(lambda done, total: told.append((done, total)))
    # From 1 April on: 6 and 16 and 26 April, 6 and 16 and 26 May, 5 and 15 June.
    assert set(days_by_table(year).values()) == {8}
    assert year.query("SELECT min(day) FROM customer_days") == year.query(
        "SELECT min(day) FROM day_sums"
    )
    extent = keeping.extent()
    assert (extent.first_day, extent.months, extent.keep_months) == ("2026-04-06", 3, 2)
    assert told[0] == (0, 1)


def test_days_that_were_let_go_are_no_zeros(year):
    keeping = year.services.answers.keeping
    keeping.keep(2)
    keeping.let_go(no_report)
    period = DateRange(TODAY.replace(month=1, day=1), TODAY.replace(day=1))
    question = Question(period, grain=Grain.MONTH)
    answer = year.services.answers.questions.ask(no_report, question, 0)
    assert answer.gaps == (Gap(0, 3, GapReason.NOT_KEPT),)
    assert answer.series[0].values == (None, None, None, 3, 3)


def test_open_pages_hear_that_months_are_gone(year):
    keeping = year.services.answers.keeping
    year.notices.clear()
    keeping.let_go(no_report)
    assert not year.notices
    keeping.keep(3)

    def cancel(_done, _total=None):
        raise Cancelled("")

    with pytest.raises(Cancelled):
        keeping.let_go(cancel)
    assert year.notices == ["usage"]
    keeping.let_go(no_report)
    assert year.notices == ["usage"] * 2


def test_letting_go_goes_on_where_it_was_cancelled(year):
    keeping = year.services.answers.keeping
    keeping.keep(0)
    keeping.keep(3)

    def cancel(_done, _total=None):
        if year.query("SELECT count(*) FROM day_sums") < [(20,)]:
            raise Cancelled("")

    with pytest.raises(Cancelled):
        keeping.let_go(cancel)
    left = days_by_table(year)
    assert 11 < left["day_sums"] < 20
    assert set(left.values()) == {left["day_sums"]}
    keeping.let_go_by_itself()
    assert set(days_by_table(year).values()) == {11}


@pytest.mark.parametrize("months", [-1, 1201])
def test_number_of_months_that_cannot_be_is_refused(device, months):
    with pytest.raises(InvalidInput, match="months") as refused:
        device.services.answers.keeping.keep(months)
    assert refused.value.field == "months"
