"""Asks at which value of a number the draft brings what the live prices bring."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.domain.pricing.scaling import AMOUNTS
from desktop.domain.what_if import BreakEven, BreakEvenQuestion, PriceDraft, WhatIfQuestion
from desktop.views import figures
from desktop.views.combo import ElidedCombo
from desktop.views.icons import Button
from desktop.views.text import PlainLabel

PLACES: Final = 6
TIMES: Final = 100
"""How far above its present value a number is looked for."""
LEAST: Final = Decimal(1)
BOUND: Final = re.compile(r"up_to$")
WIDEST_PX: Final = 280


class BreakEvenRow(QWidget):
    """A number of the draft, a button, and what was found."""

    wanted = Signal(object)
    """A `BreakEvenQuestion`."""

    def __init__(self) -> None:
        super().__init__()
        self._question: WhatIfQuestion | None = None
        self._place = 0
        self.number = ElidedCombo()
        self.number.setMaximumWidth(WIDEST_PX)
        self.number.setAccessibleName(self.tr("Number that may change"))
        self.number.setAccessibleDescription(self.tr("Number that may change"))
        self.look = Button(self.tr("Find &break-even"), icon_name="search")
        self.look.clicked.connect(self._ask)
        self.found = PlainLabel(role="muted", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.number)
        row.addWidget(self.look)
        row.addWidget(self.found, 1)

    def show_draft(self, question: WhatIfQuestion, place: int) -> None:
        """Offer the numbers of a draft."""
        self._question, self._place = question, place
        self.number.clear()
        self.found.setText("")
        for label, where in numbers_of(question.drafts[place]):
            self.number.addItem(label, where)
        self.look.setEnabled(self.number.count() > 0)

    def show_found(self, found: BreakEven) -> None:
        """Say what was found."""
        said = self.tr("At {value} it brings {brings}; the live prices bring {target}.")
        self.found.setText(
            said.format(
                value=figures.exact(found.value),
                brings=figures.money(found.brings),
                target=figures.money(found.target),
            )
        )

    def show_problem(self, text: str) -> None:
        self.found.setText(text)

    def _ask(self) -> None:
        if self._question is None or self.number.currentData() is None:
            return
        rule, field, now = self.number.currentData()
        self.found.setText(self.tr("Looking…"))
        most = max(Decimal(now) * TIMES, LEAST)
        places = 0 if BOUND.search(field) else PLACES
        self.wanted.emit(BreakEvenQuestion(self._question, self._place, rule, field, places, most))


def numbers_of(draft: PriceDraft) -> list[tuple[str, tuple[int, str, str]]]:
    """Label of every number that may change, with its rule's place, its path and its value."""
    found: list[tuple[str, tuple[int, str, str]]] = []
    for place, rule in enumerate(draft.rules):
        price = rule.draft.price or {}
        for path, value in _paths(price):
            found.append((f"{rule.draft.name}: {path}", (place, path, value)))
    return found


def _paths(price: dict[str, Any]) -> list[tuple[str, str]]:
    names = [(name, str(price[name])) for name in price if name in AMOUNTS and price[name]]
    for place, tier in enumerate(price.get("tiers") or ()):
        names += [
            (f"tiers[{place}].{name}", str(value))
            for name, value in tier.items()
            if value and (name in AMOUNTS or name == "up_to")
        ]
    return names
