"""What-if: drafts that are compared, who moves, break-even, scenarios, and the five states."""

from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog

from desktop.domain.errors import Cancelled, InvalidInput, VaultError
from desktop.domain.usage import DateRange
from desktop.views.state_page import PageState
from tests.fakes import APPLICATION, no_report
from tests.gui.looking import (
    click,
    column_texts,
    row_texts,
    wait_for,
    wait_for_content,
    wait_for_state,
)
from tests.gui.real import open_page
from tests.prices import rule_draft

YEAR = DateRange(date(2025, 11, 1), date(2026, 11, 1))


@pytest.fixture
def page(qtbot, window):
    return open_page(qtbot, window, "what_if")


def asked(controls):
    return controls.arguments["WhatIfService.simulate"][0]


def test_page_begins_with_what_was_typed_on_pricing(page, controls):
    assert row_texts(page.compared, 0) == [
        "generate", "$\u00a018,204.55", "$\u00a020,911.02", "▲ 14.9\u00a0%",
    ]  # fmt: skip
    (draft,) = asked(controls).drafts
    assert draft.rules[0].rule_id == "rule_1"
    assert asked(controls).period == YEAR


def test_figures_name_who_moves_and_warn_of_much_dearer_bills(qtbot, page):
    assert page.outcome.live.figure.whole_text() == "$ 18,204.55"
    assert page.outcome.moved.figure.whole_text() == "29 / 8"
    assert page.warning.text.text() == "Raises the bill of 3 of 41 customers by more than 20 %."
    assert column_texts(page.outcome.movers)[:2] == ["Acme EU", "Bluefin Logistics"]
    assert column_texts(page.outcome.movers, 3)[0] == "▲ 27.0\u00a0%"
    page.outcome.which.choose("spread")
    page.outcome.which.changed.emit()
    assert row_texts(page.outcome.spread, 0) == ["-50 % and below", "0"]
    assert row_texts(page.outcome.spread, 5) == ["+5 % to +20 %", "17"]
    click(qtbot, page.warning.button("Show them"))
    assert page.outcome.movers.isVisible()


def test_rule_that_needs_single_calls_names_what_is_covered(page):
    assert "Uploads needs single calls: 212 of 9,871 are in the vault (3 Oct" in page.notes.text()


def test_every_price_can_be_tried_at_another_percentage(qtbot, page, controls):
    page.maker.source.setCurrentIndex(0)
    page.maker.source.activated.emit(0)
    page.maker.percent.setValue(-12.5)
    click(qtbot, page.maker.add)
    wait_for(qtbot, lambda: len(page.compared.table_model.rows) == 2)
    _, scaled = asked(controls).drafts
    assert scaled.name == "Every price -12.5 %"
    prices = {rule.rule_id: rule.price for rule in controls.rules}
    for rule in scaled.rules:
        before = prices[rule.rule_id].get("unit_amount")
        if before is not None:
            changed = Decimal(rule.draft.price["unit_amount"])
            assert changed == Decimal(before) * Decimal("0.875")
    page.compared.choose(1)
    click(qtbot, page.remove)
    wait_for(qtbot, lambda: len(page.compared.table_model.rows) == 1)
    assert not page.remove.isEnabled()


def test_customer_and_period_are_chosen_with_the_keyboard(qtbot, page, controls):
    page.customers.setFocus()
    qtbot.keyClick(page.customers, Qt.Key.Key_Down)
    page.customers.activated.emit(page.customers.currentIndex())
    wait_for(qtbot, lambda: asked(controls).customer_ids == ("cus_1",))
    page.months.choice.setCurrentIndex(0)
    page.months.choice.activated.emit(0)
    wait_for(qtbot, lambda: asked(controls).period.start == date(2026, 10, 1))


def test_own_dates_may_be_any_days(qtbot, page, controls):
    page.months.choice.setCurrentIndex(4)
    page.months.choice.activated.emit(4)
    page.months.first.show_day(date(2026, 9, 14))
    wait_for(qtbot, lambda: asked(controls).period == DateRange(date(2026, 9, 14),
                                                               date(2026, 11, 1)))  # fmt: skip
    assert page.months.last.isVisible()


def test_break_even_is_told_in_a_sentence(qtbot, page, controls):
    place = page.break_even.number.findText("generate: tiers[0].unit_amount")
    page.break_even.number.setCurrentIndex(place)
    click(qtbot, page.break_even.look)
    wait_for(qtbot, lambda: page.break_even.found.text().startswith("At 0.001742"))
    (question,) = controls.arguments["WhatIfService.break_even"]
    assert (question.field, question.most, question.places) == (
        "tiers[0].unit_amount", Decimal(1), 6,
    )  # fmt: skip


def test_break_even_that_does_not_exist_says_so_beside_the_number(qtbot, page, controls):
    controls.fail_with("WhatIfService.break_even", InvalidInput("No value breaks even."))
    click(qtbot, page.break_even.look)
    wait_for(qtbot, lambda: page.break_even.found.text() == "No value breaks even.")


def test_scenario_is_saved_opened_and_deleted(qtbot, page, controls, monkeypatch):
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("Autumn", True))
    click(qtbot, page.keep)
    wait_for(qtbot, page.scenarios.isVisible)
    page.months.choice.setCurrentIndex(0)
    page.months.choice.activated.emit(0)
    wait_for(qtbot, lambda: asked(controls).period.start == date(2026, 10, 1))
    page.scenarios.setCurrentIndex(1)
    page.scenarios.activated.emit(1)
    wait_for(qtbot, lambda: asked(controls).period == YEAR)
    assert page.months.choice.currentText() == "Last 12 months"
    offers = []
    page.toast_offered.connect(lambda text, undo: offers.append((text, undo)))
    click(qtbot, page.forget)
    wait_for(qtbot, lambda: controls.scenarios == [] and bool(offers))
    offers[0][1]()
    wait_for(qtbot, lambda: len(controls.scenarios) == 1)


def test_lines_are_exported(qtbot, page, controls, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/data/me/lines.csv", ""))
    told = []
    page.toast_offered.connect(lambda text, _: told.append(text))
    click(qtbot, page.export)
    wait_for(qtbot, lambda: told == ["Wrote 3,936 lines."])
    assert controls.arguments["WhatIfService.export"][1] == "/data/me/lines.csv"


def test_nothing_to_try_leads_to_prices(qtbot, window, controls):
    controls.has_usage = False
    window.show_page("what_if")
    page = window.pages["what_if"]
    wait_for_state(qtbot, page, PageState.EMPTY)
    page.destination_wanted.emit("pricing")
    assert window.pages.current_name() == "pricing"


def test_failure_keeps_the_page_and_offers_retry(qtbot, page, controls):
    controls.fail_with("WhatIfService.simulate", VaultError("The disk reported an error."))
    page.months.choice.activated.emit(2)
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.compared.isVisible()
    click(qtbot, page.states.message.button("Retry"))
    wait_for_content(qtbot, page)


def test_offline_is_content(qtbot, window, controls):
    controls.online = False
    page = open_page(qtbot, window, "what_if")
    assert page.states.state is PageState.OFFLINE
    assert page.compared.isVisible()


def test_long_simulation_can_be_cancelled(qtbot, page, controls):
    controls.hold("WhatIfService.simulate")
    controls.fail_with("WhatIfService.simulate", Cancelled("Cancelled."))
    page.months.choice.activated.emit(2)
    wait_for_state(qtbot, page, PageState.LOADING)
    controls.release("WhatIfService.simulate")
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.compared.isVisible()


def test_draft_on_real_data_moves_real_bills(qtbot, device, hosted, real_window):
    for day in (1, 2, 3):
        hosted.count("end_0", "cus_1", (20_500 + day) * 86_400, requests=40)
    device.services.sync.run(no_report)
    draft = rule_draft("Items", "0.05", effective_from=date(2025, 1, 1))
    device.services.pricing.publish(draft, None)
    page = open_page(qtbot, real_window, "what_if")
    wait_for(qtbot, lambda: bool(page.compared.table_model.rows))
    assert row_texts(page.compared, 0)[0] == "Every price +10 %"
    assert row_texts(page.compared, 0)[1:3] == ["$\u00a06.00", "$\u00a06.60"]
    assert column_texts(page.outcome.movers) == ["Aurora"]
    assert page.application.application_id == APPLICATION


def test_pricing_leads_here_with_what_is_being_typed(qtbot, window, controls):
    pricing = open_page(qtbot, window, "pricing")
    click(qtbot, pricing.try_out)
    assert window.pages.current_name() == "what_if"
    wait_for_content(qtbot, window.pages["what_if"])
    assert row_texts(window.pages["what_if"].compared, 0)[0] == "generate"
