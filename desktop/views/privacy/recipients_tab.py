"""Who receives data, under which agreement, and the log of what was given away."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QCheckBox, QLineEdit

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.recipients import (
    Disclosure,
    Ground,
    Recipient,
    RecipientKind,
    Review,
)
from desktop.services.privacy.recipients import RecipientLine, RecipientService
from desktop.views import figures
from desktop.views.combo_of import ComboOf
from desktop.views.data_table import DataTable
from desktop.views.day_edit import DayEdit
from desktop.views.form_field import FormField
from desktop.views.icons import Button, icon
from desktop.views.lines import Lines
from desktop.views.models.table_model import Column
from desktop.views.privacy import words
from desktop.views.privacy.categories_field import CategoriesField
from desktop.views.privacy.tab import PrivacyTab, beside, buttons, form_card
from desktop.views.privacy.tellings_card import TellingsCard
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

KINDS: Final = {
    RecipientKind.PAYMENT: QT_TRANSLATE_NOOP("privacy", "Payment processor"),
    RecipientKind.SIGN_IN: QT_TRANSLATE_NOOP("privacy", "Sign-in"),
    RecipientKind.PROVIDER: QT_TRANSLATE_NOOP("privacy", "Service provider"),
    RecipientKind.AUTHORITY: QT_TRANSLATE_NOOP("privacy", "Authority"),
}
REVIEWS: Final = {
    Review.NEVER: QT_TRANSLATE_NOOP("privacy", "Never looked at"),
    Review.OVERDUE: QT_TRANSLATE_NOOP("privacy", "Overdue"),
    Review.CURRENT: QT_TRANSLATE_NOOP("privacy", "Looked at"),
}
GROUNDS: Final = {
    Ground.PROCESSOR: QT_TRANSLATE_NOOP("privacy", "Works for you under an agreement"),
    Ground.SIGN_IN: QT_TRANSLATE_NOOP("privacy", "Signs people in"),
    Ground.LAW: QT_TRANSLATE_NOOP("privacy", "A law wants it"),
    Ground.COURT: QT_TRANSLATE_NOOP("privacy", "A court ordered it"),
    Ground.TRANSFER: QT_TRANSLATE_NOOP("privacy", "The business is transferred"),
    Ground.PERSON: QT_TRANSLATE_NOOP("privacy", "The person asked for it"),
}
ICONS: Final = {
    Review.NEVER: ("circle-alert", "warn"),
    Review.OVERDUE: ("triangle-alert", "warn"),
    Review.CURRENT: ("circle-check", "ok"),
}
SHOWN: Final = 20


class RecipientsTab(PrivacyTab):
    """The register; beside it the chosen recipient and the disclosure log."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "Recipients", RecipientService.listed)
        self._recipient_id = ""
        self._shown: Recipient | None = None
        self.table: DataTable[RecipientLine] = DataTable(
            self.tr("Recipients"), (), key=lambda line: line.recipient.recipient_id
        )
        self.table.show_columns(self._columns(), ())
        for column, width_px in enumerate((148, 76, 150, 66), start=1):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(self._show_recipient)
        self._make_form()
        self._make_log()
        empty = EmptyPanel("users", self.tr("No recipients"), self.tr("Nobody receives data."))
        self.tellings = TellingsCard(jobs)
        side = (self.message, self.tellings, self._recipient_card, self._log_card)
        self.arrange(beside(self.table, self.tr("Recipient"), *side), empty)

    def _columns(self) -> tuple[Column[RecipientLine], ...]:
        return (
            Column(self.tr("Who"), lambda line: line.recipient.name),
            Column(self.tr("As"), lambda line: words.say(KINDS[line.recipient.kind])),
            Column(self.tr("Region"), lambda line: line.recipient.region or figures.NOTHING),
            Column(
                self.tr("Agreement"),
                lambda line: words.say(REVIEWS[line.review]),
                icon=lambda line: icon(*ICONS[line.review]),
            ),
            Column(
                self.tr("Given"), lambda line: figures.count(line.disclosures),
                lambda line: line.disclosures, is_number=True,
            ),
        )  # fmt: skip

    def _make_form(self) -> None:
        self.name, self.purpose, self.region = QLineEdit(), QLineEdit(), QLineEdit()
        self.agreement, self.sub_processors = QLineEdit(), QLineEdit()
        self.contact = QLineEdit()
        self.kind: ComboOf[RecipientKind] = ComboOf(self.tr("As"), KINDS, words.say)
        self.categories = CategoriesField(self.tr("Kinds of data"))
        self.has_review = QCheckBox(self.tr("&Look at the agreement again by"))
        self.review_by = DayEdit(self.tr("Look at the agreement again by"))
        self.review_by.show_day(datetime.now(UTC).date())
        self.fields |= {
            "name": FormField(self.tr("&Name"), self.name),
            "purpose": FormField(self.tr("&What for"), self.purpose),
            "categories": FormField(self.tr("Kinds of data"), self.categories),
            "contact": FormField(
                self.tr("&E-mail where they hear of corrections and erasures"), self.contact
            ),
        }
        new = Button(self.tr("N&ew"), icon_name="plus")
        new.clicked.connect(self._clear)
        self.save = Button(self.tr("&Save"), role="primary")
        self.save.clicked.connect(self._save)
        actions = buttons(new, None, self.save)
        self._recipient_card = form_card(
            self.tr("Recipient"), self.fields["name"], FormField(self.tr("&As"), self.kind),
            self.fields["purpose"], self.fields["categories"],
            FormField(self.tr("Processing a&greement (where it is)"), self.agreement),
            FormField(self.tr("&Region"), self.region),
            FormField(self.tr("S&ub-processors"), self.sub_processors), self.fields["contact"],
            self.has_review, self.review_by, actions,
        )  # fmt: skip

    def _make_log(self) -> None:
        self.what = QLineEdit()
        self.ground: ComboOf[Ground] = ComboOf(self.tr("Ground"), GROUNDS, words.say)
        self.fields["what"] = FormField(self.tr("W&hat they were given"), self.what)
        self.disclose = Button(self.tr("Log &disclosure"))
        self.disclose.clicked.connect(self._disclose)
        actions = buttons(None, self.disclose)
        self.log = Lines(spacing=4)
        about = PlainLabel(
            self.tr("Never by name: a number of a request or of an invoice is enough."),
            role="muted", wrap=True,
        )  # fmt: skip
        self._log_card = form_card(
            self.tr("Disclosures"), about, self.fields["what"],
            FormField(self.tr("Gr&ound"), self.ground), actions, self.log,
        )  # fmt: skip

    def reload(self) -> None:
        super().reload()
        load = RecipientService.disclosures
        self.jobs.start(load, done=self._show_log, failed=self.explain, owner=self)
        self.tellings.reload()

    def show_answer(self, answer: tuple[RecipientLine, ...]) -> bool:
        self.table.show_rows(answer)
        if self.table.chosen() is None and answer:
            self.table.choose(answer[0].recipient.recipient_id)
        return bool(answer)

    def _show_recipient(self) -> None:
        line = self.table.chosen()
        if line is None or line.recipient == self._shown:  # a reload must not undo typing
            return
        one = self._shown = line.recipient
        self._recipient_id = one.recipient_id
        for field, text in (
            (self.name, one.name), (self.purpose, one.purpose), (self.region, one.region),
            (self.agreement, one.agreement), (self.sub_processors, one.sub_processors),
            (self.contact, one.contact),
        ):  # fmt: skip
            field.setText(text)
        self.kind.choose(one.kind)
        self.categories.show_values(one.categories)
        self.has_review.setChecked(one.review_by is not None)
        if one.review_by is not None:
            self.review_by.show_day(one.review_by)

    def _clear(self) -> None:
        self._recipient_id, self._shown = "", None
        self.table.clearSelection()
        for field in (
            self.name, self.purpose, self.region, self.agreement, self.sub_processors, self.contact,
        ):  # fmt: skip
            field.clear()
        self.categories.show_values(())
        self.has_review.setChecked(False)
        self.name.setFocus()

    def _save(self) -> None:
        review_by = self.review_by.day() if self.has_review.isChecked() else None
        recipient = Recipient(
            self._recipient_id, self.name.text(), self.kind.value(), self.purpose.text(),
            self.categories.values(), self.agreement.text().strip(), self.region.text().strip(),
            self.sub_processors.text().strip(), review_by, self.contact.text().strip(),
        )  # fmt: skip
        self.act(RecipientService.save, recipient)

    def _disclose(self) -> None:
        kinds: tuple[Category, ...] = self.categories.values()
        given = Disclosure(
            "", self._recipient_id, datetime.now(UTC), self.ground.value(), kinds, self.what.text()
        )
        self.act(RecipientService.disclose, given, done=self._disclosed)

    def _disclosed(self, disclosures: tuple[Disclosure, ...]) -> None:
        self.what.clear()
        self._show_log(disclosures)
        self.reload()

    def _show_log(self, disclosures: tuple[Disclosure, ...]) -> None:
        names = {
            line.recipient.recipient_id: line.recipient.name for line in self.table.table_model.rows
        }
        self.log.fill(
            PlainLabel(
                f"{figures.moment(one.at)} · {names.get(one.recipient_id, one.recipient_id)} · "
                f"{words.say(GROUNDS[one.ground])} · {one.what}",
                wrap=True,
            )
            for one in disclosures[:SHOWN]
        )
