"""The one way in: a port to an engine becomes a window on screen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from engine.contract.port import EnginePort
from engine.contract.settings import Settings
from ui import text
from ui.actions import MacMenuWords
from ui.main_window import MainWindow
from ui.quick.outside import NOTHING_OUTSIDE, Outside
from ui.session import Session
from ui.theme import Theme
from ui.window_state import WindowState


def open_window(
    port: EnginePort,
    *,
    state_path: Path,
    resources: Path,
    settings: Settings | None = None,
    version: str = "",
    is_shown: bool = True,
    appears: str = "window",
    outside: Outside = NOTHING_OUTSIDE,
) -> MainWindow:
    """The window comes on screen; then the engine is asked for all that it shows.

    A QApplication must exist. The caller keeps the result; closing the window leaves engine and
    session as they are, and `window.session.close()` ends the subscription.

    Args:
        port: The engine, or what stands in for it.
        state_path: File for geometry and the like; its folder is made if need be.
        resources: The folder with icons, themes and fonts.
        settings: Those that hold at start; None takes the defaults.
        version: What About shows.
        is_shown: False leaves the window hidden, for pictures and tests.
        appears: "window", "quick" for the quick question alone, or "nothing" until it is asked for.
        outside: What the system has: keys, notices, starting at login.
    """
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setApplicationDisplayName(text.APP)
    chosen = settings or Settings()
    theme = Theme(resources, app)
    theme.follow(chosen.interface)
    app.setWindowIcon(theme.icons.app_icon())
    session = Session(port, chosen)
    window = MainWindow(session, theme, WindowState(state_path), version, outside)
    session.setParent(window)
    if sys.platform == "darwin":
        app.installTranslator(MacMenuWords(app))
        app.applicationStateChanged.connect(window.reopen)
    window.page.composer.focus()
    if is_shown and appears != "window":
        QTimer.singleShot(0, window, lambda: _begin_unseen(window, appears))
    elif is_shown:
        _AfterFirstPaint(window, lambda: _begin(window))
        window.show()
    else:
        session.start()
    return window


def _begin(window: MainWindow) -> None:
    window.session.start()
    window.quick.begin()
    # A window that nobody sees has no screen to be locked with.
    if QApplication.platformName() != "offscreen":
        window.vault.auto_lock.begin()


def _begin_unseen(window: MainWindow, appears: str) -> None:
    if appears == "quick":
        # On screen before the engine's first answer, which takes Python for itself for a while.
        window.quick.open_panel()
    _begin(window)


class _AfterFirstPaint(QObject):
    """Calls a function once the window has been drawn.

    The engine's first answer imports mlx, which holds Python's lock for most of two seconds; a
    window that is drawn before that is on screen at once.
    """

    def __init__(self, window: MainWindow, function: Callable[[], None]) -> None:
        super().__init__(window)
        self._window = window
        self._function = function
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self._function)
            self.deleteLater()
        return super().eventFilter(watched, event)
