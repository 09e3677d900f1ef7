"""Applications: settings, archive, connection in words, endpoints and what is kept of them."""

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QFileDialog

from contract.terms import ConnectionState
from desktop.domain.errors import VaultError
from desktop.views.applications import words
from desktop.views.applications_page import Tab
from desktop.views.state_page import PageState
from tests.fakes import APPLICATION
from tests.gui.fake_rules import CONNECTIONS
from tests.gui.looking import (
    click,
    column_texts,
    type_into,
    visible_texts,
    wait_for,
    wait_for_state,
)
from tests.gui.real import open_page


@pytest.fixture
def page(qtbot, window):
    return open_page(qtbot, window, "applications")


@pytest.fixture
def real_page(qtbot, real_window):
    return open_page(qtbot, real_window, "applications")


def settings(device, application_id=APPLICATION):
    return device.services.applications.settings(application_id)


def said(page):
    return " ".join(visible_texts(page.connection))


def test_applications_are_listed_archived_ones_last(page):
    assert column_texts(page.table) == [
        "Acme API · Production",
        "Maps",
        "Shop",
        "Old API (archived)",
    ]
    assert column_texts(page.table, 1)[:3] == ["Connected", "Silent", "Not connected"]


def test_names_are_read_whole_in_a_window_of_1280(qtbot, window, page):
    window.resize(1280, 800)
    width = page.table.columnWidth(0)
    needed = page.table.fontMetrics().horizontalAdvance("Acme API · Production")
    assert width >= needed + 16
    assert not page.table.horizontalScrollBar().isVisible()


def test_a_key_is_three_clicks_away_and_stands_in_the_lines(qtbot, device, real_window):
    clicks = []

    def press(button):
        click(qtbot, button)
        clicks.append(button)

    press(real_window.sidebar.buttons["applications"])
    page = real_window.pages["applications"]
    wait_for(qtbot, lambda: page.table.chosen() is not None)
    press(page.tabs.buttons[Tab.KEY])
    press(page.key.new)
    wait_for(qtbot, lambda: "uf_live_k" in page.key.snippets.code.toPlainText())
    assert len(clicks) == 3
    (key,) = device.services.api_keys.list_keys()
    assert key.name == "SDK key, My API"
    assert device.services.api_keys.reveal(key.key_id) in page.key.snippets.code.toPlainText()
    wait_for(qtbot, lambda: "1 key of it lies in this vault." in page.key.about.text())
    page.turn_to(Tab.SETTINGS)
    assert page.key.snippets.code.toPlainText() == ""
    assert not page.key.result.isVisible()


def test_a_key_without_a_name_is_told_beside_the_field(qtbot, real_page):
    real_page.turn_to(Tab.KEY)
    type_into(qtbot, real_page.key.name, " ")
    click(qtbot, real_page.key.new)
    wait_for(qtbot, lambda: "needs a name" in real_page.key.field.problem.text())
    wait_for(qtbot, real_page.key.new.isEnabled)


@pytest.mark.parametrize(
    ("application", "why"),
    [("app_old", "archived"), ("app_maps", "lies in this vault")],
)
def test_an_archived_application_gets_no_key(page, application, why):
    page.table.choose(application)
    page.turn_to(Tab.KEY)
    assert page.key.new.isEnabled() == (application != "app_old")
    assert why in page.key.about.text()


def test_an_endpoint_says_which_sdk_reports_it(qtbot, page):
    page.turn_to(Tab.ENDPOINTS)
    table = page.endpoints.table
    wait_for(qtbot, lambda: table.model().rowCount() > 0)
    assert "Python" in column_texts(table, 1)
    table.choose(("POST", "/v1/generate"))
    assert page.endpoints.history.text().startswith("Reported by Python")


@pytest.mark.parametrize(
    ("application", "sentences"),
    [
        ("app_acme", ("Connected, 15 sockets, Python 0.3.4, Go", "10 sockets, 2 computers")),
        ("app_maps", ("Silent since", "whitelist upload routes", "4 silent sockets recycled")),
        ("app_shop", ("Not connected since", "must be restarted")),
        ("app_old", ("No SDK has ever connected.",)),
    ],
)
def test_connection_is_told_in_words(page, application, sentences):
    page.table.choose(application)
    for sentence in sentences:
        assert sentence in said(page)
    assert "a key this service never made: 3 times" in said(page)


def test_revoked_key_that_knocks_is_named(qtbot, page):
    knocking = replace(CONNECTIONS[0], refused_handshakes=1, refused_at=CONNECTIONS[0].since)
    page.connection.show_connection(knocking, page._health)
    assert "An SDK with a revoked key knocks: 1 time" in said(page)


def test_client_that_is_behind_is_named(page):
    behind = replace(CONNECTIONS[0].clients[0], up_to_date=False)
    page.connection.show_connection(replace(CONNECTIONS[0], clients=(behind,)), page._health)
    assert "Python 0.3.4 has not asked for the newest policies yet." in said(page)


@pytest.mark.parametrize("state", list(ConnectionState))
def test_every_state_has_a_word_and_an_icon(qapp, state):
    connection = replace(CONNECTIONS[0], state=state)
    assert words.short(connection)
    assert words.sentence(connection)
    assert words.state_icon(connection)


def test_offline_says_how_old_the_connection_is(qtbot, page, controls):
    controls.online = False
    page.reload()
    wait_for_state(qtbot, page, PageState.OFFLINE)
    wait_for(qtbot, lambda: "cannot be reached" in said(page))


def test_application_is_made(qtbot, real_page, device):
    click(qtbot, real_page.new)
    type_into(qtbot, real_page.settings.name, "Shop")
    real_page.settings.zone.setEditText("Europe/Berlin")
    type_into(qtbot, real_page.settings.cap, "1000")
    click(qtbot, real_page.settings.save)
    wait_for(qtbot, lambda: "Shop" in column_texts(real_page.table))
    wait_for(qtbot, lambda: real_page.heading.whole_text() == "Shop")
    made = real_page.table.chosen().settings
    assert (made.time_zone, made.cap.requests) == ("Europe/Berlin", 1000)


def test_application_is_renamed_and_archived_with_undo(qtbot, real_page, real_window, device):
    real_page.turn_to(Tab.SETTINGS)
    type_into(qtbot, real_page.settings.name, "Renamed")
    qtbot.keyClick(real_page.settings.name, Qt.Key.Key_Return)
    wait_for(qtbot, lambda: settings(device).name == "Renamed")
    wait_for(qtbot, lambda: "Renamed" in column_texts(real_page.table))
    click(qtbot, real_page.settings.archive)
    wait_for(qtbot, lambda: settings(device).archived)
    wait_for(qtbot, real_window.toast.undo.isVisible)
    click(qtbot, real_window.toast.undo)
    wait_for(qtbot, lambda: not settings(device).archived)


def test_wrong_setting_is_explained_beside_it(qtbot, real_page):
    real_page.turn_to(Tab.SETTINGS)
    real_page.settings.zone.setEditText("Moon/Base")
    click(qtbot, real_page.settings.save)
    field = real_page.settings.fields["time_zone"]
    wait_for(qtbot, field.problem.isVisible)
    assert "no such time zone" in field.problem.text()
    click(qtbot, real_page.settings.discard)
    assert real_page.settings.zone.currentText() == "UTC"


def test_what_is_typed_survives_a_reload(qtbot, real_page, real_window):
    real_page.turn_to(Tab.SETTINGS)
    type_into(qtbot, real_page.settings.name, "Half")
    real_page.reload()
    wait_for(qtbot, lambda: not real_window._jobs.running)
    assert real_page.settings.name.text() == "Half"


def test_refused_settings_can_be_given_up(qtbot, real_page, device, hosted):
    hosted.refuses = "taken"
    real_page.turn_to(Tab.SETTINGS)
    type_into(qtbot, real_page.settings.name, "taken")
    click(qtbot, real_page.settings.save)
    wait_for(qtbot, lambda: settings(device).name == "taken")
    device.sync()
    real_page.reload()
    wait_for(qtbot, lambda: "refused" in real_page.settings.message.text.text())
    click(qtbot, real_page.settings.message.button("Take the service's"))
    wait_for(qtbot, lambda: settings(device).name == "My API")


def test_time_zones_are_offered(qtbot, real_page):
    wait_for(qtbot, lambda: real_page.settings.zone.findText("Europe/Berlin") >= 0)


def test_values_are_kept_with_a_reason_until_undo(qtbot, real_page, real_window, device):
    real_page.turn_to(Tab.ENDPOINTS)
    panel = real_page.endpoints
    wait_for(qtbot, lambda: len(panel.table.table_model.rows) == 3)
    panel.table.choose(("POST", "/uploads"))
    assert "masked" in panel.meaning.text()
    click(qtbot, panel.keep)
    wait_for(qtbot, panel.fields["reason"].problem.isVisible)
    type_into(qtbot, panel.reason, "a bug")
    click(qtbot, panel.keep)
    wait_for(qtbot, panel.drop.isVisible)
    assert "a bug" in panel.kept.text()
    click(qtbot, panel.drop)
    wait_for(qtbot, panel.keep.isVisible)
    wait_for(qtbot, lambda: not real_window._jobs.running)
    click(qtbot, real_window.toast.undo)
    wait_for(qtbot, panel.drop.isVisible)


def test_openapi_file_shows_what_was_never_called(qtbot, real_page, tmp_path, monkeypatch):
    paths = {"/items/{id}": {"get": {"responses": {}}}, "/orders": {"post": {"responses": {}}}}
    file = tmp_path / "api.json"
    info = {"title": "Shop", "version": "1"}
    file.write_text(json.dumps({"openapi": "3.1.0", "info": info, "paths": paths}))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    real_page.turn_to(Tab.ENDPOINTS)
    click(qtbot, real_page.endpoints.load_file)
    panel = real_page.endpoints
    wait_for(qtbot, lambda: "POST /orders" in column_texts(panel.table))
    assert panel.catalog.whole_text() == "Shop: 1 operation never called"
    panel.table.choose(("POST", "/orders"))
    assert not panel.keeping.isVisible()


def test_page_without_applications_says_so(qtbot, window, controls):
    controls.applications = ()
    window._jobs.noticed.emit("configuration")
    page = window.pages["applications"]
    window.show_page("applications")
    wait_for_state(qtbot, page, PageState.EMPTY)
    buttons = page.states.empty.findChildren(QAbstractButton)
    click(qtbot, next(button for button in buttons if button.text() == "New application"))
    assert page.settings.name.isVisible()


def test_loading_and_error_are_states_of_their_own(qtbot, page, controls):
    controls.hold("ApplicationService.picture")
    page.reload()
    assert page.states.state is PageState.LOADING
    controls.release("ApplicationService.picture")
    wait_for_state(qtbot, page, PageState.CONTENT)
    controls.fail_with("ApplicationService.picture", VaultError("The vault could not be read."))
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)


def test_strip_names_applications_that_do_not_report(qtbot, window):
    wait_for(qtbot, window.strip.sdks.isVisible)
    assert window.strip.sdks.text() == "2 applications not reporting"
    click(qtbot, window.strip.sdks)
    wait_for(qtbot, window.pages["applications"].isVisible)
