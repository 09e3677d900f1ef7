"""Counting: whatever order, repetition or crash, one call is one request with the right units."""

import asyncio
import dataclasses
import tempfile
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages.policies import Limit, LimitInterval, PolicyBody
from contract.messages.rollups import ANONYMOUS, CustomerDay, EndpointHour
from hosted.clock import SECOND_US
from hosted.errors import StorageUnavailable
from hosted.metering.directory import Application, Policy
from hosted.metering.endpoints import ENDPOINTS_PER_APPLICATION, EndpointBook
from hosted.metering.events import EventState
from hosted.metering.ledger import Deny, ExpireHolds, Open, Settle
from hosted.metering.limits import Limiter
from hosted.metering.windows import hour_and_day, window
from hosted.metering.writer import Writer
from hosted.storage.embedded import EmbeddedStorage
from tests.hosted.storage_contract import SIGHTING, Broken, commit, event, rows_of

KEY = "5a" * 32
UTC_ZONE = ZoneInfo("UTC")


def instant(text, zone=UTC_ZONE):
    """Microseconds of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * SECOND_US


@st.composite
def histories(draw):
    """Messages of a few calls, repeated and shuffled, cut into transactions and crashes."""
    calls = [
        event(
            allocation_id=str(uuid.UUID(int=number)),
            customer_id=draw(st.sampled_from(["cus_1", "cus_2", ANONYMOUS])),
        )
        for number in range(draw(st.integers(1, 5)))
    ]
    messages = []
    for call in calls:
        units = draw(st.integers(0, 5_000_000))
        status = draw(st.sampled_from([None, 200, 404, 500]))
        settled = dataclasses.replace(
            call, state=EventState.SETTLED, units_micro=units, status=status, duration_ms=3
        )
        messages += [Open(call, SIGHTING)] * draw(st.integers(1, 3))
        messages += [Settle(settled, SIGHTING)] * draw(st.integers(0, 3))
    order = draw(st.permutations(messages))
    kept = draw(st.lists(st.booleans(), min_size=len(order), max_size=len(order)))
    return calls, list(zip(order, kept, strict=True))


@settings(max_examples=60, deadline=None)
@given(histories())
def test_any_order_repetition_and_crash_gives_one_request_with_its_units(history):
    """A message whose transaction is lost is sent again at the end, as a client or proxy does."""
    calls, messages = history
    with tempfile.TemporaryDirectory() as directory:
        storage = EmbeddedStorage(Path(directory), KEY, lambda: 1)
        for message, is_kept in messages:
            _run(storage, message, is_kept=is_kept)
        for message, is_kept in messages:
            if not is_kept:
                _run(storage, message, is_kept=True)
        _compare(storage, calls, [message for message, _ in messages])
        storage.close()


def _run(storage, message, *, is_kept):
    if is_kept:
        commit(storage, message)
        return
    with pytest.raises(ZeroDivisionError):
        commit(storage, message, Broken())


def _compare(storage, calls, messages):
    units = {m.event.allocation_id: m.event.units_micro for m in messages if isinstance(m, Settle)}
    (hour,) = rows_of(storage, EndpointHour)
    assert hour.requests == len(calls)
    assert hour.units == sum(units.values())
    days = rows_of(storage, CustomerDay)
    assert sum(row.quantity for row in days) == hour.units
    expected = Counter(call.customer_id for call in calls)
    assert {row.customer_id: row.events for row in days} == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["open", "settle", "deny", "park", "expire"]),
            st.integers(0, 6),
            st.integers(0, 3_000_000),
            st.sampled_from([None, 200, 403, 502]),
        ),
        max_size=25,
    )
)
def test_rollups_equal_their_recomputation_from_the_events(steps):
    with tempfile.TemporaryDirectory() as directory:
        storage = EmbeddedStorage(Path(directory), KEY, lambda: 1)
        for kind, number, units, status in steps:
            with storage.transaction() as transaction:
                _command(kind, number, units, status).apply(transaction)
        stored = storage._writer.execute(
            "SELECT state, units_micro, status, duration_ms FROM events WHERE state <> 'parked'"
        ).fetchall()
        hours = rows_of(storage, EndpointHour)
        storage.close()
    settled = [row for row in stored if row[0] == "settled"]
    sums = {
        "requests": sum(row[0] != "denied" for row in stored),
        "units": sum(row[1] for row in settled),
        "errors_4xx": sum(row[2] == 403 for row in settled),
        "errors_5xx": sum(row[2] == 502 for row in settled),
        "status_unknown": sum(row[2] is None for row in settled),
        "denied": sum(row[0] == "denied" for row in stored),
        "unsettled": sum(row[0] == "expired" for row in stored),
    }
    for name, expected in sums.items():
        assert sum(getattr(hour, name) for hour in hours) == expected, name
    assert sum(sum(hour.durations[1::2]) for hour in hours) == sum(
        row[3] is not None for row in settled
    )


def _command(kind, number, units, status):
    call = event(allocation_id=str(uuid.UUID(int=number)))
    settled = dataclasses.replace(
        call, state=EventState.SETTLED, units_micro=units, status=status, duration_ms=4
    )
    match kind:
        case "open":
            return Open(call, SIGHTING)
        case "settle":
            return Settle(settled, SIGHTING)
        case "park":
            return Settle(dataclasses.replace(settled, state=EventState.PARKED), SIGHTING)
        case "deny":
            denied = event(EventState.DENIED, allocation_id=str(uuid.UUID(int=number + 100)))
            return Deny(denied, SIGHTING)
        case _:
            return ExpireHolds(call.expires_us)


def test_hours_and_days_are_those_of_a_half_hour_zone():
    kolkata = ZoneInfo("Asia/Kolkata")
    hour, day = hour_and_day(instant("2026-11-23T00:29:59", kolkata), kolkata)
    assert hour * SECOND_US == instant("2026-11-23T00:00:00", kolkata)
    assert day == datetime(2026, 11, 23, tzinfo=UTC).toordinal() - 719_163


@pytest.mark.parametrize(
    ("interval", "start", "end"),
    [
        (LimitInterval.SECOND, "2026-11-25T13:45:12", "2026-11-25T13:45:13"),
        (LimitInterval.MINUTE, "2026-11-25T13:45:00", "2026-11-25T13:46:00"),
        (LimitInterval.HOUR, "2026-11-25T13:00:00", "2026-11-25T14:00:00"),
        (LimitInterval.DAY, "2026-11-25T00:00:00", "2026-11-26T00:00:00"),
        (LimitInterval.WEEK, "2026-11-23T00:00:00", "2026-11-30T00:00:00"),
        (LimitInterval.MONTH, "2026-11-01T00:00:00", "2026-12-01T00:00:00"),
    ],
)
def test_limit_windows_are_cut_in_the_owners_time_zone(interval, start, end):
    zone = ZoneInfo("Asia/Kathmandu")
    at_us = instant("2026-11-25T13:45:12", zone) + 345_678
    assert window(interval, at_us, zone) == (instant(start, zone), instant(end, zone))


def test_day_of_a_clock_change_has_its_own_length():
    berlin = ZoneInfo("Europe/Berlin")
    start, end = window(LimitInterval.DAY, instant("2026-10-25T12:00:00", berlin), berlin)
    assert (end - start) / SECOND_US == 25 * 3600


def limited(limit, interval=LimitInterval.MINUTE):
    """An application and a policy with a limit."""
    application = Application(
        "app_1",
        UTC_ZONE,
        (("*", "*"),),
        (),
        discovery=True,
        reports_all_functions=True,
        archived=False,
    )
    body = PolicyBody(
        application_id="app_1",
        method="GET",
        url="/x",
        limits=(Limit(allowed=limit, interval=interval),),
    )
    return application, Policy.of("pol_1", body)


def test_limit_opens_again_with_the_next_window():
    limiter, (application, policy) = Limiter(), limited(1)
    first = instant("2026-11-25T13:45:59")
    assert limiter.admit(application, policy, "cus_1", first)
    assert not limiter.admit(application, policy, "cus_1", first + 999_999)
    assert limiter.admit(application, policy, "cus_1", first + SECOND_US)


def test_call_that_could_not_be_stored_gives_its_place_back():
    limiter, (application, policy) = Limiter(), limited(1)
    at_us = instant("2026-11-25T13:45:10")
    assert limiter.admit(application, policy, "cus_1", at_us)
    limiter.take_back(policy, "cus_1", at_us)
    assert limiter.admit(application, policy, "cus_1", at_us)


def test_seeded_counts_continue_where_the_service_ended():
    limiter, (application, policy) = Limiter(), limited(3)
    at_us = instant("2026-11-25T13:45:10")
    limiter.seed(application, policy, {"cus_1": 2}, at_us)
    assert limiter.admit(application, policy, "cus_1", at_us)
    assert not limiter.admit(application, policy, "cus_1", at_us)


def test_scanner_cannot_make_endpoints_without_bound():
    book = EndpointBook()
    ids = {book.find("app", "GET", f"/p{n}").url for n in range(ENDPOINTS_PER_APPLICATION + 500)}
    assert len(ids) == ENDPOINTS_PER_APPLICATION + 1
    assert book.find("app", "GET", "/p1").url == "/p1"


class RefusingStorage:
    """A storage that refuses as long as it is told to."""

    def __init__(self, storage):
        self.storage = storage
        self.refuses = False

    def transaction(self):
        if self.refuses:
            raise StorageUnavailable("The disk is full.")
        return self.storage.transaction()


def test_one_broken_command_does_not_take_its_group_along(tmp_path, caplog):
    storage = EmbeddedStorage(tmp_path, KEY, lambda: 1)

    async def scene():
        writer = Writer(storage, asyncio.get_running_loop())
        good = asyncio.ensure_future(writer.run(Open(event(), SIGHTING)))
        bad = asyncio.ensure_future(writer.run(Broken()))
        after = asyncio.ensure_future(writer.run(Open(event(), SIGHTING)))
        await asyncio.sleep(0)
        writer.start()
        outcomes = await asyncio.gather(good, bad, after, return_exceptions=True)
        await asyncio.to_thread(writer.stop)
        return outcomes

    good, bad, after = asyncio.run(scene())
    assert (good, after) == (True, True)
    assert isinstance(bad, ZeroDivisionError)
    assert rows_of(storage, EndpointHour)[0].requests == 2
    assert "tried one by one" in caplog.text
    storage.close()


def test_refused_writes_are_told_to_who_waits_and_made_up_for_the_rest(tmp_path, caplog):
    storage = EmbeddedStorage(tmp_path, KEY, lambda: 1)
    refusing = RefusingStorage(storage)

    async def scene():
        writer = Writer(refusing, asyncio.get_running_loop())
        refusing.refuses = True
        writer.submit(Open(event(), SIGHTING))
        waiting = asyncio.ensure_future(writer.run(Open(event(), SIGHTING)))
        await asyncio.sleep(0)
        writer.start()
        with pytest.raises(StorageUnavailable):
            await waiting
        was_healthy = writer.is_healthy
        refusing.refuses = False
        await asyncio.to_thread(writer.stop)
        return was_healthy, writer.is_healthy

    assert asyncio.run(scene()) == (False, True)
    assert rows_of(storage, EndpointHour)[0].requests == 1
    assert "refuses writes" in caplog.text
    storage.close()
