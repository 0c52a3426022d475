"""What the panel has besides its views: explanations, replay, export, and ways to the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QBoxLayout

from engine.contract.signals import SegmentKind
from ui.chat.attachment_face import AttachmentFace
from ui.chat.chat_page import ChatPage
from ui.introspection.attention_view import AttentionView
from ui.introspection.export import ExportButton
from ui.introspection.introspection_panel import IntrospectionPanel
from ui.introspection.panel_view import PanelView
from ui.introspection.replay_bar import ReplayBar
from ui.introspection.sources import Source
from ui.introspection.steering_strip import SteeringStrip
from ui.introspection.turn_replay import TurnReplay
from ui.introspection.what_is_this import Explainer
from ui.theme import Theme

if TYPE_CHECKING:
    from ui.session import Session


class PanelTools(QObject):
    """Joins the panel with the chat.

    Attributes:
        explainer: Says what a figure means.
        replay: Shows a past turn as it grew.
        bar: Its transport, at the foot of the panel.
        export: Writes the view on screen to a file.
        strip: Above the composer while the model is being pushed.
    """

    def __init__(
        self,
        panel: IntrospectionPanel,
        session: Session,
        page: ChatPage,
        attachments: AttachmentFace,
        theme: Theme,
    ) -> None:
        super().__init__(panel)
        self._panel = panel
        self._session = session
        self._page = page
        self._attachments = attachments
        self.explainer = Explainer(theme, panel)
        self.replay = TurnReplay(session.measuring, self)
        self.bar = ReplayBar(self.replay, theme)
        self.export = ExportButton(panel, theme, page.toast.say)
        self.strip = SteeringStrip(session.measuring, theme)
        self._place()
        panel.asked.connect(self.explainer.show)
        panel.view_made.connect(self._join_view)
        self._join_view(panel.view())

    def _place(self) -> None:
        panel, page = self._panel, self._page
        column, foot = panel.layout(), panel.out.parentWidget()
        if isinstance(column, QBoxLayout) and foot is not None:
            column.insertWidget(column.indexOf(foot), self.bar)
            row = foot.layout()
            if isinstance(row, QBoxLayout):
                row.insertWidget(row.indexOf(panel.out), self.export)
        below = page.composer.parentWidget()
        layout = below.layout() if below is not None else None
        if isinstance(layout, QBoxLayout):
            layout.insertWidget(layout.indexOf(page.composer), self.strip)

    def _join_view(self, view: PanelView) -> None:
        """A view is made when its tab is first shown; then its sources lead somewhere."""
        if isinstance(view, AttentionView):
            view.source_wanted.connect(self.open_source)

    def open_source(self, source: Source) -> None:
        """A message is in sight in the chat; a file's text is in a window over the page."""
        if source.kind is SegmentKind.DOCUMENT:
            entry = self._session.desk.entry()
            cards = [
                card
                for message in (entry.messages if entry is not None else ())
                for card in message.attachments
                if card.id == source.source_id
            ]
            if cards:
                self._attachments.show_text(cards[0])
        else:
            self._page.go_to_message(source.source_id)
