"""A key typed into a price, until field, mistakes and curve are painted anew."""

import json
import os
import sys
import time
from datetime import date
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLineEdit

from benchmarks.painting import after_next_paint
from desktop.domain.ids import ApplicationId
from desktop.domain.pricing.drafts import RuleDraft
from desktop.jobs import Jobs
from desktop.singletons import protect_singletons
from desktop.views.pricing.rule_panel import RulePanel
from desktop.views.theme import Scheme, Theme

KEYS = 60
TIERS = 20
BETWEEN_MS = 5


def price() -> dict[str, Any]:
    """Twenty tiers, and a minimum that is typed."""
    ends = [{"up_to": str(10**4 * n), "unit_amount": f"0.{99 - n}"} for n in range(1, TIERS)]
    return {"model": "graduated", "currency": "USD", "tiers": [*ends, {"unit_amount": "0.1"}]}


class Typist:
    """Types digits into the minimum, one after the other was painted."""

    def __init__(self, panel: RulePanel, field: QLineEdit) -> None:
        self._panel, self._field = panel, field
        self._times: list[float] = []

    def type(self) -> None:
        self._begun = time.perf_counter()
        after_next_paint(self._panel.curve, self._painted)
        text = f"{len(self._times) + 1}.5"
        self._field.setText(text)
        self._field.textEdited.emit(text)

    def _painted(self) -> None:
        self._times.append(1000 * (time.perf_counter() - self._begun))
        if len(self._times) < KEYS:
            QTimer.singleShot(BETWEEN_MS, self.type)
            return
        print(json.dumps(self._times[5:]), flush=True)
        os._exit(0)


protect_singletons()
application = QApplication(sys.argv[:1])
theme = Theme(Scheme.LIGHT)
panel = RulePanel(Jobs())
panel.resize(1060, 700)
panel.show_rule(
    ApplicationId("app"), None, RuleDraft(ApplicationId("app"), "Tokens", price=price()),
    date(2026, 11, 23),
)  # fmt: skip
panel.form.price.more_button.setChecked(True)
panel.show()
line = panel.form.price.fields["min"].control
if not isinstance(line, QLineEdit):
    raise TypeError(line)
typist = Typist(panel, line)  # Qt does not keep it
QTimer.singleShot(200, typist.type)
application.exec()
