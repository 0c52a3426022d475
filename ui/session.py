"""Everything behind the window: the bridge and what is known through it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.contract.commands import ListConversations
from engine.contract.events import Event
from engine.contract.port import EnginePort
from engine.contract.settings import Settings
from ui.bridge import EngineBridge
from ui.chat.conversation_book import ConversationBook
from ui.chat.conversation_desk import ConversationDesk
from ui.current_settings import CurrentSettings
from ui.jobs import Jobs
from ui.model_status import ModelStatus


class Session(QObject):
    """One connection of the window with the engine.

    Attributes:
        bridge: Where events come from.
        jobs: Where commands go.
        book: All conversations.
        models: All models.
        settings: The settings that hold.
        desk: The conversation on screen.
    """

    def __init__(self, port: EnginePort, settings: Settings) -> None:
        super().__init__()
        self.bridge = EngineBridge(port, self)
        # The book listens first: all others may look things up in it.
        self.book = ConversationBook(self)
        self.bridge.event_received.connect(self._take)
        self.jobs = Jobs(self.bridge, self)
        self.models = ModelStatus(self.jobs, self)
        self.settings = CurrentSettings(self.jobs, settings, self)
        self.desk = ConversationDesk(self.jobs, self.book, self.models, self)

    def start(self) -> None:
        """The engine is asked what there is, and the chosen model is on its way."""
        self.jobs.submit(ListConversations())
        self.models.refresh()
        self.models.load(self.settings.value.models.model)

    def close(self) -> None:
        """No event arrives any more."""
        self.bridge.close()

    def _take(self, event: Event) -> None:
        self.book.apply(event)
