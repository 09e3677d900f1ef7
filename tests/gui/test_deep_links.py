"""Links into the window, and the way back and forward."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog, QWidget

from desktop.app import _without_link
from desktop.domain.usage_questions import Dimension, Measure
from desktop.domain.usage_views import ChartKind
from desktop.views.deep_links import DeepLinks
from desktop.views.dialogs.problem import ProblemDialog
from desktop.views.dialogs.question import QuestionDialog
from desktop.views.history import MOST, History, Stop
from tests.gui.fakes import ACME, SAMPLE
from tests.gui.looking import click, wait_for, wait_for_content

LINK = "usageflow://usage?from=2026-06-01&to=2026-07-01&measure=units&group=customer"
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def opened(qtbot, theme):
    """Links in front of an empty window that shows one application; `seen` is what they showed."""
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    seen = []
    links = DeepLinks(
        window, lambda: (ACME, SAMPLE), lambda: ACME, lambda *shown: seen.append(shown)
    )
    return window, links, seen


def question(window):
    return window.findChild(QuestionDialog)


def test_link_to_what_is_on_screen_is_shown_at_once(opened):
    window, links, seen = opened
    links.open(LINK)
    ((application, view),) = seen
    assert application == ACME
    assert (view.question.measure, view.question.group_by) == (Measure.UNITS, Dimension.CUSTOMER)
    assert question(window) is None, "it changes nothing: nobody is asked"


def test_link_to_another_application_is_opened_after_a_confirmation(qtbot, opened):
    window, links, seen = opened
    links.open(f"{LINK}&app={SAMPLE.application_id}")
    assert SAMPLE.name in question(window).text.text()
    assert seen == []
    click(qtbot, question(window).go)
    assert [application for application, _ in seen] == [SAMPLE]


def test_declined_link_changes_nothing(qtbot, opened):
    window, links, seen = opened
    links.open(f"{LINK}&app={SAMPLE.application_id}")
    click(qtbot, question(window).cancel)
    assert seen == []


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "https://usage.example/?from=2026-06-01&to=2026-07-01",
        "usageflow://usage",
        "usageflow://keys?delete=all",
        "usageflow://usage?from=2026-06-01&to=2026-07-01&run=rm",
        "usageflow://usage?from=x&to=y",
        f"{LINK}&app=app_elsewhere",
        f"{LINK}&measure=units",
        f"{LINK}&only=nothing:<b>x</b>",
        "usageflow://usage?" + "a=1&" * 100_000,
    ],
)
def test_hostile_link_is_refused_in_words(opened, hostile):
    window, links, seen = opened
    links.open(hostile)
    refusal = window.findChild(ProblemDialog)
    said = refusal.text.text()
    assert "othing was done" in said or "has to begin with" in said
    assert seen == []
    refusal.reject()


def test_link_is_typed_into_a_dialog(opened):
    window, links, seen = opened
    links.ask_for_link()
    window.findChild(QInputDialog).textValueSelected.emit(f"  {LINK} ")
    assert len(seen) == 1


def test_link_of_the_command_line_waits_for_the_applications(qtbot, window):
    window.open_link(f"{LINK}&app={SAMPLE.application_id}")
    wait_for(qtbot, lambda: question(window) is not None)
    click(qtbot, question(window).go)
    wait_for(qtbot, lambda: window.pages.current_name() == "usage")
    wait_for_content(qtbot, window.page)
    assert window.page.view().question.measure is Measure.UNITS
    assert window._application == SAMPLE


def test_command_line_takes_a_link_at_its_end():
    assert _without_link(["--workspace", "Acme", LINK]) == (["--workspace", "Acme"], LINK)
    assert _without_link([LINK]) == ([], LINK)
    assert _without_link(["--workspace", "Acme"]) == (["--workspace", "Acme"], "")
    assert _without_link([]) == ([], "")


def test_back_and_forward_go_through_pages_and_views(qtbot, window):
    wait_for(qtbot, lambda: window._application is not None)
    window.activateWindow()
    window.show_page("usage")
    page = window.page
    wait_for_content(qtbot, page)
    page.card.kind.choose(ChartKind.BARS)
    page.card.kind.chosen.emit()
    window.show_page("pricing")
    for _ in range(2):
        qtbot.keyClick(window, Qt.Key.Key_Left, ALT)
    wait_for(qtbot, lambda: window.pages.current_name() == "usage")
    assert page.card.kind.value() is ChartKind.LINES
    qtbot.keyClick(window, Qt.Key.Key_Right, ALT)
    wait_for(qtbot, lambda: page.card.kind.value() is ChartKind.BARS)
    qtbot.keyClick(window, Qt.Key.Key_Right, ALT)
    wait_for(qtbot, lambda: window.pages.current_name() == "pricing")


def test_history_drops_what_lay_ahead_and_bounds_itself():
    history = History()
    for name in ("a", "b", "b", "c"):
        history.visit(Stop(name))
    assert history.back() == Stop("b")
    history.visit(Stop("d"))
    assert history.forward() is None
    assert [history.back(), history.back(), history.back()] == [Stop("b"), Stop("a"), None]
    for number in range(2 * MOST):
        history.visit(Stop("x", number))
    steps = 0
    while history.back():
        steps += 1
    assert steps == MOST - 1
