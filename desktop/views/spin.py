"""Where the text of fields with arrows begins: numbers, days and times."""

from typing import Final, TypeVar

from PySide6.QtWidgets import QAbstractSpinBox

MARGIN_PX: Final = 10
"""As other fields have it; a style sheet's padding does not reach the text of these."""

Spin = TypeVar("Spin", bound=QAbstractSpinBox)


def indented(field: Spin) -> Spin:
    """The same field with its text in line with that of other fields."""
    if field.isRightToLeft():
        field.lineEdit().setTextMargins(0, 0, MARGIN_PX, 0)
    else:
        field.lineEdit().setTextMargins(MARGIN_PX, 0, 0, 0)
    return field
