"""The vault itself: where it lives, how old its key is, whether it is sound."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.vault import Finding, Severity, VaultInfo, Verification
from desktop.services.vault_keeping import VaultService
from desktop.views import figures
from desktop.views.activities import Activities
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.progress_line import ProgressLine
from desktop.views.settings.dialogs import rotation_dialog
from desktop.views.text import ElidedLabel, PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

OLD_KEY_DAYS: Final = 365
RECOVERY_TOPIC: Final = "recovery-code"
ICONS: Final = {
    Severity.OK: ("circle-check", "ok"),
    Severity.ADVICE: ("info", "muted"),
    Severity.WARNING: ("triangle-alert", "warn"),
}


class VaultCard(Card):
    """Facts, findings, and two long actions with their progress."""

    said = Signal(str)
    """What was done, in a sentence."""
    changed = Signal()

    def __init__(self, jobs: "Jobs", activities: Activities) -> None:
        super().__init__(PlainLabel(self.tr("The vault"), role="heading"))
        self._jobs, self._activities = jobs, activities
        self.place = ElidedLabel()
        self.facts, self.key_age = PlainLabel(role="muted"), PlainLabel(role="muted", wrap=True)
        self.show_folder = Button(self.tr("Show the &folder"), icon_name="folder")
        self.show_folder.clicked.connect(self._open_folder)
        self.findings = Lines(spacing=6)
        self.rotate = Button(self.tr("R&otate the key…"), icon_name="rotate-ccw")
        self.verify = Button(self.tr("&Verify now"), icon_name="shield-check")
        self.rotate.clicked.connect(self._rotate)
        self.verify.clicked.connect(self._verify)
        self.progress = ProgressLine(self.tr("Verifying the vault"))
        self.message = MessageBar()
        place = row_of(self.place, self.show_folder)
        place.setStretch(0, 1)
        self.column.addWidget(self.message)
        self.column.addLayout(place)
        for part in (self.facts, self.key_age, self.findings):
            self.column.addWidget(part)
        self.column.addLayout(row_of(self.verify, self.rotate, None))
        self.column.addWidget(self.progress)

    def show_info(self, info: VaultInfo) -> None:
        """Show where the vault is and how old its key."""
        self.place.set_whole_text(info.directory)
        said = self.tr("{size}, change number {number}, made on {day}")
        self.facts.setText(
            said.format(
                size=figures.size(info.size_bytes),
                number=figures.count(info.generation),
                day=figures.day(info.created_at.astimezone().date(), with_year=True),
            )
        )
        self._show_key_age(info.key_since)
        self.rotate.setDisabled(info.is_older_copy)

    def _show_key_age(self, since: datetime) -> None:
        days = (datetime.now(UTC) - since).days
        said = self.tr("Its key is in use since {day}.")
        text = said.format(day=figures.day(since.astimezone().date(), with_year=True))
        if days >= OLD_KEY_DAYS:
            text = f"{text} {self.tr('A new one each year limits what an old leak can open.')}"
        self.key_age.setText(text)
        self.key_age.set_role("warn" if days >= OLD_KEY_DAYS else "muted")

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show what was looked at, most urgent first; the ways in have a card of their own."""
        shown = (finding for finding in findings if finding.topic != RECOVERY_TOPIC)
        self.findings.fill(_line(finding) for finding in shown)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self.place.whole_text()))

    def _rotate(self) -> None:
        dialog = rotation_dialog(self.window(), self._jobs)
        dialog.succeeded.connect(self._rotated)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _rotated(self) -> None:
        self.said.emit(self.tr("The vault has a new key."))
        self.changed.emit()

    def _verify(self) -> None:
        self.message.dismiss()
        self.verify.setEnabled(False)
        job = self._activities.start(
            self.tr("Verify the vault"),
            VaultService.verify,
            done=self._show_verified,
            failed=self._explain,
            owner=self,
        )
        job.finished.connect(lambda: self.verify.setEnabled(True))
        self.progress.follow(job)

    def _show_verified(self, found: Verification) -> None:
        said = self.tr(
            "Every page was read and is as it was written: {pages} pages, {entries} entries in the "
            "vault's own record."
        )
        text = said.format(
            pages=figures.count(found.pages), entries=figures.count(found.audit_entries)
        )
        self.message.say(Tone.OK, text)

    def _explain(self, error: AppError) -> None:
        tone = Tone.INFO if isinstance(error, Cancelled) else Tone.BAD
        self.message.say(tone, str(error))


def _line(finding: Finding) -> QWidget:
    return IconLine(*ICONS[finding.severity], finding.text)
