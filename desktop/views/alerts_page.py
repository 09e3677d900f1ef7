"""Alerts: what to be told of, what is the matter now, and what was."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.alerts import AlertEvent, AlertLine, AlertRule, AlertsPicture, QuietHours
from desktop.domain.usage import Application
from desktop.services.alerts.service import AlertService
from desktop.views.alerts import words
from desktop.views.alerts.form import AlertForm
from desktop.views.alerts.quiet_card import QuietCard
from desktop.views.data_table import DataTable
from desktop.views.icons import Button, icon
from desktop.views.models.table_model import Column
from desktop.views.page import Card, Page
from desktop.views.scrolled import Scrolled
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

SIDE_PX = 330


def utc_now() -> datetime:
    return datetime.now(UTC)


class AlertsPage(Page):
    """Rules and history; beside them the rule that is chosen, or a new one."""

    topics: ClassVar[frozenset[str]] = frozenset({"alerts", "configuration", "sync"})

    def __init__(self, jobs: "Jobs", now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(jobs, QCoreApplication.translate("AlertsPage", "Alerts"))
        self._now = now
        self.new = Button(self.tr("Ne&w alert"), icon_name="plus")
        self.new.clicked.connect(self.create_new)
        self.header.addWidget(self.new)
        self.table: DataTable[AlertLine] = DataTable(
            self.tr("Alerts"), self._columns(), key=lambda line: line.rule.rule_id
        )
        self.table.setColumnWidth(1, 290)
        self.table.setColumnWidth(2, 130)
        self.table.row_chosen.connect(self._show_chosen)
        self.history: DataTable[AlertEvent] = DataTable(
            self.tr("History of alerts"), self._history_columns(), key=lambda one: one.event_id
        )
        self.history.setColumnWidth(1, 120)
        self.history.setColumnWidth(2, 150)
        self.quiet = QuietCard()
        self.quiet.set_wanted.connect(self._set_quiet)
        self.form = AlertForm()
        self.form.save_wanted.connect(self._save)
        self.form.try_wanted.connect(self._try_out)
        self.form.delete_wanted.connect(self._delete)
        self.form.snooze_wanted.connect(self._snooze)
        self._wanted = ""
        self._is_new = False
        self.show_states_of(self._content(), self._empty())

    def _columns(self) -> tuple[Column[AlertLine], ...]:
        return (
            Column(self.tr("Alert"), lambda line: line.rule.name, icon=_line_icon),
            Column(self.tr("Tells of"), lambda line: words.condition(line.rule)),
            Column(self.tr("State"), lambda line: words.standing(line, self._now())),
        )

    def _history_columns(self) -> tuple[Column[AlertEvent], ...]:
        return (
            Column(self.tr("What was found"), lambda event: event.text, icon=_event_icon),
            Column(self.tr("Alert"), lambda event: event.rule_name),
            Column(self.tr("When"), words.lasting, lambda event: event.began_at.timestamp()),
        )

    def _content(self) -> QWidget:
        content, left = QWidget(), QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        title = PlainLabel(self.tr("History"), role="heading")
        self.no_history = PlainLabel(self.tr("Nothing was found yet."), role="muted")
        column.addWidget(Card(self.table, self.quiet), 1)
        column.addWidget(Card(title, self.no_history, self.history, spacing=6), 1)
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(left, 1)
        side = Card(Scrolled(self.tr("The alert"), self.form))
        side.setFixedWidth(SIDE_PX)
        row.addWidget(side)
        return content

    def _empty(self) -> EmptyPanel:
        new = Button(self.tr("New alert"), role="primary")
        new.clicked.connect(self.create_new)
        return EmptyPanel(
            "bell",
            self.tr("No alerts yet"),
            self.tr("An alert looks at your usage after each sync and tells you what is unusual."),
            new,
        )

    def set_application(self, application: Application | None) -> None:
        """Show another application's alerts."""
        if application is not None and application != self.application:
            self._is_new = False
            self.form.show_new(application.application_id)
        super().set_application(application)

    def show_target(self, target: str) -> None:
        """Choose the alert with this id."""
        self._wanted = target
        self.reload()

    def load(self, application: Application) -> None:
        """Ask for rules, history and quiet hours."""
        self.wait_for(
            self.jobs.start(
                AlertService.picture,
                application.application_id,
                done=self.still_about(application, self._show),
                failed=self.explain,
                owner=self,
            )
        )

    def _show(self, picture: AlertsPicture) -> None:
        if not picture.lines and not picture.history and not self._is_new:
            self.states.show_empty()
            return
        self.table.show_rows(picture.lines)
        self.history.show_rows(picture.history)
        self.no_history.setVisible(not picture.history)
        self.quiet.show_hours(picture.quiet, can_notify=picture.can_notify)
        if self._wanted and self.table.choose(self._wanted):
            self._wanted = ""
        self.states.show_content()

    def _show_chosen(self) -> None:
        line = self.table.chosen()
        if line is not None:
            self._is_new = False
            until = line.rule.snoozed_until
            self.form.show_line(line, is_snoozed=until is not None and until > self._now())

    def create_new(self) -> None:
        """Begin a new alert."""
        if self.application is None:
            return
        self._is_new = True
        self.table.clearSelection()
        self.form.show_new(self.application.application_id)
        self.states.show_content()
        self.form.name.setFocus()

    def _save(self, rule: AlertRule) -> None:
        def saved(stored: AlertRule) -> None:
            self._is_new = False
            self._wanted = stored.rule_id
            self.toast_offered.emit(self.tr("The alert was saved."), None)
            self.reload()

        self.jobs.start(AlertService.save, rule, done=saved, failed=self.form.explain, owner=self)

    def _try_out(self, rule: AlertRule) -> None:
        self.jobs.start(
            AlertService.try_out,
            rule,
            done=self.form.show_findings,
            failed=self.form.explain,
            owner=self,
        )

    def _delete(self, rule_id: str) -> None:
        def deleted(rule: AlertRule) -> None:
            self._bring_back(self.tr("The alert was deleted."), rule)
            self.form.show_new(rule.application_id)

        self.jobs.start(
            AlertService.delete, rule_id, done=deleted, failed=self.form.explain, owner=self
        )

    def _snooze(self, rule_id: str, hours: int) -> None:
        until = self._now() + timedelta(hours=hours) if hours else None

        def snoozed(before: AlertRule) -> None:
            said = (
                self.tr("The alert says nothing for a while.")
                if hours
                else self.tr("The alert speaks again.")
            )
            self._wanted = rule_id
            self._bring_back(said, before)

        self.jobs.start(
            AlertService.snooze, rule_id, until, done=snoozed, failed=self.form.explain, owner=self
        )

    def _bring_back(self, said: str, before: AlertRule) -> None:
        self.toast_offered.emit(said, lambda: self._save(before))
        self.reload()

    def _set_quiet(self, quiet: QuietHours) -> None:
        said = self.tr("Quiet hours are set.") if quiet.are_set else self.tr("No hour is quiet.")
        self.jobs.start(
            AlertService.set_quiet_hours,
            quiet,
            done=lambda _: self.toast_offered.emit(said, None),
            failed=self.explain,
            owner=self,
        )


def _line_icon(line: AlertLine) -> QIcon:
    if not line.rule.enabled:
        return icon("bell-off", "muted")
    if line.problem:
        return icon("circle-alert", "bad")
    return icon("triangle-alert", "warn") if line.open else icon("bell", "muted")


def _event_icon(event: AlertEvent) -> QIcon:
    if event.ended_at is None:
        return icon("triangle-alert", "warn")
    return icon("circle-check", "ok")
