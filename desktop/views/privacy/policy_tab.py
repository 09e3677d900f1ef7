"""The owner's privacy policy: its history, the next version, who has not agreed, and notices."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLineEdit

from desktop.domain.privacy.policy import (
    Campaign,
    CampaignDraft,
    CampaignPreview,
    PendingAcceptances,
    PolicyLine,
    Standing,
)
from desktop.domain.privacy.purposes import Purpose
from desktop.services.privacy.campaigns import CampaignService
from desktop.services.privacy.policy import PolicyService
from desktop.views import figures
from desktop.views.combo_of import ComboOf
from desktop.views.data_table import DataTable
from desktop.views.day_edit import DayEdit
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.models.table_model import Column
from desktop.views.privacy import words
from desktop.views.privacy.preferences_tab import PURPOSES
from desktop.views.privacy.tab import PrivacyTab, beside, buttons, form_card, text_area
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

STANDINGS: Final = {
    Standing.SCHEDULED: QT_TRANSLATE_NOOP("privacy", "Later"),
    Standing.IN_FORCE: QT_TRANSLATE_NOOP("privacy", "In force"),
    Standing.SUPERSEDED: QT_TRANSLATE_NOOP("privacy", "Before"),
}
SHOWN: Final = 8
"""Addresses that are named; of the rest, how many there are."""


class PolicyTab(PrivacyTab):
    """History on the left; publish, agreements and notices on the right."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "Policy", PolicyService.history)
        self.table: DataTable[PolicyLine] = DataTable(
            self.tr("Versions of your policy"), (), key=lambda line: line.version.version_id
        )
        self.table.show_columns(self._columns(), ())
        for column, width_px in enumerate((104, 84, 70, 110), start=1):
            self.table.setColumnWidth(column, width_px)
        self._make_version_form()
        self._make_notice_form()
        self.pending = Lines(spacing=4)
        pending = form_card(self.tr("Agreement"), self.pending)
        write = Button(self.tr("Publish the first version"), role="primary")
        empty = EmptyPanel(
            "file-text",
            self.tr("No policy yet"),
            self.tr("Publish yours: its text, day and history are kept, your website shows it."),
            write,
        )
        side = (self.message, self._version_card, pending, self._notice_card)
        self.arrange(beside(self.table, self.tr("Policy"), *side), empty)
        write.clicked.connect(self.states.show_content)
        write.clicked.connect(self.text.setFocus)

    def _columns(self) -> tuple[Column[PolicyLine], ...]:
        return (
            Column(self.tr("What changed"), lambda line: line.version.summary),
            Column(
                self.tr("Holds from"),
                lambda line: figures.day(line.version.effective, with_year=True),
                lambda line: line.version.effective,
            ),
            Column(self.tr("State"), lambda line: words.say(STANDINGS[line.standing])),
            Column(self.tr("Agreed"), lambda line: figures.count(line.accepted),
                   lambda line: line.accepted, is_number=True),
            Column(self.tr("SHA-256"), lambda line: line.version.sha256[:12]),
        )  # fmt: skip

    def _make_version_form(self) -> None:
        self.effective = DayEdit(self.tr("Holds from"))
        self.effective.show_day(datetime.now(UTC).date())
        self.text, self.summary = text_area(6), QLineEdit()
        self.material = QCheckBox(self.tr("People have to &agree to this change"))
        self.fields |= {
            "effective": FormField(self.tr("&Holds from"), self.effective),
            "text": FormField(self.tr("&Text"), self.text),
            "summary": FormField(self.tr("What changed and wh&y"), self.summary),
        }
        self.publish = Button(self.tr("&Publish"), role="primary")
        self.publish.clicked.connect(self._publish)
        self.write_page = Button(self.tr("&Write a page…"))
        self.write_page.clicked.connect(self._write_page)
        actions = buttons(self.write_page, None, self.publish)
        form = [self.fields[name] for name in ("effective", "text", "summary")]
        self._version_card = form_card(self.tr("Next version"), *form, self.material, actions)

    def _make_notice_form(self) -> None:
        self.purpose: ComboOf[Purpose] = ComboOf(self.tr("Why"), PURPOSES, words.say)
        self.subject, self.letter, self.contacts = QLineEdit(), text_area(4), text_area(4)
        self.fields |= {
            "subject": FormField(self.tr("Su&bject"), self.subject),
            "letter": FormField(self.tr("&Letter"), self.letter),
            "contacts": FormField(self.tr("T&o, one address a line"), self.contacts),
        }
        accounts = Button(self.tr("All &accounts"))
        accounts.clicked.connect(self._fill_accounts)
        self.preview = Button(self.tr("&Dry run"))
        self.preview.clicked.connect(self._preview)
        self.send = Button(self.tr("&Send"), role="primary")
        self.send.clicked.connect(self._send)
        self.send.setEnabled(False)
        for field in (self.subject, self.letter, self.contacts):
            field.textChanged.connect(lambda *_: self.send.setEnabled(False))
        self.purpose.chosen.connect(lambda: self.send.setEnabled(False))
        actions = buttons(accounts, None, self.preview, self.send)
        self.dry_run = Lines(spacing=4)
        why = FormField(self.tr("Wh&y"), self.purpose)
        form = [self.fields[name] for name in ("subject", "letter", "contacts")]
        self._notice_card = form_card(self.tr("Tell people"), why, *form, actions, self.dry_run)

    def reload(self) -> None:
        super().reload()
        self.jobs.start(
            PolicyService.pending, done=self._show_pending, failed=self.explain, owner=self
        )

    def show_answer(self, answer: tuple[PolicyLine, ...]) -> bool:
        self.table.show_rows(answer)
        self.write_page.setEnabled(bool(answer))
        return bool(answer)

    def _show_pending(self, pending: PendingAcceptances) -> None:
        if not pending.version_id:
            said = self.tr("No change in force has to be agreed to.")
            self.pending.fill([PlainLabel(said, role="muted", wrap=True)])
            return
        count = self.tr(
            "%n account(s) have not agreed to the last change", "", len(pending.addresses)
        )
        names = [PlainLabel(address) for address in pending.addresses[:SHOWN]]
        self.pending.fill([PlainLabel(count, wrap=True), *names])

    def _publish(self) -> None:
        self.act(
            PolicyService.publish, self.effective.day(), self.text.toPlainText(),
            self.summary.text(), self.material.isChecked(), done=self._published,
        )  # fmt: skip

    def _published(self, _lines: tuple[PolicyLine, ...]) -> None:
        self.text.clear()
        self.summary.clear()
        self.say(self.tr("Published. The website of your service follows with the next sync."))
        self.reload()

    def _write_page(self) -> None:
        line = self.table.chosen() or next(iter(self.table.table_model.rows), None)
        if line is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Write a page"), "privacy.html", self.tr("Web pages (*.html)")
        )
        if path:
            version_id = line.version.version_id
            self.act(PolicyService.write_page, version_id, path, done=self._say_written)

    def _say_written(self, path: str) -> None:
        self.say(self.tr("Written: {path}").format(path=path))

    def _draft(self) -> CampaignDraft:
        return CampaignDraft(self.purpose.value(), self.subject.text(), self.letter.toPlainText())

    def _fill_accounts(self) -> None:
        self.act(CampaignService.known_addresses, done=self._show_accounts)

    def _show_accounts(self, addresses: tuple[str, ...]) -> None:
        self.contacts.setPlainText("\n".join(addresses))

    def _preview(self) -> None:
        contacts = self.contacts.toPlainText()
        self.act(CampaignService.preview, self._draft(), contacts, done=self._show_preview)

    def _show_preview(self, preview: CampaignPreview) -> None:
        self.send.setEnabled(bool(preview.recipients))
        self.dry_run.fill(
            (
                PlainLabel(self.tr("%n would get it", "", len(preview.recipients))),
                PlainLabel(self.tr("%n said no or were erased", "", preview.refused)),
                PlainLabel(preview.subject, role="heading", wrap=True),
                PlainLabel(preview.text, wrap=True),
            )
        )

    def _send(self) -> None:
        contacts = self.contacts.toPlainText()
        self.act(CampaignService.send, self._draft(), contacts, done=self._sent)

    def _sent(self, campaign: Campaign) -> None:
        self.send.setEnabled(False)
        self.dry_run.fill(())
        self.say(
            self.tr(
                "%n letter(s) queued; the mail settings show how each fared", "", campaign.queued
            )
        )
