"""The chart of the Usage page against plain matplotlib, and a long table against a constant one.

`python -m benchmarks.child_explorer FOLDER`. Prints milliseconds of processor time, each a list.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from benchmarks.dashboard import PASSPHRASE
from contract.messages.rollups import EndpointHour
from desktop.domain import calendar
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Answer, Dimension, Grain, Measure, Question
from desktop.domain.usage_rows import RowSort, RowsWanted
from desktop.domain.usage_views import ChartKind, UsageView
from desktop.services.calls import no_report
from desktop.services.compose import Services, build_services
from desktop.services.storage import configuration, rollups
from desktop.services.storage.configuration import SAMPLE_EPOCH, RowKey, StoredRow
from desktop.singletons import protect_singletons
from desktop.views.charting.picture import Picture, Trace
from desktop.views.charts import PictureView
from desktop.views.data_table import DataTable
from desktop.views.models.table_model import Column, TableModel
from desktop.views.theme import Scheme, Theme
from desktop.views.usage.pictures import Found, picture_of

SIZE: Final = (1200, 500)
DAYS: Final = 365
POINTS: Final = 1_000_000
PEAK_AT: Final = 777_777
PEAK: Final = 50.0
ROUNDS: Final = 30
FEW_ROUNDS: Final = 7
JUMPS: Final = 300
WIDE: Final = ApplicationId("app_wide")
TABLE_GROUPS: Final = 1000
TABLE_DAYS: Final = 42
Index = QModelIndex | QPersistentModelIndex


def milliseconds(act: Callable[[], object]) -> float:
    """Processor time of this process."""
    begun = time.process_time()
    act()
    return 1000 * (time.process_time() - begun)


def turn() -> None:
    """Let everything that waits be painted."""
    QCoreApplication.processEvents()


def until_drawn(view: PictureView) -> None:
    """Let the picture that was shown last come on screen, in as many turns as it takes."""
    turn()
    while (layout := view.overlay.layout_shown) is None or (
        layout.picture is not view.picture or layout.plot.first != view.span[0]
    ):
        turn()


def shown_view() -> PictureView:
    view = PictureView("Requests")
    view.resize(*SIZE)
    view.show()
    return view


def year_of_samples(folder: Path) -> Services:
    """The services over a vault with a year of sample data."""
    services = build_services(folder / "vault", folder / "service", syncs_by_itself=False)
    services.workspace.create(PASSPHRASE)
    services.sample_data.load(no_report)
    return services


def refreshes(services: Services) -> tuple[list[float], list[float], list[float]]:
    """A year by day is asked for and shown in turn with matplotlib changing a line and drawing.

    Returns: ours with calls of today as they come with each sync, ours with other numbers on every
    day, and matplotlib's.
    """
    (sample,) = services.usage.applications()
    end = datetime.now(UTC).date() + timedelta(days=1)
    period = DateRange(end - timedelta(days=DAYS), end)
    question = Question(period, application_id=sample.application_id)
    view = shown_view()
    held = services.answers.questions.ask(no_report, question, SIZE[0])

    def ours(answer: Answer) -> None:
        services.answers.questions.ask(no_report, question, SIZE[0])
        view.show_picture(picture_of(Found(UsageView(question), (answer,))))
        until_drawn(view)

    theirs = plain_chart(picture_of(Found(UsageView(question), (held,))), period)
    found: tuple[list[float], list[float], list[float]] = ([], [], [])
    for calls in range(1, ROUNDS + 2):
        for days, times in zip((1, DAYS), found, strict=False):
            times.append(milliseconds(partial(ours, with_calls(held, calls, days))))
            ours(held)  # the next one begins where this one did
        found[2].append(milliseconds(theirs))
    return found[0][1:], found[1][1:], found[2][1:]


def with_calls(answer: Answer, calls: int, days: int) -> Answer:
    """The answer with some calls more on each of the last days."""
    (line,) = answer.series
    first = len(line.values) - days
    values = tuple(
        number if number is None or place < first else number + (place * calls) % 97 + 1
        for place, number in enumerate(line.values)
    )
    return replace(answer, series=(replace(line, values=values),))


def plain_chart(picture: Picture, period: DateRange) -> Callable[[], None]:
    """Changes a line of matplotlib to the picture's numbers and draws."""
    canvas = FigureCanvasAgg(Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100)))
    axes = canvas.figure.add_subplot()
    days = [period.start + timedelta(days=n) for n in range(DAYS)]
    (line,) = axes.plot(days, np.arange(DAYS), label="requests")  # type: ignore[arg-type]
    axes.grid()
    axes.legend()
    values = picture.traces[0].values
    line.set_ydata(values)
    axes.relim()
    axes.autoscale()

    def draw() -> None:
        line.set_ydata(values)
        canvas.draw()  # type: ignore[no-untyped-call]

    return draw


def in_turn(
    ours: Callable[[], None], theirs: Callable[[], None], rounds: int
) -> tuple[list[float], list[float]]:
    """Both, one after the other; the first of each warms up."""
    pairs = [(milliseconds(ours), milliseconds(theirs)) for _ in range(rounds + 1)][1:]
    return [one for one, _ in pairs], [other for _, other in pairs]


def zooms() -> tuple[list[float], list[float], bool]:
    """Zooming in a million noisy points, both ways, and whether the peak was still drawn."""
    values = np.random.default_rng(3).random(POINTS)
    values[PEAK_AT] = PEAK
    picture = Picture("Noise", ChartKind.LINES, ("now",) * POINTS,
                      (Trace("noise", "noise", values),), str, str)  # type: ignore[arg-type]  # fmt: skip
    view = shown_view()
    view.show_picture(picture)
    until_drawn(view)
    firsts = count(1)

    def ours() -> None:
        view.zoom_to(next(firsts), POINTS - 1)
        until_drawn(view)

    canvas = FigureCanvasAgg(Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100)))
    axes = canvas.figure.add_subplot()
    axes.plot(values)
    starts = count(1)

    def theirs() -> None:
        axes.set_xlim(next(starts), POINTS)
        canvas.draw()  # type: ignore[no-untyped-call]

    taken = in_turn(ours, theirs, FEW_ROUNDS)
    layout = view.overlay.layout_shown
    has_peak = layout is not None and layout.plot.ceiling >= PEAK
    return (*taken, has_peak)


def hovers(services: Services) -> list[float]:
    """The pointer at another day until cursor and values are painted."""
    (sample,) = services.usage.applications()
    end = datetime.now(UTC).date() + timedelta(days=1)
    question = Question(
        DateRange(end - timedelta(days=DAYS), end), application_id=sample.application_id
    )
    answer = services.answers.questions.ask(no_report, question, SIZE[0])
    view = shown_view()
    view.show_picture(picture_of(Found(UsageView(question), (answer,))))
    turn()
    times = []
    for step in range(ROUNDS * 3):
        at = QPoint(120 + 11 * step, 200)

        def move(at: QPoint = at) -> None:
            QTest.mouseMove(view.overlay, at)
            turn()

        times.append(milliseconds(move))
    return times[3:]


class _Constant(TableModel[int]):
    """Says the same of every cell: what a table costs without its rows."""

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401, ARG002
        return "1,234,567" if role == Qt.ItemDataRole.DisplayRole else None


def _jump(table: DataTable[int], place: int) -> None:
    table.scrollTo(table.model().index(place, 0))
    turn()


def jumps() -> tuple[list[float], list[float]]:
    """Jumps within a million rows of a table twin, and within a million constant ones."""
    values = np.random.default_rng(5).random(POINTS) * POINTS
    columns: tuple[Column[int], ...] = (
        Column("Start", lambda place: f"{place:,}", lambda place: place),
        Column("Requests", lambda place: f"{values[place]:,.0f}", is_number=True),
    )
    tables = []
    for kind in (None, _Constant):
        table: DataTable[int] = DataTable("Numbers", columns, key=lambda place: place)
        if kind is not None:
            table.setModel(kind(columns, table))
        model = table.model()
        model.show_rows(tuple(range(POINTS)))  # type: ignore[attr-defined]
        table.resize(900, 600)
        table.show()
        tables.append(table)
    turn()
    places = random.Random(7).sample(range(POINTS), JUMPS)  # noqa: S311 (no secret)
    results: tuple[list[float], list[float]] = ([], [])
    for place in places:
        for table, times in zip(tables, results, strict=True):
            times.append(milliseconds(partial(_jump, table, place)))
    return results


def first_pages(services: Services) -> list[float]:
    """The first page of a million rows in every order, with and without a search."""
    day = datetime.now(UTC).date()
    period = DateRange(day - timedelta(days=TABLE_DAYS), day)
    first = calendar.instant(period.start, UTC)
    with services.vault.transaction() as db:

        def put(key: RowKey, **body: object) -> None:
            configuration.put(db, key, StoredRow(json.dumps(body), 1, SAMPLE_EPOCH))

        put(RowKey("application", WIDE), name="Wide", time_zone="UTC", archived=False)
        for number in range(TABLE_GROUPS):
            put(RowKey("endpoint", f"end_{number:04}"), application_id=WIDE, method="GET",
                url=f"/v1/{number}")  # fmt: skip
        rows = [
            EndpointHour(WIDE, f"end_{number:04}", first + 3600 * hour, hour + 1, hour + 1, 1, 0,
                         0, 0, 0, (), 1)
            for number in range(TABLE_GROUPS) for hour in range(number % 50, 24 * TABLE_DAYS, 50)
        ]  # fmt: skip
        rollups.store_page(db, rows, SAMPLE_EPOCH, lambda _: UTC)
    question = Question(
        period, Measure.REQUESTS, WIDE, Grain.HOUR, Dimension.ENDPOINT, top=TABLE_GROUPS
    )
    page = services.answers.rows.page
    size = page(no_report, question, RowsWanted(), None).size
    if size < POINTS:
        raise AssertionError(size)
    return [
        milliseconds(partial(page, no_report, question, RowsWanted(sort, down, text), None))
        for _ in range(FEW_ROUNDS)
        for sort in RowSort for down in (False, True) for text in ("", "/v1/7", "05:00")
    ]  # fmt: skip


def main() -> None:
    folder = Path(sys.argv[1])
    services = year_of_samples(folder)
    refresh, redraw, plain_refresh = refreshes(services)
    zoom, plain_zoom, has_peak = zooms()
    jump, plain_jump = jumps()
    measured = {
        "refresh": refresh,
        "redraw": redraw,
        "plain_refresh": plain_refresh,
        "zoom": zoom,
        "plain_zoom": plain_zoom,
        "has_peak": has_peak,
        "hover": hovers(services),
        "jump": jump,
        "plain_jump": plain_jump,
        "first_page": first_pages(services),
    }
    print(json.dumps(measured), flush=True)
    os._exit(0)


if __name__ == "__main__":
    protect_singletons()
    application = QApplication(sys.argv[:1])
    theme = Theme(Scheme.LIGHT)
    main()
