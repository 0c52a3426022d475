"""What the menu does with the window itself, with the windows beside it, and with text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from ui import text
from ui.chat.chat_page import ChatPage
from ui.chat.message_view import MessageView
from ui.current_settings import CurrentSettings

# Items of the main window's menu whose keys hold in the windows beside it too.
_EVERYWHERE = ("close", "quit", "lock")


class WindowActs(QObject):
    """Knows every window that was opened beside the main one."""

    def __init__(self, window: QMainWindow, settings: CurrentSettings, page: ChatPage) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._page = page
        self._windows: dict[str, QWidget] = {}
        self._shared: list[QAction] = []

    def acts(self) -> dict[str, Callable[[], object]]:
        """What menu items do."""
        window = self._window
        return {
            "close": self._close_active,
            "quit": lambda: QApplication.quit(),
            "undo": lambda: self._edit("undo"),
            "redo": lambda: self._edit("redo"),
            "cut": lambda: self._edit("cut"),
            "copy": lambda: self._edit("copy"),
            "paste": lambda: self._edit("paste"),
            "select_all": lambda: self._edit("selectAll"),
            "larger": lambda: self._resize_text(1),
            "smaller": lambda: self._resize_text(-1),
            "usual_size": lambda: self._resize_text(0),
            "minimize": window.showMinimized,
            "zoom": lambda: window.showNormal() if window.isMaximized() else window.showMaximized(),
            "front": self._bring_all_to_front,
        }

    def share(self, actions: Mapping[str, QAction]) -> None:
        """Windows made from now on hear the keys that hold in every window."""
        # On macOS one menu bar serves all windows.
        if sys.platform != "darwin":
            self._shared = [actions[key] for key in _EVERYWHERE]

    def open_window(self, name: str, make: Callable[[], QWidget]) -> QWidget:
        """The window of this name is in front, made if need be."""
        if name not in self._windows:
            self._windows[name] = make()
            self._windows[name].addActions(self._shared)
        shown = self._windows[name]
        shown.show()
        shown.raise_()
        shown.activateWindow()
        return shown

    def named(self, name: str) -> QWidget | None:
        """A window opened before."""
        return self._windows.get(name)

    def close_all(self) -> None:
        """No window made before shows, or holds, anything of a vault that is locked now."""
        for window in self._windows.values():
            window.close()
            window.deleteLater()
        self._windows.clear()

    def _close_active(self) -> None:
        (QApplication.activeWindow() or self._window).close()

    def _bring_all_to_front(self) -> None:
        for window in (*self._windows.values(), self._window):
            if window.isVisible():
                window.raise_()

    def _edit(self, act: str) -> None:
        focus = QApplication.focusWidget()
        if act == "undo" and not _has_typing_to_undo(focus) and self._page.toast.take(text.UNDO):
            return
        if isinstance(focus, MessageView):
            if act == "copy":
                self._page.reader.copy(focus.currentIndex())
            elif act == "selectAll":
                self._page.reader.select_all(focus.currentIndex())
            return
        method = getattr(focus, act, None)
        if callable(method):
            method()

    def _resize_text(self, step: int) -> None:
        size = self._settings.value.interface.reading_size_px + step if step else 15
        self._settings.change("interface", "reading_size_px", max(11, min(32, size)))


def _has_typing_to_undo(focus: QWidget | None) -> bool:
    """Whether undo belongs to the field that one types in, before what a toast offers."""
    if isinstance(focus, QLineEdit):
        return focus.isUndoAvailable()
    if isinstance(focus, (QPlainTextEdit, QTextEdit)):
        return focus.document().isUndoAvailable()
    return False
