"""Keys: secrets are shown while a button is held, and copied for a moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit

from desktop.domain.errors import ServiceUnreachable, VaultError
from desktop.domain.ids import KeyId
from desktop.domain.keys import KeyReport, SdkKeyUse
from desktop.views import figures
from desktop.views.clipboard import SecretClipboard
from desktop.views.keys.export_dialog import ExportDialog
from desktop.views.keys.import_dialog import ImportDialog
from desktop.views.keys.table import Part
from desktop.views.keys_page import KeysPage
from desktop.views.state_page import PageState
from desktop.views.translations import translate
from tests.gui.fakes import ACME, PASSPHRASE, SECRET, SYNCED_AT
from tests.gui.looking import (
    LEFT,
    click,
    click_row,
    column_texts,
    holds_nothing,
    row_texts,
    type_into,
    visible_texts,
    wait_for,
    wait_for_content,
    wait_for_state,
)

STRIPE = "Stripe, restricted"
SDK = "SDK key, Acme API"
NONE = figures.NOTHING
DOTS = "••••••••••••"


@pytest.fixture
def page(qtbot, qapp, jobs, theme):
    translate(qapp)
    page = KeysPage(jobs, SecretClipboard(), now=lambda: SYNCED_AT)
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.show()
    wait_for_content(qtbot, page)
    wait_for(qtbot, lambda: not jobs.running)
    return page


def hold(qtbot, page):
    """Press the button until the secret is there."""
    qtbot.mousePress(page.card.reveal, LEFT)
    wait_for(qtbot, lambda: page.card.secret.toPlainText() == SECRET)


def told(page):
    """Everything the card says."""
    return " ".join(visible_texts(page.card))


def use(key_id="", **changes):
    known = SdkKeyUse(KeyId(key_id), "k9", "app_acme", "Theirs", SYNCED_AT, SYNCED_AT, None, None)
    return replace(known, **changes)


def test_list_shows_no_secret(page):
    assert row_texts(page.table, 0) == [
        SDK,
        NONE,
        "Fine",
        NONE,
        NONE,
    ]
    assert row_texts(page.table, 1) == [
        STRIPE,
        NONE,
        "Fine",
        NONE,
        NONE,
    ]
    assert page.card.name.whole_text() == "Choose a key to see it."
    assert not page.card.reveal.isVisible()


def test_secret_is_shown_while_the_button_is_held(qtbot, page):
    click_row(qtbot, page.table, STRIPE)
    assert page.card.secret.toPlainText() == f"{DOTS}nary"
    hold(qtbot, page)
    qtbot.mouseRelease(page.card.reveal, LEFT)
    assert page.card.secret.toPlainText() == f"{DOTS}nary"


def test_space_bar_holds_as_the_mouse_does(qtbot, page):
    click_row(qtbot, page.table, STRIPE)
    page.card.reveal.setFocus()
    qtbot.keyPress(page.card.reveal, Qt.Key.Key_Space)
    wait_for(qtbot, lambda: page.card.secret.toPlainText() == SECRET)
    qtbot.keyRelease(page.card.reveal, Qt.Key.Key_Space)
    assert SECRET not in page.card.secret.toPlainText()


def test_click_alone_shows_nothing(qtbot, page, jobs):
    click_row(qtbot, page.table, STRIPE)
    click(qtbot, page.card.reveal)
    wait_for(qtbot, lambda: not jobs.running)
    assert SECRET not in page.card.secret.toPlainText()


def test_hold_ends_when_the_window_is_left_or_nothing_is_heard_of_the_key(qtbot, page):
    click_row(qtbot, page.table, STRIPE)
    hold(qtbot, page)
    page.card.reveal._longest.timeout.emit()
    assert SECRET not in page.card.secret.toPlainText()
    hold(qtbot, page)
    page.card.reveal.isActiveWindow = lambda: False
    QApplication.sendEvent(page.card.reveal, QEvent(QEvent.Type.ActivationChange))
    assert SECRET not in page.card.secret.toPlainText()


def test_secret_does_not_stay_when_another_key_is_chosen(qtbot, page):
    click_row(qtbot, page.table, STRIPE)
    hold(qtbot, page)
    page.table.choose("key_sdk")
    assert page.card.secret.toPlainText() == f"{DOTS}cdef"


def test_secret_does_not_wait_on_a_hidden_page(qtbot, page):
    click_row(qtbot, page.table, STRIPE)
    hold(qtbot, page)
    page.hide()
    assert SECRET not in page.card.secret.toPlainText()


def test_answer_that_comes_after_the_choice_changed_is_not_shown(qtbot, page, controls):
    controls.hold("ApiKeyService.reveal")
    click_row(qtbot, page.table, STRIPE)
    qtbot.mousePress(page.card.reveal, LEFT)
    page.table.choose("key_sdk")
    with qtbot.waitSignal(page.jobs.count_changed):
        controls.release("ApiKeyService.reveal")
    assert SECRET not in page.card.secret.toPlainText()


def test_shown_secret_can_be_neither_selected_nor_undone_nor_named(qtbot, page):
    click_row(qtbot, page.table, STRIPE)
    hold(qtbot, page)
    box = page.card.secret
    assert box.textInteractionFlags() == Qt.TextInteractionFlag.NoTextInteraction
    assert not box.isUndoRedoEnabled()
    for widget in (page, *page.findChildren(type(page).__mro__[1])):
        assert SECRET not in widget.windowTitle()
    for widget in page.findChildren(object):
        for said in ("accessibleName", "accessibleDescription", "toolTip"):
            assert SECRET not in (getattr(widget, said, str)() or "")


def test_copied_secret_is_announced_and_not_shown(qtbot, page):
    click_row(qtbot, page.table, STRIPE)
    with qtbot.waitSignal(page.toast_offered) as offered:
        click(qtbot, page.card.copy)
    assert QGuiApplication.clipboard().text() == SECRET
    assert SECRET not in offered.args[0]
    assert SECRET not in page.card.secret.toPlainText()


def test_owner_stores_a_key_with_everything_there_is_to_say(qtbot, page, controls):
    click(qtbot, page.new)
    type_into(qtbot, page.form.name, "Paddle")
    type_into(qtbot, page.form.secret.field, "pdl_live_canary")
    assert page.form.provider.placeholderText() == "Paddle"
    type_into(qtbot, page.form.scope, "read prices")
    type_into(qtbot, page.form.tags, "live, shop,")
    page.form.note.setPlainText("of the shop")
    page.form.ends.setChecked(True)
    click(qtbot, page.form.save)
    wait_for(qtbot, lambda: "Paddle" in column_texts(page.table))
    (details,) = controls.arguments["ApiKeyService.add_key"]
    assert (details.scope, details.tags, details.note) == (
        "read prices", ("live", "shop"), "of the shop",
    )  # fmt: skip
    assert details.expires_on == (SYNCED_AT + timedelta(days=365)).date()
    assert page.table.chosen().name == "Paddle"
    assert page.card.isVisible()


def test_stored_secret_can_not_be_brought_back_by_undo(qtbot, page):
    click(qtbot, page.new)
    type_into(qtbot, page.form.name, "Paddle")
    type_into(qtbot, page.form.secret.field, "pdl_live_canary")
    click(qtbot, page.form.save)
    wait_for(qtbot, page.card.isVisible)
    field = page.form.secret.field
    field.setEchoMode(QLineEdit.EchoMode.Normal)
    field.undo()
    assert field.text() == ""
    assert not field.isUndoAvailable()


def test_key_is_changed_and_its_old_secret_comes_back_with_undo(qtbot, page, controls):
    click_row(qtbot, page.table, STRIPE)
    click(qtbot, page.card.edit)
    assert page.form.name.text() == STRIPE
    assert page.form.secret.text() == ""
    type_into(qtbot, page.form.tags, "live")
    type_into(qtbot, page.form.secret.field, "rk_live_next")
    with qtbot.waitSignal(page.toast_offered) as offered:
        click(qtbot, page.form.save)
    key_id, details, secret = controls.arguments["ApiKeyService.change_key"]
    assert (key_id, details.tags, secret) == ("key_stripe", ("live",), "rk_live_next")
    assert "rk_live_next" not in offered.args[0]
    offered.args[1]()
    wait_for(qtbot, lambda: "ApiKeyService.restore_secret" in controls.calls)


def test_problem_appears_beside_its_field(qtbot, page):
    click(qtbot, page.new)
    click(qtbot, page.form.save)
    wait_for(qtbot, page.form.fields["name"].problem.isVisible)
    type_into(qtbot, page.form.name, "Paddle")
    click(qtbot, page.form.save)
    wait_for(qtbot, page.form.fields["secret"].problem.isVisible)
    assert "Paste" in page.form.secret.field.accessibleDescription()
    assert not page.form.fields["name"].problem.isVisible()


def test_problem_without_a_field_appears_above(qtbot, page, controls):
    controls.fail_with("ApiKeyService.add_key", VaultError("The disk is full."))
    click(qtbot, page.new)
    click(qtbot, page.form.save)
    wait_for(qtbot, page.form.message.isVisible)


def test_cancel_forgets_the_form(qtbot, page):
    click(qtbot, page.new)
    type_into(qtbot, page.form.secret.field, "pdl_canary")
    click(qtbot, page.form.cancel)
    assert page.form.secret.text() == ""
    assert page.card.isVisible()


def test_deleted_key_comes_back_with_undo(qtbot, page):
    click_row(qtbot, page.table, STRIPE)
    with qtbot.waitSignal(page.toast_offered) as offered:
        click(qtbot, page.card.delete)
    wait_for(qtbot, lambda: len(column_texts(page.table)) == 1)
    offered.args[1]()
    wait_for(qtbot, lambda: len(column_texts(page.table)) == 2)


def test_copy_for_scripts_is_switched_and_told(qtbot, page, controls):
    click_row(qtbot, page.table, STRIPE)
    click(qtbot, page.card.keyring)
    wait_for(qtbot, lambda: controls.keys[1].in_keyring)
    wait_for(qtbot, lambda: f"user “{STRIPE}”" in page.card.keyring_help.text())
    assert page.card.keyring.isChecked()


def test_keyring_that_refuses_leaves_the_switch_as_it_was(qtbot, page, controls):
    controls.fail_with("ApiKeyService.keep_in_keyring", VaultError("The keyring is locked."))
    click_row(qtbot, page.table, STRIPE)
    click(qtbot, page.card.keyring)
    wait_for(qtbot, page.states.message.isVisible)
    assert not page.card.keyring.isChecked()


def test_sdk_key_is_made_for_an_application_and_is_there_to_reveal(qtbot, page, controls):
    click(qtbot, page.new_sdk_key)
    assert not page.form.secret.isVisible()
    assert [page.form.application.itemText(n) for n in range(1)] == [ACME.name]
    type_into(qtbot, page.form.name, "Checkout")
    with qtbot.waitSignal(page.toast_offered):
        click(qtbot, page.form.save)
    assert controls.arguments["SdkKeyService.create"] == (ACME.application_id, "Checkout", None)
    assert page.table.chosen().name == "Checkout"
    hold(qtbot, page)


def test_sdk_key_is_rotated_with_an_overlap(qtbot, page, controls):
    click_row(qtbot, page.table, SDK)
    click(qtbot, page.card.ending.rotate)
    page.card.ending.overlap.setCurrentText("7 days")
    with qtbot.waitSignal(page.toast_offered):
        click(qtbot, page.card.ending.make)
    assert controls.arguments["SdkKeyService.rotate"] == ("key_sdk", 7 * 86_400)


def test_revocation_says_what_it_means_before_it_happens(qtbot, page, controls):
    click_row(qtbot, page.table, SDK)
    click(qtbot, page.card.ending.revoke)
    assert "SdkKeyService.revoke" not in controls.calls
    assert "cannot be taken back" in told(page)
    click(qtbot, page.card.ending.withdraw)
    wait_for(qtbot, lambda: row_texts(page.table, 0)[2] == "Revoked")
    wait_for(qtbot, lambda: not page.card.ending.isVisible())


def test_keys_of_other_providers_are_not_rotated_at_the_service(qtbot, page):
    click_row(qtbot, page.table, STRIPE)
    assert not page.card.ending.isVisible()
    assert page.card.edit.isVisible()


def test_last_use_is_told_by_the_service(qtbot, page, controls):
    controls.uses = (use("key_sdk"),)
    page.reload()
    wait_for(qtbot, lambda: row_texts(page.table, 0)[3] != NONE)
    click_row(qtbot, page.table, SDK)
    assert "Last used" in told(page)


def test_without_the_service_the_list_stays_and_says_what_is_not_known(qtbot, page, controls):
    controls.fail_with("SdkKeyService.uses", ServiceUnreachable("The service does not answer."))
    page.reload()
    wait_for(qtbot, page.unknown_uses.isVisible)
    assert "does not answer" in page.unknown_uses.text()
    assert page.states.state is PageState.CONTENT


def test_key_of_another_computer_is_listed_and_can_only_be_revoked(qtbot, page, controls):
    controls.uses = (use(),)
    page.reload()
    wait_for(qtbot, lambda: "Theirs" in column_texts(page.table))
    click_row(qtbot, page.table, "Theirs")
    assert "does not hold the key itself" in told(page)
    assert not page.card.copy.isVisible()
    assert not page.card.ending.rotate.isVisible()
    click(qtbot, page.card.ending.revoke)
    click(qtbot, page.card.ending.withdraw)
    wait_for(qtbot, lambda: "Revoked" in column_texts(page.table, 2))
    assert controls.arguments["SdkKeyService.revoke_elsewhere"] == ("app_acme", "k9")


def test_empty_list_offers_to_add_one(qtbot, page, controls):
    controls.keys = []
    page.reload()
    wait_for_state(qtbot, page, PageState.EMPTY)
    add = page.states.empty.findChildren(type(page.new))[0]
    click(qtbot, add)
    assert page.form.isVisible()
    click(qtbot, page.form.cancel)
    assert page.states.state is PageState.EMPTY


def test_failure_and_loading_are_states(qtbot, page, controls):
    controls.hold("ApiKeyService.list_keys")
    controls.fail_with("ApiKeyService.list_keys", VaultError("The vault could not be read."))
    page.reload()
    assert page.states.state is PageState.LOADING
    controls.release("ApiKeyService.list_keys")
    wait_for_state(qtbot, page, PageState.ERROR)
    click(qtbot, page.states.message.button("Retry"))
    wait_for_content(qtbot, page)


def test_filter_finds_a_key_by_any_of_its_words(qtbot, page):
    qtbot.keyClicks(page.filter, "reading PRICES")
    assert column_texts(page.table) == [STRIPE]
    qtbot.keyClicks(page.filter, " nothing")
    assert column_texts(page.table) == []
    page.filter.clear()
    assert len(column_texts(page.table)) == 2


def test_parts_of_the_list_are_kinds_and_what_needs_attention(qtbot, page, controls):
    ids = tuple(key.key_id for key in controls.keys)
    controls.key_report = KeyReport((), weak=ids[1:], old=(), expiring=(), expired=())
    page.reload()
    wait_for(qtbot, lambda: page.part.buttons[Part.ATTENTION].text() == "Attention (1)")
    for part, names in ((Part.SDK, [SDK]), (Part.OTHER, [STRIPE]), (Part.ATTENTION, [STRIPE])):
        click(qtbot, page.part.buttons[part])
        assert column_texts(page.table) == names


def test_what_deserves_attention_stands_above_the_list(qtbot, page, controls):
    assert not page.attention.isVisible()
    ids = tuple(key.key_id for key in controls.keys)
    controls.key_report = KeyReport(reused=(ids,), weak=ids[:1], old=(), expiring=(), expired=ids)
    page.reload()
    wait_for(qtbot, page.attention.isVisible)
    assert page.attention.text() == "2 expired · 1 secret used twice · 1 weak"
    click_row(qtbot, page.table, STRIPE)
    assert f"kept as “{SDK}”" in told(page)
    assert "has ended" in told(page)


def test_key_that_ends_soon_says_in_how_many_days(qtbot, page, controls):
    end = SYNCED_AT + timedelta(days=5, hours=1)
    controls.keys[1] = replace(controls.keys[1], expires_at=end)
    controls.key_report = KeyReport((), (), (), (KeyId("key_stripe"),), ())
    page.reload()
    wait_for(qtbot, lambda: row_texts(page.table, 1)[2] == "Ends in 5 days")


def test_file_is_looked_at_and_only_what_is_chosen_is_taken(qtbot, page, controls):
    page.import_from("/somewhere/.env")
    dialog = page.findChild(ImportDialog)
    wait_for(qtbot, dialog.take.isEnabled)
    assert column_texts(dialog.table, 3) == ["New", "New", "Already there", "Cannot be stored"]
    assert "2 cards" in dialog.left_out.text()
    assert dialog.take.text() == "&Import 2 keys"
    click_row(qtbot, dialog.table, "Mail")  # leaves it out
    with qtbot.waitSignal(page.toast_offered) as toast:
        click(qtbot, dialog.take)
    assert "Imported 1 key." in toast.args[0]
    assert controls.arguments["KeyTransferService.import_chosen"][2:] == ("digest", (0,))


def test_encrypted_file_asks_for_its_passphrase(qtbot, page, controls):
    page.import_from("/somewhere/keys.age")
    dialog = page.findChild(ImportDialog)
    wait_for(qtbot, dialog.asking.isVisible)
    assert dialog.passphrase.problem.text() == ""
    type_into(qtbot, dialog.passphrase.field, "wrong")
    click(qtbot, dialog.read_file)
    wait_for(qtbot, dialog.passphrase.problem.isVisible)
    type_into(qtbot, dialog.passphrase.field, PASSPHRASE)
    click(qtbot, dialog.read_file)
    wait_for(qtbot, dialog.take.isEnabled)
    field = dialog.passphrase.field
    dialog.reject()
    assert holds_nothing(field)


def test_all_keys_are_exported_under_a_passphrase_typed_twice(qtbot, page, controls):
    click(qtbot, page.save_all)
    dialog = page.findChild(ExportDialog)
    click(qtbot, dialog.save)
    assert dialog.passphrase.first.problem.isVisible()
    type_into(qtbot, dialog.passphrase.first.field, PASSPHRASE)
    type_into(qtbot, dialog.passphrase.second.field, PASSPHRASE)
    controls.fail_with("KeyTransferService.export_keys", VaultError("The disk is full."))
    dialog.export_to("/somewhere/keys.age")
    wait_for(qtbot, dialog.message.isVisible)
    field = dialog.passphrase.first.field
    with qtbot.waitSignal(page.toast_offered) as toast:
        dialog.export_to("/somewhere/keys.age")
    assert "Saved 2 keys to /somewhere/keys.age" in toast.args[0]
    assert holds_nothing(field)


def test_card_tells_what_is_known_about_a_key(qtbot, page, controls):
    controls.keys[1] = replace(
        controls.keys[1],
        provider="Stripe",
        scope="read",
        tags=("live", "shop"),
        expires_at=datetime(2027, 1, 31, tzinfo=UTC),
        in_keyring=True,
    )
    page.reload()
    wait_for(qtbot, lambda: page.rows[1].provider == "Stripe")
    click_row(qtbot, page.table, STRIPE)
    for said in ("Stripe", "read", "live, shop", "31 Jan 2027", "Only for reading prices."):
        assert said in told(page)
    assert page.card.keyring.isChecked()


def test_reload_disturbs_neither_a_form_nor_a_held_secret(qtbot, page, controls):
    click_row(qtbot, page.table, STRIPE)
    hold(qtbot, page)
    controls.keys[1] = replace(controls.keys[1], note="changed elsewhere")
    page.reload()
    wait_for(qtbot, lambda: page.rows[1].key.note == "changed elsewhere")
    assert page.card.secret.toPlainText() == SECRET
    qtbot.mouseRelease(page.card.reveal, LEFT)
    assert "changed elsewhere" in told(page)
    click(qtbot, page.new)
    type_into(qtbot, page.form.name, "Half a na")
    page.reload()
    wait_for(qtbot, lambda: not page.jobs.running)
    assert page.form.name.text() == "Half a na"
