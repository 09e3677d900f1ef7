"""Words for an erasure: its plan, its steps and what holds it."""

from collections.abc import Iterator, Mapping
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QWidget

from desktop.domain.privacy.erasure import (
    ErasurePlan,
    ErasureProgress,
    Fate,
    LegalHold,
    Place,
    PlanLine,
    Step,
    StepProgress,
    StepState,
)
from desktop.views import figures
from desktop.views.lines import IconLine
from desktop.views.privacy.words import say

PLACES: Final[Mapping[Place, object]] = {
    Place.VAULT: QT_TRANSLATE_NOOP("privacy", "Vault"),
    Place.SERVICE: QT_TRANSLATE_NOOP("privacy", "Service"),
    Place.STRIPE: QT_TRANSLATE_NOOP("privacy", "Stripe"),
    Place.PADDLE: QT_TRANSLATE_NOOP("privacy", "Paddle"),
    Place.SIGN_IN: QT_TRANSLATE_NOOP("privacy", "Sign-in provider"),
    Place.FILES: QT_TRANSLATE_NOOP("privacy", "File"),
    Place.BACKUPS: QT_TRANSLATE_NOOP("privacy", "Backups"),
}
FATES: Final[Mapping[Fate, object]] = {
    Fate.DELETE: QT_TRANSLATE_NOOP("privacy", "deleted"),
    Fate.ANONYMIZE: QT_TRANSLATE_NOOP("privacy", "anonymized, sums stay"),
    Fate.KEEP: QT_TRANSLATE_NOOP("privacy", "kept"),
}
STEPS: Final[Mapping[Step, object]] = {
    Step.NOTE: QT_TRANSLATE_NOOP("privacy", "Noted beside the vault and in the service"),
    Step.SERVICE: QT_TRANSLATE_NOOP("privacy", "Erased in the service"),
    Step.PROCESSORS: QT_TRANSLATE_NOOP("privacy", "Processors asked to erase"),
    Step.VAULT: QT_TRANSLATE_NOOP("privacy", "Erased in the vault"),
    Step.CHECK: QT_TRANSLATE_NOOP("privacy", "Everything searched once more"),
    Step.SUPPRESS: QT_TRANSLATE_NOOP("privacy", "Addresses not written to again"),
    Step.CERTIFY: QT_TRANSLATE_NOOP("privacy", "Certificate signed"),
}
WHAT: Final[Mapping[str, object]] = {
    "configuration": QT_TRANSLATE_NOOP("privacy", "name and sealed identity"),
    "customer": QT_TRANSLATE_NOOP("privacy", "row of the customer"),
    "customer_days": QT_TRANSLATE_NOOP("privacy", "usage by day"),
    "customer_hours": QT_TRANSLATE_NOOP("privacy", "usage by hour"),
    "member": QT_TRANSLATE_NOOP("privacy", "account of a member"),
    "written_files": QT_TRANSLATE_NOOP("privacy", "where files were written"),
    "kept_traces": QT_TRANSLATE_NOOP("privacy", "single calls that were looked at"),
    "secrets": QT_TRANSLATE_NOOP("privacy", "what you wrote beside your keys"),
    "incidents": QT_TRANSLATE_NOOP("privacy", "what you noted beside charts"),
    "limit_override": QT_TRANSLATE_NOOP("privacy", "own limits"),
    "freeze": QT_TRANSLATE_NOOP("privacy", "freeze of the customer"),
    "block": QT_TRANSLATE_NOOP("privacy", "blocks"),
    "customer_plan": QT_TRANSLATE_NOOP("privacy", "plans"),
    "edit_history": QT_TRANSLATE_NOOP("privacy", "edits that were sent"),
    "outbox": QT_TRANSLATE_NOOP("privacy", "edits that wait"),
    "billing_links": QT_TRANSLATE_NOOP("privacy", "who pays for them"),
    "billing_claims": QT_TRANSLATE_NOOP("privacy", "usage that was reported"),
    "billing_run_lines": QT_TRANSLATE_NOOP("privacy", "lines of reports"),
    "calls": QT_TRANSLATE_NOOP("privacy", "contents of single calls"),
}
"""Tables that an owner meets under another name; the others are shown as they are called."""
ICONS: Final = {
    StepState.DONE: ("circle-check", "ok"),
    StepState.WAITING: ("clock", "muted"),
    StepState.FAILED: ("triangle-alert", "warn"),
}


def plan_lines(plan: ErasurePlan) -> Iterator[QWidget]:
    """What would happen, place by place; then what is held and who could not be asked."""
    for line in plan.lines:
        icon, colour = ("lock", "warn") if line.fate is Fate.KEEP else ("circle-check", "ok")
        yield IconLine(icon, colour, _planned(line))
    for hold in plan.holds:
        yield IconLine("lock", "warn", held(hold))
    for missing in plan.unreachable:
        yield IconLine("triangle-alert", "warn", missing)


def progress_lines(now: ErasureProgress) -> Iterator[QWidget]:
    """Each step with how it stands, then what a hold keeps."""
    for step in now.steps:
        yield IconLine(*ICONS[step.state], _step(step))
    for hold in now.holds:
        yield IconLine("lock", "warn", held(hold))


def _planned(line: PlanLine) -> str:
    what = say(WHAT[line.what]) if line.what in WHAT else line.what
    what = what if line.place is Place.FILES else what.replace("_", " ")
    text = f"{say(PLACES[line.place])} · {what}: {figures.count(line.rows)} {say(FATES[line.fate])}"
    return f"{text}. {line.ground}" if line.ground else text


def _step(step: StepProgress) -> str:
    text = say(STEPS[step.step])
    return f"{text}: {step.detail}" if step.detail else text


def held(hold: LegalHold) -> str:
    """What is held, why, since when and until when."""
    day = figures.day(hold.placed_at.date(), with_year=True)
    what = f"{hold.category.value} {hold.record_id}".rstrip()
    since = f"{what} · {hold.ground} ({day})"
    if hold.until is None:
        return since
    end = say(QT_TRANSLATE_NOOP("privacy", "ends after {day}"))
    return f"{since} · {end.format(day=figures.day(hold.until, with_year=True))}"
