"""The data map: each kind of personal data, why it is processed, and where it lies."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QFileDialog, QFormLayout, QLineEdit, QWidget

from desktop.domain.privacy.categories import Category, Processing
from desktop.domain.privacy.holdings import Erasure, Holding
from desktop.domain.privacy.registry import VAULT
from desktop.domain.privacy.service_registry import SERVICE
from desktop.services.privacy.data_map import DataMapService, MapEntry
from desktop.views.combo_of import ComboOf
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.page import Card
from desktop.views.privacy import words
from desktop.views.privacy.tab import PrivacyTab, buttons, form_card
from desktop.views.scrolled import Scrolled
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

CATEGORIES: Final = {
    Category.ACCOUNT: QT_TRANSLATE_NOOP("privacy", "Accounts of customers"),
    Category.USAGE: QT_TRANSLATE_NOOP("privacy", "Use of the API"),
    Category.BILLING: QT_TRANSLATE_NOOP("privacy", "Billing"),
    Category.CONFIGURATION: QT_TRANSLATE_NOOP("privacy", "What was agreed with a customer"),
    Category.TECHNICAL: QT_TRANSLATE_NOOP("privacy", "Single calls"),
    Category.SUPPORT: QT_TRANSLATE_NOOP("privacy", "Requests and questions"),
    Category.SECURITY: QT_TRANSLATE_NOOP("privacy", "Protection against abuse"),
}
ERASURES: Final = {
    Erasure.DELETE: QT_TRANSLATE_NOOP("privacy", "deleted when a person is erased"),
    Erasure.ANONYMIZE: QT_TRANSLATE_NOOP("privacy", "figures stay, without a person"),
    Erasure.KEEP: QT_TRANSLATE_NOOP("privacy", "kept, with its ground in the certificate"),
    Erasure.FOLLOWS: QT_TRANSLATE_NOOP("privacy", "worked out anew from the rest"),
}


class DataMap(PrivacyTab):
    """A card for each category, from the register that the tests hold against the databases."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "Data map", DataMapService.entries)
        self._entries: dict[Category, MapEntry] = {}
        self.cards = Lines(spacing=14)
        self.export = Button(self.tr("&Export the records of processing…"), icon_name="download")
        self.export.clicked.connect(self._export)
        actions = buttons(self.export, None)
        inside = Scrolled(self.tr("Data map"), self.message, actions, self.cards, self._editor())
        empty = EmptyPanel("shield-check", self.tr("No data map"), "")
        self.arrange(inside, empty)

    def _editor(self) -> QWidget:
        self.category: ComboOf[Category] = ComboOf(self.tr("Kind of data"), CATEGORIES, words.say)
        self.category.chosen.connect(self._fill_editor)
        self.purpose, self.basis, self.retention = QLineEdit(), QLineEdit(), QLineEdit()
        self.given_to = QLineEdit()
        self.fields |= {
            "purpose": FormField(self.tr("&Purpose"), self.purpose),
            "legal_basis": FormField(self.tr("&Legal basis"), self.basis),
            "retention": FormField(self.tr("&Kept"), self.retention),
        }
        self.save = Button(self.tr("&Save"), role="primary")
        self.save.clicked.connect(self._save)
        self.shipped = Button(self.tr("Use the words that &ship"))
        self.shipped.clicked.connect(
            lambda: self.act(DataMapService.use_shipped, self.category.value())
        )
        actions = buttons(self.shipped, None, self.save)
        return form_card(
            self.tr("In your own words"), FormField(self.tr("Kind of &data"), self.category),
            *self.fields.values(), FormField(self.tr("&Given to"), self.given_to), actions,
        )  # fmt: skip

    def show_answer(self, answer: tuple[MapEntry, ...]) -> bool:
        self._entries = {entry.category: entry for entry in answer}
        self.cards.fill(self._card(entry) for entry in answer)
        self._fill_editor()
        return bool(answer)

    def _fill_editor(self) -> None:
        entry = self._entries.get(self.category.value())
        if entry is not None:
            self.purpose.setText(entry.processing.purpose)
            self.basis.setText(entry.processing.legal_basis)
            self.retention.setText(entry.processing.retention)
            self.given_to.setText(", ".join(entry.processing.recipients))
            self.shipped.setEnabled(entry.is_own)

    def _save(self) -> None:
        entry = self._entries.get(self.category.value())
        if entry is None:
            return
        names = (name.strip() for name in self.given_to.text().split(","))
        processing = Processing(
            self.purpose.text().strip(),
            self.basis.text().strip(),
            self.retention.text().strip(),
            tuple(filter(None, names)),
            entry.processing.source,
        )
        self.act(DataMapService.save, entry.category, processing)

    def _export(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Export the records of processing"),
            "records-of-processing.csv",
            self.tr("CSV (*.csv);;JSON (*.json)"),
        )
        if path:
            self.act(DataMapService.export, path, done=self._say_written)

    def _say_written(self, path: str) -> None:
        self.say(self.tr("Written: {path}").format(path=path))

    def _card(self, entry: MapEntry) -> Card:
        processing, category = entry.processing, entry.category
        lines = (
            (self.tr("Purpose"), processing.purpose),
            (self.tr("Legal basis"), processing.legal_basis),
            (self.tr("Kept"), processing.retention),
            (self.tr("Given to"), ", ".join(processing.recipients) or self.tr("Nobody")),
            (self.tr("In the vault"), "\n".join(_places(category, VAULT))),
            (self.tr("In the service"), "\n".join(_places(category, SERVICE))),
        )
        rows = QWidget()
        form = QFormLayout(rows)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(6)
        for name, value in lines:
            if value:
                form.addRow(PlainLabel(name, role="muted"), PlainLabel(value, wrap=True))
        return Card(PlainLabel(words.say(CATEGORIES[category]), role="heading"), rows)


def _places(category: Category, holdings: tuple[Holding, ...]) -> Iterator[str]:
    for holding in holdings:
        if holding.category is category:
            yield f"{holding.what} ({words.say(ERASURES[holding.erasure])})"
