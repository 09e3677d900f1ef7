"""What sync has done: the history of edits, what was left out, and versions set aside."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.domain.syncing import Draft, HistoryEntry, Refusal
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.sync import words
from desktop.views.text import PlainLabel


class HistoryPanel(QWidget):
    """Edits that were answered, the newest first, page by page."""

    older_wanted = Signal(int)
    """Id of the last entry shown."""

    def __init__(self) -> None:
        super().__init__()
        self.table: DataTable[HistoryEntry] = DataTable(
            self.tr("History of edits"),
            (
                Column(self.tr("Row"), lambda entry: entry.title or entry.entity_id),
                Column(self.tr("Kind"), lambda entry: words.entity(entry.entity)),
                Column(self.tr("Outcome"), lambda entry: words.say(words.OUTCOMES[entry.outcome])),
                Column(
                    self.tr("Answered"),
                    lambda entry: figures.moment(entry.answered_at),
                    lambda entry: entry.answered_at,
                ),
                Column(self.tr("Said"), self._said),
            ),
            key=lambda entry: entry.entry_id,
        )
        for place, width_px in ((2, 140), (4, 300)):
            self.table.setColumnWidth(place, width_px)
        self.nothing = PlainLabel(self.tr("No edit was sent yet."), role="muted")
        self.older = Button(self.tr("Show &older ones"))
        self.older.clicked.connect(self._ask_for_older)
        _column(self, self.nothing, self.table).addLayout(row_of(self.older, None))
        self.show_first((), 1)

    def show_first(self, entries: tuple[HistoryEntry, ...], page: int) -> None:
        """Show the newest entries; `page` is how many there are at most."""
        self.table.show_rows(entries)
        self.table.setVisible(bool(entries))
        self.nothing.setVisible(not entries)
        self.older.setVisible(len(entries) == page)

    def show_more(self, entries: tuple[HistoryEntry, ...], page: int) -> None:
        """Show these below those that are there."""
        self.table.show_rows((*self.table.table_model.rows, *entries))
        self.older.setVisible(len(entries) == page)

    def _ask_for_older(self) -> None:
        oldest = min((entry.entry_id for entry in self.table.table_model.rows), default=0)
        self.older_wanted.emit(oldest)

    def _said(self, entry: HistoryEntry) -> str:
        if entry.fields and not entry.reason:
            return self.tr("Kept from here: {fields}").format(fields=", ".join(entry.fields))
        named = f"{', '.join(entry.fields)}: {entry.reason}" if entry.fields else entry.reason
        return named or figures.NOTHING


class RefusalsPanel(QWidget):
    """Items of the service's answers that cannot be, and so were left out."""

    forget_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.table: DataTable[Refusal] = DataTable(
            self.tr("What was left out"),
            (
                Column(self.tr("Why"), lambda one: one.reason),
                Column(self.tr("Kind"), lambda one: words.entity(one.kind)),
                Column(self.tr("Id"), lambda one: one.item_id),
                Column(
                    self.tr("Times"),
                    lambda one: figures.count(one.times),
                    lambda one: one.times,
                    is_number=True,
                ),
                Column(
                    self.tr("Last"),
                    lambda one: figures.moment(one.last_at),
                    lambda one: one.last_at,
                ),
            ),
            key=lambda one: (one.feed, one.kind, one.item_id, one.reason),
        )
        self.table.setColumnWidth(1, 150)
        self.nothing = PlainLabel(
            self.tr("Everything the service sent was in order."), role="muted"
        )
        self.about = PlainLabel(
            self.tr(
                "The service sent these, and they cannot be. They were left out one by one; "
                "everything else was stored. Show the list to whoever runs the service."
            ),
            role="muted",
            wrap=True,
        )
        self.forget = Button(self.tr("&Empty the list"))
        self.forget.clicked.connect(self.forget_wanted)
        _column(self, self.nothing, self.about, self.table).addLayout(row_of(self.forget, None))
        self.show_refusals(())

    def show_refusals(self, refusals: tuple[Refusal, ...]) -> None:
        """Show what was left out."""
        self.table.show_rows(refusals)
        self.nothing.setVisible(not refusals)
        for part in (self.about, self.table, self.forget):
            part.setVisible(bool(refusals))


class DraftsPanel(QWidget):
    """Versions of the owner that were set aside when a conflict was decided for both."""

    use_wanted = Signal(int)
    discard_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.table: DataTable[Draft] = DataTable(
            self.tr("Drafts"),
            (
                Column(self.tr("Row"), lambda draft: draft.title or draft.entity_id),
                Column(self.tr("Kind"), lambda draft: words.entity(draft.entity)),
                Column(
                    self.tr("Set aside"),
                    lambda draft: figures.moment(draft.made_at),
                    lambda draft: draft.made_at,
                ),
            ),
            key=lambda draft: draft.draft_id,
        )
        self.table.row_chosen.connect(self._show_choice)
        self.nothing = PlainLabel(self.tr("No version was set aside."), role="muted")
        self.use = Button(self.tr("&Use it as an edit"))
        self.discard = Button(self.tr("&Discard it"))
        self.use.clicked.connect(lambda: self._act(self.use_wanted.emit))
        self.discard.clicked.connect(lambda: self._act(self.discard_wanted.emit))
        column = _column(self, self.nothing, self.table)
        column.addLayout(row_of(self.use, self.discard, None))
        self.show_drafts(())

    def show_drafts(self, drafts: tuple[Draft, ...]) -> None:
        """Show the drafts there are."""
        self.table.show_rows(drafts)
        self.nothing.setVisible(not drafts)
        for part in (self.table, self.use, self.discard):
            part.setVisible(bool(drafts))
        self._show_choice()

    def _show_choice(self) -> None:
        for button in (self.use, self.discard):
            button.setEnabled(self.table.chosen() is not None)

    def _act(self, emit: Callable[[int], None]) -> None:
        draft = self.table.chosen()
        if draft is not None:
            emit(draft.draft_id)


def _column(panel: QWidget, *parts: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(panel)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(10)
    for part in parts:
        column.addWidget(part)
    return column
