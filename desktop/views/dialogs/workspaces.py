"""The workspaces of this user: opened, added, renamed, removed and put back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.workspaces import UNDO_PERIOD, Workspace
from desktop.services.workspaces import WorkspacesService
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField, text_of
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class WorkspacesDialog(QDialog):
    """Changes apply at once; opening another workspace closes the dialog."""

    opened = Signal(str)
    """Folder of a workspace to switch to."""
    opened_beside = Signal(str)
    """Folder of a workspace to open in a window of its own."""
    changed = Signal()
    """The list is another one now."""

    def __init__(self, parent: QWidget, jobs: "Jobs", directory: str) -> None:
        """`directory` is the folder of the open workspace."""
        super().__init__(parent)
        self._jobs = jobs
        self._directory = directory
        self.setWindowTitle(self.tr("Workspaces"))
        self.setMinimumWidth(760)
        self.message = MessageBar()
        self.table: DataTable[Workspace] = DataTable(
            self.tr("Workspaces"),
            (
                Column(self.tr("Name"), lambda one: one.name),
                Column(self.tr("Folder"), lambda one: one.directory),
                Column(self.tr("State"), self._state),
            ),
            key=lambda one: one.directory,
        )
        self.table.horizontalHeader().resizeSection(1, 290)
        self.table.horizontalHeader().resizeSection(2, 230)
        self.table.row_chosen.connect(self._show_choice)
        self._make_actions()
        self._make_fields()
        self._arrange()
        self._show_choice()
        self._load()

    def _make_actions(self) -> None:
        self.open_here = Button(self.tr("&Switch to it"), role="primary")
        self.open_beside = Button(self.tr("Open in a &new window"))
        self.remove = Button(self.tr("&Remove from the list"))
        self.restore = Button(self.tr("&Put back"), icon_name="rotate-ccw")
        self.close_button = Button(self.tr("&Close"))
        self.open_here.clicked.connect(lambda: self._open(self.opened))
        self.open_beside.clicked.connect(lambda: self._open(self.opened_beside))
        self.remove.clicked.connect(self._remove)
        self.restore.clicked.connect(self._restore)
        self.close_button.clicked.connect(self.accept)

    def _make_fields(self) -> None:
        days = UNDO_PERIOD.days
        self.delete_files = QCheckBox(
            self.tr("Also delete its files, {days} days after it was removed").format(days=days)
        )
        self.name = FormField(self.tr("&Name"), QLineEdit())
        self.folder = FormField(self.tr("&Folder (empty: a new one)"), QLineEdit())
        self.add = Button(self.tr("&Add"), icon_name="plus")
        self.rename = Button(self.tr("Re&name the chosen one"))
        self.add.clicked.connect(self._add)
        self.rename.clicked.connect(self._rename)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        about = self.tr(
            "Each workspace has a vault, a passphrase and a service of its own. Switching locks "
            "the one that is open."
        )
        column.addWidget(PlainLabel(self.tr("Workspaces"), role="title"))
        column.addWidget(PlainLabel(about, role="muted", wrap=True))
        column.addWidget(self.message)
        column.addWidget(self.table, 1)
        column.addLayout(row_of(self.open_here, self.open_beside, None, self.restore, self.remove))
        column.addLayout(row_of(None, self.delete_files))
        column.addLayout(row_of(self.name, self.folder))
        column.addLayout(row_of(self.add, self.rename, None, self.close_button))

    def _state(self, one: Workspace) -> str:
        if one.files_go_at is not None:
            said = self.tr("Removed, files go {moment}")
            return said.format(moment=figures.moment(one.files_go_at))
        if one.removed_at is not None:
            return self.tr("Removed, files stay")
        return self.tr("Open here") if one.directory == self._directory else ""

    def _show_choice(self) -> None:
        one = self.table.chosen()
        removed = one is not None and one.removed_at is not None
        is_other = one is not None and not removed and one.directory != self._directory
        for button in (self.open_here, self.open_beside, self.remove):
            button.setEnabled(is_other)
        self.delete_files.setEnabled(is_other)
        self.restore.setEnabled(removed)
        self.rename.setEnabled(one is not None and not removed)

    def _load(self) -> None:
        self._jobs.start(
            WorkspacesService.listed, done=self._show, failed=self._explain, owner=self
        )

    def _show(self, entries: tuple[Workspace, ...]) -> None:
        self.table.show_rows(entries)
        self._show_choice()

    def _open(self, signal: SignalInstance) -> None:
        one = self.table.chosen()
        if one is not None:
            self.accept()
            signal.emit(one.directory)

    def _add(self) -> None:
        name, folder = text_of(self.name.control), text_of(self.folder.control)
        self._change(WorkspacesService.add, name, folder)

    def _rename(self) -> None:
        one = self.table.chosen()
        if one is not None:
            self._change(WorkspacesService.rename, one.directory, text_of(self.name.control))

    def _remove(self) -> None:
        one = self.table.chosen()
        if one is not None:
            deletes = self.delete_files.isChecked()
            self._change(WorkspacesService.remove, one.directory, deletes)

    def _restore(self) -> None:
        one = self.table.chosen()
        if one is not None:
            self._change(WorkspacesService.restore, one.directory)

    def _change(self, method: Callable[..., Workspace], *arguments: object) -> None:
        self.message.dismiss()
        for field in (self.name, self.folder):
            field.explain("")
        self._jobs.start(method, *arguments, done=self._changed, failed=self._explain, owner=self)

    def _changed(self, one: Workspace) -> None:
        for field in (self.name, self.folder):
            if isinstance(field.control, QLineEdit):
                field.control.clear()
        self.delete_files.setChecked(False)
        self._load()
        self.table.choose(one.directory)
        self.changed.emit()

    def _explain(self, error: AppError) -> None:
        field = {"name": self.name, "directory": self.folder}.get(error.field or "")
        if field is not None:
            field.explain(str(error))
            field.control.setFocus()
        else:
            self.message.say(Tone.BAD, str(error))
