"""The self-audit with its findings, the numbers of privacy, and four eyes."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLineEdit, QWidget

from desktop.domain.privacy.approvals import FourEyes
from desktop.domain.privacy.numbers import PrivacyNumbers
from desktop.domain.privacy.self_audit import AuditStanding, Verdict
from desktop.services.privacy.approvals import ApprovalService
from desktop.services.privacy.overview import PrivacyOverview
from desktop.services.privacy.self_audit import SelfAuditService
from desktop.views import figures
from desktop.views.form_field import FormField, forget
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import Tone
from desktop.views.privacy import words
from desktop.views.privacy.tab import PrivacyTab, beside, buttons, form_card
from desktop.views.scrolled import Scrolled
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

ICONS: Final = {
    Verdict.GOOD: ("circle-check", "ok"),
    Verdict.LOOK: ("circle-alert", "warn"),
    Verdict.BAD: ("triangle-alert", "bad"),
}
CHECKS: Final = {
    "known defects": QT_TRANSLATE_NOOP("privacy", "Known defects"),
    "files of libraries": QT_TRANSLATE_NOOP("privacy", "Files of libraries"),
    "file modes": QT_TRANSLATE_NOOP("privacy", "File modes"),
    "encryption": QT_TRANSLATE_NOOP("privacy", "Encryption"),
    "last backup": QT_TRANSLATE_NOOP("privacy", "Last backup"),
    "restore drill": QT_TRANSLATE_NOOP("privacy", "Restore drill"),
    "privacy requests": QT_TRANSLATE_NOOP("privacy", "Privacy requests"),
    "files with personal data": QT_TRANSLATE_NOOP("privacy", "Files with personal data"),
    "log of privacy": QT_TRANSLATE_NOOP("privacy", "Log of privacy"),
}


class SelfAuditTab(PrivacyTab):
    """Findings on the left; numbers and four eyes on the right."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "Self-audit", SelfAuditService.standing)
        self.made_at = PlainLabel(role="muted", wrap=True)
        self.findings = Lines(spacing=10)
        self.run = Button(self.tr("&Run the audit"), role="primary", icon_name="shield-check")
        self.run.clicked.connect(self._run)
        self.write = Button(self.tr("&Write the report…"))
        self.write.clicked.connect(self._write)
        actions = buttons(self.run, self.write, None)
        inside = Scrolled(self.tr("Findings"), actions, self.made_at, self.findings)
        begin = Button(self.tr("Run the audit"), role="primary")
        begin.clicked.connect(self._run)
        empty = EmptyPanel(
            "shield-check",
            self.tr("No audit yet"),
            self.tr(
                "It looks at libraries, files, encryption, backups and requests, and signs it."
            ),
            begin,
        )
        cards = (self.message, self._numbers_card(), self._eyes_card())
        self.arrange(beside(inside, self.tr("Numbers and four eyes"), *cards), empty)

    def _numbers_card(self) -> QWidget:
        self.numbers = Lines(spacing=4)
        save = Button(self.tr("Save as &CSV…"))
        save.clicked.connect(self._save_numbers)
        actions = buttons(None, save)
        return form_card(self.tr("Requests in numbers"), self.numbers, actions)

    def _eyes_card(self) -> QWidget:
        self.eyes = PlainLabel(role="muted", wrap=True)
        self.export = QCheckBox(self.tr("&Files with a person's data"))
        self.erasure = QCheckBox(self.tr("&Erasures"))
        self.second, self.next = QLineEdit(), QLineEdit()
        for line in (self.second, self.next):
            line.setEchoMode(QLineEdit.EchoMode.Password)
        self.fields |= {
            "passphrase": FormField(self.tr("&Second person's passphrase"), self.second),
            "new": FormField(self.tr("Their &new passphrase"), self.next),
        }
        self.fields["old"] = self.fields["passphrase"]
        guard = Button(self.tr("S&ave"))
        guard.clicked.connect(self._guard)
        choose = Button(self.tr("Use the n&ew passphrase"))
        choose.clicked.connect(self._choose_second)
        first, second = buttons(None, guard), buttons(None, choose)
        return form_card(
            self.tr("Four eyes"), self.eyes, self.export, self.erasure, self.fields["passphrase"],
            first, self.fields["new"], second,
        )  # fmt: skip

    def reload(self) -> None:
        super().reload()
        numbers, eyes = PrivacyOverview.numbers, ApprovalService.settings
        self.jobs.start(numbers, done=self._show_numbers, failed=self.explain, owner=self)
        self.jobs.start(eyes, done=self._show_eyes, failed=self.explain, owner=self)

    def show_answer(self, answer: AuditStanding) -> bool:
        last = answer.last
        if last is None:
            return False
        said = self.tr("Made {moment} by version {version}, signed by {signer}…").format(
            moment=figures.moment(last.report.made_at),
            version=last.report.version,
            signer=last.signer[:16],
        )
        self.made_at.setText(said)
        self.findings.fill(
            IconLine(*ICONS[one.verdict], f"{words.say(CHECKS[one.check])}: {one.said}")
            for one in last.report.findings
        )
        if answer.is_due:
            self.message.say(Tone.WARN, self.tr("This audit is too old. Run it again."))
        return True

    def secret_fields(self) -> tuple[QLineEdit, ...]:
        """Fields that a passphrase is typed into."""
        return (self.second, self.next)

    def _run(self) -> None:
        self.act(SelfAuditService.run)

    def _write(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Write the report"), "self-audit.json", self.tr("JSON (*.json)")
        )
        if path:
            self.act(SelfAuditService.write, path, done=self._say_written)

    def _save_numbers(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save as CSV"), "privacy-metrics.csv", self.tr("CSV (*.csv)")
        )
        if path:
            self.act(PrivacyOverview.write_metrics, path, done=self._say_written)

    def _say_written(self, path: str) -> None:
        self.say(self.tr("Written: {path}").format(path=path))

    def _show_numbers(self, found: PrivacyNumbers) -> None:
        median = figures.NOTHING if found.median_days is None else f"{found.median_days:g}"
        lines = (
            self.tr("Received: {count}").format(count=figures.count(found.received)),
            self.tr("Open: {count}, late: {late}").format(
                count=figures.count(found.open), late=figures.count(found.late)
            ),
            self.tr("Answered: {count}, days in the middle: {days}").format(
                count=figures.count(found.answered), days=median
            ),
            self.tr("Refused: {count}, extended: {more}").format(
                count=figures.count(found.refused), more=figures.count(found.extended)
            ),
        )
        self.numbers.fill(PlainLabel(text, wrap=True) for text in lines)

    def _show_eyes(self, eyes: FourEyes) -> None:
        self.export.setChecked(eyes.export)
        self.erasure.setChecked(eyes.erasure)
        if eyes.has_passphrase:
            said = self.tr("What is ticked waits until the second person types their passphrase.")
        else:
            said = self.tr(
                "Let a second person choose a passphrase of their own. It proves that they know "
                "it, and no more; nobody can reset it."
            )
        self.eyes.setText(said)

    def _guard(self) -> None:
        method = ApprovalService.guard
        export, erasure = self.export.isChecked(), self.erasure.isChecked()
        self.act(method, self.second.text(), export, erasure, done=self._guarded)

    def _choose_second(self) -> None:
        method = ApprovalService.choose_second
        self.act(method, self.second.text(), self.next.text(), done=self._guarded)

    def _guarded(self, eyes: FourEyes) -> None:
        for line in self.secret_fields():
            forget(line)
        self._show_eyes(eyes)
        self.say(self.tr("Stored."))
