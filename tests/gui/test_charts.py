"""Charts: what is drawn where, the cursor, the words for screen readers."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.lines import Line2D
from PySide6.QtCore import QPoint, Qt

from desktop.domain.usage import (
    DateRange,
    Grain,
    GroupBy,
    Series,
    Stamp,
    UsageAnswer,
    UsageQuestion,
)
from desktop.views import chart_overlay
from desktop.views.chart_geometry import (
    LABEL_HEIGHT_PX,
    Plot,
    grid_values,
    spread_labels,
    time_ticks,
)
from desktop.views.charting.look import series_colours
from desktop.views.charting.words import summary
from desktop.views.charts import Chart, lines_of, warm_up
from desktop.views.theme import Scheme, tokens
from tests.gui.fakes import ACME, TODAY, answer
from tests.gui.looking import wait_for

STAMP = Stamp(datetime(2026, 11, 23, tzinfo=UTC), online=True)
MONTH = answer(
    UsageQuestion(
        ACME.application_id,
        DateRange(TODAY.replace(day=1), TODAY),
        Grain.DAY,
        GroupBy.ENDPOINT,
    )
)


def line(*values, label="GET /a", key="a"):
    return Series(key, label, tuple(Decimal(value) for value in values))


def days(*series):
    starts = tuple(f"2026-11-{day:02d}" for day in range(1, len(series[0].values) + 1))
    total = sum((value for one in series for value in one.values), Decimal(0))
    return UsageAnswer(starts, series, total, STAMP)


@pytest.fixture
def chart(qtbot, theme):
    chart = Chart("Requests per day")
    qtbot.addWidget(chart)
    chart.resize(900, 300)
    chart.show()
    return chart


def drawn_lines(chart):
    return [one for one in chart._canvas.figure.artists if isinstance(one, Line2D)]


@given(st.floats(min_value=1e-6, max_value=1e15))
def test_grid_reaches_above_the_highest_value_with_few_lines(highest):
    grid = grid_values(highest, whole=False)
    assert grid[0] == 0
    assert grid[-1] >= highest * 0.999999
    assert 2 <= len(grid) <= 8
    assert len(grid) < 3 or grid[-2] < highest


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (1, 1), (3, 3), (7, 8), (300_000, 300_000)])
def test_grid_of_counts_has_whole_numbers(highest, top):
    grid = grid_values(highest, whole=True)
    assert grid[-1] == top
    assert all(value == int(value) for value in grid)


@given(st.lists(st.floats(min_value=0, max_value=200), min_size=1, max_size=6))
def test_labels_never_cover_each_other_and_keep_their_order(wanted):
    centres = spread_labels(wanted, 0, 200)
    in_order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    for above, below in itertools.pairwise(in_order):
        assert centres[below] - centres[above] >= LABEL_HEIGHT_PX - 1e-6
    assert max(centres) <= 200


def test_time_labels_have_room():
    assert time_ticks(0, 800, 40) == ()
    assert time_ticks(1, 800, 40) == (0,)
    ticks = time_ticks(365, 800, 40)
    assert (ticks[1] - ticks[0]) * 800 / 364 >= 64


def test_nearest_bucket_is_found_and_bounded():
    plot = Plot(left=50, top=0, width=100, height=10, count=11, ceiling=1)
    assert [plot.nearest(x) for x in (-10, 50, 54, 56, 150, 900)] == [0, 0, 0, 1, 10, 10]


def test_each_line_has_its_own_colour_and_pattern(qtbot, chart):
    chart.show_answer(MONTH)
    drawn = [
        (line.get_color(), line.get_linestyle(), line._unscaled_dash_pattern)
        for line in drawn_lines(chart)
    ]
    assert len({colour for colour, _, _ in drawn}) == len(MONTH.series) == 6
    assert len({str(pattern) for _, _, pattern in drawn}) == 6


def test_the_rest_is_always_drawn_in_the_muted_colour(theme):
    answer_with_rest = days(line(1, 2), line(3, 4, key="", label="Other"))
    colours = series_colours(lines_of("Requests", answer_with_rest), tokens())
    assert colours[1].name() == tokens().hex("muted")


def test_chart_is_redrawn_in_the_other_scheme(qtbot, chart, theme):
    chart.show_answer(MONTH)
    theme.use(Scheme.DARK)
    card = tokens().hex("card")
    wait_for(qtbot, lambda: chart.grab().toImage().pixelColor(1, 1).name() == card)


def test_figure_is_kept_between_answers(chart):
    chart.show_answer(MONTH)
    canvas = chart._canvas
    chart.show_answer(days(line(1, 2, 3)))
    assert chart._canvas is canvas
    assert len(drawn_lines(chart)) == 1


def test_hidden_chart_draws_nothing(qtbot, theme):
    chart = Chart("Hidden")
    qtbot.addWidget(chart)
    chart.show_answer(MONTH)
    assert chart._canvas is None


def test_single_bucket_is_drawn_as_a_point(chart):
    chart.show_answer(days(line(5)))
    assert [one.get_marker() for one in drawn_lines(chart)] == ["None", "o"]


def test_network_names_never_reach_the_chart_library(qtbot, chart):
    hostile = "$\\frac{broken$ 你好 <b>"
    chart.show_answer(days(line(1, 2, label=hostile)))
    texts = [
        text.get_text() for text in chart._canvas.figure.findobj(lambda o: hasattr(o, "get_text"))
    ]
    assert all(text == "" for text in texts)
    chart.grab()
    assert hostile in chart.overlay.accessibleDescription()


def test_arrow_keys_move_a_cursor_that_tells_the_values(qtbot, chart, monkeypatch):
    said = []
    monkeypatch.setattr(chart_overlay, "announce", lambda _, text: said.append(text))
    chart.show_answer(days(line(1000, 2000, 3000), line(5, 6, 7, label="Other", key="")))
    for key in (
        Qt.Key.Key_Right,
        Qt.Key.Key_Right,
        Qt.Key.Key_End,
        Qt.Key.Key_Left,
        Qt.Key.Key_Home,
    ):
        qtbot.keyClick(chart.overlay, key)
    assert said == [
        "1 Nov: GET /a 1,000, Other 5",
        "2 Nov: GET /a 2,000, Other 6",
        "3 Nov: GET /a 3,000, Other 7",
        "2 Nov: GET /a 2,000, Other 6",
        "1 Nov: GET /a 1,000, Other 5",
    ]
    qtbot.keyClick(chart.overlay, Qt.Key.Key_Escape)
    assert chart.overlay.cursor_at is None


def test_mouse_moves_the_cursor(qtbot, chart):
    chart.show_answer(days(line(1, 2, 3)))
    x = round(chart.overlay.layout_shown.plot.x(2))
    with qtbot.waitSignal(chart.overlay.cursor_moved):
        qtbot.mouseMove(chart.overlay, QPoint(x - 3, 100))
    assert chart.overlay.cursor_at == 2
    chart.grab()


def test_moving_the_cursor_does_not_draw_the_lines_again(qtbot, chart, monkeypatch):
    chart.show_answer(MONTH)
    chart.grab()
    drawn = []
    monkeypatch.setattr(chart._canvas, "draw", lambda: drawn.append(1))
    chart.overlay.move_cursor(3)
    chart.grab()
    assert drawn == []


def test_cursor_goes_when_the_answer_gets_shorter(chart):
    chart.show_answer(MONTH)
    chart.overlay.move_cursor(20)
    chart.show_answer(days(line(1, 2)))
    assert chart.overlay.cursor_at is None
    assert chart.overlay.said_at_cursor() == ""


def test_summary_tells_total_and_highest_value():
    text = summary(lines_of("Requests per day", days(line(10, 30, 20))))
    assert text == "Requests per day, 1 Nov \u2013 3 Nov. 60. GET /a: max. 30 (2 Nov)."


def test_empty_answer_is_no_error(qtbot, chart):
    chart.show_answer(UsageAnswer((), (), Decimal(0), STAMP))
    chart.grab()
    qtbot.keyClick(chart.overlay, Qt.Key.Key_Right)
    assert chart.overlay.cursor_at is None


def test_zero_everywhere_is_drawn(chart):
    chart.show_answer(days(line(0, 0, 0)))
    chart.grab()
    assert chart.overlay.layout_shown.grid == (0.0, 1.0)


def test_warm_up_ends_and_leaves_no_thread_behind():
    thread = warm_up()
    thread.join(30)
    assert not thread.is_alive()
