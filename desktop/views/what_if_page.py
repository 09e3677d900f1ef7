"""What-if: drafts of prices on the usage that the vault holds, before anything is published."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QInputDialog, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.ids import CustomerId
from desktop.domain.pricing.drafts import KeptDraft
from desktop.domain.usage import Application
from desktop.domain.what_if import (
    CurrencyOutcome,
    DraftOutcome,
    PriceDraft,
    SavedScenario,
    WhatIfAnswer,
    WhatIfChoices,
    WhatIfQuestion,
)
from desktop.services.export import ExportReceipt
from desktop.services.what_if import WhatIfService
from desktop.views import figures
from desktop.views.activities import Activities
from desktop.views.combo import ElidedCombo
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.models.table_model import Column
from desktop.views.months import MonthsPicker
from desktop.views.page import Card, Page, local_day, row_of
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel
from desktop.views.what_if.break_even_row import BreakEvenRow
from desktop.views.what_if.draft_maker import DraftMaker
from desktop.views.what_if.outcome import OutcomeView, change_of

if TYPE_CHECKING:
    from desktop.jobs import Jobs

COMPARED_PX: Final = 150
MOST_HEIGHT_PX: Final = 146
"""Three drafts and the header; more of them scroll."""
CUSTOMERS_PX: Final = 190


class WhatIfPage(Page):
    """Period, customers and drafts above; what the chosen draft does below."""

    topics: ClassVar[frozenset[str]] = frozenset({"configuration", "usage"})

    def __init__(
        self, jobs: "Jobs", activities: Activities, today: Callable[[str], date] = local_day
    ) -> None:
        """Make the page; `today` tells the day in a time zone."""
        super().__init__(jobs, QCoreApplication.translate("WhatIfPage", "What-if"))
        self._activities = activities
        self._today = today
        self._drafts: tuple[PriceDraft, ...] = ()
        self._typed: tuple[KeptDraft, ...] = ()
        self._asked: WhatIfQuestion | None = None
        self._answer: WhatIfAnswer | None = None
        self._make_header()
        self._make_controls()
        self._make_parts()
        self.show_states_of(self._content(), self._empty())

    def _this_day(self) -> date:
        return self._today(self.application.time_zone if self.application else "UTC")

    def _make_header(self) -> None:
        self.scenarios: QComboBox = ElidedCombo()
        self.scenarios.setMinimumWidth(150)
        self.scenarios.setAccessibleName(self.tr("Saved scenarios"))
        self.scenarios.setAccessibleDescription(self.tr("Saved scenarios"))
        self.scenarios.activated.connect(self._open_scenario)
        self.keep = Button(self.tr("&Save scenario…"))
        self.keep.clicked.connect(self._save_scenario)
        self.forget = Button(self.tr("Delete scenario"), icon_name="trash-2")
        self.forget.clicked.connect(self._delete_scenario)
        self.export = Button(self.tr("Export &lines…"), icon_name="download")
        self.export.clicked.connect(self.export_view)
        for part in (self.scenarios, self.forget, self.keep, self.export):
            self.header.addWidget(part)

    def _make_controls(self) -> None:
        self.months = MonthsPicker(self._this_day)
        self.months.changed.connect(self._simulate)
        self.customers: QComboBox = ElidedCombo()
        self.customers.setAccessibleName(self.tr("Customers"))
        self.customers.setAccessibleDescription(self.tr("Customers"))
        self.customers.setFixedWidth(CUSTOMERS_PX)
        self.customers.activated.connect(lambda _: self._simulate())
        self.maker = DraftMaker()
        self.maker.made.connect(self._add)
        row = row_of(self.months, self.customers, None, self.maker, spacing=12)
        self._column.insertLayout(1, row)

    def _make_parts(self) -> None:
        self.compared: DataTable[tuple[int, DraftOutcome]] = DataTable(
            self.tr("Drafts that are compared"),
            (
                Column(self.tr("Draft"), lambda row: row[1].name),
                Column(self.tr("Live"), lambda row: _live(row[1]), is_number=True),
                Column(self.tr("With the draft"), lambda row: _draft(row[1]), is_number=True),
                Column(self.tr("Change"), lambda row: _change(row[1]), is_number=True),
            ),
            key=lambda row: row[0],
        )
        for place in (1, 2, 3):
            self.compared.setColumnWidth(place, COMPARED_PX)
        self.compared.setMaximumHeight(MOST_HEIGHT_PX)
        self.compared.row_chosen.connect(self._show_chosen)
        self.remove = Button(self.tr("&Remove from the list"))
        self.remove.clicked.connect(self._remove)
        self.warning = MessageBar(dismissable=False)
        self.notes = PlainLabel(role="muted", wrap=True)
        self.outcome = OutcomeView()
        self.break_even = BreakEvenRow()
        self.break_even.wanted.connect(self._find_break_even)

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        drafts = Card(self.compared, spacing=8)
        drafts.column.addLayout(row_of(self.break_even, None, self.remove))
        for part in (self.warning, drafts, self.notes):
            column.addWidget(part)
        column.addWidget(self.outcome, 1)
        return content

    def _empty(self) -> EmptyPanel:
        sample = Button(self.tr("Use sample data"))
        sample.clicked.connect(self.sample_wanted)
        prices = Button(self.tr("Write a price"), role="primary")
        prices.clicked.connect(lambda: self.destination_wanted.emit("pricing"))
        return EmptyPanel(
            "flask-conical",
            self.tr("Nothing to try yet"),
            self.tr("A what-if needs a price and usage. It never leaves this computer."),
            prices,
            sample,
        )

    def load(self, application: Application) -> None:
        """Ask what can be tried; then try it."""
        show = self.still_about(application, self._show_choices)
        self.wait_for(
            self.jobs.start(
                WhatIfService.choices,
                application.application_id,
                done=show,
                failed=self.explain,
                owner=self,
            )
        )

    def set_application(self, application: Application | None) -> None:
        """Show another application; its drafts are others."""
        if application != self.application:
            self._drafts = ()
        super().set_application(application)

    def _show_choices(self, choices: WhatIfChoices) -> None:
        self.maker.show_choices(choices)
        self._offer_customers(choices)
        self._offer_scenarios(choices.scenarios)
        if not self._drafts or choices.drafts != self._typed:
            first = self.maker.first()
            others = tuple(one for one in self._drafts if first and one.name != first.name)
            self._drafts = () if first is None else (first, *others)
        self._typed = choices.drafts
        self._simulate()

    def _offer_customers(self, choices: WhatIfChoices) -> None:
        chosen = self.customers.currentData()
        self.customers.clear()
        self.customers.addItem(self.tr("All customers"), None)
        for customer_id, name in choices.customers:
            self.customers.addItem(name or customer_id, customer_id)
        self.customers.setCurrentIndex(max(self.customers.findData(chosen), 0))

    def _offer_scenarios(self, saved: tuple[SavedScenario, ...]) -> None:
        self._saved = saved
        self.scenarios.clear()
        self.scenarios.addItem(self.tr("Scenarios"))
        self.scenarios.addItems([scenario.name for scenario in saved])
        self.scenarios.setVisible(bool(saved))
        self.forget.hide()

    def question(self, application: Application) -> WhatIfQuestion:
        """What the controls ask for."""
        customer = self.customers.currentData()
        return WhatIfQuestion(
            application.application_id,
            self.months.period(),
            self._drafts,
            () if customer is None else (CustomerId(customer),),
        )

    def _simulate(self) -> None:
        if self.application is None or not self._drafts:
            self.states.show_empty()
            return
        question = self._asked = self.question(self.application)

        def show(answer: WhatIfAnswer) -> None:
            if question == self._asked:
                self._show(answer)

        job = self.jobs.start(
            WhatIfService.simulate,
            question,
            done=show,
            failed=self.explain,
            progressed=self.states.show_progress,
            owner=self,
        )
        self.wait_for(job)

    def _show(self, answer: WhatIfAnswer) -> None:
        self._answer = answer
        if not any(draft.currencies for draft in answer.drafts):
            self.states.show_empty()
            return
        chosen = self.compared.chosen()
        place = min(chosen[0] if chosen else 0, len(answer.drafts) - 1)
        self.compared.show_rows(tuple(enumerate(answer.drafts)))
        self.compared.choose(place)
        self._show_chosen()
        self.states.show_content(answer.stamp)

    def _show_chosen(self) -> None:
        chosen = self.compared.chosen()
        if chosen is None or self._answer is None or self._asked is None:
            return
        place, outcome = chosen
        self.outcome.show_outcome(outcome, self._answer.stamp)
        self.break_even.show_draft(self._asked, place)
        self.remove.setEnabled(len(self._drafts) > 1)
        self._warn(outcome)
        self.notes.setText(" ".join(self._notes(outcome)))
        self.notes.setVisible(bool(self.notes.text()))

    def _warn(self, outcome: DraftOutcome) -> None:
        one = outcome.currencies[0] if outcome.currencies else None
        if one is None or not one.much_dearer:
            self.warning.dismiss()
            return
        said = self.tr("Raises the bill of {some} of {all} customers by more than {percent} %.")
        self.warning.say(
            Tone.WARN,
            said.format(
                some=figures.count(one.much_dearer),
                all=figures.count(one.customers),
                percent=self._asked.much_percent if self._asked else 0,
            ),
            (self.tr("Show them"), self._show_movers),
        )

    def _show_movers(self) -> None:
        self.outcome.which.choose("movers")
        self.outcome.which.changed.emit()
        self.outcome.movers.setFocus()

    def _notes(self, outcome: DraftOutcome) -> list[str]:
        """What has to be known to read the figures rightly."""
        notes = []
        if len(outcome.currencies) > 1:
            others = ", ".join(_both(one) for one in outcome.currencies[1:])
            notes.append(self.tr("Other currencies: {amounts}.").format(amounts=others))
        if outcome.requests_without_price:
            said = self.tr("{count} requests have no price with this draft.")
            notes.append(said.format(count=figures.count(outcome.requests_without_price)))
        for rule in outcome.covered:
            said = self.tr("{rule} needs single calls: {held} of {all} are in the vault{days}.")
            days = (
                f" ({figures.day(rule.first)} \u2013 {figures.day(rule.last)})"
                if (rule.first and rule.last)
                else ""
            )
            notes.append(
                said.format(
                    rule=rule.name,
                    held=figures.count(rule.calls),
                    all=figures.count(rule.of_calls),
                    days=days,
                )
            )
        return notes

    def _add(self, draft: PriceDraft) -> None:
        others = tuple(one for one in self._drafts if one.name != draft.name)
        self._drafts = (*others, draft)
        self._simulate()

    def _remove(self) -> None:
        chosen = self.compared.chosen()
        if chosen is not None:
            self._drafts = tuple(d for place, d in enumerate(self._drafts) if place != chosen[0])
            self._simulate()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt calls it)
        """What is typed on Pricing comes without a notice: look at it each time."""
        self._is_stale = True
        super().showEvent(event)

    def create_new(self) -> None:
        """Go to where drafts are made."""
        self.maker.source.setFocus()

    def _find_break_even(self, question: object) -> None:
        self.jobs.start(
            WhatIfService.break_even,
            question,
            done=self.break_even.show_found,
            failed=lambda error: self.break_even.show_problem(str(error)),
            owner=self,
        )

    def export_view(self) -> None:
        """Ask for a file and write every line of the bills to it."""
        if self._asked is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export lines"), "what-if.csv", self.tr("CSV files (*.csv)")
        )
        if path:
            self._activities.start(
                self.tr("Export lines"),
                WhatIfService.export,
                self._asked,
                path,
                done=self._exported,
                failed=self._not_exported,
                owner=self,
            )

    def _exported(self, receipt: ExportReceipt) -> None:
        said = self.tr("Wrote {rows} lines.").format(rows=figures.count(receipt.rows))
        self.toast_offered.emit(said, None)

    def _not_exported(self, error: AppError) -> None:
        tone = Tone.INFO if isinstance(error, Cancelled) else Tone.BAD
        self.warning.say(tone, str(error))

    def _save_scenario(self) -> None:
        if self._asked is None:
            return
        name, accepted = QInputDialog.getText(self, self.tr("Save scenario"), self.tr("Name"))
        if accepted:
            self.jobs.start(
                WhatIfService.save_scenario,
                name,
                self._asked,
                done=lambda _: self.reload(),
                failed=self._not_exported,
                owner=self,
            )

    def _open_scenario(self, place: int) -> None:
        self.forget.setVisible(place > 0)
        if place > 0:
            question = self._saved[place - 1].question
            self._drafts = question.drafts
            self.months.show_period(question.period)
            wanted = question.customer_ids[0] if question.customer_ids else None
            self.customers.setCurrentIndex(max(self.customers.findData(wanted), 0))
            self._simulate()

    def _delete_scenario(self) -> None:
        scenario = self._saved[self.scenarios.currentIndex() - 1]

        def deleted(_: None) -> None:
            said = self.tr("Deleted “{name}”.").format(name=scenario.name)
            self.toast_offered.emit(said, lambda: self._restore(scenario))
            self.reload()

        self.jobs.start(
            WhatIfService.delete_scenario,
            scenario.scenario_id,
            done=deleted,
            failed=self._not_exported,
            owner=self,
        )

    def _restore(self, scenario: SavedScenario) -> None:
        self.jobs.start(
            WhatIfService.save_scenario,
            scenario.name,
            replace(scenario.question),
            done=lambda _: self.reload(),
            failed=self._not_exported,
            owner=self,
        )


def _first(outcome: DraftOutcome) -> CurrencyOutcome | None:
    return outcome.currencies[0] if outcome.currencies else None


def _live(outcome: DraftOutcome) -> str:
    one = _first(outcome)
    return figures.NOTHING if one is None else figures.money(one.live)


def _draft(outcome: DraftOutcome) -> str:
    one = _first(outcome)
    return figures.NOTHING if one is None else figures.money(one.draft)


def _change(outcome: DraftOutcome) -> str:
    one = _first(outcome)
    return figures.NOTHING if one is None else change_of(one)


def _both(one: CurrencyOutcome) -> str:
    return f"{figures.money(one.live)} → {figures.money(one.draft)}"
