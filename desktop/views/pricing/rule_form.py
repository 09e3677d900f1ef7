"""A rule as fields: what it prices, the model, and the price."""

from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QVBoxLayout

from contract.pricing.currencies import MINOR_DIGITS
from contract.pricing.rule import Model
from contract.pricing.validation import OWN_TIER_FIELDS
from contract.terms import Meter
from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId, CustomerId
from desktop.domain.policies import Customer
from desktop.domain.pricing.drafts import READS, RuleDraft
from desktop.views.combo_of import ComboOf
from desktop.views.form_field import FormField
from desktop.views.page import row_of
from desktop.views.policies.customer_combo import CustomerCombo
from desktop.views.pricing import numbers, words
from desktop.views.pricing.price_fields import PriceFields
from desktop.views.pricing.tier_table import TierTable
from desktop.views.text import PlainLabel

METHODS: Final = ("*", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
CURRENCIES: Final = ("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "SEK")
STARTER_TIERS: Final[list[dict[str, Any]]] = [{}, {}]
"""A new table of tiers: one with an end, and the open one."""


class RuleForm(QFrame):
    """Tells of every edit with the name of its field, so that edits of one field count as one."""

    edited = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.name, self.measure, self.digits = QLineEdit(), QLineEdit(), QLineEdit()
        self.method, self.url, self.currency = QComboBox(), QComboBox(), QComboBox()
        self.method.addItem(self.tr("Any"))
        self.method.addItems(list(METHODS[1:]))
        for combo in (self.url, self.currency):
            combo.setEditable(True)
            combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.currency.addItems(list(CURRENCIES))
        self.customer = CustomerCombo(self.tr("Customer"), self.tr("Every customer"))
        self.meter: ComboOf[Meter] = ComboOf(self.tr("Counts"), words.METERS, words.say)
        self.model: ComboOf[Model] = ComboOf(self.tr("Model"), words.MODELS, words.say)
        self.explanation = PlainLabel(role="muted", wrap=True)
        self.price = PriceFields()
        self.tiers = TierTable()
        self._hidden_price: dict[str, Any] = {}
        self._make_fields()
        self._arrange()
        self._watch()
        self._fit()

    def _make_fields(self) -> None:
        self.fields = {
            "name": FormField(self.tr("&Name"), self.name),
            "method": FormField(self.tr("Met&hod"), self.method),
            "url": FormField(self.tr("&Endpoint, * for every one"), self.url),
            "customer_id": FormField(self.tr("Cus&tomer"), self.customer),
            "meter": FormField(self.tr("C&ounts"), self.meter),
            "measure": FormField(self.tr("&Which"), self.measure),
            "price.model": FormField(self.tr("Mo&del"), self.model),
            "price.currency": FormField(self.tr("C&urrency"), self.currency),
            "price.currency_digits": FormField(self.tr("Its di&gits"), self.digits),
            **{f"price.{name}": field for name, field in self.price.fields.items()},
        }
        self.measure.setPlaceholderText("usage.total_tokens")

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(PlainLabel(self.tr("Applies to").upper(), role="section"))
        column.addWidget(self.fields["name"])
        top = Qt.AlignmentFlag.AlignTop
        for names, shares in (
            (("method", "url"), (1, 2)),
            (("customer_id", "meter"), (1, 1)),
            (("measure",), (1,)),
            (("price.model", "price.currency", "price.currency_digits"), (5, 3, 2)),
        ):
            row = row_of(spacing=12)
            for name, share in zip(names, shares, strict=True):
                row.addWidget(self.fields[name], share, top)
            column.addLayout(row)
        column.addWidget(self.explanation)
        column.addWidget(self.tiers, 1)
        column.addWidget(self.price)
        column.addStretch()

    def _watch(self) -> None:
        for name, line in (
            ("name", self.name), ("measure", self.measure), ("digits", self.digits),
        ):  # fmt: skip
            line.textEdited.connect(lambda _, name=name: self._note(name))
        self.method.activated.connect(lambda _: self._note("method"))
        self.url.editTextChanged.connect(lambda _: self._note("url"))
        self.currency.editTextChanged.connect(lambda _: self._note("currency"))
        self.customer.currentIndexChanged.connect(lambda _: self._note("customer"))
        self.meter.chosen.connect(lambda: self._note("meter"))
        self.model.chosen.connect(self._model_chosen)
        self.price.edited.connect(self._note)
        self.tiers.edited.connect(lambda: self._note("tiers"))

    def show_endpoints(self, endpoints: tuple[tuple[str, str], ...]) -> None:
        """Offer the patterns of the endpoints seen so far."""
        typed = self.url.currentText()
        self.url.blockSignals(True)  # noqa: FBT003 (Qt's signature)
        self.url.clear()
        self.url.addItems(["*", *dict.fromkeys(url for _, url in endpoints)])
        self.url.setEditText(typed)
        self.url.blockSignals(False)  # noqa: FBT003 (Qt's signature)

    def show_customers(self, customers: tuple[Customer, ...]) -> None:
        """Offer the customers there are."""
        self.customer.blockSignals(True)  # noqa: FBT003 (Qt's signature)
        self.customer.show_customers(customers)
        self.customer.blockSignals(False)  # noqa: FBT003 (Qt's signature)

    def show_draft(self, draft: RuleDraft) -> None:
        """Fill the fields without telling anybody."""
        self.blockSignals(True)  # noqa: FBT003 (Qt's signature)
        price = draft.price or {}
        self._hidden_price = price
        self.name.setText(draft.name)
        self._choose_method(draft.method)
        self.url.setEditText(draft.url)
        self.customer.choose(draft.customer_id)
        self.meter.choose(draft.meter)
        self.measure.setText(draft.measure)
        self.model.choose(_model_of(price))
        self.currency.setEditText(str(price.get("currency", "USD")))
        self.digits.setText(str(price.get("currency_digits", "")))
        self.price.show_price(_model_of(price), price)
        tiers = price.get("tiers")
        self.tiers.show_tiers(_model_of(price), tiers if isinstance(tiers, list) else [])
        self.blockSignals(False)  # noqa: FBT003 (Qt's signature)
        self._fit()

    def draft(self, application_id: ApplicationId) -> RuleDraft:
        """What the fields say now."""
        return RuleDraft(
            application_id,
            name=self.name.text(),
            method=METHODS[0] if self.method.currentIndex() == 0 else self.method.currentText(),
            url=self.url.currentText().strip(),
            customer_id=self._customer_id(),
            meter=self.meter.value(),
            measure=self.measure.text() if self.meter.value() in READS else "",
            price=self._price(),
        )

    def explain(self, error: AppError | None, *, focus: bool = False) -> bool:
        """Say what is wrong beside its field; None takes it back. Whether a field was found."""
        for field in self.fields.values():
            if field.problem.text():  # dressing a field anew costs time with every key
                field.explain("")
        self.tiers.explain("", "")
        if error is None:
            return True
        name = error.field or ""
        if name.startswith("price.tiers"):
            self.tiers.explain(name.removeprefix("price.tiers"), str(error))
            if focus:
                self.tiers.grid.setFocus()
            return True
        found = self.fields.get(name) or self.fields.get(name.removesuffix(".factor"))
        if found is not None:
            found.explain(str(error))
            self._reveal(name, found)
            if focus:
                found.control.setFocus()
        return found is not None

    def _reveal(self, name: str, field: FormField) -> None:
        """Unfold the rest of the fields when the problem is there."""
        if name.startswith("price.") and field.isHidden() is False and not field.isVisible():
            self.price.more_button.setChecked(True)

    def _price(self) -> dict[str, Any]:
        price: dict[str, Any] = {
            "model": self.model.value().value,
            "currency": self.currency.currentText().strip(),
        }
        if self._needs_digits():
            price["currency_digits"] = numbers.plain(self.digits.text())
        price |= self.price.price()
        if self.model.value() in OWN_TIER_FIELDS:
            price["tiers"] = self.tiers.model.tiers()
        return {name: value for name, value in price.items() if value != ""}

    def _customer_id(self) -> CustomerId | None:
        return self.customer.customer()

    def _needs_digits(self) -> bool:
        code = self.currency.currentText().strip()
        return code not in MINOR_DIGITS and bool(code)

    def _model_chosen(self) -> None:
        model = self.model.value()
        self.price.choose_model(model)
        tiers = self.tiers.model.tiers() or [dict(tier) for tier in STARTER_TIERS]
        self.tiers.show_tiers(model, tiers if model in OWN_TIER_FIELDS else [])
        self._note("model")

    def _note(self, name: str) -> None:
        self._fit()
        self.edited.emit(name)

    def _fit(self) -> None:
        self.explanation.setText(words.say(words.EXPLAINED[self.model.value()]))
        self.tiers.setVisible(self.model.value() in OWN_TIER_FIELDS)
        self.fields["measure"].setVisible(self.meter.value() in READS)
        self.fields["price.currency_digits"].setVisible(self._needs_digits())

    def _choose_method(self, method: str) -> None:
        place = METHODS.index(method) if method in METHODS else self.method.findText(method)
        if place < 0:
            self.method.addItem(method)
            place = self.method.count() - 1
        self.method.setCurrentIndex(place)


def _model_of(price: dict[str, Any]) -> Model:
    model = price.get("model")
    return Model(model) if model in set(Model) else Model.PER_UNIT
