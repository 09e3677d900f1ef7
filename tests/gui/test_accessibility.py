"""Keyboard and screen reader: names, targets, a focus chain without traps."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QWidget

from desktop.domain.usage_questions import Dimension, Filter
from desktop.domain.usage_views import ChartKind, UsageView
from desktop.views import chart_overlay
from desktop.views.applications_page import Tab as ApplicationTab
from desktop.views.dialogs.cannot_unlock import CannotUnlockDialog, Way
from desktop.views.dialogs.connect import ConnectDialog
from desktop.views.dialogs.problem import ProblemDialog
from desktop.views.dialogs.question import QuestionDialog
from desktop.views.dialogs.quit import QuitDialog
from desktop.views.dialogs.shortcuts import ShortcutsDialog
from desktop.views.first_run import FirstRun
from desktop.views.keys.export_dialog import ExportDialog
from desktop.views.keys.import_dialog import ImportDialog
from desktop.views.policies.tabs import Tab
from desktop.views.settings.dialogs import (
    PassphraseDialog,
    RecoveryDialog,
    acceptance_dialog,
    rotation_dialog,
)
from desktop.views.settings_page import Tab as SettingsTab
from desktop.views.sync_page import Tab as SyncTab
from desktop.views.unlock_page import UnlockPage
from desktop.views.usage.filter_bar import FilterDialog
from desktop.views.usage.incident_dialog import IncidentDialog
from desktop.views.usage.report_dialog import ReportDialog
from tests.gui.fakes import ACME, CONFLICT, TODAY
from tests.gui.looking import wait_for, wait_for_content

SMALLEST_TARGET_PX = 24
"""Source: WCAG 2.2, success criterion 2.5.8."""
PAGES = (
    "dashboard",
    "usage",
    "customers",
    "alerts",
    "traces",
    "pricing",
    "what_if",
    "invoices",
    "billing",
    "policies",
    "applications",
    "keys",
    "access",
    "activity",
    "privacy",
    "exports",
    "sync",
    "network",
    "settings",
)
POLICY_TABS = tuple(Tab)
STEPS = (0, 1, 2, 3, 4)


def usage_question(window):
    return window.pages["usage"].view().question


def tab_stops(window: QWidget) -> list[QWidget]:
    """Everything Tab reaches, in order, beginning at the window."""
    stops, widget = [], window.nextInFocusChain()
    while widget is not window:
        takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes_tab and widget.isVisible() and widget.isEnabled() and not widget.focusProxy():
            stops.append(widget)
        widget = widget.nextInFocusChain()
    return stops


def spoken_name(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name)


def unnamed(window: QWidget) -> list[str]:
    return [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in tab_stops(window)
        if not spoken_name(widget).strip()
    ]


def too_small(window: QWidget) -> list[str]:
    return [
        f"{spoken_name(widget)!r} {widget.width()} x {widget.height()}"
        for widget in tab_stops(window)
        if min(widget.width(), widget.height()) < SMALLEST_TARGET_PX
    ]


@pytest.fixture
def shown_page(request, qtbot, window, controls):
    """The window with one page filled and its details open."""
    controls.conflicts = [CONFLICT]
    page = window.pages[request.param]
    window.show_page(request.param)
    wait_for_content(qtbot, page)
    if request.param == "pricing":
        page.table.choose("rule_1")
        wait_for(qtbot, page.conflicts.isVisible)
    if request.param == "keys":
        page.table.choose("key_stripe")
    if request.param == "privacy":
        page.queue.choose("request_1")
        wait_for(qtbot, page.panel.steps.isVisible)
    if request.param == "traces":
        page.table.choose("trace_1")
        wait_for(qtbot, lambda: page.drawer.values.topLevelItemCount() > 0)
    if request.param == "sync":
        page.turn_to(SyncTab.CONFLICTS)
        wait_for(qtbot, page.desk.isVisible)
    if request.param == "policies":
        page.table.choose("POST /v1/generate ")
    return window


@pytest.mark.parametrize("tab", POLICY_TABS)
def test_every_tab_of_a_policy_is_named_large_enough_and_no_trap(qtbot, window, tab):
    window.show_page("policies")
    page = window.pages["policies"]
    wait_for_content(qtbot, page)
    page.table.choose("POST /v1/generate ")
    page.detail.turn_to(tab)
    wait_for(qtbot, lambda: not window._jobs.running)
    assert unnamed(window) == []
    assert too_small(window) == []


@pytest.mark.parametrize("tab", list(ApplicationTab))
def test_every_tab_of_an_application_is_named_and_large_enough(qtbot, window, tab):
    window.show_page("applications")
    page = window.pages["applications"]
    wait_for_content(qtbot, page)
    page.turn_to(tab)
    wait_for(qtbot, lambda: not window._jobs.running)
    page.endpoints.table.selectRow(0)
    assert unnamed(window) == []
    assert too_small(window) == []


@pytest.mark.parametrize("shown_page", PAGES, indirect=True)
def test_every_tab_stop_has_a_name(shown_page):
    assert len(tab_stops(shown_page)) > 8
    assert unnamed(shown_page) == []


@pytest.mark.parametrize("shown_page", PAGES, indirect=True)
def test_every_target_is_large_enough(shown_page):
    assert too_small(shown_page) == []


@pytest.mark.parametrize("shown_page", PAGES, indirect=True)
def test_tab_goes_round_without_a_trap(qtbot, shown_page):
    shown_page.activateWindow()
    wait_for(qtbot, lambda: QApplication.activeWindow() is shown_page)
    wanted, reached = set(tab_stops(shown_page)), set()
    for _ in range(len(wanted) + 5):
        qtbot.keyClick(QApplication.focusWidget() or shown_page, Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
    assert wanted <= reached


def test_the_search_finds_an_unnamed_and_a_small_widget(qtbot, theme):
    window = QWidget()
    qtbot.addWidget(window)
    field = QLineEdit(window)
    field.setFixedSize(10, 10)
    window.show()
    assert len(unnamed(window)) == 1
    assert len(too_small(window)) == 1


def test_sidebar_comes_first_and_the_page_from_top_to_bottom(qtbot, window):
    wait_for_content(qtbot, window.pages["dashboard"])
    names = [stop.accessibleName() or spoken_name(stop) for stop in tab_stops(window)]
    wanted = ["Application", "Dashboard", "Lock now", "Period", "Sync now", "Online"]
    assert set(wanted) <= set(names), names
    places = [names.index(name) for name in wanted]
    assert places == sorted(places)


@pytest.fixture
def wizard(qtbot, jobs, theme):
    wizard = FirstRun(jobs, today=lambda _: TODAY)
    qtbot.addWidget(wizard)
    wizard.resize(1280, 800)
    wizard.show()
    return wizard


@pytest.mark.parametrize("step", STEPS)
def test_first_run_is_named_and_large_enough(qtbot, wizard, step):
    wizard._go_to(step)
    wizard.service.chooser.remote.setChecked(True)
    wait_for(qtbot, wizard.steps[step].isVisible)
    assert unnamed(wizard) == []
    assert too_small(wizard) == []


def test_unlock_page_is_named_and_large_enough(qtbot, jobs, theme):
    page = UnlockPage(jobs, "default")
    qtbot.addWidget(page)
    page.show()
    names = [spoken_name(stop) for stop in tab_stops(page)]
    assert names == ["Passphrase", "Show the letters", "Unlock", "Quit", "Cannot unlock?"]
    assert too_small(page) == []


@pytest.mark.parametrize("tab", list(SettingsTab))
def test_every_tab_of_the_settings_is_named_and_large_enough(qtbot, window, tab):
    window.show_page("settings")
    window.pages["settings"].turn_to(tab)
    wait_for(qtbot, lambda: not window._jobs.running)
    assert unnamed(window) == []
    assert too_small(window) == []


@pytest.mark.parametrize("form", ["create_new", "create_sdk_key"])
def test_forms_of_keys_are_named_and_large_enough(qtbot, window, form):
    window.show_page("keys")
    page = window.pages["keys"]
    wait_for_content(qtbot, page)
    getattr(page, form)()
    assert unnamed(window) == []
    assert too_small(window) == []


def test_rotation_of_a_key_is_named_and_large_enough(qtbot, window):
    window.show_page("keys")
    page = window.pages["keys"]
    wait_for_content(qtbot, page)
    page.table.choose("key_sdk")
    page.card.ending.rotate.click()
    assert unnamed(window) == []
    assert too_small(window) == []


DIALOGS = {
    "filter": lambda window: FilterDialog(window, window._jobs, usage_question(window)),
    "question": lambda window: QuestionDialog(window, "Link", "Go there?", "Go"),
    "incident": lambda window: IncidentDialog(window, window._jobs, ACME, TODAY),
    "report": lambda window: ReportDialog(
        window,
        window._jobs,
        (ACME.application_id, ACME.name),
        (("On screen", UsageView(usage_question(window))),),
        lambda: TODAY,
    ),
    "quit": QuitDialog,
    "connect": lambda window: ConnectDialog(window, window._jobs),
    "problem": ProblemDialog,
    "shortcuts": lambda window: ShortcutsDialog(window, window.menus.actions),
    "passphrase": lambda window: PassphraseDialog(window, window._jobs),
    "recovery code": lambda window: RecoveryDialog(window, window._jobs, window.clipboard),
    "rotation": lambda window: rotation_dialog(window, window._jobs),
    "older copy": lambda window: acceptance_dialog(window, window._jobs),
    "import": lambda window: ImportDialog(window, window._jobs, "/somewhere/.env"),
    "export": lambda window: ExportDialog(window, window._jobs),
    **{
        f"unlock by {way}": lambda window, way=way: CannotUnlockDialog(window, window._jobs, (way,))
        for way in Way
    },
}


@pytest.mark.parametrize("name", DIALOGS)
def test_dialogs_are_named_and_left_with_escape(qtbot, window, name):
    dialog: QDialog = DIALOGS[name](window)
    dialog.open()
    wait_for(qtbot, dialog.isVisible)
    wait_for(qtbot, lambda: not window._jobs.running)
    assert unnamed(dialog) == []
    assert too_small(dialog) == []
    with qtbot.waitSignal(dialog.finished):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_every_kind_of_chart_is_named_spoken_and_reached_by_tab(qtbot, window, monkeypatch):
    """With a filter, a table and a chart: everything of the page that can hold the focus."""
    said = []
    monkeypatch.setattr(chart_overlay, "announce", lambda _, text: said.append(text))
    window.show_page("usage")
    page = window.pages["usage"]
    wait_for_content(qtbot, page)
    page.filters.show_filters((Filter(Dimension.ENDPOINT, ("end_1",)),))
    for kind in ChartKind:
        page.card.kind.choose(kind)
        page.card.kind.chosen.emit()
        wait_for(qtbot, lambda: page._asking is None and not window._jobs.running)
        assert page.card.picture.kind is kind
        assert unnamed(window) == []
        assert too_small(window) == []
        assert page.card.chart.overlay in tab_stops(window)
        qtbot.keyClick(page.card.chart.overlay, Qt.Key.Key_Home)
        assert said[-1].startswith(page.card.picture.places[0])
    page.card.swap_twin()
    assert page.card.table in tab_stops(window)
    assert unnamed(window) == []


def test_chart_has_a_spoken_summary(qtbot, window):
    wait_for_content(qtbot, window.pages["dashboard"])
    interface = QAccessible.queryAccessibleInterface(window.pages["dashboard"].chart.overlay)
    assert interface.text(QAccessible.Text.Name) == "Requests per day by endpoint"
    assert "POST /v1/generate" in interface.text(QAccessible.Text.Description)


def test_state_of_a_rule_is_said_in_words(qtbot, window):
    window.show_page("pricing")
    wait_for_content(qtbot, window.pages["pricing"])
    model = window.pages["pricing"].table.model()
    said = [model.index(row, 4).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(4)]
    assert said == ["Refused", "Live", "Conflict", "Waiting"]


def test_every_button_says_what_it_does(qtbot, window):
    wait_for_content(qtbot, window.pages["dashboard"])
    for button in window.findChildren(QAbstractButton):
        if (
            not button.objectName().startswith("qt_")
            and type(button).__module__ != "PySide6.QtWidgets"
        ):
            assert button.text().strip() or button.accessibleName().strip(), type(button.parent())
