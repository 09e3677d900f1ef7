"""Settings: theme, ways into the vault, backups, locking, service, snippets, sample data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop.domain.connection import ConnectionInfo, ServiceKind
from desktop.domain.errors import (
    EmbeddedServiceFailed,
    InvalidInput,
    KeyringLocked,
    LinksNotRegistered,
    VaultDamaged,
    VaultError,
    WrongPassphrase,
)
from desktop.domain.vault import BackupCheck, Finding, KeyringState, RecoveryState, Severity
from desktop.views.activities import Activities
from desktop.views.clipboard import SecretClipboard
from desktop.views.settings import dialogs
from desktop.views.settings.dialogs import ConfirmedDialog, PassphraseDialog, RecoveryDialog
from desktop.views.settings.locking_card import CaptureCard
from desktop.views.settings_page import SettingsPage, Tab
from desktop.views.theme import Scheme
from desktop.views.translations import translate
from tests.gui.fakes import BACKUP, PASSPHRASE, RECOVERY_CODE, SDK_KEY
from tests.gui.looking import (
    click,
    click_row,
    column_texts,
    holds_nothing,
    type_into,
    visible_texts,
    wait_for,
)

OLDER = replace(BACKUP, path="/backups/older", made_at=BACKUP.made_at - timedelta(days=1))


@pytest.fixture
def page(qtbot, qapp, jobs, theme):
    translate(qapp)
    page = SettingsPage(jobs, Activities(jobs), SecretClipboard())
    qtbot.addWidget(page)
    page.resize(1060, 1300)
    page.show()
    return page


@pytest.fixture
def service_page(qtbot, page):
    turn(qtbot, page, Tab.SERVICE)
    wait_for(qtbot, page.embedded.stop.isEnabled)
    wait_for(qtbot, lambda: SDK_KEY in page.snippets.code.toPlainText())
    return page


@pytest.fixture
def security(qtbot, page):
    turn(qtbot, page, Tab.SECURITY)
    return page


@pytest.fixture
def backups(qtbot, page, controls):
    controls.backups = (BACKUP, OLDER)
    turn(qtbot, page, Tab.BACKUPS)
    return page.backups


def turn(qtbot, page, tab):
    click(qtbot, page.tab.buttons[tab])
    wait_for(qtbot, lambda: not page.jobs.running)


def told(widget):
    return " ".join(visible_texts(widget))


def test_theme_is_chosen(qtbot, page):
    with qtbot.waitSignal(page.scheme_chosen) as chosen:
        click(qtbot, page.scheme.buttons[Scheme.DARK])
    assert chosen.args == [Scheme.DARK]


def test_service_is_stopped_and_started(qtbot, service_page):
    assert (
        service_page.embedded.place.text()
        == "Embedded service on this computer, http://127.0.0.1:8787"
    )
    click(qtbot, service_page.embedded.stop)
    wait_for(qtbot, service_page.embedded.start.isEnabled)
    assert service_page.embedded.state.text().startswith("Stopped")
    click(qtbot, service_page.embedded.start)
    wait_for(qtbot, service_page.embedded.stop.isEnabled)
    assert service_page.embedded.state.text().startswith("Running")


def test_start_at_login_is_remembered_by_the_service(qtbot, service_page, controls):
    click(qtbot, service_page.embedded.at_login)
    wait_for(qtbot, lambda: controls.embedded.starts_at_login)
    wait_for(qtbot, service_page.embedded.at_login.isEnabled)
    assert service_page.embedded.at_login.isChecked()


def test_start_at_login_that_fails_is_explained_and_unchecked(qtbot, service_page, controls):
    controls.fail_with(
        "ConnectionService.set_start_at_login",
        EmbeddedServiceFailed("This computer has no way to start programs at login."),
    )
    click(qtbot, service_page.embedded.at_login)
    wait_for(qtbot, service_page.embedded.message.isVisible)
    wait_for(qtbot, service_page.embedded.at_login.isEnabled)
    assert not service_page.embedded.at_login.isChecked()


def test_remote_service_has_nothing_to_start(qtbot, service_page, controls):
    controls.info = ConnectionInfo(
        ServiceKind.REMOTE, "https://usageflow.example", "wss://usageflow.example/ws", "app_acme"
    )
    service_page.reload()
    wait_for(
        qtbot, lambda: service_page.embedded.place.text() == "Service at https://usageflow.example"
    )
    assert not service_page.embedded.stop.isVisible()


def test_warning_about_the_service_is_shown(qtbot, service_page, controls):
    controls.info = ConnectionInfo(
        ServiceKind.EMBEDDED, "http://127.0.0.1:1", "ws://127.0.0.1:1/ws", "a", "Its key is a file."
    )
    service_page.reload()
    wait_for(qtbot, service_page.embedded.message.isVisible)
    assert service_page.embedded.message.text.text() == "Its key is a file."


def test_service_can_be_chosen_later(qtbot, service_page):
    with qtbot.waitSignal(service_page.connect_dialog_wanted):
        click(qtbot, service_page.choose_service)


def test_snippet_of_each_framework_is_copied(qtbot, service_page):
    for name, command in (("Flask", "pip install usageflow-flask"), ("Gin", "go get usageflow")):
        click(qtbot, service_page.snippets.framework.buttons[name])
        assert service_page.snippets.install.text() == command
        click(qtbot, service_page.snippets.copy_code)
        assert SDK_KEY in QGuiApplication.clipboard().text()
    assert service_page.snippets.copied.isVisible()


def test_key_in_the_snippet_does_not_wait_on_a_hidden_page(service_page):
    service_page.hide()
    assert service_page.snippets.code.toPlainText() == ""
    assert not service_page.snippets.copy_code.isEnabled()


def test_snippets_that_cannot_be_read_are_explained(qtbot, service_page, controls):
    controls.fail_with("ConnectionService.snippets", VaultError("The vault could not be read."))
    service_page.snippets.load()
    wait_for(qtbot, service_page.snippets.message.isVisible)
    click(qtbot, service_page.snippets.message.button("Retry"))
    wait_for(qtbot, lambda: not service_page.snippets.message.isVisible())


def test_sample_data_is_loaded_and_removed(qtbot, page, controls):
    with qtbot.waitSignal(page.sample_wanted):
        click(qtbot, page.load_sample)
    click(qtbot, page.remove_sample)
    wait_for(qtbot, lambda: "SampleDataService.remove" in controls.calls)


def test_lock_is_one_click_away(qtbot, security):
    with qtbot.waitSignal(security.locking.lock_wanted):
        click(qtbot, security.locking.lock)


def test_failed_removal_of_sample_data_is_explained(qtbot, page, controls):
    controls.fail_with("SampleDataService.remove", VaultError("The vault could not be written."))
    click(qtbot, page.remove_sample)
    wait_for(qtbot, page.states.message.isVisible)
    click(qtbot, page.states.message.button("Retry"))
    wait_for(qtbot, lambda: not page.states.message.isVisible())


def passphrase_dialog(qtbot, security):
    click(qtbot, security.ways_in.passphrase)
    return security.findChild(PassphraseDialog)


def fill(qtbot, dialog, current, first, second):
    for field, text in ((dialog.current, current), (dialog.new.first, first),
                        (dialog.new.second, second)):  # fmt: skip
        type_into(qtbot, field.field, text)


def test_passphrase_is_changed_with_the_one_in_force_and_a_meter(qtbot, security, controls):
    dialog = passphrase_dialog(qtbot, security)
    fill(qtbot, dialog, PASSPHRASE, "another long passphrase", "another long passphrase")
    wait_for(qtbot, lambda: dialog.new.strength.text() == "Strong.")
    fields = (dialog.current.field, dialog.new.first.field)
    with qtbot.waitSignal(security.toast_offered):
        click(qtbot, dialog.go)
    assert controls.arguments["VaultService.change_passphrase"] == (
        PASSPHRASE, "another long passphrase",
    )  # fmt: skip
    assert holds_nothing(fields[0])
    assert holds_nothing(fields[1])


def test_each_slip_in_a_new_passphrase_is_told_at_its_field(qtbot, security, controls):
    dialog = passphrase_dialog(qtbot, security)
    click(qtbot, dialog.go)
    assert dialog.current.problem.isVisible()
    fill(qtbot, dialog, "wrong", "one", "two")
    click(qtbot, dialog.go)
    assert dialog.new.second.problem.isVisible()
    controls.fail_with("VaultService.change_passphrase", WrongPassphrase("It does not open."))
    fill(qtbot, dialog, "wrong", "one", "one")
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.current.problem.isVisible)
    controls.fail_with(
        "VaultService.change_passphrase", InvalidInput("Too short.", field="new_passphrase")
    )
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.new.first.problem.isVisible)
    controls.fail_with("VaultService.change_passphrase", VaultError("The disk is full."))
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.message.isVisible)


def recovery_dialog(qtbot, security):
    click(qtbot, security.ways_in.recovery)
    dialog = security.findChild(RecoveryDialog)
    wait_for(qtbot, lambda: dialog.panel.code.toPlainText() == RECOVERY_CODE)
    return dialog


def test_new_recovery_code_counts_once_it_was_typed_back(qtbot, security, controls):
    controls.vault = replace(controls.vault, recovery=RecoveryState.NONE)
    security.reload()
    wait_for(qtbot, lambda: "There is no recovery code" in told(security.ways_in))
    dialog = recovery_dialog(qtbot, security)
    code, typed = dialog.panel.code, dialog.panel.typed
    type_into(qtbot, dialog.panel.typed, "3HE8W")
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.panel.field.problem.isVisible)
    type_into(qtbot, dialog.panel.typed, RECOVERY_CODE)
    with qtbot.waitSignal(security.toast_offered):
        click(qtbot, dialog.go)
    wait_for(qtbot, lambda: "typed back" in told(security.ways_in))
    assert holds_nothing(code)
    assert holds_nothing(typed)


def test_recovery_code_is_copied_for_a_while_saved_and_printed(
    qtbot, security, controls, monkeypatch
):
    panel = recovery_dialog(qtbot, security).panel
    click(qtbot, panel.copy)
    assert QGuiApplication.clipboard().text() == RECOVERY_CODE
    panel.save_to("/usb/code.txt")
    wait_for(qtbot, panel.said.isVisible)
    assert controls.arguments["VaultService.save_recovery_sheet"] == (
        "/usb/code.txt", RECOVERY_CODE,
    )  # fmt: skip
    printed = []
    monkeypatch.setattr(
        "desktop.views.recovery_panel.print_text", lambda _, text: printed.append(text)
    )
    click(qtbot, panel.print)
    wait_for(qtbot, lambda: bool(printed))
    assert RECOVERY_CODE in printed[0]


def test_closed_dialog_keeps_no_code(qtbot, security):
    dialog = recovery_dialog(qtbot, security)
    code = dialog.panel.code
    click(qtbot, dialog.cancel)
    assert holds_nothing(code)


def test_keyring_is_switched_and_says_what_it_holds(qtbot, security, controls):
    assert "never holds your passphrase" in told(security.ways_in)
    click(qtbot, security.ways_in.keyring)
    wait_for(qtbot, lambda: "holds the key and opens" in told(security.ways_in))
    click(qtbot, security.ways_in.keyring)
    wait_for(qtbot, lambda: "could hold a key" in told(security.ways_in))


@pytest.mark.parametrize(
    "problem",
    ["The keyring is locked.", "The keyring no longer has the key.", "It does not open the vault."],
)
def test_keyring_that_is_locked_empty_or_lies_is_told(qtbot, security, controls, problem):
    controls.keyring = KeyringState("Secret Service", is_on=True, problem=problem)
    security.reload()
    wait_for(qtbot, lambda: problem in told(security.ways_in))
    assert security.ways_in.keyring.isChecked()


def test_keyring_that_refuses_stays_off(qtbot, security, controls):
    controls.fail_with("VaultService.use_keyring", KeyringLocked("The keyring is locked."))
    click(qtbot, security.ways_in.keyring)
    wait_for(qtbot, security.ways_in.message.isVisible)
    assert not security.ways_in.keyring.isChecked()


def rotation(qtbot, security):
    click(qtbot, security.vault.rotate)
    dialog = security.findChild(ConfirmedDialog)
    type_into(qtbot, dialog.passphrase.field, PASSPHRASE)
    return dialog


def test_key_is_rotated_with_the_passphrase(qtbot, security, controls):
    dialog = rotation(qtbot, security)
    with qtbot.waitSignal(security.toast_offered):
        click(qtbot, dialog.go)
    assert controls.arguments["VaultService.rotate"] == (PASSPHRASE,)
    wait_for(qtbot, lambda: "23 Nov 2026" in security.vault.key_age.text())


def test_rotation_is_stopped_and_the_dialog_stays(qtbot, security, controls):
    dialog = rotation(qtbot, security)
    controls.hold("VaultService.rotate")
    click(qtbot, dialog.go)
    wait_for(qtbot, dialog.progress.isVisible)
    click(qtbot, dialog.cancel)
    controls.release("VaultService.rotate")
    wait_for(qtbot, dialog.message.isVisible)
    assert "Stopped" in dialog.message.text.text()
    assert dialog.isVisible()
    field = dialog.passphrase.field
    click(qtbot, dialog.cancel)
    assert holds_nothing(field)


def test_rotation_without_or_with_a_wrong_passphrase_is_told(qtbot, security, controls):
    dialog = rotation(qtbot, security)
    dialog.passphrase.clear()
    click(qtbot, dialog.go)
    assert dialog.passphrase.problem.isVisible()
    controls.fail_with("VaultService.rotate", WrongPassphrase("It does not open."))
    type_into(qtbot, dialog.passphrase.field, "wrong")
    click(qtbot, dialog.go)
    wait_for(qtbot, lambda: "does not open" in dialog.passphrase.problem.text())


def test_old_key_is_advised_against(qtbot, security, controls):
    controls.vault = replace(controls.vault, key_since=datetime(2020, 1, 1, tzinfo=UTC))
    security.reload()
    wait_for(qtbot, lambda: "each year" in security.vault.key_age.text())


def test_vault_is_verified_and_damage_is_told(qtbot, security, controls):
    click(qtbot, security.vault.verify)
    wait_for(qtbot, lambda: "362 pages" in security.vault.message.text.text())
    controls.fail_with("VaultService.verify", VaultDamaged("A page is damaged."))
    click(qtbot, security.vault.verify)
    wait_for(qtbot, lambda: "damaged" in security.vault.message.text.text())


def test_findings_and_the_place_of_the_vault_are_shown(qtbot, security, controls, monkeypatch):
    controls.findings = (Finding("folder", Severity.WARNING, "It lies in a synced folder."),)
    security.reload()
    wait_for(qtbot, lambda: "It lies in a synced folder." in told(security.vault))
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    click(qtbot, security.vault.show_folder)
    assert opened == ["/vault"]


def test_older_copy_can_be_looked_at_but_not_changed(qtbot, security, controls):
    controls.vault = replace(controls.vault, is_older_copy=True)
    security.reload()
    wait_for(qtbot, lambda: not security.ways_in.passphrase.isEnabled())
    assert not security.vault.rotate.isEnabled()
    assert security.vault.verify.isEnabled()


def test_events_that_lock_are_chosen(qtbot, security):
    with qtbot.waitSignal(security.locking.events_chosen) as chosen:
        click(qtbot, security.locking.on_sleep)
    assert chosen.args == [False, True]
    with qtbot.waitSignal(security.locking.lock_after_chosen) as minutes:
        click(qtbot, security.locking.after.buttons[5])
    assert minutes.args == [5]


@pytest.mark.parametrize(
    ("is_possible", "said"), [(True, "see the window black"), (False, "no way")]
)
def test_capture_guard_is_a_switch_or_an_honest_sentence(qtbot, theme, is_possible, said):
    card = CaptureCard(is_possible=is_possible)
    qtbot.addWidget(card)
    card.show()
    assert said in card.about.text()
    assert card.guard.isVisible() is is_possible


def test_backups_are_listed_made_and_checked(qtbot, backups, controls):
    assert column_texts(backups.table)[0] == "23 Nov 2026, 09:00"
    assert column_texts(backups.table, 1) == ["Daily", "Daily"]
    click(qtbot, backups.make)
    wait_for(qtbot, lambda: column_texts(backups.table, 1) == ["By hand", "Daily", "Daily"])
    assert "verified it" in backups.message.text.text()
    click(qtbot, backups.check)
    wait_for(qtbot, lambda: set(column_texts(backups.table, 2)) == {"Just now"})


def test_damaged_backup_is_told(backups):
    backups._checked(
        (BackupCheck(OLDER.path, is_sound=False), BackupCheck(BACKUP.path, is_sound=True))
    )
    assert column_texts(backups.table, 2) == ["Just now", "Damaged"]
    assert backups.message.text.text().startswith("1 backup damaged")


def test_backup_that_is_stopped_or_fails_is_told(qtbot, backups, controls):
    controls.fail_with("VaultService.back_up", VaultError("The disk is full."))
    click(qtbot, backups.make)
    wait_for(qtbot, lambda: "disk is full" in backups.message.text.text())
    assert backups.make.isEnabled()


def test_restore_of_a_backup_is_asked_for(qtbot, backups):
    assert not backups.restore.isEnabled()
    click_row(qtbot, backups.table, "22 Nov 2026, 09:00")
    with qtbot.waitSignal(backups.restore_wanted) as wanted:
        click(qtbot, backups.restore)
    assert wanted.args == [OLDER.path]
    with qtbot.waitSignal(backups.restore_wanted) as wanted:
        click(qtbot, backups.restore_other)
    assert wanted.args == [""]


def test_older_copy_is_accepted_with_the_passphrase(qtbot, page, jobs, controls):
    dialog = dialogs.acceptance_dialog(page, jobs)
    dialog.open()
    type_into(qtbot, dialog.passphrase.field, PASSPHRASE)
    with qtbot.waitSignal(dialog.succeeded):
        click(qtbot, dialog.go)
    assert controls.arguments["WorkspaceService.accept_older_copy"] == (PASSPHRASE,)


def test_links_of_other_programs_open_here_when_the_owner_ticks_it(qtbot, page, controls):
    card = page.links
    wait_for(qtbot, card.opens_links.isEnabled)
    assert not card.opens_links.isChecked()
    click(qtbot, card.opens_links)
    wait_for(qtbot, lambda: controls.arguments.get("LinkHandlerService.set") == (True,))
    wait_for(qtbot, card.opens_links.isChecked)


def test_tick_that_could_not_be_applied_is_taken_back(qtbot, page, controls):
    card = page.links
    wait_for(qtbot, card.opens_links.isEnabled)
    controls.fail_with("LinkHandlerService.set", LinksNotRegistered("The folder is full."))
    click(qtbot, card.opens_links)
    wait_for(qtbot, lambda: "The folder is full." in told(card))
    assert not card.opens_links.isChecked()
