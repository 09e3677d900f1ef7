"""Usage: what is asked for, the chart and its table twin, copy and CSV."""

from datetime import date

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from desktop.domain.errors import InvalidInput
from desktop.domain.usage import DateRange, Grain, GroupBy, Measure
from desktop.views.state_page import PageState
from desktop.views.usage_page import UsagePage
from tests.gui.fakes import ACME, TODAY
from tests.gui.looking import (
    click,
    column_texts,
    row_texts,
    wait_for,
    wait_for_content,
    wait_for_state,
)


@pytest.fixture
def page(qtbot, jobs, theme):
    page = UsagePage(jobs, today=lambda _: TODAY)
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.show()
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    return page


def last_question(controls):
    return controls.arguments["UsageService.chart"][0]


def test_first_question_is_requests_by_endpoint_and_day(page, controls):
    question = last_question(controls)
    assert question.period == DateRange(date(2026, 10, 25), date(2026, 11, 24))
    assert (question.grain, question.group_by) == (Grain.DAY, GroupBy.ENDPOINT)
    assert question.measure is Measure.REQUESTS


def test_each_control_changes_the_question(qtbot, page, controls):
    click(qtbot, page.grain.buttons[Grain.WEEK])
    click(qtbot, page.group.buttons[GroupBy.CUSTOMER])
    click(qtbot, page.measure.buttons[Measure.UNITS])
    wait_for(qtbot, lambda: last_question(controls).measure is Measure.UNITS)
    question = last_question(controls)
    assert (question.grain, question.group_by) == (Grain.WEEK, GroupBy.CUSTOMER)
    wait_for(qtbot, lambda: page.total.text().endswith("units"))


def test_own_dates_can_be_chosen(qtbot, page, controls):
    page.range.choice.setCurrentIndex(page.range.choice.count() - 1)
    assert page.range.first.isVisible()
    page.range.first.setDate(QDate(2026, 1, 5))
    page.range.last.setDate(QDate(2026, 1, 9))
    wanted = DateRange(date(2026, 1, 5), date(2026, 1, 10))
    wait_for(qtbot, lambda: last_question(controls).period == wanted)


def test_table_twin_shows_the_numbers_of_the_chart(qtbot, page):
    click(qtbot, page.twin.buttons["table"])
    assert page.table.isVisible()
    assert not page.chart.isVisible()
    first = page.chart.answer.series[0].values[0]
    assert row_texts(page.table, 0)[:2] == ["25 Oct", f"{first:,}"]
    assert len(column_texts(page.table)) == 30


def test_key_t_swaps_chart_and_table(qtbot, page):
    page.activateWindow()
    page.setFocus()
    qtbot.keyClick(page, Qt.Key.Key_T)
    wait_for(qtbot, page.table.isVisible)
    qtbot.keyClick(page, Qt.Key.Key_T)
    wait_for(qtbot, page.chart.isVisible)


def test_copied_table_has_every_number(qtbot, page):
    click(qtbot, page.copy)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 31
    assert lines[0].split("\t")[:2] == ["start", "POST /v1/generate"]
    assert lines[1].split("\t")[1] == f"{page.chart.answer.series[0].values[0]:f}"


def test_csv_file_is_written(qtbot, page, tmp_path, monkeypatch):
    target = tmp_path / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    with qtbot.waitSignal(page.toast_offered):
        click(qtbot, page.save)
    assert target.read_text(encoding="utf-8").startswith("start,POST /v1/generate,")


def test_csv_that_cannot_be_written_is_explained(qtbot, page, tmp_path, monkeypatch):
    target = tmp_path / "missing" / "out.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    click(qtbot, page.save)
    assert page.states.state is PageState.ERROR
    assert "could not be written" in page.states.message.text.text()
    assert page.chart.isVisible()


def test_no_file_is_written_when_the_owner_gives_up(qtbot, page, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    with qtbot.assertNotEmitted(page.toast_offered):
        click(qtbot, page.save)


def test_too_wide_a_question_is_explained(qtbot, page, controls):
    controls.fail_with(
        "UsageService.chart", InvalidInput("Too many points. Choose days.", field="period")
    )
    click(qtbot, page.grain.buttons[Grain.HOUR])
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.states.message.text.text() == "Too many points. Choose days."
    click(qtbot, page.states.message.button("Retry"))
    wait_for_content(qtbot, page)


def test_period_without_usage_is_empty(qtbot, page, controls):
    controls.has_usage = False
    page.reload()
    wait_for_state(qtbot, page, PageState.EMPTY)
    assert not page.save.isEnabled()


def test_offline_is_shown_with_its_age(qtbot, page, controls):
    controls.online = False
    page.reload()
    wait_for_state(qtbot, page, PageState.OFFLINE)
    assert page.chart.isVisible()


def test_loading_again_keeps_the_chart_on_screen(qtbot, page, controls):
    controls.hold("UsageService.chart")
    page.reload()
    assert page.states.state is PageState.LOADING
    assert page.chart.isVisible()
    controls.release("UsageService.chart")
    wait_for_content(qtbot, page)


def test_answer_to_an_older_question_is_not_shown(qtbot, page, controls):
    controls.hold("UsageService.chart")
    click(qtbot, page.grain.buttons[Grain.MONTH])
    click(qtbot, page.grain.buttons[Grain.WEEK])
    shown = []
    page.chart.show_answer = shown.append
    controls.release("UsageService.chart")
    wait_for_content(qtbot, page)
    assert [len(answer.starts) for answer in shown] == [5]
