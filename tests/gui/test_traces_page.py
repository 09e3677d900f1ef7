"""Traces: paging by scrolling, filters, the drawer, block in one click, what is kept."""

import json

import pytest
from PySide6.QtWidgets import QFileDialog

from contract.messages.traces import TracesPage
from contract.terms import TraceState
from desktop.domain.errors import InvalidInput, VaultError
from desktop.domain.traces import StatusClass
from desktop.views import figures
from desktop.views.state_page import PageState
from desktop.views.traces.filters import Since
from tests.fakes import APPLICATION
from tests.gui.fake_access import IDENTITY
from tests.gui.fakes import SAMPLE
from tests.gui.looking import (
    click,
    click_row,
    column_texts,
    visible_texts,
    wait_for,
    wait_for_content,
    wait_for_state,
)
from tests.gui.real import open_page
from tests.unit.test_traces import trace, why


@pytest.fixture
def page(qtbot, window):
    return open_page(qtbot, window, "traces")


@pytest.fixture
def calls(hosted):
    """Three calls on the service, the second one refused."""
    known = [trace(1, customer_id="cus_1"), trace(2, state="denied", status=None), trace(3)]
    hosted.live["GET", "/v1/traces"] = TracesPage(rows=tuple(known))
    for one in known:
        hosted.live["GET", f"/v1/traces/{one.trace_id}"] = one
    hosted.live["GET", "/v1/traces/trace_2/explanation"] = why("refused")
    return hosted


def test_calls_are_listed_with_time_caller_and_outcome(page):
    outcomes = column_texts(page.table, 3)
    assert outcomes[:5] == ["200", "Refused", "200", "200", "503"]
    assert outcomes[6] == "Not settled"
    assert column_texts(page.table, 1)[1].endswith("14:01:53")
    assert column_texts(page.table, 2)[3] == "kite.io"


def test_scrolling_brings_the_next_page_once(qtbot, page, controls):
    first = len(column_texts(page.table))
    bar = page.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    wait_for(qtbot, lambda: len(column_texts(page.table)) == 2 * first)
    bar.setValue(bar.maximum())
    asked = [call for call in controls.calls if call == "TraceService.page"]
    assert len(asked) == 2
    assert page.count.text() == "80 calls"


def test_who_called_is_opened_when_asked_and_goes_with_the_call(qtbot, page, controls):
    page.table.choose("trace_3")
    wait_for(qtbot, lambda: page.drawer.values.topLevelItemCount() > 0)
    assert IDENTITY not in " ".join(visible_texts(page.drawer))
    click(qtbot, page.drawer.who)
    wait_for(qtbot, page.drawer.identity.isVisible)
    assert page.drawer.identity.text() == f"The caller is {IDENTITY}"
    assert not page.drawer.who.isVisible()
    page.table.choose("trace_4")
    assert page.drawer.identity.text() == ""
    assert page.drawer.who.isVisible()


def test_an_identity_that_cannot_be_opened_is_said_beside_the_call(qtbot, page, controls):
    controls.fail_with("IdentityService.identity_of", InvalidInput("It is not kept."))
    page.table.choose("trace_3")
    click(qtbot, page.drawer.who)
    wait_for(qtbot, lambda: page.drawer.message.text.text() == "It is not kept.")
    assert not page.drawer.identity.isVisible()


def test_who_called_does_not_stay_on_a_page_that_was_left(qtbot, page):
    page.table.choose("trace_3")
    click(qtbot, page.drawer.who)
    wait_for(qtbot, page.drawer.identity.isVisible)
    page.hide()
    assert page.drawer.identity.text() == ""


def test_next_page_that_fails_is_explained(qtbot, page, controls):
    controls.fail_with("TraceService.page", VaultError("The vault could not be read."))
    bar = page.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    wait_for_state(qtbot, page, PageState.ERROR)
    assert len(column_texts(page.table)) == 40


def test_filters_are_part_of_the_question(qtbot, page, controls):
    wait_for(qtbot, lambda: page.filters.customer.count() > 1)
    page.filters.customer.setCurrentIndex(2)
    page.filters.state.choose(TraceState.DENIED)
    page.filters.status.choose(StatusClass.SERVER_ERROR)
    page.filters.since.choose(Since.DAY)
    page.filters.endpoint.setCurrentIndex(1)
    page.filters.state.chosen.emit()
    wait_for(qtbot, lambda: controls.arguments["TraceService.page"][0].state is TraceState.DENIED)
    query, _ = controls.arguments["TraceService.page"]
    assert (query.customer_id, query.status) == ("cus_kite", StatusClass.SERVER_ERROR)
    assert query.since is not None
    assert query.endpoint_id
    wait_for(qtbot, lambda: column_texts(page.table, 3) == ["Refused"])


def test_filters_are_cleared_with_one_click(qtbot, page):
    page.filters.state.choose(TraceState.DENIED)
    page.filters.state.chosen.emit()
    wait_for(qtbot, lambda: column_texts(page.table, 3) == ["Refused"])
    click(qtbot, page.filters.reset)
    wait_for(qtbot, lambda: len(column_texts(page.table)) == 40)
    assert not page.filters.is_narrowed()


def test_filters_do_not_follow_to_another_application(qtbot, page):
    page.filters.state.choose(TraceState.DENIED)
    page.set_application(SAMPLE)
    wait_for_content(qtbot, page)
    assert not page.filters.is_narrowed()


def test_drawer_shows_why_what_was_kept_and_what_ran(qtbot, page):
    page.table.choose("trace_1")
    wait_for(qtbot, lambda: page.drawer.values.topLevelItemCount() == 4)
    texts = visible_texts(page.drawer)
    assert "It was refused." in texts
    assert any("600 of 600 used." in text for text in texts)
    headers = page.drawer.values.topLevelItem(2)
    assert (headers.text(0), headers.child(0).text(1)) == ("headers", "application/json")
    ask = page.drawer.chain.topLevelItem(0)
    assert (ask.text(0), ask.text(1), ask.childCount()) == ("ask", "171 ms", 2)


def test_drawer_closes_by_its_button(qtbot, page):
    page.table.choose("trace_1")
    wait_for(qtbot, page.drawer.isVisible)
    click(qtbot, page.drawer.close_button)
    assert not page.drawer.isVisible()
    assert page.table.chosen() is None


def test_caller_is_blocked_with_one_click_and_undo(qtbot, real_window, calls, device):
    page = open_page(qtbot, real_window, "traces")
    click_row(qtbot, page.table, "GET /items")
    wait_for(qtbot, lambda: page.drawer.values.topLevelItemCount() > 0)
    click(qtbot, page.drawer.block)
    wait_for(qtbot, lambda: len(device.services.blocks.blocks(APPLICATION)) == 1)
    (ruled,) = device.services.blocks.blocks(APPLICATION)
    assert (ruled.customer, ruled.block.url) == ("Aurora", "/items")
    assert "trace" in ruled.block.reason
    wait_for(qtbot, real_window.toast.undo.isVisible)
    click(qtbot, real_window.toast.undo)
    wait_for(qtbot, lambda: device.services.blocks.blocks(APPLICATION) == ())


def test_opened_call_is_there_offline(qtbot, real_window, calls, device):
    page = open_page(qtbot, real_window, "traces")
    page.table.choose("trace_2")
    wait_for(qtbot, lambda: "It was refused." in visible_texts(page.drawer))
    calls.online = False
    page.reload()
    wait_for_state(qtbot, page, PageState.OFFLINE)
    assert "Offline" in page.states.message.text.text()
    page.table.choose("trace_1")
    wait_for(qtbot, lambda: "not in the vault" in page.drawer.message.text.text())
    page.table.choose("trace_2")
    wait_for(qtbot, lambda: "It was refused." in visible_texts(page.drawer))


def test_forgotten_call_leaves_the_vault(qtbot, real_window, calls, device):
    page = open_page(qtbot, real_window, "traces")
    page.table.choose("trace_2")
    wait_for(qtbot, lambda: "It was refused." in visible_texts(page.drawer))
    click(qtbot, page.drawer.forget)
    wait_for(qtbot, lambda: device.query("SELECT count(*) FROM kept_traces") == [(0,)])
    wait_for(qtbot, lambda: not page.drawer.isVisible())


def test_opened_calls_are_exported(qtbot, real_window, calls, tmp_path, monkeypatch):
    path = tmp_path / "calls.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    page = open_page(qtbot, real_window, "traces")
    page.table.choose("trace_2")
    wait_for(qtbot, lambda: "It was refused." in visible_texts(page.drawer))
    click(qtbot, page.export)
    wait_for(qtbot, path.exists)
    (one,) = json.loads(path.read_text())["traces"]
    assert one["trace_id"] == "trace_2"
    wait_for(qtbot, lambda: "Wrote 1 call to" in real_window.toast.text.text())


def test_export_that_was_given_up_writes_nothing(qtbot, page, controls, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    page.export_view()
    assert "TraceService.export" not in controls.calls


def test_page_without_calls_says_so(qtbot, window, controls):
    controls.has_usage = False
    window.show_page("traces")
    wait_for_state(qtbot, window.pages["traces"], PageState.EMPTY)


def test_loading_and_error_are_states_of_their_own(qtbot, page, controls):
    controls.hold("TraceService.page")
    page.reload()
    assert page.states.state is PageState.LOADING
    controls.release("TraceService.page")
    wait_for_content(qtbot, page)
    controls.fail_with("TraceService.page", VaultError("The vault could not be read."))
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.table.isVisible()


def test_time_has_its_day_unless_it_is_today():
    from datetime import UTC, datetime

    assert figures.clock(datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2 Jan 03:04:05"
