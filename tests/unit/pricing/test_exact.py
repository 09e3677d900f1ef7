"""Numbers are read and written without losing a digit."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.pricing.exact import MAX_DIGITS, fixed_text, number, text_of, total
from contract.pricing.rounding import ceiling, floor, half_away


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", "0"), ("-0", "0"), ("+1", "1"), ("007", "7"), (".5", "0.5"), ("5.", "5"),
        ("1e6", "1000000"), ("12E-4", "0.0012"), ("0.000000000001", "0.000000000001"),
        ("9" * MAX_DIGITS, "9" * MAX_DIGITS), ("1e499", "1" + "0" * 499),
    ],
)  # fmt: skip
def test_number_is_read_exactly(text, value):
    assert text_of(number(text)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        ".",
        "e5",
        "1e",
        "1.2.3",
        "0x10",
        "1 ",
        "\uff11",
        "nan",
        "inf",
        "1e1000",
        "0e999",
        "--1",
    ],
)
def test_other_text_is_no_number(text):
    assert number(text) is None


@given(st.fractions())
def test_written_quotient_is_exact_or_off_by_less_than_its_last_digit(value):
    assert abs(Fraction(text_of(value)) - value) <= Fraction(1, 2 * 10**40)


@given(st.integers(), st.integers(0, 30))
def test_fixed_text_has_all_its_digits(scaled, places):
    text = fixed_text(scaled, places)
    assert Fraction(text) == Fraction(scaled, 10**places)
    assert len(text.partition(".")[2]) == places


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=12)))
def test_total_is_exact(values):
    assert Fraction(total(values)) == sum(map(Fraction, values), Fraction(0))


def test_total_of_the_farthest_numbers_keeps_both():
    far = [Decimal(f"1e{MAX_DIGITS - 1}"), Decimal(f"1e-{MAX_DIGITS}")]
    assert Fraction(total(far)) == Fraction(far[0]) + Fraction(far[1])


@given(st.integers(), st.integers(1))
def test_rounding_agrees_with_its_definition(top, bottom):
    value = Fraction(top, bottom)
    nearest = half_away(top, bottom)
    assert abs(nearest - value) <= Fraction(1, 2)
    assert abs(nearest) >= abs(value) or abs(nearest - value) < Fraction(1, 2)
    assert floor(top, bottom) <= value <= ceiling(top, bottom)
    assert ceiling(top, bottom) - floor(top, bottom) == (value.denominator != 1)
