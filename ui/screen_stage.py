"""Where a picture of a page is built: a window over events that are replayed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QEventLoop, QSize
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication

from engine.contract.commands import Command
from engine.contract.events import ContextMeasured, Event, ModelLoaded
from engine.contract.messages import Conversation
from engine.contract.settings import InterfaceSettings, Settings
from engine.contract.vault import VaultStatus
from ui import screen_content as content
from ui.app_shell import open_window
from ui.chat.formulas import formulas
from ui.chat.highlight import code_colours
from ui.main_window import MainWindow
from ui.replay import ReplayPort


class Stage:
    """Where a screen is built: a window over a replayed port.

    Attributes:
        look: Settings of the interface for this picture.
        port: Plays the events.
        window: The window, not yet shown to anyone.
    """

    def __init__(self, resources: Path, *, is_dark: bool, size: QSize, state: Path) -> None:
        self._resources = resources
        self._theme = "dark" if is_dark else "light"
        self._size = size
        self._state = state
        self.look: dict[str, Any] = {}
        self.port = ReplayPort()
        self.window: MainWindow | None = None

    def open(
        self,
        *conversations: Conversation,
        is_loaded: bool = True,
        width: int = 0,
        vault: VaultStatus = content.UNLOCKED,
        answers: Mapping[type[Command], Event] | None = None,
    ) -> MainWindow:
        """A window with these conversations; the first one is on screen."""
        loaded = content.MODEL if is_loaded else None
        self.port = ReplayPort(
            [*conversations, *content.past()], content.CARDS, loaded, vault, answers
        )
        look = {"theme": self._theme, "is_motion_reduced": True, "is_welcomed": True, **self.look}
        settings = Settings(interface=InterfaceSettings(**look))
        self.window = open_window(
            self.port,
            state_path=self._state,
            resources=self._resources,
            settings=settings,
            version="0.1.0",
            is_shown=False,
        )
        # The pointer rests where it hovers over nothing.
        QCursor.setPos(self.window.screen().geometry().bottomRight())
        self.window.resize(width or self._size.width(), self._size.height())
        self.window.show()
        if is_loaded:
            self.port.play(ModelLoaded(model=content.MODEL))
        settle()
        if conversations and self.window.session.vault.is_open:
            self.window.session.desk.show(conversations[0].id)
            self._measure(conversations[0].id)
        settle()
        return self.window

    def play(self, *events: Event) -> None:
        """The events have arrived and are drawn."""
        self.port.play(*events)
        settle()

    def _measure(self, conversation_id: str) -> None:
        self.port.play(
            ContextMeasured(
                conversation_id=conversation_id,
                system_tokens=410,
                history_tokens=1480,
                draft_tokens=0,
                answer_tokens=1024,
                limit_tokens=8192,
            )
        )


def settle(seconds: float = 0.06) -> None:
    """What was posted has been handled and timers of this length have run."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or not (code_colours().is_idle() and formulas().is_idle()):
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
