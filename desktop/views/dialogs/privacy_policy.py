"""The owner's privacy policy with its history; the one of the product while there is none."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.privacy.policy import PolicyLine, Standing
from desktop.services.privacy.policy import PolicyService
from desktop.views import figures
from desktop.views.combo import ElidedCombo
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy.policy_tab import STANDINGS
from desktop.views.privacy.policy_text import policy_labels, policy_versions
from desktop.views.privacy.words import say
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class PrivacyPolicyDialog(QDialog):
    """The version in force, and the others by choice; Esc closes it."""

    def __init__(self, parent: QWidget, jobs: "Jobs") -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Privacy policy"))
        self._history: tuple[PolicyLine, ...] = ()
        self.message = MessageBar()
        self.stamp = PlainLabel(role="muted", wrap=True)
        self.version = ElidedCombo()
        self.version.currentIndexChanged.connect(self._show_chosen)
        self._versions = FormField(self.tr("&Version"), self.version)
        self._versions.hide()
        self._body = Lines()
        self.text = Scrolled(self.tr("Privacy policy"), self._body, spacing=8)
        self.text.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.close_button = Button(self.tr("Close"), role="primary")
        self.close_button.clicked.connect(self.accept)
        self._arrange()
        self._show_shipped()
        jobs.start(PolicyService.history, done=self._show, failed=self._fail, owner=self)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("Privacy policy"), role="title"))
        for part in (self.message, self._versions, self.stamp):
            column.addWidget(part)
        column.addWidget(self.text, 1)
        column.addLayout(row_of(None, self.close_button))
        self.resize(680, 620)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def _show_shipped(self) -> None:
        version = policy_versions()[0]
        day = figures.day(version.effective, with_year=True)
        stamp = self.tr("In force since {day} · SHA-256 {sum}").format(
            day=day, sum=f"{version.sha256[:16]}…"
        )
        self.stamp.setText(stamp)
        self._body.fill(policy_labels(version.lines))

    def _show(self, found: tuple[PolicyLine, ...]) -> None:
        self._history = found
        if not found:
            return
        shipped = self.tr("Shipped with the program")
        self.version.addItems([*(_name(line) for line in found), shipped])
        standings = [line.standing for line in found]
        if Standing.IN_FORCE in standings:
            self.version.setCurrentIndex(standings.index(Standing.IN_FORCE))
        self._versions.show()

    def _show_chosen(self, place: int) -> None:
        if place == len(self._history):
            self._show_shipped()
            return
        version = self._history[place].version
        stamp = self.tr("{summary} · SHA-256 {sum}").format(
            summary=version.summary, sum=f"{version.sha256[:16]}…"
        )
        self.stamp.setText(stamp)
        self._body.fill(policy_labels(tuple(version.text.splitlines())))

    def _fail(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))


def _name(line: PolicyLine) -> str:
    day = figures.day(line.version.effective, with_year=True)
    return f"{day} · {say(STANDINGS[line.standing])}"
