"""Files with personal data that were written outside the vault, and the way to be rid of them."""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.privacy.written import FileKind, FileLine, FileState
from desktop.services.privacy.written_files import WrittenFileService
from desktop.views import figures
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.privacy import words
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.jobs import Jobs

KINDS: Final = {
    FileKind.PACKAGE: QT_TRANSLATE_NOOP("privacy", "File for a person"),
    FileKind.ACCOUNT: QT_TRANSLATE_NOOP("privacy", "Export of all data"),
    FileKind.CONFIGURATION: QT_TRANSLATE_NOOP("privacy", "Export of the configuration"),
}
STATES: Final = {
    FileState.THERE: ("file-text", "muted", QT_TRANSLATE_NOOP("privacy", "still there")),
    FileState.CHANGED: (
        "triangle-alert",
        "warn",
        QT_TRANSLATE_NOOP("privacy", "changed since, or not to be read"),
    ),
    FileState.GONE: ("circle-check", "ok", QT_TRANSLATE_NOOP("privacy", "gone from there")),
}


class WrittenFilesCard(QWidget):
    """Hidden while no file is known."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self.message = MessageBar()
        self.files = Lines(spacing=8)
        self.deletes: dict[str, Button] = {}
        self.forgets: dict[str, Button] = {}
        about = PlainLabel(
            self.tr(
                "Packages and exports lie outside the vault, where it cannot protect them. An "
                "erasure deletes those that name the person, as long as they are unchanged."
            ),
            role="muted",
            wrap=True,
        )
        heading = PlainLabel(self.tr("Files with personal data"), role="heading")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(Card(heading, about, self.message, self.files))
        self.hide()

    def reload(self) -> None:
        """Look at the files again."""
        self._jobs.start(WrittenFileService.listed, done=self._show, failed=self._fail, owner=self)

    def _show(self, lines: tuple[FileLine, ...]) -> None:
        self.deletes, self.forgets = {}, {}
        self.files.fill(self._line(line) for line in lines)
        self.setVisible(bool(lines) or self.message.isVisible())

    def _line(self, line: FileLine) -> QWidget:
        icon, colour, state = STATES[line.state]
        file, parts = line.file, [words.say(KINDS[line.file.kind]), line.request]
        parts += [figures.moment(file.written_at), figures.size(file.size_bytes), words.say(state)]
        if file.due_for:
            icon, colour = "triangle-alert", "bad"
            parts.append(self.tr("names somebody who was erased"))
        elif line.is_old and line.state is FileState.THERE:
            icon, colour = "clock", "warn"
            parts.append(self.tr("older than two weeks"))
        widget = QWidget()
        column = QVBoxLayout(widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(IconLine(icon, colour, f"{file.path}\n{' · '.join(filter(None, parts))}"))
        column.addLayout(row_of(*self._buttons(line), None))
        return widget

    def _buttons(self, line: FileLine) -> tuple[Button, ...]:
        delete = Button(self.tr("Delete file"), icon_name="trash-2")
        delete.setAccessibleName(self.tr("Delete {path}").format(path=line.file.path))
        delete.clicked.connect(lambda: self._ask(line))
        forget = Button(self.tr("Forget"))
        forget.setAccessibleName(self.tr("Forget {path}").format(path=line.file.path))
        forget.clicked.connect(lambda: self._act(WrittenFileService.forget, line))
        self.forgets[line.file.file_id] = forget
        if line.state is not FileState.THERE:
            return (forget,)
        self.deletes[line.file.file_id] = delete
        return delete, forget

    def _ask(self, line: FileLine) -> None:
        """Nothing brings a deleted file back."""
        said = self.tr("Delete {path} for good?").format(path=line.file.path)
        self.message.say(
            Tone.WARN,
            said,
            (self.tr("Delete for good"), lambda: self._act(WrittenFileService.delete, line)),
        )

    def _act(self, method: "Callable[..., Any]", line: FileLine) -> None:
        self.message.dismiss()
        self._jobs.start(method, line.file.file_id, done=self._show, failed=self._fail, owner=self)

    def _fail(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))
        self.show()
