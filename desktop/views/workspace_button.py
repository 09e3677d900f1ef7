"""The workspace on screen, and the way to another one: a button of the sidebar."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QMenu, QToolButton

from desktop.domain.workspaces import Workspace
from desktop.services.workspaces import WorkspacesService
from desktop.views.sidebar import NavButton
from desktop.views.text import plain_mnemonic

if TYPE_CHECKING:
    from desktop.jobs import Jobs

CONTEXT = "WorkspaceButton"


class WorkspaceButton(NavButton):
    """Names the open workspace; its menu lists the others."""

    chosen = Signal(str)
    """The folder of a workspace that the owner wants to switch to."""
    manage_wanted = Signal()
    failed = Signal(object)
    """The `AppError` for which the list could not be read."""

    def __init__(self, jobs: "Jobs", directory: str) -> None:
        """`directory` is the folder of the open workspace."""
        super().__init__("workspace", "layers", QCoreApplication.translate(CONTEXT, "Workspace"))
        self._jobs = jobs
        self._directory = directory
        self.name = ""
        self.setCheckable(False)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setMenu(QMenu(self))
        self._fill(())

    def load(self) -> None:
        """Ask which workspaces there are."""
        self._jobs.start(
            WorkspacesService.listed, done=self._fill, failed=self.failed.emit, owner=self
        )

    def _fill(self, entries: tuple[Workspace, ...]) -> None:
        active = [one for one in entries if one.removed_at is None]
        here = next((one for one in active if one.directory == self._directory), None)
        self.name = here.name if here else self.tr("This folder")
        self.set_label(self.name, self.tr("Workspace: {name}").format(name=self.name))
        menu = self.menu()
        menu.clear()
        for one in active:
            action = menu.addAction(plain_mnemonic(one.name))
            action.setCheckable(True)
            action.setChecked(one is here)
            action.triggered.connect(partial(self._choose, one))
        menu.addSeparator()
        self._add(self.tr("&Manage workspaces…"), self.manage_wanted.emit)

    def _add(self, text: str, act: Callable[[], None]) -> None:
        self.menu().addAction(text).triggered.connect(lambda _=False: act())

    def _choose(self, one: Workspace, _checked: object = None) -> None:
        if one.directory != self._directory:
            self.chosen.emit(one.directory)
        else:
            self.load()  # the mark goes back to where it was
