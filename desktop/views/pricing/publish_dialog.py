"""Publishing: what changes, for whom, from when on."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.pricing.changes import AffectedCustomer, PublishPreview
from desktop.domain.pricing.drafts import RuleDraft
from desktop.domain.pricing.published import PricingRule
from desktop.services.pricing import PricingService
from desktop.views import figures
from desktop.views.day_edit import DayEdit
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

NAMED: Final = 5
"""Customers told by name; the others are counted."""


class PublishDialog(QDialog):
    """Asks the core what publishing would do, and publishes. Closes by itself when it is done."""

    published: PricingRule | None = None

    def __init__(
        self, parent: QWidget, jobs: "Jobs", draft: RuleDraft, seen: PricingRule | None, today: date
    ) -> None:
        super().__init__(parent)
        self._jobs, self._draft, self._seen = jobs, draft, seen
        self._preview: PublishPreview | None = None
        self.setWindowTitle(self.tr("Publish"))
        self.setMinimumSize(620, 520)
        self.heading = PlainLabel(draft.name, role="title")
        self.message = MessageBar(dismissable=False)
        self.day = DayEdit(self.tr("Holds from"))
        self.day.show_day(draft.effective_from or today)
        self.day.dateChanged.connect(lambda _: self._look())
        self.note = QLineEdit(draft.note)
        self.diff = QPlainTextEdit()
        self.diff.setReadOnly(True)
        self.diff.setTabChangesFocus(True)
        self.diff.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.diff.setAccessibleName(self.tr("What changes"))
        self.concerned = PlainLabel(role="muted", wrap=True)
        self.consent = QCheckBox(self.tr("&Change bills that are running"))
        self.consent.toggled.connect(lambda _: self._fit())
        self.publish = Button(self.tr("&Publish"), role="primary")
        self.publish.setDefault(True)
        self.publish.clicked.connect(self._publish)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self.reject)
        self._arrange()
        self._look()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(self.heading)
        column.addWidget(self.message)
        row = row_of(spacing=12)
        row.addWidget(FormField(self.tr("&Holds from"), self.day), 1)
        row.addWidget(FormField(self.tr("&Note for the history"), self.note), 2)
        column.addLayout(row)
        column.addWidget(self.diff, 1)
        column.addWidget(self.concerned)
        column.addWidget(self.consent)
        column.addLayout(row_of(None, self.cancel, self.publish))
        self.consent.hide()

    def _wanted(self) -> RuleDraft:
        return replace(self._draft, effective_from=self.day.day(), note=self.note.text())

    def _look(self) -> None:
        """Ask what publishing would do from this day on."""
        self._preview = None
        self._fit()
        wanted = self._wanted()

        def show(preview: PublishPreview) -> None:
            if preview.effective_from == self.day.day():
                self._show(preview)

        self._jobs.start(
            PricingService.preview, wanted, self._seen,
            done=show, failed=self._explain, owner=self,
        )  # fmt: skip

    def _show(self, preview: PublishPreview) -> None:
        self._preview = preview
        said = self.tr("{name}, version {number}")
        self.heading.setText(said.format(name=self._draft.name, number=preview.version))
        self.diff.setPlainText(preview.diff or self.tr("Nothing changes."))
        self.concerned.setText(self._concerned(preview.affected, preview.seen_customers))
        self.consent.setVisible(preview.changes_live_bill)
        self.message.dismiss()
        if preview.never_held:
            numbers = ", ".join(f"v{number}" for number in preview.never_held)
            said = self.tr("{versions} is scheduled for later and will never hold.")
            self.message.say(Tone.WARN, said.format(versions=numbers))
        elif preview.changes_live_bill:
            said = self.tr("This changes bills from {day} on.")
            day = figures.day(preview.effective_from, with_year=True)
            self.message.say(Tone.WARN, said.format(day=day))
        self._fit()

    def _concerned(self, affected: tuple[AffectedCustomer, ...], seen: int) -> str:
        if not affected:
            return self.tr("It concerns none of the customers of the last 31 days.")
        names = ", ".join(one.label for one in affected[:NAMED])
        more = "…" if len(affected) > NAMED else "."
        said = self.tr("It concerns %n of {all} customers of the last 31 days: ", "", len(affected))
        return said.format(all=seen) + names + more

    def _fit(self) -> None:
        needs = self._preview is not None and self._preview.changes_live_bill
        self.publish.setEnabled(
            self._preview is not None and (not needs or self.consent.isChecked())
        )

    def _publish(self) -> None:
        self.publish.setEnabled(False)

        def done(rule: PricingRule) -> None:
            self.published = rule
            self.accept()

        self._jobs.start(
            PricingService.publish, self._wanted(), self._seen,
            done=done, failed=self._explain, owner=self,
        )  # fmt: skip

    def _explain(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))
