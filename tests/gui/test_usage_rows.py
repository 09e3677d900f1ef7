"""The table of an answer larger than its picture: ordered, searched and paged in the core."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from desktop.domain.errors import VaultError
from desktop.domain.usage_questions import Comparison, Dimension, Grain
from desktop.domain.usage_rows import RowSort, RowsWanted
from desktop.views.activities import Activities
from desktop.views.usage_page import UsagePage
from tests.gui.fakes import ACME, TODAY
from tests.gui.looking import column_texts, type_into, wait_for, wait_for_content

PAGE = "UsageRowsService.page"


@pytest.fixture
def page(qtbot, jobs, theme):
    """The page on a question with more groups than a picture has lines, as a table."""
    page = UsagePage(jobs, Activities(jobs), today=lambda _: TODAY)
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.show()
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    view = page.view()
    question = replace(
        view.question, group_by=Dimension.HOUR_OF_WEEK, top=160, comparison=Comparison.NONE
    )
    page.open_view(replace(view, question=question))
    settled(qtbot, page)
    page.card.swap_twin()
    return page


@pytest.fixture
def rows(qtbot, page):
    wait_for(qtbot, lambda: page.card.rows.table.model().rowCount() == 200)
    return page.card.rows


def settled(qtbot, page):
    wait_for(qtbot, lambda: page._asking is None and not page.jobs.running)


def wanted(controls):
    return controls.arguments[PAGE][1]


def test_first_page_of_every_row_is_shown_and_how_many_there_are(rows, page, controls):
    assert controls.arguments[PAGE] == (page.view().question, RowsWanted(), None)
    assert rows.isVisible()
    assert rows.said.text().startswith("1,000 rows, as of ")
    assert column_texts(rows.table, 1)[:2] == ["GET /v1/0000", "GET /v1/0001"]


def test_next_page_comes_near_the_end(qtbot, rows, controls):
    bar = rows.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    wait_for(qtbot, lambda: rows.table.model().rowCount() == 400)
    assert controls.arguments[PAGE][2] == "200"


def test_click_on_a_header_orders_in_the_core(qtbot, rows, controls):
    rows.table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    wait_for(qtbot, lambda: column_texts(rows.table, 2)[0] == "4,001")
    assert wanted(controls) == RowsWanted(RowSort.VALUE)
    rows.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    wait_for(qtbot, lambda: column_texts(rows.table, 2)[0] == "5,000")


def test_typed_text_is_searched_in_the_core(qtbot, rows):
    type_into(qtbot, rows.search, "/099")
    wait_for(qtbot, lambda: rows.table.model().rowCount() == 10)
    assert rows.said.text().startswith("10 rows")
    type_into(qtbot, rows.search, "nobody")
    wait_for(qtbot, lambda: rows.said.text() == "No row holds this.")


def test_rows_that_are_read_stay_when_the_page_is_asked_again(qtbot, rows, page, controls):
    asked = controls.calls.count(PAGE)
    page.reload()
    settled(qtbot, page)
    assert controls.calls.count(PAGE) == asked
    page.card.swap_twin()
    page.card.swap_twin()
    wait_for(qtbot, lambda: controls.calls.count(PAGE) == asked + 1)


def test_counting_is_told_and_stopped_with_the_chart(qtbot, page, rows, controls):
    controls.hold(PAGE)
    rows.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    wait_for(qtbot, lambda: rows.said.text() == "Counting: 500 of 1,000 rows")
    page.card.swap_twin()
    controls.release(PAGE)
    settled(qtbot, page)
    assert not rows.isVisible()
    assert rows.said.text() == "Counting: 500 of 1,000 rows"


def test_failure_is_said(qtbot, rows, controls):
    controls.fail_with(PAGE, VaultError("The vault could not be read."))
    rows.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    wait_for(qtbot, lambda: rows.said.text() == "The vault could not be read.")


def test_answer_that_was_thinned_for_its_picture_has_all_its_rows(qtbot, page):
    view = page.view()
    question = replace(view.question, group_by=None, top=5, grain=Grain.HOUR)
    page.open_view(replace(view, question=question, days=365))
    settled(qtbot, page)
    assert page.card.rows.isVisible()
    page.open_view(replace(view, question=replace(question, grain=Grain.DAY), days=30))
    settled(qtbot, page)
    assert not page.card.rows.isVisible()
    assert column_texts(page.card.table)


def test_columns_are_those_of_the_question(qtbot, page, rows):
    def titles():
        return tuple(column.title for column in rows.table.table_model.columns)

    assert titles() == ("Start", "Hour of the week", "Requests")
    question = replace(page.view().question, comparison=Comparison.LAST_YEAR)
    page.open_view(replace(page.view(), question=question))
    settled(qtbot, page)
    assert titles() == ("Start", "Hour of the week", "Requests", "Last year")
    assert column_texts(rows.table, 3)[0] == "no data"
