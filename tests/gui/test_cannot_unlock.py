"""Other ways into the vault: recovery code, keyring, backup; and the pause after wrong ones."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtWidgets import QAbstractButton

from desktop.domain.errors import BackupDamaged, Cancelled, InvalidInput, KeyringLocked
from desktop.domain.vault import BackupSummary
from desktop.views import unlock_page
from desktop.views.dialogs.cannot_unlock import CannotUnlockDialog, Way
from desktop.views.unlock_page import UnlockPage
from tests.gui.fakes import PASSPHRASE, RECOVERY_CODE
from tests.gui.looking import click, holds_nothing, type_into, wait_for

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
    wait_for(qtbot, lambda: dialog.restore.table.chosen() is not None)
    return dialog


def choose(qtbot, dialog, way):
    click(qtbot, dialog.way.buttons[way])


def test_recovery_code_opens_and_gives_a_new_passphrase(qtbot, page, dialog, controls):
    choose(qtbot, dialog, Way.CODE)
    code = dialog.code
    type_into(qtbot, code, RECOVERY_CODE)
    type_into(qtbot, dialog.new_passphrase.first.field, PASSPHRASE)
    type_into(qtbot, dialog.new_passphrase.second.field, PASSPHRASE)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, dialog.go)
    assert controls.arguments["VaultService.set_passphrase"] == (PASSPHRASE,)
    assert holds_nothing(code)


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
    choose(qtbot, dialog, Way.KEYRING)
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.problem.isVisible)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, dialog.go)


def test_backup_is_restored_with_the_secret_of_its_time(qtbot, page, dialog, controls):
    choose(qtbot, dialog, Way.BACKUP)
    type_into(qtbot, dialog.restore.secret.field, PASSPHRASE)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, dialog.go)
    assert controls.arguments["WorkspaceService.restore"] == (MADE.path, PASSPHRASE, False)


def test_damaged_backup_is_told_and_nothing_is_closed(qtbot, page, dialog, controls):
    controls.fail_with("WorkspaceService.restore", BackupDamaged("This backup is damaged."))
    choose(qtbot, dialog, Way.BACKUP)
    type_into(qtbot, dialog.restore.secret.field, PASSPHRASE)
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


def test_new_passphrase_has_a_meter_and_is_typed_twice(qtbot, page, dialog, controls):
    type_into(qtbot, dialog.code, RECOVERY_CODE)
    type_into(qtbot, dialog.new_passphrase.first.field, "another long passphrase")
    wait_for(qtbot, lambda: dialog.new_passphrase.strength.text() == "Strong.")
    click(qtbot, dialog.go)
    assert dialog.new_passphrase.second.problem.isVisible()
    assert "WorkspaceService.unlock_by_recovery_code" not in controls.calls


def test_code_alone_opens_and_leaves_the_passphrase(qtbot, page, dialog, controls):
    click(qtbot, dialog.go)
    assert dialog.code_field.problem.isVisible()
    type_into(qtbot, dialog.code, RECOVERY_CODE)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, dialog.go)
    assert "VaultService.set_passphrase" not in controls.calls


def test_refused_new_passphrase_keeps_the_open_vault(qtbot, page, dialog, controls):
    controls.fail_with(
        "VaultService.set_passphrase", InvalidInput("Too short.", field="new_passphrase")
    )
    type_into(qtbot, dialog.code, RECOVERY_CODE)
    for field in (dialog.new_passphrase.first, dialog.new_passphrase.second):
        type_into(qtbot, field.field, "short")
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.new_passphrase.first.problem.isVisible)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, dialog.cancel)


def test_backup_of_another_computer_is_restored_with_the_recovery_code(
    qtbot, page, dialog, controls
):
    choose(qtbot, dialog, Way.BACKUP)
    dialog.restore.look_into("/usb/backup")
    wait_for(qtbot, lambda: dialog.restore.table.chosen().backup.path == "/usb/backup")
    click(qtbot, dialog.restore.kind.buttons[True])
    assert dialog.restore.secret.field.accessibleName() == "Recovery code"
    click(qtbot, dialog.go)
    assert dialog.restore.secret.problem.isVisible()
    field = dialog.restore.secret.field
    type_into(qtbot, field, f" {RECOVERY_CODE} ")
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, dialog.go)
    assert controls.arguments["WorkspaceService.restore"] == ("/usb/backup", RECOVERY_CODE, True)
    assert holds_nothing(field)


def test_restore_is_stopped_and_the_dialog_stays(qtbot, page, dialog, controls):
    choose(qtbot, dialog, Way.BACKUP)
    type_into(qtbot, dialog.restore.secret.field, PASSPHRASE)
    controls.hold("WorkspaceService.restore")
    controls.fail_with("WorkspaceService.restore", Cancelled("Stopped. Nothing was changed."))
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.progress.isVisible)
    click(qtbot, dialog.cancel)
    controls.release("WorkspaceService.restore")
    wait_for(qtbot, dialog.problem.isVisible)
    assert dialog.isVisible()


def test_computer_without_backups_asks_for_a_folder(qtbot, page, controls):
    page.open_restore("")
    dialog = page.findChild(CannotUnlockDialog)
    wait_for(qtbot, dialog.restore.none.isVisible)
    click(qtbot, dialog.go)
    assert "WorkspaceService.restore" not in controls.calls


def test_restore_begins_with_the_backup_that_was_chosen_before(qtbot, page, controls):
    controls.backups = (MADE,)
    page.open_restore("/usb/backup")
    dialog = page.findChild(CannotUnlockDialog)
    wait_for(qtbot, lambda: dialog.restore.table.chosen() is not None)
    wait_for(qtbot, lambda: dialog.restore.table.chosen().backup.path == "/usb/backup")
    assert not dialog.way.isVisible()


def test_keyring_that_opens_the_vault_is_offered_at_once(qtbot, page, controls):
    assert not page.by_keyring.isVisible()
    controls.vault = replace(controls.vault, keyring="Secret Service")
    page.ask_for_ways()
    wait_for(qtbot, page.by_keyring.isVisible)
    assert "Secret Service" in page.by_keyring.text()
    controls.fail_with("WorkspaceService.unlock_by_keyring", KeyringLocked("It is locked."))
    click(qtbot, page.by_keyring)
    wait_for(qtbot, page.passphrase.problem.isVisible)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, page.by_keyring)


def test_slip_in_the_code_of_a_backup_stands_beside_its_field(qtbot, page, dialog, controls):
    controls.fail_with(
        "WorkspaceService.restore", InvalidInput("There is a slip.", field="recovery_code")
    )
    choose(qtbot, dialog, Way.BACKUP)
    type_into(qtbot, dialog.restore.secret.field, "3HE8W")
    click(qtbot, dialog.go)
    wait_for(qtbot, lambda: dialog.restore.secret.problem.text() == "There is a slip.")
    assert not dialog.problem.isVisible()
    assert dialog.go.isEnabled()
