"""What leaves the Usage page: files, the clipboard, links, reports."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop.domain.csv_text import csv_lines, harmless
from desktop.domain.errors import AppError
from desktop.domain.usage_spelling import link_to
from desktop.services.explorer import ExplorerService
from desktop.services.usage_export import UsageFormat
from desktop.views.charting.paper import Format, Sheet, encoded, image
from desktop.views.clipboard import copy_text
from desktop.views.icons import Button
from desktop.views.theme import Scheme, Tokens, token_table, tokens
from desktop.views.usage.pictures import Found
from desktop.views.usage.remarks import remark_of

if TYPE_CHECKING:
    from desktop.jobs import Jobs
    from desktop.views.charting.picture import Picture


class Leaving(QObject):
    """The menus Copy and Export of the page, for what is on screen."""

    told = Signal(str)
    """What was done."""
    failed = Signal(object)
    report_wanted = Signal()
    numbers_wanted = Signal(object)
    """The whole answer as a file of this `UsageFormat`."""

    def __init__(self, page: QWidget, jobs: "Jobs") -> None:
        super().__init__(page)
        self._page, self._jobs = page, jobs
        self._found: Found | None = None
        self._picture: Picture | None = None
        self.copy = Button("", icon_name="copy")
        self.copy.setText(self.tr("&Copy"))
        self.export = Button("", icon_name="download")
        self.export.setText(self.tr("&Export"))
        self.charts: dict[Format, QAction] = {}
        self._fill()
        self.show(None, None)

    def _fill(self) -> None:
        copying = QMenu(self.copy)
        copying.addAction(self.tr("&Table")).triggered.connect(self.copy_table)
        copying.addAction(self.tr("&Picture")).triggered.connect(self.copy_picture)
        copying.addAction(self.tr("&Link to this view")).triggered.connect(self.copy_link)
        self.copy.setMenu(copying)
        exporting = QMenu(self.export)
        for form in UsageFormat:
            text = self.tr("Numbers as {format}…").format(format=form.upper())
            exporting.addAction(text).triggered.connect(partial(self._want_numbers, form))
        exporting.addSeparator()
        for kind in Format:
            text = self.tr("Chart as {format}, for print…").format(format=kind.upper())
            self.charts[kind] = exporting.addAction(text)
            self.charts[kind].triggered.connect(partial(self._save, kind, Scheme.LIGHT))
        text = self.tr("Chart as PNG, as on screen…")
        exporting.addAction(text).triggered.connect(partial(self._save, Format.PNG, None))
        exporting.addSeparator()
        exporting.addAction(self.tr("&Report…")).triggered.connect(self.report_wanted)
        self.export.setMenu(exporting)

    def show(self, found: Found | None, picture: "Picture | None") -> None:
        """What is on screen now; None when there is nothing to take away."""
        self._found, self._picture = found, picture
        for button in (self.copy, self.export):
            button.setEnabled(picture is not None)

    def _sheet(self) -> Sheet | None:
        if self._found is None or self._picture is None:
            return None
        return Sheet(self._picture, remark_of(self._found))

    def copy_table(self) -> None:
        """The twin of the picture, for a spreadsheet."""
        if self._picture is not None:
            copy_text(csv_lines(_rows(self._picture), "\t"))
            self.told.emit(self.tr("Copied the table."))

    def copy_picture(self) -> None:
        """The chart in light colours."""
        if (sheet := self._sheet()) is not None:
            QGuiApplication.clipboard().setImage(image(sheet, token_table()[Scheme.LIGHT]))
            self.told.emit(self.tr("Copied the picture."))

    def copy_link(self) -> None:
        """What opens this question in a UsageFlow that has the application."""
        if self._found is not None:
            copy_text(link_to(self._found.view.question))
            self.told.emit(self.tr("Copied the link."))

    def _want_numbers(self, form: UsageFormat, _: object = None) -> None:
        self.numbers_wanted.emit(form)

    def _save(self, form: Format, scheme: Scheme | None, _: object = None) -> None:
        sheet = self._sheet()
        if sheet is None:
            return
        path, _filter = QFileDialog.getSaveFileName(
            self._page, self.tr("Export the chart"), f"usage.{form}", f"{form.upper()} (*.{form})"
        )
        if path:
            self._write(path, encoded(sheet, form, _colours(scheme)))

    def _write(self, path: str, content: bytes) -> None:
        self._jobs.start(
            ExplorerService.write_file, path, content,
            done=lambda _: self.tell_saved(path), failed=self._fail, owner=self,
        )  # fmt: skip

    def tell_saved(self, path: str) -> None:
        """A file is there."""
        self.told.emit(self.tr("Saved {name}.").format(name=Path(path).name))

    def _fail(self, error: AppError) -> None:
        self.failed.emit(error)


def _colours(scheme: Scheme | None) -> Tokens:
    return tokens() if scheme is None else token_table()[scheme]


def _rows(picture: "Picture") -> "list[list[str]]":
    """The numbers as they are, without grouping; blank where nothing is known."""
    heads = ["start", *(harmless(trace.label) for trace in picture.traces)]
    lines = [
        [harmless(name), *(_plain(float(trace.values[place])) for trace in picture.traces)]
        for place, name in enumerate(picture.places)
    ]
    return [heads, *lines]


def _plain(value: float) -> str:
    return "" if value != value else f"{value:.6f}".rstrip("0").rstrip(".")  # noqa: PLR0124 (NaN)
