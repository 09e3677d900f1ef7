"""Charts are drawn only where they changed, in turns, and look as if drawn from nothing."""

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QImage

from desktop.domain.usage_views import ChartKind
from desktop.views.charting.picture import Picture, Trace
from desktop.views.charts import PictureView
from tests.gui.looking import wait_for
from tests.gui.pictured_charts import PICTURES, brief, lines, say, walk

SIZE = (700, 260)
KINDS = [kind for kind in ChartKind if kind not in {ChartKind.DISTRIBUTION, ChartKind.COHORT}]
WIDE = {ChartKind.LINES: 4000, ChartKind.BARS: 900, ChartKind.AREAS: 300}


def new_view(qtbot):
    view = PictureView("Requests")
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.show()
    return view


@pytest.fixture
def views(qtbot, theme):
    """One that shows a picture after another, and one that begins anew each time."""
    return new_view(qtbot), new_view(qtbot)


def pixels(view):
    image = view._canvas._pixels.toImage().convertToFormat(QImage.Format.Format_RGB32)
    return bytes(image.constBits())


def at_scale(view, ratio):
    view._canvas.devicePixelRatioF = lambda: ratio


def draw_cold(view, picture):
    """As if nothing had been drawn before."""
    view._canvas._shown = None
    view._drawn_for = None
    view.show_picture(picture)


def changed_from(picture, place, shares):
    """The picture with other numbers from a place on, none of them higher."""
    traces = []
    for trace in picture.traces:
        values = [float(value) for value in trace.values]
        for number in range(place, len(values)):
            share = shares[number % len(shares)]
            values[number] = math.nan if share is None else values[number] * share
        values[0] = float(trace.values[0])
        traces.append(replace(trace, values=tuple(values)))
    return replace(picture, traces=tuple(traces))


def wide(kind):
    """Many places, some for each pixel."""
    count = WIDE[kind]
    traces = tuple(Trace(str(seed), f"line {seed}", walk(seed, 900, count)) for seed in range(2))
    ceiling = Trace("top", "top", (10.0**8,) * count)
    return Picture("Wide", kind, tuple(map(str, range(count))), (*traces, ceiling), say, brief)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
)
@given(
    drawn=st.tuples(st.sampled_from(KINDS), st.booleans(), st.sampled_from([1.0, 1.5])),
    place=st.floats(0, 1),
    shares=st.lists(st.none() | st.floats(0.3, 1), min_size=1, max_size=4),
)
def test_changed_picture_has_the_pixels_of_one_drawn_from_nothing(views, drawn, place, shares):
    warm, cold = views
    kind, is_wide, ratio = drawn
    before = wide(kind) if is_wide and kind in WIDE else PICTURES[kind]()
    after = changed_from(before, round(place * (len(before.places) - 1)), shares)
    for view in views:
        view.show_picture(before)
        at_scale(view, ratio)
    draw_cold(warm, before)
    warm.show_picture(after)
    draw_cold(cold, after)
    is_equal = pixels(warm) == pixels(cold)
    assert is_equal


def test_equal_numbers_are_not_drawn_again(qtbot, theme):
    view = new_view(qtbot)
    view.show_picture(lines())
    drawn = list(view._canvas.figure.artists)
    view.show_picture(lines())
    assert view._canvas.figure.artists == drawn
    assert view.overlay.layout_shown.picture is view.picture


@pytest.fixture
def heavy(qtbot, theme, monkeypatch):
    """A view whose marks take a turn of the event loop each."""
    view = new_view(qtbot)
    view.show_picture(PICTURES[ChartKind.AREAS]())
    monkeypatch.setattr(PictureView, "turn_s", 0.0)
    return view


def test_large_picture_is_drawn_in_turns_and_the_one_before_stays_until_then(qtbot, heavy):
    shown, before = heavy.overlay.layout_shown.picture, pixels(heavy)
    heavy.show_picture(PICTURES[ChartKind.LINES]())
    assert heavy.overlay.layout_shown.picture is shown
    assert pixels(heavy) == before
    wait_for(qtbot, lambda: heavy.overlay.layout_shown.picture is heavy.picture)
    assert pixels(heavy) != before


def test_last_of_many_wanted_pictures_is_drawn(qtbot, heavy):
    seen = []
    heavy.show_picture(lines())
    heavy._canvas.drawn.connect(lambda layout: seen.append(layout.plot.first))
    for first in (1, 2, 3):
        heavy.zoom_to(first, 20)
    wait_for(qtbot, lambda: heavy.overlay.layout_shown.plot.first == 3)
    assert seen == [0, 3]
