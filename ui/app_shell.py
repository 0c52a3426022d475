"""The one way in: a port to an engine becomes a window on screen."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtWidgets import QApplication

from engine.contract.port import EnginePort
from engine.contract.settings import Settings
from ui import text
from ui.actions import MacMenuWords
from ui.main_window import MainWindow
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
) -> MainWindow:
    """The window is on screen, and the engine has been asked for all that it shows.

    A QApplication must exist. The caller keeps the result; closing the window leaves engine and
    session as they are, and `window.session.close()` ends the subscription.

    Args:
        port: The engine, or what stands in for it.
        state_path: File for geometry and the like; its folder is made if need be.
        resources: The folder with icons, themes and fonts.
        settings: Those that hold at start; None takes the defaults.
        version: What About shows.
        is_shown: False leaves the window hidden, for pictures and tests.
    """
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    app.setApplicationDisplayName(text.APP)
    chosen = settings or Settings()
    theme = Theme(resources, app)
    theme.follow(chosen.interface)
    app.setWindowIcon(theme.icons.app_icon())
    session = Session(port, chosen)
    window = MainWindow(session, theme, WindowState(state_path), version)
    session.setParent(window)
    if sys.platform == "darwin":
        app.installTranslator(MacMenuWords(app))
        app.applicationStateChanged.connect(window.reopen)
    session.start()
    window.page.composer.focus()
    if is_shown:
        window.show()
    return window
