"""The services that answer questions about usage, together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.services.usage_export import UsageExportService
from desktop.services.usage_keeping import UsageKeepingService
from desktop.services.usage_packing import UsagePacking
from desktop.services.usage_questions import UsageQuestionService
from desktop.services.usage_rows import UsageRowsService

if TYPE_CHECKING:
    from desktop.domain.usage import Stamp
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class UsageAnswers:
    """May be used on any thread."""

    questions: UsageQuestionService
    export: UsageExportService
    rows: UsageRowsService
    keeping: UsageKeepingService
    packing: UsagePacking

    def all(self) -> tuple[object, ...]:
        """The services themselves."""
        return self.questions, self.export, self.rows, self.keeping


def build_answers(
    vault: Vault,
    stamp: Callable[[], Stamp],
    clock: Callable[[], datetime],
    notice: Callable[[str], None],
) -> UsageAnswers:
    """`stamp` says how current the vault is, `notice` tells the window what changed."""
    questions = UsageQuestionService(vault, stamp, clock)
    export = UsageExportService(questions)
    keeping = UsageKeepingService(vault, clock, notice)
    rows = UsageRowsService(questions)
    return UsageAnswers(questions, export, rows, keeping, UsagePacking(vault, clock))
