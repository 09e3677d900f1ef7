"""What the owner adds to a chart: notes of incidents, and a threshold to compare with."""

from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu

from desktop.domain.usage_views import ChartEvent, EventKind
from desktop.services.explorer import ExplorerService
from desktop.views import figures
from desktop.views.icons import Button
from desktop.views.text import plain_mnemonic
from desktop.views.usage.views_menu import name_dialog

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class NotesMenu(Button):
    """A button with a menu."""

    incident_wanted = Signal()
    changed = Signal()
    """A note was taken away, or the threshold is another one."""
    told = Signal(str)
    failed = Signal(object)

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__("", icon_name="pencil")
        self.setText(self.tr("&Note"))
        self._jobs = jobs
        self._events: tuple[ChartEvent, ...] = ()
        self.threshold: Decimal | None = None
        self.choices = QMenu(self)
        self.setMenu(self.choices)
        self._fill()

    def show_events(self, events: tuple[ChartEvent, ...]) -> None:
        """Offer to take away the incidents among these."""
        self._events = tuple(one for one in events if one.kind is EventKind.INCIDENT)
        self._fill()

    def show_threshold(self, threshold: Decimal | None) -> None:
        """The line that the view on screen has."""
        self.threshold = threshold
        self._fill()

    def _fill(self) -> None:
        self.choices.clear()
        incident = self.choices.addAction(self.tr("&Incident…"))
        incident.triggered.connect(self.incident_wanted)
        self.choices.addAction(self.tr("&Threshold…")).triggered.connect(self.ask_for_threshold)
        if self.threshold is not None:
            text = self.tr("&Remove the threshold {value}")
            action = self.choices.addAction(text.format(value=figures.decimal(self.threshold)))
            action.triggered.connect(lambda: self._take_threshold(None))
        if self._events:
            removal = self.choices.addMenu(self.tr("Remove a &note"))
            for one in self._events:
                action = removal.addAction(plain_mnemonic(f"{figures.dated(one.at)}: {one.words}"))
                action.triggered.connect(partial(self._forget, one))

    def ask_for_threshold(self) -> None:
        """Ask for a value to draw a line at."""
        dialog = name_dialog(self, self.tr("Threshold"), self.tr("Draw a line at the value"))
        dialog.textValueSelected.connect(self._read_threshold)
        dialog.open()

    def _read_threshold(self, text: str) -> None:
        try:
            value = Decimal(text.strip().replace(",", ""))
        except InvalidOperation:
            value = Decimal(-1)
        if value.is_finite() and value > 0:
            self._take_threshold(value)
        else:
            self.told.emit(self.tr("A threshold is a number above zero. Nothing was changed."))

    def _take_threshold(self, value: Decimal | None) -> None:
        self.show_threshold(value)
        self.changed.emit()

    def _forget(self, event: ChartEvent, _: object = None) -> None:
        self._jobs.start(
            ExplorerService.forget_incident, event.incident_id,
            done=lambda _: self.changed.emit(), failed=self.failed.emit, owner=self,
        )  # fmt: skip
