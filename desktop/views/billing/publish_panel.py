"""Pricing rules at the provider: a plan of what publishing would change, and where it drifted."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.domain.billing.publication import (
    ApplyReceipt,
    ChangePlan,
    Drift,
    DriftReport,
    FieldDifference,
    Publication,
    PublishQuestion,
)
from desktop.domain.pricing.published import PricingRule
from desktop.services.billing.publishing import BillingPublishService
from desktop.services.pricing import PricingService
from desktop.views import figures
from desktop.views.billing import words
from desktop.views.billing.panel import BillingPanel
from desktop.views.data_table import DataTable
from desktop.views.icons import Button, icon
from desktop.views.lines import IconLine, Lines
from desktop.views.models.table_model import Column
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs
    from desktop.views.activities import Activities


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule beside what the provider has of it; `drift` is None while nobody looked."""

    rule: PricingRule
    publication: Publication | None
    drift: Drift | None


class PublishPanel(BillingPanel):
    """The rules of the application; the plan of the chosen one stands below before it is taken."""

    def __init__(self, jobs: "Jobs", activities: "Activities") -> None:
        super().__init__(jobs, activities)
        self._rules: tuple[PricingRule, ...] = ()
        self._published: dict[str, Publication] = {}
        self._drifts: dict[str, Drift] = {}
        self._plan: ChangePlan | None = None
        self.table: DataTable[RuleRow] = DataTable(
            self.tr("Pricing rules"), self._columns(), key=lambda row: row.rule.rule_id
        )
        for column, width_px in enumerate((110, 190, 200), start=1):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(self._forget_plan)
        self.look = Button(self.tr("&Look for drift"), icon_name="git-compare-arrows")
        self.look.clicked.connect(self._look)
        self.migrates = QCheckBox(self.tr("Move subscriptions to a new price"))
        self.migrates.setChecked(True)
        self.plan_button = Button(self.tr("&Plan publishing"), role="primary")
        self.plan_button.clicked.connect(self._ask_plan)
        self.as_of = PlainLabel(role="stamp")
        self._make_plan_card()
        self.column.addLayout(row_of(self.plan_button, self.look, self.migrates, None, self.as_of))
        self.column.addWidget(self.table, 1)
        self.column.addWidget(self.plan_card)

    def _make_plan_card(self) -> None:
        self.plan_title = PlainLabel(role="heading", wrap=True)
        self.plan_lines = Lines(spacing=4)
        self.apply = Button(self.tr("Pu&blish as planned"), role="primary")
        self.apply.clicked.connect(self._apply)
        self.dismiss = Button(self.tr("Leave it"))
        self.dismiss.clicked.connect(self._forget_plan)
        self.plan_card = Card(self.plan_title, self.plan_lines, spacing=8)
        self.plan_card.column.addLayout(row_of(self.apply, self.dismiss, None))
        self.plan_card.hide()

    def _columns(self) -> tuple[Column[RuleRow], ...]:
        return (
            Column(self.tr("Rule"), lambda row: row.rule.name or row.rule.url),
            Column(self.tr("Version"), lambda row: str(row.rule.version), is_number=True),
            Column(self.tr("Published"), self._published_text),
            Column(self.tr("Drift"), self._drift_text, icon=_drift_icon),
        )

    def _published_text(self, row: RuleRow) -> str:
        if row.publication is None:
            return self.tr("Not yet")
        return self.tr("Version {number}, {moment}").format(
            number=row.publication.version, moment=figures.brief(row.publication.published_at)
        )

    def _drift_text(self, row: RuleRow) -> str:
        if row.drift is None:
            return figures.NOTHING
        if not row.drift.fields:
            return self.tr("They agree")
        return ", ".join(one.field for one in row.drift.fields)

    def reload(self) -> None:
        """Read rules and publications from the vault."""
        self._forget_plan()
        self._drifts = {}
        self.as_of.setText("")
        if self.application is None or self.account is None:
            return
        application_id = self.application.application_id
        self.ask(PricingService.list_rules, application_id, done=self._show_rules)
        self.ask(
            BillingPublishService.publications,
            self.account,
            application_id,
            done=self._show_publications,
        )

    def _show_rules(self, rules: tuple[PricingRule, ...]) -> None:
        self._rules = tuple(rule for rule in rules if rule.price is not None)
        self._fill()

    def _show_publications(self, published: tuple[Publication, ...]) -> None:
        self._published = {one.rule_id: one for one in published}
        self._fill()

    def _fill(self) -> None:
        rows = [
            RuleRow(rule, self._published.get(rule.rule_id), self._drifts.get(rule.rule_id))
            for rule in self._rules
        ]
        self.table.show_rows(tuple(rows))
        if rows and self.table.chosen() is None:
            self.table.choose(rows[0].rule.rule_id)
        self.plan_button.setEnabled(bool(rows))
        self.look.setEnabled(bool(self._published))

    def _look(self) -> None:
        if self.application is not None and self.account is not None:
            self.run(
                self.tr("Look for drift"),
                BillingPublishService.drift,
                self.account,
                self.application.application_id,
                done=self._show_drift,
            )

    def _show_drift(self, report: DriftReport) -> None:
        self._drifts = {one.publication.rule_id: one for one in report.drifts}
        self.as_of.setText(words.as_of(report.as_of))
        self._fill()
        row = self.table.chosen()
        if row is not None and row.drift is not None and row.drift.fields:
            self._show_card(
                self.tr("“{rule}” differs at the provider").format(rule=row.drift.rule_name),
                [_difference(one) for one in row.drift.fields],
            )

    def _ask_plan(self) -> None:
        row = self.table.chosen()
        if row is None or self.account is None or self.application is None:
            return
        digits = 0 if row.publication is None else row.publication.fraction_digits
        question = PublishQuestion(
            self.account,
            self.application.application_id,
            row.rule.rule_id,
            digits,
            self.migrates.isChecked(),
        )
        plan = BillingPublishService.plan
        self.run(self.tr("Plan publishing"), plan, question, done=self._show_plan)

    def _show_plan(self, plan: ChangePlan) -> None:
        self._plan = plan
        lines = [IconLine("ban", "bad", text) for text in plan.refusals]
        for step in plan.steps:
            label, icon_name = words.ACTIONS[step.action]
            said = f"{words.say(label)}: {step.title} {step.object_id}".strip()
            lines.append(IconLine(icon_name, "accent", said))
            lines += [_difference(one) for one in step.fields]
        lines += [IconLine("info", "muted", text, role="muted") for text in plan.notes]
        if plan.refusals:
            title = self.tr("This rule cannot be had at the provider")
        elif plan.steps:
            title = self.tr("%n change(s) at the provider", "", len(plan.steps))
        else:
            title = self.tr("The provider has this rule as it is: nothing to do")
        self._show_card(title, lines)
        self.apply.setVisible(bool(plan.steps))
        self.apply.setFocus()

    def _show_card(self, title: str, lines: "list[IconLine]") -> None:
        parts: list[QWidget] = list(lines)
        self.plan_title.setText(title)
        self.plan_lines.fill(parts)
        self.apply.hide()
        self.plan_card.show()

    def _forget_plan(self) -> None:
        self._plan = None
        self.plan_card.hide()

    def _apply(self) -> None:
        if self._plan is not None:
            plan, self._plan = self._plan, None
            self.apply.hide()
            method = BillingPublishService.apply
            self.run(self.tr("Publish a rule"), method, plan, done=self._applied)

    def _applied(self, receipt: ApplyReceipt) -> None:
        said = self.tr("Published with %n change(s).", "", len(receipt.taken))
        self.toast_offered.emit(said, None)
        self.reload()


def _difference(one: FieldDifference) -> IconLine:
    there = one.remote or figures.NOTHING
    return IconLine("pencil", "muted", f"{one.field}: {there} → {one.local}", role="muted")


def _drift_icon(row: RuleRow) -> QIcon | None:
    if row.drift is None:
        return None
    return icon("triangle-alert", "warn") if row.drift.fields else icon("circle-check", "ok")
