"""Network, and how the service is reached: hosts, proxy, authority, pin, and what is wrong."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QFileDialog

from desktop.domain.connection import SyncPhase
from desktop.domain.errors import InvalidInput, VaultError
from desktop.domain.network import ProxyMode, readable
from desktop.views import figures
from desktop.views.state_page import PageState
from tests.gui.looking import (
    click,
    column_texts,
    row_texts,
    type_into,
    visible_texts,
    wait_for,
    wait_for_content,
    wait_for_state,
)
from tests.gui.sync_records import PINNED, SHOWN


@pytest.fixture
def records(controls):
    return controls.sync_records


@pytest.fixture
def page(qtbot, window):
    window.show_page("network")
    page = window.pages["network"]
    wait_for_content(qtbot, page)
    return page


def test_each_host_says_why_and_what_was_exchanged(page):
    assert column_texts(page.table) == ["meter.example:443", "proxy.example:3128"]
    service, proxy = row_texts(page.table, 0), row_texts(page.table, 1)
    assert service[1] == "Your API's calls are counted there"
    assert service[2].startswith("14:02")
    assert service[5] == figures.NOTHING
    assert proxy[2] == figures.NOTHING
    assert proxy[5].startswith("The proxy refused, 14:02")


def test_page_says_how_hosts_are_reached(qtbot, records, window):
    records.network = replace(
        records.network, proxy=ProxyMode.OWN, proxy_url="http://proxy.example:3128",
        ca_name="authority.pem", pin=PINNED, pin_host=records.network.host,
    )  # fmt: skip
    window.show_page("network")
    wait_for_content(qtbot, window.pages["network"])
    texts = " ".join(visible_texts(window.pages["network"]))
    assert "authority.pem" in texts
    assert readable(PINNED) in texts
    assert "http://proxy.example:3128" in texts


def test_before_a_service_is_chosen_the_page_says_that_nothing_is_contacted(qtbot, records, window):
    records.hosts = []
    window.show_page("network")
    wait_for_state(qtbot, window.pages["network"], PageState.EMPTY)
    assert "Nothing is contacted before you choose a service." in visible_texts(
        window.pages["network"]
    )


def test_failure_is_said_and_can_be_tried_again(qtbot, controls, window):
    controls.fail_with("NetworkService.hosts", VaultError("The vault could not be read."))
    window.show_page("network")
    page = window.pages["network"]
    wait_for_state(qtbot, page, PageState.ERROR)
    click(qtbot, page.states.message.button("Retry"))
    wait_for_content(qtbot, page)


def test_page_leads_to_the_settings_of_the_connection(qtbot, window, page):
    click(qtbot, page.settings)
    assert window.pages["settings"].isVisible()
    wait_for(qtbot, window.pages["settings"].connection.isVisible)


@pytest.fixture
def panel(qtbot, window):
    window.show_page("settings")
    window.pages["settings"].show_connection()
    panel = window.pages["settings"].connection
    wait_for(qtbot, lambda: bool(panel.authority.text()))
    wait_for(qtbot, lambda: not window._jobs.running)
    return panel


def asked(qtbot, controls, name):
    wait_for(qtbot, lambda: f"NetworkService.{name}" in controls.calls)
    return controls.arguments[f"NetworkService.{name}"]


def test_proxy_of_the_workspace_is_named_with_its_password(qtbot, controls, panel):
    assert not panel.own.isVisible()
    click(qtbot, panel.proxy.buttons[ProxyMode.OWN])
    type_into(qtbot, panel.address.control, "http://proxy.example:3128")
    type_into(qtbot, panel.user.control, "ann")
    panel.password.field.setText("tomato")
    click(qtbot, panel.use_proxy)
    given = asked(qtbot, controls, "set_proxy")
    assert given == (ProxyMode.OWN, "http://proxy.example:3128", "ann", "tomato")
    wait_for(qtbot, panel.kept.isVisible)
    assert panel.password.text() == ""


def test_no_proxy_applies_at_once(qtbot, controls, panel):
    click(qtbot, panel.proxy.buttons[ProxyMode.NONE])
    assert asked(qtbot, controls, "set_proxy") == (ProxyMode.NONE, "", "", None)


def test_refused_address_is_explained_beside_its_field(qtbot, controls, panel):
    said = InvalidInput("Write the proxy as http://host:port.", field="proxy_url")
    controls.fail_with("NetworkService.set_proxy", said)
    click(qtbot, panel.proxy.buttons[ProxyMode.OWN])
    click(qtbot, panel.use_proxy)
    wait_for(qtbot, panel.address.problem.isVisible)
    assert panel.address.problem.text() == str(said)


def test_authority_is_chosen_and_taken_back(qtbot, controls, panel, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/data/me/authority.pem", ""))
    click(qtbot, panel.choose)
    assert asked(qtbot, controls, "use_authority") == ("/data/me/authority.pem",)
    wait_for(qtbot, panel.forget.isEnabled)
    assert "authority.pem" in panel.authority.text()
    click(qtbot, panel.forget)
    wait_for(qtbot, lambda: "authority.pem" not in panel.authority.text())


def test_key_that_was_shown_is_pinned_by_a_click_and_unpinned(qtbot, controls, panel):
    assert readable(SHOWN) in panel.shown.text()
    click(qtbot, panel.accept)
    assert asked(qtbot, controls, "pin") == (SHOWN,)
    wait_for(qtbot, panel.unpin.isEnabled)
    assert not panel.accept.isEnabled()
    click(qtbot, panel.unpin)
    wait_for(qtbot, lambda: panel.pinned.text().startswith("No key is pinned"))


def test_fingerprint_can_be_typed(qtbot, controls, panel):
    controls.fail_with("NetworkService.pin", InvalidInput("64 digits.", field="pin"))
    click(qtbot, panel.set_pin)
    wait_for(qtbot, panel.pin.problem.isVisible)
    type_into(qtbot, panel.pin.control, PINNED)
    click(qtbot, panel.set_pin)
    wait_for(qtbot, lambda: readable(PINNED) in panel.pinned.text())


def test_changed_key_is_a_state_with_both_fingerprints_and_a_way_on(
    qtbot, controls, records, window
):
    records.network = replace(records.network, pin=PINNED, pin_host=records.network.host)
    controls.state = replace(
        controls.state, phase=SyncPhase.OFFLINE, problem="Another key.", problem_code="pin_changed"
    )
    window.show_page("settings")
    window.pages["settings"].show_connection()
    panel = window.pages["settings"].connection
    wait_for(qtbot, panel.trouble.isVisible)
    assert panel.trouble.text.text() == "The service shows another key. Another key."
    wait_for(qtbot, panel.accept.isEnabled)
    assert readable(PINNED) in panel.pinned.text()
    assert readable(SHOWN) in panel.shown.text()


def test_typed_password_does_not_wait_on_a_hidden_page(qtbot, window, panel):
    click(qtbot, panel.proxy.buttons[ProxyMode.OWN])
    panel.password.field.setText("tomato")
    window.show_page("dashboard")
    assert panel.password.text() == ""
