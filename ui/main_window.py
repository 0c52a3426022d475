"""Arranges sidebar, top bar and page, and gives the menus something to do."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QMenuBar, QVBoxLayout, QWidget

from ui.actions import fill_menu_bar
from ui.chat.attachment_face import AttachmentFace
from ui.chat.chat_page import ChatPage
from ui.chat.message_face import PageSources
from ui.chat.sidebar import Sidebar
from ui.introspection.doubt import Doubt
from ui.introspection.introspection_face import IntrospectionFace
from ui.introspection.panel_tools import PanelTools
from ui.introspection.pulse_feed import PulseFeed
from ui.last_place import LastPlace
from ui.library.library_face import LibraryFace
from ui.model_picker import WIDTH, ModelPicker
from ui.model_status import Phase
from ui.palette.palette_face import PaletteFace
from ui.quick.outside import NOTHING_OUTSIDE, Outside
from ui.quick.quick_face import QuickFace
from ui.search.search_face import SearchFace
from ui.session import Session
from ui.settings.settings_face import SettingsFace
from ui.settings.settings_page import SettingsPage
from ui.side_by_side import SideBySide
from ui.sidebar.sidebar_face import SidebarFace
from ui.sidebar.temporary_face import TemporaryFace
from ui.theme import Theme
from ui.top_bar import TopBar
from ui.transfer.transfer_face import TransferFace
from ui.vault.parts import VaultParts
from ui.vault.vault_face import VaultFace
from ui.welcome.welcome_face import WelcomeFace
from ui.widgets.popover import Popover
from ui.window_acts import WindowActs
from ui.window_signs import WindowSigns
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
        library: Presets, prompts, and settings of the conversation on screen.
        welcome: The three screens of the first start.
        preferences: Settings, shortcuts, About and licences.
        windows: The windows beside this one.
        search: Search over everything, and find in the conversation.
        listing: What can be done with conversations and folders.
        attachments: Files that go with messages.
        temporary: Conversations of which nothing is kept.
        palette_face: The command palette.
        transfer: Export and import.
        quick: The quick question, the icon, notices, and reading aloud.
        introspection: What is measured in the model, beside the chat.
        panel_tools: Explanations, replay, export, and the strip while the model is pushed.
        last_place: What was on screen comes back.
        actions_by_key: Item key of ui.actions to its action.
    """

    def __init__(
        self,
        session: Session,
        theme: Theme,
        state: WindowState,
        version: str,
        outside: Outside = NOTHING_OUTSIDE,
    ) -> None:
        super().__init__()
        self.session = session
        self.theme = theme
        self._state = state
        self.sidebar = Sidebar(session.book, session.library, theme)
        self.page = ChatPage(session.desk, session.models, theme, self._sources())
        self.top_bar = TopBar(session.models, session.vault, session.settings, theme)
        self.picker = ModelPicker(session.models, session.settings, theme)
        self._picker_popover = Popover(self.picker, WIDTH, self)
        self.windows = WindowActs(self, session.settings, self.page)
        self.preferences = SettingsFace(
            session.settings, session.models, theme, state, version, self, self.windows
        )
        self.library = LibraryFace(
            *(session.library, session.jobs, session.settings, session.models),
            *(session.desk, theme, self, self.windows),
        )
        self.search = SearchFace(session, self.page, theme)
        self.attachments = AttachmentFace(session, self.page, theme)
        self.temporary = TemporaryFace(session, theme, self.new_temporary)
        self.introspection = IntrospectionFace(
            *(session.measuring, self.search.pages, theme, lambda: session.vault.is_covered)
        )
        self.panel_tools = PanelTools(
            self.introspection.panel, session, self.page, self.attachments, theme
        )
        self._arrange()
        self.welcome = WelcomeFace(
            self._vault_parts(), session.models, self.vault.curtain, self.panes, self._ask_first
        )
        self.listing = SidebarFace(session, self.sidebar, self.panes)
        self.palette_face = PaletteFace(session, theme, self.listing.acts_on, self)
        self.transfer = TransferFace(session, theme, self)
        self.quick = QuickFace(session, theme, self, outside)
        self.menus = self._make_menu_bar()
        self.actions_by_key = fill_menu_bar(self.menus, self._acts(), self)
        self.windows.share(self.actions_by_key)
        self.preferences.bind(self.actions_by_key, self._other_pages, self.welcome.begin)
        openers = {name: self.actions_by_key[name].trigger for name in ("settings", "trash")}
        self.last_place = LastPlace(session, self.page.view, state, openers)
        parts = (self.top_bar, self.sidebar, self.panes, self.search)
        self.signs = WindowSigns(self, session, parts, self.actions_by_key, self._is_covered)
        self.welcome.changed.connect(self.signs.show)
        self._connect()
        self._restore()
        self.signs.follow(self.page.face, self.listing, self.temporary, self.search, self.quick)

    # building

    def _arrange(self) -> None:
        reading = QWidget()
        reading.setObjectName("Reading")
        column = QVBoxLayout(reading)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.panes = SideBySide(self.sidebar, reading, self.theme)
        self.vault = self._make_vault_face()
        for bar in (self.top_bar, self.vault.banner, self.temporary.banner, self.search.find_bar):
            column.addWidget(bar)
        column.addWidget(self.introspection.beside, 1)
        self.setCentralWidget(self.vault.curtain)
        self.setMinimumSize(*_SMALLEST)
        self.setWindowIcon(self.theme.icons.app_icon())

    def _is_covered(self) -> bool:
        return self.vault.curtain.is_down() or self.welcome.is_shown()

    def _vault_parts(self) -> VaultParts:
        session = self.session
        return VaultParts(
            jobs=session.jobs, desk=session.vault, settings=session.settings, theme=self.theme
        )

    def _make_vault_face(self) -> VaultFace:
        desk = self.session.desk
        return VaultFace(self._vault_parts(), self.panes, lambda: bool(desk.answering()), self)

    def _sources(self) -> PageSources:
        session = self.session
        return PageSources(session.jobs, session.settings, lambda: session.library.presets)

    def _make_menu_bar(self) -> QMenuBar:
        if sys.platform == "darwin":
            # Without a parent it stays in the screen's menu bar when no window is open.
            return QMenuBar()
        return self.menuBar()

    def _acts(self) -> dict[str, Callable[[], object]]:
        return {
            "new": self.new_conversation,
            "trash": lambda: self.windows.open_window("trash", self.vault.trash_window),
            "back_up": self.vault.back_up_now,
            "export": self.vault.export,
            "lock": self.vault.lock_now,
            "stop": self._stop,
            "sidebar": self.panes.toggle,
            "models": self.open_models,
            "end": self.page.view.go_to_end,
            **self.windows.acts(),
            **self.preferences.acts(),
            **self.library.acts(),
            **self.welcome.acts(),
            **self.page.face.acts(),
            "compare": self.page.compare.open,
            **self.listing.acts(),
            **self.temporary.acts(),
            **self.attachments.acts(),
            **self.search.acts(),
            **self.palette_face.acts(),
            **self.transfer.acts(),
            **self.quick.acts(),
            **self.introspection.acts(),
        }

    def _other_pages(self) -> list[SettingsPage]:
        return [*self.vault.pages(), *self.quick.pages(self.preferences.keys)]

    def _connect(self) -> None:
        self.top_bar.sidebar_toggled.connect(self.panes.toggle)
        for part in (self.top_bar, self.page, self.session.desk):
            part.model_wanted.connect(self.open_models)
        self.sidebar.new_wanted.connect(self.new_conversation)
        self.sidebar.list.chosen.connect(self._open_conversation)
        self._connect_faces()
        self._connect_vault()
        self.session.settings.changed.connect(
            lambda: self.theme.follow(self.session.settings.value.interface)
        )

    def _connect_faces(self) -> None:
        self.library.hang_under(self.top_bar.configure)
        self.top_bar.configure_wanted.connect(self.library.open_panel)
        page = self.page
        completer = self.library.watch(
            page.composer.edit, page.composer, page, page.reader.selected_text
        )
        completer.hinted.connect(page.composer.say_hint)
        self.sidebar.temporary_wanted.connect(self.new_temporary)
        self.sidebar.search_wanted.connect(self._search)
        self.sidebar.follow(self.actions_by_key)
        for face in (self.listing, self.temporary, self.search):
            face.said.connect(self.page.toast.say)
        self.listing.export_wanted.connect(self.transfer.export)
        self.listing.move_wanted.connect(self.palette_face.open_for_move)
        self.quick.conversation_wanted.connect(self._go_on_with)
        self.quick.models_wanted.connect(self.open_models)
        self.quick.reader.changed.connect(self.signs.show_states)
        self._connect_introspection()
        self.palette_face.bind(
            self.actions_by_key,
            self._open_conversation,
            self.preferences.open_setting,
            self._search,
        )

    def _connect_introspection(self) -> None:
        face, bar, doubt = self.introspection, self.top_bar, self.actions_by_key["doubt"]
        self.page.face.look = face.look_at
        PulseFeed(self.session.measuring, self.page.pulse.show_signs, face)
        Doubt(self.session.measuring, self.page.view, face)
        bar.introspection_toggled.connect(face.toggle)
        face.changed.connect(lambda: bar.show_introspection(is_open=face.is_shown()))
        doubt.setCheckable(True)
        settings = self.session.settings
        settings.changed.connect(
            lambda: doubt.setChecked(settings.value.introspection.is_doubt_shown)
        )

    def _connect_vault(self) -> None:
        vault, face = self.session.vault, self.vault
        vault.closing.connect(self.keep_draft)
        vault.closed.connect(self._forget)
        vault.opened.connect(lambda _drafts: self.introspection.come_back())
        face.curtain.fell.connect(self.windows.close_all)
        face.curtain.rose.connect(self.page.composer.focus)
        face.curtain.rose.connect(self.introspection.come_back)
        face.backed_up.connect(self.page.toast.say)
        face.failed.connect(self.page.banner.show_error)

    def _restore(self) -> None:
        self.resize(*_USUAL)
        self.restoreGeometry(self._state.geometry())
        self.panes.set_pane_width(self._state.sidebar_width(self.panes.usual_width()))
        self.panes.set_open(self._state.is_sidebar_open())
        self.introspection.restore(self._state)

    # events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window folds its sidebar."""
        super().resizeEvent(event)
        self.panes.fit(self.width())
        self.introspection.fit(self.width())

    def showEvent(self, event: QShowEvent) -> None:
        """What was beside it is there again."""
        super().showEvent(event)
        self.introspection.come_back()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Where everything was is remembered, and what was typed."""
        self.session.desk.hand_back_waiting()
        self.keep_draft()
        self.remember()
        self.introspection.put_away()
        super().closeEvent(event)
        self.quick.window_closed(self._state)

    def reopen(self, state: Qt.ApplicationState) -> None:
        """A click on the Dock's icon brings the closed window back."""
        if state == Qt.ApplicationState.ApplicationActive and not self.isVisible():
            self.show()

    def remember(self) -> None:
        """Geometry and sidebar are on disk."""
        self._state.save_geometry(self.saveGeometry())
        self._state.save_sidebar_open(self.panes.is_open())
        self._state.save_sidebar_width(self.panes.pane_width())
        self.introspection.remember(self._state)
        self.last_place.keep()
        self.last_place.keep_windows(self.windows.named)
        self._state.save()

    # acts

    def new_conversation(self) -> None:
        """An empty page is shown, ready to type."""
        self.search.close()
        self.session.desk.show(None, self.page.draft())
        self.panes.fold_overlay()
        self.page.composer.focus()

    def new_temporary(self) -> None:
        """An empty page of which nothing is kept is shown, ready to type."""
        self.search.close()
        self.session.desk.begin_temporary(self.page.draft())
        self.panes.fold_overlay()
        self.page.composer.focus()

    def keep_draft(self) -> None:
        """What is typed and not sent is on its way into the vault."""
        if not self.vault.curtain.is_down():
            self.session.desk.note(self.page.draft())
            self.session.desk.drafts.keep()

    def open_models(self) -> None:
        """The model picker is under its chip."""
        self._picker_popover.setFixedWidth(min(self.theme.px(WIDTH), self.width() - 24))
        self._picker_popover.open_under(self.top_bar.chip)

    def window_named(self, name: str) -> QWidget | None:
        """A window opened before, such as "settings", "trash" or "about"."""
        return self.windows.named(name)

    def _open_conversation(self, conversation_id: str) -> None:
        self.search.close()
        self.session.desk.show(conversation_id, self.page.draft())
        self.sidebar.model.reveal(conversation_id)
        self.panes.fold_overlay()

    def _ask_first(self, question: str) -> None:
        """The question of the first screens is asked, or waits in the composer for a model."""
        if question and self.session.models.phase in (Phase.NONE, Phase.FAILED):
            self.page.composer.set_draft(question)
        elif question:
            self.page.composer.send(question)
        self.page.composer.focus()

    def _go_on_with(self, conversation_id: str, words: str) -> None:
        """What was begun on the quick panel goes on here."""
        if conversation_id:
            self._open_conversation(conversation_id)
        elif words:
            self.new_conversation()
        if words:
            self.page.composer.set_draft(words)
        self.page.composer.focus()

    def _stop(self) -> None:
        """A voice falls silent first; the answer is stopped by the next press."""
        if not self.quick.reader.stop():
            self.session.desk.stop()

    def _search(self, query: str = "") -> None:
        self.panes.fold_overlay()
        self.search.open(query)

    def _forget(self) -> None:
        for part in (self.page, self.search, self.library, self.palette_face, self.sidebar):
            part.forget()
