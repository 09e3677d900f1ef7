"""Edits on their way to the service: what each changes, and the way back while it was not sent."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from desktop.domain.syncing import FieldChange, OutgoingEdit
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.sync import words
from desktop.views.text import PlainLabel


class QueuePanel(QWidget):
    """The oldest edit first; refused ones say why."""

    inspected = Signal(int)
    """Position of an edit whose changes the owner wants to see."""
    undo_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.table: DataTable[OutgoingEdit] = DataTable(
            self.tr("Edits on their way"),
            (
                Column(self.tr("Row"), lambda edit: edit.title or edit.entity_id),
                Column(self.tr("Kind"), lambda edit: words.entity(edit.entity)),
                Column(self.tr("Changes"), self._changes),
                Column(
                    self.tr("Made"),
                    lambda edit: figures.moment(edit.made_at),
                    lambda edit: edit.made_at,
                ),
                Column(self.tr("State"), self._state),
            ),
            key=lambda edit: edit.position,
        )
        for place, width_px in ((2, 220), (4, 180)):
            self.table.setColumnWidth(place, width_px)
        self.table.row_chosen.connect(self._inspect)
        self.nothing = PlainLabel(
            self.tr("No edit is waiting: the service has everything."), role="muted"
        )
        self.problem = PlainLabel(role="bad", wrap=True)
        self.changes = Lines()
        self.undo = Button(self.tr("&Undo this edit"), icon_name="rotate-ccw")
        self.undo.clicked.connect(self._undo)
        self.why_not = PlainLabel(role="muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for part in (self.nothing, self.table, self.problem, self.changes):
            column.addWidget(part)
        column.addLayout(row_of(self.undo, self.why_not, None))
        column.addStretch()
        self.show_edits(())

    def show_edits(self, edits: tuple[OutgoingEdit, ...]) -> None:
        """Show the queue as it is now."""
        self.table.show_rows(edits)
        self.table.setVisible(bool(edits))
        self.nothing.setVisible(not edits)
        if self.table.chosen() is None:
            self.show_changes(())
        self._show_choice()

    def show_changes(self, changes: tuple[FieldChange, ...]) -> None:
        """Show what the chosen edit changes, field by field."""
        self.changes.fill([_grid(self._headings(), changes)] if changes else [])

    def _headings(self) -> tuple[str, str, str]:
        return (self.tr("Field"), self.tr("Before"), self.tr("After"))

    def _changes(self, edit: OutgoingEdit) -> str:
        if edit.is_deletion:
            return self.tr("Deletes the row")
        return ", ".join(edit.changed_fields) or figures.NOTHING

    def _state(self, edit: OutgoingEdit) -> str:
        if edit.problem:
            return self.tr("Refused")
        return self.tr("Waiting") if edit.sent_at is None else self.tr("Sent, not yet answered")

    def _inspect(self) -> None:
        self._show_choice()
        edit = self.table.chosen()
        if edit is not None:
            self.inspected.emit(edit.position)

    def _show_choice(self) -> None:
        edit = self.table.chosen()
        self.undo.setVisible(edit is not None)
        self.undo.setEnabled(edit is not None and edit.can_be_undone)
        self.problem.setText(edit.problem if edit else "")
        self.problem.setVisible(bool(edit and edit.problem))
        stuck = edit is not None and not edit.can_be_undone
        self.why_not.setText(
            self.tr("It was sent, and the service may have it: make another edit instead.")
            if stuck
            else ""
        )

    def _undo(self) -> None:
        edit = self.table.chosen()
        if edit is not None:
            self.undo.setEnabled(False)
            self.undo_wanted.emit(edit.position)


def _grid(headings: tuple[str, str, str], changes: tuple[FieldChange, ...]) -> QWidget:
    part = QWidget()
    grid = QGridLayout(part)
    grid.setContentsMargins(12, 0, 0, 0)
    grid.setHorizontalSpacing(24)
    for column, heading in enumerate(headings):
        grid.addWidget(PlainLabel(heading.upper(), role="section"), 0, column)
        grid.setColumnStretch(column, 1 if column else 0)
    for row, change in enumerate(changes, start=1):
        texts = (change.field, change.before or figures.NOTHING, change.after or figures.NOTHING)
        for column, (text, role) in enumerate(zip(texts, ("muted", "", "heading"), strict=True)):
            grid.addWidget(PlainLabel(text, role=role, wrap=column > 0), row, column)
    return part
