"""Choose a service after the first run was skipped, or another one."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.service_chooser import ServiceChooser
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class ConnectDialog(QDialog):
    """Closes by itself once the service answers."""

    def __init__(self, parent: QWidget, jobs: "Jobs") -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Choose a service"))
        self.setMinimumWidth(520)
        self.chooser = ServiceChooser(jobs)
        self.chooser.connected.connect(lambda _: self.accept())
        self.chooser.busy_changed.connect(self._show_busy)
        self.connect_button = Button(self.tr("&Connect"), role="primary")
        self.connect_button.clicked.connect(self.chooser.connect_now)
        self.connect_button.setDefault(True)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(PlainLabel(self.tr("Where does your API report to?"), role="title"))
        column.addWidget(self.chooser)
        column.addLayout(row_of(None, self.cancel, self.connect_button))

    def _show_busy(self) -> None:
        self.connect_button.setDisabled(self.chooser.is_busy)
