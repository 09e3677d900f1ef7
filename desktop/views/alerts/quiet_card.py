"""The hours in which alerts disturb nobody."""

from datetime import time

from PySide6.QtCore import QTime, Signal
from PySide6.QtWidgets import QHBoxLayout, QTimeEdit, QVBoxLayout, QWidget

from desktop.domain.alerts import QuietHours
from desktop.views.icons import Button
from desktop.views.spin import indented
from desktop.views.text import PlainLabel


class QuietCard(QWidget):
    """Two times of day and what this computer can do."""

    set_wanted = Signal(object)
    """The `QuietHours`."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.end = _edit(self.tr("Quiet from")), _edit(self.tr("Quiet until"))
        self.save = Button(self.tr("Set &quiet hours"))
        self.save.clicked.connect(lambda: self.set_wanted.emit(self.hours()))
        self.note = PlainLabel(role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(PlainLabel(self.tr("No notifications from")))
        row.addWidget(self.start)
        row.addWidget(PlainLabel(self.tr("until")))
        row.addWidget(self.end)
        row.addWidget(self.save)
        row.addStretch()
        column.addLayout(row)
        column.addWidget(self.note)

    def show_hours(self, quiet: QuietHours, *, can_notify: bool) -> None:
        """Show what is set; times that are being typed are kept."""
        if not (self.start.hasFocus() or self.end.hasFocus()):
            self.start.setTime(QTime(quiet.start.hour, quiet.start.minute))
            self.end.setTime(QTime(quiet.end.hour, quiet.end.minute))
        self.note.setText(
            self.tr("The same time twice is never.")
            if can_notify
            else self.tr("This computer shows no notifications of programs: alerts are only here.")
        )

    def hours(self) -> QuietHours:
        """As typed."""
        start, end = self.start.time(), self.end.time()
        return QuietHours(time(start.hour(), start.minute()), time(end.hour(), end.minute()))


def _edit(name: str) -> QTimeEdit:
    edit = indented(QTimeEdit())
    edit.setDisplayFormat("HH:mm")
    edit.setAccessibleName(name)
    return edit
