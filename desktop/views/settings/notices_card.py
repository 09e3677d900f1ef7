"""Which notices go to the API's owner."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox

from desktop.domain.errors import AppError
from desktop.domain.mail import MailServer, OwnerNoticesWanted
from desktop.services.mail.keeping import MailService
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class NoticesCard(Card):
    """Two boxes, stored as they are ticked; a tick that could not be stored is taken back."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(PlainLabel(self.tr("Notices to you"), role="heading"))
        self._jobs = jobs
        self._stored = OwnerNoticesWanted()
        self.message = MessageBar()
        self.goes_to = PlainLabel("", role="muted", wrap=True)
        self.limits = QCheckBox(self.tr("When a &limit is reached"))
        self.invoices = QCheckBox(self.tr("When a month's &invoices are ready"))
        for part in (self.goes_to, self.message, self.limits, self.invoices):
            self.column.addWidget(part)
        for box in (self.limits, self.invoices):
            box.clicked.connect(self._store)

    def show_server(self, server: MailServer) -> None:
        """Show where letters go."""
        said = self.tr("Notices go to {address}.").format(address=server.owner)
        self.goes_to.setText(said if server.is_set_up else self.tr("Enter a mail server first."))
        for box in (self.limits, self.invoices):
            box.setEnabled(server.is_set_up)

    def show_wanted(self, wanted: OwnerNoticesWanted) -> None:
        """Show what is stored."""
        self._stored = wanted
        self.limits.setChecked(wanted.limits)
        self.invoices.setChecked(wanted.invoices)

    def _store(self) -> None:
        self.message.dismiss()
        wanted = OwnerNoticesWanted(self.limits.isChecked(), self.invoices.isChecked())
        self._jobs.start(
            MailService.set_notices, wanted, done=self.show_wanted, failed=self._explain, owner=self
        )

    def _explain(self, error: AppError) -> None:
        self.show_wanted(self._stored)
        self.message.say(Tone.BAD, str(error))
