"""Makes or changes one alert."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from desktop.domain.alerts import (
    CHANGES,
    MOST_DAYS,
    MOST_HOURS,
    AlertKind,
    AlertLine,
    AlertRule,
    Finding,
)
from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.usage_questions import Dimension, Measure
from desktop.views.alerts import words
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.spin import indented
from desktop.views.text import PlainLabel

CONTROL_HEIGHT_PX = 30
SNOOZES = (1, 8, 24, 7 * 24)
"""Hours."""


class AlertForm(QWidget):
    """The fields of a rule; what does not apply to its kind is hidden."""

    save_wanted = Signal(object)
    """The `AlertRule`."""
    try_wanted = Signal(object)
    delete_wanted = Signal(str)
    snooze_wanted = Signal(str, int)
    """Id of the rule and hours; 0 lets it speak again."""

    def __init__(self) -> None:
        super().__init__()
        self._rule: AlertRule | None = None
        self.title = PlainLabel(role="heading", wrap=True)
        self.name, self.limit = QLineEdit(), QLineEdit()
        self.kind = _combo((kind, text) for kind, text in words.KINDS.items())
        self.measure = _combo((measure, text) for measure, text in words.MEASURES.items())
        self.group = _combo(
            ("" if group is None else group, text) for group, text in words.GROUPS.items()
        )
        self.days, self.hours = _spin(MOST_DAYS), _spin(MOST_HOURS)
        self.enabled = QCheckBox(self.tr("&On"))
        self.kind.currentIndexChanged.connect(lambda _: self._show_fields())
        self._make_fields()
        self._make_buttons()
        self.told = PlainLabel(role="muted", wrap=True)
        self.problem = PlainLabel(role="bad", wrap=True)
        self._say(self.told, "")
        self._say(self.problem, "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for part in (self.title, *self._fields.values(), self.enabled, self.told, self.problem):
            column.addWidget(part)
        column.addLayout(row_of(self.save, self.try_out, None))
        column.addWidget(self._existing)
        self.show_new(ApplicationId(""))

    def _make_fields(self) -> None:
        self._fields = {
            "name": FormField(self.tr("Na&me"), self.name),
            "kind": FormField(self.tr("Tell me &about"), self.kind),
            "measure": FormField(self.tr("&What is measured"), self.measure),
            "group_by": FormField(self.tr("&For"), self.group),
            "limit": FormField(self.tr("&Limit"), self.limit),
            "days": FormField(self.tr("&Days looked at"), self.days),
            "hours": FormField(self.tr("&Hours without a call"), self.hours),
        }

    def _make_buttons(self) -> None:
        self.save = Button(self.tr("&Save"), role="primary")
        self.save.clicked.connect(lambda: self._hand_over(self.save_wanted.emit))
        self.try_out = Button(self.tr("&Try out"))
        self.try_out.clicked.connect(lambda: self._hand_over(self.try_wanted.emit))
        self.snooze = _combo(
            [(0, self.tr("Not snoozed")), *((hours, self._snooze_text(hours)) for hours in SNOOZES)]
        )
        self.snooze.activated.connect(self._snooze)
        self.delete = Button(self.tr("Delete"), icon_name="trash-2")
        self.delete.clicked.connect(self._delete)
        self._existing = QWidget()
        row = QVBoxLayout(self._existing)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(FormField(self.tr("S&nooze"), self.snooze))
        row.addLayout(row_of(self.delete, None))

    def _snooze_text(self, hours: int) -> str:
        return self.tr("For %n hour(s)", "", hours)

    def show_new(self, application_id: ApplicationId) -> None:
        """Begin a new rule."""
        rule = AlertRule("", application_id, "", AlertKind.ABOVE, Decimal(1000))
        self._show(rule, self.tr("New alert"))
        self._existing.hide()

    def show_line(self, line: AlertLine, *, is_snoozed: bool) -> None:
        """Show a rule that is stored."""
        self._show(line.rule, line.rule.name)
        self._say(self.problem, line.problem)
        self.snooze.setCurrentIndex(0)
        if is_snoozed and line.rule.snoozed_until is not None:
            self.snooze.setItemText(0, self.tr("Snoozed; speak again"))
        else:
            self.snooze.setItemText(0, self.tr("Not snoozed"))
        self._existing.show()

    def _show(self, rule: AlertRule, title: str) -> None:
        self._rule = rule
        self.title.setText(title)
        self.name.setText(rule.name)
        self.limit.setText(f"{rule.limit:f}")
        for combo, value in (
            (self.kind, rule.kind),
            (self.measure, rule.measure),
            (self.group, rule.group_by or ""),
        ):
            combo.setCurrentIndex(combo.findData(value))
        self.days.setValue(rule.days)
        self.hours.setValue(rule.hours)
        self.enabled.setChecked(rule.enabled)
        self._forget_words()
        self._show_fields()

    @staticmethod
    def _say(label: PlainLabel, text: str) -> None:
        """Show a text; no text takes no room."""
        label.setText(text)
        label.setVisible(bool(text))

    def _forget_words(self) -> None:
        self._say(self.told, "")
        self._say(self.problem, "")
        for field in self._fields.values():
            field.explain("")

    def _show_fields(self) -> None:
        kind = AlertKind(self.kind.currentData())
        is_silence = kind is AlertKind.SILENCE
        self._fields["limit"].setVisible(not is_silence)
        self._fields["limit"].rename(self.tr("&Percent") if kind in CHANGES else self.tr("&Limit"))
        self._fields["measure"].setVisible(not is_silence)
        self._fields["days"].setVisible(not is_silence and kind is not AlertKind.FORECAST)
        self._fields["hours"].setVisible(is_silence)

    def rule(self) -> AlertRule | None:
        """The rule as typed; None when the limit is no number, which is said at the field."""
        if self._rule is None:
            return None
        kind = AlertKind(self.kind.currentData())
        is_silence = kind is AlertKind.SILENCE
        try:
            limit = Decimal(0) if is_silence else Decimal(self.limit.text().strip())
        except InvalidOperation:
            self._fields["limit"].explain(self.tr("Type a number, such as 1000 or 12.5."))
            return None
        group = self.group.currentData()
        return replace(
            self._rule,
            name=self.name.text(),
            kind=kind,
            limit=limit,
            measure=Measure.REQUESTS if is_silence else Measure(self.measure.currentData()),
            group_by=Dimension(group) if group else None,
            days=self.days.value(),
            hours=self.hours.value(),
            enabled=self.enabled.isChecked(),
        )

    def _hand_over(self, take: Callable[[AlertRule], None]) -> None:
        self._forget_words()
        rule = self.rule()
        if rule is not None:
            take(rule)

    def _delete(self) -> None:
        if self._rule is not None:
            self.delete_wanted.emit(self._rule.rule_id)

    def _snooze(self, _place: int) -> None:
        if self._rule is not None:
            self.snooze_wanted.emit(self._rule.rule_id, int(self.snooze.currentData()))

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Say what the rule would find now."""
        if not findings:
            self._say(self.told, self.tr("It would be quiet now."))
            return
        lines = [finding.text for finding in findings[:5]]
        more = len(findings) - len(lines)
        if more:
            lines.append(self.tr("And %n more.", "", more))
        self._say(self.told, "\n".join(lines))

    def explain(self, error: AppError) -> None:
        """Say what is wrong, at its field where it has one."""
        field = self._fields.get(getattr(error, "field", ""))
        if field is not None and field.isVisible():
            field.explain(str(error))
        else:
            self._say(self.problem, str(error))


def _combo(items: Iterable[tuple[object, object]]) -> QComboBox:
    combo = QComboBox()
    for value, text in items:
        combo.addItem(words.say(text), value)
    return combo


def _spin(most: int) -> QSpinBox:
    spin = indented(QSpinBox())
    spin.setRange(1, most)
    spin.setMinimumHeight(CONTROL_HEIGHT_PX)
    return spin
