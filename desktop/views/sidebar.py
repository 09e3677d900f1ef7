"""The sidebar: the application on show, the destinations, and Lock."""

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.usage import Application
from desktop.views.combo import ElidedCombo
from desktop.views.icons import IconButton
from desktop.views.text import PlainLabel, plain_mnemonic, set_tooltip

WIDE_PX: Final = 216
NARROW_PX: Final = 56


class NavButton(IconButton):
    """A destination: icon and name, or the icon alone while the sidebar is narrow."""

    def __init__(self, name: str, icon_name: str, label: str) -> None:
        super().__init__(icon_name, label, colour="muted", role="nav")
        self.name = name
        self._label = label
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setIconSize(QSize(16, 16))
        self.badge = PlainLabel(role="count")
        self.badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.badge.hide()
        self._row = QHBoxLayout(self)
        self._row.addStretch()
        self._row.addWidget(self.badge)
        self.set_narrow(narrow=False)

    def set_label(self, label: str, spoken: str) -> None:
        """Call the button something else; `spoken` is its name for screen readers."""
        self._label = label
        self.setAccessibleName(spoken)
        set_tooltip(self, spoken)
        self.set_narrow(narrow=self._narrow)

    def show_badge(self, count: int, meaning: str) -> None:
        """Show how many things wait there, and say what they are; nothing for none."""
        self.badge.setText(str(count))
        self.badge.setVisible(count > 0)
        said = f"{self._label}: {meaning}" if count else self._label
        self.setAccessibleName(said)
        set_tooltip(self, said)

    def set_narrow(self, *, narrow: bool) -> None:
        """Show the icon alone, or icon and name."""
        self._narrow = narrow
        self.setText("" if narrow else f" {plain_mnemonic(self._label)}")
        self._row.setContentsMargins(0, 0, 2 if narrow else 8, 0)
        side = Qt.AlignmentFlag.AlignTop if narrow else Qt.AlignmentFlag.AlignVCenter
        self._row.setAlignment(self.badge, side)
        self.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonIconOnly
            if narrow
            else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        )


class Sidebar(QFrame):
    """Emits what the owner wants to see; shows what the window says is shown."""

    page_wanted = Signal(str)
    lock_wanted = Signal()
    application_chosen = Signal(object)
    """An `Application`."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sidebar")
        self.buttons: dict[str, NavButton] = {}
        self._sections: list[PlainLabel] = []
        self._switchers: list[NavButton] = []
        self.applications = ElidedCombo()
        self.applications.setAccessibleName(self.tr("Application"))
        # On Linux a combo box is named by its value: the description says what it chooses.
        self.applications.setAccessibleDescription(self.tr("Application"))
        self.applications.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.applications.activated.connect(self._choose)
        self.small_picker = IconButton("layers", self.tr("Application"))
        self.small_picker.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.small_picker.setMenu(QMenu(self))
        self.small_picker.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 14, 12, 10)
        self._column.setSpacing(2)
        self._column.addWidget(self.applications)
        self._column.addWidget(self.small_picker)
        self._column.addWidget(self._scrolling(), 1)
        self._add_destinations()
        self.set_narrow(narrow=False)

    def _scrolling(self) -> QScrollArea:
        """Room for the destinations, that scrolls in a low window."""
        inside = QWidget()
        inside.setProperty("role", "clear")
        self._places = QVBoxLayout(inside)
        self._places.setContentsMargins(0, 0, 0, 0)
        self._places.setSpacing(1)
        area = self._area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab goes to the buttons, and they scroll
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        return area

    def _add_destinations(self) -> None:
        self._section(self.tr("Meter"))
        self._destination("dashboard", "gauge", self.tr("Dashboard"))
        self._destination("usage", "chart-line", self.tr("Usage"))
        self._destination("customers", "users-round", self.tr("Customers"))
        self._destination("alerts", "bell", self.tr("Alerts"))
        self._destination("traces", "list", self.tr("Traces"))
        self._section(self.tr("Monetise"))
        self._destination("pricing", "tag", self.tr("Pricing rules"))
        self._destination("what_if", "flask-conical", self.tr("What-if"))
        self._destination("invoices", "table-2", self.tr("Invoices"))
        self._destination("billing", "credit-card", self.tr("Billing"))
        self._destination("policies", "shield-check", self.tr("Policies"))
        self._section(self.tr("Govern"))
        self._destination("applications", "server", self.tr("Applications"))
        self._destination("keys", "key-round", self.tr("Keys"))
        self._destination("access", "users", self.tr("Access"))
        self._destination("activity", "history", self.tr("Activity"))
        self._destination("privacy", "scale", self.tr("Privacy requests"))
        self._destination("exports", "download", self.tr("Exports"))
        self._destination("sync", "refresh-cw", self.tr("Sync"))
        self._destination("network", "cloud", self.tr("Network"))
        self._places.addStretch()
        self._destination("settings", "settings", self.tr("Settings"), self._column)
        self.lock = NavButton("lock", "lock", self.tr("Lock now"))
        self.lock.setCheckable(False)
        self.lock.clicked.connect(self.lock_wanted)
        self._column.addWidget(self.lock)

    def _section(self, text: str) -> None:
        label = PlainLabel(text.upper(), role="section")
        label.setContentsMargins(10, 5, 0, 0)
        label.setAccessibleName(text)
        self._sections.append(label)
        self._places.addWidget(label)

    def _destination(
        self, name: str, icon_name: str, label: str, column: QVBoxLayout | None = None
    ) -> None:
        button = NavButton(name, icon_name, label)
        button.clicked.connect(lambda: self.page_wanted.emit(name))
        self.buttons[name] = button
        (column or self._places).addWidget(button)

    def put_switcher(self, switcher: NavButton) -> None:
        """Show the button that leads to other workspaces, above the settings."""
        self._switchers.append(switcher)
        self._column.insertWidget(self._column.indexOf(self.buttons["settings"]), switcher)
        QWidget.setTabOrder(switcher, self.buttons["settings"])

    def show_page(self, name: str) -> None:
        """Mark the destination that is on screen."""
        # No button group: it would leave only the checked one to the Tab key.
        for button in self.buttons.values():
            button.setChecked(button.name == name)
        self._area.ensureWidgetVisible(self.buttons[name], 0, 0)

    def show_due_keys(self, count: int) -> None:
        """Say how many keys have ended, or end soon."""
        meaning = self.tr("%n key(s) ended or ending soon", "", count)
        self.buttons["keys"].show_badge(count, meaning)

    def show_applications(self, applications: tuple[Application, ...], chosen: str) -> None:
        """Offer these applications; `chosen` is the id of the one on screen."""
        self.applications.clear()
        menu = self.small_picker.menu()
        menu.clear()
        for place, application in enumerate(applications):
            self.applications.addItem(application.name, application)
            if application.application_id == chosen:
                self.applications.setCurrentIndex(place)
            action = menu.addAction(plain_mnemonic(application.name))
            action.triggered.connect(lambda _=False, place=place: self._choose(place))
        self.applications.setEnabled(bool(applications))
        self.small_picker.setEnabled(bool(applications))
        if not applications:
            self.applications.addItem(self.tr("No application yet"), None)

    def choose_application(self, application: Application) -> None:
        """Choose one that is on offer, as the owner would."""
        for place in range(self.applications.count()):
            if self.applications.itemData(place) == application:
                self._choose(place)

    def _choose(self, place: int) -> None:
        application = self.applications.itemData(place)
        if application is not None:
            self.applications.setCurrentIndex(place)
            self.application_chosen.emit(application)

    def set_narrow(self, *, narrow: bool) -> None:
        """Make room in a small window by showing icons alone."""
        self.setFixedWidth(NARROW_PX if narrow else WIDE_PX)
        margin = 6 if narrow else 12
        self._column.setContentsMargins(margin, 14, margin, 10)
        self.applications.setVisible(not narrow)
        self.small_picker.setVisible(narrow)
        for section in self._sections:
            section.setVisible(not narrow)
        for button in (*self.buttons.values(), *self._switchers, self.lock):
            button.set_narrow(narrow=narrow)
