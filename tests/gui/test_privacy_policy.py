"""The privacy policy in the window: which version, since when, and every promise of it."""

import hashlib
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt

from desktop.domain.errors import VaultError
from desktop.views.dialogs.privacy_policy import PrivacyPolicyDialog
from desktop.views.privacy import policy_text
from desktop.views.privacy.policy_text import policy_versions
from tests.gui.looking import visible_texts, wait_for

PROMISES = (
    "respond to your request within 30 days",
    "delete or anonymize your personal information within 30 days",
    "We do not sell your personal information",
    "never store credit card details",
    "under the age of 18",
)


@pytest.fixture
def dialog(real_window, qtbot):
    return opened(qtbot, real_window)


def opened(qtbot, window):
    """The dialog over a vault, once it knows the versions there."""
    dialog = PrivacyPolicyDialog(window, window._jobs)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    wait_for(qtbot, lambda: not window._jobs.running)
    return dialog


def publish(device, *effective):
    for number, day in enumerate(effective, start=1):
        policy = device.services.privacy.policy
        policy.publish(day, f"# Ours, version {number}", f"Change {number}.", material=False)


def test_without_a_published_version_there_is_nothing_to_choose(dialog):
    assert not dialog.version.isVisible()


def test_published_versions_are_shown_with_the_one_in_force_first(qtbot, device, real_window):
    today = device.clock().date()
    publish(device, today - timedelta(days=9), today, today + timedelta(days=9))
    dialog = opened(qtbot, real_window)
    assert "In force" in dialog.version.currentText()
    assert "Ours, version 2" in visible_texts(dialog)
    assert "Change 2." in dialog.stamp.text()
    dialog.version.setFocus()
    qtbot.keyClick(dialog.version, Qt.Key.Key_Down)
    assert "Ours, version 1" in visible_texts(dialog)
    qtbot.keyClick(dialog.version, Qt.Key.Key_End)
    assert dialog.version.currentText() == "Shipped with the program"
    assert any(PROMISES[0] in text for text in visible_texts(dialog))


def test_history_that_cannot_be_read_leaves_the_shipped_text(qtbot, real_window, monkeypatch):
    def fail(*_):
        raise VaultError("The vault is locked.")

    monkeypatch.setattr("desktop.services.privacy.policy.policies.history", fail)
    dialog = opened(qtbot, real_window)
    assert "locked" in dialog.message.text.text()
    assert any(PROMISES[0] in text for text in visible_texts(dialog))


def test_policy_says_its_date_and_every_promise(dialog):
    texts = "\n".join(visible_texts(dialog))
    assert "In force since 1 Jan 2024" in texts
    for promise in PROMISES:
        assert promise in texts


def test_newest_version_comes_first_and_is_told_by_its_sum(tmp_path, monkeypatch):
    monkeypatch.setattr(policy_text, "FOLDER", tmp_path)
    (tmp_path / "2024-01-01.txt").write_text("# One\n")
    (tmp_path / "2026-05-01.txt").write_text("# Two\n")
    newest, oldest = policy_versions()
    assert (newest.effective.isoformat(), newest.lines) == ("2026-05-01", ("# Two",))
    assert oldest.sha256 == hashlib.sha256(b"# One\n").hexdigest()


def test_escape_closes_it_and_the_keyboard_scrolls_it(dialog, qtbot):
    bar = dialog.text.verticalScrollBar()
    dialog.text.setFocus()
    qtbot.keyClick(dialog.text, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
