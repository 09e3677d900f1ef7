"""One entry of the audit log: each field before and after, and its place in the chain."""

from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout

from desktop.domain.access import AuditLine, FieldChange
from desktop.views import figures
from desktop.views.access import words
from desktop.views.data_table import DataTable
from desktop.views.models.table_model import Column
from desktop.views.text import ElidedLabel, PlainLabel


class ChangeCard(QFrame):
    """What was changed, by whom, from what to what."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.heading = ElidedLabel(role="heading")
        self.about = PlainLabel(role="muted", wrap=True)
        self.changes: DataTable[FieldChange] = DataTable(
            self.tr("Fields that were changed"), self._columns(), key=lambda one: one.field
        )
        for place in (1, 2):
            self.changes.setColumnWidth(place, 124)
        self.chain = QLineEdit()
        self.chain.setReadOnly(True)
        caption = PlainLabel(self.tr("&Chain value (SHA-256)"), role="muted")
        caption.setBuddy(self.chain)
        self.chain.setAccessibleName(self.tr("Chain value (SHA-256)"))
        self._caption = caption
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(PlainLabel(self.tr("Change").upper(), role="section"))
        column.addWidget(self.heading)
        column.addWidget(self.about)
        column.addWidget(self.changes, 1)
        column.addStretch()
        column.addWidget(caption)
        column.addWidget(self.chain)
        self.show_line(None)

    def _columns(self) -> tuple[Column[FieldChange], ...]:
        return (
            Column(self.tr("Field"), lambda one: one.field.replace("_", " ")),
            Column(self.tr("Before"), lambda one: one.before or figures.NOTHING),
            Column(self.tr("After"), lambda one: one.after or figures.NOTHING),
        )

    def show_line(self, line: AuditLine | None) -> None:
        """Show another entry; None asks the owner to choose one."""
        for part in (self.about, self.changes, self._caption, self.chain):
            part.setVisible(line is not None)
        if line is None:
            self.heading.set_whole_text(self.tr("Choose a change to see it."))
            return
        what = words.word(words.ENTITIES, line.entity)
        self.heading.set_whole_text(f"{words.word(words.ACTIONS, line.action)}: {what}")
        said = self.tr("Entry {number}, {moment}, by {who}.\n{row}")
        self.about.setText(
            said.format(
                number=line.sequence,
                moment=figures.moment(line.at),
                who=words.word(words.ACTORS, line.actor),
                row=line.entity_id,
            )
        )
        self.changes.show_rows(line.changes)
        self.chain.setText(line.chain)
        self.chain.setCursorPosition(0)
