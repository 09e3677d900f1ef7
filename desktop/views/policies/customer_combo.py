"""Chooses a customer by name; finds one by any part of it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QCompleter, QLineEdit

from desktop.domain.ids import CustomerId
from desktop.domain.policies import Customer


class CustomerCombo(QComboBox):
    """Editable, so that typing narrows a long list down."""

    def __init__(self, name: str, everybody: str = "") -> None:
        """Make a combo box.

        Args:
            name: what is chosen, for screen readers.
            everybody: what the first choice is called where it stands for no customer.
        """
        super().__init__()
        self._everybody = everybody
        self._ids: tuple[CustomerId | None, ...] = ()
        self.setAccessibleName(name)
        # On Linux a combo box is named by its value: the description says what it chooses.
        self.setAccessibleDescription(name)
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.setLineEdit(self.line)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self.setCompleter(completer)
        self.show_customers(())

    def show_customers(self, customers: tuple[Customer, ...]) -> None:
        """Offer these customers; the choice stays where it still exists."""
        before = self.customer()
        first = [(None, self._everybody)] if self._everybody else []
        offered = [*first, *((one.customer_id, one.label) for one in customers)]
        self._ids = tuple(customer for customer, _ in offered)
        self.clear()
        self.addItems([label for _, label in offered])
        self.choose(before)

    def customer(self) -> CustomerId | None:
        """The chosen one; None for everybody, and for a text that names nobody."""
        place = self.findText(self.currentText(), Qt.MatchFlag.MatchFixedString)
        return self._ids[place] if 0 <= place < len(self._ids) else None

    def names_nobody(self) -> bool:
        """Whether a text was typed that is no customer of the list."""
        text = self.currentText()
        return bool(text) and self.findText(text, Qt.MatchFlag.MatchFixedString) < 0

    def choose(self, customer: CustomerId | None) -> None:
        """Choose a customer that may be on the list."""
        if customer in self._ids:
            self.setCurrentIndex(self._ids.index(customer))
        elif not self._everybody:
            self.setCurrentIndex(-1)
