"""A new owner's first price, with the keyboard alone: from an empty list to a published one."""

from datetime import UTC, datetime, time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.domain.pricing.rulebook import RuleBook
from desktop.services.sample_data import SAMPLE_ID
from desktop.views.pricing.publish_dialog import PublishDialog
from tests.fakes import no_report
from tests.gui.fakes import TODAY
from tests.gui.looking import wait_for, wait_for_content

KEYS_OF_TWO_MINUTES = 120
"""A person who looks at the screen meanwhile presses one key a second, and is not in a hurry."""
ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
NO_KEY = Qt.KeyboardModifier.NoModifier


class Keyboard:
    """Presses keys where the focus is, and counts them."""

    def __init__(self, qtbot, window):
        self.qtbot, self.window, self.pressed = qtbot, window, 0

    def press(self, key, modifier=NO_KEY, times=1):
        for _ in range(times):
            self.pressed += 1
            target = QApplication.activeModalWidget() or self.window
            self.qtbot.keyClick(target.focusWidget() or target, key, modifier)

    def type(self, text):
        for letter in text:
            self.pressed += 1
            target = QApplication.activeModalWidget() or self.window
            self.qtbot.keyClicks(target.focusWidget() or target, letter)

    def tab_to(self, widget, key=Qt.Key.Key_Tab):
        for _ in range(40):
            target = QApplication.activeModalWidget() or self.window
            if target.focusWidget() is widget:
                return
            self.press(key)
        raise AssertionError(widget)


@pytest.fixture
def sampled(qtbot, device, real_window):
    """The window on sample data whose rules were all taken away."""
    services = device.services
    device.clock.now = datetime.combine(TODAY, time(12), UTC)
    services.sample_data.load(no_report)
    for rule in services.pricing.list_rules(SAMPLE_ID):
        services.pricing.delete_rule(rule.rule_id)
    real_window._jobs.noticed.emit("configuration")
    wait_for(qtbot, lambda: real_window.sidebar.applications.count() > 1)
    chooser = real_window.sidebar.applications
    place = next(n for n in range(chooser.count()) if "Sample" in chooser.itemText(n))
    chooser.setCurrentIndex(place)
    chooser.activated.emit(place)
    real_window.activateWindow()
    return real_window


def test_graduated_price_is_published_after_a_what_if_without_a_mouse(qtbot, device, sampled):
    keys = Keyboard(qtbot, sampled)
    page = sampled.pages["pricing"]
    keys.press(Qt.Key.Key_4, CTRL)
    wait_for(qtbot, page.isVisible)
    wait_for_content(qtbot, page)
    assert page.table.model().rowCount() == 0

    keys.press(Qt.Key.Key_N, CTRL)
    wait_for(qtbot, lambda: page.is_editing)
    editor = page.editor
    keys.type("All calls")
    keys.tab_to(editor.template, Qt.Key.Key_Backtab)
    keys.press(Qt.Key.Key_Down, times=3)
    assert editor.draft().price["model"] == "graduated"

    grid = editor.form.tiers.grid
    keys.tab_to(grid)
    keys.press(Qt.Key.Key_Right, times=2)
    keys.press(Qt.Key.Key_Down)
    keys.type("0.004")
    keys.press(Qt.Key.Key_Return)
    assert editor.draft().price["tiers"][1]["unit_amount"] == "0.004"
    assert editor.curve.draft.amounts[-1] > 0
    wait_for(qtbot, lambda: editor.strip.values[1].text().startswith("$"))
    assert editor.strip.values[2].text().endswith(" / 0")
    assert not editor.strip.values[2].text().startswith("0")

    keys.tab_to(page.publish, Qt.Key.Key_Backtab)
    keys.press(Qt.Key.Key_Space)
    wait_for(qtbot, lambda: isinstance(QApplication.activeModalWidget(), PublishDialog))
    dialog = QApplication.activeModalWidget()
    wait_for(qtbot, lambda: "graduated" in dialog.diff.toPlainText())
    assert dialog.consent.isVisible()
    keys.tab_to(dialog.consent)
    keys.press(Qt.Key.Key_Space)
    keys.tab_to(dialog.publish)
    keys.press(Qt.Key.Key_Space)
    wait_for(qtbot, lambda: page.table.model().rowCount() == 1)

    assert keys.pressed <= KEYS_OF_TWO_MINUTES
    (rule,) = device.services.pricing.list_rules(SAMPLE_ID)
    assert (rule.name, rule.version) == ("All calls", 1)
    book = RuleBook(device.services.pricing.versions(SAMPLE_ID))
    priced = book.on(rule.effective_from).version_for("cus_sample_00000000", "GET", "/v1/search")
    assert priced.rule_id == rule.rule_id
