"""Words for the deletion of the account: what it would do, how it stands, how far it is."""

from collections.abc import Iterator, Mapping
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtWidgets import QWidget

from desktop.domain.privacy.account_deletion import (
    AccountDeletion,
    DeletionPreview,
    DeletionState,
    DeletionStep,
    DeletionStepLine,
    PreviewFate,
    PreviewLine,
)
from desktop.domain.privacy.erasure import StepState
from desktop.views import figures
from desktop.views.lines import IconLine
from desktop.views.text import PlainLabel

HEADINGS: Final[Mapping[PreviewFate, object]] = {
    PreviewFate.DELETED: QT_TRANSLATE_NOOP("deletion", "This is deleted"),
    PreviewFate.KEPT: QT_TRANSLATE_NOOP("deletion", "This is kept, and names nobody"),
    PreviewFate.NOT_REACHED: QT_TRANSLATE_NOOP("deletion", "This cannot be reached from here"),
}
ICONS: Final = {
    PreviewFate.DELETED: ("trash-2", "muted"),
    PreviewFate.KEPT: ("lock", "muted"),
    PreviewFate.NOT_REACHED: ("info", "muted"),
}
STEPS: Final[Mapping[DeletionStep, object]] = {
    DeletionStep.CLOSE: QT_TRANSLATE_NOOP("deletion", "Service closed, last figures read"),
    DeletionStep.BOOKS: QT_TRANSLATE_NOOP("deletion", "Books written without names"),
    DeletionStep.SERVICE: QT_TRANSLATE_NOOP("deletion", "Service emptied"),
    DeletionStep.CONNECTIONS: QT_TRANSLATE_NOOP("deletion", "Signed out, keyring cleared"),
    DeletionStep.VAULT: QT_TRANSLATE_NOOP("deletion", "Vault emptied"),
    DeletionStep.COMPUTER: QT_TRANSLATE_NOOP("deletion", "Backups, logs and archives deleted"),
    DeletionStep.CERTIFY: QT_TRANSLATE_NOOP("deletion", "Everything looked through and signed"),
}
STATES: Final = {
    StepState.DONE: ("circle-check", "ok"),
    StepState.WAITING: ("clock", "muted"),
    StepState.FAILED: ("triangle-alert", "warn"),
}
STANDINGS: Final[Mapping[str, object]] = {
    "asked": QT_TRANSLATE_NOOP(
        "deletion",
        "Your account is deleted from {day} on, and by {due} at the latest. Until it "
        "begins you can keep your account.",
    ),
    "late": QT_TRANSLATE_NOOP(
        "deletion",
        "The deletion has begun and is late: it was due on {due}. It goes on by itself "
        "as soon as it can.",
    ),
    "running": QT_TRANSLATE_NOOP(
        "deletion",
        "The deletion has begun and cannot be taken back. It is done by {due}, and "
        "goes on by itself.",
    ),
    "done": QT_TRANSLATE_NOOP(
        "deletion",
        "This account was deleted on {finished}. What is left is listed in the certificate.",
    ),
    "done with books": QT_TRANSLATE_NOOP(
        "deletion",
        "This account was deleted on {finished}. What is left is listed in the "
        "certificate; the books go by themselves on {until}.",
    ),
    "elsewhere": QT_TRANSLATE_NOOP(
        "deletion",
        "The account of the service was deleted on another computer. Nothing is sent "
        "or fetched any more. This vault still holds a copy of its data; delete it "
        "here, too.",
    ),
    "none": QT_TRANSLATE_NOOP(
        "deletion",
        "Deletes everything of your account: in this vault, in the service, and beside "
        "both. Books that tax law wants are kept to the cent, without names. You "
        "choose the day, and can withdraw it until then. It is done 30 days from now "
        "at the latest.",
    ),
}
"""How it may stand."""


def say(text: object) -> str:
    """A text of this module in the language of the window."""
    return QCoreApplication.translate("deletion", str(text))


def standing(found: AccountDeletion) -> str:
    """How the deletion stands, in a sentence or two."""
    return say(STANDINGS[_kind_of(found)]).format(
        day="" if found.day is None else figures.day(found.day, with_year=True),
        due="" if found.due is None else figures.day(found.due, with_year=True),
        finished="" if found.finished_at is None else figures.dated(found.finished_at),
        until="" if found.books_until is None else figures.day(found.books_until, with_year=True),
    )


def _kind_of(found: AccountDeletion) -> str:
    """Which of `STANDINGS` it is."""
    match found.state:
        case DeletionState.ASKED if found.day and found.due:
            return "asked"
        case DeletionState.RUNNING:
            return "late" if found.due and found.is_overdue else "running"
        case DeletionState.DONE:
            return "done" if found.books == 0 else "done with books"
    return "elsewhere" if found.is_deleted_elsewhere else "none"


def preview_lines(preview: DeletionPreview) -> Iterator[QWidget]:
    """What would go, what would be kept and why, and what is out of reach."""
    for fate in PreviewFate:
        yield PlainLabel(say(HEADINGS[fate]), role="heading")
        for line in preview.lines:
            if line.fate is fate:
                yield IconLine(*ICONS[fate], _told(line))


def step_lines(found: AccountDeletion) -> Iterator[QWidget]:
    """Every step with how far it is."""
    for line in found.steps:
        yield IconLine(*STATES[line.state], _step(line))


def _step(line: DeletionStepLine) -> str:
    name = say(STEPS[line.step])
    return f"{name}. {line.detail}" if line.detail else name


def _told(line: PreviewLine) -> str:
    text = f"{line.where}: {line.what}"
    if line.rows:
        text = f"{text} ({figures.count(line.rows)})"
    if not line.why:
        return text
    until = say(QT_TRANSLATE_NOOP("deletion", "Until: {until}.")).format(until=line.until)
    return f"{text}. {line.why} {until}"
