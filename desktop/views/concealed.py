"""Telling the clipboard managers of macOS that what was copied is a secret.

They look for a type of that system, and Qt offers a type of its own making there unless a converter
says which one is meant. PySide6 has the converter's class on macOS only.
"""

from typing import Any, Final

from PySide6 import QtGui
from PySide6.QtCore import QByteArray

MIME: Final = "application/x-nspasteboard-concealed-type"
UTI: Final = "org.nspasteboard.ConcealedType"
"""Source: nspasteboard.org, "Identifying and Handling Transient or Special Data"."""


def concealing_converter() -> object | None:
    """A converter that is in force for as long as it lives; None where Qt needs none."""
    base: Any = getattr(QtGui, "QUtiMimeConverter", None)
    if base is None:
        return None

    class Concealing(base):  # type: ignore[misc]  # a class that only macOS has
        """Names follow Qt's."""

        def mimeForUti(self, uti: str) -> str:  # noqa: N802
            return MIME if uti == UTI else ""

        def utiForMime(self, mime: str) -> str:  # noqa: N802
            return UTI if mime == MIME else ""

        def convertFromMime(  # noqa: N802
            self, mime: str, _data: object, uti: str
        ) -> list[QByteArray]:
            return [QByteArray(b"1")] if (mime, uti) == (MIME, UTI) else []

        def convertToMime(  # noqa: N802
            self, mime: str, data: list[QByteArray], uti: str
        ) -> QByteArray | None:
            return data[0] if (mime, uti) == (MIME, UTI) and data else None

    return Concealing()
