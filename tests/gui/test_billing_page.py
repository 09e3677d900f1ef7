"""Billing: provider and mode always on screen, plans before anything is sent, undo for the rest."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import ObjectKind
from desktop.domain.billing.providers import Mode
from desktop.domain.billing.reports import LineState
from desktop.domain.errors import ProviderRefused, ProviderUnreachable, ServiceUnreachable
from desktop.views.activities import Activities
from desktop.views.billing_page import BillingPage, Tab
from desktop.views.icons import Button
from desktop.views.state_page import PageState
from desktop.views.translations import translate
from tests.gui.fake_billing import KEY, PADDLE, STRIPE, URL, Desk
from tests.gui.fakes import ACME, TODAY
from tests.gui.looking import visible_texts, wait_for, wait_for_content, wait_for_state

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def desk(controls):
    controls.billing = Desk()
    return controls.billing


@pytest.fixture
def said():
    """What was told in passing, each with its way back."""
    return []


@pytest.fixture
def make(qtbot, jobs, theme, desk, said):
    """Opens the page by itself, without the rest of the window."""
    translate(QApplication.instance())

    def make_one():
        page = BillingPage(jobs, Activities(jobs), lambda _: TODAY)
        page.toast_offered.connect(lambda text, undo: said.append((text, undo)))
        qtbot.addWidget(page)
        page.resize(1060, 760)
        page.show()
        page.set_application(ACME)
        return page

    return make_one


@pytest.fixture
def page(qtbot, make):
    """The page on Stripe, live."""
    page = make()
    wait_for_content(qtbot, page)
    rest(qtbot, page)
    return page


def rest(qtbot, page):
    wait_for(qtbot, lambda: not page.jobs.running)


def turn(qtbot, page, tab):
    page.turn_to(tab)
    wait_for(qtbot, lambda: not page.jobs.running)


def names(table):
    model = table.model()
    return [model.data(model.index(row, 0)) for row in range(model.rowCount())]


def cells(table, row):
    model = table.model()
    return [model.data(model.index(row, column)) for column in range(model.columnCount())]


def choose_kind(qtbot, page, kind):
    page.lists.choose_kind(kind)
    wait_for(qtbot, lambda: not page.jobs.running)


def test_provider_and_mode_are_always_on_screen(qtbot, page):
    assert page.badge.text() == "Live: money moves"
    for tab in Tab:
        turn(qtbot, page, tab)
        assert page.badge.isVisible()
    page.provider.choose(BillingProvider.PADDLE)
    page.mode.choose(Mode.TEST)
    turn(qtbot, page, Tab.LISTS)
    assert page.badge.text() == "Test: no money moves"


def test_a_side_that_is_not_connected_says_so(qtbot, page):
    page.mode.choose(Mode.TEST)
    turn(qtbot, page, Tab.LISTS)
    assert "Stripe is not connected in this mode." in " ".join(visible_texts(page))
    assert not page.read.isEnabled()
    assert not page.lists.isVisible()


def test_without_a_provider_the_page_offers_both(qtbot, make, desk):
    desk.connections = []
    page = make()
    wait_for_state(qtbot, page, PageState.EMPTY)
    labels = {button.text() for button in page.states.empty.findChildren(Button)}
    assert labels == {"Connect Stripe", "Connect Paddle"}


def test_a_provider_is_connected_and_read_whole(qtbot, make, desk, controls):
    desk.connections = []
    page = make()
    wait_for_state(qtbot, page, PageState.EMPTY)
    page._offer(BillingProvider.PADDLE)
    panel = page.connect_panel
    qtbot.keyClicks(panel.key, KEY)
    qtbot.mouseClick(panel.connect_button, LEFT)
    wait_for(qtbot, lambda: "MirrorService.read" in controls.calls)
    rest(qtbot, page)
    assert controls.arguments["BillingConnectionService.connect"] == (BillingProvider.PADDLE, KEY)
    assert controls.arguments["MirrorService.read"] == (PADDLE, True)
    assert panel.key.text() == ""
    assert page.lists.isVisible()


def test_a_key_that_is_none_is_explained_beside_its_field(qtbot, page):
    turn(qtbot, page, Tab.CONNECTION)
    panel = page.connect_panel
    qtbot.keyClicks(panel.key, "wrong")
    qtbot.keyClick(panel.key, Qt.Key.Key_Return)
    wait_for(qtbot, panel.field.problem.isVisible)
    assert "This is no key." in panel.field.problem.text()
    assert panel.connect_button.isEnabled()


def test_what_the_key_may_not_do_is_named(qtbot, page):
    turn(qtbot, page, Tab.CONNECTION)
    assert "Without rak_price_write: publishing prices" in visible_texts(page)


def test_a_list_is_searched_narrowed_and_shown_whole_with_its_age(qtbot, page):
    choose_kind(qtbot, page, ObjectKind.INVOICE)
    lists = page.lists
    assert len(names(lists.table)) == 32
    assert lists.as_of.text().startswith("As of 23 Nov 2026")
    qtbot.keyClicks(lists.search, "INV-0003")
    wait_for(qtbot, lambda: names(lists.table) == ["INV-0003"])
    lists.search.clear()
    wait_for(qtbot, lambda: len(names(lists.table)) == 32)
    lists.status.setCurrentIndex(lists.status.findData("open"))
    lists.status.activated.emit(0)
    wait_for(qtbot, lambda: len(names(lists.table)) == 8)


def test_a_chosen_object_is_shown_as_the_provider_has_it(qtbot, page):
    choose_kind(qtbot, page, ObjectKind.CUSTOMER)
    page.lists.table.choose("cus_0002")
    wait_for(qtbot, lambda: "usageflow_customer" in page.lists.details.toPlainText())
    assert "cus_0002" in page.lists.details.toPlainText()


def test_paddle_offers_the_lists_it_has(qtbot, page):
    page._choose(PADDLE)
    turn(qtbot, page, Tab.LISTS)
    offered = {page.lists.kind.itemText(place) for place in range(page.lists.kind.count())}
    assert "Transactions" in offered
    assert "Meters" not in offered


def test_without_a_network_lists_stay_and_the_request_id_is_told(qtbot, page, controls):
    choose_kind(qtbot, page, ObjectKind.INVOICE)
    controls.fail_with("MirrorService.read", ProviderUnreachable("No answer. Request id: req-77."))
    qtbot.mouseClick(page.read, LEFT)
    wait_for(qtbot, lambda: "req-77" in " ".join(visible_texts(page)))
    assert len(names(page.lists.table)) == 32
    assert page.read.isEnabled()


def test_a_plan_is_shown_before_anything_is_published(qtbot, page, controls):
    turn(qtbot, page, Tab.PUBLISH)
    publish = page.publish
    qtbot.mouseClick(publish.plan_button, LEFT)
    wait_for(qtbot, publish.plan_card.isVisible)
    said = visible_texts(publish.plan_card)
    assert "2 changes at the provider" in said
    assert "unit_amount_decimal: 0.18 → 0.2" in said
    assert "BillingPublishService.apply" not in controls.calls
    qtbot.mouseClick(publish.apply, LEFT)
    wait_for(qtbot, lambda: "BillingPublishService.apply" in controls.calls)
    wait_for(qtbot, lambda: not publish.plan_card.isVisible())


def test_what_cannot_be_had_there_has_no_button(qtbot, page, desk):
    desk.refusals = ("Stripe has no such price.",)
    turn(qtbot, page, Tab.PUBLISH)
    qtbot.mouseClick(page.publish.plan_button, LEFT)
    wait_for(qtbot, page.publish.plan_card.isVisible)
    assert "Stripe has no such price." in visible_texts(page.publish.plan_card)
    assert not page.publish.apply.isVisible()


def test_drift_is_looked_for_and_told_by_field(qtbot, page):
    turn(qtbot, page, Tab.PUBLISH)
    qtbot.mouseClick(page.publish.look, LEFT)
    wait_for(qtbot, lambda: "unit_amount_decimal" in str([cells(page.publish.table, row)
             for row in range(len(names(page.publish.table)))]))  # fmt: skip
    assert page.publish.as_of.text().startswith("As of")


def test_a_payer_is_chosen_by_hand_and_undone(qtbot, page, desk, said):
    turn(qtbot, page, Tab.MAPPING)
    mapping = page.mapping
    mapping.table.choose("cus_2")
    mapping.payer.setCurrentIndex(mapping.payer.findData("cus_0004"))
    qtbot.mouseClick(mapping.link, LEFT)
    wait_for(qtbot, lambda: desk.links.get("cus_2") == "cus_0004")
    rest(qtbot, page)
    said[-1][1]()
    wait_for(qtbot, lambda: "cus_2" not in desk.links)


def test_taking_a_payer_away_is_undone(qtbot, page, desk, said):
    turn(qtbot, page, Tab.MAPPING)
    page.mapping.table.choose("cus_1")
    qtbot.mouseClick(page.mapping.unlink, LEFT)
    wait_for(qtbot, lambda: "cus_1" not in desk.links)
    rest(qtbot, page)
    said[-1][1]()
    wait_for(qtbot, lambda: desk.links.get("cus_1") == "cus_0001")


def test_callers_are_matched_by_a_field(qtbot, page, controls, said):
    turn(qtbot, page, Tab.MAPPING)
    assert page.mapping.count.text() == "4 callers without a payer"
    qtbot.mouseClick(page.mapping.match, LEFT)
    wait_for(qtbot, lambda: controls.arguments.get("MappingService.match") is not None)
    rest(qtbot, page)
    assert "caller 5" in said[-1][0]


def test_usage_is_sent_only_as_it_was_planned(qtbot, page, controls):
    turn(qtbot, page, Tab.REPORTS)
    reports = page.reports
    assert not reports.send.isEnabled()
    qtbot.mouseClick(reports.plan, LEFT)
    wait_for(qtbot, reports.send.isEnabled)
    assert controls.arguments["UsageReportService.run"][0].is_dry
    reports.until.show_day(reports.since.day())
    assert not reports.send.isEnabled()
    rest(qtbot, page)
    qtbot.mouseClick(reports.plan, LEFT)
    wait_for(qtbot, reports.send.isEnabled)
    rest(qtbot, page)
    qtbot.mouseClick(reports.send, LEFT)
    wait_for(qtbot, lambda: not controls.arguments["UsageReportService.run"][0].is_dry)


def test_a_run_shows_each_line_with_its_reason(qtbot, page):
    turn(qtbot, page, Tab.REPORTS)
    lines = page.reports.lines
    wait_for(qtbot, lambda: len(names(lines)) == 4)
    assert cells(lines, 0)[4:] == ["Accepted", "req_Ab12"]
    assert cells(lines, 2)[4:] == ["Refused", "Nobody pays for this caller."]
    state = page.reports.state
    state.setCurrentIndex(state.findData(LineState.REFUSED.value))
    state.activated.emit(0)
    wait_for(qtbot, lambda: len(names(lines)) == 1)


def test_the_owner_decides_about_an_uncertain_line(qtbot, page, controls):
    turn(qtbot, page, Tab.REPORTS)
    wait_for(qtbot, lambda: len(names(page.reports.lines)) == 4)
    page.reports.lines.selectRow(3)
    qtbot.mouseClick(page.reports.not_counted, LEFT)
    wait_for(qtbot, lambda: "UsageReportService.decide" in controls.calls)
    assert controls.arguments["UsageReportService.decide"] == ("clm_4", False)


def test_paddle_is_billed_by_months(qtbot, page, controls):
    page._choose(PADDLE)
    turn(qtbot, page, Tab.REPORTS)
    qtbot.mouseClick(page.reports.plan, LEFT)
    wait_for(qtbot, lambda: "InvoiceBillingService.run" in controls.calls)
    (question,) = controls.arguments["InvoiceBillingService.run"]
    assert question.account == PADDLE
    assert question.period.start.day == 1


@pytest.mark.parametrize(
    ("agrees", "said"),
    [(True, "Both agree to the minor unit."), (False, "The two differ.")],
)
def test_invoices_are_compared_to_the_minor_unit(qtbot, page, desk, agrees, said):
    desk.agrees = agrees
    turn(qtbot, page, Tab.RECONCILE)
    qtbot.mouseClick(page.reconcile.compare, LEFT)
    wait_for(qtbot, lambda: said in visible_texts(page.reconcile))
    assert names(page.reconcile.lines) == ["Generate", "USD"]


def test_a_month_at_paddle_is_compared_with_what_was_read(qtbot, page, controls):
    page._choose(PADDLE)
    turn(qtbot, page, Tab.RECONCILE)
    assert not page.reconcile.difference.isVisible()
    qtbot.mouseClick(page.reconcile.compare, LEFT)
    wait_for(qtbot, lambda: "As last read." in visible_texts(page.reconcile))
    assert controls.arguments["InvoiceBillingService.compare"][0].account == PADDLE


def test_usage_that_differs_is_listed(qtbot, page, desk):
    desk.agrees = False
    turn(qtbot, page, Tab.RECONCILE)
    qtbot.mouseClick(page.reconcile.difference, LEFT)
    wait_for(qtbot, lambda: "1 difference" in visible_texts(page.reconcile))
    assert cells(page.reconcile.usage, 0) == ["Globex", "generate", "3 Nov 2026", "10", "9"]


def test_a_webhook_is_set_up_and_its_secrets_do_not_stay(qtbot, page, controls):
    turn(qtbot, page, Tab.EVENTS)
    events = page.events
    assert events.url.text() == URL
    assert len(names(events.table)) == 4
    events.secrets.setPlainText("whsec_new_secret\nwhsec_old_secret")
    qtbot.mouseClick(events.save, LEFT)
    wait_for(qtbot, lambda: "WebhookService.set_up" in controls.calls)
    wait_for(qtbot, lambda: events.secrets.toPlainText() == "")
    sent = controls.arguments["WebhookService.set_up"]
    assert sent == (STRIPE, ("whsec_new_secret", "whsec_old_secret"))
    assert "2 signing secrets" in events.state.text()


def test_secrets_that_cannot_be_some_are_explained_beside_the_field(qtbot, page):
    turn(qtbot, page, Tab.EVENTS)
    page.events.secrets.setPlainText("short")
    qtbot.mouseClick(page.events.save, LEFT)
    wait_for(qtbot, page.events.field.problem.isVisible)


def test_events_are_there_while_the_service_is_out_of_reach(qtbot, page, controls):
    controls.fail_with(
        "WebhookService.setups", ServiceUnreachable("The service cannot be reached.")
    )
    turn(qtbot, page, Tab.EVENTS)
    assert len(names(page.events.table)) == 4
    assert page.events.state.text() == "The service cannot be reached."
    assert not page.events.save.isEnabled()


def test_secrets_of_one_account_are_not_offered_to_another(qtbot, page):
    turn(qtbot, page, Tab.EVENTS)
    page.events.secrets.setPlainText("whsec_of_stripe")
    page._choose(PADDLE)
    turn(qtbot, page, Tab.EVENTS)
    assert page.events.secrets.toPlainText() == ""


def test_a_refused_connection_list_is_an_error_with_a_way_out(qtbot, make, desk, controls):
    for _ in range(2):  # once for being shown, once for the application
        controls.fail_with("BillingConnectionService.connections", ProviderRefused("No."))
    page = make()
    wait_for_state(qtbot, page, PageState.ERROR)
