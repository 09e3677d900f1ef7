"""What the list of customers is narrowed down by."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from desktop.domain.customer_list import CustomerQuery, CustomerSort, CustomerState
from desktop.domain.ids import ApplicationId, PlanId
from desktop.domain.pricing.published import Plan
from desktop.services.customers.listing import MAX_SEARCH

TYPING_MS = 150
"""So long the search waits for the next letter."""
STATES = {
    CustomerState.ALL: QT_TRANSLATE_NOOP("CustomerFilters", "Everyone"),
    CustomerState.ACTIVE: QT_TRANSLATE_NOOP("CustomerFilters", "Called in 30 days"),
    CustomerState.SILENT: QT_TRANSLATE_NOOP("CustomerFilters", "Silent for 30 days"),
    CustomerState.NAMED: QT_TRANSLATE_NOOP("CustomerFilters", "With a name"),
    CustomerState.MERGED: QT_TRANSLATE_NOOP("CustomerFilters", "Merged"),
}


class CustomerFilters(QWidget):
    """A search field and two choices, and the order the table asks for."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search names and ids"))
        self.search.setAccessibleName(self.tr("Search the customers"))
        self.search.setMaxLength(MAX_SEARCH)
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(220)
        self.state = _combo(self.tr("Which customers"))
        for state, text in STATES.items():
            self.state.addItem(QCoreApplication.translate("CustomerFilters", str(text)), state)
        self.plan = _combo(self.tr("Plan"))
        self.show_plans(())
        self._sort, self._descending = CustomerSort.THIS_MONTH, True
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(TYPING_MS)
        self._soon.timeout.connect(self.changed)
        self.search.textChanged.connect(lambda _: self._soon.start())
        self.state.activated.connect(lambda _: self.changed.emit())
        self.plan.activated.connect(lambda _: self.changed.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for part in (self.search, self.state, self.plan):
            row.addWidget(part)
        row.addStretch()

    def show_plans(self, plans: tuple[Plan, ...]) -> None:
        """Offer these plans; the choice stays where it still exists."""
        chosen = self.plan.currentData()
        self.plan.clear()
        self.plan.addItem(self.tr("Every plan"), None)
        for plan in plans:
            self.plan.addItem(plan.name, plan.plan_id)
        self.plan.setCurrentIndex(max(0, self.plan.findData(chosen)))
        self.plan.setVisible(bool(plans))

    def order_by(self, sort: CustomerSort, *, descending: bool) -> None:
        """Ask for another order."""
        if (sort, descending) != (self._sort, self._descending):
            self._sort, self._descending = sort, descending
            self.changed.emit()

    def query(self, application_id: ApplicationId) -> CustomerQuery:
        """What is asked for."""
        plan = self.plan.currentData()
        return CustomerQuery(
            application_id,
            " ".join(self.search.text().split()),
            CustomerState(self.state.currentData()),
            None if plan is None else PlanId(plan),
            self._sort,
            self._descending,
        )

    def is_narrowed(self) -> bool:
        """Whether anybody may be left out."""
        is_everyone = self.state.currentData() == CustomerState.ALL
        return bool(self.search.text()) or not is_everyone or self.plan.currentData() is not None

    def clear(self) -> None:
        """Show everyone."""
        self.search.clear()
        self.state.setCurrentIndex(0)
        self.plan.setCurrentIndex(0)
        self.changed.emit()


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    # On Linux a combo box is named by its value: the description says what it chooses.
    combo.setAccessibleDescription(name)
    return combo
