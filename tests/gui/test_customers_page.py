"""Customers: found, put in order, named, merged, and everything undone."""

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.domain.customer_list import CustomerSort, CustomerState
from desktop.domain.errors import VaultError
from desktop.views.state_page import PageState
from tests.gui.fake_customers import ROWS
from tests.gui.looking import wait_for, wait_for_content, wait_for_state

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(qtbot, window):
    window.resize(1280, 900)
    window.show_page("customers")
    page = window.pages["customers"]
    wait_for_content(qtbot, page)
    return page


@pytest.fixture
def opened(qtbot, page):
    """The page with acme-eu beside the list."""
    assert page.table.choose(ROWS[0].customer_id)
    wait_for(qtbot, lambda: bool(page.panel.bills.lines))
    return page


def asked(controls):
    return controls.arguments["CustomerListService.page"][0]


def test_list_says_who_uses_most_and_how_many_there_are(page):
    rows = page.table.table_model.rows
    assert [row.label for row in rows[:2]] == ["acme-eu", "north-labs"]
    first = page.table.table_model.index(0, 0)
    assert page.table.table_model.data(first) == "acme-eu (3 identities)"
    assert page.count.text() == "41 customers"


def test_header_asks_the_vault_for_another_order(qtbot, page, controls):
    page.table.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    wait_for(qtbot, lambda: asked(controls).sort is CustomerSort.NAME)
    assert not asked(controls).descending
    wait_for(qtbot, lambda: page.table.table_model.rows[0].label.startswith("Customer"))


def test_header_of_the_plan_orders_nothing_and_shows_no_arrow(page):
    header = page.table.horizontalHeader()
    header.setSortIndicator(2, Qt.SortOrder.DescendingOrder)
    header.setSortIndicator(1, Qt.SortOrder.AscendingOrder)
    assert header.sortIndicatorSection() == 2
    assert header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder


def test_search_waits_for_the_last_letter_and_says_when_nobody_fits(qtbot, page, controls):
    page.focus_filter()
    qtbot.keyClicks(page.filters.search, "north")
    wait_for(qtbot, lambda: len(page.table.table_model.rows) == 1)
    assert asked(controls).search == "north"
    page.filters.search.setText("nowhere")
    wait_for(qtbot, page.nobody.isVisible)
    page.filters.clear()
    wait_for(qtbot, lambda: len(page.table.table_model.rows) == len(ROWS))


def test_choice_of_customers_is_asked_for(qtbot, page, controls):
    page.filters.state.setCurrentIndex(page.filters.state.findData(CustomerState.SILENT))
    page.filters.state.activated.emit(0)
    wait_for(qtbot, lambda: asked(controls).state is CustomerState.SILENT)
    assert page.filters.is_narrowed()


def test_chosen_customer_is_told_in_full(opened):
    panel = opened.panel
    assert panel.title.whole_text() == "acme-eu"
    assert panel.plan.text() == "Scale, since 1 Mar 2026. From 1 Jan 2027: Enterprise."
    assert panel.limits.lines[0] == (
        "POST /v1/generate (their own limit)",
        "921.4\u00a0k of 1\u00a0M calls this month",
    )
    assert [text for text, _ in panel.bills.lines] == ["Nov 2026, so far", "Oct 2026", "Sep 2026"]
    assert panel.keys.lines == [("Acme web hook", "in use")]
    assert panel.privacy.lines == [("Request 4", "open")]
    assert panel.activity.lines[0][0] == "Name or merge changed, waits to be sent"


def test_name_is_given_and_taken_back(qtbot, opened, controls, window):
    panel = opened.panel
    panel.name.setText("Acme Europe")
    qtbot.mouseClick(panel.save, LEFT)
    wait_for(qtbot, window.toast.isVisible)
    said = controls.arguments["CustomerEditService.rename"]
    assert said == (ROWS[0].customer_id, "Acme Europe")
    qtbot.mouseClick(window.toast.undo, LEFT)
    wait_for(qtbot, lambda: "CustomerEditService.restore" in controls.calls)


def test_refused_name_is_explained_at_its_field(qtbot, opened):
    opened.panel.name.setText("taken")
    qtbot.keyClick(opened.panel.name, Qt.Key.Key_Return)
    wait_for(qtbot, opened.panel.field.problem.isVisible)
    assert "cannot be used" in opened.panel.field.problem.text()


def test_other_identity_is_found_and_merged_from_a_month_on(qtbot, opened, controls, window):
    qtbot.mouseClick(opened.panel.merge, LEFT)
    dialog = opened.dialog
    assert not dialog.accept_button.isEnabled()
    dialog.search.setText("north")
    wait_for(qtbot, lambda: len(dialog.table.table_model.rows) == 1)
    dialog.table.choose(ROWS[1].customer_id)
    dialog.month.setCurrentIndex(1)
    qtbot.mouseClick(dialog.accept_button, LEFT)
    wait_for(qtbot, window.toast.isVisible)
    merged = controls.arguments["CustomerEditService.merge"]
    assert merged == ((ROWS[1].customer_id,), ROWS[0].customer_id, date(2026, 12, 1))
    assert window.toast.text.text() == "north-labs is now counted as acme-eu."
    assert opened.dialog is None


def test_identity_is_counted_by_itself_again(qtbot, opened, controls):
    opened.panel.apart_wanted.emit("cus_21")
    wait_for(qtbot, lambda: "CustomerEditService.take_apart" in controls.calls)
    assert controls.arguments["CustomerEditService.take_apart"] == ("cus_21",)


def test_another_page_opens_a_customer_here(qtbot, window):
    window.resize(1280, 900)
    window.show_place("customers", ROWS[5].customer_id)
    page = window.pages["customers"]
    wait_for(qtbot, lambda: page.panel.detail is not None)
    assert page.panel.title.whole_text() == ROWS[5].label


def test_five_states(qtbot, window, controls):
    controls.hold("CustomerListService.page")
    window.show_page("customers")
    page = window.pages["customers"]
    wait_for_state(qtbot, page, PageState.LOADING)
    controls.release("CustomerListService.page")
    wait_for_content(qtbot, page)
    controls.online = False
    page.reload()
    wait_for_state(qtbot, page, PageState.OFFLINE)
    controls.fail_with("CustomerListService.page", VaultError("The disk reported an error."))
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)
    controls.has_usage = False
    page.reload()
    wait_for_state(qtbot, page, PageState.EMPTY)
    QApplication.processEvents()
