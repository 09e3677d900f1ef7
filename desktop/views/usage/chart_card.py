"""A view's chart with its range strip, its table twin, and what is said around them."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.usage import Comparison as Change
from desktop.domain.usage_questions import OTHER, Comparison
from desktop.domain.usage_views import MOST_LINES, ChartKind
from desktop.views import figures
from desktop.views.charting.picture import Picture
from desktop.views.charting.range_strip import RangeStrip
from desktop.views.charting.words import value_words
from desktop.views.charts import PictureView
from desktop.views.choice import Choice
from desktop.views.combo import ElidedCombo
from desktop.views.combo_of import ComboOf
from desktop.views.data_table import DataTable
from desktop.views.models.table_model import Column
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel
from desktop.views.usage import words
from desktop.views.usage.pictures import MOST_COMPARED, Found, picture_of
from desktop.views.usage.rows_panel import RowsPanel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

OVER_TIME: Final = frozenset({ChartKind.LINES, ChartKind.AREAS, ChartKind.BARS})
DRAWN, TABLE, ROWS = range(3)
"""What the card shows: the picture, its numbers, or those of the whole answer."""
FEWEST_TO_ZOOM: Final = 8
"""Places from which a range strip is of use."""


class ChartCard(Card):
    """Shows what was found for one view."""

    kind_chosen = Signal()

    def __init__(self, jobs: "Jobs") -> None:
        """Make an empty card; `jobs` are for tables that are larger than their picture."""
        super().__init__(spacing=8)
        self._found: Found | None = None
        self.total = PlainLabel(role="heading")
        self.change = PlainLabel(role="muted")
        self.stamp = PlainLabel(role="stamp")
        self.kind = ComboOf(self.tr("Kind of chart"), words.KINDS, words.say)
        self.kind.chosen.connect(self.kind_chosen)
        self.currency = ElidedCombo()
        self.currency.setAccessibleName(self.tr("Currency"))
        self.currency.setAccessibleDescription(self.tr("Currency"))
        self.currency.activated.connect(lambda _: self._choose_currency())
        self.twin = Choice(
            self.tr("View"), (("chart", self.tr("Chart")), ("table", self.tr("Table")))
        )
        self.twin.changed.connect(self.show_twin)
        self.chart = PictureView(self.tr("Usage"))
        self.strip = RangeStrip(self.tr("Range on screen"))
        self.strip.moved.connect(self.chart.zoom_to)
        self.chart.span_changed.connect(self._follow_span)
        self.table: DataTable[int] = DataTable(
            self.tr("Usage as a table"), (), key=lambda place: place
        )
        self.rows = RowsPanel(jobs)
        self.remarks = PlainLabel(role="muted", wrap=True)
        self._arrange()

    def _arrange(self) -> None:
        heading = QWidget()
        row = row_of(
            self.total, self.change, None, self.stamp, self.currency, self.kind, self.twin,
            spacing=12,
        )  # fmt: skip
        row.setContentsMargins(0, 0, 0, 0)
        heading.setLayout(row)
        drawn = QWidget()
        column = QVBoxLayout(drawn)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.chart, 1)
        column.addWidget(self.strip)
        self._views = QStackedWidget()
        self._views.addWidget(drawn)
        self._views.addWidget(self.table)
        self._views.addWidget(self.rows)
        self.column.addWidget(heading)
        self.column.addWidget(self._views, 1)
        self.column.addWidget(self.remarks)

    @property
    def picture(self) -> Picture | None:
        return self.chart.picture

    def show_found(self, found: Found) -> Picture:
        """Show what was found; the picture may be empty."""
        self._found = found
        self._offer_currencies(found.units())
        return self._show_picture(found)

    def _offer_currencies(self, units: tuple[str, ...]) -> None:
        chosen = self.currency.currentText()
        self.currency.clear()
        self.currency.addItems(units)
        self.currency.setCurrentIndex(max(self.currency.findText(chosen), 0))
        self.currency.setVisible(len(units) > 1)

    def _choose_currency(self) -> None:
        if self._found is not None:
            self._show_picture(self._found)

    def _show_picture(self, found: Found) -> Picture:
        picture = picture_of(found, self.currency.currentText())
        self.chart.show_picture(picture)
        self.show_twin()
        self._say(found, picture)
        return picture

    def _say(self, found: Found, picture: Picture) -> None:
        self.total.setText(picture.total or picture.name)
        self.change.setText(change_words(found))
        stamp = found.stamp
        current = stamp is not None and stamp.as_of is not None
        self.stamp.setText(self.stamp_words(found) if current else "")
        said = [words.caveat(one) for answer in found.answers for one in answer.left_out]
        said += drawing_remarks(found)
        self.remarks.setText(" ".join(dict.fromkeys(said)))
        self.remarks.setVisible(bool(said))

    def stamp_words(self, found: Found) -> str:
        """How current the numbers are."""
        stamp = found.stamp
        if stamp is None or stamp.as_of is None:
            return self.tr("Not synced yet")
        return self.tr("As of {moment}").format(moment=figures.moment(stamp.as_of))

    def _follow_span(self) -> None:
        picture = self.chart.picture
        if picture is not None:
            useful = len(picture.places) >= FEWEST_TO_ZOOM and not picture.has_cells
            self.strip.setVisible(useful)
            self.strip.show_span(picture, self.chart.span)

    def _fill_table(self, picture: Picture) -> None:
        rows = tuple(range(len(picture.places)))
        columns = table_columns(picture, self.tr("Start"))
        if _titles(columns) == _titles(self.table.table_model.columns):
            self.table.table_model.columns = columns
            self.table.show_rows(rows)
        else:
            self.table.show_columns(columns, rows)

    def swap_twin(self) -> None:
        """Show the table instead of the chart, or the chart again."""
        self.twin.choose("chart" if self.twin.value() == "table" else "table")
        self.show_twin()

    def show_twin(self) -> None:
        """Show what the choice says. A table that nobody sees is not filled."""
        found, picture = self._found, self.picture
        shown = DRAWN
        if self.shows_table and found is not None and picture is not None:
            shown = ROWS if is_larger_than_drawn(found) else TABLE
            if shown == ROWS:
                self.rows.show_question(found.view.questions()[0])
            else:
                self._fill_table(picture)
        if shown != ROWS:
            self.rows.stop()
        self._views.setCurrentIndex(shown)

    @property
    def shows_table(self) -> bool:
        return self.twin.value() == "table"


def is_larger_than_drawn(found: Found) -> bool:
    """Whether the answer has buckets or groups that the picture does not."""
    if found.view.kind not in OVER_TIME or not found.answers:
        return False
    answer = found.answers[0]
    return answer.is_thinned or found.view.question.top > MOST_LINES < answer.groups


def table_columns(picture: Picture, start: str) -> tuple[Column[int], ...]:
    """The twin of a picture: a row for each place, a column for each trace."""
    first: Column[int] = Column(start, lambda place: picture.places[place], lambda place: place)
    return (first, *(_column(picture, number) for number in range(len(picture.traces))))


def _column(picture: Picture, number: int) -> Column[int]:
    trace = picture.traces[number]
    values = trace.values

    def text(place: int) -> str:
        return value_words(picture, trace, float(values[place]))

    def order(place: int) -> float:
        value = float(values[place])
        return value if value == value else float("-inf")  # noqa: PLR0124 (NaN)

    return Column(trace.label, text, order, is_number=True)


def _titles(columns: Sequence[Column[int]]) -> tuple[str, ...]:
    return tuple(column.title for column in columns)


def drawing_remarks(found: Found) -> Iterator[str]:
    """What of the question the chart leaves out, and how it draws a comparison."""
    if found.view.kind not in OVER_TIME or not found.answers:
        return
    answer, asked = found.answers[0], found.view.question
    groups = [one for one in answer.series if one.key != OTHER]
    if asked.top > MOST_LINES < answer.groups:
        yield QCoreApplication.translate(
            "usage", "The {count} largest groups are drawn; the table and files have them all."
        ).format(count=MOST_LINES)
    if asked.comparison is Comparison.NONE or found.view.kind is not ChartKind.LINES:
        return
    if len(groups) > MOST_COMPARED:
        yield QCoreApplication.translate(
            "usage",
            "Only the largest group is compared: with a second line for each, {groups} groups "
            "could not be told apart. Choose {count} or fewer to compare each.",
        ).format(groups=len(groups), count=MOST_COMPARED)
    elif len(groups) > 1:
        yield QCoreApplication.translate(
            "usage", "Thin dots in the colour of a group: {before}."
        ).format(before=words.say(words.BEFORE[asked.comparison]).lower())


def change_words(found: Found) -> str:
    """How the first sum moved against the comparison; nothing without one."""
    totals = found.answers[0].totals if found.answers else ()
    if not totals or totals[0].total is None or totals[0].total_before is None:
        return ""
    if found.view.kind not in OVER_TIME:
        return ""
    change = Change(Decimal(totals[0].total), Decimal(totals[0].total_before))
    last_year = found.view.question.comparison is Comparison.LAST_YEAR
    return figures.change(change, last_year=last_year)
