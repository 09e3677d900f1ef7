"""The five states, and how long each waits before it shows."""

from datetime import UTC, datetime

import pytest
from PySide6.QtGui import QGuiApplication

from desktop.domain.errors import VaultError
from desktop.domain.usage import Stamp
from desktop.views import state_page
from desktop.views.icons import Button
from desktop.views.state_page import EmptyPanel, PageState, StatePage
from desktop.views.text import PlainLabel
from tests.gui.looking import click, wait_for


class Load:
    def __init__(self):
        self.cancelled = 0

    def cancel(self):
        self.cancelled += 1


@pytest.fixture
def pages(qtbot, theme):
    """A state page around a label, and the label."""
    content = PlainLabel("content")
    page = StatePage(content, EmptyPanel("gauge", "Nothing", "Why", Button("Do it")))
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    return page, content


@pytest.fixture
def hurried(monkeypatch):
    """The same order of events in a fraction of the time."""
    monkeypatch.setattr(state_page, "SKELETON_AFTER_MS", 10)
    monkeypatch.setattr(state_page, "BAR_AFTER_MS", 20)
    monkeypatch.setattr(state_page, "CANCEL_AFTER_MS", 30)


def test_waits_are_the_promised_ones(pages):
    page, _ = pages
    assert [timer.interval() for timer in page._timers] == [150, 1000, 2000]


def test_loading_shows_nothing_at_first(pages):
    page, content = pages
    page.show_loading(Load())
    assert page.state is PageState.LOADING
    assert not page.skeleton.isVisible()
    assert not content.isVisible()
    assert not page.progress.isVisible()


def test_long_load_shows_skeleton_then_bar_then_cancel(qtbot, hurried, pages):
    page, _ = pages
    load = Load()
    page.show_loading(load)
    wait_for(qtbot, page.skeleton.isVisible)
    wait_for(qtbot, page.progress.isVisible)
    wait_for(qtbot, page.cancel.isVisible)
    click(qtbot, page.cancel)
    assert load.cancelled == 1
    assert not page.cancel.isEnabled()


def test_content_takes_the_place_of_everything(qtbot, hurried, pages):
    page, content = pages
    page.show_loading(Load())
    wait_for(qtbot, page.cancel.isVisible)
    page.show_content()
    assert page.state is PageState.CONTENT
    assert content.isVisible()
    assert not page.progress.isVisible()
    assert not page.cancel.isVisible()


def test_reload_keeps_the_content_on_screen(qtbot, hurried, pages):
    page, content = pages
    page.show_content()
    page.show_loading(Load())
    wait_for(qtbot, page.progress.isVisible)
    assert content.isVisible()
    assert not page.skeleton.isVisible()


def test_progress_is_determinate_once_the_total_is_known(pages):
    page, _ = pages
    page.show_loading(Load())
    page.show_progress(3, None)
    assert page.progress.maximum() == 0
    page.show_progress(3, 10)
    assert (page.progress.value(), page.progress.maximum()) == (3, 10)


def test_error_says_what_failed_and_tries_again(qtbot, pages):
    page, _ = pages
    tried = []
    page.show_error(VaultError("The vault could not be read."), lambda: tried.append(1))
    assert page.state is PageState.ERROR
    assert page.message.text.text() == "The vault could not be read."
    click(qtbot, page.message.button("Retry"))
    assert tried == [1]


def test_error_details_are_copied(qtbot, pages):
    page, _ = pages
    page.show_error(VaultError("The vault could not be read."), lambda: None)
    click(qtbot, page.message.button("Copy details"))
    copied = QGuiApplication.clipboard().text()
    assert copied == "UsageFlow: vault: The vault could not be read."


def test_error_leaves_content_that_was_there(pages):
    page, content = pages
    page.show_content()
    page.show_error(VaultError("x"), lambda: None)
    assert content.isVisible()


def test_empty_says_why(pages):
    page, content = pages
    page.show_content()
    page.show_empty()
    assert page.state is PageState.EMPTY
    assert page.empty.why.isVisible()
    assert not content.isVisible()


def test_offline_shows_the_content_and_how_old_it_is(pages):
    page, content = pages
    page.show_content(Stamp(datetime(2020, 1, 2, 14, 2, tzinfo=UTC), online=False))
    assert page.state is PageState.OFFLINE
    assert content.isVisible()
    assert "as of 14:02 on 2 Jan" in page.message.text.text()


def test_offline_before_the_first_sync_says_so(pages):
    page, _ = pages
    page.show_content(Stamp(None, online=False))
    assert "Nothing has been synced yet" in page.message.text.text()


def test_back_online_takes_the_stamp_away(pages):
    page, _ = pages
    page.show_content(Stamp(None, online=False))
    page.show_content(Stamp(datetime(2026, 1, 2, tzinfo=UTC), online=True))
    assert not page.message.isVisible()
    assert page.state is PageState.CONTENT
