"""Figures and moments as an owner reads them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication

from desktop.domain.money import Money
from desktop.domain.usage import Comparison
from desktop.views import figures

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "0"),
        ("9871", "9,871"),
        ("0.5", "0.50"),
        ("12500", "12.5 k"),
        ("300000", "300 k"),
        ("12480331", "12.48 M"),
        ("999999", "1,000 k"),
        ("7000000000", "7 G"),
        ("-25000", "-25 k"),
    ],
)
def test_large_numbers_are_shortened(value, text):
    assert figures.compact(Decimal(value)).replace(NBSP, " ") == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Money(1_820_455, "USD"), "$ 18,204.55"),
        (Money(1_820_455, "JPY"), "¥ 1,820,455"),
        (Money(1_820_455, "BHD"), "BHD 1,820.455"),
        (Money(-5, "EUR"), "€ -0.05"),
        (Money(10**20, "USD"), "$ 1,000,000,000,000,000,000.00"),
    ],
)
def test_money_has_the_digits_of_its_currency(amount, text):
    assert figures.money(amount).replace(NBSP, " ") == text


def test_amounts_of_several_currencies_stand_side_by_side():
    both = figures.amounts((Money(100, "USD"), Money(250, "EUR")))
    assert both.replace(NBSP, " ") == "$ 1.00 + € 2.50"


def test_no_amount_is_a_dash():
    assert figures.amounts(()) == figures.NOTHING


@pytest.mark.parametrize(
    ("price", "text"), [("0.0009", "0.0009"), ("2", "2.00"), ("0.10", "0.10"), ("1E+2", "100.00")]
)
def test_price_keeps_every_digit(price, text):
    assert figures.exact(Decimal(price)) == text


def test_quantity_is_exact_to_a_millionth():
    assert figures.decimal(Decimal("1234567.000001")) == "1,234,567.000001"
    assert figures.decimal(Decimal("5.50")) == "5.5"


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        ("108", "100", "▲ 8.0 % vs previous"),
        ("92", "100", "▼ 8.0 % vs previous"),
        ("100", "100", "same as previous"),
        ("5", None, "no earlier data"),
        ("0", "0", "no earlier data"),
        ("5", "0", "▲ none before"),
    ],
)
def test_change_is_said_in_one_sentence(now, before, text):
    comparison = Comparison(Decimal(now), None if before is None else Decimal(before))
    assert figures.change(comparison).replace(NBSP, " ") == text


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [("92", "100", "▼ 8.0 % vs last year"), ("7", "7", "same as last year")],
)
def test_change_against_last_year_says_so(now, before, text):
    comparison = Comparison(Decimal(now), Decimal(before))
    assert figures.change(comparison, last_year=True).replace(NBSP, " ") == text
    same = Comparison(Decimal("0.1"), Decimal("0.1"))
    assert figures.points(same, last_year=True) == "same as last year"


def test_moment_of_today_is_a_time_and_of_another_day_has_the_day():
    now = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
    assert figures.moment(datetime(2026, 11, 23, 14, 2, tzinfo=UTC), now) == "14:02"
    assert figures.moment(datetime(2026, 11, 22, 14, 2, tzinfo=UTC), now) == "14:02 on 22 Nov"


def test_buckets_are_days_or_hours():
    assert figures.bucket("2026-11-14") == "14 Nov"
    assert figures.bucket("2026-11-14T05") == "14 Nov, 05:00"
    assert figures.day(date(2026, 11, 14), with_year=True) == "14 Nov 2026"


def test_other_customs_are_kept():
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    assert figures.money(Money(1_820_455, "EUR")).replace(NBSP, " ") == "€ 18.204,55"


def test_figures_stay_in_order_inside_right_to_left_text():
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        assert figures.money(Money(100, "USD")).startswith(figures.ISOLATE)
        assert figures.money(Money(100, "USD")).endswith(figures.END_ISOLATE)
    finally:
        QGuiApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
