"""Everything behind the window: the bridge and what is known through it."""

from __future__ import annotations

from PySide6.QtCore import QObject

from engine.contract.commands import ListConversations
from engine.contract.events import Event
from engine.contract.model_cards import ModelState
from engine.contract.port import EnginePort
from engine.contract.settings import ModelSettings, Settings
from ui.bridge import EngineBridge
from ui.chat.conversation_book import ConversationBook
from ui.chat.conversation_desk import ConversationDesk
from ui.current_settings import CurrentSettings
from ui.introspection.measuring_desk import MeasuringDesk
from ui.jobs import Jobs
from ui.library.library_shelf import LibraryShelf
from ui.model_status import ModelStatus
from ui.vault.vault_desk import VaultDesk


class Session(QObject):
    """One connection of the window with the engine.

    Attributes:
        bridge: Where events come from.
        jobs: Where commands go.
        book: All conversations.
        models: All models.
        settings: The settings that hold.
        desk: The conversation on screen.
        vault: Where all of it is kept.
        library: Folders, presets and prompts.
        measuring: What was measured in answers.
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
        self.vault = VaultDesk(self.jobs, self)
        self.library = LibraryShelf(self.jobs, self)
        self.measuring = MeasuringDesk(self.jobs, self.settings, self.models, self.desk, self)
        self.vault.opened.connect(self._vault_opened)
        self.vault.closing.connect(self.desk.close)
        self.vault.closed.connect(self._vault_closed)
        self.vault.contents_replaced.connect(self._list_anew)

    def start(self) -> None:
        """The vault is being opened, and the chosen model is on its way."""
        self.vault.open()
        self.models.refresh()
        if self.settings.value.interface.is_welcomed:
            self.models.load(self.settings.value.models.model)
        else:
            # Nothing is fetched on a first start before the user has said so.
            self.models.changed.connect(self._load_if_here)

    def _load_if_here(self) -> None:
        cards = self.models.cards
        if not cards:
            return
        self.models.changed.disconnect(self._load_if_here)
        chosen = self.settings.value.models.model
        card = self.models.card(chosen)
        is_asked_for = chosen != ModelSettings().model
        if is_asked_for or (card is not None and card.state is ModelState.READY):
            self.models.load(chosen)

    def close(self) -> None:
        """No event arrives any more."""
        self.bridge.close()

    def _vault_opened(self, drafts: tuple[tuple[str, str], ...]) -> None:
        self.desk.put_back_drafts(drafts)
        self.jobs.submit(ListConversations())
        self.library.refresh()
        self.measuring.start()

    def _vault_closed(self) -> None:
        self.measuring.forget()
        self.desk.forget()
        self.library.forget()
        self.book.forget()
        self.settings.forget_private()

    def _list_anew(self) -> None:
        self.book.forget()
        self.jobs.submit(ListConversations())
        self.library.refresh()

    def _take(self, event: Event) -> None:
        # What was on its way when the vault was locked must not fill the book again.
        if self.vault.status is None or self.vault.is_open:
            self.book.apply(event)
            self.library.apply(event)
