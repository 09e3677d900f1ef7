"""Which calls are listed: endpoint, caller, outcome, time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from contract.terms import TraceState
from desktop.domain.policies import Customer, Endpoint
from desktop.domain.traces import StatusClass, TraceQuery
from desktop.domain.usage import Application
from desktop.views.combo import ElidedCombo
from desktop.views.combo_of import ComboOf
from desktop.views.icons import IconButton
from desktop.views.policies.customer_combo import CustomerCombo
from desktop.views.traces.table import STATES, say


class Since(StrEnum):
    """How far back the list goes."""

    EVER = "ever"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


SPANS: Final = {Since.HOUR: 1, Since.DAY: 24, Since.WEEK: 7 * 24}
"""In hours."""
SINCE_WORDS: Final[Mapping[Since, object]] = {
    Since.EVER: QT_TRANSLATE_NOOP("traces", "Any time"),
    Since.HOUR: QT_TRANSLATE_NOOP("traces", "Last hour"),
    Since.DAY: QT_TRANSLATE_NOOP("traces", "Last 24 hours"),
    Since.WEEK: QT_TRANSLATE_NOOP("traces", "Last 7 days"),
}
STATE_WORDS: Final[Mapping[TraceState | None, object]] = {
    None: QT_TRANSLATE_NOOP("traces", "Any outcome"),
    **STATES,
}
STATUS_WORDS: Final[Mapping[StatusClass | None, object]] = {
    None: QT_TRANSLATE_NOOP("traces", "Any status"),
    **{status: status.value for status in StatusClass},
}


class TraceFilters(QWidget):
    """One row of choices; each change asks anew."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._endpoint_ids: tuple[str, ...] = ("",)
        self.endpoint = ElidedCombo()
        self.endpoint.setAccessibleName(self.tr("Endpoint"))
        self.endpoint.setAccessibleDescription(self.tr("Endpoint"))
        self.endpoint.activated.connect(lambda _: self.changed.emit())
        self.customer = CustomerCombo(self.tr("Caller"), self.tr("Every caller"))
        self.customer.activated.connect(lambda _: self.changed.emit())
        self.customer.line.returnPressed.connect(self.changed)
        self.state: ComboOf[TraceState | None] = ComboOf(self.tr("Outcome"), STATE_WORDS, say)
        self.status: ComboOf[StatusClass | None] = ComboOf(self.tr("Status"), STATUS_WORDS, say)
        self.since: ComboOf[Since] = ComboOf(self.tr("Time"), SINCE_WORDS, say)
        for combo in (self.state, self.status, self.since):
            combo.chosen.connect(self.changed)
        self.reset = IconButton("x", self.tr("Clear the filters"))
        self.reset.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.endpoint, self.customer, self.state, self.status, self.since):
            part.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row.addWidget(part, 3 if part in {self.endpoint, self.customer} else 2)
        row.addWidget(self.reset)
        self.show_endpoints(())

    def show_endpoints(self, endpoints: tuple[Endpoint, ...]) -> None:
        """Offer these endpoints; the choice stays where it still exists."""
        before = self._endpoint_id()
        lines = {line.endpoint_id: f"{line.method} {line.url}" for line in endpoints}
        lines.pop("", None)
        self._endpoint_ids = ("", *lines)
        self.endpoint.clear()
        self.endpoint.addItems([self.tr("Every endpoint"), *lines.values()])
        if before in self._endpoint_ids:
            self.endpoint.setCurrentIndex(self._endpoint_ids.index(before))

    def show_customers(self, customers: tuple[Customer, ...]) -> None:
        """Offer these customers."""
        self.customer.show_customers(customers)

    def _endpoint_id(self) -> str:
        return self._endpoint_ids[max(self.endpoint.currentIndex(), 0)]

    def query(self, application: Application) -> TraceQuery:
        """What the list asks for; the time is that of asking, to the minute."""
        span = SPANS.get(self.since.value())
        now = datetime.now(UTC).replace(second=0, microsecond=0)
        return TraceQuery(
            application.application_id,
            self._endpoint_id(),
            self.customer.customer() or "",
            self.state.value(),
            self.status.value(),
            None if span is None else now - timedelta(hours=span),
        )

    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        chosen = (
            self._endpoint_id(),
            self.customer.customer(),
            self.state.value(),
            self.status.value(),
        )
        return any(chosen) or self.since.value() is not Since.EVER

    def clear(self) -> None:
        """List every call again."""
        was = self.is_narrowed()
        self.forget()
        if was:
            self.changed.emit()

    def forget(self) -> None:
        """Choose nothing, without asking anew."""
        self.endpoint.setCurrentIndex(0)
        self.customer.choose(None)
        self.state.choose(None)
        self.status.choose(None)
        self.since.choose(Since.EVER)
