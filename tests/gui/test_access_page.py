"""Access: tokens are made, shown once, rotated, revoked and taken back."""

import pytest
from PySide6.QtGui import QGuiApplication

from contract.terms import Role
from desktop.domain.errors import ServiceRefused
from desktop.views.access_page import AccessPage
from desktop.views.clipboard import SecretClipboard
from desktop.views.state_page import PageState
from tests.gui.fake_access import NEW_TOKEN
from tests.gui.fakes import ACME
from tests.gui.looking import (
    click,
    click_row,
    column_texts,
    row_texts,
    type_into,
    visible_texts,
    wait_for,
    wait_for_content,
    wait_for_state,
)


@pytest.fixture
def page(qtbot, jobs, theme):
    page = AccessPage(jobs, SecretClipboard())
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.toasts = []
    page.toast_offered.connect(lambda said, undo: page.toasts.append((said, undo)))
    page.show()
    wait_for_content(qtbot, page)
    wait_for(qtbot, lambda: len(page.form.boxes) == 1)
    return page


def make(qtbot, page, name, role=Role.VIEWER):
    click(qtbot, page.new)
    type_into(qtbot, page.form.name, name)
    page.form.role.choose(role)
    page.form._show_role()


def test_list_says_who_may_what_and_where(page):
    assert row_texts(page.table, 0)[:3] == ["Desktop on studio", "Owner", "Every one"]
    assert row_texts(page.table, 2)[2] == "Acme API · Production"
    states = column_texts(page.table, 4)
    assert (states[0], states[5], states[6]) == ("Works", "Revoked", "Expired")


def test_new_token_is_shown_once_and_forgotten(qtbot, page, controls):
    make(qtbot, page, "Shop team", Role.EDITOR)
    click(qtbot, page.form.boxes[ACME.application_id])
    click(qtbot, page.form.save)
    wait_for(qtbot, lambda: page.issued.secret.text() == NEW_TOKEN)
    (draft,) = controls.arguments["AccessService.create"]
    assert (draft.name, draft.role) == ("Shop team", Role.EDITOR)
    assert draft.application_ids == (ACME.application_id,)
    click(qtbot, page.issued.copy)
    assert QGuiApplication.clipboard().text() == NEW_TOKEN
    click(qtbot, page.issued.done)
    assert page.issued.secret.text() == ""
    assert page.card.isVisible()
    wait_for(qtbot, lambda: column_texts(page.table)[0] == "Shop team")


def test_new_token_can_be_kept_in_the_vault(qtbot, page, controls):
    make(qtbot, page, "Deploy")
    click(qtbot, page.form.save)
    wait_for(qtbot, page.issued.keep.isVisible)
    click(qtbot, page.issued.keep)
    wait_for(qtbot, lambda: not page.issued.keep.isEnabled())
    assert "Deploy" in str(controls.arguments["ApiKeyService.add_key"])
    assert page.issued.warning.label.text().startswith("It lies in the vault")


def test_token_does_not_stay_on_a_page_that_was_left(qtbot, page):
    make(qtbot, page, "Deploy")
    click(qtbot, page.form.save)
    wait_for(qtbot, lambda: page.issued.secret.text() == NEW_TOKEN)
    page.hide()
    assert page.issued.secret.text() == ""


def test_what_is_wrong_stands_beside_its_field(qtbot, page):
    click(qtbot, page.new)
    click(qtbot, page.form.save)
    problem = page.form.fields["name"].problem
    wait_for(qtbot, problem.isVisible)
    assert "needs a name" in problem.text()
    type_into(qtbot, page.form.name, "Named")
    click(qtbot, page.form.save)
    wait_for(qtbot, page.issued.isVisible)


def test_an_owner_is_not_asked_for_applications(qtbot, page):
    make(qtbot, page, "Boss", Role.OWNER)
    assert not page.form.applications.isVisible()
    assert page.form.meaning.text() == "May do everything, in every application."
    page.form.role.choose(Role.VIEWER)
    page.form._show_role()
    assert page.form.applications.isVisible()


def test_revoked_token_comes_back_by_undo(qtbot, page, controls):
    click_row(qtbot, page.table, "Deploy script")
    click(qtbot, page.card.revoke)
    wait_for(qtbot, lambda: bool(page.toasts))
    said, undo = page.toasts[-1]
    assert said == "Revoked “Deploy script”. It stopped to work."
    wait_for(qtbot, lambda: column_texts(page.table, 4)[1] == "Revoked")
    wait_for(qtbot, page.card.restore.isVisible)
    undo()
    wait_for(qtbot, lambda: column_texts(page.table, 4)[1] == "Works")


def test_a_revocation_is_taken_back_from_the_card(qtbot, page):
    click_row(qtbot, page.table, "Old laptop")
    assert not page.card.revoke.isVisible()
    click(qtbot, page.card.restore)
    wait_for(qtbot, lambda: column_texts(page.table, 4)[5] == "Works")


def test_the_own_token_is_rotated_and_never_revoked_here(qtbot, page, controls):
    click_row(qtbot, page.table, "Desktop on studio")
    assert not page.card.revoke.isVisible()
    assert any("This workspace is connected" in text for text in visible_texts(page.card))
    click(qtbot, page.card.rotate)
    wait_for(qtbot, lambda: page.issued.secret.text() == NEW_TOKEN)
    assert controls.arguments["AccessService.rotate"] == ("tok_1",)


def test_what_the_service_refuses_is_said_and_the_list_stays(qtbot, page, controls):
    controls.fail_with("AccessService.revoke", ServiceRefused("No owner token would be left."))
    click_row(qtbot, page.table, "Deploy script")
    click(qtbot, page.card.revoke)
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.states.message.text.text() == "No owner token would be left."
    assert page.table.isVisible()


def test_list_is_narrowed_by_name_role_and_application(qtbot, page):
    for asked, names in (
        ("deploy", ["Deploy script"]),
        ("editor acme", ["Shop team"]),
        ("nothing like it", []),
    ):
        type_into(qtbot, page.filter, asked)
        assert column_texts(page.table) == names


def test_offline_the_list_is_read_and_nothing_done(qtbot, page, controls):
    controls.online = False
    page.reload()
    wait_for_state(qtbot, page, PageState.OFFLINE)
    assert len(column_texts(page.table)) == 7
    click_row(qtbot, page.table, "Deploy script")
    assert not page.card.rotate.isEnabled()
    assert "cannot be reached" in page.card.rotate.accessibleDescription()
    assert not page.new.isEnabled()


def test_before_the_first_answer_the_page_says_so(qtbot, page, controls):
    controls.tokens = []
    page.reload()
    wait_for_state(qtbot, page, PageState.EMPTY)
    page.create_new()
    assert page.form.isVisible()
    click(qtbot, page.form.cancel)
    assert page.states.state is PageState.EMPTY
