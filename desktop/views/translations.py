"""Texts in the computer's language, where there is a translation; plural forms in any case."""

from typing import Final

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from desktop.views.theme import RESOURCES

FOLDER: Final = RESOURCES / "translations"
FALLBACK: Final = "en"
"""Its file holds nothing but plural forms."""


def translate(application: QCoreApplication | None) -> None:
    """Install the translation of the computer's language, once.

    `resources/translations/README.md` says how the files are renewed from the sources.
    """
    if application is None or application.findChild(QTranslator, "usageflow") is not None:
        return
    translator = QTranslator(application)
    translator.setObjectName("usageflow")
    if not translator.load(QLocale(), "usageflow", "_", str(FOLDER)):
        translator.load(f"usageflow_{FALLBACK}", str(FOLDER))
    application.installTranslator(translator)
