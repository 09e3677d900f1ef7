"""The account is deleted in the window: looked at first, then asked for, and calm throughout."""

from datetime import date

import pytest
from PySide6.QtWidgets import QFileDialog

from desktop.domain.connection import SyncPhase, SyncState
from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.account_deletion import AccountDeletion, DeletionState
from desktop.views.activities import Activities
from desktop.views.clipboard import SecretClipboard
from desktop.views.deletion_bar import DeletionBar
from desktop.views.settings.deletion_card import DeletionCard
from desktop.views.settings_page import SettingsPage, Tab
from desktop.views.window_message import WindowMessage
from tests.gui.fake_account import ASKED, DELETED, RUNNING
from tests.gui.looking import click, visible_texts, wait_for


@pytest.fixture
def card(qtbot, jobs, theme):
    card = DeletionCard(jobs)
    qtbot.addWidget(card)
    card.resize(1000, 900)
    card.show()
    return card


def settled(qtbot, card):
    wait_for(qtbot, lambda: not card._jobs.running)


@pytest.fixture
def shown(qtbot, card, controls):
    """The card, for a deletion that stands like this."""

    def show(found=None):
        controls.deletion = found or AccountDeletion(DeletionState.NONE)
        card.load()
        settled(qtbot, card)
        return card

    return show


def told(card):
    return " ".join(visible_texts(card))


def test_owner_looks_first_chooses_the_day_and_withdraws(qtbot, shown, controls):
    card = shown()
    assert "30 days from now at the latest" in told(card)
    assert not card.ask.isVisible()
    click(qtbot, card.look)
    settled(qtbot, card)
    for words in ("This is deleted", "18,240", "This is kept, and names nobody", "2036-12-31",
                  "This cannot be reached from here"):  # fmt: skip
        assert words in told(card)
    assert card.day.day() == date(2026, 12, 7)
    click(qtbot, card.ask)
    settled(qtbot, card)
    assert controls.arguments["AccountDeletionService.ask"][0] == date(2026, 12, 7)
    assert "by 23 Dec 2026 at the latest" in told(card)
    assert not card.ask.isVisible()
    click(qtbot, card.withdraw)
    settled(qtbot, card)
    assert "Nothing was deleted" in told(card)
    assert controls.deletion.state is DeletionState.NONE


def test_what_begins_today_is_confirmed_and_begins(qtbot, shown, controls):
    card = shown()
    click(qtbot, card.look)
    settled(qtbot, card)
    card.day.show_day(date(2026, 11, 23))
    assert not card.ask.isEnabled()
    click(qtbot, card.sure)
    click(qtbot, card.ask)
    settled(qtbot, card)
    assert "AccountDeletionService.go_on" in controls.arguments
    assert "Service closed, last figures read" in told(card)
    assert not card.withdraw.isVisible()


def test_day_is_moved_and_a_refusal_stands_beside_it(qtbot, shown, controls):
    card = shown(ASKED)
    click(qtbot, card.look)
    settled(qtbot, card)
    assert card.ask.text() == "Move it to this day"
    controls.fail_with("AccountDeletionService.ask", InvalidInput("Another day.", field="day"))
    click(qtbot, card.ask)
    settled(qtbot, card)
    assert "Another day." in told(card.day_field)


def test_service_that_is_away_is_tried_again_or_given_up(qtbot, shown, controls):
    card = shown(RUNNING)
    assert "cannot be taken back" in told(card)
    assert "cannot be reached. It is tried again by itself." in told(card)
    click(qtbot, card.again)
    settled(qtbot, card)
    click(qtbot, card.without)
    settled(qtbot, card)
    assert "This account was deleted on" in told(card)


def test_certificate_and_books_are_saved_and_the_rest_is_removed(
    qtbot, shown, controls, monkeypatch
):
    card = shown(DELETED)
    assert "What was done" in told(card)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/tmp/file", ""))  # noqa: S108
    for button, method in ((card.certificate, "write_certificate"), (card.books, "write_books")):
        click(qtbot, button)
        settled(qtbot, card)
        assert controls.arguments[f"AccountDeletionService.{method}"] == ("/tmp/file",)  # noqa: S108
    assert not card.remove.isEnabled()
    click(qtbot, card.remove_sure)
    with qtbot.waitSignal(card.removed):
        click(qtbot, card.remove)
    settled(qtbot, card)


def test_settings_show_it_and_pass_on_what_the_owner_wants(qtbot, jobs, theme, controls):
    page = SettingsPage(jobs, Activities(jobs), SecretClipboard())
    qtbot.addWidget(page)
    page.resize(1060, 700)
    page.show()
    page.show_target(Tab.ACCOUNT)
    wait_for(qtbot, lambda: not jobs.running)
    card = page.account.deletion
    wait_for(qtbot, lambda: not card.visibleRegion().isEmpty())
    with qtbot.waitSignal(page.destination_wanted) as wanted:
        click(qtbot, card.export)
    assert wanted.args == ["exports"]
    with qtbot.waitSignal(page.workspace_removed):
        card.removed.emit()


def test_deletion_on_another_computer_is_told_calmly(shown):
    found = AccountDeletion(DeletionState.NONE, is_deleted_elsewhere=True)
    assert "was deleted on another computer" in told(shown(found))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (ASKED, "by 23 Dec 2026 at the latest"),
        (RUNNING, "goes on by itself"),
        (DELETED, "was deleted on"),
        (AccountDeletion(DeletionState.NONE, is_deleted_elsewhere=True), "on another computer"),
    ],
)
@pytest.mark.usefixtures("theme")
def test_window_says_above_every_page_that_the_account_ends(qtbot, jobs, controls, found, said):
    bar = DeletionBar(jobs)
    qtbot.addWidget(bar)
    bar.look()
    wait_for(qtbot, lambda: not jobs.running)
    assert not bar.isVisible()
    controls.deletion = found
    jobs.noticed.emit("privacy")
    wait_for(qtbot, bar.isVisible)
    assert said in told(bar)
    with qtbot.waitSignal(bar.place_wanted) as wanted:
        click(qtbot, bar._buttons[0])
    assert wanted.args == ["settings", Tab.ACCOUNT]
    bar.dismiss()
    jobs.noticed.emit("privacy")
    wait_for(qtbot, lambda: not jobs.running)
    assert not bar.isVisible()


def test_sync_that_learns_of_it_shows_no_fault():
    message = WindowMessage()
    ended = {"problem": "The account was deleted.", "problem_code": "account_deleted"}
    failed = SyncState(SyncPhase.FAILED, None, 0, 0, backfill_done=True, **ended)
    message.show_sync(failed)
    assert message.isHidden()
