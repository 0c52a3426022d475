"""Arranges sidebar, top bar and page, and gives the menus something to do."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenuBar, QVBoxLayout, QWidget

from engine.contract.commands import DeleteConversation, RenameConversation, RestoreConversation
from ui import text
from ui.actions import ALWAYS_THERE, fill_menu_bar
from ui.chat.chat_page import ChatPage
from ui.chat.message_view import MessageView
from ui.chat.sidebar import Sidebar
from ui.model_picker import WIDTH, ModelPicker
from ui.session import Session
from ui.settings.about_window import AboutWindow, ShortcutsWindow
from ui.settings.settings_window import SettingsWindow
from ui.side_by_side import SideBySide
from ui.theme import Theme
from ui.top_bar import TopBar
from ui.vault.parts import VaultParts
from ui.vault.vault_face import VaultFace
from ui.widgets.popover import Popover
from ui.window_state import WindowState

_SMALLEST = (480, 420)
_USUAL = (1280, 800)


class MainWindow(QMainWindow):
    """The window.

    Attributes:
        session: Everything behind it.
        page: The conversation on screen.
        sidebar: The list of conversations.
        vault: Lock screen, banner, and what the menu does about the vault.
        actions_by_key: Item key of ui.actions to its action.
    """

    def __init__(self, session: Session, theme: Theme, state: WindowState, version: str) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self._state = state
        self._version = version
        self._windows: dict[str, QWidget] = {}
        self.sidebar = Sidebar(session.book, theme)
        self.page = ChatPage(session.desk, session.models, theme)
        self.top_bar = TopBar(session.models, session.vault, theme)
        self.picker = ModelPicker(session.models, session.settings, theme)
        self._picker_popover = Popover(self.picker, WIDTH, self)
        self._arrange()
        self.menus = self._make_menu_bar()
        self.actions_by_key = fill_menu_bar(self.menus, self._acts(), self)
        self._connect()
        self._restore()
        self._show_title()

    # building

    def _arrange(self) -> None:
        reading = QWidget()
        reading.setObjectName("Reading")
        column = QVBoxLayout(reading)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.panes = SideBySide(self.sidebar, reading, self.theme)
        self.vault = self._make_vault_face()
        column.addWidget(self.top_bar)
        column.addWidget(self.vault.banner)
        column.addWidget(self.page, 1)
        self.setCentralWidget(self.vault.curtain)
        self.setMinimumSize(*_SMALLEST)
        self.setWindowIcon(self.theme.icons.app_icon())

    def _make_vault_face(self) -> VaultFace:
        session = self.session
        parts = VaultParts(
            jobs=session.jobs, desk=session.vault, settings=session.settings, theme=self.theme
        )
        return VaultFace(parts, self.panes, lambda: bool(session.desk.answering()), self)

    def _make_menu_bar(self) -> QMenuBar:
        if sys.platform == "darwin":
            # Without a parent it stays in the screen's menu bar when no window is open.
            return QMenuBar()
        return self.menuBar()

    def _acts(self) -> dict[str, Callable[[], object]]:
        page, desk = self.page, self.session.desk
        return {
            "new": self.new_conversation,
            "rename": self._rename_current,
            "delete": lambda: self._delete(desk.current_id or ""),
            "trash": lambda: self._open("trash", self.vault.trash_window),
            "back_up": self.vault.back_up_now,
            "export": self.vault.export,
            "lock": self.vault.lock_now,
            "settings": self.open_settings,
            "close": self._close_active,
            "quit": lambda: QApplication.quit(),
            "undo": lambda: self._edit("undo"),
            "redo": lambda: self._edit("redo"),
            "cut": lambda: self._edit("cut"),
            "copy": lambda: self._edit("copy"),
            "paste": lambda: self._edit("paste"),
            "select_all": lambda: self._edit("selectAll"),
            "search": self._search,
            "stop": desk.stop,
            "sidebar": self.panes.toggle,
            "models": self.open_models,
            "end": page.view.go_to_end,
            "larger": lambda: self._resize_text(1),
            "smaller": lambda: self._resize_text(-1),
            "usual_size": lambda: self._resize_text(0),
            "minimize": self.showMinimized,
            "zoom": lambda: self.showNormal() if self.isMaximized() else self.showMaximized(),
            "front": self._bring_all_to_front,
            "shortcuts": lambda: self._open("shortcuts", ShortcutsWindow, self),
            "about": self.open_about,
        }

    def _connect(self) -> None:
        desk, book = self.session.desk, self.session.book
        self.top_bar.sidebar_toggled.connect(self.panes.toggle)
        self.top_bar.model_wanted.connect(self.open_models)
        self.page.model_wanted.connect(self.open_models)
        desk.model_wanted.connect(self.open_models)
        self.panes.changed.connect(self._show_sidebar_state)
        self.sidebar.new_wanted.connect(self.new_conversation)
        self.sidebar.list.chosen.connect(self._open_conversation)
        self.sidebar.list.renamed.connect(self._rename)
        self.sidebar.list.delete_wanted.connect(self._delete)
        for signal in (desk.shown, desk.changed, book.listed):
            signal.connect(self._show_title)
        desk.finished.connect(lambda _message_id: self._show_title())
        self._connect_vault()
        self.session.settings.changed.connect(
            lambda: self.theme.follow(self.session.settings.value.interface)
        )

    def _connect_vault(self) -> None:
        vault, face = self.session.vault, self.vault
        vault.changed.connect(self._show_title)
        vault.closing.connect(self.keep_draft)
        vault.closed.connect(self._forget)
        face.curtain.fell.connect(self._close_windows)
        face.curtain.rose.connect(self.page.composer.focus)
        face.backed_up.connect(self.page.toast.say)
        face.failed.connect(self.page.banner.show_error)

    def _restore(self) -> None:
        self.resize(*_USUAL)
        self.restoreGeometry(self._state.geometry())
        self.panes.set_sidebar_width(self._state.sidebar_width(self.panes.usual_width()))
        self.panes.set_open(self._state.is_sidebar_open())

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window folds its sidebar."""
        super().resizeEvent(event)
        self.panes.fit(self.width())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Where everything was is remembered, and what was typed."""
        self.keep_draft()
        self.remember()
        super().closeEvent(event)

    def reopen(self, state: Qt.ApplicationState) -> None:
        """A click on the Dock's icon brings the closed window back."""
        if state == Qt.ApplicationState.ApplicationActive and not self.isVisible():
            self.show()

    def remember(self) -> None:
        """Geometry and sidebar are on disk."""
        self._state.save_geometry(self.saveGeometry())
        self._state.save_sidebar_open(self.panes.is_open())
        self._state.save_sidebar_width(self.panes.sidebar_width())
        self._state.save()

    # acts

    def new_conversation(self) -> None:
        """An empty page is shown, ready to type."""
        self.session.desk.show(None, self.page.composer.draft())
        self.panes.fold_overlay()
        self.page.composer.focus()

    def keep_draft(self) -> None:
        """What is typed and not sent is on its way into the vault."""
        if not self.vault.curtain.is_down():
            self.session.desk.note(self.page.composer.draft())
            self.session.desk.drafts.keep()

    def open_settings(self) -> None:
        """The settings window is in front."""
        self._open("settings", self._make_settings)

    def _make_settings(self) -> SettingsWindow:
        pages = self.vault.pages()
        return SettingsWindow(self.session.settings, self.theme, self._state, self, pages)

    def open_about(self) -> None:
        """The About window is in front."""
        self._open("about", AboutWindow, self._version, self.theme, self)

    def open_models(self) -> None:
        """The model picker is under its chip."""
        self._picker_popover.open_under(self.top_bar.chip)

    def window_named(self, name: str) -> QWidget | None:
        """A window opened before: "settings", "trash", "about" or "shortcuts"."""
        return self._windows.get(name)

    def _open(self, name: str, make: Callable[..., QWidget], *args: object) -> None:
        if name not in self._windows:
            self._windows[name] = make(*args)
        window = self._windows[name]
        window.show()
        window.raise_()
        window.activateWindow()

    def _open_conversation(self, conversation_id: str) -> None:
        self.session.desk.show(conversation_id, self.page.composer.draft())
        self.panes.fold_overlay()

    def _rename_current(self) -> None:
        if self.session.desk.entry() is not None:
            self.panes.open()
            self.sidebar.list.rename_current()

    def _rename(self, conversation_id: str, title: str) -> None:
        self.session.jobs.submit(RenameConversation(conversation_id=conversation_id, title=title))

    def _delete(self, conversation_id: str) -> None:
        if conversation_id not in self.session.book.entries:
            return
        self.session.jobs.submit(DeleteConversation(conversation_id=conversation_id))
        self.page.toast.say(
            text.DELETED,
            text.UNDO,
            lambda: self.session.jobs.submit(RestoreConversation(conversation_id=conversation_id)),
        )

    def _search(self) -> None:
        self.panes.open()
        self.sidebar.focus_search()

    def _edit(self, act: str) -> None:
        focus = QApplication.focusWidget()
        if isinstance(focus, MessageView):
            if act == "copy":
                self.page.reader.copy(focus.currentIndex())
            elif act == "selectAll":
                self.page.reader.select_all(focus.currentIndex())
            return
        method = getattr(focus, act, None)
        if callable(method):
            method()

    def _resize_text(self, step: int) -> None:
        settings = self.session.settings
        size = settings.value.interface.reading_size_px + step if step else 15
        settings.change("interface", "reading_size_px", max(11, min(32, size)))

    def _close_active(self) -> None:
        window = QApplication.activeWindow()
        (window or self).close()

    def _bring_all_to_front(self) -> None:
        for window in (*self._windows.values(), self):
            if window.isVisible():
                window.raise_()

    def _close_windows(self) -> None:
        """No window made before shows, or holds, anything of a vault that is locked now."""
        for window in self._windows.values():
            window.close()
            window.deleteLater()
        self._windows.clear()

    def _forget(self) -> None:
        self.page.forget()
        self.sidebar.forget()

    # showing

    def _show_title(self) -> None:
        desk = self.session.desk
        is_down = self.vault.curtain.is_down()
        for key, action in self.actions_by_key.items():
            action.setEnabled(not is_down or key in ALWAYS_THERE)
        if is_down:
            self.top_bar.show_title("")
            self.setWindowTitle(text.APP)
            return
        entry = desk.entry()
        title = entry.shown_title() if entry is not None else text.NEW_CONVERSATION
        self.top_bar.show_title(title)
        self.setWindowTitle(f"{title} · {text.APP}" if entry is not None else text.APP)
        self.sidebar.list.mark(desk.current_id)
        self._enable("stop", desk.is_answering())
        for key in ("rename", "delete"):
            self._enable(key, entry is not None and not entry.is_empty())
        self._enable("lock", self.session.vault.can_lock)
        self._enable("back_up", self.session.vault.can_lock)

    def _enable(self, key: str, is_enabled: bool) -> None:
        action: QAction = self.actions_by_key[key]
        action.setEnabled(is_enabled)

    def _show_sidebar_state(self) -> None:
        self.top_bar.toggle.rename(
            text.SIDEBAR_HIDE if self.panes.is_shown() else text.SIDEBAR_SHOW
        )
