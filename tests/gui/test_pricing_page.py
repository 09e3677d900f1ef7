"""Pricing: the list, the editor with its drafts, publishing, files, conflicts."""

from datetime import timedelta

import pytest
from PySide6.QtCore import QItemSelectionModel, QLocale, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from desktop.domain.errors import ServiceUnreachable, VaultError
from desktop.domain.pricing.changes import FileAction, FileChange, FilePreview, FileProblem
from desktop.domain.pricing.drafts import KeptDraft, RuleDraft
from desktop.views.pricing.file_exchange import RuleImportDialog
from desktop.views.pricing.publish_dialog import PublishDialog
from desktop.views.pricing_page import PricingPage
from desktop.views.state_page import PageState
from tests.gui.fakes import ACME, CONFLICT, GRADUATED, RULES, SAMPLE, SYNCED_AT, TODAY
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
from tests.prices import per_unit

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(qtbot, jobs, theme):
    page = PricingPage(jobs, lambda _: TODAY)
    qtbot.addWidget(page)
    page.resize(1180, 900)
    page.show()
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    return page


def opened(qtbot, page, name):
    """Open a rule as an owner does with the keyboard."""
    click_row(qtbot, page.table, name)
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    assert page.is_editing
    wait_for(qtbot, lambda: page.editor.versions.isVisible() or page.editor.rule is None)
    return page.editor


def price_line(editor):
    return editor.form.price.fields["unit_amount"].control


def tier_cells(editor):
    return [
        [editor.form.tiers.model.index(row, column).data() for column in range(4)]
        for row in range(editor.form.tiers.model.rowCount())
    ]


def choose_cell(grid, row, column):
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
    grid.setFocus()
    grid.selectionModel().setCurrentIndex(grid.model().index(row, column), flags)


def choose_model(qtbot, editor, word):
    """Choose a model in its combo box by keyboard."""
    combo = editor.form.model
    combo.setFocus()
    place = combo.findText(word)
    combo.setCurrentIndex(place)
    combo.activated.emit(place)


def publish_dialog(qtbot, page):
    click(qtbot, page.publish)
    wait_for(qtbot, lambda: any(d.isVisible() for d in page.findChildren(PublishDialog)))
    dialog = next(d for d in page.findChildren(PublishDialog) if d.isVisible())
    wait_for(qtbot, lambda: dialog.diff.toPlainText() != "")
    return dialog


def test_rules_are_listed_with_price_date_and_state(page):
    assert [row_texts(page.table, row) for row in range(4)] == [
        ["Everything else", "Every endpoint", "$\u00a00.0001", "1 Jan 2020", "Refused"],
        ["Generate", "POST /v1/generate", "Graduated tiers", "1 Jan 2020", "Live"],
        ["Images", "POST /v1/images", "$\u00a00.04", "1 Jan 2020", "Conflict"],
        ["Search", "GET /v1/search", "$\u00a00.0005", "1 Jan 2020", "Waiting"],
    ]


def test_every_state_has_an_icon_beside_its_word(page):
    model = page.table.model()
    icons = [model.index(row, 4).data(Qt.ItemDataRole.DecorationRole) for row in range(4)]
    assert all(not icon.isNull() for icon in icons)


def test_rule_opens_with_its_tiers_curve_history_and_what_if(qtbot, page):
    editor = opened(qtbot, page, "Generate")
    assert page.title.text() == "Pricing rules  /  Generate"
    assert tier_cells(editor) == [
        ["0", "10,000", "0", ""],
        ["> 10,000", "1,000,000", "0.002", ""],
        ["> 1,000,000", "20,000,000", "0.0012", ""],
        ["> 20,000,000", "∞", "0.0009", ""],
    ]
    assert page.publish.text() == "&Publish v8…"
    assert editor.curve.draft.amounts[-1] > 0
    assert column_texts(editor.versions.table, 1)[0] == "v7"
    wait_for(qtbot, lambda: editor.strip.values[0].text() == "$\u00a018,204.55")
    assert editor.strip.captions[1].text() == "DRAFT V8"
    assert editor.strip.values[2].text() == "29 / 8"
    assert "raises the bill of 3 of 41 customers" in editor.warning.text.text()
    wait_for(qtbot, lambda: editor.marked.count() == 2)


def test_back_returns_to_the_list(qtbot, page):
    opened(qtbot, page, "Generate")
    click(qtbot, page.back)
    assert not page.is_editing
    assert page.title.text() == "Pricing rules"


def test_owner_publishes_a_change_after_a_look_at_it(qtbot, page, controls):
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), "0.0009")
    dialog = publish_dialog(qtbot, page)
    assert dialog.heading.text() == "Search, version 2"
    assert "+  unit_amount: '0.0012'" in dialog.diff.toPlainText()
    assert "1 of 41 customers of the last 31 days: acme-eu." in dialog.concerned.text()
    dialog.day.show_day(TODAY + timedelta(days=30))
    wait_for(qtbot, lambda: dialog.publish.isEnabled() and not dialog.consent.isVisible())
    type_into(qtbot, dialog.note, "Costs rose")
    with qtbot.waitSignal(page.toast_offered) as offered:
        click(qtbot, dialog.publish)
    assert offered.args[0] == "Published “Search” v0."
    draft, seen = controls.arguments["PricingService.publish"]
    assert (seen, draft.price) == (RULES[1], per_unit("0.0009"))
    assert (draft.note, draft.effective_from) == ("Costs rose", TODAY + timedelta(days=30))
    assert not page.is_editing


def test_change_of_a_running_bill_needs_consent(qtbot, page):
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), "0.0009")
    dialog = publish_dialog(qtbot, page)
    assert dialog.consent.isVisible()
    assert not dialog.publish.isEnabled()
    assert dialog.message.text.text().startswith("This changes bills from")
    click(qtbot, dialog.consent)
    assert dialog.publish.isEnabled()
    dialog.reject()


def test_scheduled_version_that_would_never_hold_is_named(qtbot, page, controls):
    controls.never_held = (2, 3)
    opened(qtbot, page, "Search")
    dialog = publish_dialog(qtbot, page)
    assert dialog.message.text.text() == "v2, v3 is scheduled for later and will never hold."
    dialog.reject()


def test_publishing_that_fails_keeps_the_dialog_and_the_draft(qtbot, page, controls):
    controls.fail_with("PricingService.publish", VaultError("The disk is full."))
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), "0.0009")
    dialog = publish_dialog(qtbot, page)
    click(qtbot, dialog.consent)
    click(qtbot, dialog.publish)
    wait_for(qtbot, lambda: dialog.message.text.text() == "The disk is full.")
    assert dialog.isVisible()
    assert price_line(editor).text() == "0.0009"
    dialog.reject()


def test_new_rule_starts_from_a_template(qtbot, page, controls):
    page.create_new()
    editor = page.editor
    qtbot.keyClicks(editor.form.name, "Tokens")
    place = editor.template.findText("Graduated tiers")
    editor.template.setCurrentIndex(place)
    editor.template.activated.emit(place)
    assert tier_cells(editor)[1] == ["> 10,000", "1,000,000", "0.002", ""]
    assert editor.form.name.text() == "Tokens"
    dialog = publish_dialog(qtbot, page)
    click(qtbot, dialog.publish)
    wait_for(qtbot, lambda: "Tokens" in column_texts(page.table))
    draft, seen = controls.arguments["PricingService.publish"]
    assert (seen, draft.price["model"]) == (None, "graduated")


def test_what_if_does_not_wait_for_a_name(qtbot, page, controls):
    page.create_new()
    qtbot.keyClicks(price_line(page.editor), "0.5")
    wait_for(qtbot, lambda: page.editor.strip.values[1].text() == "$\u00a020,911.02")
    (question,) = controls.arguments["WhatIfService.simulate"]
    assert question.drafts[0].rules[0].draft.name == "Draft"


def test_tiers_are_typed_with_the_keyboard_alone(qtbot, page):
    page.create_new()
    editor = page.editor
    choose_model(qtbot, editor, "Graduated tiers")
    grid = editor.form.tiers.grid
    grid.start_typing()
    for text in ("1000", "0.5", "", "", "0.25"):
        for letter in text:
            target = grid.focusWidget() if grid.state() == grid.State.EditingState else grid
            qtbot.keyClicks(target, letter)
        if grid.state() != grid.State.EditingState:
            qtbot.keyClick(grid, Qt.Key.Key_F2)
        qtbot.keyClick(grid.focusWidget(), Qt.Key.Key_Return)
    assert tier_cells(editor)[:2] == [["0", "1,000", "0.5", ""], ["> 1,000", "∞", "0.25", ""]]
    assert editor.draft().price["tiers"] == [
        {"up_to": "1000", "unit_amount": "0.5"}, {"unit_amount": "0.25"},
    ]  # fmt: skip


def test_tiers_are_pasted_from_a_spreadsheet(qtbot, page):
    page.create_new()
    editor = page.editor
    choose_model(qtbot, editor, "Graduated tiers")
    grid = editor.form.tiers.grid
    choose_cell(grid, 0, 1)
    rows = ["From\tTo\tUnit price\tFlat fee", "0\t10,000\t0.00\t", "10,001\t1,000,000\t0.0020\t5"]
    QGuiApplication.clipboard().setText("\r\n".join([*rows, "1,000,001\t∞\t0.0012\t"]))
    qtbot.keyClick(grid, Qt.Key.Key_V, CTRL)
    assert editor.draft().price["tiers"] == [
        {"up_to": "10000", "unit_amount": "0.00"},
        {"up_to": "1000000", "unit_amount": "0.0020", "flat_amount": "5"},
        {"unit_amount": "0.0012"},
    ]
    choose_cell(grid, 1, 2)
    qtbot.keyClick(grid, Qt.Key.Key_C, CTRL)
    assert QGuiApplication.clipboard().text() == "0.0020"


def test_decimal_comma_is_read_in_countries_that_write_it(qtbot, page):
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    page.create_new()
    editor = page.editor
    qtbot.keyClicks(price_line(editor), "0,0009")
    assert editor.draft().price["unit_amount"] == "0.0009"
    choose_model(qtbot, editor, "Graduated tiers")
    choose_cell(editor.form.tiers.grid, 0, 1)
    QGuiApplication.clipboard().setText("10.000;0,002\n;0,0012")
    editor.form.tiers.grid.paste()
    assert editor.draft().price["tiers"] == [
        {"up_to": "10000", "unit_amount": "0.002"}, {"unit_amount": "0.0012"},
    ]  # fmt: skip


def test_tier_is_added_above_the_open_end_and_removed(qtbot, page):
    editor = opened(qtbot, page, "Generate")
    tiers = editor.form.tiers
    click(qtbot, tiers.add)
    assert len(tiers.model.rows) == 5
    assert tiers.model.rows[4] == {"unit_amount": "0.0009"}
    choose_cell(tiers.grid, 3, 1)
    click(qtbot, tiers.remove)
    assert tier_cells(editor)[3] == ["> 20,000,000", "∞", "0.0009", ""]


def test_mistake_in_a_tier_is_said_at_its_cell_at_once(qtbot, page):
    editor = opened(qtbot, page, "Generate")
    model = editor.form.tiers.model
    model.setData(model.index(1, 1), "10000")
    assert editor.form.tiers.problem.text().startswith("Tier 2: The bound 10000 overlaps")
    assert model.index(1, 1).data(Qt.ItemDataRole.ForegroundRole) is not None
    assert model.index(0, 1).data(Qt.ItemDataRole.ForegroundRole) is None
    assert editor.strip.values[1].text() == "\u2013"
    model.setData(model.index(1, 1), "1000000")
    assert not editor.form.tiers.problem.isVisible()


@pytest.mark.parametrize(
    ("typed", "field"),
    [("-1", "price.unit_amount"), ("NaN", "price.unit_amount"), ("cheap", "price.unit_amount")],
)
def test_mistake_in_a_field_is_said_beside_it_at_once(qtbot, page, typed, field):
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), typed)
    assert editor.form.fields[field].problem.isVisible()
    type_into(qtbot, price_line(editor), "1")
    assert not editor.form.fields[field].problem.isVisible()


def test_field_that_is_not_filled_yet_is_no_mistake_until_publishing(qtbot, page, controls):
    page.create_new()
    fields = page.editor.form.fields
    assert not any(field.problem.isVisible() for field in fields.values())
    click(qtbot, page.publish)
    assert fields["name"].problem.isVisible()
    assert "PricingService.preview" not in controls.calls


def test_ten_thousand_tiers_are_refused_in_words(qtbot, page):
    editor = opened(qtbot, page, "Generate")
    choose_cell(editor.form.tiers.grid, 0, 1)
    text = "\n".join(f"{number}\t1" for number in range(1, 10_001))
    QGuiApplication.clipboard().setText(text)
    editor.form.tiers.grid.paste()
    assert "10,000 tiers" in editor.form.tiers.problem.text()


def test_edits_are_taken_back_and_done_again(qtbot, page):
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), "0.5")
    qtbot.keyClicks(editor.form.name, "!")
    editor.undo()
    assert (editor.form.name.text(), price_line(editor).text()) == ("Search", "0.5")
    editor.undo()
    assert price_line(editor).text() == "0.0005"
    editor.undo()
    editor.redo()
    editor.redo()
    editor.redo()
    assert (editor.form.name.text(), price_line(editor).text()) == ("Search!", "0.5")


def test_undo_by_keyboard_is_for_the_whole_draft(qtbot, page):
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), "0.5")
    editor.form.name.setFocus()
    qtbot.keyClick(editor.form.name, Qt.Key.Key_Z, CTRL)
    wait_for(qtbot, lambda: price_line(editor).text() == "0.0005")


def test_what_is_typed_is_kept_in_the_vault(qtbot, page, controls):
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), "0.5")
    wait_for(qtbot, lambda: editor.saved.text() == "Draft kept in the vault")
    assert controls.drafts["rule_2"].draft.price == per_unit("0.5")
    click(qtbot, page.back)
    assert row_texts(page.table, 3)[4] == "Draft"
    editor = opened(qtbot, page, "Search")
    assert price_line(editor).text() == "0.5"


def test_draft_of_an_earlier_session_is_offered_again(qtbot, page, controls):
    draft = RuleDraft(ACME.application_id, "Half", price=GRADUATED)
    controls.drafts[None] = KeptDraft(None, draft, SYNCED_AT)
    page.reload()
    wait_for(qtbot, lambda: None in page._drafts)
    click(qtbot, page.new)
    assert page.editor.form.name.text() == "Half"
    assert page.editor.saved.text() == "Draft kept in the vault"


def test_discarded_draft_comes_back_with_undo(qtbot, page, controls):
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), "0.5")
    with qtbot.waitSignal(page.toast_offered) as offered:
        click(qtbot, page.discard)
    assert price_line(editor).text() == "0.0005"
    assert not page.discard.isEnabled()
    offered.args[1]()
    assert price_line(editor).text() == "0.5"


def test_drafts_do_not_follow_to_another_application(qtbot, page):
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), "0.5")
    page.set_application(SAMPLE)
    wait_for_content(qtbot, page)
    assert not page.is_editing
    assert "Draft" not in column_texts(page.table, 4)


def test_older_version_is_published_again(qtbot, page):
    editor = opened(qtbot, page, "Generate")
    editor.versions.table.choose("ver_rule_1_1")
    click(qtbot, editor.versions.again)
    assert page.discard.isEnabled()
    assert editor.draft().price["model"] == "graduated"


def test_fields_of_a_model_come_and_go_with_it(qtbot, page):
    page.create_new()
    editor = page.editor
    shown = editor.form.price.fields
    qtbot.keyClicks(price_line(editor), "0.5")
    choose_model(qtbot, editor, "Packages")
    assert shown["package_size"].isVisible()
    assert not shown["unit_amount"].isVisible()
    assert "unit_amount" not in editor.draft().price
    choose_model(qtbot, editor, "Price per unit")
    assert editor.draft().price["unit_amount"] == "0.5"


def test_minimum_above_the_maximum_is_said_at_its_field(qtbot, page):
    editor = opened(qtbot, page, "Search")
    click(qtbot, editor.form.price.more_button)
    type_into(qtbot, editor.form.price.fields["min"].control, "5")
    type_into(qtbot, editor.form.price.fields["max"].control, "4")
    assert editor.form.price.fields["min"].problem.text().startswith("min 5 is above max 4")
    type_into(qtbot, editor.form.price.fields["max"].control, "6")
    type_into(qtbot, editor.form.price.fields["discount_percent"].control, "101")
    assert editor.form.price.fields["discount_percent"].problem.isVisible()


def test_every_modifier_that_is_shown_is_sent_as_it_came(qtbot, page, controls):
    price = per_unit("0.5") | {
        "min": "1", "max": "9", "free_units": "3", "rounding": "charge", "bill_only_at_end": True,
        "unit_conversion": {"operation": "divide", "factor": "1000", "rounding": "ceiling"},
    }  # fmt: skip
    controls.drafts["rule_2"] = KeptDraft(
        "rule_2", RuleDraft(ACME.application_id, "Search", price=price), SYNCED_AT
    )
    page.reload()
    wait_for(qtbot, lambda: "rule_2" in page._drafts)
    editor = opened(qtbot, page, "Search")
    assert editor.draft().price == price
    assert editor.form.price.more_button.isChecked()


def test_currency_of_ones_own_asks_for_its_digits(qtbot, page):
    editor = opened(qtbot, page, "Search")
    digits = editor.form.fields["price.currency_digits"]
    assert not digits.isVisible()
    editor.form.currency.setEditText("TOKEN")
    assert digits.isVisible()
    qtbot.keyClicks(editor.form.digits, "8")
    assert editor.draft().price["currency_digits"] == "8"


def test_deleted_rule_comes_back_with_undo(qtbot, page, controls):
    opened(qtbot, page, "Search")
    with qtbot.waitSignal(page.toast_offered) as offered:
        click(qtbot, page.delete)
    wait_for(qtbot, lambda: "Search" not in column_texts(page.table))
    text, undo = offered.args
    assert "Search" in text
    undo()
    wait_for(qtbot, lambda: "Search" in column_texts(page.table))
    assert controls.arguments["PricingService.restore_rule"][0] == RULES[1]


def test_refused_version_says_why_and_can_be_given_up(qtbot, page, controls):
    editor = opened(qtbot, page, "Everything else")
    assert "currency is not accepted" in editor.message.text.text()
    click(qtbot, editor.message.button("Take the service's"))
    wait_for(qtbot, lambda: row_texts(page.table, 0)[4] == "Live")
    assert controls.arguments["PricingService.discard_rejected"] == ("rule_4",)


def test_rules_are_exported_and_a_file_is_looked_at_before_it_is_imported(
    qtbot, page, controls, monkeypatch, tmp_path
):
    path = str(tmp_path / "pricing.yaml")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (path, ""))
    with qtbot.waitSignal(page.toast_offered):
        click(qtbot, page.export_button)
    assert controls.arguments["RuleFileService.export_file"] == (ACME.application_id, path)
    changed = FileChange(
        FileAction.CHANGED, "rule", "rule_1", "Generate", "+ tier", changes_past=True
    )
    controls.file = FilePreview((changed,))
    click(qtbot, page.import_button)
    dialog = page.findChild(RuleImportDialog)
    wait_for(qtbot, dialog.take.isEnabled)
    assert dialog.text.toPlainText() == "+ tier"
    assert "Bills of days before today change." in dialog.message.text.text()
    click(qtbot, dialog.take)
    wait_for(qtbot, lambda: not dialog.isVisible())
    assert controls.arguments["RuleFileService.import_file"] == (ACME.application_id, path, "")


def test_mistakes_of_a_file_are_shown_with_their_lines(qtbot, page, controls, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("pricing.yaml", ""))
    problem = FileProblem(10, "rules[0].price.tiers[1].up_to", "Bounds have to ascend.")
    controls.file = FilePreview(problems=(problem,))
    click(qtbot, page.import_button)
    dialog = page.findChild(RuleImportDialog)
    wait_for(qtbot, lambda: "10: rules[0].price.tiers[1].up_to" in dialog.text.toPlainText())
    assert not dialog.take.isEnabled()
    dialog.reject()


def test_conflict_shows_base_mine_and_theirs(qtbot, page, controls):
    controls.conflicts = [CONFLICT]
    page.reload()
    wait_for(qtbot, page.conflicts.isVisible)
    texts = visible_texts(page.conflicts)
    for text in ("0.03", "0.04", "0.035", "Pictures", "BEFORE", "MINE", "THEIRS"):
        assert text in texts


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


def test_reload_leaves_what_is_being_typed(qtbot, page, jobs, controls):
    editor = opened(qtbot, page, "Search")
    type_into(qtbot, price_line(editor), "0.5")
    before = controls.calls.count("PricingService.list_rules")
    jobs.noticed.emit("configuration")
    wait_for(qtbot, lambda: controls.calls.count("PricingService.list_rules") > before)
    wait_for_content(qtbot, page)
    assert page.is_editing
    assert price_line(editor).text() == "0.5"


def test_known_endpoints_and_customers_are_offered(qtbot, page):
    form = page.editor.form
    wait_for(qtbot, lambda: form.url.findText("/v1/models") >= 0)
    assert form.url.itemText(0) == "*"
    wait_for(qtbot, lambda: form.customer.count() > 1)
    assert form.customer.itemText(0) == "Every customer"
