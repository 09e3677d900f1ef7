"""What needs the owner now, each with the page that mends it."""

from datetime import UTC, datetime
from typing import Final

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.attention import Attention, Urgency
from desktop.views import figures
from desktop.views.icons import Button, IconLabel
from desktop.views.text import ElidedLabel, PlainLabel

MOST: Final = 20
"""Entries that are shown; so many at once are worked off from the top."""
ICONS: Final = {
    Urgency.NOW: ("circle-alert", "bad"),
    Urgency.SOON: ("triangle-alert", "warn"),
    Urgency.NOTE: ("info", "muted"),
}


class AttentionList(QWidget):
    """Lines of an icon, a sentence, what it means, and a button that leads there."""

    place_wanted = Signal(str, str)
    """Name of a page, and what of it."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: tuple[Attention, ...] = ()
        self.buttons: list[Button] = []
        self._rows: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.nothing = PlainLabel(self.tr("Nothing needs you now."), role="muted", wrap=True)
        self.more = PlainLabel(role="muted")
        self._column.addWidget(self.nothing)
        self._column.addWidget(self.more)
        self._column.addStretch()
        self.more.hide()

    def show_entries(self, entries: tuple[Attention, ...]) -> None:
        """Show other entries; the focus stays on the same one where it is still there."""
        if entries == self.entries:
            return
        focused = [entry.key for entry, one in zip(self.entries, self.buttons, strict=False)
                   if one.hasFocus()]  # fmt: skip
        for row in self._rows:
            self._column.removeWidget(row)
            row.deleteLater()
        self.entries, self.buttons = entries, []
        self._rows = [self._row(entry) for entry in entries[:MOST]]
        for place, row in enumerate(self._rows):
            self._column.insertWidget(place, row)
        self.nothing.setVisible(not entries)
        self.more.setVisible(len(entries) > MOST)
        self.more.setText(self.tr("And %n more.", "", max(0, len(entries) - MOST)))
        for entry, button in zip(entries, self.buttons, strict=False):
            if entry.key in focused:
                button.setFocus()

    def _row(self, entry: Attention) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(IconLabel(*ICONS[entry.urgency]))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(ElidedLabel(entry.title))
        detail = " ".join(part for part in (due_text(entry), entry.detail) if part)
        words.addWidget(ElidedLabel(detail, role="muted"))
        line.addLayout(words, 1)
        button = Button(self.tr("Open"))
        button.setAccessibleName(self.tr("Open: {what}").format(what=entry.title))
        button.setAccessibleDescription(detail)
        button.clicked.connect(lambda: self.place_wanted.emit(entry.destination, entry.target))
        self.buttons.append(button)
        line.addWidget(button)
        return row


def due_text(entry: Attention) -> str:
    """By when something has to be done; empty where nothing has."""
    if entry.due is None:
        return ""
    day = figures.day(entry.due.astimezone().date())
    if entry.due < datetime.now(UTC):
        return QCoreApplication.translate("AttentionList", "Was due {day}.").format(day=day)
    return QCoreApplication.translate("AttentionList", "Due {day}.").format(day=day)
