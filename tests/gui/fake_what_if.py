"""Bills as they would have been, and files of rules, behind the Pricing page."""

from desktop.domain.ids import ApplicationId
from desktop.domain.money import Money
from desktop.domain.pricing.changes import FilePreview
from desktop.domain.usage import Stamp
from desktop.domain.what_if import (
    CurrencyOutcome,
    DraftOutcome,
    Moved,
    WhatIfAnswer,
    WhatIfQuestion,
)
from desktop.services import rule_files, what_if
from desktop.services.calls import Report, callable_from_window
from tests.gui.fakes import _Service

LIVE, DRAFT = Money(1_820_455, "USD"), Money(2_091_102, "USD")
OUTCOME = CurrencyOutcome(
    live=LIVE,
    draft=DRAFT,
    customers=41,
    up=Moved(29, Money(280_647, "USD")),
    down=Moved(8, Money(-10_000, "USD")),
    unchanged=4,
    much_dearer=3,
    newly_billed=0,
    no_longer_billed=0,
    movers=(),
    distribution=(0, 0, 3, 5, 10, 16, 3, 0),
)


class WhatIfService(_Service, what_if.WhatIfService):
    @callable_from_window
    def simulate(self, report: Report, question: WhatIfQuestion) -> WhatIfAnswer:
        self.controls.enter("WhatIfService.simulate", question)
        report(1, 1)
        outcomes = tuple(
            DraftOutcome(draft.name, (OUTCOME,), (), (), (), 0) for draft in question.drafts
        )
        return WhatIfAnswer(outcomes, 41, 820, Stamp(None, online=True))


class RuleFileService(_Service, rule_files.RuleFileService):
    @callable_from_window
    def export_file(self, application_id: ApplicationId, path: str) -> int:
        self.controls.enter("RuleFileService.export_file", application_id, path)
        return len(self.controls.rules)

    @callable_from_window
    def preview_file(self, application_id: ApplicationId, path: str, only: str = "") -> FilePreview:
        self.controls.enter("RuleFileService.preview_file", application_id, path, only)
        return self.controls.file

    @callable_from_window
    def import_file(self, application_id: ApplicationId, path: str, only: str = "") -> FilePreview:
        self.controls.enter("RuleFileService.import_file", application_id, path, only)
        return self.controls.file
