"""The retention schedule: each rule, what it would remove today, and the daily job's last run."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSpinBox, QWidget

from desktop.domain.privacy.retention import LONGEST_MONTHS, Ending, Kept, Period, Rule, RuleLine
from desktop.services.privacy.requests import PrivacyRequestService
from desktop.services.privacy.retention import RetentionService, Schedule
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.models.table_model import Column
from desktop.views.privacy import words
from desktop.views.privacy.data_map import CATEGORIES
from desktop.views.privacy.tab import PrivacyTab, beside, buttons, form_card, text_area
from desktop.views.spin import indented
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from datetime import date

    from desktop.jobs import Jobs

KEPT: Final = {
    Kept.CALLS: QT_TRANSLATE_NOOP("privacy", "Single calls that were opened"),
    Kept.ANSWERS: QT_TRANSLATE_NOOP("privacy", "Last answers of the service"),
    Kept.USAGE_HOURS: QT_TRANSLATE_NOOP("privacy", "Use of customers by hour"),
    Kept.USAGE_DAYS: QT_TRANSLATE_NOOP("privacy", "Use of customers by day"),
    Kept.EDITS: QT_TRANSLATE_NOOP("privacy", "Edits that were sent"),
    Kept.REQUESTS: QT_TRANSLATE_NOOP("privacy", "Privacy requests"),
    Kept.DISCLOSURES: QT_TRANSLATE_NOOP("privacy", "Log of disclosures"),
    Kept.BREACHES: QT_TRANSLATE_NOOP("privacy", "Closed breaches"),
}
ENDINGS: Final = {
    Ending.DELETE: QT_TRANSLATE_NOOP("privacy", "deleted"),
    Ending.AGGREGATE: QT_TRANSLATE_NOOP("privacy", "sums of all stay"),
}
LONGEST_DAYS: Final = 3650


class RetentionTab(PrivacyTab):
    """A table of rules; beside it the form of the chosen one."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "Retention", RetentionService.schedule)
        self._shown: Rule | None = None
        self.table: DataTable[RuleLine] = DataTable(
            self.tr("Retention schedule"), (), key=lambda line: line.rule.kept
        )
        self.table.show_columns(self._columns(), ())
        for column, width_px in enumerate((96, 118, 56, 60), start=1):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(self._show_rule)
        self.last_run = PlainLabel(role="muted", wrap=True)
        self.run = Button(self.tr("Remove what is due &now"), icon_name="trash-2")
        self.run.clicked.connect(lambda: self.act(RetentionService.run_now))
        self.lasting = Lines(spacing=4)
        self._make_form()
        empty = EmptyPanel("clock", self.tr("No rules"), self.tr("The schedule is empty."))
        cards = (self._rule_card, self._job_card(), self._holiday_card())
        self.arrange(beside(self.table, self.tr("Rule"), self.message, *cards), empty)

    def _columns(self) -> tuple[Column[RuleLine], ...]:
        return (
            Column(self.tr("What"), lambda line: words.say(KEPT[line.rule.kept])),
            Column(self.tr("Kept for"), lambda line: self._period(line.rule.period)),
            Column(self.tr("Then"), lambda line: words.say(ENDINGS[line.rule.ending])),
            Column(
                self.tr("Due"), lambda line: figures.count(line.due), lambda line: line.due,
                is_number=True,
            ),
            Column(
                self.tr("Held"), lambda line: figures.count(line.held), lambda line: line.held,
                is_number=True,
            ),
        )  # fmt: skip

    def _make_form(self) -> None:
        self.about = PlainLabel(role="muted", wrap=True)
        self.months, self.days = indented(QSpinBox()), indented(QSpinBox())
        self.ground = QLineEdit()
        self.months.setMaximum(LONGEST_MONTHS)
        self.days.setMaximum(LONGEST_DAYS)
        self.fields["period"] = FormField(self.tr("&Months"), self.months)
        self.fields["ground"] = FormField(self.tr("&Ground"), self.ground)
        self.is_on = QCheckBox(self.tr("&Remove it when the time is over"))
        self.save = Button(self.tr("&Save"), role="primary")
        self.save.clicked.connect(self._save)
        actions = buttons(None, self.save)
        self._rule_card = form_card(
            self.tr("Rule"), self.about, self.fields["period"],
            FormField(self.tr("&Days"), self.days), self.fields["ground"], self.is_on, actions,
        )  # fmt: skip
        self._rule_card.setEnabled(False)

    def _job_card(self) -> QWidget:
        actions = buttons(self.run, None)
        title = self.tr("Daily job")
        return form_card(title, self.last_run, actions, self.lasting)

    def _holiday_card(self) -> QWidget:
        self.holidays = text_area()
        self.fields["holidays"] = FormField(
            self.tr("&Holidays, one day a line (2026-12-25)"), self.holidays
        )
        save = Button(self.tr("Sa&ve holidays"))
        save.clicked.connect(self._save_holidays)
        actions = buttons(None, save)
        about = PlainLabel(
            self.tr("Working days of the CCPA's clocks are Monday to Friday without these."),
            role="muted", wrap=True,
        )  # fmt: skip
        return form_card(self.tr("Business calendar"), about, self.fields["holidays"], actions)

    def reload(self) -> None:
        super().reload()
        self.jobs.start(
            PrivacyRequestService.holidays,
            done=self._show_holidays,
            failed=self.explain,
            owner=self,
        )

    def show_answer(self, answer: Schedule) -> bool:
        self.table.show_rows(answer.lines)
        if answer.last_run is None:
            self.last_run.setText(self.tr("It has not run yet. It runs once a day by itself."))
        else:
            said = self.tr("It ran last {moment} and removed {rows} rows.").format(
                moment=figures.moment(answer.last_run), rows=figures.count(answer.removed)
            )
            self.last_run.setText(said)
        kept = self.tr("{what} ({category}): until {until}.")
        self.lasting.fill(
            PlainLabel(
                kept.format(
                    what=one.what, category=words.say(CATEGORIES[one.category]), until=one.until
                ),
                role="muted", wrap=True,
            )
            for one in answer.lasting
        )  # fmt: skip
        if self.table.chosen() is None and answer.lines:
            self.table.choose(answer.lines[0].rule.kept)
        return bool(answer.lines)

    def _show_rule(self) -> None:
        line = self.table.chosen()
        self._rule_card.setEnabled(line is not None)
        if line is None or line.rule == self._shown:  # a reload must not undo typing
            return
        rule = self._shown = line.rule
        self.about.setText(
            self.tr("{what}: the time runs from {trigger}. What came before {day} is due.").format(
                what=words.say(KEPT[rule.kept]),
                trigger=rule.trigger,
                day=figures.day(line.cut, with_year=True),
            )
        )
        self.months.setValue(rule.period.months)
        self.days.setValue(rule.period.days)
        self.ground.setText(rule.ground)
        self.is_on.setChecked(rule.is_on)

    def _save(self) -> None:
        line = self.table.chosen()
        if line is not None:
            period = Period(self.months.value(), self.days.value())
            kept, ground = line.rule.kept, self.ground.text()
            self.act(RetentionService.change, kept, period, ground, self.is_on.isChecked())

    def _save_holidays(self) -> None:
        text = self.holidays.toPlainText()
        self.act(PrivacyRequestService.set_holidays, text, done=self._show_holidays)

    def _show_holidays(self, days: "tuple[date, ...]") -> None:
        self.holidays.setPlainText("\n".join(day.isoformat() for day in days))

    def _period(self, period: Period) -> str:
        parts = []
        if period.months:
            parts.append(self.tr("%n month(s)", "", period.months))
        if period.days:
            parts.append(self.tr("%n day(s)", "", period.days))
        return ", ".join(parts)
