"""Rotating and revoking an SDK key, each with what it means before it happens."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from desktop.views.combo import ElidedCombo
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.keys.standing import KeyRow
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

HOUR_S: Final = 3600
DAY_S: Final = 24 * HOUR_S


class EndingPanel(QWidget):
    """Two buttons; each opens what has to be decided first, below them."""

    rotation_wanted = Signal(int)
    """Seconds for which the old key goes on."""
    revocation_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rotate = Button(self.tr("Ro&tate…"), icon_name="rotate-ccw")
        self.revoke = Button(self.tr("Re&voke…"), role="danger", icon_name="ban")
        self.overlap = ElidedCombo()
        for seconds, text in (
            (0, self.tr("Not at all")),
            (HOUR_S, self.tr("1 hour")),
            (DAY_S, self.tr("1 day")),
            (7 * DAY_S, self.tr("7 days")),
            (30 * DAY_S, self.tr("30 days")),
        ):
            self.overlap.addItem(text, seconds)
        self.overlap.setCurrentIndex(2)
        self.make = Button(self.tr("&Make the new key"), role="primary")
        self.withdraw = Button(self.tr("Revoke for g&ood"), role="danger")
        self.make.clicked.connect(lambda: self.rotation_wanted.emit(self.overlap.currentData()))
        self.withdraw.clicked.connect(self.revocation_wanted)
        self._rotation = self._question(
            self.tr(
                "A second key is made. Callers that still use the old one go on for this long; put "
                "the new one into your API meanwhile."
            ),
            FormField(self.tr("The old key &goes on for"), self.overlap),
            self.make,
        )
        self._revocation = self._question(
            self.tr(
                "The service refuses callers that use this key from now on, and that cannot be "
                "taken back. To change keys without a gap, rotate it instead."
            ),
            None,
            self.withdraw,
        )
        self.rotate.clicked.connect(lambda: self._open(self._rotation))
        self.revoke.clicked.connect(lambda: self._open(self._revocation))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row_of(self.rotate, self.revoke, None))
        column.addWidget(self._rotation)
        column.addWidget(self._revocation)

    def _question(self, text: str, choice: QWidget | None, act: Button) -> QFrame:
        frame = QFrame()
        frame.setProperty("role", "inset")
        column = QVBoxLayout(frame)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addWidget(PlainLabel(text, wrap=True))
        if choice is not None:
            column.addWidget(choice)
        leave = Button(self.tr("Cancel"))
        leave.clicked.connect(self.close_questions)
        column.addLayout(row_of(None, leave, act))
        return frame

    def _open(self, question: QFrame) -> None:
        self._rotation.setVisible(question is self._rotation)
        self._revocation.setVisible(question is self._revocation)

    def close_questions(self) -> None:
        """Ask nothing any more."""
        self._rotation.hide()
        self._revocation.hide()

    def show_row(self, row: KeyRow | None) -> None:
        """Offer what a key allows: nothing once it has ended, only its end when it is elsewhere."""
        self.close_questions()
        is_living = row is not None and row.is_sdk_key and not row.has_ended
        self.setVisible(is_living)
        self.rotate.setVisible(row is not None and row.key is not None)
