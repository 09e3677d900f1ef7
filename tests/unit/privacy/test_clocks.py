"""By when a privacy request must be answered. Dates were counted by hand on a calendar."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.privacy.clocks import Clock, clocks, may_extend
from desktop.domain.privacy.events import (
    Acknowledged,
    Answered,
    Erased,
    Extended,
    ExtensionRemoved,
    Paused,
    Received,
    Refused,
    Resumed,
)
from desktop.domain.privacy.kinds import PauseGround, Refusal, Regime, RequestKind
from desktop.domain.privacy.place import Place

ALL = frozenset(Regime)
BERLIN = ZoneInfo("Europe/Berlin")
HERE = Place(UTC)


def noon(text, zone=UTC):
    return datetime.combine(date.fromisoformat(text), datetime.min.time(), zone) + timedelta(
        hours=12
    )


def run(kind, *events, regimes=ALL, place=HERE, today="2025-01-01"):
    return clocks(
        kind,
        events,
        regimes=regimes,
        place=place,
        today=date.fromisoformat(today),
    )


def days(result):
    return {due.clock: due.day.isoformat() for due in result.dues}


@pytest.mark.parametrize(
    ("received", "policy", "month", "binding", "extended", "ccpa", "ccpa_extended", "acknowledge"),
    [
        ("2025-01-29", "2025-02-28", "2025-02-28", "2025-02-28", "2025-04-29", "2025-03-15",
         "2025-04-29", "2025-02-12"),
        ("2025-01-30", "2025-03-01", "2025-02-28", "2025-02-28", "2025-04-30", "2025-03-16",
         "2025-04-30", "2025-02-13"),
        ("2025-01-31", "2025-03-02", "2025-02-28", "2025-02-28", "2025-04-30", "2025-03-17",
         "2025-05-01", "2025-02-14"),
        ("2024-01-29", "2024-02-28", "2024-02-29", "2024-02-28", "2024-04-29", "2024-03-14",
         "2024-04-28", "2024-02-12"),
        ("2024-01-30", "2024-02-29", "2024-02-29", "2024-02-29", "2024-04-30", "2024-03-15",
         "2024-04-29", "2024-02-13"),
        ("2024-01-31", "2024-03-01", "2024-02-29", "2024-02-29", "2024-04-30", "2024-03-16",
         "2024-04-30", "2024-02-14"),
        ("2025-02-01", "2025-03-03", "2025-03-01", "2025-03-01", "2025-05-01", "2025-03-18",
         "2025-05-02", "2025-02-14"),
        ("2024-02-29", "2024-03-30", "2024-03-29", "2024-03-29", "2024-05-29", "2024-04-14",
         "2024-05-29", "2024-03-14"),
        ("2025-07-01", "2025-07-31", "2025-08-01", "2025-07-31", "2025-10-01", "2025-08-15",
         "2025-09-29", "2025-07-15"),
        ("2025-08-31", "2025-09-30", "2025-09-30", "2025-09-30", "2025-11-30", "2025-10-15",
         "2025-11-29", "2025-09-12"),
        ("2025-12-31", "2026-01-30", "2026-01-31", "2026-01-30", "2026-03-31", "2026-02-14",
         "2026-03-31", "2026-01-14"),
    ],
)  # fmt: skip
def test_each_clock_counts_from_the_day_of_receipt(  # noqa: PLR0913, PLR0917 - a table's columns
    received, policy, month, binding, extended, ccpa, ccpa_extended, acknowledge
):
    request = Received(noon(received))
    plain = run(RequestKind.ACCESS, request, Acknowledged(noon(received)), today=received)
    assert days(plain) == {
        Clock.POLICY: policy,
        Clock.GDPR: month,
        Clock.CCPA: ccpa,
        Clock.CCPA_ACKNOWLEDGE: acknowledge,
    }
    assert plain.binding.day.isoformat() == binding
    letter = Extended(noon(received) + timedelta(days=20), "many calls")
    longer = days(run(RequestKind.ACCESS, request, letter, today=received))
    assert (longer[Clock.GDPR], longer[Clock.CCPA]) == (extended, ccpa_extended)


@pytest.mark.parametrize(
    ("received", "due"),
    [("2025-01-30", "2025-02-20"), ("2024-02-29", "2024-03-21"), ("2025-08-31", "2025-09-19")],
)
def test_opt_out_has_fifteen_working_days(received, due):
    result = run(RequestKind.OPT_OUT, Received(noon(received)))
    assert days(result)[Clock.CCPA_OPT_OUT] == due
    assert Clock.CCPA_ACKNOWLEDGE not in days(result)


def test_holidays_are_no_working_days():
    place = Place(UTC, frozenset({date(2025, 7, 4)}))
    result = run(RequestKind.ACCESS, Received(noon("2025-07-01")), place=place)
    assert days(result)[Clock.CCPA_ACKNOWLEDGE] == "2025-07-16"
    assert place.next_working_day(date(2025, 7, 4)) == date(2025, 7, 7)
    assert place.next_working_day(date(2025, 7, 3)) == date(2025, 7, 3)


def test_due_day_is_not_moved_off_a_weekend():
    result = run(RequestKind.ACCESS, Received(noon("2025-02-01")))
    assert date.fromisoformat(days(result)[Clock.GDPR]).strftime("%A") == "Saturday"


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2025, 3, 30, 21, 59, tzinfo=UTC), "2025-04-29"),
        (datetime(2025, 3, 30, 22, 0, tzinfo=UTC), "2025-04-30"),
        (datetime(2025, 10, 25, 21, 59, tzinfo=UTC), "2025-11-24"),
        (datetime(2025, 10, 26, 22, 59, tzinfo=UTC), "2025-11-25"),
        (datetime(2025, 10, 26, 23, 0, tzinfo=UTC), "2025-11-26"),
    ],
)
def test_last_minute_of_the_owners_day_counts_when_the_clocks_change(at, day):
    assert days(run(RequestKind.ACCESS, Received(at), place=Place(BERLIN)))[Clock.POLICY] == day


def test_pause_moves_the_answers_but_not_california_and_not_the_deletion():
    events = (
        Received(noon("2025-06-02")),
        Paused(noon("2025-06-10"), PauseGround.IDENTITY),
        Resumed(noon("2025-06-15")),
    )
    result = run(RequestKind.DELETION, *events, today="2025-06-20")
    assert result.paused_days == 5
    assert days(result) == {
        Clock.POLICY: "2025-07-07",
        Clock.GDPR: "2025-07-07",
        Clock.POLICY_DELETION: "2025-07-02",
        Clock.CCPA: "2025-07-17",
        Clock.CCPA_ACKNOWLEDGE: "2025-06-16",
    }


def test_open_pause_is_counted_up_to_today():
    events = (Received(noon("2025-06-02")), Paused(noon("2025-06-10"), PauseGround.SCOPE))
    result = run(RequestKind.ACCESS, *events, today="2025-06-13", regimes=frozenset())
    assert (result.paused, result.paused_days) == (PauseGround.SCOPE, 3)
    assert days(result) == {Clock.POLICY: "2025-07-05"}


def test_pause_after_the_last_day_moves_nothing():
    events = (
        Received(noon("2025-06-02")),
        Paused(noon("2025-07-03"), PauseGround.IDENTITY),
        Resumed(noon("2025-07-20")),
    )
    result = run(RequestKind.ACCESS, *events, today="2025-07-21")
    assert days(result)[Clock.POLICY] == "2025-07-02"
    assert result.binding.late_on(date(2025, 7, 21))


def test_second_pause_counts_within_the_time_the_first_has_given():
    events = (
        Received(noon("2025-06-02")),
        Paused(noon("2025-06-30"), PauseGround.IDENTITY),
        Resumed(noon("2025-07-10")),
        Paused(noon("2025-07-12"), PauseGround.SCOPE),
        Resumed(noon("2025-07-13")),
    )
    result = run(RequestKind.ACCESS, *events, today="2025-07-14")
    assert days(result)[Clock.POLICY] == "2025-07-13"


def test_letter_in_time_keeps_the_policys_promise_but_not_that_of_a_deletion():
    events = (Received(noon("2025-06-02")), Extended(noon("2025-06-20"), "many calls"))
    access = run(RequestKind.ACCESS, *events, today="2025-06-21", regimes={Regime.GDPR})
    assert access.extended
    assert access.binding.clock is Clock.GDPR
    assert access.binding.day == date(2025, 9, 2)
    deletion = run(RequestKind.DELETION, *events, today="2025-06-21", regimes={Regime.GDPR})
    assert (deletion.binding.clock, deletion.binding.day) == (
        Clock.POLICY_DELETION,
        date(2025, 7, 2),
    )


def test_late_letter_gives_no_time():
    events = (Received(noon("2025-06-02")), Extended(noon("2025-07-03"), "forgotten"))
    result = run(RequestKind.ACCESS, *events, today="2025-07-03")
    assert days(result)[Clock.POLICY] == "2025-07-02"
    assert days(result)[Clock.GDPR] == "2025-07-02"
    assert days(result)[Clock.CCPA] == "2025-08-31"


def test_removed_extension_leaves_the_date_that_the_pause_alone_gives():
    paused = (
        Received(noon("2025-06-02")),
        Paused(noon("2025-06-10"), PauseGround.IDENTITY),
        Resumed(noon("2025-06-15")),
    )
    extended = (
        *paused, Extended(noon("2025-06-20"), "x"), ExtensionRemoved(noon("2025-06-21")),
    )  # fmt: skip
    assert run(RequestKind.ACCESS, *extended) == run(RequestKind.ACCESS, *paused)


def test_extension_may_be_sent_once_and_only_while_there_is_time():
    received = Received(noon("2025-01-31"))
    last, late = date(2025, 2, 28), date(2025, 3, 1)
    assert may_extend(RequestKind.ACCESS, [received], place=HERE, today=last)
    assert not may_extend(RequestKind.ACCESS, [received], place=HERE, today=late)
    pause = [Paused(noon("2025-02-10"), PauseGround.SCOPE), Resumed(noon("2025-02-11"))]
    assert may_extend(RequestKind.ACCESS, [received, *pause], place=HERE, today=late)
    letter = Extended(noon("2025-02-12"), "x")
    assert not may_extend(RequestKind.ACCESS, [received, letter], place=HERE, today=last)
    assert not may_extend(RequestKind.INQUIRY, [received], place=HERE, today=last)


def test_child_report_is_due_at_once_and_has_no_other_clock():
    result = run(RequestKind.CHILD_REPORT, Received(noon("2025-06-02")), today="2025-06-02")
    assert days(result) == {Clock.EXPRESS: "2025-06-02"}


def test_inquiry_has_the_clock_of_the_policy_alone():
    assert set(days(run(RequestKind.INQUIRY, Received(noon("2025-06-02"))))) == {Clock.POLICY}


def test_answer_stops_every_clock_but_that_of_the_deletion():
    events = [Received(noon("2025-06-02")), Answered(noon("2025-06-05"))]
    open_ones = [due for due in run(RequestKind.DELETION, *events).dues if due.open]
    assert [due.clock for due in open_ones] == [Clock.POLICY_DELETION]
    assert run(RequestKind.DELETION, *events, Erased(noon("2025-06-06"))).binding is None


def test_refusal_leaves_nothing_to_do():
    events = (Received(noon("2025-06-02")), Refused(noon("2025-06-05"), Refusal.NO_MATCH))
    assert run(RequestKind.DELETION, *events).binding is None


def test_answer_ends_a_pause():
    events = (
        Received(noon("2025-06-02")),
        Paused(noon("2025-06-10"), PauseGround.IDENTITY),
        Answered(noon("2025-06-12")),
    )
    result = run(RequestKind.ACCESS, *events, today="2025-06-30")
    assert (result.paused, result.paused_days) == (None, 2)


def test_story_without_a_receipt_is_refused():
    with pytest.raises(ValueError, match="receipt"):
        run(RequestKind.ACCESS, Answered(noon("2025-06-05")))


@given(
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
    st.integers(0, 29),
    st.integers(0, 40),
    st.sampled_from(RequestKind),
)
def test_time_only_ever_lengthens_by_what_was_written_down(received, offset, length, kind):
    """A pause moves a clock by its own days at most, and never makes one earlier."""
    at = noon(received.isoformat())
    plain = run(kind, Received(at), today="2099-01-01")
    start = at + timedelta(days=offset)
    paused = run(
        kind,
        Received(at),
        Paused(start, PauseGround.SCOPE),
        Resumed(start + timedelta(days=length)),
        today="2099-01-01",
    )
    before, after = ({due.clock: due.day for due in r.dues} for r in (plain, paused))
    assert before.keys() == after.keys()
    moved = {Clock.POLICY, Clock.GDPR}
    for clock, day in before.items():
        possible = {0, length} if day - received < timedelta(days=30) else {length}
        assert (after[clock] - day).days in (possible if clock in moved else {0})
    if kind is not RequestKind.CHILD_REPORT:
        assert plain.binding.day <= received + timedelta(days=30)
