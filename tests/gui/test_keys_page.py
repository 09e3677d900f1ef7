"""Keys: secrets are shown and copied only for a moment."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtGui import QGuiApplication

from desktop.domain.errors import VaultError
from desktop.domain.keys import KeyReport
from desktop.views.clipboard import SecretClipboard
from desktop.views.keys_page import KeysPage
from desktop.views.state_page import PageState
from desktop.views.translations import translate
from tests.gui.fakes import SECRET
from tests.gui.looking import (
    click,
    click_row,
    column_texts,
    row_texts,
    type_into,
    wait_for,
    wait_for_content,
    wait_for_state,
)


@pytest.fixture
def page(qtbot, qapp, jobs, theme):
    translate(qapp)
    page = KeysPage(jobs, SecretClipboard())
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.show()
    wait_for_content(qtbot, page)
    return page


def test_list_shows_no_secret(page):
    assert row_texts(page.table, 0) == ["SDK key, Acme API", "…cdef", "Service", "23 Nov 2026"]
    assert row_texts(page.table, 1) == ["Stripe, restricted", "…nary", "You", "2 Oct 2026"]
    assert page.card.name.whole_text() == "Choose a key to see it."
    assert not page.card.reveal.isVisible()


def test_revealed_secret_hides_by_itself(qtbot, page):
    click_row(qtbot, page.table, "Stripe, restricted")
    assert page.card.secret.text() == "••••••••••••nary"
    click(qtbot, page.card.reveal)
    wait_for(qtbot, lambda: page.card.secret.text() == SECRET)
    page.card._second.setInterval(1)
    wait_for(qtbot, lambda: page.card.secret.text() == "••••••••••••nary")
    assert not page.card.countdown.isVisible()


def test_revealed_secret_can_be_hidden_at_once(qtbot, page):
    click_row(qtbot, page.table, "Stripe, restricted")
    click(qtbot, page.card.reveal)
    wait_for(qtbot, lambda: page.card.secret.text() == SECRET)
    click(qtbot, page.card.reveal)
    assert SECRET not in page.card.secret.text()


def test_secret_does_not_stay_when_another_key_is_chosen(qtbot, page):
    click_row(qtbot, page.table, "Stripe, restricted")
    click(qtbot, page.card.reveal)
    wait_for(qtbot, lambda: page.card.secret.text() == SECRET)
    click_row(qtbot, page.table, "SDK key, Acme API")
    assert page.card.secret.text() == "••••••••••••cdef"


def test_secret_does_not_wait_on_a_hidden_page(qtbot, page):
    click_row(qtbot, page.table, "Stripe, restricted")
    click(qtbot, page.card.reveal)
    wait_for(qtbot, lambda: page.card.secret.text() == SECRET)
    page.hide()
    assert SECRET not in page.card.secret.text()


def test_answer_that_comes_after_the_choice_changed_is_not_shown(qtbot, page, controls):
    controls.hold("ApiKeyService.reveal")
    click_row(qtbot, page.table, "Stripe, restricted")
    click(qtbot, page.card.reveal)
    click_row(qtbot, page.table, "SDK key, Acme API")
    job_ended = page.jobs.count_changed
    with qtbot.waitSignal(job_ended):
        controls.release("ApiKeyService.reveal")
    assert SECRET not in page.card.secret.text()


def test_copied_secret_is_announced_and_not_shown(qtbot, page):
    click_row(qtbot, page.table, "Stripe, restricted")
    with qtbot.waitSignal(page.toast_offered) as offered:
        click(qtbot, page.card.copy)
    assert QGuiApplication.clipboard().text() == SECRET
    assert SECRET not in offered.args[0]
    assert SECRET not in page.card.secret.text()


def test_owner_stores_a_key(qtbot, page, controls):
    click(qtbot, page.new)
    type_into(qtbot, page.form.name, "Paddle")
    type_into(qtbot, page.form.secret, "pdl_canary")
    click(qtbot, page.form.save)
    wait_for(qtbot, lambda: "Paddle" in column_texts(page.table))
    assert page.form.secret.text() == ""
    assert page.table.chosen().name == "Paddle"
    assert page.card.isVisible()


def test_problem_appears_beside_its_field(qtbot, page):
    click(qtbot, page.new)
    click(qtbot, page.form.save)
    wait_for(qtbot, page.form.fields["name"].problem.isVisible)
    type_into(qtbot, page.form.name, "Paddle")
    click(qtbot, page.form.save)
    wait_for(qtbot, page.form.fields["secret"].problem.isVisible)
    assert not page.form.fields["name"].problem.isVisible()


def test_problem_without_a_field_appears_above(qtbot, page, controls):
    controls.fail_with("ApiKeyService.add_key", VaultError("The disk is full."))
    click(qtbot, page.new)
    click(qtbot, page.form.save)
    wait_for(qtbot, page.form.message.isVisible)


def test_cancel_forgets_the_form(qtbot, page):
    click(qtbot, page.new)
    type_into(qtbot, page.form.secret, "pdl_canary")
    click(qtbot, page.form.cancel)
    assert page.form.secret.text() == ""
    assert page.card.isVisible()


def test_deleted_key_comes_back_with_undo(qtbot, page):
    click_row(qtbot, page.table, "Stripe, restricted")
    with qtbot.waitSignal(page.toast_offered) as offered:
        click(qtbot, page.card.delete)
    wait_for(qtbot, lambda: len(column_texts(page.table)) == 1)
    offered.args[1]()
    wait_for(qtbot, lambda: len(column_texts(page.table)) == 2)


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
    type_into(qtbot, page.filter, "READING stripe")
    assert column_texts(page.table, 0) == ["Stripe, restricted"]
    page.focus_filter()
    page.filter.clear()
    assert len(column_texts(page.table, 0)) == 2


def test_what_deserves_attention_stands_above_the_list(qtbot, page, controls):
    assert not page.attention.isVisible()
    ids = tuple(key.key_id for key in controls.keys)
    controls.key_report = KeyReport(reused=(ids,), weak=ids[:1], old=(), expiring=(), expired=ids)
    page.reload()
    wait_for(qtbot, page.attention.isVisible)
    assert page.attention.text() == "2 expired · 1 secret used twice · 1 weak"


def test_file_of_keys_is_imported_and_the_owner_told_to_remove_it(qtbot, page, controls):
    with qtbot.waitSignal(page.toast_offered) as toast:
        page.import_from("/somewhere/.env")
    assert "Imported 2 keys" in toast.args[0]
    assert controls.arguments["ApiKeyService.import_keys"] == ("/somewhere/.env", "")


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
    wait_for(qtbot, lambda: page._keys[1].provider == "Stripe")
    click_row(qtbot, page.table, "Stripe, restricted")
    for said in ("Stripe", "read", "live, shop", "31 Jan 2027", "keyring"):
        assert said in page.card.about.text()
