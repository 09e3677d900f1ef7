"""Plans: the rules each bundles, and the customers who are on it."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QWidget

from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId, CustomerId, PlanId, RuleId
from desktop.domain.policies import Customer
from desktop.domain.pricing.plan_terms import ended_on, started_on
from desktop.domain.pricing.published import CustomerPlan, Plan, PlanTerm, PricingRule
from desktop.services.plans import NEW_PLAN, PlanService
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.day_edit import DayEdit
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.models.table_model import Column
from desktop.views.page import Card, row_of
from desktop.views.policies.customer_combo import CustomerCombo
from desktop.views.pricing.rule_list import state_icon, state_word
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

LIST_PX = 132


@dataclass(frozen=True, slots=True)
class _Member:
    """A customer's stretch on the plan."""

    row: CustomerPlan
    term: PlanTerm
    label: str


class PlanPanel(QWidget):
    """Edits are stored and sent as those of rules are."""

    changed = Signal()
    toast_offered = Signal(str, object)
    """What was done, and a function that undoes it."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._application_id = ApplicationId("")
        self._plans: tuple[Plan, ...] = ()
        self._customer_plans: tuple[CustomerPlan, ...] = ()
        self._labels: dict[CustomerId, str] = {}
        self._today = date.min
        self._make_tables()
        self._make_fields()
        self._arrange()
        self.show_plan(None)

    def _make_tables(self) -> None:
        columns: tuple[Column[Plan], ...] = (
            Column(self.tr("Name"), lambda plan: plan.name),
            Column(
                self.tr("Rules"), lambda plan: figures.count(len(plan.rule_ids)),
                lambda plan: len(plan.rule_ids), is_number=True,
            ),
            Column(
                self.tr("Customers"), lambda plan: figures.count(self._count(plan)),
                self._count, is_number=True,
            ),
            Column(
                self.tr("State"), lambda plan: state_word(plan.standing.state),
                icon=lambda plan: state_icon(plan.standing.state),
            ),
        )  # fmt: skip
        self.table: DataTable[Plan] = DataTable(self.tr("Plans"), columns, lambda one: one.plan_id)
        self.table.row_chosen.connect(lambda: self.show_plan(self.table.chosen()))
        members: tuple[Column[_Member], ...] = (
            Column(self.tr("Customer"), lambda one: one.label),
            Column(
                self.tr("From"),
                lambda one: figures.day(one.term.starts_on, with_year=True),
                lambda one: one.term.starts_on,
            ),
            Column(self.tr("Until before"), _end_of),
        )
        self.members: DataTable[_Member] = DataTable(
            self.tr("Customers on the plan"), members, lambda one: (one.row.customer_id, one.term)
        )
        self.members.row_chosen.connect(self._fit)

    def _make_fields(self) -> None:
        self.message = MessageBar(dismissable=False)
        self.name, self.description = QLineEdit(), QLineEdit()
        self.rules = QListWidget()
        self.rules.setAccessibleName(self.tr("Rules of the plan"))
        self.rules.setProperty("role", "field")
        self.rules.setSpacing(3)
        self.rules.setFixedHeight(LIST_PX)
        self.fields = {
            "name": FormField(self.tr("&Name"), self.name),
            "description": FormField(self.tr("&Description"), self.description),
            "rule_ids": FormField(self.tr("&Rules, which price nobody else"), self.rules),
        }
        self.save = Button(self.tr("&Save plan"), role="primary")
        self.delete = Button(self.tr("De&lete plan"), role="danger", icon_name="trash-2")
        self.customer = CustomerCombo(self.tr("Customer"))
        self.day = DayEdit(self.tr("From which day on"))
        self.put = Button(self.tr("&Put on the plan"))
        self.take = Button(self.tr("&Take off from that day on"))
        self.save.clicked.connect(self._save)
        self.name.returnPressed.connect(self._save)
        self.delete.clicked.connect(self._delete)
        self.put.clicked.connect(self._put_customer)
        self.take.clicked.connect(self._take_customer)

    def _arrange(self) -> None:
        self.customers = QWidget()
        self.customers.setProperty("role", "clear")
        parts = (self.message, *self.fields.values())
        right = Scrolled(self.tr("Plan"), *parts)
        column = right.column
        column.insertLayout(column.count() - 1, row_of(self.delete, None, self.save))
        heading = PlainLabel(self.tr("Customers").upper(), role="section")
        for part in (heading, self.members):
            column.insertWidget(column.count() - 1, part)
        row = row_of(self.customer, self.day)
        row.setStretch(0, 1)
        column.insertLayout(column.count() - 1, row)
        column.insertLayout(column.count() - 1, row_of(self.take, None, self.put))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(Card(self.table), 5)
        whole.addWidget(Card(right), 4)

    def show_all(
        self, application_id: ApplicationId, rules: tuple[PricingRule, ...], today: date
    ) -> None:
        """Begin with another application, or with other rules to choose from."""
        self._application_id, self._today = application_id, today
        self.day.show_day(today)
        checked = set(self._checked())
        self.rules.clear()
        for rule in rules:
            item = QListWidgetItem(rule.name)
            item.setData(Qt.ItemDataRole.UserRole, rule.rule_id)
            item.setCheckState(_check(rule.rule_id in checked))
            self.rules.addItem(item)

    def show_plans(self, plans: tuple[Plan, ...]) -> None:
        self._plans = plans
        self.table.show_rows(plans)

    def show_customer_plans(self, rows: tuple[CustomerPlan, ...]) -> None:
        self._customer_plans = rows
        self.table.show_rows(self._plans)
        self._show_members()

    def show_customers(self, customers: tuple[Customer, ...]) -> None:
        """Offer the customers there are."""
        self._labels = {one.customer_id: one.label for one in customers}
        self.customer.show_customers(customers)
        self._show_members()

    def show_plan(self, plan: Plan | None) -> None:
        """Fill the fields; None is a plan that is not yet there."""
        self._explain(None)
        self.name.setText(plan.name if plan else "")
        self.description.setText(plan.description if plan else "")
        held = plan.rule_ids if plan else ()
        for place in range(self.rules.count()):
            item = self.rules.item(place)
            item.setCheckState(_check(item.data(Qt.ItemDataRole.UserRole) in held))
        self._show_members()

    def start_typing(self) -> None:
        """Begin a new plan."""
        self.table.clearSelection()
        self.show_plan(None)
        self.name.setFocus()

    def _show_members(self) -> None:
        plan = self.table.chosen()
        wanted = plan.plan_id if plan else NEW_PLAN
        self.members.show_rows(
            tuple(
                _Member(row, term, self._labels.get(row.customer_id, row.customer_id))
                for row in self._customer_plans
                for term in row.terms
                if term.plan_id == wanted
            )
        )
        self._fit()

    def _fit(self) -> None:
        plan = self.table.chosen()
        self.delete.setVisible(plan is not None)
        self.put.setEnabled(plan is not None)
        self.take.setEnabled(self.members.chosen() is not None)

    def _count(self, plan: Plan) -> int:
        """Customers who are on the plan today."""
        terms = (term for row in self._customer_plans for term in row.terms)
        return sum(term.plan_id == plan.plan_id and term.holds_on(self._today) for term in terms)

    def _checked(self) -> tuple[RuleId, ...]:
        items = (self.rules.item(place) for place in range(self.rules.count()))
        checked = Qt.CheckState.Checked
        return tuple(
            item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == checked
        )

    def _save(self) -> None:
        seen = self.table.chosen()
        plan_id = seen.plan_id if seen else NEW_PLAN
        said = (self.name.text(), self.description.text(), self._checked())
        plan = Plan(plan_id, self._application_id, *said)

        def stored(plan: Plan) -> None:
            self.show_plans((*(one for one in self._plans if one.plan_id != plan.plan_id), plan))
            self.table.choose(plan.plan_id)
            self.changed.emit()

        self._jobs.start(
            PlanService.save_plan, plan, seen, done=stored, failed=self._explain, owner=self
        )

    def _delete(self) -> None:
        plan = self.table.chosen()
        if plan is None:
            return

        def restore() -> None:
            self._jobs.start(
                PlanService.restore_plan, plan,
                done=lambda _: self.changed.emit(), failed=self._explain, owner=self,
            )  # fmt: skip

        def deleted(_: None) -> None:
            self.changed.emit()
            said = self.tr("Deleted the plan “{name}”.").format(name=plan.name)
            self.toast_offered.emit(said, restore)

        self._jobs.start(
            PlanService.delete_plan, plan.plan_id, done=deleted, failed=self._explain, owner=self
        )

    def _put_customer(self) -> None:
        plan, customer = self.table.chosen(), self.customer.customer()
        if plan is None or customer is None:
            return
        seen = self._row_of(customer)
        terms = started_on(seen.terms if seen else (), PlanId(plan.plan_id), self.day.day())
        self._store(customer, terms, seen)

    def _take_customer(self) -> None:
        member = self.members.chosen()
        if member is not None:
            terms = ended_on(member.row.terms, self.day.day())
            self._store(member.row.customer_id, terms, member.row)

    def _row_of(self, customer: CustomerId) -> CustomerPlan | None:
        return next((row for row in self._customer_plans if row.customer_id == customer), None)

    def _store(
        self, customer: CustomerId, terms: tuple[PlanTerm, ...], seen: CustomerPlan | None
    ) -> None:
        self._jobs.start(
            PlanService.save_customer, self._application_id, customer, terms, seen,
            done=lambda _: self.changed.emit(), failed=self._explain, owner=self,
        )  # fmt: skip

    def _explain(self, error: AppError | None) -> None:
        for field in self.fields.values():
            field.explain("")
        self.message.dismiss()
        if error is None:
            return
        found = self.fields.get(error.field or "")
        if found is None:
            self.message.say(Tone.BAD, str(error))
        else:
            found.explain(str(error))
            found.control.setFocus()


def _check(is_on: bool) -> Qt.CheckState:  # noqa: FBT001 (a fact)
    return Qt.CheckState.Checked if is_on else Qt.CheckState.Unchecked


def _end_of(member: _Member) -> str:
    end = member.term.ends_before
    return figures.NOTHING if end is None else figures.day(end, with_year=True)
