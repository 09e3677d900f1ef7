"""The privacy policy of the product, with its date."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.views import figures
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.privacy.policy_text import policy_labels, policy_versions
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel


class PrivacyPolicyDialog(QDialog):
    """The version in force; Esc closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Privacy policy"))
        version = policy_versions()[0]
        day = figures.day(version.effective, with_year=True)
        stamp = self.tr("In force since {day} · SHA-256 {sum}").format(
            day=day, sum=f"{version.sha256[:16]}…"
        )
        self.text = Scrolled(self.tr("Privacy policy"), *policy_labels(version), spacing=8)
        self.text.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_button = Button(self.tr("Close"), role="primary")
        self.close_button.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("Privacy policy"), role="title"))
        column.addWidget(PlainLabel(stamp, role="muted"))
        column.addWidget(self.text, 1)
        column.addLayout(row_of(None, self.close_button))
        self.resize(680, 620)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
