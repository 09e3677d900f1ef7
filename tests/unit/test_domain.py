"""The rules without any storage: money, prices, rules that match, policies, days and hours."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.identifiers import policy_id
from desktop.domain import calendar
from desktop.domain.errors import ERRORS_BY_CODE, AppError, InvalidInput
from desktop.domain.money import Money, decimal_text, rounded, scaled_text
from desktop.domain.policy_text import checked_method, checked_url, identity
from desktop.domain.usage import DateRange, Grain


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("0.005", "USD", 1),
        ("0.0049", "USD", 0),
        ("-0.005", "USD", -1),
        ("1.5", "JPY", 2),
        ("0.0005", "KWD", 1),
        ("99999999999999999999999999999999.995", "USD", 10**34),
    ],
)
def test_money_is_rounded_half_away_from_zero(amount, currency, minor):
    assert rounded(Decimal(amount), currency) == Money(minor, currency)


def test_money_shows_the_digits_of_its_currency():
    shown = [str(Money(5, c).amount) for c in ("USD", "JPY", "KWD")]
    assert shown == ["0.05", "5", "0.005"]


@pytest.mark.parametrize(
    ("number", "text"),
    [("1E+3", "1000"), ("0.10", "0.1"), ("5.000", "5"), ("0", "0"), ("100", "100")],
)
def test_number_has_one_spelling(number, text):
    assert decimal_text(Decimal(number)) == text


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 8))
def test_whole_number_of_a_scale_is_spelled_like_any_other(number, scale):
    assert scaled_text(number, scale) == decimal_text(Decimal(number).scaleb(-scale))


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("header:X-User", ("headers", "X-User")),
        ("Headers: X-User ", ("headers", "X-User")),
        ("query:user", ("query_params", "user")),
        ("path:id", ("path_params", "id")),
        ("body:user", ("body", "user")),
        ("bearer:sub", ("bearer_token", "sub")),
        ("jwt:sub", ("bearer_token", "sub")),
        ("cookie:session", ("cookie", "cookie.session")),
        ("cookie:cookie.session", ("cookie", "cookie.session")),
        ("cookie:[technique=jwt]sess[pick=uid]", ("cookie", "[technique=jwt]sess[pick=uid]")),
        ("header:a:b", ("headers", "a:b")),
        ("", (None, None)),
    ],
)
def test_identity_is_stored_as_every_sdk_reads_it(typed, canonical):
    assert identity(typed) == canonical


@pytest.mark.parametrize("typed", ["header", "header:", "moon:x", "header:" + "x" * 201, ":x"])
def test_identity_that_says_no_place_is_refused(typed):
    with pytest.raises(InvalidInput) as refusal:
        identity(typed)
    assert refusal.value.field == "identity"


@pytest.mark.parametrize("typed", ["get", " POST ", "*"])
def test_method_is_written_in_capitals(typed):
    assert checked_method(typed) == typed.strip().upper()


@pytest.mark.parametrize("typed", ["items", "", "/" + "x" * 2048])
def test_route_that_is_none_is_refused(typed):
    with pytest.raises(InvalidInput) as refusal:
        checked_url(typed)
    assert refusal.value.field == "url"


def test_policy_id_depends_on_application_method_and_url_only():
    ids = {policy_id(a, m, u) for a in "ab" for m in ("GET", "*") for u in ("/x", "/y")}
    assert len(ids) == 8
    assert all(len(found) == 36 for found in ids)


def test_policy_id_never_changes():
    assert policy_id("app_1", "GET", "/items/{id}") == "pol_6a075a18f2d55d76af483c079674b082"


@given(st.dates(date(1970, 1, 1), date(9999, 12, 30)))
def test_day_and_its_number_are_the_same_thing(day):
    assert calendar.day_of_number(calendar.day_number(day)) == day


@given(
    st.integers(0, 4_000_000_000),
    st.sampled_from(["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Apia", "Europe/Berlin"]),
)
def test_moment_lies_in_the_local_day_it_is_counted_for(moment, name):
    zone = ZoneInfo(name)
    day = calendar.day_of_number(calendar.local_day(moment, zone))
    assert datetime.fromtimestamp(moment, zone).date() == day
    assert calendar.today(datetime.fromtimestamp(moment, UTC), zone) == day


@given(
    st.dates(date(1971, 1, 1), date(2200, 1, 1)), st.integers(1, 400), st.sampled_from(list(Grain))
)
def test_every_day_of_a_period_has_its_bucket(start, length, grain):
    period = DateRange(start, start + (date(2000, 1, 2) - date(2000, 1, 1)) * length)
    buckets = calendar.buckets(period, grain)
    assert list(buckets) == sorted(set(buckets))
    assert {calendar.bucket_of(day, grain) for day in calendar.days(period)} == set(buckets)


def test_previous_period_ends_where_this_one_starts():
    period = DateRange(date(2026, 3, 1), date(2026, 3, 31))
    assert calendar.previous(period) == DateRange(date(2026, 1, 30), date(2026, 3, 1))


def family(kind):
    return {kind}.union(*(family(child) for child in kind.__subclasses__()))


def test_every_error_has_a_code_of_its_own():
    ours = {kind for kind in family(AppError) if kind.__module__ == AppError.__module__}
    assert set(ERRORS_BY_CODE.values()) == ours


def test_an_error_of_one_part_travels_as_the_one_it_is_a_kind_of():
    assert all(ERRORS_BY_CODE[kind.code] in kind.__mro__ for kind in family(AppError))
