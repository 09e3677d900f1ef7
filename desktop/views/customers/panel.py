"""One customer beside the list."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.customer_detail import CustomerBill, CustomerDetail, Identity
from desktop.domain.errors import AppError
from desktop.services.customers.edits import MAX_NAME
from desktop.views import figures
from desktop.views.charts import Chart
from desktop.views.customers import facts
from desktop.views.customers.facts import FactList
from desktop.views.form_field import FormField
from desktop.views.icons import Button, IconButton
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.scrolled import Scrolled
from desktop.views.text import ElidedLabel, PlainLabel

CHART_HEIGHT_PX = 150


class CustomerPanel(QStackedWidget):
    """A hint until a customer is chosen, then everything about it."""

    rename_wanted = Signal(str)
    """The name the owner typed; empty takes it away."""
    merge_wanted = Signal()
    apart_wanted = Signal(str)
    """Id of the identity that is to be a customer of its own again."""
    destination_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.detail: CustomerDetail | None = None
        self._make_name()
        self._make_lists()
        hint = PlainLabel(self.tr("Choose a customer to see more."), role="muted", wrap=True)
        self.problem = MessageBar()
        self.problem.hide()
        self.frozen = MessageBar()
        self.frozen.hide()
        scrolled = Scrolled(
            self.tr("About the customer"),
            self.frozen,
            self.problem,
            self._head(),
            *self._lists,
            spacing=16,
        )
        self.addWidget(Card(hint))
        self.addWidget(Card(scrolled))

    def _make_name(self) -> None:
        self.title = ElidedLabel(role="heading")
        self.pseudonym = PlainLabel(role="muted")
        self.figures = PlainLabel(role="muted", wrap=True)
        self.plan = PlainLabel(wrap=True)
        self.name = QLineEdit()
        self.name.setMaxLength(MAX_NAME)
        self.name.returnPressed.connect(self._want_name)
        self.field = FormField(self.tr("Na&me"), self.name)
        self.save = Button(self.tr("&Rename"))
        self.save.clicked.connect(self._want_name)
        self.merge = Button(self.tr("Mer&ge with…"), icon_name="merge")
        self.merge.clicked.connect(self.merge_wanted)
        self.chart = Chart(self.tr("Requests per day of this customer"))
        self.chart.setMinimumHeight(CHART_HEIGHT_PX)
        self.chart.setMaximumHeight(CHART_HEIGHT_PX)

    def _make_lists(self) -> None:
        self.identities = _IdentityList()
        self.identities.apart_wanted.connect(self.apart_wanted)
        self.limits = FactList(
            self.tr("Limits used"), empty=self.tr("No limit of a day, week or month holds.")
        )
        self.bills = FactList(self.tr("Bills"), self._leading(self.tr("Invoices"), "invoices"))
        self.keys = FactList(
            self.tr("Keys"),
            self._leading(self.tr("Keys"), "keys"),
            self.tr("Keys of the vault tagged with the customer's name or id are shown here."),
        )
        self.privacy = FactList(
            self.tr("Privacy"),
            self._leading(self.tr("Privacy requests"), "privacy"),
            self.tr("No open request names this customer."),
        )
        self.activity = FactList(
            self.tr("Activity"), empty=self.tr("Nothing was changed about this customer.")
        )
        self._lists = (
            self.identities,
            self.limits,
            self.bills,
            self.keys,
            self.privacy,
            self.activity,
        )

    def _leading(self, text: str, destination: str) -> Button:
        button = Button(self.tr("Open {page}").format(page=text))
        button.clicked.connect(lambda: self.destination_wanted.emit(destination))
        return button

    def _head(self) -> QWidget:
        head = QWidget()
        column = QVBoxLayout(head)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.title, self.pseudonym, self.figures, self.plan, self.chart, self.field):
            column.addWidget(part)
        column.addLayout(row_of(self.save, self.merge, None))
        return head

    def show_nobody(self) -> None:
        """Nobody is chosen."""
        self.detail = None
        self.setCurrentIndex(0)

    def show_detail(self, detail: CustomerDetail) -> None:
        """Show a customer; a name that is being typed for the same one is kept."""
        before, self.detail = self.detail, detail
        row = detail.row
        self.problem.hide()
        self.field.explain("")
        self.title.set_whole_text(row.label)
        self.pseudonym.setText(row.customer_id)
        self.figures.setText(
            self.tr("{month} requests this month, {all} in all, {units} units").format(
                month=figures.count(row.this_month),
                all=figures.count(row.requests),
                units=figures.decimal(row.units),
            )
        )
        self.plan.setText(facts.plan_text(detail))
        if before is None or before.row.customer_id != row.customer_id:
            self.bills.show_lines(())
            self.name.setText(row.name)
        elif before.row.name != row.name:
            self.name.setText(row.name)
        self.chart.show_answer(detail.chart)
        self.identities.show_identities(detail.identities)
        self._show_lists(detail)
        self._show_frozen(detail)
        self.setCurrentIndex(1)

    def _show_frozen(self, detail: CustomerDetail) -> None:
        if detail.frozen_since is None:
            self.frozen.dismiss()
            return
        said = self.tr(
            "Frozen since {day}: somebody reported that data of a child is held. Nothing about "
            "this customer goes out until that is decided on the page of privacy requests."
        )
        day = figures.day(detail.frozen_since.date(), with_year=True)
        self.frozen.say(Tone.WARN, said.format(day=day))

    def _show_lists(self, detail: CustomerDetail) -> None:
        self.limits.show_lines(map(facts.limit_line, detail.limits))
        self.keys.show_lines(
            (key.name, self.tr("ended") if key.has_ended else self.tr("in use"), "muted")
            for key in detail.keys
        )
        self.privacy.show_lines(
            (self.tr("Request {number}").format(number=one.number), self.tr("open"), "warn")
            for one in detail.requests
        )
        self.activity.show_lines(map(facts.deed_line, detail.deeds))

    def show_bills(self, bills: tuple[CustomerBill, ...]) -> None:
        """Show what the last months come to."""
        self.bills.show_lines(map(facts.bill_line, bills))

    def explain(self, error: AppError) -> None:
        """Say at the field, or above everything, what did not work."""
        if getattr(error, "field", "") == "name":
            self.field.explain(str(error))
        else:
            self.problem.say(Tone.BAD, str(error))
        self.setCurrentIndex(1)

    def _want_name(self) -> None:
        self.rename_wanted.emit(self.name.text())


class _IdentityList(QWidget):
    """The identities that are counted as one; hidden for a customer with one."""

    apart_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        title = QCoreApplication.translate("CustomerPanel", "Counted as one")
        self._column.addWidget(PlainLabel(title, role="heading"))
        self._rows: list[QWidget] = []

    def show_identities(self, identities: tuple[Identity, ...]) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.deleteLater()
        self._rows = [self._row(one) for one in identities]
        for row in self._rows:
            self._column.addWidget(row)
        self.setVisible(len(identities) > 1)

    def _row(self, identity: Identity) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(ElidedLabel(identity.label), 1)
        if identity.bills_from is not None:
            day = figures.day(identity.bills_from, with_year=True)
            line.addWidget(PlainLabel(self.tr("one bill from {day}").format(day=day), role="muted"))
            name = self.tr("Count {customer} by itself again").format(customer=identity.label)
            apart = IconButton("x", name)
            apart.clicked.connect(lambda: self.apart_wanted.emit(identity.customer_id))
            line.addWidget(apart)
        return row
