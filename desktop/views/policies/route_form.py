"""Which endpoint or function a new policy is about."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from contract.terms import PolicyKind
from desktop.views.form_field import FormField
from desktop.views.page import row_of
from desktop.views.pricing.rule_form import METHODS


class RouteForm(QWidget):
    """Method, route, and for Go a function inside the call."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.method = QComboBox()
        self.method.addItems(list(METHODS[1:]))
        self.method.activated.connect(lambda _: self.edited.emit())
        self.url, self.function_name, self.function_path = (QLineEdit() for _ in range(3))
        self.url.setPlaceholderText("/items/{item_id}")
        self.function_name.setPlaceholderText(self.tr("Go only, optional"))
        self.fields = {
            "method": FormField(self.tr("Met&hod"), self.method),
            "url": FormField(self.tr("&Route, as your framework writes it"), self.url),
            "function_name": FormField(self.tr("&Function inside the call"), self.function_name),
            "function_path": FormField(self.tr("Its f&ile"), self.function_path),
        }
        for line in (self.url, self.function_name, self.function_path):
            line.textEdited.connect(lambda _: self.edited.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        first = row_of(self.fields["method"], self.fields["url"])
        first.setStretch(1, 1)
        column.addLayout(first)
        column.addLayout(row_of(self.fields["function_name"], self.fields["function_path"]))

    def clear(self) -> None:
        """Begin with nothing typed."""
        for line in (self.url, self.function_name, self.function_path):
            line.clear()

    def kind(self) -> PolicyKind:
        """A function that was named makes it a policy of that function."""
        return PolicyKind.FUNCTION if self.function_name.text().strip() else PolicyKind.API
