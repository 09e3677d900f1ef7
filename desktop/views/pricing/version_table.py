"""The history of a rule: every version, which one holds, and a way back."""

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.domain.editing import EditState
from desktop.domain.pricing.published import RuleVersion
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

DAY_PX = 124


class VersionTable(QFrame):
    """Newest first."""

    again_wanted = Signal(object)
    """A version whose terms are to become the draft."""

    def __init__(self) -> None:
        super().__init__()
        self._versions: tuple[RuleVersion, ...] = ()
        self._today = date.min
        self.heading = PlainLabel(self.tr("Versions").upper(), role="section")
        columns: tuple[Column[RuleVersion], ...] = (
            Column(self.tr("Note"), lambda one: one.note),
            Column(self.tr("Version"), lambda one: f"v{one.version}", lambda one: one.version),
            Column(
                self.tr("Holds from"),
                lambda one: figures.day(one.effective_from, with_year=True),
                lambda one: one.effective_from,
            ),
            Column(self.tr("State"), self._state),
        )
        self.table: DataTable[RuleVersion] = DataTable(
            self.tr("Versions"), columns, key=lambda one: one.version_id
        )
        self.table.setColumnWidth(2, DAY_PX)
        self.table.setMaximumHeight(170)
        self.again = Button(self.tr("Publish &again…"), icon_name="rotate-ccw")
        self.again.clicked.connect(self._tell)
        self.table.row_chosen.connect(self._fit)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.heading, self.table):
            column.addWidget(part)
        column.addLayout(row_of(self.again, None))
        self._fit()

    def show_versions(self, versions: tuple[RuleVersion, ...], today: date) -> None:
        """Show the versions of one rule."""
        self._versions, self._today = versions, today
        self.table.show_rows(tuple(reversed(versions)))
        self.setVisible(bool(versions))
        self._fit()

    def live(self) -> RuleVersion | None:
        """The version that holds today."""
        come = [one for one in self._versions if one.effective_from <= self._today]
        return come[-1] if come else None

    def _state(self, version: RuleVersion) -> str:
        if version.standing.state is EditState.WAITING:
            return self.tr("Waits to be sent")
        live = self.live()
        if live is not None and version.version == live.version:
            return self.tr("Ended") if version.price is None else self.tr("Live")
        later = (one for one in self._versions if one.version > version.version)
        if version.effective_from > self._today:
            never = any(one.effective_from <= version.effective_from for one in later)
            return self.tr("Never holds") if never else self.tr("Scheduled")
        return self.tr("Replaced")

    def _fit(self) -> None:
        chosen = self.table.chosen()
        self.again.setEnabled(chosen is not None and chosen.price is not None)

    def _tell(self) -> None:
        if chosen := self.table.chosen():
            self.again_wanted.emit(chosen)
