"""A picture as a file: marks as vectors from matplotlib, words by Qt's painter on any device."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QImageWriter, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QApplication

from desktop.views.charting.layout import Layout
from desktop.views.charting.picture import Picture
from desktop.views.charting.words import LEFT, paint_words
from desktop.views.theme import TEXT_SIZE_PX, Tokens

WIDTH_PX, HEIGHT_PX = 1200, 620
HEAD_PX: Final = 76
SIDE_PX: Final = 28
TITLE_PX: Final = 19
CLOSE_UP: Final = 2
"""Pixels of an image for each pixel of the picture."""
DOTS_PER_INCH: Final = 72


class Format(StrEnum):
    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on paper."""

    picture: Picture
    remark: str
    """Below the title: the days, the sum, and how current they are."""


def encoded(sheet: Sheet, form: Format, now: Tokens) -> bytes:
    """The sheet as a file's content. GUI thread; takes some hundredths of a second."""
    return _WRITERS[form](sheet, now)


def image(sheet: Sheet, now: Tokens) -> QImage:
    """The sheet as pixels, for the clipboard and PNG files."""
    size = QSize(WIDTH_PX, HEIGHT_PX) * CLOSE_UP
    made = QImage(size, QImage.Format.Format_RGB32)
    made.fill(now.colour("card"))
    painter = QPainter(made)
    try:
        painter.scale(CLOSE_UP, CLOSE_UP)
        paint_sheet(painter, sheet, now)
    finally:
        painter.end()
    return made


def paint_sheet(painter: QPainter, sheet: Sheet, now: Tokens) -> None:
    """Title, remark and picture on an area of the usual size."""
    from PySide6.QtSvg import QSvgRenderer

    from desktop.views.charting.placing import lay_out

    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, WIDTH_PX, HEIGHT_PX), now.colour("card"))
    _paint_head(painter, sheet, now)
    font = _font(TEXT_SIZE_PX)
    size = (WIDTH_PX - 2 * SIDE_PX, HEIGHT_PX - HEAD_PX - SIDE_PX // 2)
    picture = sheet.picture
    layout = lay_out(picture, size, (0, len(picture.places)), QFontMetrics(font))
    painter.save()
    painter.translate(SIDE_PX, HEAD_PX)
    marks = QSvgRenderer(QByteArray(_marks(layout, now)))
    marks.render(painter, QRectF(0, 0, *size))
    painter.setFont(font)
    paint_words(painter, layout, now)
    painter.restore()


def _font(size_px: int, *, bold: bool = False) -> QFont:
    font = QFont(QApplication.font())
    font.setPixelSize(size_px)
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def _paint_head(painter: QPainter, sheet: Sheet, now: Tokens) -> None:
    width = WIDTH_PX - 2 * SIDE_PX
    for text, font, colour, top in (
        (sheet.picture.name, _font(TITLE_PX, bold=True), "text", 16),
        (sheet.remark, _font(TEXT_SIZE_PX), "muted", 44),
    ):
        painter.setFont(font)
        painter.setPen(now.colour(colour))
        short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRectF(SIDE_PX, top, width, 26), LEFT, short)


def _marks(layout: Layout, now: Tokens) -> bytes:
    """The marks as SVG; the same ones every time."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    from desktop.views.charting.marks import draw

    inches = (layout.width / DOTS_PER_INCH, layout.height / DOTS_PER_INCH)
    figure = Figure(figsize=inches, dpi=DOTS_PER_INCH)
    draw(figure, layout, now)
    figure.patch.set_visible(False)  # Qt would give it an edge
    written = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "usageflow"}):
        FigureCanvasSVG(figure).print_svg(written, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return written.getvalue()


def _on_buffer(write: Callable[[QBuffer], None]) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    return bytes(buffer.data().data())


def _png(sheet: Sheet, now: Tokens) -> bytes:
    def write(buffer: QBuffer) -> None:
        QImageWriter(buffer, QByteArray(b"png")).write(image(sheet, now))

    return _on_buffer(write)


def _svg(sheet: Sheet, now: Tokens) -> bytes:
    from PySide6.QtSvg import QSvgGenerator

    def write(buffer: QBuffer) -> None:
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(QSize(WIDTH_PX, HEIGHT_PX))
        generator.setViewBox(QRectF(0, 0, WIDTH_PX, HEIGHT_PX))
        generator.setTitle(sheet.picture.name)
        painter = QPainter(generator)
        try:
            paint_sheet(painter, sheet, now)
        finally:
            painter.end()

    return _on_buffer(write)


def _pdf(sheet: Sheet, now: Tokens) -> bytes:
    return pdf_of((sheet,), now)


def pdf_of(sheets: tuple[Sheet, ...], now: Tokens) -> bytes:
    """One page for each sheet."""

    def write(buffer: QBuffer) -> None:
        writer = QPdfWriter(buffer)
        writer.setCreator("UsageFlow")
        writer.setTitle(sheets[0].picture.name)
        writer.setPageSize(QPageSize(QSizeF(WIDTH_PX, HEIGHT_PX), QPageSize.Unit.Point))
        writer.setPageMargins(QMarginsF(0, 0, 0, 0))
        writer.setResolution(DOTS_PER_INCH)
        painter = QPainter(writer)
        try:
            for number, sheet in enumerate(sheets):
                if number:
                    writer.newPage()
                paint_sheet(painter, sheet, now)
        finally:
            painter.end()

    return _on_buffer(write)


_WRITERS: Final[dict[Format, Callable[[Sheet, Tokens], bytes]]] = {
    Format.PNG: _png,
    Format.SVG: _svg,
    Format.PDF: _pdf,
}
