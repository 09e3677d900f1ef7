"""Kinds of charts: their marks, words, keys, zoom, strip, and the colours for every eye."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtWidgets import QApplication

from desktop.domain.usage_views import ChartKind
from desktop.views import chart_overlay
from desktop.views.charting.look import dash, ramp, series_colours, words_on
from desktop.views.charting.picture import Picture, Role, Trace
from desktop.views.charting.range_strip import RangeStrip
from desktop.views.charting.visible import envelope, stacked
from desktop.views.charting.words import summary
from desktop.views.charts import PictureView
from desktop.views.theme import Scheme, token_table, tokens
from tests.gui.pictured_charts import DAYS, PICTURES, brief, lines, say

LEFT = Qt.MouseButton.LeftButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def view(qtbot, theme):
    view = PictureView("Requests")
    qtbot.addWidget(view)
    view.resize(900, 300)
    view.show()
    return view


@pytest.fixture
def heard(monkeypatch):
    """What a screen reader would say."""
    said = []
    monkeypatch.setattr(chart_overlay, "announce", lambda _, text: said.append(text))
    return said


def artists(view, kind):
    return [one for one in view._canvas.figure.artists if isinstance(one, kind)]


def corners(view):
    return [path.vertices for one in artists(view, PolyCollection) for path in one.get_paths()]


def plain(kind, *rows):
    traces = tuple(Trace(f"t{n}", f"trace {n}", values) for n, values in enumerate(rows))
    places = tuple(f"{place}" for place in range(len(rows[0])))
    return Picture("Numbers", kind, places, traces, say, brief)


@pytest.mark.parametrize("kind", list(ChartKind))
def test_every_kind_is_drawn_and_told_in_words(view, kind):
    picture = PICTURES[kind]()
    view.show_picture(picture)
    view.grab()
    assert view._canvas.figure.artists
    told = summary(picture)
    assert all(trace.label in told for trace in picture.traces)
    assert view.overlay.accessibleDescription() == told


@pytest.mark.parametrize("kind", list(ChartKind))
def test_every_kind_has_a_cursor_that_speaks(qtbot, view, heard, kind):
    picture = PICTURES[kind]()
    view.show_picture(picture)
    qtbot.keyClick(view.overlay, Qt.Key.Key_Home)
    view.grab()
    assert heard[-1].startswith(f"{picture.places[0]}: {picture.traces[0].label} ")


def test_layers_stand_on_each_other(view):
    view.show_picture(plain(ChartKind.AREAS, (1, 2, 3), (4, 4, 4)))
    assert stacked(view.picture, 0, 3).tolist() == [[1, 2, 3], [5, 6, 7]]
    plot = view.overlay.layout_shown.plot
    highest = min(points[:, 1].min() for points in corners(view))
    assert highest == pytest.approx(plot.y(7))


def test_bars_have_the_height_of_their_numbers(view):
    view.show_picture(plain(ChartKind.BARS, (10, 5)))
    plot = view.overlay.layout_shown.plot
    tops = [points[:, 1].min() for points in corners(view)]
    assert tops == pytest.approx([plot.y(10), plot.y(5)])


def test_cells_are_darker_the_larger_their_number(view):
    view.show_picture(plain(ChartKind.HEAT, (0, 5, 10)))
    (cells,) = artists(view, PolyCollection)
    lightness = [sum(colour[:3]) for colour in cells.get_facecolors()]
    assert lightness == sorted(lightness, reverse=True)
    assert len(set(lightness)) == 3


def test_cell_without_data_stays_blank(view):
    view.show_picture(plain(ChartKind.HEAT, (1, math.nan, 3)))
    (cells,) = artists(view, PolyCollection)
    assert len(cells.get_paths()) == 2


def test_line_is_broken_where_nothing_is_known(view):
    view.show_picture(plain(ChartKind.LINES, (1, math.nan, 3, 4)))
    line, point = artists(view, Line2D)
    assert np.isnan(line.get_ydata()).tolist() == [False, True, False, False]
    assert len(point.get_ydata()) == 1, "a value alone is a point"


def test_bands_end_at_a_gap(view):
    view.show_picture(plain(ChartKind.BANDS, (1, 1, math.nan, 1), (2, 2, math.nan, 2)))
    plot = view.overlay.layout_shown.plot
    (band, _) = corners(view)
    assert band[:, 0].max() == pytest.approx(plot.x(1))


def test_shares_have_an_axis_of_their_own(view):
    view.show_picture(PICTURES[ChartKind.PARETO]())
    (share,) = artists(view, Line2D)
    plot = view.overlay.layout_shown.plot
    assert share.get_ydata()[-1] == pytest.approx(plot.top), "100 % is at the top"


def test_gap_and_note_are_shown_where_they_are(view):
    view.show_picture(lines())
    plot = view.overlay.layout_shown.plot
    gap = corners(view)[0]
    assert gap[:, 0].min() == pytest.approx(plot.x(13) - plot.slot / 2)
    assert gap[:, 0].max() == pytest.approx(plot.x(15) + plot.slot / 2)


def test_gap_and_note_are_told_at_the_cursor(view):
    view.show_picture(lines())
    view.overlay.move_cursor(14)
    assert "no data received" in view.overlay.said_at_cursor()
    assert "GET /v1/search no data" in view.overlay.said_at_cursor()
    view.overlay.move_cursor(20)
    assert view.overlay.said_at_cursor().endswith("Incident: database failover")


def test_key_n_goes_from_event_to_event(qtbot, view, heard):
    view.show_picture(lines())
    for _ in range(4):
        qtbot.keyClick(view.overlay, Qt.Key.Key_N)
    qtbot.keyClick(view.overlay, Qt.Key.Key_N, SHIFT)
    assert [text.split(":")[0] for text in heard] == ["6 Nov", "14 Nov", "21 Nov", "14 Nov"]


def test_up_and_down_single_out_a_line(qtbot, view, heard):
    view.show_picture(lines())
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(view.overlay, key)
    assert heard[1].startswith("1 Nov: POST /v1/generate")
    assert "GET /v1/search" not in heard[1]
    assert heard[2].startswith("1 Nov: GET /v1/search")
    assert heard[4] == heard[0]


def test_arrows_go_from_cell_to_cell(qtbot, view, heard):
    view.show_picture(PICTURES[ChartKind.HEAT]())
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Right):
        qtbot.keyClick(view.overlay, key)
    assert [text.split()[:2] for text in heard] == [
        ["00:00:", "Mon"],
        ["00:00:", "Tue"],
        ["01:00:", "Tue"],
    ]


def test_plus_zooms_around_the_cursor_and_zero_shows_all(qtbot, view):
    view.show_picture(lines())
    view.overlay.move_cursor(20)
    qtbot.keyClick(view.overlay, Qt.Key.Key_Plus)
    first, count = view.span
    assert count == 15
    assert first <= 20 < first + count
    assert view.is_zoomed
    qtbot.keyClick(view.overlay, Qt.Key.Key_Minus)
    assert view.span == (0, 30)
    qtbot.keyClick(view.overlay, Qt.Key.Key_Plus)
    qtbot.keyClick(view.overlay, Qt.Key.Key_0)
    assert not view.is_zoomed


def test_dragging_over_days_zooms_to_them(qtbot, view):
    view.show_picture(lines())
    plot = view.overlay.layout_shown.plot
    start, end = (QPoint(round(plot.x(place)), 100) for place in (5, 12))
    qtbot.mousePress(view.overlay, LEFT, pos=start)
    qtbot.mouseMove(view.overlay, end)
    view.grab()
    qtbot.mouseRelease(view.overlay, LEFT, pos=end)
    assert view.span == (5, 8)


def test_wheel_with_control_zooms_about_the_pointer(view):
    view.show_picture(lines())
    at = QPointF(view.overlay.layout_shown.plot.x(3), 100)
    wheel = QWheelEvent(
        at, at, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,  # noqa: FBT003
    )  # fmt: skip
    QApplication.sendEvent(view.overlay, wheel)
    assert view.span[1] == 24
    assert view.span[0] <= 3


def test_zoom_stays_when_the_numbers_are_renewed_and_goes_with_other_days(view):
    view.show_picture(lines())
    view.zoom_to(5, 12)
    view.show_picture(lines())
    assert view.span == (5, 8)
    view.show_picture(plain(ChartKind.LINES, (1, 2, 3)))
    assert view.span == (0, 3)


def test_axis_follows_the_window(view):
    view.show_picture(plain(ChartKind.LINES, (1, 2, 1000, 3, 4)))
    view.zoom_to(3, 4)
    assert view.overlay.layout_shown.grid[-1] < 10


@given(
    st.lists(st.floats(0, 1e9) | st.just(math.nan), min_size=1, max_size=2000),
    st.integers(1, 200),
)
def test_envelope_keeps_every_peak_and_low(numbers, width_px):
    values = np.array(numbers)
    width = min(width_px, len(values))
    places, low, high = envelope(values, width)
    assert len(places) == width
    if np.isfinite(values).any():
        assert np.nanmax(high) == np.nanmax(values)
        assert np.nanmin(low) == np.nanmin(values)


def test_a_million_points_are_drawn_as_one_shape_with_their_peak(view):
    noise = np.random.default_rng(3).random(1_000_000)
    noise[777_777] = 50.0
    view.show_picture(Picture("Noise", ChartKind.LINES, ("now",) * 1_000_000,
                              (Trace("n", "noise", noise),), say, brief))  # fmt: skip
    (outline,) = corners(view)
    assert outline[:, 1].min() == pytest.approx(view.overlay.layout_shown.plot.y(50.0), abs=2)
    assert len(outline) < 4000


@pytest.fixture
def strip(qtbot, theme, view):
    strip = RangeStrip("Days on screen")
    qtbot.addWidget(strip)
    strip.resize(900, 40)
    strip.moved.connect(view.zoom_to)
    view.span_changed.connect(lambda: strip.show_span(view.picture, view.span))
    view.show_picture(lines())
    strip.show()
    return strip


def test_strip_moves_the_window_by_keys(qtbot, view, strip):
    view.zoom_to(0, 9)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert view.span == (1, 10)
    qtbot.keyClick(strip, Qt.Key.Key_Right, SHIFT)
    assert view.span == (1, 11)
    qtbot.keyClick(strip, Qt.Key.Key_End)
    assert view.span == (19, 11)
    assert strip.accessibleDescription() == "20 Nov \u2013 30 Nov"
    qtbot.keyClick(strip, Qt.Key.Key_Home)
    assert view.span == (0, 11)
    qtbot.keyClick(strip, Qt.Key.Key_0)
    assert view.span == (0, 30)


def test_strip_is_dragged_by_its_edge_and_its_middle(qtbot, view, strip):
    edge, target = QPoint(round(strip._x(30)), 20), QPoint(round(strip._x(9.5)), 20)
    qtbot.mousePress(strip, LEFT, pos=edge)
    qtbot.mouseMove(strip, target)
    qtbot.mouseRelease(strip, LEFT, pos=target)
    assert view.span == (0, 10)
    qtbot.mousePress(strip, LEFT, pos=QPoint(round(strip._x(5.5)), 20))
    qtbot.mouseMove(strip, QPoint(round(strip._x(10.5)), 20))
    qtbot.mouseRelease(strip, LEFT, pos=QPoint(0, 20))
    assert view.span == (5, 10)
    strip.grab()


def test_empty_strip_and_chart_bear_every_gesture(qtbot, view, theme):
    strip = RangeStrip("Days on screen")
    qtbot.addWidget(strip)
    strip.show()
    empty = Picture("Nothing", ChartKind.LINES, (), (), say, brief)
    view.show_picture(empty)
    strip.show_span(empty, (0, 0))
    for widget in (view.overlay, strip):
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Plus, Qt.Key.Key_N, Qt.Key.Key_Up):
            qtbot.keyClick(widget, key)
        qtbot.mouseClick(widget, LEFT, pos=QPoint(50, 20))
        widget.grab()
    assert view.overlay.cursor_at is None


VIENOT = {
    "normal": np.eye(3),
    "deuteranopia": ((0.29275, 0.70725, 0.0), (0.29275, 0.70725, 0.0), (-0.02234, 0.02234, 1.0)),
    "protanopia": ((0.11238, 0.88762, 0.0), (0.11238, 0.88762, 0.0), (0.00401, -0.00401, 1.0)),
    "tritanopia": ((1.0, 0.1275, -0.1275), (0.0, 0.8739, 0.1261), (0.0, 0.8739, 0.1261)),
}
"""What an eye without one of its three cones sees of linear red, green and blue.

Source: Viénot, Brettel and Mollon 1999 for the first two; the same construction for the third."""
SMALLEST_DISTANCE = 0.075
"""In OKLab, where lightness runs from 0 to 1: two neighbours of 13 greys are as far."""


def seen(colour, eye):
    """A colour as an eye sees it, in OKLab."""
    name = QColor(colour)
    rgb = np.array([name.redF(), name.greenF(), name.blueF()])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = np.array(
        [[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]]
    ) @ np.clip(np.array(VIENOT[eye]) @ linear, 0, 1)
    lab = [[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]]
    return np.array(lab) @ np.cbrt(cones)


def closest(colours, eye):
    pairs = itertools.combinations(colours, 2)
    return min(np.linalg.norm(seen(one, eye) - seen(two, eye)) for one, two in pairs)


@pytest.mark.parametrize("scheme", [Scheme.LIGHT, Scheme.DARK])
@pytest.mark.parametrize("eye", list(VIENOT))
def test_lines_stay_apart_for_every_eye(scheme, eye):
    table = token_table()[scheme]
    assert closest([*table.series, table.hex("card")], eye) >= SMALLEST_DISTANCE


def test_the_measure_of_colours_finds_a_pair_that_is_confused():
    assert closest(("#2ca02c", "#d62728"), "normal") > SMALLEST_DISTANCE
    assert closest(("#1f77b4", "#9467bd"), "protanopia") < SMALLEST_DISTANCE


def test_cells_of_a_heat_map_are_told_apart_by_every_eye():
    for scheme in (Scheme.LIGHT, Scheme.DARK):
        colours = ramp(token_table()[scheme])
        steps = [colours.at(share) for share in (0, 0.25, 0.5, 0.75, 1)]
        for eye in VIENOT:
            lightness = [seen(step, eye)[0] for step in steps]
            assert lightness == sorted(lightness, reverse=scheme is Scheme.LIGHT)
            assert closest(steps, eye) > 0.03


def test_more_lines_than_colours_differ_in_their_pattern():
    traces = tuple(Trace(f"{n}", f"{n}", (1, 2)) for n in range(15))
    picture = Picture("Many", ChartKind.LINES, DAYS[:2], traces, say, brief)
    looks = {
        (colour.name(), str(dash(trace, place)))
        for place, (trace, colour) in enumerate(
            zip(traces, series_colours(picture, tokens()), strict=True)
        )
    }
    assert len(looks) == 15


@given(st.integers(0, 0xFFFFFF))
def test_words_on_a_cell_can_be_read(number):
    cell = QColor(number >> 16, number >> 8 & 255, number & 255)
    contrast = [_contrast(cell, words_on(cell)), _contrast(cell, QColor("#777777"))]
    assert contrast[0] >= 4.5


def _contrast(one, two):
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour):
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return float(np.dot((0.2126, 0.7152, 0.0722), linear))


def test_period_before_is_thin_and_muted(view):
    view.show_picture(lines())
    before = artists(view, Line2D)[-1]
    assert before.get_color() == tokens().hex("muted")
    assert before.get_linewidth() < artists(view, Line2D)[0].get_linewidth()
    assert view.picture.traces[-1].role is Role.BEFORE
