"""The privacy policy in the window: which version, since when, and every promise of it."""

import hashlib

import pytest
from PySide6.QtCore import Qt

from desktop.views.dialogs.privacy_policy import PrivacyPolicyDialog
from desktop.views.privacy import policy_text
from desktop.views.privacy.policy_text import policy_versions
from tests.gui.looking import visible_texts

PROMISES = (
    "respond to your request within 30 days",
    "delete or anonymize your personal information within 30 days",
    "We do not sell your personal information",
    "never store credit card details",
    "under the age of 18",
)


@pytest.fixture
def dialog(window, qtbot):
    dialog = PrivacyPolicyDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


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
