"""Makes drafts to try: prices changed by a percentage, or as they were typed on Pricing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QWidget

from desktop.domain.pricing.drafts import KeptDraft, RuleDraft, draft_of
from desktop.domain.pricing.published import PricingRule
from desktop.domain.pricing.scaling import scaled_price
from desktop.domain.what_if import DraftedRule, PriceDraft, WhatIfChoices
from desktop.views import figures
from desktop.views.combo import ElidedCombo
from desktop.views.icons import Button
from desktop.views.spin import indented

EVERY_PRICE: Final = -1
ALL_TYPED: Final = -2
USUAL_PERCENT: Final = 10.0
SOURCE_PX: Final = 190


class DraftMaker(QWidget):
    """What to change, by how much, and a button that adds it to what is compared."""

    made = Signal(object)
    """A `PriceDraft`."""

    def __init__(self) -> None:
        super().__init__()
        self._choices = WhatIfChoices((), (), (), ())
        self.source: QComboBox = ElidedCombo()
        self.source.setAccessibleName(self.tr("What to change"))
        self.source.setAccessibleDescription(self.tr("What to change"))
        self.source.setFixedWidth(SOURCE_PX)
        self.percent = indented(QDoubleSpinBox())
        self.percent.setAccessibleName(self.tr("Change in percent"))
        self.percent.setRange(-100, 1000)
        self.percent.setDecimals(2)
        self.percent.setSuffix("\u00a0%")
        self.percent.setPrefix("+")
        self.percent.setValue(USUAL_PERCENT)
        self.percent.valueChanged.connect(self._show_sign)
        self.add = Button(self.tr("&Try it"), role="primary", icon_name="plus")
        self.add.clicked.connect(self._make)
        self.source.activated.connect(self._show_percent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.source, self.percent, self.add):
            row.addWidget(part)

    def show_choices(self, choices: WhatIfChoices) -> None:
        """Offer the rules there are and what was typed of them; the choice stays if it can."""
        before = self.source.currentText()
        self._choices = choices
        self.source.clear()
        self.source.addItem(self.tr("Every price"), EVERY_PRICE)
        for place, rule in enumerate(self._priced()):
            self.source.addItem(rule.name, place)
        if len(choices.drafts) > 1:
            self.source.addItem(self.tr("Everything typed on Pricing"), ALL_TYPED)
        first = len(self._priced())
        for place, draft in enumerate(choices.drafts):
            typed = self.tr("{name}, as typed").format(name=self._name(draft))
            self.source.addItem(typed, first + place)
        self.source.setCurrentIndex(max(self.source.findText(before), 0))
        self.add.setEnabled(bool(self._priced() or choices.drafts))
        self._show_percent()

    def first(self) -> PriceDraft | None:
        """What to begin with: what was typed if anything was, else every price by ten percent."""
        if self._choices.drafts:
            drafts = self._choices.drafts
            name = self._name(drafts[0]) if len(drafts) == 1 else self.tr("As typed on Pricing")
            return PriceDraft(name, tuple(map(_drafted, drafts)))
        return self._scaled(self._priced(), self.tr("Every price")) if self._priced() else None

    def _priced(self) -> tuple[PricingRule, ...]:
        return tuple(rule for rule in self._choices.rules if rule.price)

    def _name(self, draft: KeptDraft) -> str:
        return draft.draft.name or self.tr("New rule")

    def _show_percent(self) -> None:
        place = self.source.currentData()
        is_scaled = place == EVERY_PRICE or (place is not None and 0 <= place < len(self._priced()))
        self.percent.setVisible(is_scaled)

    def _show_sign(self, value: float) -> None:
        self.percent.setPrefix("+" if value > 0 else "")

    def _make(self) -> None:
        place = self.source.currentData()
        rules, drafts = self._priced(), self._choices.drafts
        if place == EVERY_PRICE:
            self.made.emit(self._scaled(rules, self.tr("Every price")))
        elif place == ALL_TYPED:
            name = self.tr("As typed on Pricing")
            self.made.emit(PriceDraft(name, tuple(map(_drafted, drafts))))
        elif place < len(rules):
            self.made.emit(self._scaled((rules[place],), rules[place].name))
        else:
            typed = drafts[place - len(rules)]
            self.made.emit(PriceDraft(self._name(typed), (_drafted(typed),)))

    def _scaled(self, rules: tuple[PricingRule, ...], name: str) -> PriceDraft:
        percent = Decimal(str(round(self.percent.value(), 2)))
        sign = "+" if percent > 0 else ""
        drafted = tuple(
            DraftedRule(_with_price(rule, percent), rule.rule_id) for rule in rules if rule.price
        )
        return PriceDraft(f"{name} {sign}{figures.decimal(percent)} %", drafted)


def _with_price(rule: PricingRule, percent: Decimal) -> RuleDraft:
    return replace(draft_of(rule), price=scaled_price(rule.price or {}, percent))


def _drafted(kept: KeptDraft) -> DraftedRule:
    return DraftedRule(kept.draft, kept.rule_id)
