"""The fields of a price beside its tiers: those of the model, and those that any price may have."""

from collections.abc import Iterator
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLineEdit, QVBoxLayout, QWidget

from contract.pricing.rule import Model
from contract.pricing.validation import OWN_FIELDS
from desktop.views.combo import ElidedCombo
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.pricing import numbers, words

MODEL_ORDER: Final = (
    "amount", "payment_term", "unit_amount", "package_size", "package_amount", "minimum_packages",
    "rate", "fixed_amount", "multiplier", "free_events", "free_amount", "per_event_min",
    "per_event_max", "allowances", "variant",
)  # fmt: skip
MORE_ORDER: Final = (
    "free_units", "discount_units", "discount_percent", "min", "max", "conversion_rate",
    "unit_conversion.operation", "unit_conversion.factor", "unit_conversion.rounding",
    "unit_conversion.precision", "rounding", "bill_only_at_end",
)  # fmt: skip
UNIT_FIELDS: Final = frozenset({"free_units", "discount_units", "unit_conversion"})


class PriceFields(QFrame):
    """Shows the fields that a model uses; the rest of them is folded away until it says something.

    What is typed stays when another model is chosen, and comes back with the model.
    """

    edited = Signal(str)
    """Name of the field."""

    def __init__(self) -> None:
        super().__init__()
        self.fields = {name: self._field(name) for name in (*MODEL_ORDER, *MORE_ORDER)}
        self.more_button = Button(self.tr("&More: minimum, free units, rounding…"))
        self.more_button.setCheckable(True)
        self.more_button.toggled.connect(lambda _: self._fit())
        self._more = QFrame()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._own = _form(self.fields[name] for name in MODEL_ORDER)
        column.addWidget(self._own)
        column.addWidget(self.more_button)
        self._more = _form(self.fields[name] for name in MORE_ORDER)
        column.addWidget(self._more)
        self._model = Model.PER_UNIT
        self._fit()

    def show_price(self, model: Model, price: dict[str, Any]) -> None:
        """Fill the fields of a model."""
        self._model = model
        flat = dict(_flat(price))
        for name, field in self.fields.items():
            _put(field.control, flat.get(name, ""))
        says_more = any(flat.get(name) for name in MORE_ORDER)
        if says_more:
            self.more_button.setChecked(True)
        self._fit()

    def choose_model(self, model: Model) -> None:
        """Show the fields of another model, with what they hold."""
        self._model = model
        self._fit()

    def price(self) -> dict[str, Any]:
        """What the fields of the model say, as JSON; what is empty is left out."""
        found: dict[str, Any] = {}
        for name in self._used():
            value: Any = _value(self.fields[name].control)
            outer, _, inner = name.rpartition(".")
            if value and inner and outer:
                found.setdefault(outer, {})[inner] = value
            elif value:
                found[name] = True if name == "bill_only_at_end" else value
        if "operation" not in found.get("unit_conversion", {"operation": ""}):
            del found["unit_conversion"]
        return found

    def _field(self, name: str) -> FormField:
        label = words.say(words.FIELDS[name])
        choices = words.CHOICES.get(name)
        if choices is None:
            line = QLineEdit()
            line.textEdited.connect(lambda _: self.edited.emit(name))
            return FormField(label, line)
        combo = ElidedCombo()
        for value, word in choices.items():
            combo.addItem(words.say(word), str(value))
        combo.activated.connect(lambda _: self.edited.emit(name))
        return FormField(label, combo)

    def _used(self) -> list[str]:
        own = OWN_FIELDS[self._model]
        return [
            name
            for name in self.fields
            if name in own
            or (name in MORE_ORDER and (name.partition(".")[0] in own or _is_for_all(name)))
        ]

    def _fit(self) -> None:
        used = set(self._used())
        for name, field in self.fields.items():
            field.setVisible(name in used)
        self._more.setVisible(self.more_button.isChecked())
        self._own.setVisible(not used.isdisjoint(MODEL_ORDER))


def _is_for_all(name: str) -> bool:
    return name.partition(".")[0] not in UNIT_FIELDS


def _form(fields: Iterator[FormField]) -> QFrame:
    frame = QFrame()
    form = QFormLayout(frame)
    form.setContentsMargins(0, 0, 0, 0)
    form.setVerticalSpacing(8)
    for field in fields:
        form.addRow(field)
    return frame


def _flat(price: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in price.items():
        if name == "unit_conversion" and isinstance(value, dict):
            yield from ((f"{name}.{inner}", str(part)) for inner, part in value.items())
        elif isinstance(value, bool):
            yield name, "true" if value else ""
        elif isinstance(value, str | int):
            yield name, str(value)


def _put(control: QWidget, text: str) -> None:
    if isinstance(control, QComboBox):
        control.setCurrentIndex(max(control.findData(text), 0))
    elif isinstance(control, QLineEdit):
        control.setText(numbers.shown(text))


def _value(control: QWidget) -> str:
    """What a control says; the first of its choices says nothing."""
    if isinstance(control, QComboBox):
        return str(control.currentData()) if control.currentIndex() > 0 else ""
    return numbers.plain(control.text()) if isinstance(control, QLineEdit) else ""
