"""Cells from spreadsheets and numbers of any custom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.pricing.tabular import (
    is_open_end,
    plain_number,
    read_block,
    read_members,
    shown_members,
    shown_number,
)
from tests.unit.pricing.strategies import prices


@pytest.mark.parametrize(
    ("typed", "with_point", "with_comma"),
    [
        ("0.0009", "0.0009", "0.0009"),
        ("0,0009", "0.0009", "0.0009"),
        ("1,234", "1234", "1.234"),
        ("1.234", "1.234", "1234"),
        ("0.002", "0.002", "0.002"),
        ("0,002", "0.002", "0.002"),
        ("1,234.5", "1234.5", "1234.5"),
        ("1.234,5", "1234.5", "1234.5"),
        ("1,000,000", "1000000", "1000000"),
        ("1.000.000", "1000000", "1000000"),
        ("1'000'000.5", "1000000.5", "1000000.5"),
        ("1 000\u00a0000", "1000000", "1000000"),
        ("$ 0.50", "0.50", "0.50"),
        ("-3", "-3", "-3"),
        ("12,5", "12.5", "12.5"),
        ("NaN", "NaN", "NaN"),
        ("ten", "ten", "ten"),
        ("1.2.3,4,5", "1.2.3,4,5", "1.2.3,4,5"),
        ("", "", ""),
    ],
)
def test_number_is_read_by_its_separators_or_the_readers_custom(typed, with_point, with_comma):
    assert plain_number(typed, decimal_comma=False) == with_point
    assert plain_number(typed, decimal_comma=True) == with_comma


@given(prices, st.booleans())
def test_number_that_is_shown_reads_as_it_was(price, comma):
    shown = shown_number(price, decimal_comma=comma)
    assert plain_number(shown, decimal_comma=comma) == price


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("1\t2\r\n3\t4\r\n", [["1", "2"], ["3", "4"]]),
        ("1;0,5\n;0,25", [["1", "0,5"], ["", "0,25"]]),
        ('"1,000",0.5\n2000,0.25', [["1,000", "0.5"], ["2000", "0.25"]]),
        ("\n\n 1 \t\n\t\n", [["1", ""]]),
        ("", []),
    ],
)
def test_block_is_split_by_tabs_semicolons_or_commas(text, rows):
    assert read_block(text) == rows


def test_open_ends_are_known_by_many_names():
    assert all(is_open_end(text) for text in ("", "∞", " Inf ", "-", "unlimited", "\u2014"))
    assert not any(is_open_end(text) for text in ("0", "1", "none of these"))


def test_members_are_read_and_shown():
    members = read_members("eu=0,10; us = 0,20 ;; calls=∞", decimal_comma=True)
    assert members == {"eu": "0.10", "us": "0.20", "calls": None}
    assert shown_members(members, decimal_comma=True) == "eu=0,10; us=0,20; calls=∞"
