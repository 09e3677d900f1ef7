"""Alerts: made, tried out, snoozed, deleted, and everything undone."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt, QTime

from desktop.domain.alerts import AlertKind, QuietHours
from desktop.domain.errors import VaultError
from desktop.domain.usage_questions import Dimension, Measure
from desktop.views.alerts import words
from desktop.views.state_page import PageState
from tests.gui.fake_alerts import EVENTS, RULES
from tests.gui.looking import wait_for, wait_for_content, wait_for_state

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, window):
    window.resize(1280, 900)
    window.show_page("alerts")
    page = window.pages["alerts"]
    wait_for_content(qtbot, page)
    return page


def choose(combo, value):
    combo.setCurrentIndex(combo.findData(value))


def test_rules_say_what_they_tell_of_and_how_they_stand(page):
    model = page.table.table_model
    shown = [
        [model.data(model.index(row, column)) for column in range(3)] for row in range(len(RULES))
    ]
    assert shown == [
        ["Errors of an endpoint", "Errors, each endpoint: up 50 % in 1 day", "1 alert now"],
        ["Monthly cap", "Requests: 15,000,000 expected this month", "Quiet"],
        ["Silent night", "Requests: no call for 6 hours", "Off"],
    ]


def test_history_says_since_when_and_until_when(page):
    assert [event.event_id for event in page.history.table_model.rows] == [2, 1]
    assert words.lasting(EVENTS[0]).startswith("since ")
    assert " to " in words.lasting(EVENTS[1])


def test_new_alert_is_saved_as_typed(qtbot, page, controls, window):
    page.create_new()
    form = page.form
    qtbot.keyClicks(form.name, "Big spender")
    choose(form.kind, AlertKind.ABOVE)
    choose(form.measure, Measure.UNITS)
    choose(form.group, Dimension.CUSTOMER)
    form.limit.setText("2.5")
    form.days.setValue(7)
    qtbot.mouseClick(form.save, LEFT)
    wait_for(qtbot, window.toast.isVisible)
    (rule,) = controls.arguments["AlertService.save"]
    assert (rule.name, rule.kind, rule.measure) == ("Big spender", AlertKind.ABOVE, Measure.UNITS)
    assert (rule.group_by, rule.limit, rule.days) == (Dimension.CUSTOMER, Decimal("2.5"), 7)
    wait_for(qtbot, lambda: len(page.table.table_model.rows) == len(RULES) + 1)
    assert page.table.chosen().rule.name == "Big spender"


def test_kind_decides_which_fields_there_are(page):
    form = page.form
    form.show_line(page.table.table_model.rows[0], is_snoozed=False)
    choose(form.kind, AlertKind.SILENCE)
    assert not form.limit.isVisible()
    assert form.hours.isVisible()
    assert form.rule().measure is Measure.REQUESTS
    choose(form.kind, AlertKind.FORECAST)
    assert form.limit.isVisible()
    assert not form.days.isVisible()


def test_wrong_number_and_missing_name_are_said_at_their_fields(qtbot, page, controls):
    page.create_new()
    page.form.limit.setText("many")
    qtbot.mouseClick(page.form.save, LEFT)
    assert page.form._fields["limit"].problem.isVisible()
    assert "AlertService.save" not in controls.calls
    page.form.limit.setText("5")
    qtbot.mouseClick(page.form.save, LEFT)
    wait_for(qtbot, page.form._fields["name"].problem.isVisible)


def test_trying_out_says_what_would_be_found(qtbot, page):
    page.create_new()
    page.form.limit.setText("50")
    qtbot.mouseClick(page.form.try_out, LEFT)
    wait_for(qtbot, lambda: page.form.told.text().endswith("And 2 more."))
    page.form.limit.setText("500")
    qtbot.mouseClick(page.form.try_out, LEFT)
    wait_for(qtbot, lambda: page.form.told.text() == "It would be quiet now.")


def test_alert_is_deleted_and_brought_back(qtbot, page, controls, window):
    page.table.choose("alert_2")
    qtbot.mouseClick(page.form.delete, LEFT)
    wait_for(qtbot, window.toast.isVisible)
    wait_for(qtbot, lambda: len(page.table.table_model.rows) == len(RULES) - 1)
    qtbot.mouseClick(window.toast.undo, LEFT)
    wait_for(qtbot, lambda: len(page.table.table_model.rows) == len(RULES))
    assert controls.arguments["AlertService.save"] == (RULES[1],)


def test_alert_is_snoozed_for_hours(qtbot, page, controls):
    page.table.choose("alert_1")
    form = page.form
    form.snooze.setCurrentIndex(form.snooze.findData(8))
    form.snooze.activated.emit(2)
    wait_for(qtbot, lambda: "AlertService.snooze" in controls.calls)
    rule_id, until = controls.arguments["AlertService.snooze"]
    assert rule_id == "alert_1"
    assert timedelta(hours=7) < until - datetime.now(UTC) < timedelta(hours=9)


def test_quiet_hours_are_set_over_midnight(qtbot, page, controls, window):
    assert page.quiet.hours() == QuietHours(time(22), time(7))
    page.quiet.start.setTime(QTime(23, 30))
    qtbot.mouseClick(page.quiet.save, LEFT)
    wait_for(qtbot, window.toast.isVisible)
    assert controls.arguments["AlertService.set_quiet_hours"] == (
        QuietHours(time(23, 30), time(7)),
    )


def test_another_page_opens_an_alert_here(qtbot, window):
    window.resize(1280, 900)
    window.show_place("alerts", "alert_2")
    page = window.pages["alerts"]
    wait_for(qtbot, lambda: page.table.chosen() is not None)
    assert page.form.title.text() == "Monthly cap"


def test_five_states(qtbot, window, controls):
    controls.hold("AlertService.picture")
    window.show_page("alerts")
    page = window.pages["alerts"]
    wait_for_state(qtbot, page, PageState.LOADING)
    controls.release("AlertService.picture")
    wait_for_content(qtbot, page)
    controls.fail_with("AlertService.picture", VaultError("The disk reported an error."))
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)
    controls.has_usage = False
    page.reload()
    wait_for_state(qtbot, page, PageState.EMPTY)
