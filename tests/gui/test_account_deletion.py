"""The account is deleted in the window: looked at first, then asked for, and calm throughout."""

from datetime import date

import pytest
from PySide6.QtWidgets import QFileDialog

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.account_deletion import AccountDeletion, DeletionState
from desktop.views.activities import Activities
from desktop.views.clipboard import SecretClipboard
from desktop.views.settings_page import SettingsPage, Tab
from tests.gui.fake_account import ASKED, DELETED, RUNNING
from tests.gui.looking import click, visible_texts, wait_for


@pytest.fixture
def page(qtbot, jobs, theme):
    page = SettingsPage(jobs, Activities(jobs), SecretClipboard())
    qtbot.addWidget(page)
    page.resize(1060, 2400)
    page.show()
    return page


def settled(qtbot, page):
    wait_for(qtbot, lambda: not page.jobs.running)


@pytest.fixture
def shown(qtbot, page, controls):
    """The card, for a deletion that stands like this."""

    def show(found=None):
        controls.deletion = found or AccountDeletion(DeletionState.NONE)
        page.show_target(Tab.ACCOUNT)
        settled(qtbot, page)
        return page.account.deletion

    return show


def told(card):
    return " ".join(visible_texts(card))


def test_owner_looks_first_chooses_the_day_and_withdraws(qtbot, page, shown, controls):
    card = shown()
    assert "30 days from now at the latest" in told(card)
    assert not card.ask.isVisible()
    click(qtbot, card.look)
    settled(qtbot, page)
    for words in ("This is deleted", "18,240", "This is kept, and names nobody", "2036-12-31",
                  "This cannot be reached from here"):  # fmt: skip
        assert words in told(card)
    assert card.day.day() == date(2026, 12, 7)
    click(qtbot, card.ask)
    settled(qtbot, page)
    assert controls.arguments["AccountDeletionService.ask"][0] == date(2026, 12, 7)
    assert "by 23 Dec 2026 at the latest" in told(card)
    assert not card.ask.isVisible()
    click(qtbot, card.withdraw)
    settled(qtbot, page)
    assert "Nothing was deleted" in told(card)
    assert controls.deletion.state is DeletionState.NONE


def test_what_begins_today_is_confirmed_and_begins(qtbot, page, shown, controls):
    card = shown()
    click(qtbot, card.look)
    settled(qtbot, page)
    card.day.show_day(date(2026, 11, 23))
    assert not card.ask.isEnabled()
    click(qtbot, card.sure)
    click(qtbot, card.ask)
    settled(qtbot, page)
    assert "AccountDeletionService.go_on" in controls.arguments
    assert "Service closed, last figures read" in told(card)
    assert not card.withdraw.isVisible()


def test_day_is_moved_and_a_refusal_stands_beside_it(qtbot, page, shown, controls):
    card = shown(ASKED)
    click(qtbot, card.look)
    settled(qtbot, page)
    assert card.ask.text() == "Move it to this day"
    controls.fail_with("AccountDeletionService.ask", InvalidInput("Another day.", field="day"))
    click(qtbot, card.ask)
    settled(qtbot, page)
    assert "Another day." in told(card.day_field)


def test_service_that_is_away_is_tried_again_or_given_up(qtbot, page, shown, controls):
    card = shown(RUNNING)
    assert "cannot be taken back" in told(card)
    assert "cannot be reached. It is tried again by itself." in told(card)
    click(qtbot, card.again)
    settled(qtbot, page)
    click(qtbot, card.without)
    settled(qtbot, page)
    assert "This account was deleted on" in told(card)


def test_certificate_and_books_are_saved_and_the_rest_is_removed(
    qtbot, page, shown, controls, monkeypatch
):
    card = shown(DELETED)
    assert "What was done" in told(card)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/tmp/file", ""))  # noqa: S108
    for button, method in ((card.certificate, "write_certificate"), (card.books, "write_books")):
        click(qtbot, button)
        settled(qtbot, page)
        assert controls.arguments[f"AccountDeletionService.{method}"] == ("/tmp/file",)  # noqa: S108
    assert not card.remove.isEnabled()
    click(qtbot, card.remove_sure)
    with qtbot.waitSignal(page.workspace_removed):
        click(qtbot, card.remove)
    settled(qtbot, page)


def test_owner_is_sent_to_the_export_first(qtbot, page, shown):
    with qtbot.waitSignal(page.destination_wanted) as wanted:
        click(qtbot, shown().export)
    assert wanted.args == ["exports"]


def test_deletion_on_another_computer_is_told_calmly(shown):
    found = AccountDeletion(DeletionState.NONE, is_deleted_elsewhere=True)
    assert "was deleted on another computer" in told(shown(found))
