"""The list of rules: what each prices, from when on, and where it stands."""

from collections.abc import Container
from datetime import date
from decimal import Decimal

from PySide6.QtCore import Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from contract.pricing.rule import Model
from desktop.domain.editing import EditState
from desktop.domain.ids import RuleId
from desktop.domain.pricing.published import PricingRule
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import icon
from desktop.views.models.table_model import Column
from desktop.views.page import Card
from desktop.views.pricing import words
from desktop.views.pricing.tier_table import ENTER


class RuleTable(DataTable[PricingRule]):
    """Enter or a double click opens the chosen rule."""

    opened = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt calls it)
        if event.key() in ENTER and self.chosen() is not None:
            self.opened.emit()
        else:
            super().keyPressEvent(event)


class RuleList(QWidget):
    """Filtered by words of the name, the method and the url."""

    opened = Signal()
    """The chosen rule is to be edited."""

    def __init__(self) -> None:
        super().__init__()
        self._rules: tuple[PricingRule, ...] = ()
        self._drafted: Container[RuleId | None] = ()
        self._today = date.min
        self.table = RuleTable(self.tr("Pricing rules"), self._columns(), lambda one: one.rule_id)
        for place, width_px in ((1, 210), (2, 170), (3, 110), (4, 130)):
            self.table.setColumnWidth(place, width_px)
        self.table.opened.connect(self.opened)
        self.table.doubleClicked.connect(lambda _: self.opened.emit())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Card(self.table))

    def show_rules(
        self, rules: tuple[PricingRule, ...], drafted: Container[RuleId | None], today: date
    ) -> None:
        """Show rules; `drafted` are those with a draft that was not published."""
        self._rules, self._drafted, self._today = rules, drafted, today

    def filter(self, text: str) -> None:
        """Show the rules that hold every word."""
        parts = text.casefold().split()
        self.table.show_rows(tuple(rule for rule in self._rules if _matches(rule, parts)))

    def _columns(self) -> tuple[Column[PricingRule], ...]:
        return (
            Column(self.tr("Name"), lambda rule: rule.name),
            Column(self.tr("Applies to"), self._applies_to),
            Column(self.tr("Price"), _price),
            Column(
                self.tr("Holds from"),
                lambda rule: figures.day(rule.effective_from, with_year=True),
                lambda rule: rule.effective_from,
            ),
            Column(
                self.tr("State"), self._state, icon=lambda rule: state_icon(rule.standing.state)
            ),
        )

    def _applies_to(self, rule: PricingRule) -> str:
        method = self.tr("Any") if rule.method == "*" else rule.method
        where = (
            self.tr("Every endpoint") if rule.method == rule.url == "*" else f"{method} {rule.url}"
        )
        one = self.tr("{where}, one customer").format(where=where)
        return where if rule.customer_id is None else one

    def _state(self, rule: PricingRule) -> str:
        if rule.rule_id in self._drafted:
            return self.tr("Draft")
        if rule.standing.state is not EditState.SYNCED:
            return state_word(rule.standing.state)
        if rule.effective_from > self._today:
            return self.tr("Scheduled")
        return self.tr("Live") if rule.price else self.tr("Ended")


def _price(rule: PricingRule) -> str:
    """The price of a unit, or the model in words."""
    price = rule.price or {}
    if price.get("model") != Model.PER_UNIT:
        model = price.get("model", "")
        return next((words.say(word) for one, word in words.MODELS.items() if one == model), "")
    sign = figures.SYMBOLS.get(price["currency"], price["currency"])
    return figures.isolated(f"{sign}\u00a0{figures.exact(Decimal(price['unit_amount']))}")


def _matches(rule: PricingRule, parts: list[str]) -> bool:
    text = f"{rule.name} {rule.method} {rule.url}".casefold()
    return all(part in text for part in parts)


def state_word(state: EditState) -> str:
    """What a stored edit is called in lists."""
    return words.say(words.STATES[state])


def state_icon(state: EditState) -> QIcon:
    name, colour = {
        EditState.SYNCED: ("circle-check", "ok"),
        EditState.WAITING: ("clock", "muted"),
        EditState.CONFLICTED: ("git-compare-arrows", "warn"),
        EditState.REJECTED: ("circle-alert", "bad"),
    }[state]
    return icon(name, colour)
