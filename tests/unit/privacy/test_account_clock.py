"""By when an account is deleted, and until when its books are kept. Dates were counted by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.account_deletion import (
    DeletionState,
    account_due,
    books_until,
    checked_day,
    usual_day,
)
from desktop.domain.privacy.clocks import Clock
from tests.fakes import no_report


@pytest.mark.parametrize(
    ("asked", "usual", "due"),
    [
        ("2024-01-29", "2024-02-12", "2024-02-28"),
        ("2024-01-30", "2024-02-13", "2024-02-29"),
        ("2024-01-31", "2024-02-14", "2024-03-01"),
        ("2025-01-29", "2025-02-12", "2025-02-28"),
        ("2025-01-30", "2025-02-13", "2025-03-01"),
        ("2025-01-31", "2025-02-14", "2025-03-02"),
        ("2026-03-20", "2026-04-03", "2026-04-19"),
        ("2025-08-31", "2025-09-14", "2025-09-30"),
        ("2026-12-31", "2027-01-14", "2027-01-30"),
    ],
)
def test_thirty_days_from_the_wish_and_nothing_else(asked, usual, due):
    day = date.fromisoformat(asked)
    assert account_due(day).day == date.fromisoformat(due)
    assert account_due(day).clock is Clock.ACCOUNT_DELETION
    assert usual_day(day) == date.fromisoformat(usual)
    assert checked_day(day, day) == day
    assert checked_day(day, date.fromisoformat(due)) == date.fromisoformat(due)
    for outside in (day - timedelta(days=1), date.fromisoformat(due) + timedelta(days=1)):
        with pytest.raises(InvalidInput):
            checked_day(day, outside)


def test_it_is_late_on_the_day_after_and_kept_by_the_day_it_was_done():
    asked, due = date(2026, 6, 1), date(2026, 7, 1)
    assert not account_due(asked).late_on(due)
    assert account_due(asked).late_on(due + timedelta(days=1))
    done = account_due(asked, due)
    assert (done.open, done.late_on(date(2027, 1, 1))) == (False, False)
    assert account_due(asked, due + timedelta(days=1)).late_on(due)


@pytest.mark.parametrize(
    ("finished", "months", "until"),
    [
        ("2026-06-15", 120, "2036-12-31"),
        ("2026-12-31", 72, "2032-12-31"),
        ("2027-01-01", 72, "2033-12-31"),
        ("2026-06-15", 2, "2027-02-28"),
        ("2027-06-15", 2, "2028-02-29"),
        ("2026-06-15", 11, "2027-11-30"),
    ],
)
def test_books_are_kept_from_the_end_of_the_year_on(finished, months, until):
    assert books_until(date.fromisoformat(finished), months) == date.fromisoformat(until)


def test_day_begins_at_midnight_of_the_owners_place_across_the_change_of_time(device):
    """On 29 March 2026 Berlin goes from UTC+1 to UTC+2: its 30 March begins at 22:00 UTC."""
    ending = device.services.account_end
    device.clock.now = datetime(2026, 3, 15, 23, 30, tzinfo=UTC)
    asked = ending.ask(date(2026, 3, 30), "Europe/Berlin")
    assert (asked.asked_on, asked.due) == (date(2026, 3, 16), date(2026, 4, 15))
    device.clock.now = datetime(2026, 3, 29, 21, 59, tzinfo=UTC)
    assert ending.go_on(no_report).state is DeletionState.ASKED
    device.clock.now = datetime(2026, 3, 29, 22, 0, tzinfo=UTC)
    assert ending.go_on(no_report).state is DeletionState.DONE


def test_clock_that_is_put_back_takes_nothing_back(device, hosted):
    ending = device.services.account_end
    hosted.online = False
    ending.ask(device.clock().date(), "UTC")
    assert ending.go_on(no_report).state is DeletionState.RUNNING
    device.clock.forward(days=-400)
    assert ending.go_on(no_report).state is DeletionState.RUNNING
    with pytest.raises(InvalidInput, match="cannot be taken back"):
        ending.withdraw()
