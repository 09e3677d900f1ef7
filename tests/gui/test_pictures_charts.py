"""Every kind of chart as a picture: light, dark, and on a screen at 150 %.

`USAGEFLOW_RENEW_PICTURES=1 python -m pytest tests/gui/test_pictures_charts.py` writes them anew.
"""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from desktop.domain.errors import VaultError
from desktop.domain.usage_questions import Comparison, Dimension
from desktop.domain.usage_views import ChartKind
from desktop.views.activities import Activities
from desktop.views.charting.paper import Format, Sheet, encoded
from desktop.views.charting.range_strip import RangeStrip
from desktop.views.charts import PictureView
from desktop.views.state_page import PageState
from desktop.views.theme import Scheme, Theme, token_table
from desktop.views.translations import translate
from desktop.views.usage_page import UsagePage
from tests.gui.chart_sheet import SIZE
from tests.gui.fake_usage import EVENTS
from tests.gui.fakes import ACME, TODAY
from tests.gui.looking import wait_for, wait_for_content, wait_for_state
from tests.gui.pictured_charts import PICTURES, lines
from tests.gui.test_pictures import (
    CELLS_ALLOWED,
    RENEW,
    _afternoon,  # noqa: F401 (a fixture)
    compare,
    share_of_other_cells,
)
from tests.gui.test_pictures import (
    PICTURES as FOLDER,
)

PAGE_SIZE = (1040, 700)


@pytest.fixture(params=[Scheme.LIGHT, Scheme.DARK], ids=str)
def scheme(request, qapp):
    theme = Theme(request.param)
    yield request.param
    theme.use(Scheme.LIGHT)


@pytest.fixture(scope="module", autouse=True)
def _plurals(qapp):
    """As the main window does: without them numbers read “3 day(s)”."""
    translate(qapp)


@pytest.fixture
def sheet(qtbot, scheme):
    """A chart on screen in a scheme."""
    view = PictureView("Chart")
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.show()
    return view


@pytest.mark.parametrize("kind", list(ChartKind))
def test_chart_looks_as_before(qtbot, sheet, scheme, kind):
    sheet.show_picture(PICTURES[kind]())
    compare(qtbot, sheet, f"chart-{kind}-{scheme}")


def test_cursor_looks_as_before(qtbot, sheet, scheme):
    sheet.show_picture(lines())
    sheet.zoom_to(10, 24)
    sheet.overlay.clearFocus()  # losing it takes the cursor away
    sheet.overlay.move_cursor(20)
    compare(qtbot, sheet, f"chart-cursor-{scheme}")


def test_range_strip_looks_as_before(qtbot, scheme):
    strip = RangeStrip("Range")
    qtbot.addWidget(strip)
    strip.resize(640, 40)
    strip.show_span(lines(), (10, 15))
    strip.show()
    compare(qtbot, strip, f"chart-strip-{scheme}")


@pytest.fixture(scope="module")
def sharp(tmp_path_factory):
    """The charts of a screen at 150 %, all made by one process."""
    folder = tmp_path_factory.mktemp("sharp")
    wanted = {"QT_SCALE_FACTOR": "1.5", "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(
        [sys.executable, "-m", "tests.gui.chart_sheet", str(folder)],
        env=os.environ | wanted,
        check=True,
        timeout=120,
    )
    return folder


@pytest.mark.parametrize("kind", list(ChartKind))
def test_chart_at_150_percent_looks_as_before(sharp, kind):
    painted, known = sharp / f"{kind}.png", FOLDER / f"chart-{kind}-150.png"
    if RENEW:
        known.write_bytes(painted.read_bytes())
    picture = QImage(str(painted))
    assert picture.width() == 1.5 * SIZE[0]
    assert share_of_other_cells(picture, QImage(str(known))) <= CELLS_ALLOWED


@pytest.fixture
def page(qtbot, jobs, scheme, controls):
    controls.events = list(EVENTS)
    page = UsagePage(jobs, Activities(jobs), today=lambda _: TODAY)
    qtbot.addWidget(page)
    page.resize(*PAGE_SIZE)
    page.show()
    return page


def test_usage_offline_looks_as_before(qtbot, page, scheme, controls):
    controls.online = False
    page.set_application(ACME)
    wait_for_state(qtbot, page, PageState.OFFLINE)
    wait_for(qtbot, lambda: page.keeping.text.text() != "")
    compare(qtbot, page, f"usage-offline-{scheme}")


def show_grouped(qtbot, page, **more):
    """The page on requests by endpoint, or what else is asked."""
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    view = page.view()
    question = replace(view.question, **{"group_by": Dimension.ENDPOINT} | more)
    page.open_view(replace(view, question=question))
    wait_for(qtbot, lambda: page._asking is None and not page.jobs.running)


def test_usage_with_groups_compared_looks_as_before(qtbot, page, scheme):
    show_grouped(qtbot, page, comparison=Comparison.LAST_YEAR)
    compare(qtbot, page, f"usage-compared-{scheme}")


def test_usage_as_a_table_of_all_rows_looks_as_before(qtbot, page, scheme):
    show_grouped(qtbot, page, top=160, group_by=Dimension.HOUR_OF_WEEK)
    page.card.swap_twin()
    wait_for(qtbot, lambda: page.card.rows.table.model().rowCount() > 0)
    compare(qtbot, page, f"usage-rows-{scheme}")


def test_usage_without_data_looks_as_before(qtbot, page, scheme, controls):
    controls.has_usage = False
    page.set_application(ACME)
    wait_for_state(qtbot, page, PageState.EMPTY)
    compare(qtbot, page, f"usage-empty-{scheme}")


def test_usage_with_an_error_looks_as_before(qtbot, page, scheme, controls):
    page.set_application(ACME)
    wait_for_content(qtbot, page)
    problem = VaultError("The vault could not be read. Nothing was changed; try again.")
    controls.fail_with("UsageQuestionService.ask", problem)
    page.reload()
    wait_for_state(qtbot, page, PageState.ERROR)
    compare(qtbot, page, f"usage-error-{scheme}")


def test_usage_while_it_loads_looks_as_before(qtbot, page, scheme, controls):
    controls.hold("UsageQuestionService.ask")
    page.set_application(ACME)
    wait_for(qtbot, page.states.skeleton.isVisible)
    for timer in page.states._timers:
        timer.stop()
    page.states.progress.hide()
    page.states.cancel.hide()
    compare(qtbot, page, f"usage-loading-{scheme}")


def test_paper_looks_as_before(qtbot, theme):
    made = QImage.fromData(
        encoded(Sheet(lines(), "1 Nov \u2013 30 Nov"), Format.PNG, token_table()[Scheme.LIGHT])
    )
    small = made.scaledToWidth(600)
    path = FOLDER / "chart-paper.png"
    if RENEW:
        assert small.save(str(path))
    assert share_of_other_cells(small, QImage(str(path))) <= CELLS_ALLOWED


def test_comparison_sees_a_line_that_is_missing():
    known = QImage(str(FOLDER / f"chart-{ChartKind.LINES}-light.png"))
    changed = known.copy()
    painter = QPainter(changed)
    painter.fillRect(40, 60, 420, 60, 0xFFFFFFFF)
    painter.end()
    assert share_of_other_cells(known, changed) > CELLS_ALLOWED


@pytest.mark.parametrize("kind", list(ChartKind))
def test_comparison_sees_other_numbers(qtbot, theme, kind):
    """The tolerance is not so wide that a chart of other data would pass."""
    known = QImage(str(FOLDER / f"chart-{kind}-light.png"))
    shifted = QImage(known.size(), known.format())
    shifted.fill(0xFFFFFFFF)
    painter = QPainter(shifted)
    painter.drawImage(QPointF(0, 12), known)
    painter.end()
    assert share_of_other_cells(known, shifted) > CELLS_ALLOWED
