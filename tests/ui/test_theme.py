from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication

from engine.contract.settings import InterfaceSettings
from ui.theme import FOUND_ALPHA, read_colors

GROUNDS = ("hover", "accent_soft", "user_ground", "error_soft")


def luminance(color):
    def linear(channel):
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(c) for c in (color.redF(), color.greenF(), color.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def laid_over(color, alpha, ground):
    """The colour that is seen where one shines through the other."""
    mixed = zip(color.getRgb()[:3], ground.getRgb()[:3], strict=True)
    return QColor(*(round(top * alpha + below * (1 - alpha)) for top, below in mixed))


@pytest.mark.feature("window.contrast")
@pytest.mark.parametrize("name", ["light", "dark"])
def test_all_text_can_be_read_on_every_ground(name, resources):
    """All text has a contrast of at least 4.5 to 1, in light and in dark."""
    colors = read_colors(resources / "themes" / f"{name}.toml")
    words = ("ink", "muted", "faint", "accent", "signal", "ok", "warn", "error")
    weak = {
        (word, ground): contrast(getattr(colors, word), getattr(colors, ground))
        for word in words
        for ground in ("canvas", "surface", "sunken")
        if contrast(getattr(colors, word), getattr(colors, ground)) < 4.5
    }
    assert not weak


# Word and ground as chips, chosen rows, banners, badges, toasts and buttons pair them.
PAIRS = [
    *((word, ground) for word in ("ink", "muted", "faint", "accent") for ground in GROUNDS),
    ("ink", "selection"),
    ("accent", "selection"),
    ("error", "error_soft"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("canvas", "ink"),
    ("canvas", "error"),
    # The match that is being looked at.
    ("canvas", "signal"),
]


@pytest.mark.feature("window.contrast")
@pytest.mark.parametrize("name", ["light", "dark"])
def test_all_words_can_be_read_on_chips_rows_banners_and_buttons(name, resources):
    colors = read_colors(resources / "themes" / f"{name}.toml")
    weak = {
        pair: contrast(*(getattr(colors, role) for role in pair))
        for pair in PAIRS
        if contrast(*(getattr(colors, role) for role in pair)) < 4.5
    }
    assert not weak


@pytest.mark.parametrize("name", ["light", "dark"])
def test_found_words_can_be_read_wherever_they_are_marked(name, resources):
    colors = read_colors(resources / "themes" / f"{name}.toml")
    for ground in ("canvas", "surface", *GROUNDS):
        below = getattr(colors, ground)
        mark = laid_over(colors.signal, FOUND_ALPHA, below)
        assert contrast(colors.ink, mark) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
def test_rings_and_meters_stand_out_from_their_ground(name, resources):
    """What is no text has 3 to 1."""
    colors = read_colors(resources / "themes" / f"{name}.toml")
    for ground in ("canvas", "surface", "sunken", *GROUNDS):
        for mark in ("accent", "signal"):
            assert contrast(getattr(colors, mark), getattr(colors, ground)) >= 3


@pytest.mark.feature("window.theme")
def test_light_and_dark_change_while_the_window_is_open(theme, qtbot):
    """The window is light or dark as you choose, and changes at once."""
    light = theme.colors.canvas
    with qtbot.waitSignal(theme.changed):
        theme.follow(InterfaceSettings(theme="dark"))

    assert theme.is_dark
    assert theme.colors.canvas != light
    assert QGuiApplication.palette().window().color() == theme.colors.canvas


def test_following_the_system_hands_the_choice_back_to_it(theme):
    theme.follow(InterfaceSettings(theme="dark"))
    theme.follow(InterfaceSettings(theme="system"))

    hints = QGuiApplication.styleHints()
    assert theme.is_dark == (hints.colorScheme() == Qt.ColorScheme.Dark)


def test_each_change_makes_old_layouts_stale(theme):
    before = theme.revision
    theme.follow(InterfaceSettings(reading_size_px=20))

    assert theme.revision > before
    assert theme.reading_px == 20


def test_figures_have_one_width(theme):
    """A number that counts must not make the words after it dance."""
    from PySide6.QtGui import QFontMetricsF

    metrics = QFontMetricsF(theme.font(13))
    assert metrics.horizontalAdvance("1111") == pytest.approx(metrics.horizontalAdvance("0808"))
