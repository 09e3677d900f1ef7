"""The tabs Account and Mail: their cards from top to bottom, filled when they are looked at."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.domain.errors import AppError
from desktop.domain.mail import MailPicture
from desktop.services.mail.keeping import MailService
from desktop.views.message_bar import Tone
from desktop.views.page import Card
from desktop.views.settings.deletion_card import DeletionCard
from desktop.views.settings.mail_card import MailCard
from desktop.views.settings.members_card import MembersCard
from desktop.views.settings.notices_card import NoticesCard
from desktop.views.settings.outbox_card import OutboxCard
from desktop.views.settings.profile_card import ProfileCard
from desktop.views.settings.sign_in_card import SignInCard

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class AccountPanel(QObject):
    """Sign-in, profile, members and devices, and the end of it all."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self.sign_in, self.profile = SignInCard(jobs), ProfileCard(jobs)
        self.members, self.deletion = MembersCard(jobs), DeletionCard(jobs)
        self.sign_in.changed.connect(self.load)
        self.profile.age_known.connect(lambda known: self.sign_in.ask_age(is_declared=known))

    def cards(self) -> tuple[Card, ...]:
        return (self.sign_in, self.profile, self.members, self.deletion)

    def load(self) -> None:
        """Ask for what the tab shows."""
        for card in (self.sign_in, self.profile, self.members, self.deletion):
            card.load()

    def forget_typed(self) -> None:
        """Clear fields that hold a secret."""
        self.sign_in.forget_typed()


class MailPanel(QObject):
    """Mail server and outbox."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self.server, self.notices, self.outbox = MailCard(jobs), NoticesCard(jobs), OutboxCard(jobs)
        self.server.server_shown.connect(self.notices.show_server)
        self.outbox.changed.connect(self._show)

    def cards(self) -> tuple[Card, ...]:
        return (self.server, self.notices, self.outbox)

    def load(self) -> None:
        """Ask for what the tab shows."""
        self._jobs.start(
            MailService.picture, done=self._show, failed=self._explain, owner=self.server
        )
        self.outbox.load_preview()

    def forget_typed(self) -> None:
        """Clear fields that hold a secret."""
        self.server.forget_typed()

    def _show(self, picture: MailPicture) -> None:
        self.server.show_server(picture.server)
        self.notices.show_wanted(picture.notices)
        self.outbox.show_picture(picture)

    def _explain(self, error: AppError) -> None:
        self.server.message.say(Tone.BAD, str(error))
