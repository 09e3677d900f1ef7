"""Customers who have other limits than the policy's."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, InvalidInput
from desktop.domain.ids import OverrideId
from desktop.domain.policies import Customer, Endpoint, LimitOverride, RuledOverride
from desktop.domain.policy_text import limit_text
from desktop.services.blocks import BlockService
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.page import row_of
from desktop.views.policies import words
from desktop.views.policies.customer_combo import CustomerCombo
from desktop.views.text import ElidedLabel, PlainLabel
from desktop.views.undoing import Undoing

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class OverridePanel(QWidget):
    """The exceptions there are, and a form for another one. Stored at once, taken back by Undo."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._undoing = Undoing(jobs, self)
        self.toast_offered = self._undoing.toast_offered
        self.changed, self.failed = self._undoing.changed, self._undoing.failed
        self._endpoint: Endpoint | None = None
        self.customer = CustomerCombo(self.tr("Customer"))
        self.limit = QLineEdit()
        self.limit.setPlaceholderText(self.tr("5000/minute; empty for none"))
        self.reason = QLineEdit()
        self.add = Button(self.tr("Add the exception"))
        self.add.clicked.connect(self._add)
        self.fields = {
            "customer_id": FormField(self.tr("C&ustomer"), self.customer),
            "limit": FormField(self.tr("Their &limit"), self.limit),
            "reason": FormField(self.tr("&Why"), self.reason),
        }
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(
            PlainLabel(self.tr("Other limits for one customer").upper(), role="section")
        )
        self.why = PlainLabel(self.tr("Save a policy first."), role="muted", wrap=True)
        self.lines = Lines()
        self.form = QWidget()
        form = QVBoxLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.addLayout(row_of(self.fields["customer_id"], self.fields["limit"]))
        form.addWidget(self.fields["reason"])
        form.addLayout(row_of(None, self.add))
        for part in (self.why, self.lines, self.form):
            column.addWidget(part)

    def show_customers(self, customers: tuple[Customer, ...]) -> None:
        """Offer these customers."""
        self.customer.show_customers(customers)

    def show_endpoint(self, endpoint: Endpoint) -> None:
        """Show the exceptions of an endpoint's policy."""
        self._endpoint = endpoint
        has_policy = endpoint.policy is not None
        self.form.setVisible(has_policy)
        self.why.setVisible(not has_policy)
        self.lines.fill(self._line(ruled) for ruled in endpoint.overrides)

    def _line(self, ruled: RuledOverride) -> QWidget:
        override = ruled.override
        limits = ", ".join(words.short_limit(limit) for limit in override.limits)
        text = self.tr("{customer}: {limits}").format(
            customer=ruled.customer, limits=limits or self.tr("no limit")
        )
        if override.reason:
            text = f"{text} · {override.reason}"
        label = ElidedLabel(text)
        remove = Button(self.tr("Remove"))
        remove.setAccessibleName(self.tr("Remove: {what}").format(what=text))
        remove.clicked.connect(lambda: self._remove(ruled))
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(label, 1)
        row.addWidget(remove)
        return line

    def _add(self) -> None:
        policy = self._endpoint.policy if self._endpoint else None
        customer = self.customer.customer()
        if policy is None or customer is None:
            self.fields["customer_id"].explain(self.tr("Choose a customer."))
            return
        try:
            typed = self.limit.text().strip()
            limits = (limit_text(typed),) if typed else ()
        except InvalidInput as error:
            self._explain(error)
            return
        override = LimitOverride(
            OverrideId(""),
            policy.application_id,
            policy.policy_id,
            customer,
            reason=self.reason.text(),
        )
        self._jobs.start(
            BlockService.override_limits,
            override,
            limits,
            None,
            done=self._added,
            failed=self._explain,
            owner=self,
        )

    def _added(self, override: LimitOverride) -> None:
        self._explain(None)
        self.limit.clear()
        self.reason.clear()
        name = self.customer.currentText()
        said = self.tr("{customer} has other limits now.").format(customer=name)
        self._undoing.done(said, BlockService.remove_override, override.override_id)

    def _remove(self, ruled: RuledOverride) -> None:
        def removed(_: None) -> None:
            said = self.tr("{customer} has the policy's limits again.")
            text = said.format(customer=ruled.customer)
            self._undoing.done(text, BlockService.restore_override, ruled.override)

        self._jobs.start(
            BlockService.remove_override,
            ruled.override.override_id,
            done=removed,
            failed=self.failed.emit,
            owner=self,
        )

    def _explain(self, error: AppError | None) -> None:
        for name, field in self.fields.items():
            wrong = error is not None and (error.field or "").split(".")[0] == name
            field.explain(str(error) if wrong else "")
        if error is not None and (error.field or "").split(".")[0] not in self.fields:
            self.failed.emit(error)
