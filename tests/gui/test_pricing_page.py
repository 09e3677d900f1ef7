"""Pricing rules: list, editor, problems beside fields, undo, conflicts."""

import pytest
from PySide6.QtCore import Qt

from desktop.domain.errors import ServiceUnreachable, VaultError
from desktop.views.pricing_page import PricingPage
from desktop.views.state_page import PageState
from tests.gui.fakes import ACME, CONFLICT, RULES, SAMPLE
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
from tests.prices import per_unit, rule_draft


@pytest.fixture
def page(qtbot, jobs, theme):
    page = PricingPage(jobs)
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.show()
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    return page


def called(controls, name):
    return lambda: name in controls.calls


def test_rules_are_listed_with_price_and_state(page):
    assert [row_texts(page.table, row) for row in range(4)] == [
        ["Everything else", "Every endpoint", "$\u00a00.0001", "Refused"],
        ["Generate", "POST /v1/generate", "$\u00a00.002", "Synced"],
        ["Images", "POST /v1/images", "$\u00a00.04", "Conflict"],
        ["Search", "GET /v1/search", "$\u00a00.0005", "Waiting"],
    ]


def test_every_state_has_an_icon_beside_its_word(page):
    model = page.table.model()
    icons = [model.index(row, 3).data(Qt.ItemDataRole.DecorationRole) for row in range(4)]
    assert all(not icon.isNull() for icon in icons)


def test_owner_changes_a_price(qtbot, page, controls):
    click_row(qtbot, page.table, "Generate")
    type_into(qtbot, page.editor.price, "0.0009")
    click(qtbot, page.editor.save)
    wait_for(qtbot, lambda: row_texts(page.table, 1)[2:] == ["$\u00a00.0009", "Waiting"])
    draft, old = controls.arguments["PricingService.publish"]
    assert (old.rule_id, old.standing.revision) == ("rule_1", 3)
    where = {"method": "POST", "url": "/v1/generate", "effective_from": None}
    assert draft == rule_draft("Generate", "0.0009", ACME.application_id, **where)


def test_owner_adds_a_rule_by_keyboard(qtbot, page, controls):
    page.create_new()
    assert page.table.chosen() is None
    qtbot.keyClicks(page.editor.name, "Models")
    page.editor.method.setCurrentText("GET")
    page.editor.url.setEditText("/v1/models")
    type_into(qtbot, page.editor.price, "0.01")
    qtbot.keyClick(page.editor.price, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: "Models" in column_texts(page.table))
    draft, _ = controls.arguments["PricingService.publish"]
    assert (draft.method, draft.url) == ("GET", "/v1/models")
    assert draft.price == per_unit("0.01")
    wait_for(qtbot, lambda: page.table.chosen() is not None)


def test_problem_appears_beside_its_field_and_nothing_is_lost(qtbot, page):
    click_row(qtbot, page.table, "Generate")
    type_into(qtbot, page.editor.price, "cheap")
    click(qtbot, page.editor.save)
    field = page.editor.fields["price.unit_amount"]
    wait_for(qtbot, field.problem.isVisible)
    assert "is not a number" in field.problem.text()
    assert page.editor.price.text() == "cheap"
    assert page.editor.save.isEnabled()


def test_problem_without_a_field_appears_above(qtbot, page, controls):
    controls.fail_with("PricingService.publish", VaultError("The disk is full."))
    click_row(qtbot, page.table, "Generate")
    type_into(qtbot, page.editor.price, "1")
    click(qtbot, page.editor.save)
    wait_for(qtbot, page.editor.message.isVisible)
    assert page.editor.message.text.text() == "The disk is full."


def test_what_is_typed_survives_a_look_at_another_rule_and_a_reload(qtbot, page, jobs, controls):
    click_row(qtbot, page.table, "Generate")
    type_into(qtbot, page.editor.price, "0.5")
    click_row(qtbot, page.table, "Search")
    assert page.editor.price.text() == "0.0005"
    before = controls.calls.count("PricingService.list_rules")
    jobs.noticed.emit("configuration")
    wait_for(qtbot, lambda: controls.calls.count("PricingService.list_rules") > before)
    wait_for_content(qtbot, page)
    assert row_texts(page.table, 1)[3] == "Not saved"
    click_row(qtbot, page.table, "Generate")
    assert page.editor.price.text() == "0.5"
    assert page.editor.save.isEnabled()


def test_discard_goes_back_to_what_is_stored(qtbot, page):
    click_row(qtbot, page.table, "Generate")
    type_into(qtbot, page.editor.price, "0.5")
    click(qtbot, page.editor.discard)
    assert page.editor.price.text() == "0.002"
    assert not page.editor.save.isEnabled()


def test_drafts_do_not_follow_to_another_application(qtbot, page):
    click_row(qtbot, page.table, "Generate")
    type_into(qtbot, page.editor.price, "0.5")
    page.set_application(SAMPLE)
    wait_for_content(qtbot, page)
    click_row(qtbot, page.table, "Generate")
    assert page.editor.price.text() == "0.002"


def test_example_shows_what_a_price_makes(qtbot, page):
    click_row(qtbot, page.table, "Generate")
    assert page.editor.example.text() == "1,000 units cost $\u00a02.00."
    type_into(qtbot, page.editor.price, "not")
    assert page.editor.example.text() == ""


def test_deleted_rule_comes_back_with_undo(qtbot, page, controls):
    click_row(qtbot, page.table, "Search")
    with qtbot.waitSignal(page.toast_offered) as offered:
        click(qtbot, page.editor.delete)
    wait_for(qtbot, lambda: "Search" not in column_texts(page.table))
    text, undo = offered.args
    assert "Search" in text
    undo()
    wait_for(qtbot, lambda: "Search" in column_texts(page.table))
    assert controls.arguments["PricingService.restore_rule"][0] == RULES[1]


def test_refused_edit_says_what_the_service_said(qtbot, page):
    click_row(qtbot, page.table, "Everything else")
    assert "currency is not accepted" in page.editor.message.text.text()


def test_refused_edit_can_be_given_up(qtbot, page, controls):
    click_row(qtbot, page.table, "Everything else")
    click(qtbot, page.editor.message.button("Take the service's"))
    wait_for(qtbot, lambda: row_texts(page.table, 0)[3] == "Synced")
    assert controls.arguments["PricingService.discard_rejected"] == ("rule_4",)


def test_conflict_shows_base_mine_and_theirs(qtbot, page, controls):
    controls.conflicts = [CONFLICT]
    page.reload()
    wait_for(qtbot, page.conflicts.isVisible)
    texts = visible_texts(page.conflicts)
    for text in ("0.03", "0.04", "0.035", "Pictures", "BEFORE", "MINE", "THEIRS"):
        assert text in texts
    assert page.editor.isVisible()


@pytest.mark.parametrize(
    ("button", "call"),
    [("keep_mine", "ConflictService.keep_mine"), ("keep_theirs", "ConflictService.keep_theirs")],
)
def test_conflict_is_decided_by_the_owner(qtbot, page, controls, button, call):
    controls.conflicts = [CONFLICT]
    page.reload()
    wait_for(qtbot, page.conflicts.isVisible)
    click(qtbot, getattr(page.conflicts, button))
    wait_for(qtbot, lambda: not page.conflicts.isVisible())
    assert controls.arguments[call] == (7,)


def test_decision_that_fails_can_be_made_again(qtbot, page, controls):
    controls.conflicts = [CONFLICT]
    controls.fail_with("ConflictService.keep_mine", ServiceUnreachable("Try again later."))
    page.reload()
    wait_for(qtbot, page.conflicts.isVisible)
    click(qtbot, page.conflicts.keep_mine)
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.conflicts.keep_mine.isEnabled()


def test_filter_narrows_the_list(qtbot, page):
    page.focus_filter()
    qtbot.keyClicks(page.filter, "get search")
    assert column_texts(page.table) == ["Search"]
    page.filter.clear()
    assert len(column_texts(page.table)) == 4


def test_without_an_application_it_says_so(qtbot, page):
    page.set_application(None)
    wait_for_state(qtbot, page, PageState.EMPTY)


def test_failed_load_keeps_the_rules_on_screen(qtbot, page, controls):
    controls.fail_with("PricingService.list_rules", VaultError("The vault could not be read."))
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.table.isVisible()
    click(qtbot, page.states.message.button("Retry"))
    wait_for_content(qtbot, page)


def test_loading_is_a_state_of_its_own(qtbot, page, controls):
    controls.hold("PricingService.list_rules")
    page.reload()
    assert page.states.state is PageState.LOADING
    controls.release("PricingService.list_rules")
    wait_for_content(qtbot, page)


def test_known_endpoints_are_offered(qtbot, page):
    wait_for(qtbot, lambda: page.editor.url.findText("/v1/models") >= 0)
    assert page.editor.url.itemText(0) == "*"
