"""Ids of allocations, and clocks that are off."""

from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hosted.metering.allocations import (
    MOST_RECENT,
    RecentAllocations,
    new_allocation_id,
    skew_s,
)

NOW_US = 1_795_420_800_000_000


@given(st.integers(0, 2**48 * 1000 - 1))
def test_id_is_a_uuid_of_its_instant(now_us):
    made = UUID(new_allocation_id(now_us))
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == now_us // 1000


def test_ids_rise_with_time_and_never_repeat():
    ids = [new_allocation_id(NOW_US + number * 1000) for number in range(500)]
    assert ids == sorted(set(ids))
    assert len({new_allocation_id(NOW_US) for _ in range(500)}) == 500


@pytest.mark.parametrize(
    ("told", "skew"),
    [
        ("2026-11-23T08:00:00Z", 0),
        ("2026-11-23T08:10:00Z", 600),
        ("2026-11-23T09:00:00+02:00", -3600),
        ("2026-13-45T08:00:00Z", 0),
        (None, 0),
        ("", 0),
    ],
)
def test_clients_clock_is_compared_with_ours(told, skew):
    assert skew_s(told, NOW_US) == skew


def test_repeated_ids_are_known_for_a_bounded_while():
    recent = RecentAllocations()
    assert not recent.has("app_1", "one")
    assert recent.has("app_1", "one")
    assert not recent.has("app_2", "one")
    for number in range(MOST_RECENT):
        recent.has("app_1", str(number))
    assert not recent.has("app_1", "one")
