"""Dashboard: its five states, its figures, sample data."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from PySide6.QtCore import Qt

from desktop.domain.attention import Attention, Urgency
from desktop.domain.errors import VaultError
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange, Stamp
from desktop.domain.usage_questions import Caveat, Dimension, Grain, LeftOut
from desktop.views.attention_list import due_text
from desktop.views.dashboard_page import DashboardPage
from desktop.views.dashboard_revenue import RevenueCard, revenue_question
from desktop.views.state_page import PageState
from tests.gui.fake_usage import answer
from tests.gui.fakes import ACME, SAMPLE, TODAY
from tests.gui.looking import (
    click,
    column_texts,
    row_texts,
    wait_for,
    wait_for_content,
    wait_for_state,
)


@pytest.fixture
def page(qtbot, jobs, theme):
    page = DashboardPage(jobs, today=lambda _: TODAY)
    qtbot.addWidget(page)
    page.resize(1060, 740)
    page.show()
    return page


def test_figures_are_shown_with_what_they_were(qtbot, page):
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    assert page.states.state is PageState.CONTENT
    shown = [
        (card.figure.whole_text(), card.detail.whole_text())
        for card in (page.requests, page.blocked)
    ]
    assert shown == [
        ("12.48 M", "▲ 8.2 % vs previous"),
        ("1.9 %", "▲ 0.6 pt, 241.8 k refused"),
    ]
    assert page.active.text() == "41 active customers, ▲ 7.9\u00a0% vs previous"
    assert page.requests.spark.isVisible()
    assert len(page.requests.spark.points()) == 30


def test_last_year_can_be_compared_with_where_the_vault_has_it(qtbot, page, controls):
    chosen = []
    page.comparison_chosen.connect(chosen.append)
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    assert not page.compared.isVisible()
    controls.reaches_last_year = True
    page.reload()
    wait_for(qtbot, page.compared.isVisible)
    assert page.requests.detail.whole_text().endswith("vs previous")
    page.compared.setCurrentIndex(1)
    page.compared.activated.emit(1)
    wait_for(qtbot, lambda: page.requests.detail.whole_text().endswith("vs last year"))
    assert page.active.text().endswith("vs last year")
    wait_for(qtbot, lambda: said_of_revenue(page)[1].endswith("vs last year"))
    assert chosen == ["last_year"]


def test_open_privacy_requests_are_told_with_what_is_due(qtbot, page):
    page.set_application(ACME)
    wait_for(qtbot, lambda: page.privacy.figure.whole_text() == "3 open")
    assert page.privacy.detail.whole_text().startswith(("the first is due in", "1 overdue"))


def test_what_needs_attention_leads_to_what_mends_it(qtbot, page):
    page.set_application(ACME)
    wait_for(qtbot, lambda: len(page.attention.buttons) == 2)
    assert [entry.urgency for entry in page.attention.entries] == [Urgency.NOW, Urgency.SOON]
    wait_for(qtbot, page.attention.buttons[1].isVisible)
    with qtbot.waitSignal(page.place_wanted) as wanted:
        click(qtbot, page.attention.buttons[1])
    assert wanted.args == ["keys", "k_1"]
    assert page.attention.buttons[0].accessibleName().startswith("Open: GET /v1/search fails")


def test_quiet_day_says_that_nothing_is_the_matter(qtbot, page, theme):
    page.attention.show_entries(())
    assert not page.attention.nothing.isHidden()
    entry = Attention("a", Urgency.NOTE, "Something.", "", "usage")
    many = tuple(replace(entry, key=str(number)) for number in range(25))
    page.attention.show_entries(many)
    assert page.attention.nothing.isHidden()
    assert page.attention.more.text() == "And 5 more."
    assert due_text(replace(entry, due=datetime(2020, 1, 5, tzinfo=UTC))) == "Was due 5 Jan."


WAITING = ("\u2013", "not yet worked out")
MONTH = DateRange(date(2026, 10, 25), date(2026, 11, 24))


def said_of_revenue(page):
    return (page.revenue.figure.whole_text(), page.revenue.detail.whole_text())


def cost_cell(page, row):
    """Text of a customer's cost, and what a screen reader says of it."""
    index = page.top_customers.table_model.index(row, 3)
    return (index.data(), index.data(Qt.ItemDataRole.AccessibleTextRole))


def revenue_answer():
    question = revenue_question(ApplicationId("app_1"), MONTH)
    return answer(question, "", Stamp(None, online=True))


def test_revenue_is_unknown_until_it_comes_after_the_figures(qtbot, page, controls):
    controls.hold("UsageQuestionService.ask")
    page.set_application(ACME)
    wait_for(qtbot, lambda: "UsageQuestionService.ask" in controls.calls)
    assert said_of_revenue(page) == WAITING
    assert page.revenue.accessibleName() == "Metered revenue: \u2013, not yet worked out"
    assert cost_cell(page, 0) == WAITING
    controls.release("UsageQuestionService.ask")
    wait_for(qtbot, lambda: len(page.revenue.spark.values) > 1)
    wait_for(qtbot, lambda: cost_cell(page, 0) != WAITING)
    total = revenue_answer().totals[0]
    assert said_of_revenue(page)[0] == f"$ {total.amount(total.total):,.2f}"
    assert said_of_revenue(page)[1].endswith("vs previous")


def test_costs_are_asked_for_the_customers_of_the_table(qtbot, page, controls):
    page.set_application(ACME)
    wait_for(qtbot, lambda: len(controls.questions) == 2)
    ((of_all,), (of_customers,)) = ([q for q in controls.questions if q.group_by is group]
                                    for group in (None, Dimension.CUSTOMER))  # fmt: skip
    assert of_all == revenue_question(ACME.application_id, MONTH)
    assert of_customers.grain is Grain.WHOLE
    assert of_customers.filters[0].keys == tuple(f"cus_{number}" for number in range(1, 6))


def test_failed_revenue_is_told_where_it_would_be(qtbot, page, controls):
    for _ in range(2):
        controls.fail_with("UsageQuestionService.ask", VaultError("The disk reported an error."))
    page.set_application(ACME)
    failed = ("\u2013", "The disk reported an error.")
    wait_for(qtbot, lambda: said_of_revenue(page) == failed)
    wait_for(qtbot, lambda: cost_cell(page, 0) == failed)
    assert page.states.state is PageState.CONTENT
    page.reload()
    wait_for(qtbot, lambda: said_of_revenue(page)[0].startswith("$"))
    wait_for(qtbot, lambda: "$" in (cost_cell(page, 0)[0] or ""))


def test_revenue_of_another_period_is_not_kept(qtbot, page, controls):
    page.set_application(ACME)
    wait_for(qtbot, lambda: said_of_revenue(page) != WAITING)
    controls.hold("UsageQuestionService.ask")
    page.reload()
    wait_for(qtbot, lambda: len(controls.questions) > 2)
    assert said_of_revenue(page) != WAITING
    page.range.choice.setCurrentIndex(0)
    wait_for(qtbot, lambda: said_of_revenue(page) == WAITING)
    assert cost_cell(page, 0) == WAITING
    controls.release("UsageQuestionService.ask")


def test_several_currencies_stand_side_by_side(qtbot, theme):
    card = RevenueCard()
    qtbot.addWidget(card)
    found = revenue_answer()
    dollars = replace(found.totals[0], values=(5, 6), total=1100, before=(7,), total_before=700)
    euros = replace(dollars, unit="EUR", total=250, before=(), total_before=None)
    card.show_answer(replace(found, totals=(dollars, euros)))
    assert card.figure.whole_text() == "€ 2.50 + $ 11.00"
    assert card.detail.whole_text() == "$ 7.00 the period before"
    assert card.spark.isHidden()


def test_revenue_without_prices_or_a_past_is_no_zero(qtbot, theme):
    card = RevenueCard()
    qtbot.addWidget(card)
    found = revenue_answer()
    card.show_answer(replace(found, totals=()))
    assert card.figure.whole_text() == "\u2013"
    assert card.detail.whole_text() == "no price holds for these calls"
    unknown = replace(found.totals[0], before=(None, None), total_before=0)
    left_out = (LeftOut(Caveat.SINGLE_CALLS, 12),)
    card.show_answer(replace(found, totals=(unknown,), left_out=left_out))
    assert card.detail.whole_text().startswith("no earlier data · 12 calls have prices")


def test_top_customers_are_listed_largest_first(qtbot, page):
    page.set_application(ACME)
    wait_for(qtbot, lambda: "$" in (cost_cell(page, 0)[0] or ""))
    assert row_texts(page.top_customers, 0)[:3] == ["acme-eu", "4,120,331", "20,601,655"]
    assert cost_cell(page, 4) == ("\u2013", "no price holds")
    assert column_texts(page.top_customers)[-1] == "Anonymous callers"


def test_period_asked_for_is_the_chosen_one(qtbot, page, controls):
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    page.range.choice.setCurrentIndex(0)
    week = DateRange(date(2026, 11, 17), date(2026, 11, 24))
    wait_for(qtbot, lambda: controls.arguments["UsageService.dashboard"][1] == week)


def test_without_an_application_it_says_how_to_get_one(qtbot, page):
    page.set_application(None)
    page.reload()
    assert page.states.state is PageState.EMPTY


def test_without_calls_it_offers_snippet_and_sample_data(qtbot, page, controls):
    controls.has_usage = False
    page.set_application(ACME)
    wait_for_state(qtbot, page, PageState.EMPTY)
    buttons = {button.text(): button for button in page.states.empty.findChildren(type(page.sync))}
    with qtbot.waitSignal(page.connect_wanted):
        click(qtbot, buttons["Show the snippet"])
    with qtbot.waitSignal(page.sample_wanted):
        click(qtbot, buttons["Use sample data"])


def test_loading_is_a_state_of_its_own(qtbot, page, controls):
    controls.hold("UsageService.dashboard")
    page.set_application(ACME)
    assert page.states.state is PageState.LOADING
    wait_for(qtbot, page.states.skeleton.isVisible)
    controls.release("UsageService.dashboard")
    wait_for_content(qtbot, page)


def test_failure_is_explained_and_can_be_tried_again(qtbot, page, controls):
    controls.fail_with("UsageService.dashboard", VaultError("The vault could not be read."))
    page.set_application(ACME)
    wait_for_state(qtbot, page, PageState.ERROR)
    click(qtbot, page.states.message.button("Retry"))
    wait_for_content(qtbot, page)


def test_offline_shows_everything_with_its_age(qtbot, page, controls):
    controls.online = False
    page.set_application(ACME)
    wait_for_state(qtbot, page, PageState.OFFLINE)
    assert "as of" in page.states.message.text.text()
    assert page.requests.figure.whole_text() == "12.48 M"


def test_sample_data_is_badged_and_removed_in_one_click(qtbot, page, controls):
    page.set_application(SAMPLE)
    wait_for(qtbot, page.sample_badge.isVisible)
    click(qtbot, page.remove_sample)
    wait_for(qtbot, lambda: "SampleDataService.remove" in controls.calls)


def test_own_data_has_no_badge(qtbot, page):
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    assert not page.sample_badge.isVisible()


def test_news_reload_the_page_once_for_a_burst(qtbot, page, controls, jobs):
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    before = controls.calls.count("UsageService.dashboard")
    for _ in range(20):
        jobs.noticed.emit("usage")
    wait_for(qtbot, lambda: controls.calls.count("UsageService.dashboard") == before + 1)
    wait_for_content(qtbot, page)
    assert controls.calls.count("UsageService.dashboard") == before + 1


def test_hidden_page_waits_with_reloading_until_it_is_seen(qtbot, page, controls, jobs):
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    page.hide()
    before = controls.calls.count("UsageService.dashboard")
    jobs.noticed.emit("usage")
    assert not page._soon.isActive()
    page.show()
    wait_for(qtbot, lambda: controls.calls.count("UsageService.dashboard") == before + 1)


def test_answer_about_the_application_before_is_not_shown(qtbot, page, controls):
    controls.hold("UsageService.dashboard")
    page.set_application(SAMPLE)
    wait_for(qtbot, lambda: "UsageService.dashboard" in controls.calls)
    page.set_application(ACME)
    controls.release("UsageService.dashboard")
    wait_for_content(qtbot, page)
    assert not page.sample_badge.isVisible()


def test_selected_customer_stays_selected_over_a_reload(qtbot, page, controls, jobs):
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    page.top_customers.choose("cus_2")
    page.reload()
    wait_for_content(qtbot, page)
    assert page.top_customers.chosen().line.label == "north-labs"


def test_sync_button_asks_for_a_sync(qtbot, page):
    page.set_application(ACME)
    with qtbot.waitSignal(page.sync_wanted):
        click(qtbot, page.sync)
