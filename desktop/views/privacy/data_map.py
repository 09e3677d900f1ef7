"""The data map: each kind of personal data, why it is processed, and where it lies."""

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtWidgets import QFormLayout, QWidget

from desktop.domain.privacy.categories import PROCESSING, Category
from desktop.domain.privacy.registry import VAULT, Erasure, Holding
from desktop.domain.privacy.service_registry import SERVICE
from desktop.views.page import Card
from desktop.views.privacy import words
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel

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


class DataMap(Scrolled):
    """A card for each category, from the register that the tests hold against the databases."""

    def __init__(self) -> None:
        cards = [self._card(category) for category in Category]
        super().__init__(QCoreApplication.translate("DataMap", "Data map"), *cards)

    @staticmethod
    def _card(category: Category) -> Card:
        processing = PROCESSING[category]
        tr = QCoreApplication.translate
        nobody = tr("DataMap", "Nobody")
        lines = (
            (tr("DataMap", "Purpose"), processing.purpose),
            (tr("DataMap", "Legal basis"), processing.legal_basis),
            (tr("DataMap", "Kept"), processing.retention),
            (tr("DataMap", "Given to"), ", ".join(processing.recipients) or nobody),
            (tr("DataMap", "In the vault"), "\n".join(_places(category, VAULT))),
            (tr("DataMap", "In the service"), "\n".join(_places(category, SERVICE))),
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
