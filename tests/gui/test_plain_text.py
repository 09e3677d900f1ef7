"""Text from the network is drawn letter by letter, wherever it appears."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QLabel, QWidget

import desktop.views
from desktop.domain.connection import SyncPhase, SyncState
from desktop.domain.errors import ServiceRefused
from desktop.domain.usage import Application
from desktop.views.conflict_panel import ConflictPanel
from desktop.views.dialogs.problem import ProblemDialog, show_problem
from desktop.views.text import PlainLabel, plain_tooltip
from tests.gui.fakes import ACME, CONFLICT, SYNCED_AT
from tests.gui.looking import visible_texts, wait_for, wait_for_content

HOSTILE = "<img src=x><b>Bold</b>&amp; <a href='http://evil.example'>click</a> "
VIEWS = Path(desktop.views.__file__).parent
FORBIDDEN_CALLS = {
    "QLabel",
    "QMessageBox",
    "QTextBrowser",
    "QTextEdit",
    "QWhatsThis",
    "QErrorMessage",
}
FORBIDDEN_METHODS = {"setStyleSheet", "processEvents", "setHtml", "appendHtml", "setWhatsThis"}


def calls(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            function = node.func
            yield node, getattr(function, "id", "") or getattr(function, "attr", "")


@pytest.mark.parametrize("path", sorted(VIEWS.rglob("*.py")), ids=lambda path: path.stem)
def test_views_use_no_widget_that_guesses_markup(path):
    names = {name for _, name in calls(path)}
    assert not names & FORBIDDEN_CALLS
    if path.stem != "theme":
        assert not names & FORBIDDEN_METHODS


@pytest.mark.parametrize("path", sorted(VIEWS.rglob("*.py")), ids=lambda path: path.stem)
def test_every_tooltip_goes_through_the_plain_form(path):
    for call, name in calls(path):
        if name == "setToolTip" and path.stem != "text":
            assert "plain_tooltip" in ast.unparse(call.args[0])


def rich_labels(widget: QWidget) -> list[QLabel]:
    """Labels that would draw markup as markup."""
    return [
        label
        for label in widget.findChildren(QLabel)
        if label.textFormat() is not Qt.TextFormat.PlainText and not _is_ours_to_trust(label)
    ]


def _is_ours_to_trust(label: QLabel) -> bool:
    """Labels Qt makes inside its own widgets; they show no text."""
    return not label.text()


def test_the_search_for_rich_labels_finds_one(qtbot):
    holder = QWidget()
    qtbot.addWidget(holder)
    QLabel("<b>x</b>", holder)
    assert len(rich_labels(holder)) == 1


def test_markup_from_the_network_stays_text_on_every_page(qtbot, window, controls):
    controls.hostile = HOSTILE
    controls.applications = (
        Application(ACME.application_id, HOSTILE + "app", "UTC", is_sample=False),
    )
    controls.conflicts = [CONFLICT]
    controls.state = SyncState(
        SyncPhase.FAILED, SYNCED_AT, 1, 1, backfill_done=True, problem=HOSTILE + "refused"
    )
    window._jobs.noticed.emit("configuration")
    for name in window.pages.names():
        page = window.pages[name]
        window.show_page(name)
        wait_for_content(qtbot, page)
        page.states.show_error(ServiceRefused(HOSTILE), page.reload)
        assert rich_labels(window) == [], name
    wait_for(qtbot, lambda: HOSTILE + "refused" in visible_texts(window))
    assert any(HOSTILE + "app" in window.sidebar.applications.itemText(n) for n in range(1))


def test_hostile_names_in_tables_have_tooltips_without_markup(qtbot, window, controls):
    controls.hostile = HOSTILE
    window.show_page("pricing")
    wait_for_content(qtbot, window.pages["pricing"])
    index = window.pages["pricing"].table.model().index(0, 0)
    assert index.data().startswith(HOSTILE)
    document = QTextDocument()
    document.setHtml(index.data(Qt.ItemDataRole.ToolTipRole))
    assert document.toPlainText().startswith(HOSTILE.strip())


@pytest.mark.parametrize("text", [HOSTILE, "a < b", "<qt>", "</b>", "<!-- x -->", "a\n<b>\n"])
def test_tooltip_says_exactly_the_text(text):
    document = QTextDocument()
    document.setHtml(plain_tooltip(text))
    assert " ".join(document.toPlainText().split()) == " ".join(text.split())


def test_text_without_angle_brackets_is_left_alone():
    assert plain_tooltip("AT&T & sons") == "AT&T & sons"


def test_conflict_texts_are_plain(qtbot, theme):
    panel = ConflictPanel()
    qtbot.addWidget(panel)
    hostile = tuple(
        type(difference)(HOSTILE, HOSTILE, HOSTILE, HOSTILE) for difference in CONFLICT.differences
    )
    panel.show_conflicts((type(CONFLICT)(1, "x", "y", HOSTILE, hostile, deleted_there=False),))
    panel.show()
    assert rich_labels(panel) == []
    assert visible_texts(panel).count(HOSTILE) == 8


def test_problem_dialog_shows_markup_as_text(qtbot, window):
    show_problem(window, HOSTILE)
    dialog = window.findChild(ProblemDialog)
    assert rich_labels(dialog) == []
    assert HOSTILE in visible_texts(dialog)
    show_problem(window, "second")
    assert len(window.findChildren(ProblemDialog)) == 1
    assert "second" in visible_texts(dialog)


def test_plain_label_stays_plain_whatever_it_is_given(qtbot):
    label = PlainLabel(HOSTILE)
    qtbot.addWidget(label)
    label.setText("<h1>x</h1>")
    assert label.textFormat() is Qt.TextFormat.PlainText
