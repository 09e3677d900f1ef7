"""The lines an owner pastes into the API, for each framework, with key and address filled in."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.domain.connection import Snippet
from desktop.domain.errors import AppError
from desktop.domain.ids import KeyId
from desktop.services.connection import ConnectionService
from desktop.views.choice import Choice
from desktop.views.clipboard import SECONDS_KEPT, SecretClipboard
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class SnippetPanel(QWidget):
    """One framework at a time. The code holds the SDK key, so the clipboard forgets it again."""

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__()
        self._jobs, self._clipboard = jobs, clipboard
        self._snippets: dict[str, Snippet] = {}
        self.message = MessageBar(dismissable=False)
        frameworks = ("FastAPI", "Flask", "Gin")
        self.framework = Choice(self.tr("Framework"), tuple((name, name) for name in frameworks))
        self.framework.changed.connect(self._show_chosen)
        self.install = QLineEdit()
        self.install.setReadOnly(True)
        self.install.setAccessibleName(self.tr("Command that installs the SDK"))
        self.install.setProperty("role", "code")
        self.code = _code(self.tr("Code to paste"))
        self.note = PlainLabel(role="muted", wrap=True)
        self.copied = PlainLabel(role="ok")
        self.copy_install = Button(self.tr("Copy the command"), icon_name="copy")
        self.copy_code = Button(self.tr("Copy the code"), icon_name="copy")
        self.copy_install.clicked.connect(lambda: self._copy(self.install.text()))
        self.copy_code.clicked.connect(lambda: self._copy(self.code.toPlainText()))
        self._arrange()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.message)
        column.addLayout(row_of(self.framework, None, self.copied))
        column.addLayout(row_of(self.install, self.copy_install))
        column.addWidget(self.code, 1)
        column.addWidget(self.note)
        column.addLayout(row_of(None, self.copy_code))

    def load(self, key_id: KeyId | None = None) -> None:
        """Fetch the snippets from the vault, with one key or with this workspace's own."""
        self._jobs.start(
            ConnectionService.snippets,
            key_id,
            done=self._show,
            failed=partial(self._explain, key_id),
            owner=self,
        )

    def _show(self, snippets: tuple[Snippet, ...]) -> None:
        self.message.dismiss()
        self._snippets = {snippet.framework: snippet for snippet in snippets}
        self._show_chosen()

    def _explain(self, key_id: KeyId | None, error: AppError) -> None:
        retry = partial(self.load, key_id)
        self.message.say(Tone.BAD, str(error), (self.tr("Retry"), retry))

    def _show_chosen(self) -> None:
        snippet = self._snippets.get(self.framework.value())
        for part in (self.copy_install, self.copy_code):
            part.setEnabled(snippet is not None)
        self.copied.setText("")
        self.install.setText(snippet.install if snippet else "")
        self.install.setCursorPosition(0)
        self.code.setPlainText(snippet.code if snippet else "")
        self.note.setText(snippet.note if snippet else "")
        self.note.setVisible(bool(snippet and snippet.note))

    def _copy(self, text: str) -> None:
        self._clipboard.copy(text)
        said = self.tr("Copied. The clipboard is cleared in {seconds} seconds.")
        self.copied.setText(said.format(seconds=SECONDS_KEPT))

    def forget(self) -> None:
        """Take the key off the screen."""
        self._snippets = {}
        self._show_chosen()


def _code(name: str) -> QPlainTextEdit:
    edit = QPlainTextEdit()
    edit.setReadOnly(True)
    edit.setTabChangesFocus(True)
    edit.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    edit.setAccessibleName(name)
    edit.setMinimumHeight(150)
    return edit
