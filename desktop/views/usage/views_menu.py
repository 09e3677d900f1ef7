"""The saved views of an application: open, save and delete, in one menu."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu, QWidget

from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.usage_views import SavedView, UsageView
from desktop.services.explorer import ExplorerService
from desktop.views.icons import Button
from desktop.views.text import plain_mnemonic

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class ViewsMenu(Button):
    """A button with a menu."""

    opened = Signal(object)
    """A `UsageView` the owner wants to see."""
    told = Signal(str)
    """What was done."""
    failed = Signal(object)

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__("", icon_name="layers")
        self.setText(self.tr("&Views"))
        self._jobs = jobs
        self._application_id: ApplicationId | None = None
        self._view: UsageView | None = None
        self.saved: tuple[SavedView, ...] = ()
        self.choices = QMenu(self)
        self.setMenu(self.choices)
        self._fill()

    def show_application(self, application_id: ApplicationId, view: UsageView) -> None:
        """Offer the views of an application; `view` is the one that would be saved."""
        self._view = view
        if application_id != self._application_id:
            self._application_id = application_id
            self.load()

    def load(self) -> None:
        """Read the saved views."""
        if self._application_id is not None:
            self._jobs.start(
                ExplorerService.views, self._application_id, done=self._show,
                failed=self.failed.emit, owner=self,
            )  # fmt: skip

    def _show(self, saved: tuple[SavedView, ...]) -> None:
        self.saved = saved
        self._fill()

    def _fill(self) -> None:
        self.choices.clear()
        for one in self.saved:
            action = self.choices.addAction(plain_mnemonic(one.name))
            action.triggered.connect(partial(self._open, one))
        self.choices.addSeparator()
        self.choices.addAction(self.tr("&Save this view…")).triggered.connect(self.ask_for_name)
        if self.saved:
            removal = self.choices.addMenu(self.tr("&Delete"))
            for one in self.saved:
                action = removal.addAction(plain_mnemonic(one.name))
                action.triggered.connect(partial(self._delete, one))

    def _open(self, saved: SavedView, _: object = None) -> None:
        self.opened.emit(saved.view)

    def ask_for_name(self) -> None:
        """Save the view on screen under a name that the owner types."""
        dialog = name_dialog(self, self.tr("Save view"), self.tr("Name of the view"))
        dialog.textValueSelected.connect(self._save)
        dialog.open()

    def _save(self, name: str) -> None:
        if self._application_id is None or self._view is None:
            return

        def show(saved: SavedView) -> None:
            self.told.emit(self.tr("Saved the view {name}.").format(name=saved.name))
            self.load()

        self._jobs.start(
            ExplorerService.save_view, self._application_id, name, self._view, done=show,
            failed=self._refuse, owner=self,
        )  # fmt: skip

    def _refuse(self, error: AppError) -> None:
        self.told.emit(str(error))

    def _delete(self, saved: SavedView, _: object = None) -> None:
        def show(_: None) -> None:
            self.told.emit(self.tr("Deleted the view {name}.").format(name=saved.name))
            self.load()

        self._jobs.start(
            ExplorerService.delete_view, saved.view_id, done=show, failed=self.failed.emit,
            owner=self,
        )  # fmt: skip


def name_dialog(parent: QWidget, title: str, label: str) -> QInputDialog:
    """Asks for one line of text; goes when it is closed."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(label)
    dialog.finished.connect(dialog.deleteLater)
    if (line := dialog.findChild(QLineEdit)) is not None:
        line.setAccessibleName(label)
    return dialog
