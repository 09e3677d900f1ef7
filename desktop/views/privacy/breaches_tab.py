"""The register of breaches, each with what is left of its 72 hours."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QDateTime, Qt, QTimeZone
from PySide6.QtWidgets import QCheckBox, QDateTimeEdit, QLineEdit, QSpinBox

from desktop.domain.privacy.breaches import Breach, BreachLine, BreachState
from desktop.services.privacy.breaches import BreachService
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField
from desktop.views.icons import Button, icon
from desktop.views.models.table_model import Column
from desktop.views.privacy import words
from desktop.views.privacy.categories_field import CategoriesField
from desktop.views.privacy.tab import PrivacyTab, beside, buttons, form_card, text_area
from desktop.views.spin import indented
from desktop.views.state_page import EmptyPanel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

STATES: Final = {
    BreachState.OPEN: QT_TRANSLATE_NOOP("privacy", "To be told"),
    BreachState.OVERDUE: QT_TRANSLATE_NOOP("privacy", "Late"),
    BreachState.TOLD: QT_TRANSLATE_NOOP("privacy", "Told"),
    BreachState.CLOSED: QT_TRANSLATE_NOOP("privacy", "Closed"),
}
ICONS: Final = {
    BreachState.OPEN: ("clock", "warn"),
    BreachState.OVERDUE: ("triangle-alert", "bad"),
    BreachState.TOLD: ("circle-check", "ok"),
    BreachState.CLOSED: ("circle-check", "muted"),
}
MOST_PEOPLE: Final = 2_000_000_000


class BreachesTab(PrivacyTab):
    """The register; beside it the chosen breach, or the form for a new one."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "Breaches", BreachService.listed)
        self._shown: Breach | None = None
        self.table: DataTable[BreachLine] = DataTable(
            self.tr("Breaches"), (), key=lambda line: line.breach.breach_id
        )
        self.table.show_columns(self._columns(), ())
        for column, width_px in enumerate((148, 118, 96), start=1):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(self._show_chosen)
        self._make_form()
        record = Button(self.tr("Record a breach"), role="primary")
        empty = EmptyPanel(
            "shield-check",
            self.tr("No breaches"),
            self.tr("Record one the moment you hear of it: the authority has to know in 72 hours."),
            record,
        )
        cards = (self.message, self._breach_card, self._told_card)
        self.arrange(beside(self.table, self.tr("Breach"), *cards), empty)
        record.clicked.connect(self.states.show_content)
        record.clicked.connect(self._clear)
        self._clear()

    def _columns(self) -> tuple[Column[BreachLine], ...]:
        return (
            Column(self.tr("What"), lambda line: line.breach.title),
            Column(
                self.tr("Known since"), lambda line: figures.moment(line.breach.aware_at),
                lambda line: line.breach.aware_at,
            ),
            Column(
                self.tr("State"), lambda line: words.say(STATES[line.state]),
                icon=lambda line: icon(*ICONS[line.state]),
            ),
            Column(
                self.tr("Hours left"), self._hours, lambda line: line.hours_left, is_number=True
            ),
        )  # fmt: skip

    @staticmethod
    def _hours(line: BreachLine) -> str:
        waiting = line.state in {BreachState.OPEN, BreachState.OVERDUE}
        return str(line.hours_left) if waiting else figures.NOTHING

    def _make_form(self) -> None:
        self.title, self.no_risk = QLineEdit(), QLineEdit()
        self.aware_at = indented(QDateTimeEdit())
        self.aware_at.setDisplayFormat("d MMM yyyy HH:mm")
        self.aware_at.setTimeZone(QTimeZone.utc())
        self.facts, self.effects, self.measures = text_area(), text_area(), text_area()
        self.people = indented(QSpinBox())
        self.people.setMaximum(MOST_PEOPLE)
        self.categories = CategoriesField(self.tr("Kinds of data"))
        self.high_risk = QCheckBox(self.tr("&High risk for people: they have to be told too"))
        self.fields |= {
            "title": FormField(self.tr("&What happened, in a line"), self.title),
            "aware_at": FormField(self.tr("&Known since (UTC)"), self.aware_at),
            "facts": FormField(self.tr("&Facts"), self.facts),
            "effects": FormField(self.tr("&Effects on people"), self.effects),
            "actions": FormField(self.tr("What was and will be &done"), self.measures),
            "people": FormField(self.tr("&People concerned, about"), self.people),
        }
        new = Button(self.tr("&New"), icon_name="plus")
        new.clicked.connect(self._clear)
        self.save = Button(self.tr("&Save"), role="primary")
        self.save.clicked.connect(self._save)
        actions = buttons(new, None, self.save)
        self._breach_card = form_card(
            self.tr("Breach"), *self.fields.values(),
            FormField(self.tr("Kinds of data"), self.categories), self.high_risk,
            FormField(self.tr("No &risk, because (then nobody need be told)"), self.no_risk),
            actions,
        )  # fmt: skip
        self._make_telling()

    def _make_telling(self) -> None:
        self.delay, self.draft = QLineEdit(), text_area(8)
        self.draft.setReadOnly(True)
        self.fields["delay_reason"] = FormField(
            self.tr("Reason for the dela&y, after 72 hours"), self.delay
        )
        self.write = Button(self.tr("Draft the n&otice"))
        self.write.clicked.connect(self._write_draft)
        self.tell = Button(self.tr("&Authority was told"), role="primary")
        self.tell.clicked.connect(self._tell_authority)
        self.tell_people = Button(self.tr("People were told"))
        self.tell_people.clicked.connect(lambda: self._do(BreachService.tell_people))
        self.close_it = Button(self.tr("&Close"))
        self.close_it.clicked.connect(lambda: self._do(BreachService.close))
        first = buttons(self.write, None, self.tell)
        second = buttons(self.tell_people, None, self.close_it)
        notice = FormField(self.tr("Notice to the authority"), self.draft)
        self._told_card = form_card(
            self.tr("Tell"), self.fields["delay_reason"], first, second, notice
        )

    def show_answer(self, answer: tuple[BreachLine, ...]) -> bool:
        self.table.show_rows(answer)
        if self.table.chosen() is None and answer:
            self.table.choose(answer[0].breach.breach_id)
        return bool(answer)

    def _show_chosen(self) -> None:
        line = self.table.chosen()
        if line is not None and line.breach != self._shown:  # a reload must not undo typing
            self._show(line.breach)

    def _show(self, breach: Breach) -> None:
        is_new = not breach.breach_id
        self._shown = None if is_new else breach
        self.title.setText(breach.title)
        at = QDateTime.fromSecsSinceEpoch(int(breach.aware_at.timestamp()), QTimeZone.utc())
        self.aware_at.setDateTime(at)
        self.aware_at.setEnabled(is_new)
        self.facts.setPlainText(breach.facts)
        self.effects.setPlainText(breach.effects)
        self.measures.setPlainText(breach.actions)
        self.people.setValue(breach.people)
        self.categories.show_values(breach.categories)
        self.high_risk.setChecked(breach.high_risk)
        self.no_risk.setText(breach.no_risk_reason)
        self.delay.setText(breach.delay_reason)
        self.draft.clear()
        is_open = breach.closed_at is None
        self.save.setEnabled(is_open)
        self._told_card.setEnabled(not is_new and is_open)
        self.tell.setEnabled(breach.told_authority_at is None)

    def _clear(self) -> None:
        self.table.clearSelection()
        self._show(Breach("", "", datetime.now(UTC), "", "", "", (), 0))
        self.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def _save(self) -> None:
        before = self._shown
        at = datetime.fromtimestamp(self.aware_at.dateTime().toSecsSinceEpoch(), UTC)
        breach = Breach(
            before.breach_id if before else "", self.title.text(),
            before.aware_at if before else at, self.facts.toPlainText(),
            self.effects.toPlainText(), self.measures.toPlainText(), self.categories.values(),
            self.people.value(), self.high_risk.isChecked(),
            no_risk_reason=self.no_risk.text().strip(),
        )  # fmt: skip
        method = BreachService.update if before else BreachService.record
        self.act(method, breach, done=self._stored)

    def _stored(self, line: BreachLine) -> None:
        rows = self.table.table_model.rows
        others = tuple(one for one in rows if one.breach.breach_id != line.breach.breach_id)
        self.table.show_rows((line, *others))
        self.table.choose(line.breach.breach_id)
        self._show(line.breach)
        self.reload()

    def _do(self, method: object) -> None:
        if self._shown is not None and callable(method):
            self.act(method, self._shown.breach_id, done=self._stored)

    def _tell_authority(self) -> None:
        if self._shown is not None:
            reason = self.delay.text()
            told = BreachService.tell_authority
            self.act(told, self._shown.breach_id, reason, done=self._stored)

    def _write_draft(self) -> None:
        if self._shown is not None:
            draft = BreachService.notification
            self.act(draft, self._shown.breach_id, "", done=self.draft.setPlainText)
