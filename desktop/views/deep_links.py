"""Links such as `usageflow://usage?from=2026-06-01&to=2026-07-01`: checked, asked about, opened.

A link comes from anywhere. It is read by the one spelling of questions, which knows nothing but
questions; what it cannot read is refused in words, and nothing was done.
"""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QInputDialog, QWidget

from desktop.domain.errors import InvalidInput
from desktop.domain.usage import Application
from desktop.domain.usage_questions import Question
from desktop.domain.usage_spelling import question_of_link
from desktop.domain.usage_views import UsageView
from desktop.views.dialogs.problem import show_problem
from desktop.views.dialogs.question import QuestionDialog

Known = Callable[[], tuple[Application, ...] | None]
Show = Callable[[Application, UsageView], None]


class DeepLinks:
    """Opens links in a window."""

    def __init__(self, window: QWidget, known: Known, shown: Callable[[], Application | None],
                 show: Show) -> None:  # fmt: skip
        """Make the opener.

        Args:
            window: what questions stand in front of.
            known: the applications of the vault.
            shown: the application on screen.
            show: shows a view of an application.
        """
        self._window, self._known, self._shown, self._show = window, known, shown, show

    def ask_for_link(self) -> None:
        """Ask the owner for a link."""
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(_tr("Open a link"))
        dialog.setLabelText(_tr("Link to a view of usage (usageflow://usage?…)"))
        dialog.textValueSelected.connect(self.open)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open(self, link: str) -> None:
        """Show what a link asks for, after a confirmation where that leaves the application."""
        try:
            question = question_of_link(link.strip())
            application = self._application(question)
        except InvalidInput as problem:
            show_problem(self._window, str(problem))
            return
        view = UsageView(question)
        if application == self._shown():
            self._show(application, view)
        else:
            self._confirm(application, view)

    def _application(self, question: Question) -> Application:
        """Raises: InvalidInput when the vault does not know it."""
        wanted = question.application_id
        shown = self._shown()
        if wanted is None and shown is not None:
            return shown
        found = next((one for one in self._known() or () if one.application_id == wanted), None)
        if found is None:
            raise InvalidInput(
                _tr(
                    "The link names an application that this vault does not have. Nothing was done."
                ),
                field="application_id",
            )
        return found

    def _confirm(self, application: Application, view: UsageView) -> None:
        text = _tr("The link leads to another application: {name}. Change to it?")
        dialog = QuestionDialog(
            self._window,
            _tr("Open a link"),
            text.format(name=application.name),
            _tr("&Change to it"),
        )
        dialog.agreed.connect(lambda: self._show(application, view))
        dialog.open()


def _tr(text: str) -> str:
    return QCoreApplication.translate("DeepLinks", text)
