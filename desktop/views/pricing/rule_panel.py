"""The editor of a rule: fields at the left; curve, what-if and history at the right."""

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from contract.pricing.rule import Model
from desktop.domain.editing import EditState
from desktop.domain.errors import AppError, InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.pricing.changes import MonthUse
from desktop.domain.pricing.curve import curve_of, engine_of, explained, reach
from desktop.domain.pricing.drafts import RuleDraft, checked_terms
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.published import PricingRule, RuleVersion, Terms
from desktop.domain.pricing.templates import Template, price_of_template
from desktop.domain.usage import DateRange
from desktop.domain.what_if import DraftedRule
from desktop.views import figures
from desktop.views.form_field import FormField
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.pricing import numbers, words
from desktop.views.pricing.curve_view import CurveView, Mark
from desktop.views.pricing.draft_history import DraftHistory
from desktop.views.pricing.rule_form import RuleForm
from desktop.views.pricing.version_table import VersionTable
from desktop.views.pricing.what_if_strip import WhatIfStrip
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

KEEP_AFTER_MS: Final = 400
"""Pause in typing before the draft is put into the vault."""
CURVE_PX: Final = 260
MARK_PX: Final = 200
LOOK_BACK: Final = timedelta(days=30)
TERMS: Final = frozenset(field.name for field in fields(RuleDraft))


class RulePanel(QWidget):
    """Tells when something was edited; what is typed is a draft until it is published."""

    edited = Signal()
    """The draft differs from what it was."""
    keep_wanted = Signal(object)
    """A `RuleDraft` to be put into the vault."""
    rejected_dropped = Signal()
    """The owner gives up a version that the service refused."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self.form, self.curve, self.versions = RuleForm(), CurveView(), VersionTable()
        self.strip = WhatIfStrip(jobs)
        self.message, self.warning = MessageBar(dismissable=False), MessageBar(dismissable=False)
        self.template, self.marked = QComboBox(), QComboBox()
        self.saved = PlainLabel(role="muted")
        self.rule: PricingRule | None = None
        self._application_id = ApplicationId("")
        self._history = DraftHistory(RuleDraft(self._application_id))
        self._uses: tuple[MonthUse, ...] = ()
        self._today = date.min
        self._shows_missing = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(KEEP_AFTER_MS)
        self._later.timeout.connect(lambda: self.keep_wanted.emit(self.draft()))
        self._make_choices()
        self._arrange()
        self._watch()

    def _make_choices(self) -> None:
        self.template.addItem(self.tr("Nothing"), None)
        for template, word in words.TEMPLATES.items():
            self.template.addItem(words.say(word), template)
        self.starts_from = FormField(self.tr("&Start from"), self.template)
        self.marked.setMinimumWidth(MARK_PX)
        caption = PlainLabel(self.tr("Mar&k"))
        caption.setBuddy(self.marked)
        self.marked.setAccessibleName(self.tr("Customer whose month is marked"))
        self.mark_row = QFrame()
        row = row_of(caption, self.marked, None)
        row.setContentsMargins(0, 0, 0, 0)
        self.mark_row.setLayout(row)

    def _arrange(self) -> None:
        self.scrolled = Scrolled(self.tr("Rule"), self.starts_from, self.form)
        left = Card(self.scrolled, self.saved)
        self.heading = PlainLabel(self.tr("What-if on real usage").upper(), role="section")
        inside = Scrolled(self.tr("Curve and history"), self.heading, self.strip, self.curve)
        self.curve.setFixedHeight(CURVE_PX)
        self.invoice = PlainLabel(role="muted", wrap=True)
        for part in (self.invoice, self.mark_row, self.versions):
            inside.column.insertWidget(inside.column.count() - 1, part)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(left, 4)
        row.addWidget(Card(inside), 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.message)
        column.addWidget(self.warning)
        column.addLayout(row, 1)

    def _watch(self) -> None:
        self.form.edited.connect(self._note)
        self.template.activated.connect(lambda _: self._take_template())
        self.marked.activated.connect(lambda _: self._draw())
        self.strip.warned.connect(self._warn)
        self.versions.again_wanted.connect(self._take_version)
        for keys, act in (
            (QKeySequence.StandardKey.Undo, self.undo),
            (QKeySequence.StandardKey.Redo, self.redo),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        for line in self.findChildren(QLineEdit):
            line.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        """Keep undo and redo from a single field: they are for the whole draft."""
        if event.type() is QEvent.Type.ShortcutOverride:
            undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
            if event.matches(undo) or event.matches(redo):  # type: ignore[attr-defined]
                event.ignore()
                return True
        return super().eventFilter(watched, event)

    def show_rule(
        self,
        application_id: ApplicationId,
        rule: PricingRule | None,
        draft: RuleDraft | None,
        today: date,
    ) -> None:
        """Begin to edit.

        Args:
            application_id: whose rule it is.
            rule: the newest version, or None for a new rule.
            draft: what was typed before and not published; shown instead of the rule.
            today: the day it is in the application's time zone.
        """
        self.rule, self._application_id, self._today = rule, application_id, today
        self._later.stop()
        shown = draft or _draft_of(rule, application_id)
        self._history = DraftHistory(shown)
        self._shows_missing = False
        self.form.show_draft(shown)
        self.starts_from.setVisible(rule is None)
        self.template.setCurrentIndex(0)
        self.saved.setText(self.tr("Draft kept in the vault") if draft else "")
        self._tell_standing(rule)
        self._look_again()

    def show_versions(self, versions: tuple[RuleVersion, ...]) -> None:
        """Show the history of the rule."""
        self.versions.show_versions(versions, self._today)
        number = versions[-1].version if versions else 0
        self.strip.show_names(number, number + 1)
        self._draw()

    def show_uses(self, uses: tuple[MonthUse, ...]) -> None:
        """Offer customers whose month can be marked on the curve."""
        self._uses = uses
        chosen = self.marked.currentText()
        self.marked.clear()
        self.marked.addItems([one.label for one in uses])
        self.marked.setCurrentIndex(max(self.marked.findText(chosen), 0) if uses else -1)
        self.mark_row.setVisible(bool(uses))
        self._draw()

    def draft(self) -> RuleDraft:
        """What the fields say now."""
        return self.form.draft(self._application_id)

    def explain(self, error: AppError, *, focus: bool = True) -> None:
        """Say what is wrong beside its field, else at the top."""
        if not self.form.explain(error, focus=focus):
            self.message.say(Tone.BAD, str(error))

    def problem(self) -> InvalidInput | None:
        """What keeps the draft from being published."""
        return self._problem_of(self.draft())

    def _problem_of(self, draft: RuleDraft) -> InvalidInput | None:
        try:
            checked_terms(draft, self._today)
        except InvalidInput as error:
            return error
        return None

    def tell_what_is_missing(self) -> bool:
        """Show the first problem, also of what was not typed yet; whether there is one."""
        self._shows_missing = True
        problem = self.problem()
        if problem is not None:
            self.explain(problem)
        return problem is not None

    def undo(self) -> None:
        """Take back the last edit."""
        self._go_to(self._history.undo())

    def redo(self) -> None:
        """Do again what was taken back."""
        self._go_to(self._history.redo())

    def start_typing(self) -> None:
        """Go to the name."""
        self.form.name.setFocus()

    def note_kept(self) -> None:
        """The draft is in the vault."""
        self.saved.setText(self.tr("Draft kept in the vault"))

    def _go_to(self, draft: RuleDraft | None) -> None:
        if draft is not None:
            self.form.show_draft(draft)
            self._changed()

    def _note(self, name: str) -> None:
        self._history.note(self.draft(), name)
        self._changed()

    def _changed(self) -> None:
        self.saved.setText("")
        self._later.start()
        self.edited.emit()
        self._look_again()

    def _take_template(self) -> None:
        template = self.template.currentData()
        if template is not None:
            currency = self.form.currency.currentText().strip() or "USD"
            price = price_of_template(Template(template), currency)
            draft = self.draft()
            said = {name: getattr(draft, name) for name in TERMS} | {"price": price}
            self.form.show_draft(RuleDraft(**said))
            self._note("template")

    def _take_version(self, version: RuleVersion) -> None:
        """Make the terms of an older version the draft."""
        self.form.show_draft(_draft_of(version, self._application_id))
        self._note("version")

    def _look_again(self) -> None:
        """Check the draft, draw it and try it on real usage."""
        problem = self.problem()
        typed = problem is None or self._shows_missing or not _is_missing(problem, self.form)
        self.form.explain(problem if typed else None)
        self._draw()
        draft = self.draft()
        named = replace(draft, name=draft.name.strip() or self.tr("Draft"))
        if self._problem_of(named) is None:
            drafted = DraftedRule(named, self.rule.rule_id if self.rule else None)
            self.strip.ask(DateRange(self._today - LOOK_BACK, self._today), drafted)
        else:
            self.strip.forget()

    def _draw(self) -> None:
        live = self.versions.live()
        draft_engine = engine_of(self.draft().price)
        live_engine = engine_of(live.price) if live else None
        place = self.marked.currentIndex()
        use = self._uses[place] if 0 <= place < len(self._uses) else None
        most = reach(draft_engine, live_engine, used=use.quantity if use else reach())
        names = (self.tr("draft"), self.tr("live v{n}").format(n=live.version) if live else "")
        self.curve.show_curves(
            curve_of(draft_engine, most) if draft_engine else None,
            curve_of(live_engine, most) if live_engine else None,
            names,
            Mark(use.label, use.quantity) if use else None,
        )
        self.invoice.setText(self._told(draft_engine, use))

    def _told(self, engine: RatingEngine | None, use: MonthUse | None) -> str:
        """How the marked customer's amount would come about, step by step."""
        told = explained(engine, use.quantity) if engine and use else None
        if told is None or use is None:
            return ""
        said = self.tr("Invoice preview: {count} units  =  {steps}  =  {amount}")
        sign = figures.SYMBOLS.get(told.currency, told.currency)
        return said.format(
            count=figures.count(use.quantity),
            steps="  +  ".join(map(numbers.grouped, told.steps)),
            amount=figures.isolated(f"{sign}\u00a0{numbers.grouped(told.amount)}"),
        )

    def _warn(self, said: str) -> None:
        if said:
            self.warning.say(Tone.WARN, said)
        else:
            self.warning.dismiss()

    def _tell_standing(self, rule: PricingRule | None) -> None:
        self.message.dismiss()
        if rule is not None and rule.standing.state is EditState.REJECTED:
            said = self.tr("The service refused this version: {problem}")
            drop = (self.tr("Take the service's"), self.rejected_dropped.emit)
            self.message.say(Tone.BAD, said.format(problem=rule.standing.problem), drop)


def _draft_of(terms: Terms | None, application_id: ApplicationId) -> RuleDraft:
    """What is shown first: the terms as they are, from no particular day on."""
    if terms is None:
        price: dict[str, Any] = {"model": Model.PER_UNIT.value, "currency": "USD"}
        return RuleDraft(application_id, price=price)
    said = {name: getattr(terms, name) for name in TERMS if name not in {"effective_from", "note"}}
    return RuleDraft(**said)


def _is_missing(problem: InvalidInput, form: RuleForm) -> bool:
    """Whether the problem is only that a field was not filled in yet."""
    if (problem.field or "").startswith("price.tiers"):
        return "missing" in str(problem) or "no price" in str(problem)
    field = form.fields.get(problem.field or "")
    return isinstance(field and field.control, QLineEdit) and not field.control.text().strip()  # type: ignore[union-attr]
