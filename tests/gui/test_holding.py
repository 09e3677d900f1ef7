"""Legal holds in the window: placed and released beside the erasure, taken back by Undo."""

from datetime import date

import pytest

from desktop.domain.privacy.categories import Category
from desktop.views.privacy.data_map import CATEGORIES
from tests.gui.looking import click, type_into, visible_texts, wait_for
from tests.gui.test_erasing import panel, planned  # noqa: F401 (a fixture)


@pytest.fixture
def holding(qtbot, panel):  # noqa: F811 (the fixture)
    """The holds of Jane, whose erasure was planned."""
    planned(qtbot, panel)
    return panel.holding


def held(device):
    found = device.services.erasing.holds.listed()
    return [(hold.category, hold.ground, hold.record_id) for hold in found]


def place(qtbot, holding):
    holding.category.choose(Category.USAGE)
    type_into(qtbot, holding.ground, "Court order 12")
    type_into(qtbot, holding.record, "day_1")
    click(qtbot, holding.place)
    wait_for(qtbot, lambda: len(holding.releases) == 1)


def test_hold_is_placed_and_undo_takes_it_back(qtbot, device, real_window, panel, holding):  # noqa: F811
    assert panel.erase.isVisible()
    place(qtbot, holding)
    assert held(device) == [(Category.USAGE, "Court order 12", "day_1")]
    assert any("Court order 12" in text for text in visible_texts(holding.holds))
    assert not panel.erase.isVisible(), "the plan on show was made without the hold"
    click(qtbot, real_window.toast.undo)
    wait_for(qtbot, lambda: not holding.releases)
    assert held(device) == []


def test_hold_is_released_and_undo_places_it_again(qtbot, device, real_window, holding):
    place(qtbot, holding)
    before = held(device)
    (release,) = holding.releases.values()
    assert "Court order 12" in release.accessibleName()
    click(qtbot, release)
    wait_for(qtbot, lambda: not holding.releases)
    assert held(device) == []
    click(qtbot, real_window.toast.undo)
    wait_for(qtbot, lambda: len(holding.releases) == 1)
    assert held(device) == before


def test_hold_without_a_ground_is_refused_beside_the_field(qtbot, device, holding):
    click(qtbot, holding.place)
    wait_for(qtbot, holding.fields["ground"].problem.isVisible)
    assert held(device) == []


def test_hold_ends_after_the_day_in_the_field(qtbot, device, holding):
    assert not holding.until.isVisible()
    holding.ends.setChecked(True)
    wait_for(qtbot, holding.until.isVisible)
    holding.until.show_day(date(2027, 3, 31))
    place(qtbot, holding)
    (hold,) = device.services.erasing.holds.listed()
    assert hold.until == date(2027, 3, 31)
    assert any("ends after" in text and "2027" in text for text in visible_texts(holding.holds))
    assert not holding.until.isVisible()


def test_day_that_is_over_is_refused_beside_the_field(qtbot, device, holding):
    holding.ends.setChecked(True)
    holding.until.show_day(date(2020, 1, 1))
    type_into(qtbot, holding.ground, "Court order 12")
    click(qtbot, holding.place)
    wait_for(qtbot, holding.fields["until"].problem.isVisible)
    assert held(device) == []


def test_every_kind_can_be_held():
    assert set(CATEGORIES) == set(Category)
