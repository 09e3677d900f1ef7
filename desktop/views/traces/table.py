"""The list of calls."""

from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QIcon

from contract.terms import TraceState
from desktop.domain.traces import TraceLine
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import icon
from desktop.views.models.table_model import Column

CONTEXT: Final = "traces"
STATES: Final[dict[TraceState | None, object]] = {
    TraceState.SETTLED: QT_TRANSLATE_NOOP("traces", "Settled"),
    TraceState.DENIED: QT_TRANSLATE_NOOP("traces", "Refused"),
    TraceState.EXPIRED: QT_TRANSLATE_NOOP("traces", "Not settled"),
    TraceState.OPEN: QT_TRANSLATE_NOOP("traces", "Open"),
}
FIRST_ERROR: Final = 400
FIRST_FAULT: Final = 500


def say(text: object) -> str:
    """A text of the tables here in the owner's language."""
    return QCoreApplication.translate(CONTEXT, str(text))


class TraceTable(DataTable[TraceLine]):
    """Time, endpoint, caller, outcome."""

    def __init__(self) -> None:
        name = QCoreApplication.translate("TraceTable", "Calls")
        super().__init__(name, (), key=lambda line: line.trace_id)
        self.show_columns(self._columns(), ())
        for column, width_px in enumerate((78, 118, 116, 74), start=1):
            self.setColumnWidth(column, width_px)

    def _columns(self) -> tuple[Column[TraceLine], ...]:
        return (
            Column(self.tr("Endpoint"), lambda line: f"{line.method} {line.url}", icon=_kept),
            Column(
                self.tr("Time"),
                lambda line: figures.clock(line.at),
                lambda line: line.at,
                is_number=True,
            ),
            Column(self.tr("Caller"), lambda line: line.customer),
            Column(self.tr("Outcome"), outcome, lambda line: line.status or 0, icon=outcome_icon),
            Column(
                self.tr("Units"), lambda line: line.units, lambda line: line.units, is_number=True
            ),
        )


def outcome(line: TraceLine) -> str:
    """State, and the status where there is one."""
    if line.status is not None:
        return str(line.status)
    return say(STATES[line.state])


def outcome_icon(line: TraceLine) -> QIcon:
    """The outcome at a glance; the word beside it says the same."""
    if line.state is TraceState.DENIED:
        return icon("ban", "bad")
    if line.state is TraceState.EXPIRED or line.odd_amount or line.late:
        return icon("triangle-alert", "warn")
    if line.status is None:
        return icon("clock", "muted")
    if line.status >= FIRST_FAULT:
        return icon("circle-alert", "bad")
    return (
        icon("circle-alert", "warn") if line.status >= FIRST_ERROR else icon("circle-check", "ok")
    )


def _kept(line: TraceLine) -> QIcon | None:
    return icon("archive", "muted") if line.is_kept else None
