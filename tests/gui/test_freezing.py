"""A report about a child in the window: who is frozen, blocked, let go, or frozen by hand."""

import pytest

from contract.messages.customers import CustomerBody
from desktop.domain.privacy.kinds import Channel, Refusal, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from tests.fakes import APPLICATION, NOON
from tests.gui.looking import click, click_row, visible_texts, wait_for
from tests.gui.real import open_page

JANE = "cus_jane"


@pytest.fixture
def reported(qtbot, device, hosted, real_window):
    """A report that means Jane, opened in the window; the panel, and the request's id."""

    def open_report(*identifiers):
        customer = CustomerBody(application_id=APPLICATION, name="Jane Doe")
        hosted.put("customer", JANE, customer.model_dump(mode="json"))
        hosted.count("end_1", JANE, 3600, requests=4)
        device.sync()
        person = Person("A parent", "parent@example.org", identifiers)
        asked = NewRequest(
            RequestKind.CHILD_REPORT, Channel.EMAIL, NOON, "UTC", person, "She is 9."
        )
        request_id = device.services.privacy_requests.log_request(asked).line.request_id
        page = open_page(qtbot, real_window, "privacy")
        click_row(qtbot, page.queue, "A parent")
        wait_for(qtbot, lambda: bool(page.panel.freezing.about.text()))
        return page.panel.freezing, request_id

    return open_report


def shown(panel):
    return " ".join(visible_texts(panel.customers))


def test_panel_says_who_is_frozen_and_when_the_service_knows(qtbot, device, reported):
    panel, _ = reported(JANE)
    assert "Jane Doe" in shown(panel)
    assert "with the next sync" in shown(panel)
    device.sync()
    panel._act(type(device.services.erasing.freezing).standing_of)
    wait_for(qtbot, lambda: "frozen everywhere" in shown(panel))


def test_one_click_blocks_and_undo_takes_it_back(qtbot, device, real_window, reported):
    panel, _ = reported(JANE)
    (block,) = panel.blocks.values()
    click(qtbot, block)
    wait_for(qtbot, lambda: "Unblock" in [one.text() for one in panel.blocks.values()])
    assert len(device.services.blocks.blocks(APPLICATION)) == 1
    click(qtbot, real_window.toast.undo)
    wait_for(qtbot, lambda: "Unblock" not in [one.text() for one in panel.blocks.values()])
    assert device.services.blocks.blocks(APPLICATION) == ()


def test_somebody_else_is_let_go_and_found_again_by_hand(qtbot, device, reported):
    panel, request_id = reported(JANE)
    (go,) = panel.let_go.values()
    assert "Jane Doe" in go.accessibleName()
    click(qtbot, go)
    wait_for(qtbot, lambda: not panel.let_go)
    assert device.services.erasing.freezing.standing_of(request_id).customers == ()
    assert "Nobody was found" in panel.about.text()


def test_owner_looks_for_the_person_where_the_report_named_nobody(qtbot, device, reported):
    panel, _ = reported("whoever")
    click(qtbot, panel.search)
    wait_for(qtbot, panel.message.isVisible)
    assert "Nothing was frozen" in panel.message.text.text()
    assert not panel.freeze.isVisible()


def test_decided_report_holds_nothing_back(qtbot, device, reported):
    panel, request_id = reported(JANE)
    device.services.privacy_requests.refuse(request_id, Refusal.NOT_COVERED)
    panel._act(type(device.services.erasing.freezing).standing_of)
    wait_for(qtbot, lambda: "decided" in panel.about.text())
    assert not panel.search.isVisible()
    assert not panel.let_go


def test_page_of_the_customer_says_that_it_is_frozen(qtbot, device, real_window, reported):
    reported(JANE)
    page = open_page(qtbot, real_window, "customers")
    click_row(qtbot, page.table, "Jane Doe")
    wait_for(qtbot, page.panel.frozen.isVisible)
    assert "child" in page.panel.frozen.text.text()
