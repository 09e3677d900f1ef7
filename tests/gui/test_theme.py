"""The look: contrast, colours that colour-blind people tell apart, a whole style sheet."""

import itertools
import re

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop.views.theme import RESOURCES, Scheme, style_sheet, token_table, tokens

SCHEMES = (Scheme.LIGHT, Scheme.DARK)
TEXT_CONTRAST, CONTROL_CONTRAST = 4.5, 3.0
"""Source: WCAG 2.2, success criteria 1.4.3 and 1.4.11."""
TEXT_PAIRS = [
    (text, ground)
    for text in ("text", "muted", "ok", "warn", "bad")
    for ground in ("window", "sidebar", "card", "raised")
]
TEXT_PAIRS += [("text", "hover"), ("text", "selection"), ("muted", "hover")]
TEXT_PAIRS += [("on_accent", "accent"), ("on_accent", "accent_hover")]
CONTROL_PAIRS = [("border", "card"), ("border", "window"), ("accent", "card"), ("accent", "window")]
CONTROL_PAIRS += [(f"series_{number}", "card") for number in range(1, 6)]

SIMULATIONS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                   [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                     [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                   [0.004733, 0.691367, 0.303900]],
    "none": np.eye(3).tolist(),
}  # fmt: skip
"""Linear RGB as seen with each deficiency, full severity. Source: Machado et al. 2009."""
FAR_ENOUGH = 0.08
"""Distance in OKLab below which two lines are easily mixed up."""
TAB10 = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd")


def linear(colour):
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(first, second):
    light, dark = sorted(
        (float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (first, second)),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


def oklab(rgb):
    to_cone = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(to_lab) @ np.cbrt(np.array(to_cone) @ np.clip(rgb, 0, 1))


def closest_pair(colours, deficiency):
    seen = [oklab(np.array(SIMULATIONS[deficiency]) @ linear(colour)) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read(scheme, text, ground):
    now = token_table()[scheme]
    assert contrast(now.hex(text), now.hex(ground)) >= TEXT_CONTRAST


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("control", "ground"), CONTROL_PAIRS)
def test_controls_and_lines_can_be_made_out(scheme, control, ground):
    now = token_table()[scheme]
    assert contrast(now.hex(control), now.hex(ground)) >= CONTROL_CONTRAST


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("deficiency", SIMULATIONS)
def test_lines_of_a_chart_are_told_apart_with_any_colour_vision(scheme, deficiency):
    assert closest_pair(token_table()[scheme].series, deficiency) >= FAR_ENOUGH


def test_the_measure_of_colours_finds_a_bad_palette():
    assert min(closest_pair(TAB10, deficiency) for deficiency in SIMULATIONS) < FAR_ENOUGH


def test_both_schemes_have_the_same_colours():
    light, dark = (token_table()[scheme].colours.keys() for scheme in SCHEMES)
    assert light == dark


@pytest.mark.parametrize("scheme", SCHEMES)
def test_style_sheet_has_no_gap_left(scheme):
    sheet = style_sheet(token_table()[scheme], right_to_left=False)
    assert re.findall(r"@\w+@", sheet) == []
    for path in re.findall(r'url\("([^"]+)"\)', sheet):
        assert path.startswith(RESOURCES.as_posix())
        assert (RESOURCES / path).is_file()


def test_the_bar_of_the_current_page_is_mirrored_for_right_to_left_text():
    now = token_table()[Scheme.LIGHT]
    bar = f"3px solid {now.hex('accent')}"
    assert f"border-left: {bar}" in style_sheet(now, right_to_left=False)
    assert f"border-right: {bar}" in style_sheet(now, right_to_left=True)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_arrows_of_the_style_sheet_have_the_colour_of_text(scheme):
    now = token_table()[scheme]
    for name in ("chevron-down", "chevron-up"):
        source = (RESOURCES / "icons" / f"{name}-{scheme}.svg").read_text(encoding="utf-8")
        assert now.hex("text") in source
    check = (RESOURCES / "icons" / f"check-{scheme}.svg").read_text(encoding="utf-8")
    assert now.hex("on_accent") in check


def test_every_icon_is_licensed_and_tintable():
    for path in (RESOURCES / "icons").glob("*.svg"):
        fixed = path.stem.endswith(("-light", "-dark")) or path.stem == "usageflow"
        assert ("currentColor" in path.read_text(encoding="utf-8")) is not fixed, path.name
    assert (RESOURCES / "icons" / "LICENSE.txt").is_file()
    assert (RESOURCES / "fonts" / "OFL.txt").is_file()


def test_changing_the_scheme_changes_palette_and_sheet(theme):
    theme.use(Scheme.DARK)
    assert tokens().scheme is Scheme.DARK
    window = QGuiApplication.palette().window().color().name()
    assert window == token_table()[Scheme.DARK].hex("window")
    assert window in QApplication.instance().styleSheet()


def test_system_scheme_follows_the_desktop(theme):
    theme.use(Scheme.SYSTEM)
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert tokens().scheme is Scheme.DARK
    QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert tokens().scheme is Scheme.LIGHT


def test_a_chosen_scheme_does_not_follow_the_desktop(qtbot, theme):
    with qtbot.assertNotEmitted(theme.changed):
        QGuiApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme.scheme is Scheme.LIGHT
