"""The views of the panel, in the order of their tabs."""

from __future__ import annotations

from ui.introspection.attention_view import AttentionView
from ui.introspection.confidence_view import ConfidenceView
from ui.introspection.depth_view import DepthView
from ui.introspection.panel_view import PanelView
from ui.introspection.steering_view import SteeringView
from ui.introspection.stream_view import StreamView

TABS: tuple[type[PanelView], ...] = (
    StreamView,
    DepthView,
    AttentionView,
    ConfidenceView,
    SteeringView,
)
"""Each is made when its tab is first shown; its class says `view` and `title`."""
