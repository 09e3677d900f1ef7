"""What-if: drafts of prices tried on the vault's own usage. Needs no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId
from desktop.domain.pricing.drafts import draft_of
from desktop.domain.usage import Stamp
from desktop.domain.what_if import (
    MOST_DRAFTS,
    BreakEven,
    BreakEvenQuestion,
    DraftedRule,
    PriceDraft,
    SavedScenario,
    WhatIfAnswer,
    WhatIfChoices,
    WhatIfQuestion,
)
from desktop.services.calls import Report, callable_from_window
from desktop.services.csv_file import CsvFile
from desktop.services.export import ExportReceipt
from desktop.services.publishing import today_in
from desktop.services.rule_files import content_of
from desktop.services.storage import customers, rule_drafts, scenarios
from desktop.services.storage.rows import RULES
from desktop.services.usage_chart import check_period

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault

MAX_NAME: Final = 100


class WhatIfService:
    """The heavy parts are imported when they are first needed: they bring numpy."""

    def __init__(
        self,
        vault: Vault,
        stamp: Callable[[], Stamp],
        new_id: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._vault = vault
        self._stamp = stamp
        self._new_id = new_id
        self._clock = clock

    @callable_from_window
    def simulate(self, report: Report, question: WhatIfQuestion) -> WhatIfAnswer:
        """Try the drafts; `report` counts stretches of days times price lists.

        Raises: InvalidInput (field `period`, `drafts`, or of a drafted rule such as
            `price.tiers[1].up_to`), Cancelled, VaultError.
        """
        from desktop.services import simulation

        checked(question)
        return simulation.simulate(self._vault, question, self._stamp(), self._clock(), report)

    @callable_from_window
    def break_even(self, report: Report, question: BreakEvenQuestion) -> BreakEven:
        """Find the value at which the draft brings what the live prices bring.

        Raises: InvalidInput (field `field`: no such number, or no value in the range breaks even;
            or as for `simulate`), Cancelled, VaultError.
        """
        from desktop.services import break_even

        checked(question.what_if)
        return break_even.find(self._vault, question, self._clock(), report)

    @callable_from_window
    def export(self, report: Report, question: WhatIfQuestion, path: str) -> ExportReceipt:
        """Write every line of the live and the drafted bills as CSV.

        Raises: ExportFailed, Cancelled (no partial file is left); as for `simulate`.
        """
        from desktop.services import simulation

        checked(question)
        with CsvFile(path, simulation.COLUMNS) as file:
            for rows in simulation.lines(self._vault, question, self._clock(), report):
                file.write_rows(rows)
        return file.receipt()

    @callable_from_window
    def choices(self, application_id: ApplicationId) -> WhatIfChoices:
        """What can be tried: the rules that hold, what was typed of them, and saved scenarios."""
        with self._vault.reading() as db:
            return WhatIfChoices(
                rules=tuple(
                    sorted(RULES.of_application(db, application_id), key=lambda rule: rule.name)
                ),
                drafts=rule_drafts.of_application(db, application_id),
                customers=customers.of_application(db, application_id),
                scenarios=scenarios.of_application(db, application_id),
            )

    def draft_from_file(self, application_id: ApplicationId, path: str) -> PriceDraft:
        """A file of rules as a draft: those it names by id or name are changed, others are new.

        Raises: InvalidInput (field `file`, or that of the first mistake).
        """
        from desktop.services.rule_text import read_rule_file

        content = content_of(path)
        with self._vault.reading() as db:
            today = today_in(db, application_id, self._clock())
            file = read_rule_file(content, application_id, today)
            if file.problems:
                first = file.problems[0]
                raise InvalidInput(f"Line {first.line}: {first.message}", field=first.field)
            known = {rule.name: rule.rule_id for rule in RULES.of_application(db, application_id)}
        drafted = [
            DraftedRule(draft_of(rule.terms), rule.rule_id or known.get(rule.terms.name))
            for rule in file.rules
        ]
        return PriceDraft(Path(path).stem, tuple(drafted))

    @callable_from_window
    def save_scenario(self, name: str, question: WhatIfQuestion) -> SavedScenario:
        """Keep a question under a name; the one of the same name before is replaced.

        Raises: InvalidInput (field `name`), VaultError.
        """
        named = name.strip()
        if not 1 <= len(named) <= MAX_NAME:
            raise InvalidInput(
                f"A scenario needs a name of 1 to {MAX_NAME} characters. Nothing was saved.",
                field="name",
            )
        scenario = SavedScenario(f"scn_{self._new_id()}", named, question, self._clock())
        with self._vault.transaction() as db:
            scenarios.save(db, scenario)
        return scenario

    @callable_from_window
    def scenarios(self, application_id: ApplicationId) -> tuple[SavedScenario, ...]:
        """By name."""
        with self._vault.reading() as db:
            return scenarios.of_application(db, application_id)

    @callable_from_window
    def delete_scenario(self, scenario_id: str) -> None:
        """Forget a scenario; nothing for one that is gone."""
        with self._vault.transaction() as db:
            scenarios.delete(db, scenario_id)


def checked(question: WhatIfQuestion) -> None:
    """Raises: InvalidInput with the field."""
    check_period(question.period)
    if len(question.drafts) > MOST_DRAFTS:
        raise InvalidInput(
            f"Up to {MOST_DRAFTS} drafts can be compared. Take some away.", field="drafts"
        )
