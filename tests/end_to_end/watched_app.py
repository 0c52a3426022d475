"""The app in a process of its own that says what is on screen: `watched_app.py WORDS`.

The app is whole: `main` is called with WORDS, and nothing here touches the window. Whenever what
a person could see has changed, one line of JSON says so on standard output.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.main import main
from ui import app_shell
from ui.chat.message_list_model import MessageRole

_LOOKS_MS = 20
# Lines go to the pipe that was there at the start, whatever becomes of standard output.
_told = os.fdopen(os.dup(1), "w")


def seen(window):
    """What is on screen."""
    page, model = window.page, window.page.messages
    rows = [model.index(row) for row in range(model.rowCount())]
    active = QApplication.activeWindow()
    settings = window.window_named("settings")
    focus = QApplication.focusWidget()
    return {
        "window": int(window.winId()),
        "has_keys": active is not None,
        "active": type(active).__name__,
        "focus": focus.accessibleName() if focus is not None else "",
        "title": window.windowTitle(),
        "is_welcoming": window.welcome.panel is not None,
        "step": window.welcome.panel.current() if window.welcome.panel is not None else -1,
        "is_model_loaded": window.session.models.loaded is not None,
        "is_locked": window.vault.curtain.is_down(),
        "is_answering": window.session.desk.is_answering(),
        "words": [row.data(Qt.ItemDataRole.AccessibleTextRole) for row in rows],
        "finished": sum(row.data(MessageRole.STATS) is not None for row in rows),
        "is_editing": page.face.editor is not None,
        "draft": page.composer.edit.toPlainText(),
        "palette": window.palette_face.palette.isVisible(),
        "found": window.search.find_bar.count.text() if window.search.find_bar.isVisible() else "",
        "settings": settings is not None and settings.isVisible(),
        "has_sidebar": window.panes.is_shown(),
        "listed": window.sidebar.model.rowCount(),
        "toast": page.toast.words(),
        "banner": page.banner.message(),
    }


def tell(window, last):
    """One line, if anything has changed."""
    line = json.dumps(seen(window))
    if last and last[0] == line:
        return
    last[:] = [line]
    _told.write(f"{line}\n")
    _told.flush()


def watch():
    """The next window that is opened is watched."""
    open_window = app_shell.open_window

    def open_and_watch(*given, **named):
        window = open_window(*given, **named)
        clock, last = QTimer(window), []
        clock.timeout.connect(lambda: tell(window, last))
        clock.start(_LOOKS_MS)
        return window

    app_shell.open_window = open_and_watch


if __name__ == "__main__":
    watch()
    sys.exit(main(sys.argv[1:]))
