"""The editor of one pricing rule. It checks nothing: the service says what is wrong, by field."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout

from contract.pricing.rule import Model
from contract.terms import Meter
from desktop.domain.editing import EditState
from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.money import rounded
from desktop.domain.pricing.drafts import RuleDraft
from desktop.domain.pricing.published import PricingRule
from desktop.views import figures
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.text import PlainLabel

METHODS: Final = ("*", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
CURRENCIES: Final = ("USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "SEK")
EXAMPLE: Final = Decimal(1000)
CURRENCY_LETTERS: Final = 3


class RuleEditor(QFrame):
    """Fields for a rule that is there, or for a new one."""

    save_wanted = Signal()
    edited = Signal()
    deletion_wanted = Signal()
    discarded = Signal()
    rejected_dropped = Signal()
    """The owner gives up an edit the service refused."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.name, self.price = QLineEdit(), QLineEdit()
        self.method, self.url, self.meter, self.currency = (QComboBox() for _ in range(4))
        self.method.addItems(list(METHODS))
        self.method.setItemText(0, self.tr("Any"))
        self.meter.addItem(self.tr("Units"), Meter.UNITS)
        self.meter.addItem(self.tr("Requests"), Meter.REQUESTS)
        self.meter.addItem(self.tr("Bytes"), Meter.BYTES)
        for combo in (self.url, self.currency):
            combo.setEditable(True)
            combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.currency.addItems(list(CURRENCIES))
        self._price_shown: dict[str, Any] = {}
        self.fields = {
            "name": FormField(self.tr("&Name"), self.name),
            "method": FormField(self.tr("&Method"), self.method),
            "url": FormField(self.tr("U&RL pattern, * for every one"), self.url),
            "meter": FormField(self.tr("C&ounts"), self.meter),
            "price.unit_amount": FormField(self.tr("&Price of one"), self.price),
            "price.currency": FormField(self.tr("C&urrency"), self.currency),
        }
        self._make_rest()
        self._arrange()
        self._watch()
        self.show_rule(None)

    def _make_rest(self) -> None:
        self.heading = PlainLabel(role="section")
        self.message = MessageBar(dismissable=False)
        self.example = PlainLabel(role="muted", wrap=True)
        self.save = Button(self.tr("&Save"), role="primary")
        self.discard = Button(self.tr("&Discard"))
        self.delete = Button(self.tr("De&lete"), role="danger", icon_name="trash-2")
        self.save.clicked.connect(self._save)
        self.discard.clicked.connect(self.discarded)
        self.delete.clicked.connect(self.deletion_wanted)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(self.heading)
        column.addWidget(self.message)
        column.addWidget(self.fields["name"])
        for left, right, shares in (
            ("method", "url", (1, 2)),
            ("price.unit_amount", "price.currency", (2, 1)),
        ):
            row = QHBoxLayout()
            row.setSpacing(12)
            for name, share in zip((left, right), shares, strict=True):
                row.addWidget(self.fields[name], share, Qt.AlignmentFlag.AlignTop)
            column.addLayout(row)
        column.addWidget(self.fields["meter"])
        column.addWidget(self.example)
        column.addStretch()
        buttons = QHBoxLayout()
        buttons.addWidget(self.delete)
        buttons.addStretch()
        buttons.addWidget(self.discard)
        buttons.addWidget(self.save)
        column.addLayout(buttons)

    def _watch(self) -> None:
        for line in (self.name, self.price):
            line.textEdited.connect(self._note_edit)
            line.returnPressed.connect(self._save)
        for combo in (self.url, self.currency):
            combo.editTextChanged.connect(self._note_edit)
        for combo in (self.method, self.meter):
            combo.activated.connect(self._note_edit)

    def show_endpoints(self, endpoints: tuple[tuple[str, str], ...]) -> None:
        """Offer the patterns of the endpoints seen so far."""
        typed = self.url.currentText()
        self.url.blockSignals(True)  # noqa: FBT003 (Qt's signature)
        self.url.clear()
        self.url.addItems(["*", *dict.fromkeys(url for _, url in endpoints)])
        self.url.setEditText(typed)
        self.url.blockSignals(False)  # noqa: FBT003 (Qt's signature)

    def show_rule(self, rule: PricingRule | None, draft: RuleDraft | None = None) -> None:
        """Fill the fields.

        Args:
            rule: the stored rule, or None for a new one.
            draft: what the owner had typed before and not saved; shown instead of the rule.
        """
        shown = draft or _draft_of(rule)
        self.blockSignals(True)  # noqa: FBT003 (Qt's signature)
        self.name.setText(shown.name)
        self._choose_method(shown.method)
        self.url.setEditText(shown.url)
        self.meter.setCurrentIndex(self.meter.findData(shown.meter))
        price = self._price_shown = shown.price or {}
        self.price.setText(price.get("unit_amount", ""))
        self.price.setEnabled(price.get("model") == Model.PER_UNIT)
        self.currency.setEditText(price.get("currency", ""))
        self.blockSignals(False)  # noqa: FBT003 (Qt's signature)
        self.heading.setText(
            self.tr("New rule").upper() if rule is None else self.tr("Rule").upper()
        )
        self.delete.setVisible(rule is not None)
        self._set_dirty(dirty=draft is not None)
        self._forget_problems()
        if rule is not None and rule.standing.state is EditState.REJECTED:
            said = self.tr("The service refused this edit: {problem}")
            drop = (self.tr("Take the service's"), self.rejected_dropped.emit)
            self.message.say(Tone.BAD, said.format(problem=rule.standing.problem), drop)
        self._show_example()

    def _choose_method(self, method: str) -> None:
        place = METHODS.index(method) if method in METHODS else self.method.findText(method)
        if place < 0:
            self.method.addItem(method)
            place = self.method.count() - 1
        self.method.setCurrentIndex(place)

    def draft(self, application_id: ApplicationId) -> RuleDraft:
        """What the fields say now."""
        method = "*" if self.method.currentIndex() == 0 else self.method.currentText()
        price = {**self._price_shown, "currency": self.currency.currentText().strip().upper()}
        if self.price.isEnabled():
            price["unit_amount"] = self.price.text().strip()
        return RuleDraft(
            application_id,
            name=self.name.text().strip(),
            method=method,
            url=self.url.currentText().strip(),
            meter=Meter(self.meter.currentData()),
            price=price,
        )

    def explain(self, error: AppError) -> None:
        """Say what is wrong beside its field and go there; else at the top."""
        self._forget_problems()
        self.save.setEnabled(True)
        field = self.fields.get(error.field or "")
        if field is None:
            self.message.say(Tone.BAD, str(error))
            return
        field.explain(str(error))
        field.control.setFocus()

    def _forget_problems(self) -> None:
        self.message.dismiss()
        for field in self.fields.values():
            field.explain("")

    def _note_edit(self) -> None:
        self._set_dirty(dirty=True)
        self._show_example()
        self.edited.emit()

    def _set_dirty(self, *, dirty: bool) -> None:
        self.save.setEnabled(dirty)
        self.discard.setEnabled(dirty)

    def _show_example(self) -> None:
        price = _price(self.price.text())
        currency = self.currency.currentText().strip().upper()
        if price is None or len(currency) != CURRENCY_LETTERS:
            self.example.setText("")
            return
        words = {
            Meter.UNITS: self.tr("{count} units cost {amount}."),
            Meter.REQUESTS: self.tr("{count} requests cost {amount}."),
        }
        amount = figures.money(rounded(EXAMPLE * price, currency))
        text = words.get(self.meter.currentData(), "")
        self.example.setText(text.format(count=figures.count(EXAMPLE), amount=amount))

    def _save(self) -> None:
        if self.save.isEnabled():
            self.save_wanted.emit()


def _price(text: str) -> Decimal | None:
    try:
        price = Decimal(text.strip())
    except InvalidOperation:
        return None
    return price if price.is_finite() and 0 <= price < 10**12 else None


def _draft_of(rule: PricingRule | None) -> RuleDraft:
    if rule is None:
        price = {"model": str(Model.PER_UNIT), "currency": "USD", "unit_amount": ""}
        return RuleDraft(ApplicationId(""), price=price)
    return RuleDraft(
        rule.application_id,
        name=rule.name,
        method=rule.method,
        url=rule.url,
        meter=rule.meter,
        price=rule.price,
    )
