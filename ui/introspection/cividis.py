"""Colours of a heat map that everybody can tell apart, and ink that can be read on each."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QColor

# Ten evenly spaced stops of the map, lightness rising steadily from dark blue to yellow.
_STOPS = (
    (0x00, 0x20, 0x4D),
    (0x00, 0x33, 0x6F),
    (0x39, 0x48, 0x6B),
    (0x57, 0x5C, 0x6D),
    (0x70, 0x71, 0x73),
    (0x8A, 0x87, 0x79),
    (0xA6, 0x9D, 0x75),
    (0xC4, 0xB5, 0x6C),
    (0xE4, 0xCF, 0x5B),
    (0xFF, 0xEA, 0x46),
)
_STEPS = 256


def ground(ratio: float) -> QColor:
    """The colour of a value from 0 to 1; what lies outside takes the colour of its end.

    Source: Nunez, Anderton, Renslow 2018, doi:10.1371/journal.pone.0199239.
    Deviation: linear between ten of its stops.
    """
    return _ground(round(min(1.0, max(0.0, ratio)) * (_STEPS - 1)))


def ink(ratio: float) -> QColor:
    """White or black, whichever is easier to read on the colour of this value.

    Between the two the contrast never falls under 4.5:1, which a softer ink would not reach on
    the greys in the middle.
    """
    return _ink(round(min(1.0, max(0.0, ratio)) * (_STEPS - 1)))


@lru_cache(maxsize=_STEPS)
def _ground(step: int) -> QColor:
    place = step / (_STEPS - 1) * (len(_STOPS) - 1)
    first = min(int(place), len(_STOPS) - 2)
    share = place - first
    below, above = _STOPS[first], _STOPS[first + 1]
    mixed = (round(a + (b - a) * share) for a, b in zip(below, above, strict=True))
    return QColor(*mixed)


@lru_cache(maxsize=_STEPS)
def _ink(step: int) -> QColor:
    light = _luminance(_ground(step))
    is_dark = 1.05 / (light + 0.05) >= (light + 0.05) / 0.05
    return QColor("#FFFFFF" if is_dark else "#000000")


def _luminance(color: QColor) -> float:
    """Relative luminance as in WCAG 2.2, from 0 to 1."""
    weights = (0.2126, 0.7152, 0.0722)
    channels = (color.redF(), color.greenF(), color.blueF())
    return sum(w * _linear(c) for w, c in zip(weights, channels, strict=True))


def _linear(channel: float) -> float:
    if channel <= 0.04045:
        return channel / 12.92
    lifted: float = ((channel + 0.055) / 1.055) ** 2.4
    return lifted
