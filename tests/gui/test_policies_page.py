"""The Policies page over a real vault: each tab, each task in three clicks, undo, conflicts."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from contract.terms import IdentityLocation, LimitKind, MeteringTrigger
from desktop.domain.policies import Passage
from desktop.views import figures
from desktop.views.policies.metering_panel import Counting
from desktop.views.policies.tabs import Tab
from desktop.views.state_page import PageState
from tests.fakes import APPLICATION
from tests.gui.fake_rules import RESPONSE_FIELDS
from tests.gui.looking import (
    LEFT,
    click,
    column_texts,
    row_texts,
    type_into,
    visible_texts,
    wait_for,
    wait_for_state,
)
from tests.gui.real import endpoint_body, open_page
from tests.unit.test_traces import why

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
"""The off-screen platform says so of the list that opens while a customer's name is typed."""
MOST_CLICKS = 3
ITEMS, GIN, UPLOADS = "GET /items/{item_id}", "GET /items/:id", "POST /uploads"
COLUMNS = {"Endpoint": 0, "Limits": 1, "Counts": 2, "Route": 3, "Blocks": 4}


class Hand:
    """Clicks what can be seen, and counts; typing is no click."""

    def __init__(self, qtbot, window):
        self.qtbot, self.window, self.clicks = qtbot, window, 0

    @property
    def page(self):
        return self.window.pages["policies"]

    @property
    def detail(self):
        return self.page.detail

    def go(self):
        self.press(self.window.sidebar.buttons["policies"])
        self.settle()

    def press(self, button: QAbstractButton):
        self.clicks += 1
        click(self.qtbot, button)
        self.settle()

    def cell(self, endpoint, column="Endpoint"):
        self.clicks += 1
        table = self.page.table
        place = column_texts(table).index(endpoint)
        rect = table.visualRect(table.model().index(place, COLUMNS[column]))
        self.qtbot.mouseClick(table.viewport(), LEFT, pos=rect.center())
        self.settle()

    def type(self, field, text):
        type_into(self.qtbot, field, text)

    def settle(self):
        wait_for(self.qtbot, lambda: not self.window._jobs.running)


@pytest.fixture
def hand(qtbot, real_window):
    return Hand(qtbot, real_window)


@pytest.fixture
def page(qtbot, real_window):
    return open_page(qtbot, real_window, "policies")


def policy(device, url="/items/{item_id}"):
    lines = device.services.policies.endpoints(APPLICATION)
    return next(line.policy for line in lines if line.url == url)


def line(device, title):
    lines = device.services.policies.endpoints(APPLICATION)
    return next(one for one in lines if f"{one.method} {one.url}" == title)


def button(widget, text):
    return next(b for b in widget.findChildren(QAbstractButton) if b.text() == text)


def limit_of(device):
    """Number of the first limit; none while there is no policy."""
    found = policy(device)
    return found.limits[0].allowed if found is not None else None


def set_identity(hand):
    hand.cell(ITEMS)
    hand.detail.identity.location.setFocus()
    hand.qtbot.keyClick(hand.detail.identity.location, Qt.Key.Key_Down)
    hand.detail.identity.location.activated.emit(1)
    hand.type(hand.detail.identity.name, "X-Customer-Id")
    hand.press(hand.detail.save)


def add_limit(hand):
    hand.cell(ITEMS, "Limits")
    hand.type(hand.detail.limits.editors[0].allowed, "600")
    hand.press(hand.detail.save)


def meter_by_expression(hand):
    hand.cell(ITEMS, "Counts")
    counting = hand.detail.metering.counting
    counting.buttons[Counting.CALLS].setFocus()
    hand.qtbot.keyClick(counting.buttons[Counting.CALLS], Qt.Key.Key_Left)
    hand.type(hand.detail.metering.expression, "amount * 2")
    hand.press(hand.detail.save)


def whitelist(hand):
    hand.cell(UPLOADS, "Route")
    hand.press(hand.detail.routes.passage.buttons[Passage.WHITELISTED])


def whitelist_as_advised(hand):
    hand.cell(UPLOADS, "Route")
    hand.press(hand.detail.routes.hint.button("Whitelist it"))


def block_an_endpoint(hand):
    hand.cell(UPLOADS, "Blocks")
    hand.type(hand.detail.blocks.reason, "maintenance")
    hand.press(hand.detail.blocks.block)


def block_a_customer(hand):
    hand.cell(UPLOADS, "Blocks")
    hand.type(hand.detail.blocks.customer.line, "Aurora")
    hand.press(hand.detail.blocks.block)


def try_a_request(hand):
    hand.cell(ITEMS)
    hand.press(hand.page.test)
    answer = hand.detail.request.answer
    wait_for(hand.qtbot, lambda: "It would be refused." in visible_texts(answer))


def make_a_policy_before_the_first_call(hand):
    hand.press(hand.page.new)
    hand.type(hand.detail.route.url, "/new")
    hand.type(hand.detail.limits.editors[0].allowed, "5")
    hand.press(hand.detail.save)


TASKS = [
    (set_identity, lambda d: policy(d).identity_name == "X-Customer-Id"),
    (add_limit, lambda d: policy(d).limits[0].allowed == 600),
    (meter_by_expression, lambda d: policy(d).metering.expression == "amount * 2"),
    (whitelist, lambda d: line(d, UPLOADS).passage is Passage.WHITELISTED),
    (whitelist_as_advised, lambda d: line(d, UPLOADS).passage is Passage.WHITELISTED),
    (block_an_endpoint, lambda d: line(d, UPLOADS).blocks[0].block.reason == "maintenance"),
    (block_a_customer, lambda d: line(d, UPLOADS).blocks[0].customer == "Aurora"),
    (try_a_request, lambda _: True),
    (make_a_policy_before_the_first_call, lambda d: policy(d, "/new").limits[0].allowed == 5),
]


@pytest.mark.parametrize(("task", "is_done"), TASKS, ids=[task.__name__ for task, _ in TASKS])
def test_task_takes_three_clicks(hand, device, hosted, task, is_done):
    hosted.live["POST", f"/v1/applications/{APPLICATION}/explain"] = why("refused")
    hand.go()
    task(hand)
    wait_for(hand.qtbot, lambda: is_done(device))
    assert hand.clicks <= MOST_CLICKS


def test_unblocking_takes_three_clicks_and_can_be_undone(hand, device, real_window):
    hand.go()
    block_an_endpoint(hand)
    hand.page.reload()
    hand.settle()
    hand.clicks = 1  # from the sidebar on, as if the owner came back another day
    hand.cell(UPLOADS, "Blocks")
    (unblock,) = [
        b for b in hand.detail.blocks.findChildren(QAbstractButton) if b.text() == "Unblock"
    ]
    hand.press(unblock)
    wait_for(hand.qtbot, lambda: line(device, UPLOADS).blocks == ())
    assert hand.clicks <= MOST_CLICKS
    click(hand.qtbot, real_window.toast.undo)
    wait_for(hand.qtbot, lambda: len(line(device, UPLOADS).blocks) == 1)


def test_spellings_of_a_route_are_saved_together(hand, device):
    hand.go()
    add_limit(hand)
    wait_for(hand.qtbot, lambda: policy(device, "/items/:id") is not None)
    assert policy(device, "/items/:id").limits == policy(device).limits


def test_only_one_spelling_on_request(hand, device):
    hand.go()
    hand.cell(ITEMS)
    hand.press(hand.detail.all_spellings)
    hand.cell(ITEMS, "Limits")
    assert not hand.detail.all_spellings.isChecked()
    hand.type(hand.detail.limits.editors[0].allowed, "600")
    hand.press(hand.detail.save)
    wait_for(hand.qtbot, lambda: policy(device) is not None)
    assert policy(device, "/items/:id") is None


def test_list_tells_the_rules_in_a_word(hand, device):
    hand.go()
    add_limit(hand)
    wait_for(hand.qtbot, lambda: "600/min" in column_texts(hand.page.table, 1))
    place = column_texts(hand.page.table).index(ITEMS)
    assert row_texts(hand.page.table, place) == [
        ITEMS,
        "600/min",
        "Calls",
        "Metered",
        figures.NOTHING,
    ]


def test_saving_is_taken_back_by_undo(hand, device, real_window):
    hand.go()
    add_limit(hand)
    hand.settle()
    wait_for(hand.qtbot, lambda: hand.page.table.chosen().policy is not None)
    hand.type(hand.detail.limits.editors[0].allowed, "9")
    hand.press(hand.detail.save)
    wait_for(hand.qtbot, lambda: limit_of(device) == 9)
    click(hand.qtbot, real_window.toast.undo)
    wait_for(hand.qtbot, lambda: limit_of(device) == 600)


def test_deleted_policy_comes_back_with_undo(hand, device, real_window):
    hand.go()
    add_limit(hand)
    wait_for(hand.qtbot, hand.detail.delete.isVisible)
    hand.press(hand.detail.delete)
    wait_for(hand.qtbot, lambda: policy(device) is None)
    click(hand.qtbot, real_window.toast.undo)
    wait_for(hand.qtbot, lambda: limit_of(device) == 600)


def test_several_limits_of_every_kind_are_stored(hand, device):
    hand.go()
    hand.cell(ITEMS, "Limits")
    first = hand.detail.limits.editors[0]
    hand.type(first.allowed, "1,000")
    first.kind.choose(LimitKind.TOKEN_BUCKET)
    first.kind.chosen.emit()
    hand.type(first.burst, "50")
    hand.type(hand.detail.limits.editors[1].allowed, "9")
    hand.type(hand.detail.limits.editors[1].schedule, "Sat, Sun")
    hand.press(hand.detail.save)
    wait_for(hand.qtbot, lambda: policy(device) is not None)
    bucket, weekend = policy(device).limits
    assert (bucket.allowed, bucket.burst) == (1000, 50)
    assert [span.weekdays for span in weekend.schedule] == [(6,), (7,)]


def test_wrong_limit_is_explained_beside_it(hand):
    hand.go()
    hand.cell(ITEMS, "Limits")
    hand.type(hand.detail.limits.editors[0].allowed, "many")
    hand.press(hand.detail.save)
    problem = hand.detail.limits.editors[0].problem
    wait_for(hand.qtbot, problem.isVisible)
    assert "whole number" in problem.text()
    assert hand.detail.save.isEnabled()


def test_wrong_field_on_another_tab_brings_that_tab(hand):
    hand.go()
    hand.cell(ITEMS, "Counts")
    hand.detail.metering.counting.choose(Counting.EXPRESSION)
    hand.detail.metering.counting.changed.emit()
    hand.type(hand.detail.metering.expression, "amount *")
    hand.detail.turn_to(Tab.IDENTITY)
    hand.press(hand.detail.save)
    field = hand.detail.metering.fields["expression"]
    wait_for(hand.qtbot, field.problem.isVisible)
    assert hand.detail.tabs.value() is Tab.METERING
    assert "character" in field.problem.text()


@pytest.mark.parametrize(
    ("location", "said"),
    [
        (IdentityLocation.HEADERS, "keeps it"),
        (IdentityLocation.PATH, "FastAPI: does not work."),
        (IdentityLocation.BODY, "Go (Gin): does not work."),
        (IdentityLocation.BEARER, "without checking the token"),
    ],
)
def test_identity_tells_the_truth_of_each_sdk(hand, hosted, device, location, said):
    qtbot, real_window = hand.qtbot, hand.window
    hosted.put("endpoint", "end_9", endpoint_body("GET", "/plain", "go"))
    device.sync()
    page = open_page(qtbot, real_window, "policies")
    page.table.choose("GET /plain ")
    page.detail.identity.location.choose(location)
    page.detail.identity.location.chosen.emit()
    advice = page.detail.identity.advice
    wait_for(qtbot, lambda: any(said in text for text in visible_texts(advice)))


def test_metering_is_tried_on_the_bench(hand):
    hand.go()
    hand.cell(ITEMS, "Counts")
    panel = hand.detail.metering
    panel.counting.choose(Counting.EXPRESSION)
    panel.counting.changed.emit()
    hand.type(panel.expression, "if(status < 400, amount * 3, 0)")
    hand.type(panel.bench.fields["amount"].control, "7")
    hand.press(panel.bench.run)
    wait_for(hand.qtbot, lambda: panel.bench.result.text() == "This call counts 21.")
    hand.type(panel.bench.fields["status"].control, "bad")
    hand.press(panel.bench.run)
    wait_for(hand.qtbot, panel.bench.fields["status"].problem.isVisible)


def test_condition_appears_with_its_trigger(page):
    page.detail.turn_to(Tab.METERING)
    assert not page.detail.metering.condition.isVisible()
    page.detail.metering.trigger.choose(MeteringTrigger.RESPONSE_VALUE)
    page.detail.metering.trigger.changed.emit()
    assert page.detail.metering.condition.isVisible()


def test_route_lists_have_a_preview_and_undo(hand, device, real_window):
    hand.go()
    hand.cell(ITEMS, "Route")
    routes = hand.detail.routes
    wait_for(hand.qtbot, lambda: "Meters 3 of 3" in routes.reach.text())
    routes.metered.setPlainText("GET *")
    assert "Meters 2 of 3" in routes.reach.text()
    hand.press(routes.save)
    wait_for(hand.qtbot, lambda: line(device, UPLOADS).passage is Passage.UNMETERED)
    click(hand.qtbot, real_window.toast.undo)
    wait_for(hand.qtbot, lambda: line(device, UPLOADS).passage is Passage.METERED)


def test_route_that_is_none_is_refused_beside_the_list(hand):
    hand.go()
    hand.cell(ITEMS, "Route")
    hand.detail.routes.metered.setPlainText("GET items")
    hand.press(hand.detail.routes.save)
    wait_for(hand.qtbot, hand.detail.routes.fields["metered"].problem.isVisible)


def test_wider_route_decides_and_says_so(hand, device):
    hand.go()
    hand.cell(UPLOADS, "Route")
    hand.detail.routes.whitelisted.setPlainText("POST *")
    hand.press(hand.detail.routes.save)
    wait_for(hand.qtbot, lambda: line(device, UPLOADS).passage is Passage.WHITELISTED)
    wait_for(hand.qtbot, lambda: hand.detail.routes.passage.value() is Passage.WHITELISTED)
    hand.press(hand.detail.routes.passage.buttons[Passage.METERED])
    assert "wider route" in hand.detail.routes.hint.text.text()
    assert hand.detail.routes.passage.value() is Passage.WHITELISTED


def test_unknown_customer_is_not_blocked(hand, device):
    hand.go()
    hand.cell(UPLOADS, "Blocks")
    hand.type(hand.detail.blocks.customer.line, "Nobody I know")
    hand.press(hand.detail.blocks.block)
    assert "No customer" in hand.detail.blocks.fields["customer_id"].problem.text()
    assert line(device, UPLOADS).blocks == ()


def test_customer_gets_other_limits_until_undo(hand, device, real_window):
    hand.go()
    add_limit(hand)
    wait_for(hand.qtbot, hand.detail.overrides.form.isVisible)
    hand.type(hand.detail.overrides.customer.line, "Aurora")
    hand.type(hand.detail.overrides.limit, "5000/minute")
    hand.detail.overrides.add.click()
    wait_for(hand.qtbot, lambda: len(line(device, ITEMS).overrides) == 1)
    wait_for(
        hand.qtbot,
        lambda: any("5,000/min" in text for text in visible_texts(hand.detail.overrides)),
    )
    hand.settle()
    click(hand.qtbot, real_window.toast.undo)
    wait_for(hand.qtbot, lambda: line(device, ITEMS).overrides == ())


def test_wrong_exception_is_explained(hand):
    hand.go()
    add_limit(hand)
    wait_for(hand.qtbot, hand.detail.overrides.form.isVisible)
    hand.detail.overrides.add.click()
    assert "Choose" in hand.detail.overrides.fields["customer_id"].problem.text()
    hand.type(hand.detail.overrides.customer.line, "Aurora")
    hand.type(hand.detail.overrides.limit, "lots")
    hand.detail.overrides.add.click()
    assert "not a limit" in hand.detail.overrides.fields["limit"].problem.text()


def test_service_is_asked_about_a_request(hand, hosted):
    hosted.live["POST", f"/v1/applications/{APPLICATION}/explain"] = why("refused")
    hand.go()
    hand.cell(ITEMS)
    hand.press(hand.page.test)
    answer = hand.detail.request.answer
    wait_for(hand.qtbot, lambda: "It would be refused." in visible_texts(answer))
    hand.type(hand.detail.request.identity, "ann")
    hand.press(hand.detail.request.ask)
    assert json.loads(hosted.requests[-1].content)["identity"] == "ann"


def test_request_is_tested_offline(hand, hosted):
    hosted.online = False
    hand.go()
    add_limit(hand)
    hand.cell(ITEMS)
    hand.press(hand.page.test)
    answer = hand.detail.request.answer
    wait_for(hand.qtbot, lambda: "It would be let through." in visible_texts(answer))
    assert any("Answered by the vault" in text for text in visible_texts(answer))


def test_template_fills_the_tabs(hand, device):
    hand.go()
    hand.cell(ITEMS)
    first = hand.detail.template.menu().actions()[0]
    first.trigger()
    assert hand.detail.identity.name.text() == "X-Customer-Id"
    assert hand.detail.limits.editors[0].allowed.text() == "600"
    hand.press(hand.detail.save)
    wait_for(hand.qtbot, lambda: policy(device) is not None)


def test_what_is_typed_survives_a_look_elsewhere_and_a_reload(hand, real_window):
    hand.go()
    hand.cell(ITEMS)
    hand.detail.identity.location.choose(IdentityLocation.HEADERS)
    hand.detail.identity.location.chosen.emit()
    hand.type(hand.detail.identity.name, "X-Half")
    hand.cell(UPLOADS)
    assert hand.detail.identity.name.text() == ""
    real_window._jobs.noticed.emit("configuration")
    hand.settle()
    hand.cell(ITEMS)
    assert hand.detail.identity.name.text() == "X-Half"
    hand.press(hand.detail.discard)
    assert hand.detail.identity.name.text() == ""


def test_refused_edit_can_be_given_up(hand, device, hosted):
    hosted.refuses = "secret plan"
    hand.go()
    hand.cell(UPLOADS)
    hand.detail.identity.note.setPlainText("secret plan")
    hand.press(hand.detail.save)
    wait_for(hand.qtbot, lambda: policy(device, "/uploads") is not None)
    device.sync()
    hand.page.reload()
    wait_for(hand.qtbot, lambda: "taken" in hand.detail.message.text.text())
    hand.press(hand.detail.message.button("Take the service's"))
    wait_for(hand.qtbot, lambda: policy(device, "/uploads") is None)


def test_conflict_is_decided_on_the_page(hand, device, hosted):
    hand.go()
    add_limit(hand)
    device.sync()
    stored = policy(device)
    body = hosted.body("policy", stored.policy_id)
    hosted.put("policy", stored.policy_id, {**body, "note": "theirs"})
    hand.page.reload()
    hand.settle()
    hand.cell(ITEMS)
    hand.detail.identity.note.setPlainText("mine")
    hand.press(hand.detail.save)
    device.sync()
    hand.page.reload()
    wait_for(hand.qtbot, hand.page.conflicts.isVisible)
    hand.press(hand.page.conflicts.keep_theirs)
    wait_for(hand.qtbot, lambda: policy(device).note == "theirs")


def test_filter_narrows_the_list(page, qtbot):
    page.focus_filter()
    qtbot.keyClicks(page.filter, "post up")
    assert column_texts(page.table) == [UPLOADS]


def test_new_policy_of_a_function(hand, device):
    hand.go()
    hand.press(hand.page.new)
    hand.type(hand.detail.route.url, "/items/:id")
    hand.type(hand.detail.route.function_name, "ask")
    hand.type(hand.detail.route.function_path, "svc/llm.go")
    hand.detail.identity.note.setPlainText("model call")
    hand.press(hand.detail.save)
    wait_for(hand.qtbot, lambda: "GET /items/:id · svc/llm.go:ask" in column_texts(hand.page.table))


def test_new_policy_without_a_route_is_explained(hand):
    hand.go()
    hand.press(hand.page.new)
    hand.type(hand.detail.limits.editors[0].allowed, "5")
    hand.press(hand.detail.save)
    wait_for(hand.qtbot, hand.detail.route.fields["url"].problem.isVisible)


def test_page_without_endpoints_says_so(qtbot, window, controls):
    controls.has_usage = False
    window.show_page("policies")
    wait_for_state(qtbot, window.pages["policies"], PageState.EMPTY)
    click(qtbot, button(window.pages["policies"].states.empty, "New policy"))
    assert window.pages["policies"].detail.route.isVisible()


def test_loading_and_error_are_states_of_their_own(qtbot, window, controls):
    from desktop.domain.errors import VaultError

    controls.hold("PolicyService.endpoints")
    window.show_page("policies")
    page = window.pages["policies"]
    wait_for(qtbot, lambda: page.states.state is PageState.LOADING)
    controls.release("PolicyService.endpoints")
    wait_for_state(qtbot, page, PageState.CONTENT)
    controls.fail_with("PolicyService.endpoints", VaultError("The vault could not be read."))
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)
    assert page.table.isVisible()


def test_tabs_are_turned_by_arrow_keys(qtbot, page):
    tabs = page.detail.tabs
    tabs.buttons[Tab.IDENTITY].setFocus()
    qtbot.keyClick(tabs.buttons[Tab.IDENTITY], Qt.Key.Key_Right)
    assert page.detail.limits.isVisible()


def test_a_response_field_is_chosen_from_those_that_were_seen_or_typed(qtbot, window):
    page = open_page(qtbot, window, "policies")
    page.table.choose("GET /v1/search ")
    page.detail.turn_to(Tab.METERING)
    metering = page.detail.metering
    click(qtbot, metering.counting.buttons[Counting.FIELD])
    wait_for(qtbot, lambda: metering.response_field.count() == len(RESPONSE_FIELDS))
    offered = [metering.response_field.itemText(place) for place in range(3)]
    assert tuple(offered) == RESPONSE_FIELDS
    metering.response_field.setCurrentIndex(1)
    metering.response_field.activated.emit(1)
    assert page.detail.draft().response_field == "usage.total_tokens"
    type_into(qtbot, metering.response_line, "data[*].n")
    assert page.detail.draft().response_field == "data[*].n"
    assert page.detail.save.isEnabled()
