"""The views of the panel, in the order of their tabs."""

from __future__ import annotations

from ui.introspection.panel_view import PanelView
from ui.introspection.stream_view import StreamView

TABS: tuple[type[PanelView], ...] = (StreamView,)
"""Each is made when its tab is first shown; its class says `view` and `title`."""
