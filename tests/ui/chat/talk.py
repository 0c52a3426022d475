"""A page over a FakeEngine without the window round it, and what one does with its messages."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect
from PySide6.QtTest import QTest

from engine.contract.settings import InterfaceSettings, Settings
from ui.chat.chat_page import ChatPage
from ui.chat.message_face import PageSources
from ui.chat.message_list_model import MessageRole
from ui.session import Session


@dataclass
class Talk:
    session: Session
    page: ChatPage
    qtbot: object

    def ask(self, words="hi"):
        self.page.composer.send(words)
        self.rest()

    def rest(self):
        """Nothing is being written any more."""
        self.qtbot.waitUntil(lambda: not self.desk.is_answering())

    def offer_models(self, engine, *cards):
        """The engine has these models and no others, and the page knows it."""
        models = self.session.models
        self.qtbot.waitUntil(lambda: bool(models.cards))
        # Lists come in their order, so none of the former models arrives after this one.
        engine.cards = list(cards)
        models.refresh()
        self.qtbot.waitUntil(lambda: models.cards == cards)

    @property
    def desk(self):
        return self.session.desk

    @property
    def entry(self):
        return self.desk.entry()

    def texts(self):
        model = self.page.messages
        return [model.index(row, 0).data(MessageRole.TEXT) for row in range(model.rowCount())]

    def id_of(self, row):
        return self.page.messages.index(row, 0).data(MessageRole.ID)

    def offers(self, row):
        return self.page.messages.index(row, 0).data(MessageRole.OFFERS)

    def layout(self, row):
        view = self.page.view
        index = self.page.messages.index(row, 0)
        return view.delegate.layout_of(index, view.layout_width())

    def do(self, row, action):
        """What a click on an action, or its line in the menu, leads to."""
        self.page.reader.acted.emit(self.id_of(row), action, QRect())

    def key(self, key, *modifiers):
        for_all = modifiers[0] if modifiers else None
        QTest.keyClick(self.page.view, key, *([for_all] if for_all is not None else []))


def open_talk(port, theme, qtbot, settings=None):
    """The page is on screen and a model is loaded; `settings` are given for a real engine."""
    if settings is None:
        settings = Settings(interface=InterfaceSettings(theme="light", is_welcomed=True))
        port.vault.settings = port.vault.settings or settings
    session = Session(port, settings)
    sources = PageSources(session.jobs, session.settings, lambda: session.library.presets)
    page = ChatPage(session.desk, session.models, theme, sources)
    session.setParent(page)
    qtbot.addWidget(page)
    page.resize(900, 700)
    page.show()
    session.start()
    qtbot.waitUntil(
        lambda: session.models.loaded is not None and session.book.is_loaded,
        timeout=30_000,
    )
    return Talk(session, page, qtbot)
