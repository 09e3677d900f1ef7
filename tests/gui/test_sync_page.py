"""Sync: how it stands, edits on their way, conflicts by field, history, and what was left out."""

from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtGui import QShortcut

from desktop.domain.connection import SyncPhase
from desktop.domain.errors import InvalidInput, ServiceUnreachable, VaultError
from desktop.domain.syncing import LiveMode, LiveState, StreamProgress
from desktop.views.state_page import PageState
from desktop.views.sync import words
from desktop.views.sync_page import HISTORY_PAGE, Tab
from tests.gui.fakes import CONFLICT, SYNCED_AT
from tests.gui.looking import (
    click,
    click_row,
    column_texts,
    row_texts,
    visible_texts,
    wait_for,
    wait_for_content,
    wait_for_state,
)
from tests.gui.sync_records import (
    DRAFT,
    HISTORY,
    LEFT_OUT,
    REFUSED,
    SECOND_CONFLICT,
    SENT,
    WAITING,
)


@pytest.fixture
def records(controls):
    return controls.sync_records


@pytest.fixture
def page(qtbot, window):
    window.show_page("sync")
    page = window.pages["sync"]
    wait_for_content(qtbot, page)
    wait_for(qtbot, lambda: not window._jobs.running)
    return page


def again(qtbot, page):
    page.jobs.noticed.emit("sync")
    wait_for(qtbot, lambda: not page._soon.isActive())
    wait_for(qtbot, lambda: not page.jobs.running)


def test_all_in_step_is_said_with_the_last_run(page):
    assert page.status.heading.text() == "All in step"
    assert page.status.text.text().startswith("Last in step with the service at 14:02")
    assert "The service tells of news at once." in visible_texts(page)
    assert "No edit is waiting: the service has everything." in visible_texts(page)
    assert not page.status.hold.isVisible()


def test_conflict_that_waits_for_a_decision_is_not_all_in_step(qtbot, controls, page):
    controls.state = replace(controls.state, conflicts=1)
    again(qtbot, page)
    assert page.status.heading.text() == "In step but for conflicts"


def test_page_on_screen_is_in_sight_in_a_low_window(qtbot, window):
    window.resize(1024, 640)
    window.show_page("dashboard")
    window.show_page("network")
    button = window.sidebar.buttons["network"]
    wait_for(qtbot, lambda: button.visibleRegion().boundingRect().height() == button.height())


@pytest.mark.parametrize("code", sorted(words.TROUBLES))
def test_each_trouble_has_a_heading_a_sentence_and_a_way_on(qtbot, controls, page, code):
    controls.state = replace(
        controls.state,
        phase=SyncPhase.FAILED,
        problem="What failed, what to do.",
        problem_code=code,
    )
    again(qtbot, page)
    assert page.status.heading.text() == words.TROUBLES[code]
    assert page.status.text.text() == "What failed, what to do."
    assert page.status.connection.isVisible() == (code in words.AT_THE_CONNECTION)


def test_trouble_of_the_connection_leads_to_its_settings(qtbot, controls, window, page):
    controls.state = replace(
        controls.state, phase=SyncPhase.OFFLINE, problem="Not trusted.", problem_code="certificate"
    )
    again(qtbot, page)
    click(qtbot, page.status.connection)
    assert window.pages["settings"].isVisible()


@pytest.mark.parametrize(("offset_s", "said"), [(600, "10 min behind"), (-90, "2 min ahead")])
def test_clocks_that_differ_are_said(qtbot, controls, page, offset_s, said):
    controls.state = replace(controls.state, clock_offset_s=offset_s)
    again(qtbot, page)
    assert any(said in text for text in visible_texts(page.status))


def test_no_channel_is_said_with_the_reason(qtbot, records, page):
    records.live = LiveState(LiveMode.UNAVAILABLE, "A proxy buffers.")
    again(qtbot, page)
    assert "The service is asked again and again. A proxy buffers." in visible_texts(page)


def test_past_that_is_fetched_shows_how_far_and_can_be_stopped(qtbot, controls, records, page):
    controls.state = replace(controls.state, phase=SyncPhase.RUNNING, backfill_done=False)
    records.progress = (
        *records.progress[:2],
        StreamProgress(
            "backfill", 400_000, is_complete=False, newest_day=date(2026, 11, 30),
            reached_day=date(2026, 11, 15), oldest_day=date(2026, 11, 1),
        ),
    )  # fmt: skip
    again(qtbot, page)
    assert page.status.heading.text() == "Syncing"
    assert page.status.bars["backfill"].value() == 500
    assert "back to" in page.status.said["backfill"].text()
    click(qtbot, page.status.hold)
    wait_for(qtbot, lambda: controls.arguments.get("SyncService.hold_past") == (True,))
    wait_for(qtbot, lambda: "again" in page.status.hold.text())
    click(qtbot, page.status.hold)
    wait_for(qtbot, lambda: controls.arguments["SyncService.hold_past"] == (False,))


def test_edit_is_inspected_field_by_field_and_undone(qtbot, controls, records, page):
    records.outgoing = [WAITING, SENT, REFUSED]
    again(qtbot, page)
    assert page.tabs.buttons[Tab.QUEUE].text() == "Waiting (3)"
    shown = row_texts(page.queue.table, 0)
    assert (shown[2], shown[4]) == ("unit_price, note", "Waiting")
    click_row(qtbot, page.queue.table, "Generate")
    wait_for(qtbot, lambda: "0.0012" in visible_texts(page.queue))
    click(qtbot, page.queue.undo)
    wait_for(qtbot, lambda: column_texts(page.queue.table) == ["Aurora", "GET /v1/search"])
    assert controls.arguments["SyncRecordsService.undo"] == (WAITING.position,)


def test_edit_that_was_sent_cannot_be_undone_and_a_refused_one_says_why(qtbot, records, page):
    records.outgoing = [SENT, REFUSED]
    again(qtbot, page)
    click_row(qtbot, page.queue.table, "Aurora")
    assert not page.queue.undo.isEnabled()
    assert "the service may have it" in page.queue.why_not.text()
    click_row(qtbot, page.queue.table, "GET /v1/search")
    assert page.queue.problem.text() == REFUSED.problem
    assert page.queue.undo.isEnabled()


def test_undo_that_comes_too_late_is_said(qtbot, controls, records, page):
    records.outgoing = [WAITING]
    again(qtbot, page)
    controls.fail_with("SyncRecordsService.undo", InvalidInput("It was sent meanwhile."))
    click_row(qtbot, page.queue.table, "Generate")
    click(qtbot, page.queue.undo)
    wait_for(qtbot, lambda: "It was sent meanwhile." in visible_texts(page))
    assert page.queue.undo.isEnabled()


@pytest.fixture
def in_conflict(qtbot, controls, page):
    controls.conflicts = [CONFLICT, SECOND_CONFLICT]
    again(qtbot, page)
    page.turn_to(Tab.CONFLICTS)
    wait_for(qtbot, page.desk.isVisible)
    return page


def decided(qtbot, controls, name):
    wait_for(qtbot, lambda: name in controls.calls)
    return controls.arguments[name]


@pytest.mark.parametrize("decision", ["keep_mine", "keep_theirs", "keep_both"])
def test_conflict_is_decided_as_a_whole(qtbot, controls, in_conflict, decision):
    assert " 1 more conflict follows." in in_conflict.desk.title.text()
    click(qtbot, getattr(in_conflict.desk, decision))
    asked = decided(qtbot, controls, f"ConflictService.{decision}")
    assert asked == (CONFLICT.conflict_id,)
    wait_for(qtbot, lambda: "North Labs" in in_conflict.desk.title.text())
    assert in_conflict.desk.keep_mine.isEnabled()


def test_conflict_is_decided_field_by_field(qtbot, controls, in_conflict):
    click_row(qtbot, in_conflict.conflicts, "North Labs")
    wait_for(qtbot, lambda: set(in_conflict.desk.choices) == {"name", "note"})
    chosen = {name: one.value() for name, one in in_conflict.desk.choices.items()}
    assert chosen == {"name": "mine", "note": "theirs"}  # nobody changed the note here
    click(qtbot, in_conflict.desk.choices["name"].buttons["theirs"])
    click(qtbot, in_conflict.desk.choices["note"].buttons["mine"])
    click(qtbot, in_conflict.desk.keep_fields)
    asked = decided(qtbot, controls, "ConflictService.keep_fields")
    assert asked == (SECOND_CONFLICT.conflict_id, ("note",))


def test_versions_of_which_one_is_a_deletion_cannot_be_mixed(qtbot, controls, page):
    controls.conflicts = [replace(SECOND_CONFLICT, deleted_here=True)]
    again(qtbot, page)
    page.turn_to(Tab.CONFLICTS)
    wait_for(qtbot, page.desk.isVisible)
    assert not page.desk.keep_fields.isEnabled()
    assert not page.desk.keep_both.isEnabled()
    assert page.desk.keep_mine.isEnabled()


def press(page, keys):
    """A shortcut of the page, whether or not the window is the active one on this screen."""
    shortcuts = {one.key().toString(): one for one in page.findChildren(QShortcut)}
    shortcuts[keys].activated.emit()


def test_conflicts_are_walked_and_decided_by_keys(qtbot, controls, in_conflict):
    press(in_conflict, "J")
    press(in_conflict, "J")
    assert in_conflict.conflicts.chosen() == SECOND_CONFLICT
    press(in_conflict, "K")
    assert in_conflict.conflicts.chosen() == CONFLICT
    press(in_conflict, "2")
    asked = decided(qtbot, controls, "ConflictService.keep_theirs")
    assert asked == (CONFLICT.conflict_id,)


def test_decision_that_fails_can_be_made_again(qtbot, controls, in_conflict):
    controls.fail_with("ConflictService.keep_both", VaultError("The disk is full."))
    click(qtbot, in_conflict.desk.keep_both)
    wait_for(qtbot, lambda: "The disk is full." in visible_texts(in_conflict))
    assert in_conflict.desk.keep_both.isEnabled()


def test_history_is_read_page_by_page(qtbot, records, page):
    old = [replace(HISTORY[1], entry_id=n) for n in range(150, 0, -1)]
    records.history = [replace(HISTORY[0], entry_id=151), *old]
    again(qtbot, page)
    page.turn_to(Tab.HISTORY)
    assert row_texts(page.history.table, 0)[2] == "Merged by field"
    assert row_texts(page.history.table, 0)[4] == "Kept from here: name"
    assert page.history.table.model().rowCount() == HISTORY_PAGE
    click(qtbot, page.history.older)
    wait_for(qtbot, lambda: page.history.table.model().rowCount() == 151)
    assert not page.history.older.isVisible()


def test_what_was_left_out_is_listed_and_forgotten(qtbot, records, page):
    records.refusals = [LEFT_OUT]
    again(qtbot, page)
    page.turn_to(Tab.REFUSALS)
    assert row_texts(page.refusals.table, 0)[3] == "3"
    click(qtbot, page.refusals.forget)
    wait_for(qtbot, page.refusals.nothing.isVisible)


@pytest.mark.parametrize(("button", "method"), [("use", "use_draft"), ("discard", "discard_draft")])
def test_draft_is_used_or_discarded(qtbot, controls, page, button, method):
    controls.sync_records.drafts = [DRAFT]
    again(qtbot, page)
    page.turn_to(Tab.DRAFTS)
    click_row(qtbot, page.drafts.table, "Generate")
    click(qtbot, getattr(page.drafts, button))
    wait_for(qtbot, page.drafts.nothing.isVisible)
    assert controls.arguments[f"ConflictService.{method}"] == (DRAFT.draft_id,)


def test_text_of_the_service_stays_text(qtbot, controls, records, page):
    controls.hostile = "<b>bold</b>"
    records.outgoing = [WAITING]
    again(qtbot, page)
    click_row(qtbot, page.queue.table, "Generate")
    wait_for(qtbot, lambda: "<b>bold</b>unit_price" in visible_texts(page.queue))


def test_failure_keeps_the_page_and_offers_to_retry(qtbot, controls, page):
    controls.fail_with("SyncService.state", VaultError("The vault could not be read."))
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)
    click(qtbot, page.states.message.button("Retry"))
    wait_for_content(qtbot, page)


def test_without_a_service_the_page_says_where_to_choose_one(qtbot, controls, page):
    controls.state = replace(controls.state, phase=SyncPhase.NOT_CONNECTED, last_success=None)
    again(qtbot, page)
    assert page.status.heading.text() == "No service chosen"
    assert "settings" in page.status.text.text()


@pytest.mark.parametrize("name", ["dashboard", "pricing", "keys", "exports", "sync", "settings"])
def test_every_page_says_how_old_it_is_while_offline(qtbot, controls, window, name):
    window.show_page(name)
    assert not window.pages[name].as_of.isVisible()
    controls.state = replace(
        controls.state, phase=SyncPhase.OFFLINE, last_success=SYNCED_AT, problem="No answer."
    )
    window._jobs.noticed.emit("sync")
    wait_for(qtbot, window.pages[name].as_of.isVisible)
    assert window.pages[name].as_of.text().startswith("Offline · as of ")
    controls.state = replace(controls.state, phase=SyncPhase.IDLE, problem="")
    window._jobs.noticed.emit("sync")
    wait_for(qtbot, lambda: not window.pages[name].as_of.isVisible())


def test_sync_now_runs_a_round(qtbot, controls, page):
    controls.fail_with("SyncService.run", ServiceUnreachable("Nobody answers."))
    click(qtbot, page.sync_now)
    wait_for(qtbot, lambda: "SyncService.run" in controls.calls)
    wait_for(qtbot, lambda: "Nobody answers." in visible_texts(page.window()))
