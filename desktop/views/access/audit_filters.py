"""Which changes are listed: words, kind of change, kind of row, time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from desktop.domain.access import AuditQuery
from desktop.views.access import words
from desktop.views.combo import ElidedCombo
from desktop.views.combo_of import ComboOf
from desktop.views.icons import IconButton

TYPED_MS: Final = 250
"""A search begins when nothing was typed for so long."""


class Since(StrEnum):
    """How far back the list goes."""

    EVER = "ever"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


DAYS: Final = {Since.DAY: 1, Since.WEEK: 7, Since.MONTH: 30}
SINCE_WORDS: Final[Mapping[Since, object]] = {
    Since.EVER: QT_TRANSLATE_NOOP("access", "Any time"),
    Since.DAY: QT_TRANSLATE_NOOP("access", "Last 24 hours"),
    Since.WEEK: QT_TRANSLATE_NOOP("access", "Last 7 days"),
    Since.MONTH: QT_TRANSLATE_NOOP("access", "Last 30 days"),
}


class NameCombo(ElidedCombo):
    """Chooses one of the service's names by its word, or any."""

    def __init__(self, name: str, anything: str, names: Mapping[str, object]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        # On Linux a combo box is named by its value: the description says what it chooses.
        self.setAccessibleDescription(name)
        self.addItem(anything, "")
        for value, word in names.items():
            self.addItem(words.say(word), value)

    def value(self) -> str:
        return str(self.currentData())


class AuditFilters(QWidget):
    """One row of choices; each change asks anew."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Search ids and values"))
        self.text.setAccessibleName(self.tr("Search the changes"))
        self.text.setClearButtonEnabled(True)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(TYPED_MS)
        self._typed.timeout.connect(self.changed)
        self.text.textEdited.connect(lambda _: self._typed.start())
        self.text.returnPressed.connect(self._search_now)
        self.action = NameCombo(self.tr("Change"), self.tr("Any change"), words.ACTIONS)
        self.entity = NameCombo(self.tr("Of what"), self.tr("Of anything"), words.ENTITIES)
        self.since: ComboOf[Since] = ComboOf(self.tr("Time"), SINCE_WORDS, words.say)
        for combo in (self.action, self.entity, self.since):
            combo.activated.connect(lambda _: self.changed.emit())
        self.reset = IconButton("x", self.tr("Clear the filters"))
        self.reset.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.text, 2)
        for part in (self.action, self.entity, self.since):
            row.addWidget(part, 1)
        row.addWidget(self.reset)

    def query(self) -> AuditQuery:
        """What the list asks for; the time is that of asking, to the minute."""
        days = DAYS.get(self.since.value())
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        since = None if days is None else now - timedelta(days=days)
        return AuditQuery(self.text.text().strip(), self.action.value(), self.entity.value(), since)

    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return self.query() != AuditQuery()

    def clear(self) -> None:
        """List every change again."""
        was = self.is_narrowed()
        self.text.clear()
        self.action.setCurrentIndex(0)
        self.entity.setCurrentIndex(0)
        self.since.choose(Since.EVER)
        if was:
            self.changed.emit()

    def _search_now(self) -> None:
        self._typed.stop()
        self.changed.emit()
