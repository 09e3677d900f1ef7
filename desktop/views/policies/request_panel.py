"""Asks what would be said to a call now."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from desktop.domain.errors import AppError
from desktop.domain.policies import Customer, Endpoint
from desktop.domain.traces import CallToTest, Explanation
from desktop.services.explanations import ExplainService
from desktop.views.explanation_view import ExplanationView
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.policies.customer_combo import CustomerCombo
from desktop.views.scrolled import Scrolled

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class RequestPanel(Scrolled):
    """The caller to imagine, and the answer. Nothing is counted."""

    failed = Signal(object)
    """An `AppError`."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__("")
        self.setAccessibleName(self.tr("Test a request"))
        self._jobs = jobs
        self._endpoint: Endpoint | None = None
        self.customer = CustomerCombo(self.tr("Caller"), self.tr("Somebody without identity"))
        self.identity = QLineEdit()
        self.fields = {
            "customer_id": FormField(self.tr("&Caller"), self.customer),
            "identity": FormField(self.tr("Or an &identity as your API sees it"), self.identity),
        }
        self.ask = Button(self.tr("&Ask again"), icon_name="play")
        self.ask.clicked.connect(self.run)
        self.identity.returnPressed.connect(self.run)
        self.answer = ExplanationView()
        self.column.insertLayout(0, row_of(*self.fields.values()))
        self.column.insertLayout(1, row_of(None, self.ask))
        self.column.insertWidget(2, self.answer)

    def show_customers(self, customers: tuple[Customer, ...]) -> None:
        """Offer these customers."""
        self.customer.show_customers(customers)

    def show_endpoint(self, endpoint: Endpoint) -> None:
        """Ask about another endpoint."""
        if self._endpoint is None or endpoint.key != self._endpoint.key:
            self.answer.clear()
        self._endpoint = endpoint

    def run(self) -> None:
        """Ask about the call as it is described now."""
        if self._endpoint is None:
            return
        if self.customer.names_nobody():
            self.fields["customer_id"].explain(self.tr("No customer has this name."))
            return
        identity = self.identity.text().strip()
        call = CallToTest(
            self._endpoint.application_id,
            self._endpoint.method,
            self._endpoint.url,
            None if identity else self.customer.customer(),
            identity,
        )
        self._jobs.start(
            ExplainService.explain, call, done=self._show, failed=self._explain, owner=self
        )

    def _show(self, explanation: Explanation) -> None:
        for field in self.fields.values():
            field.explain("")
        self.answer.show_explanation(explanation)

    def _explain(self, error: AppError) -> None:
        self.answer.clear()
        for name, field in self.fields.items():
            field.explain(str(error) if error.field == name else "")
        if error.field not in self.fields:
            self.failed.emit(error)
