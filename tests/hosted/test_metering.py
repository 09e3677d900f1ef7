"""Counting: whatever order, repetition or crash, one call is one request with the right units."""

import tempfile
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages.rollups import ANONYMOUS, CustomerDay, EndpointHour
from contract.terms import LimitInterval
from hosted.clock import SECOND_US
from hosted.metering.endpoints import ENDPOINTS_PER_APPLICATION, EndpointBook
from hosted.metering.events import EventState
from hosted.metering.ledger import Deny, ExpireHolds, Open, Settle
from hosted.metering.windows import hour_and_day, window
from hosted.storage.embedded import EmbeddedStorage
from hosted.storage.usage_records import TraceFilter
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
        settled = msgspec.structs.replace(
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
        stored = storage.traces(TraceFilter(), None, 1000).events
        hours = rows_of(storage, EndpointHour)
        health = storage.event_health(None, None, 10)
        storage.close()
    settled = [call for call in stored if call.state is EventState.SETTLED]
    sums = {
        "requests": sum(call.state is not EventState.DENIED for call in stored),
        "units": sum(call.units_micro for call in settled),
        "errors_4xx": sum(call.status == 403 for call in settled),
        "errors_5xx": sum(call.status == 502 for call in settled),
        "status_unknown": sum(call.status is None for call in settled),
        "denied": sum(call.state is EventState.DENIED for call in stored),
        "unsettled": sum(call.state is EventState.EXPIRED for call in stored),
    }
    for name, expected in sums.items():
        assert sum(getattr(hour, name) for hour in hours) == expected, name
    timed = sum(call.duration_ms is not None for call in settled)
    assert sum(sum(hour.durations[1::2]) for hour in hours) == timed
    assert sum(day.events for day in health) == len(stored)
    assert sum(day.unsettled for day in health) == sums["unsettled"]


def _command(kind, number, units, status):
    call = event(allocation_id=str(uuid.UUID(int=number)))
    settled = msgspec.structs.replace(
        call, state=EventState.SETTLED, units_micro=units, status=status, duration_ms=4
    )
    match kind:
        case "open":
            return Open(call, SIGHTING)
        case "settle":
            return Settle(settled, SIGHTING)
        case "park":
            return Settle(msgspec.structs.replace(settled, state=EventState.PARKED), SIGHTING)
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


def test_scanner_cannot_make_endpoints_without_bound():
    book = EndpointBook()
    ids = {book.find("app", "GET", f"/p{n}").url for n in range(ENDPOINTS_PER_APPLICATION + 500)}
    assert len(ids) == ENDPOINTS_PER_APPLICATION + 1
    assert book.find("app", "GET", "/p1").url == "/p1"
