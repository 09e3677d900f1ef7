"""The duration histogram: small, mergeable, and as exact as it says."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.durations import (
    BIN_COUNT,
    LONGEST_MS,
    bin_of,
    is_valid,
    merged,
    quantile,
    sparse,
    value_of,
)

RELATIVE_ERROR = 0.04

durations = st.one_of(st.integers(0, 300), st.integers(0, LONGEST_MS))


def histogram_of(values):
    """Sparse histogram of durations."""
    return sparse(merged([(bin_of(value), 1) for value in values]))


@given(st.lists(durations, min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_percentiles_are_within_four_percent_of_the_true_ones(values, share):
    rank = max(1, math.ceil(share * len(values)))
    true = sorted(values)[rank - 1]
    told = quantile(merged([histogram_of(values)]), share)
    assert abs(told - true) <= RELATIVE_ERROR * true


@given(st.lists(st.lists(durations, max_size=30), max_size=5))
def test_merged_histograms_are_the_histogram_of_everything(parts):
    together = histogram_of([value for part in parts for value in part])
    assert sparse(merged(histogram_of(part) for part in parts)) == together


@given(st.lists(durations, max_size=60))
def test_histogram_is_valid_and_counts_every_duration(values):
    histogram = histogram_of(values)
    assert is_valid(histogram)
    assert sum(histogram[1::2]) == len(values)


@given(durations, durations)
def test_longer_durations_are_in_no_lower_bin(one, other):
    low, high = sorted((one, other))
    assert 0 <= bin_of(low) <= bin_of(high) < BIN_COUNT


def test_every_bin_of_a_short_duration_answers_close_to_it():
    for duration in range(1, 5000):
        assert abs(value_of(bin_of(duration)) - duration) <= RELATIVE_ERROR * duration
    assert value_of(bin_of(0)) == 0


def test_nothing_counted_has_no_percentile():
    assert quantile({}, 0.5) is None


@pytest.mark.parametrize(
    "histogram", [(1,), (5, 2, 4, 1), (4, 1, 4, 1), (4, 0), (4, -1), (-1, 1), (BIN_COUNT, 1)]
)
def test_histogram_that_is_none_is_told_apart(histogram):
    assert not is_valid(histogram)
