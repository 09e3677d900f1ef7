"""The menu bar and its shortcuts. Every command of the window is an action in here."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from desktop.views.theme import Scheme


class Menus(QObject):
    """Fills a menu bar; emits what the owner wants."""

    page_wanted = Signal(str)
    back_wanted = Signal()
    forward_wanted = Signal()
    link_wanted = Signal()
    scheme_wanted = Signal(object)
    """A `Scheme`."""
    new_wanted = Signal()
    export_wanted = Signal()
    lock_wanted = Signal()
    quit_wanted = Signal()
    undo_wanted = Signal()
    filter_wanted = Signal()
    reload_wanted = Signal()
    sync_wanted = Signal()
    shortcuts_wanted = Signal()
    policy_wanted = Signal()
    workspaces_wanted = Signal()

    def __init__(self, bar: QMenuBar) -> None:
        super().__init__(bar)
        self.actions: list[QAction] = []
        self.schemes: dict[Scheme, QAction] = {}
        self._fill_file(bar.addMenu(self.tr("&File")))
        self._fill_edit(bar.addMenu(self.tr("&Edit")))
        self._fill_view(bar.addMenu(self.tr("&View")))
        self._fill_go(bar.addMenu(self.tr("&Go")))
        self._fill_help(bar.addMenu(self.tr("&Help")))

    def _add(self, menu: QMenu, text: str, keys: str, act: Callable[[], None]) -> QAction:
        action = menu.addAction(text)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: act())
        self.actions.append(action)
        return action

    def _fill_file(self, menu: QMenu) -> None:
        self._add(menu, self.tr("&New"), "Ctrl+N", self.new_wanted.emit)
        self._add(menu, self.tr("&Export…"), "Ctrl+E", self.export_wanted.emit)
        menu.addSeparator()
        keys = "Ctrl+Shift+O"
        self._add(menu, self.tr("&Workspaces…"), keys, self.workspaces_wanted.emit)
        self._add(menu, self.tr("&Lock now"), "Ctrl+L", self.lock_wanted.emit)
        self._add(menu, self.tr("&Quit"), "Ctrl+Q", self.quit_wanted.emit)

    def _fill_edit(self, menu: QMenu) -> None:
        # Not Ctrl+Z: that belongs to the field one is typing in.
        self._add(menu, self.tr("&Undo the last deletion"), "Ctrl+Shift+U", self.undo_wanted.emit)
        menu.addSeparator()
        self._add(menu, self.tr("&Filter"), "Ctrl+F", self.filter_wanted.emit)

    def _fill_view(self, menu: QMenu) -> None:
        themes = menu.addMenu(self.tr("&Theme"))
        group = QActionGroup(self)
        for scheme, text in (
            (Scheme.SYSTEM, self.tr("As the &system")),
            (Scheme.LIGHT, self.tr("&Light")),
            (Scheme.DARK, self.tr("&Dark")),
        ):
            action = group.addAction(text)
            action.setCheckable(True)
            action.triggered.connect(partial(self._want_scheme, scheme))
            themes.addAction(action)
            self.schemes[scheme] = action
        self._add(menu, self.tr("&Reload"), "Ctrl+R", self.reload_wanted.emit)
        self._add(menu, self.tr("&Sync now"), "F5", self.sync_wanted.emit)

    def _fill_go(self, menu: QMenu) -> None:
        self._add(menu, self.tr("&Back"), "Alt+Left", self.back_wanted.emit)
        self._add(menu, self.tr("&Forward"), "Alt+Right", self.forward_wanted.emit)
        self._add(menu, self.tr("Open a &link…"), "Ctrl+Shift+L", self.link_wanted.emit)
        menu.addSeparator()
        pages = (
            ("dashboard", self.tr("&Dashboard"), "Ctrl+1"),
            ("usage", self.tr("&Usage"), "Ctrl+2"),
            ("customers", self.tr("Custo&mers"), "Ctrl+Shift+M"),
            ("alerts", self.tr("Al&erts"), "Ctrl+Shift+B"),
            ("traces", self.tr("&Traces"), "Ctrl+3"),
            ("pricing", self.tr("&Pricing rules"), "Ctrl+4"),
            ("what_if", self.tr("&What-if"), "Ctrl+Shift+W"),
            ("invoices", self.tr("&Invoices"), "Ctrl+Shift+I"),
            ("billing", self.tr("Billin&g"), "Ctrl+Shift+G"),
            ("policies", self.tr("P&olicies"), "Ctrl+5"),
            ("applications", self.tr("&Applications"), "Ctrl+6"),
            ("keys", self.tr("&Keys"), "Ctrl+7"),
            ("access", self.tr("A&ccess"), "Ctrl+Shift+A"),
            ("activity", self.tr("Acti&vity"), "Ctrl+Shift+Y"),
            ("privacy", self.tr("Privacy &requests"), "Ctrl+Shift+P"),
            ("exports", self.tr("E&xports"), "Ctrl+8"),
            ("sync", self.tr("S&ync"), "Ctrl+9"),
            ("network", self.tr("&Network"), "Ctrl+Shift+N"),
            ("settings", self.tr("&Settings"), "Ctrl+,"),
        )
        for page, name, keys in pages:
            self._add(menu, name, keys, partial(self.page_wanted.emit, page))

    def _fill_help(self, menu: QMenu) -> None:
        self._add(menu, self.tr("&Keyboard shortcuts"), "F1", self.shortcuts_wanted.emit)
        self._add(menu, self.tr("&Privacy policy"), "Shift+F1", self.policy_wanted.emit)

    def _want_scheme(self, scheme: Scheme, _checked: object = None) -> None:
        self.scheme_wanted.emit(scheme)

    def show_scheme(self, scheme: Scheme) -> None:
        """Mark the scheme that is in use."""
        self.schemes[scheme].setChecked(True)
