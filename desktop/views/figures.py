"""Figures and moments as an owner reads them, in the customs of the computer's language."""

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTime
from PySide6.QtGui import QGuiApplication

from desktop.domain.money import Money
from desktop.domain.usage import Comparison

SYMBOLS: Final = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
"""Currencies whose sign nobody takes for another's; the rest show their code."""
SCALES: Final = ((Decimal(10**9), "G"), (Decimal(10**6), "M"), (Decimal(10**3), "k"))
FROM_HERE_COMPACT: Final = 10_000
NOTHING: Final = "\u2013"
"""A dash, where there is no value to show."""
ISOLATE, END_ISOLATE = "\u2066", "\u2069"


def isolated(figure: str) -> str:
    """Keep sign, digits and unit in order inside right-to-left text."""
    return f"{ISOLATE}{figure}{END_ISOLATE}" if QGuiApplication.isRightToLeft() else figure


def decimal(value: Decimal, digits: int | None = None) -> str:
    """A number with separators.

    Args:
        value: the exact number.
        digits: digits after the point; None means as many as it has, at most six.
    """
    locale = QLocale()
    places = 6 if digits is None else digits
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    sign, whole, part = _split(rounded, places)
    if digits is None:
        part = part.rstrip("0")
    grouped = _grouped(whole, locale)
    text = f"{sign}{grouped}{locale.decimalPoint()}{part}" if part else f"{sign}{grouped}"
    return isolated(text)


def _split(value: Decimal, places: int) -> tuple[str, str, str]:
    digits = f"{abs(value):.{places}f}"
    whole, _, part = digits.partition(".")
    return ("-" if value < 0 else ""), whole, part


def _grouped(digits: str, locale: QLocale) -> str:
    if len(digits) <= 18:  # noqa: PLR2004 (what a 64-bit integer surely holds)
        return locale.toString(int(digits))
    return f"{int(digits):,}"


def exact(value: Decimal) -> str:
    """A price with every digit it has, and at least two after the point."""
    places = max(2, -int(value.normalize().as_tuple().exponent))
    return decimal(value, places)


def exact_number(value: Decimal) -> str:
    """A number with every digit it has and no more."""
    places = max(0, -int(value.normalize().as_tuple().exponent))
    return decimal(value, places)


def count(value: int | Decimal) -> str:
    """A number of things, in full."""
    return decimal(Decimal(value))


def compact(value: int | Decimal) -> str:
    """A number in at most six characters: 9,871, then 12.5 k, 12.48 M."""
    exact = Decimal(value)
    if abs(exact) < FROM_HERE_COMPACT:
        return decimal(exact, 0 if exact == exact.to_integral_value() else 2)
    scale, letter = next((scale, letter) for scale, letter in SCALES if abs(exact) >= scale)
    scaled = exact / scale
    text = decimal(scaled, 2 if abs(scaled) < 100 else 1)  # noqa: PLR2004 (three or four digits)
    point = QLocale().decimalPoint()
    if point in text:
        text = text.rstrip("0").removesuffix(point)
    return isolated(f"{text}\u00a0{letter}")


def money(amount: Money) -> str:
    """An amount with its currency's own number of digits."""
    digits = decimal(amount.amount, amount.digits)
    return isolated(f"{SYMBOLS.get(amount.currency, amount.currency)}\u00a0{digits}")


def amounts(values: tuple[Money, ...]) -> str:
    """Amounts of several currencies side by side; a dash when there is none."""
    return " + ".join(money(value) for value in values) if values else NOTHING


def percent(share: Decimal) -> str:
    """A share of one as a percentage with one digit."""
    return isolated(f"{decimal(share * 100, 1)}\u00a0%")


def percent_of(share: float) -> str:
    """A computed share of one, as `percent`."""
    return percent(Decimal(repr(round(share, 6))))


def change(comparison: Comparison, *, last_year: bool = False) -> str:
    """How a figure moved against the period before, or last year, in one short sentence."""
    if comparison.before is None or (comparison.before == 0 and comparison.now == 0):
        return QCoreApplication.translate("figures", "no earlier data")
    if comparison.now == comparison.before:
        return _same(last_year=last_year)
    if comparison.before == 0:
        return QCoreApplication.translate("figures", "▲ none before")
    share = abs(comparison.now - comparison.before) / comparison.before
    arrow = "▲" if comparison.now > comparison.before else "▼"
    if last_year:
        said = QCoreApplication.translate("figures", "{arrow} {share} vs last year")
    else:
        said = QCoreApplication.translate("figures", "{arrow} {share} vs previous")
    return said.format(arrow=arrow, share=percent(share))


def _same(*, last_year: bool) -> str:
    if last_year:
        return QCoreApplication.translate("figures", "same as last year")
    return QCoreApplication.translate("figures", "same as previous")


def points(comparison: Comparison, *, last_year: bool = False) -> str:
    """How a share moved against the period before, or last year, in percentage points."""
    moved = (comparison.now - (comparison.before or Decimal(0))) * 100
    if abs(moved) < Decimal("0.05"):
        return _same(last_year=last_year)
    arrow = "▲" if moved > 0 else "▼"
    return QCoreApplication.translate("figures", "{arrow} {points} pt").format(
        arrow=arrow, points=decimal(abs(moved), 1)
    )


def size(size_bytes: int) -> str:
    """A file's size."""
    return QLocale().formattedDataSize(size_bytes)


def day(value: date, *, with_year: bool = False) -> str:
    """A day, such as 14 Nov."""
    form = "d MMM yyyy" if with_year else "d MMM"
    return QLocale().toString(QDate(value.year, value.month, value.day), form)


def moment(instant: datetime, now: datetime | None = None) -> str:
    """An instant in the computer's time zone: the time, with the day unless it is today's."""
    local = instant.astimezone()
    today = (now or datetime.now(UTC)).astimezone().date()
    clock = QLocale().toString(QTime(local.hour, local.minute), "HH:mm")
    if local.date() == today:
        return clock
    return QCoreApplication.translate("figures", "{clock} on {day}").format(
        clock=clock, day=day(local.date())
    )


def dated(instant: datetime) -> str:
    """An instant with its day and year, whenever it was, in the computer's time zone."""
    local = instant.astimezone()
    clock = QLocale().toString(QTime(local.hour, local.minute), "HH:mm")
    return f"{day(local.date(), with_year=True)}, {clock}"


def brief(instant: datetime) -> str:
    """As `moment`, in a narrow column: the time if it is today's, else the day alone."""
    local = instant.astimezone()
    if local.date() == datetime.now(UTC).astimezone().date():
        return QLocale().toString(QTime(local.hour, local.minute), "HH:mm")
    return day(local.date())


def clock(instant: datetime) -> str:
    """The time of day in the computer's time zone, to the second; with the day if not today's."""
    local = instant.astimezone()
    text = QLocale().toString(QTime(local.hour, local.minute, local.second), "HH:mm:ss")
    if local.date() == datetime.now(UTC).astimezone().date():
        return text
    return f"{day(local.date())} {text}"


def bucket(start: str) -> str:
    """The start of a bucket (`2026-11-14` or `2026-11-14T15`) as a reader says it."""
    written, _, hour = start.partition("T")
    said = day(date.fromisoformat(written))
    return f"{said}, {hour[:2]}:00" if hour else said
