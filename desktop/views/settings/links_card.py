"""Whether links of this program that are clicked anywhere open here."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox

from desktop.domain.errors import AppError
from desktop.domain.links import LinkHandling
from desktop.services.link_handler import LinkHandlerService
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class LinksCard(Card):
    """One box, applied as it is ticked; a tick that could not be applied is taken back."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(PlainLabel(self.tr("Links"), role="heading"))
        self._jobs = jobs
        self._known = LinkHandling(is_possible=False, is_on=False)
        self.message = MessageBar()
        self.opens_links = QCheckBox(
            self.tr("Open usageflow:// links from &other programs in this one")
        )
        self.opens_links.setEnabled(False)
        self.opens_links.clicked.connect(self._change)
        about = self.tr(
            "Such a link only shows a view of usage. It opens after the vault is unlocked, and "
            "after a question where it leads to another application."
        )
        for part in (PlainLabel(about, role="muted", wrap=True), self.message, self.opens_links):
            self.column.addWidget(part)

    def load(self) -> None:
        """Ask how it is."""
        self._jobs.start(
            LinkHandlerService.status, done=self._show, failed=self._explain, owner=self
        )

    def _change(self, wanted: bool) -> None:  # noqa: FBT001 (the box's signal)
        self.message.dismiss()
        self._jobs.start(
            LinkHandlerService.set, wanted, done=self._show, failed=self._explain, owner=self
        )

    def _show(self, found: LinkHandling) -> None:
        self._known = found
        self.opens_links.setEnabled(found.is_possible)
        self.opens_links.setChecked(found.is_on)

    def _explain(self, error: AppError) -> None:
        self._show(self._known)
        self.message.say(Tone.BAD, str(error))
