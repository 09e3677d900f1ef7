"""An invoice as a PDF file, in dark letters on white whatever the window's look is.

Text goes into the document letter by letter, never as markup: names come from the network.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QBuffer, QByteArray, QCoreApplication, QIODevice, QMarginsF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPageLayout,
    QPageSize,
    QPdfWriter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLength,
    QTextTableFormat,
)

from desktop.domain.errors import ExportFailed
from desktop.views import figures
from desktop.views.invoices import words

if TYPE_CHECKING:
    from desktop.domain.invoices import Invoice, InvoiceLine, InvoicePart

INK: Final = "#1b1f24"
FAINT: Final = "#5b6470"
MARGIN_MM: Final = 18.0
POINTS: Final = 10
FAMILY: Final = "Inter"


def write_pdf(invoice: Invoice, path: str) -> None:
    """Write the invoice beside its final name, and put it there when it is whole.

    Takes some milliseconds a page. Raises: ExportFailed.
    """
    target = Path(path)
    unfinished = target.with_name(f".{target.name}.new")
    try:
        unfinished.write_bytes(pdf_of(invoice))
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise ExportFailed(
            f"The invoice could not be written: {error.strerror}. Nothing was changed. Choose "
            "another place, or make room, and try again."
        ) from error


def pdf_of(invoice: Invoice) -> bytes:
    """The invoice as the content of a PDF file, on A4."""
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(words.title(invoice))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margins = QMarginsF(MARGIN_MM, MARGIN_MM, MARGIN_MM, MARGIN_MM)
    writer.setPageMargins(margins, QPageLayout.Unit.Millimeter)
    document_of(invoice).print_(writer)
    buffer.close()
    return bytes(content.data())


def document_of(invoice: Invoice) -> QTextDocument:
    """The invoice as a document of rich text."""
    document = QTextDocument()
    document.setDefaultFont(QFont(FAMILY, POINTS))
    cursor = QTextCursor(document)
    _line(cursor, invoice.application, FAINT)
    _line(cursor, _say("Invoice preview"), INK, size=POINTS + 8)
    _line(cursor, words.title(invoice), INK, size=POINTS + 2)
    if invoice.is_sample:
        _line(cursor, _say("Sample data"), FAINT)
    if not invoice.parts:
        _line(cursor, _say("Nothing is due for these days."), INK)
    for part in invoice.parts:
        _part(cursor, part)
    _line(cursor, _say("A preview made from metered usage; no document for tax purposes."), FAINT)
    return document


def _part(cursor: QTextCursor, part: InvoicePart) -> None:
    rows: list[tuple[str, str, bool]] = []
    for line in part.lines:
        rows += _rows_of(line)
    rows.append((_say("Subtotal"), figures.money(part.subtotal), True))
    rows += [(words.adjustment(kind), figures.money(one), False) for kind, one in part.adjustments]
    rows.append((_say("Total"), figures.money(part.total), True))
    _table(cursor, rows)


def _rows_of(line: InvoiceLine) -> list[tuple[str, str, bool]]:
    """The line itself, then its steps."""
    name = f"{line.rule} · {words.days(line.days)} · {words.counted(line)}"
    steps = [(f"    {said}", amount, False) for said, amount in map(words.step, line.explanation)]
    return [(name, figures.money(line.amount), True), *steps]


def _table(cursor: QTextCursor, rows: list[tuple[str, str, bool]]) -> None:
    form = QTextTableFormat()
    form.setBorder(0)
    form.setCellPadding(3)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    form.setColumnWidthConstraints(
        [QTextLength(QTextLength.Type.PercentageLength, width) for width in (78, 22)]
    )
    table = cursor.insertTable(len(rows), 2, form)
    for place, (text, amount, is_main) in enumerate(rows):
        colour = INK if is_main else FAINT
        _write(table.cellAt(place, 0).firstCursorPosition(), text, colour, bold=is_main)
        right = table.cellAt(place, 1).firstCursorPosition()
        block = QTextBlockFormat()
        block.setAlignment(Qt.AlignmentFlag.AlignRight)
        right.setBlockFormat(block)
        _write(right, amount, colour, bold=is_main)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    cursor.insertBlock()


def _line(cursor: QTextCursor, text: str, colour: str, size: int = POINTS) -> None:
    _write(cursor, text, colour, size=size)
    cursor.insertBlock()


def _write(
    cursor: QTextCursor, text: str, colour: str, *, size: int = POINTS, bold: bool = False
) -> None:
    form = QTextCharFormat()
    form.setForeground(QColor(colour))
    form.setFontPointSize(size)
    form.setFontWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    cursor.insertText(text, form)


def _say(text: str) -> str:
    return QCoreApplication.translate("Invoices", text)
