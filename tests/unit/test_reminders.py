"""Reminders: what ends soon or has ended, told once a day."""

from datetime import timedelta

import pytest

from desktop.domain.keys import KeyDetails
from desktop.services.reminders import ReminderService


@pytest.fixture
def heard():
    return []


@pytest.fixture
def reminders(device, heard):
    return ReminderService(device.services.vault, device.clock, heard.append)


def add(device, name, days):
    """A key whose last day is so many days from now."""
    ends = None if days is None else device.clock().date() + timedelta(days=days)
    return device.services.api_keys.add_key(KeyDetails(name, expires_on=ends), f"secret of {name}")


def test_keys_that_end_soon_or_have_ended_are_told_by_their_end(device, reminders):
    for name, days in (("later", 29), ("never", None), ("far", 31), ("over", -2), ("today", 0)):
        add(device, name, days)
    told = [(reminder.name, reminder.days_left) for reminder in reminders.reminders()]
    assert told == [("over", -2), ("today", 0), ("later", 29)]


def test_day_by_day_a_key_comes_nearer(device, reminders):
    add(device, "key", 31)
    assert reminders.reminders() == ()
    device.clock.forward(hours=24 * 3)
    (reminder,) = reminders.reminders()
    assert reminder.days_left == 28
    assert not reminder.made_by_service


def test_revoked_key_needs_no_reminder(device, reminders):
    from desktop.services.storage import secrets

    key = add(device, "key", 1)
    with device.services.vault.transaction() as db:
        secrets.note_revocation(db, key.key_id, 1)
    assert reminders.reminders() == ()


def test_window_is_told_once_a_day(device, reminders, heard):
    reminders.look_daily()
    assert heard == []
    add(device, "key", 3)
    device.clock.forward(hours=24)
    for _ in range(3):
        reminders.look_daily()
    assert heard == ["reminders"]
    device.clock.forward(hours=24)
    reminders.look_daily()
    assert heard == ["reminders"] * 2


def test_window_can_ask(device):
    assert device.services.reminders in device.services.all()
    assert device.services.reminders.reminders() == ()
