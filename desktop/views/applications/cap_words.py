"""Periods of a cap, in words."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from contract.terms import CapInterval

CAP_INTERVALS: Final[Mapping[CapInterval, object]] = {
    CapInterval.MONTH: QT_TRANSLATE_NOOP("applications", "month"),
    CapInterval.WEEK: QT_TRANSLATE_NOOP("applications", "week"),
    CapInterval.DAY: QT_TRANSLATE_NOOP("applications", "day"),
}


def say(text: object) -> str:
    """A text of the table above in the owner's language."""
    return QCoreApplication.translate("applications", str(text))
