"""Other ways into the vault: recovery code, keyring, backup; and the pause after wrong ones."""

from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QAbstractButton

from desktop.domain.errors import BackupDamaged, KeyringLocked
from desktop.domain.vault import BackupSummary
from desktop.views import unlock_page
from desktop.views.dialogs.cannot_unlock import BACKUP, CODE, KEYRING, CannotUnlockDialog
from desktop.views.unlock_page import UnlockPage
from tests.gui.fakes import PASSPHRASE, RECOVERY_CODE
from tests.gui.looking import click, type_into, wait_for

MADE = BackupSummary("/backups/one", datetime(2026, 11, 22, tzinfo=UTC), "daily", 7, 4096)


@pytest.fixture
def page(qtbot, jobs, theme):
    page = UnlockPage(jobs, "default")
    qtbot.addWidget(page)
    page.show()
    return page


@pytest.fixture
def dialog(qtbot, page, controls):
    controls.backups = (MADE,)
    click(qtbot, page.help)
    dialog = page.findChild(CannotUnlockDialog)
    wait_for(qtbot, lambda: dialog.backup.count() == 1)
    return dialog


def choose(qtbot, dialog, way):
    click(qtbot, dialog.way.buttons[way])


def test_recovery_code_opens_and_gives_a_new_passphrase(qtbot, page, dialog, controls):
    choose(qtbot, dialog, CODE)
    type_into(qtbot, dialog.code, RECOVERY_CODE)
    type_into(qtbot, dialog.new_passphrase.field, PASSPHRASE)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, dialog.go)
    assert controls.arguments["VaultService.set_passphrase"] == (PASSPHRASE,)
    assert dialog.code.text() == ""


def test_wrong_recovery_code_is_told_and_can_be_typed_again(qtbot, page, dialog):
    type_into(qtbot, dialog.code, "wrong")
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.problem.isVisible)
    assert "does not open" in dialog.problem.text()
    assert dialog.go.isEnabled()


def test_keyring_opens_or_says_why_not(qtbot, page, dialog, controls):
    controls.fail_with(
        "WorkspaceService.unlock_by_keyring", KeyringLocked("The keyring is locked.")
    )
    choose(qtbot, dialog, KEYRING)
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.problem.isVisible)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, dialog.go)


def test_backup_is_restored_with_the_secret_of_its_time(qtbot, page, dialog, controls):
    choose(qtbot, dialog, BACKUP)
    type_into(qtbot, dialog.secret.field, PASSPHRASE)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, dialog.go)
    assert controls.arguments["WorkspaceService.restore"] == (MADE.path, PASSPHRASE, False)


def test_damaged_backup_is_told_and_nothing_is_closed(qtbot, page, dialog, controls):
    controls.fail_with("WorkspaceService.restore", BackupDamaged("This backup is damaged."))
    choose(qtbot, dialog, BACKUP)
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.problem.isVisible)
    assert dialog.isVisible()


def test_nothing_offers_to_delete(qtbot, dialog):
    labels = " ".join(button.text().lower() for button in dialog.findChildren(QAbstractButton))
    assert "delete" not in labels


def test_02_pause_grows_with_wrong_passphrases_and_ends(qtbot, page, monkeypatch):
    monkeypatch.setattr(unlock_page, "LONGEST_PAUSE_S", 0)
    for _ in range(3):
        wait_for(qtbot, page.unlock.isEnabled)
        type_into(qtbot, page.passphrase.field, "wrong")
        click(qtbot, page.unlock)
        wait_for(qtbot, lambda: not page.busy.isVisible())
    assert page._failures == 3
    wait_for(qtbot, lambda: page.wait.text() != "")
    wait_for(qtbot, page.unlock.isEnabled)
    type_into(qtbot, page.passphrase.field, PASSPHRASE)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, page.unlock)
