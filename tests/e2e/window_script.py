"""The real window with a script for an owner: unlocks it, adds pricing rules, says what it sees.

`python -m tests.e2e.window_script WORKSPACE APPLICATION PREFIX`, passphrase on standard input.
The rules' names begin with PREFIX; without one the owner only watches the Dashboard.
Prints one JSON line for each thing that the window was told: `core` (a core's process id),
`rule` (the name of a rule the core has committed), `shown` (requests of the Dashboard's answer),
`card` (the Requests card, as a screen reader says it).
"""

import itertools
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QLineEdit, QMainWindow

from desktop import app
from desktop.domain.errors import AppError, CoreLost
from desktop.domain.ids import ApplicationId
from desktop.domain.pricing.drafts import RuleDraft
from desktop.domain.pricing.published import PricingRule
from desktop.domain.usage import Dashboard, DateRange
from desktop.domain.usage_questions import Comparison
from desktop.paths import home
from desktop.services.pricing import PricingService
from desktop.services.usage import UsageService
from desktop.views.preferences import Preferences

STEP_MS = 50


def say(**event: object) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


class Owner(QObject):
    """Acts every twentieth of a second, as a busy owner would."""

    def __init__(
        self, desktop: app.Desktop, application: str, prefix: str, passphrase: str
    ) -> None:
        super().__init__()
        self._desktop = desktop
        self._application = ApplicationId(application)
        self._names = (f"{prefix}-{number}" for number in itertools.count()) if prefix else None
        self._card = ""
        self._passphrase = passphrase
        self._core_pid: int | None = None
        self._is_waiting = False
        self._timer = QTimer(self, interval=STEP_MS)
        self._timer.timeout.connect(self._act)
        self._timer.start()

    def _act(self) -> None:
        core = self._desktop.core
        if core is not None and core.pid != self._core_pid:
            self._core_pid = core.pid
            say(event="core", pid=core.pid)
        field = self._passphrase_field()
        if field is not None:
            self._unlock(field)
        elif isinstance(self._desktop.window, QMainWindow):
            self._look_at_dashboard(self._desktop.window)
            if self._names is not None and not self._is_waiting:
                self._add_rule(next(self._names))

    def _passphrase_field(self) -> QLineEdit | None:
        window = self._desktop.window
        fields = window.findChildren(QLineEdit) if window is not None else []
        asked = (f for f in fields if f.isVisible() and f.accessibleName() == "Passphrase")
        return next(asked, None)

    def _unlock(self, field: QLineEdit) -> None:
        self._is_waiting = False
        if field.isEnabled():
            field.setText(self._passphrase)
            QTest.keyClick(field, Qt.Key.Key_Return)

    def _look_at_dashboard(self, window: QMainWindow) -> None:
        named = (frame.accessibleName() for frame in window.findChildren(QFrame))
        card = next((name for name in named if name.startswith("Requests: ")), "")
        if card != self._card:
            self._card = card
            say(event="card", text=card)

    def _add_rule(self, name: str) -> None:
        self._is_waiting = True
        price = {"model": "per_unit", "currency": "USD", "unit_amount": "0.001"}
        self._desktop.jobs.start(
            PricingService.publish,
            RuleDraft(self._application, name, price=price),
            None,
            done=self._rule_is_stored,
            failed=self._explain,
            owner=self,
        )

    def _rule_is_stored(self, rule: PricingRule) -> None:
        say(event="rule", name=rule.name)
        today = datetime.now(UTC).date()
        period = DateRange(today - timedelta(days=1), today + timedelta(days=2))
        self._desktop.jobs.start(
            UsageService.dashboard, self._application, period, Comparison.PREVIOUS,
            done=self._show, failed=self._explain, owner=self,
        )  # fmt: skip

    def _show(self, dashboard: Dashboard) -> None:
        self._is_waiting = False
        say(event="shown", requests=int(dashboard.requests.now))

    def _explain(self, error: AppError) -> None:
        self._is_waiting = False
        if not isinstance(error, CoreLost):
            say(event="problem", text=str(error))


def main(workspace: str, application_id: str, prefix: str) -> int:
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    desktop = app.Desktop(Path(workspace), Preferences(home() / app.PREFERENCES))
    desktop.start()
    owner = Owner(desktop, application_id, prefix, sys.stdin.readline().rstrip("\n"))
    status = application.exec()
    owner.deleteLater()
    return status


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
