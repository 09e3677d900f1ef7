"""The first run: from nothing to the first call, by mouse and by keyboard."""

import pytest
from PySide6.QtCore import Qt

from desktop.domain.errors import EmbeddedServiceFailed, VaultError
from desktop.views.first_run import FirstRun
from tests.gui.fakes import PASSPHRASE, RECOVERY_CODE, SAMPLE, SDK_KEY, TODAY
from tests.gui.looking import click, type_into, wait_for


@pytest.fixture
def wizard(qtbot, jobs, theme, controls):
    controls.has_usage = False
    wizard = FirstRun(jobs, today=lambda _: TODAY)
    qtbot.addWidget(wizard)
    wizard.resize(1280, 800)
    wizard.show()
    return wizard


def create_vault(qtbot, wizard):
    type_into(qtbot, wizard.vault.passphrase.first.field, PASSPHRASE)
    type_into(qtbot, wizard.vault.passphrase.second.field, PASSPHRASE)
    click(qtbot, wizard.go_on)
    wait_for(qtbot, lambda: wizard.recovery.panel.code.toPlainText() == RECOVERY_CODE)
    type_into(qtbot, wizard.recovery.panel.typed, RECOVERY_CODE)
    click(qtbot, wizard.go_on)
    wait_for(qtbot, wizard.service.isVisible)


def use_embedded(qtbot, wizard):
    create_vault(qtbot, wizard)
    click(qtbot, wizard.go_on)
    wait_for(qtbot, wizard.snippet.isVisible)


def reach_last_step(qtbot, wizard):
    use_embedded(qtbot, wizard)
    click(qtbot, wizard.go_on)
    wait_for(qtbot, wizard.first_call.isVisible)


def test_whole_way_with_the_embedded_service(qtbot, wizard, controls):
    assert wizard.count.text() == "STEP 1 OF 5"
    use_embedded(qtbot, wizard)
    wait_for(qtbot, lambda: SDK_KEY in wizard.snippet.snippets.code.toPlainText())
    click(qtbot, wizard.go_on)
    wait_for(qtbot, wizard.first_call.isVisible)
    assert wizard.first_call.news.text() == "No call has arrived yet."
    controls.has_usage = True
    wizard.first_call.jobs.noticed.emit("usage")
    wait_for(qtbot, lambda: wizard.first_call.has_call)
    assert wizard.first_call.news.text().startswith("The first call has arrived")
    with qtbot.waitSignal(wizard.finished):
        click(qtbot, wizard.go_on)


def test_whole_way_by_keyboard(qtbot, wizard):
    qtbot.keyClicks(wizard.vault.passphrase.first.field, PASSPHRASE)
    qtbot.keyClicks(wizard.vault.passphrase.second.field, PASSPHRASE)
    qtbot.keyClick(wizard.vault.passphrase.second.field, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: wizard.recovery.panel.code.toPlainText() == RECOVERY_CODE)
    qtbot.keyClicks(wizard.recovery.panel.typed, RECOVERY_CODE)
    qtbot.keyClick(wizard.recovery.panel.typed, Qt.Key.Key_Return)
    wait_for(qtbot, wizard.service.isVisible)
    for step in (wizard.snippet, wizard.first_call):
        qtbot.keyClick(wizard, Qt.Key.Key_Return)
        wait_for(qtbot, step.isVisible)
    with qtbot.waitSignal(wizard.finished):
        qtbot.keyClick(wizard, Qt.Key.Key_Return)


def test_two_different_passphrases_make_no_vault(qtbot, wizard, controls):
    type_into(qtbot, wizard.vault.passphrase.first.field, PASSPHRASE)
    type_into(qtbot, wizard.vault.passphrase.second.field, "something else")
    click(qtbot, wizard.go_on)
    assert wizard.vault.passphrase.second.problem.isVisible()
    assert "WorkspaceService.create" not in controls.calls


def test_short_passphrase_is_refused_beside_the_field(qtbot, wizard):
    for field in (wizard.vault.passphrase.first.field, wizard.vault.passphrase.second.field):
        type_into(qtbot, field, "short")
    click(qtbot, wizard.go_on)
    wait_for(qtbot, wizard.vault.passphrase.first.problem.isVisible)
    assert "too short" in wizard.vault.passphrase.first.problem.text()


def test_nothing_typed_is_said(qtbot, wizard):
    click(qtbot, wizard.go_on)
    assert wizard.vault.passphrase.first.problem.isVisible()


def test_strength_is_judged_while_typing(qtbot, wizard):
    type_into(qtbot, wizard.vault.passphrase.first.field, "abc")
    wait_for(qtbot, lambda: wizard.vault.passphrase.strength.text().startswith("Very weak"))
    assert "Add another word" in wizard.vault.passphrase.strength.text()
    type_into(qtbot, wizard.vault.passphrase.first.field, PASSPHRASE)
    wait_for(qtbot, lambda: wizard.vault.passphrase.strength.text() == "Strong.")
    assert wizard.vault.passphrase.meter.value() == 5


def test_making_the_vault_shows_that_it_works(qtbot, wizard, controls):
    controls.hold("WorkspaceService.create")
    type_into(qtbot, wizard.vault.passphrase.first.field, PASSPHRASE)
    type_into(qtbot, wizard.vault.passphrase.second.field, PASSPHRASE)
    click(qtbot, wizard.go_on)
    assert wizard.vault.busy.isVisible()
    assert not wizard.go_on.isEnabled()
    controls.release("WorkspaceService.create")
    wait_for(qtbot, wizard.recovery.isVisible)
    assert wizard.vault.passphrase.first.text() == ""


def test_service_at_a_url_is_joined(qtbot, wizard, controls):
    create_vault(qtbot, wizard)
    click(qtbot, wizard.service.chooser.remote)
    type_into(qtbot, wizard.service.chooser.url, "https://usageflow.example")
    type_into(qtbot, wizard.service.chooser.token, "uf_owner_x")
    click(qtbot, wizard.go_on)
    wait_for(qtbot, wizard.snippet.isVisible)
    assert controls.arguments["ConnectionService.use_remote"] == (
        "https://usageflow.example",
        "uf_owner_x",
    )
    assert wizard.service.chooser.token.text() == ""


def test_another_host_gets_a_plain_sentence_beside_the_address(qtbot, wizard):
    create_vault(qtbot, wizard)
    click(qtbot, wizard.service.chooser.remote)
    type_into(qtbot, wizard.service.chooser.url, "https://shop.example")
    click(qtbot, wizard.go_on)
    problem = wizard.service.chooser.fields["url"].problem
    wait_for(qtbot, problem.isVisible)
    assert "does not answer like a UsageFlow service" in problem.text()


def test_embedded_service_that_fails_is_explained_and_can_be_tried_again(qtbot, wizard, controls):
    create_vault(qtbot, wizard)
    controls.fail_with(
        "ConnectionService.use_embedded", EmbeddedServiceFailed("Port 8787 is in use.")
    )
    click(qtbot, wizard.go_on)
    wait_for(qtbot, wizard.service.chooser.message.isVisible)
    assert wizard.service.chooser.message.text.text() == "Port 8787 is in use."
    click(qtbot, wizard.go_on)
    wait_for(qtbot, wizard.snippet.isVisible)


def test_all_but_the_vault_can_be_skipped(qtbot, wizard):
    assert not wizard.skip.isVisible()
    create_vault(qtbot, wizard)
    with qtbot.waitSignal(wizard.finished):
        click(qtbot, wizard.skip)


def test_back_goes_one_step_but_never_to_the_vault(qtbot, wizard):
    use_embedded(qtbot, wizard)
    click(qtbot, wizard.back)
    assert wizard.service.isVisible()
    assert not wizard.back.isVisible()
    qtbot.keyClick(wizard, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert wizard.service.isVisible()


def test_alt_left_goes_back(qtbot, wizard):
    reach_last_step(qtbot, wizard)
    wizard.activateWindow()
    qtbot.keyClick(wizard, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    wait_for(qtbot, wizard.snippet.isVisible)


def test_sample_data_leads_straight_to_the_window(qtbot, wizard, controls):
    reach_last_step(qtbot, wizard)
    with qtbot.waitSignal(wizard.finished):
        click(qtbot, wizard.first_call.sample)
    assert "SampleDataService.load" in controls.calls
    assert wizard.first_call.sample_id == SAMPLE.application_id


def test_sample_data_that_fails_is_explained(qtbot, wizard, controls):
    reach_last_step(qtbot, wizard)
    controls.fail_with("SampleDataService.load", VaultError("The disk is full."))
    click(qtbot, wizard.first_call.sample)
    wait_for(qtbot, wizard.first_call.message.isVisible)
    assert wizard.first_call.sample.isEnabled()


def test_waiting_has_the_core_sync_every_second(qtbot, wizard, controls):
    reach_last_step(qtbot, wizard)
    wait_for(qtbot, lambda: controls.arguments.get("SyncService.set_live") == (True,))


def test_key_leaves_the_screen_with_the_wizard(qtbot, wizard):
    reach_last_step(qtbot, wizard)
    click(qtbot, wizard.go_on)
    assert wizard.snippet.snippets.code.toPlainText() == ""


def test_quit_is_possible_before_anything_is_made(qtbot, wizard):
    with qtbot.waitSignal(wizard.quit_requested):
        click(qtbot, wizard.quit)


def test_recovery_code_that_is_typed_wrong_does_not_count(qtbot, wizard):
    type_into(qtbot, wizard.vault.passphrase.first.field, PASSPHRASE)
    type_into(qtbot, wizard.vault.passphrase.second.field, PASSPHRASE)
    click(qtbot, wizard.go_on)
    wait_for(qtbot, lambda: wizard.recovery.panel.code.toPlainText() == RECOVERY_CODE)
    type_into(qtbot, wizard.recovery.panel.typed, "3HE8W")
    click(qtbot, wizard.go_on)
    wait_for(qtbot, wizard.recovery.panel.field.problem.isVisible)
    assert "slip" in wizard.recovery.panel.field.problem.text()
    assert wizard.recovery.isVisible()


def test_recovery_code_can_wait_and_is_not_kept_on_the_page(qtbot, wizard, controls):
    type_into(qtbot, wizard.vault.passphrase.first.field, PASSPHRASE)
    type_into(qtbot, wizard.vault.passphrase.second.field, PASSPHRASE)
    click(qtbot, wizard.go_on)
    wait_for(qtbot, lambda: wizard.recovery.panel.code.toPlainText() == RECOVERY_CODE)
    click(qtbot, wizard.skip)
    wait_for(qtbot, wizard.service.isVisible)
    with qtbot.waitSignal(wizard.finished):
        click(qtbot, wizard.skip)
    assert wizard.recovery.panel.code.toPlainText() == ""
    assert "VaultService.confirm_recovery_code" not in controls.calls
