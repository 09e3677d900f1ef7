"""What the owner says of themselves, and its correction."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from desktop.domain.errors import AppError
from desktop.domain.sign_in import Correction, Profile
from desktop.services.sign_in.profile import ProfileService
from desktop.views import figures
from desktop.views.form_field import FormField, text_of
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class ProfileCard(Card):
    """Name, address, company."""

    age_known = Signal(bool)
    """Whether the owner has declared to be of age."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(PlainLabel(self.tr("Profile"), role="heading"))
        self._jobs = jobs
        self.message = MessageBar()
        self.fields = {
            "name": FormField(self.tr("Your &name"), QLineEdit()),
            "email": FormField(self.tr("Your e-mai&l address"), QLineEdit()),
            "company": FormField(self.tr("Your compan&y"), QLineEdit()),
        }
        self.corrected = PlainLabel(role="muted")
        self.correct = Button(self.tr("Co&rrect"))
        self.correct.clicked.connect(self._correct)
        about = self.tr("It stays in this vault. That it was corrected is recorded, not from what.")
        for part in (PlainLabel(about, role="muted", wrap=True), self.message):
            self.column.addWidget(part)
        self.column.addLayout(row_of(*self.fields.values()))
        self.column.addLayout(row_of(self.correct, self.corrected, None))

    def load(self) -> None:
        """Ask for the profile and its corrections."""
        start = self._jobs.start
        start(ProfileService.profile, done=self._show, failed=self._explain, owner=self)
        start(
            ProfileService.corrections,
            done=self._show_corrections,
            failed=self._explain,
            owner=self,
        )

    def _show(self, profile: Profile) -> None:
        for name, field in self.fields.items():
            if isinstance(field.control, QLineEdit):
                field.control.setText(str(getattr(profile, name)))
        self.age_known.emit(profile.adult_declared_at is not None)

    def _show_corrections(self, corrections: tuple[Correction, ...]) -> None:
        if corrections:
            said = self.tr("Last corrected {moment}.")
            self.corrected.setText(said.format(moment=figures.moment(corrections[0].at)))

    def _correct(self) -> None:
        self.message.dismiss()
        for field in self.fields.values():
            field.explain("")
        name, email, company = (text_of(field.control) for field in self.fields.values())
        wanted = Profile(name, email, company)
        self._jobs.start(
            ProfileService.correct, wanted, done=self._done, failed=self._explain, owner=self
        )

    def _done(self, profile: Profile) -> None:
        self._show(profile)
        self.message.say(Tone.OK, self.tr("Corrected."))
        self.load()

    def _explain(self, error: AppError) -> None:
        field = self.fields.get(error.field or "")
        if field is not None:
            field.explain(str(error))
            field.control.setFocus()
        else:
            self.message.say(Tone.BAD, str(error))
