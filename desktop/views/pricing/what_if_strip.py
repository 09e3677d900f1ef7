"""What a draft would have meant for the bills of last month, under the curve's heading."""

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QGridLayout

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.usage import DateRange
from desktop.domain.what_if import (
    CurrencyOutcome,
    DraftedRule,
    PriceDraft,
    WhatIfAnswer,
    WhatIfQuestion,
)
from desktop.services.what_if import WhatIfService
from desktop.views import figures
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs

AFTER_MS: Final = 500
"""Pause in typing before the bills are worked out."""


class WhatIfStrip(QFrame):
    """Three figures: live, draft, and how many customers pay more or less."""

    warned = Signal(str)
    """How many customers would pay much more; empty when none."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._question: WhatIfQuestion | None = None
        self._job: Job | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(AFTER_MS)
        self._soon.timeout.connect(self._ask)
        self.captions = [PlainLabel(role="section") for _ in range(3)]
        self.values = [PlainLabel(figures.NOTHING, role="title") for _ in range(3)]
        self.notes = [PlainLabel(role="muted") for _ in range(3)]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        for place in range(3):
            for row, parts in enumerate((self.captions, self.values, self.notes)):
                grid.addWidget(parts[place], row, place)
            grid.setColumnStretch(place, 1)
        self.show_names(0, 1)

    def show_names(self, live: int, draft: int) -> None:
        """Say which versions are compared; 0 is none."""
        live_name = self.tr("Live v{number}").format(number=live) if live else self.tr("Live")
        texts = (
            live_name,
            self.tr("Draft v{number}").format(number=draft),
            self.tr("Customers up / down"),
        )
        for caption, text in zip(self.captions, texts, strict=True):
            caption.setText(text.upper())

    def ask(self, period: DateRange, drafted: DraftedRule) -> None:
        """Work the bills out anew, after a pause in typing."""
        name = drafted.draft.name.strip() or self.tr("Draft")
        draft = PriceDraft(name, (drafted,))
        question = WhatIfQuestion(drafted.draft.application_id, period, (draft,))
        if question != self._question:
            self._question = question
            self._soon.start()

    def forget(self) -> None:
        """Show nothing: there is no draft, or it is not yet a price."""
        self._soon.stop()
        self._question = None
        self._clear(self.tr("The draft is not yet a price."))

    def _clear(self, why: str) -> None:
        for value in self.values:
            value.setText(figures.NOTHING)
        for note, text in zip(self.notes, (why, "", ""), strict=True):
            note.setText(text)
            note.set_role("muted")
        self.warned.emit("")

    def _ask(self) -> None:
        question = self._question
        if question is None:
            return
        if self._job is not None:
            self._job.cancel()

        def show(answer: WhatIfAnswer) -> None:
            if question == self._question:
                self._show(answer)

        def explain(error: AppError) -> None:
            if question == self._question and not isinstance(error, Cancelled):
                self._clear(str(error))

        self._job = self._jobs.start(
            WhatIfService.simulate, question, done=show, failed=explain, owner=self
        )

    def _show(self, answer: WhatIfAnswer) -> None:
        outcomes = answer.drafts[0].currencies if answer.drafts else ()
        if not outcomes:
            self._clear(self.tr("No usage that is priced."))
            return
        self._show_outcome(max(outcomes, key=lambda one: one.customers), answer.customers)

    def _show_outcome(self, one: CurrencyOutcome, customers: int) -> None:
        self.values[0].setText(figures.money(one.live))
        self.values[1].setText(figures.money(one.draft))
        self.values[2].setText(f"{one.up.customers} / {one.down.customers}")
        change = Decimal(one.draft.amount_minor - one.live.amount_minor)
        arrow, role = ("▲", "ok") if change > 0 else ("▼", "bad") if change < 0 else ("", "muted")
        share = abs(change) / one.live.amount_minor if one.live.amount_minor else None
        self.notes[0].setText("")
        self.notes[1].set_role(role)
        self.notes[1].setText(f"{arrow} {figures.percent(share)}" if share else "")
        self.notes[2].setText(self.tr("%n unchanged", "", one.unchanged))
        much = self.tr(
            "Publishing raises the bill of %n of {all} customers by more than 20 %.",
            "",
            one.much_dearer,
        )
        self.warned.emit(much.format(all=customers) if one.much_dearer else "")
        self._announce()

    def _announce(self) -> None:
        pairs = zip(self.captions, self.values, strict=True)
        said = ". ".join(f"{caption.text()}: {value.text()}" for caption, value in pairs)
        self.setAccessibleName(said)
