"""Packed days are the sums they were made of, and nobody is told of a day that changed since."""

import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages.rollups import CustomerDay, EndpointHour
from desktop.domain.ids import ApplicationId, CustomerId
from desktop.domain.privacy.erasure import ErasedCustomer
from desktop.domain.usage import DateRange, Stamp
from desktop.domain.usage_questions import Dimension, Filter, Grain, Measure, Question
from desktop.services import usage_counts
from desktop.services.calls import no_report
from desktop.services.storage import (
    configuration,
    day_packing,
    day_sums,
    erasing,
    packed_days,
    rollups,
    sync_state,
    usage_cells,
)
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.storage.erasure_tasks import Task
from desktop.services.usage_packing import UsagePacking
from desktop.services.usage_questions import UsageQuestionService
from tests.fakes import NOON
from tests.unit.usage.world import MemoryVault

APP = ApplicationId("app_1")
FIRST = NOON.date() - timedelta(days=20)
FIRST_DAY = (FIRST - datetime(1970, 1, 1, tzinfo=UTC).date()).days
TODAY = FIRST_DAY + 20
PERIOD = DateRange(FIRST, FIRST + timedelta(days=21))
CUSTOMERS = [f"cus_{number:03}" for number in range(300)]
"""More than a block holds."""
BODY = '{"name": "A", "time_zone": "UTC", "archived": false}'


@pytest.fixture
def vault(database):
    database.execute("BEGIN")
    configuration.put(database, RowKey("application", APP), StoredRow(BODY, 1, 0))
    sync_state.store_cursor(database, "backfill", sync_state.Reached("c", finished=True))
    for place in range(21):
        _store(database, place, 1, CUSTOMERS[: 10 + 14 * place])
    yield MemoryVault(database)
    database.execute("ROLLBACK")


@pytest.fixture
def service(vault):
    return UsageQuestionService(vault, lambda: Stamp(NOON, online=True), lambda: NOON)


@pytest.fixture
def packing(vault):
    return UsagePacking(vault, lambda: NOON)


def _store(db, place, revision, customers):
    """A day with other numbers in each revision."""
    day, rnd = FIRST_DAY + place, random.Random(place + 100 * revision)  # noqa: S311
    rows = [
        CustomerDay(APP, one, end, "units", day, rnd.choice((-5, 7 * 10**6, 10**12)),
                    rnd.randint(1, 300), 0, revision)
        for one in customers
        for end in ("end_1", "end_2")
    ]  # fmt: skip
    rows += [
        EndpointHour(APP, f"end_{end}", day * 86_400 + 3600 * end, rnd.randint(9, 70_000), 5,
                     rnd.randint(0, 3), 2, 1, end, 0, (), revision)
        for end in range(3)
    ]  # fmt: skip
    rollups.store_page(db, rows, 0, lambda _app: UTC)


def questions():
    """Of each way in which packed days are read."""
    few = (Filter(Dimension.CUSTOMER, (CUSTOMERS[3], CUSTOMERS[290])),)
    one = (Filter(Dimension.CUSTOMER, (CUSTOMERS[3],)),)
    without = (Filter(Dimension.CUSTOMER, tuple(CUSTOMERS[:200]), excludes=True),)
    day, whole, week = Grain.DAY, Grain.WHOLE, Grain.WEEK
    for grain, group, filters in (
        (day, None, one), (day, Dimension.CUSTOMER, few), (week, Dimension.CUSTOMER, few),
        (whole, Dimension.CUSTOMER, ()), (day, Dimension.CUSTOMER, without), (week, None, few),
        (whole, Dimension.PLAN, ()), (day, Dimension.APPLICATION, without),
    ):  # fmt: skip
        yield Question(PERIOD, Measure.REQUESTS, APP, grain, group, filters, top=290)
        yield Question(PERIOD, Measure.UNITS, APP, grain, group, filters, top=2)
    for grain, group in ((day, Dimension.ENDPOINT), (whole, Dimension.METHOD),
                         (week, Dimension.STATUS_CLASS)):  # fmt: skip
        yield Question(PERIOD, Measure.REQUESTS, APP, grain, group, top=2)
    endpoints = (Filter(Dimension.ENDPOINT, ("end_2",)),)
    for measure in (Measure.REQUESTS, Measure.UNITS):
        for grain in (day, week, whole):
            for group in (None, Dimension.CUSTOMER, Dimension.ENDPOINT, Dimension.PLAN):
                for filters in (endpoints + without, endpoints):
                    yield Question(PERIOD, measure, APP, grain, group, filters, top=290)
    yield Question(PERIOD, Measure.DENIED, APP, week, None, endpoints)


def answers(service):
    return [service.ask(no_report, question, 0) for question in questions()]


def packed_of(db, kind):
    """Marked days of a kind."""
    rows = db.execute(
        "SELECT day FROM packed_days WHERE kind = ? AND name = '' AND packed = x'' ORDER BY day",
        (kind,),
    )
    return [day for (day,) in rows]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=9))
def test_block_holds_every_number(numbers):
    assert list(packed_days.unpacked(packed_days.pack_block(numbers))) == numbers


@pytest.mark.parametrize(
    ("number", "size"),
    [(127, 1), (-128, 1), (128, 2), (-129, 2), (2**15, 4), (2**31 - 1, 4), (2**31, 8)],
)
def test_block_is_as_wide_as_its_largest_number(number, size):
    assert len(packed_days.pack_block([0, number])) == 1 + 2 * size


def test_questions_are_answered_alike_from_packed_days_and_from_rows(vault, service, packing):
    from_rows = answers(service)
    packing.pack_by_itself()
    assert answers(service) == from_rows


def test_packed_days_are_read_and_not_their_rows(vault, database, service, packing, monkeypatch):
    monkeypatch.setattr(usage_counts, "FEW_CUSTOMERS", 0)
    packing.pack_by_itself()
    before = answers(service)
    for table in ("customer_day_sums", "endpoint_day_sums", "customer_days"):
        database.execute(f"DELETE FROM {table} WHERE day < ?", (TODAY,))  # noqa: S608
    assert answers(service) == before


def test_every_day_before_today_is_packed(vault, database, packing):
    packing.pack_by_itself()
    assert packed_of(database, "customer") == list(range(FIRST_DAY, TODAY))
    assert packed_of(database, "endpoint") == list(range(FIRST_DAY, TODAY))
    assert day_packing.to_pack(database, APP, TODAY) == []


def test_page_that_touches_a_day_has_it_read_from_rows_until_it_is_packed_again(
    vault, database, service, packing
):
    packing.pack_by_itself()
    _store(database, 4, 2, CUSTOMERS[5:299])
    changed = FIRST_DAY + 4
    assert changed not in packed_of(database, "customer")
    assert changed not in packed_of(database, "endpoint")
    from_rows = answers(service)
    packing.pack_by_itself()
    assert changed in packed_of(database, "customer")
    assert answers(service) == from_rows
    database.execute("DELETE FROM packed_days")
    database.execute("DELETE FROM packed_pairs")
    assert answers(service) == from_rows


def test_packing_that_is_cut_off_goes_on_with_the_rest(vault, database, service, monkeypatch):
    from_rows = answers(service)
    done, pack = [], day_packing.pack

    def dies(db, *of_day):
        if len(done) == 13:
            raise OSError("the power went")
        done.append(of_day)
        pack(db, *of_day)

    packing = UsagePacking(vault, lambda: NOON)
    monkeypatch.setattr(day_packing, "pack", dies)
    with pytest.raises(OSError, match="the power went"):
        packing.pack_by_itself()
    assert answers(service) == from_rows
    monkeypatch.setattr(day_packing, "pack", pack)
    packing.pack_by_itself()
    assert len(packed_of(database, "customer")) == 20
    assert answers(service) == from_rows


def test_days_that_went_leave_no_block_behind(vault, database, packing):
    packing.pack_by_itself()
    database.execute("UPDATE customer_days SET epoch = -1 WHERE day < ?", (FIRST_DAY + 5,))
    database.execute("UPDATE endpoint_hours SET epoch = -1 WHERE day < ?", (FIRST_DAY + 5,))
    rollups.remove_older(database, 0)
    packing.pack_by_itself()
    for table in ("packed_days", "packed_pairs"):
        first = database.execute(f"SELECT min(day) FROM {table}").fetchone()  # noqa: S608
        assert first == (FIRST_DAY + 5,)


def test_application_takes_its_packed_days_along(vault, database, packing):
    packing.pack_by_itself()
    rollups.remove_application(database, APP)
    for table in ("packed_days", "packed_pairs", "packed_owners"):
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608


def test_sums_that_are_made_anew_are_packed_anew(vault, database, packing):
    packing.pack_by_itself()
    day_sums.rebuild(vault, no_report)
    assert packed_of(database, "endpoint") == []
    packing.pack_by_itself()
    assert len(packed_of(database, "endpoint")) == 20


def test_erased_customer_has_no_place_in_packed_days(vault, database, service, packing):
    packing.pack_by_itself()
    gone, new = CustomerId(CUSTOMERS[3]), CustomerId("cus_nobody")
    erasing.erase(database, Task(ErasedCustomer(APP, gone, new)), keep=())
    named = "SELECT count(*) FROM packed_owners WHERE owner_id = ?"
    assert database.execute(named, (gone,)).fetchone() == (0,)
    from_rows = answers(service)
    packing.pack_by_itself()
    assert answers(service) == from_rows
    assert database.execute(named, (new,)).fetchone() == (1,)


def test_older_copy_is_only_read(vault, database):
    older = SimpleNamespace(is_older_copy=True, reading=vault.reading, transaction=vault.reading)
    UsagePacking(older, lambda: NOON).pack_by_itself()
    assert database.execute("SELECT count(*) FROM packed_days").fetchone() == (0,)


def test_days_are_packed_by_the_upkeep(device, hosted):
    hosted.count("end_1", "cus_1", int((NOON - timedelta(days=3)).timestamp()))
    device.sync()
    device.services.upkeep.do_all()
    assert device.query("SELECT count(*) FROM packed_days WHERE name = ''") == [(2,)]


def test_sums_of_pairs_are_exact_beyond_what_a_float_holds(vault, database, service, packing):
    largest = 2**62 + 1
    rows = [
        CustomerDay(APP, one, "end_9", "units", FIRST_DAY, number, 1, 0, 1)
        for one, number in (("cus_a", largest), ("cus_b", largest), ("cus_c", -largest))
    ]
    rollups.store_page(database, rows, 0, lambda _app: UTC)
    packing.pack_by_itself()
    only = (Filter(Dimension.ENDPOINT, ("end_9",)),)
    question = Question(PERIOD, Measure.UNITS, APP, Grain.WHOLE, Dimension.CUSTOMER, only)
    answer = service.ask(no_report, question, 0)
    assert {one.key: one.total for one in answer.series} == {
        "cus_a": largest, "cus_b": largest, "cus_c": -largest,
    }  # fmt: skip
    assert answer.totals[0].total == largest


def test_sums_of_customers_alone_do_not_tell_plans_apart(vault, packing, database):
    packing.pack_by_itself()
    days = range(FIRST_DAY, TODAY)
    told = usage_cells.Selection(APP, days, tells_plans=True)
    assert packed_days.packed(database, usage_cells.CUSTOMER_DAYS, told) is None
    untold = usage_cells.Selection(APP, days)
    found = packed_days.packed(database, usage_cells.CUSTOMER_DAYS, untold)
    assert found is not None
    assert found.rest is None
