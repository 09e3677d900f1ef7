"""Lines about one customer: limits, bills, keys, requests, what was done."""

from collections.abc import Iterable

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from contract.terms import LimitCounts, LimitInterval
from desktop.domain.customer_detail import CustomerBill, CustomerDetail, Deed, LimitUsed
from desktop.views import figures
from desktop.views.icons import Button
from desktop.views.text import ElidedLabel, PlainLabel

CONTEXT = "CustomerFacts"
NEARLY = 0.8
"""Share of a limit from which it is worth a look."""
INTERVALS = {
    LimitInterval.DAY: QT_TRANSLATE_NOOP("CustomerFacts", "today"),
    LimitInterval.WEEK: QT_TRANSLATE_NOOP("CustomerFacts", "this week"),
    LimitInterval.MONTH: QT_TRANSLATE_NOOP("CustomerFacts", "this month"),
}
COUNTS = {
    LimitCounts.CALLS: QT_TRANSLATE_NOOP("CustomerFacts", "calls"),
    LimitCounts.UNITS: QT_TRANSLATE_NOOP("CustomerFacts", "units"),
}
DEEDS = {
    "customer": QT_TRANSLATE_NOOP("CustomerFacts", "Name or merge changed"),
    "customer_plan": QT_TRANSLATE_NOOP("CustomerFacts", "Plan changed"),
    "limit_override": QT_TRANSLATE_NOOP("CustomerFacts", "Limits of their own changed"),
    "block": QT_TRANSLATE_NOOP("CustomerFacts", "Block changed"),
    "freeze": QT_TRANSLATE_NOOP("CustomerFacts", "Freeze changed"),
    "pricing_rule": QT_TRANSLATE_NOOP("CustomerFacts", "Price of their own changed"),
}
OUTCOMES = {
    "": QT_TRANSLATE_NOOP("CustomerFacts", "waits to be sent"),
    "accepted": QT_TRANSLATE_NOOP("CustomerFacts", "sent"),
    "merged": QT_TRANSLATE_NOOP("CustomerFacts", "sent, with another edit"),
    "conflict": QT_TRANSLATE_NOOP("CustomerFacts", "in conflict"),
    "rejected": QT_TRANSLATE_NOOP("CustomerFacts", "refused"),
}


def say(text: object) -> str:
    """A text of this module in the owner's language."""
    return QCoreApplication.translate(CONTEXT, str(text))


class FactList(QWidget):
    """A heading, and lines of two parts below it; hidden while there is nothing to say."""

    def __init__(self, title: str, button: Button | None = None, empty: str = "") -> None:
        """`empty` is said when there are no lines; without it the list then hides."""
        super().__init__()
        self._empty = empty
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 1)
        self.lines: list[tuple[str, str]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(PlainLabel(title, role="heading"))
        column.addLayout(self._grid)
        if button is not None:
            column.addWidget(button)

    def show_lines(self, lines: Iterable[tuple[str, str, str]]) -> None:
        """Show lines of a text, a figure, and the figure's role."""
        while item := self._grid.takeAt(0):
            if (shown := item.widget()) is not None:
                shown.deleteLater()
        self.lines = []
        for place, (text, figure, role) in enumerate(lines):
            self._grid.addWidget(ElidedLabel(text), place, 0)
            self._grid.addWidget(PlainLabel(figure, role=role), place, 1)
            self.lines.append((text, figure))
        if not self.lines and self._empty:
            self._grid.addWidget(PlainLabel(self._empty, role="muted", wrap=True), 0, 0, 1, 2)
        self.setVisible(bool(self.lines) or bool(self._empty))


def limit_line(limit: LimitUsed) -> tuple[str, str, str]:
    """What is limited, how much is used, and how worrying that is."""
    share = limit.used / limit.allowed if limit.allowed else 1.0
    role = "bad" if share >= 1 else "warn" if share >= NEARLY else "muted"
    figure = say("{used} of {allowed} {counts} {interval}").format(
        used=figures.compact(limit.used),
        allowed=figures.compact(limit.allowed),
        counts=say(COUNTS[limit.counts]),
        interval=say(INTERVALS[limit.interval]),
    )
    own = say("{what} (their own limit)").format(what=limit.what)
    return own if limit.is_own else limit.what, figure, role


def bill_line(bill: CustomerBill) -> tuple[str, str, str]:
    """A month and what it comes to."""
    month = figures.day(bill.month.start, with_year=True).split(" ", 1)[1]
    running = say("{month}, so far").format(month=month)
    return running if bill.is_running else month, figures.amounts(bill.total), ""


def deed_line(deed: Deed) -> tuple[str, str, str]:
    """What was done, when, and what became of it."""
    what = say(DEEDS.get(deed.entity, deed.entity))
    role = "bad" if deed.outcome in {"conflict", "rejected"} else "muted"
    return f"{what}, {say(OUTCOMES[deed.outcome])}", figures.moment(deed.at), role


def plan_text(detail: CustomerDetail) -> str:
    """The plan of today, and the one that follows."""
    if not detail.row.plan:
        text = say("On no plan: the usual prices hold.")
    elif detail.plan_since is None:
        text = f"{detail.row.plan}."
    else:
        since = figures.day(detail.plan_since, with_year=True)
        text = say("{plan}, since {day}.").format(plan=detail.row.plan, day=since)
    if detail.next_plan_on is None:
        return text
    following = detail.next_plan or say("no plan")
    day = figures.day(detail.next_plan_on, with_year=True)
    return text + " " + say("From {day}: {plan}.").format(day=day, plan=following)
