"""The views of the panel, in the order of their tabs."""

from __future__ import annotations

from collections.abc import Callable

from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.panel_view import PanelView
from ui.introspection.stream_view import StreamView
from ui.theme import Theme

TABS: tuple[Callable[[MeasuringDesk, Theme], PanelView], ...] = (StreamView,)
"""Each makes one view; its class says `view` and `title`."""
