"""The palette as the main window uses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ui import text_search as words
from ui.palette import palette_lines as lines
from ui.palette.palette import Palette
from ui.palette.palette_model import Line
from ui.session import Session
from ui.sidebar.sidebar_acts import SidebarActs
from ui.theme import Theme

_FIRST_ACTIONS = ("new", "new_temporary", "search", "settings", "models")
_FIRST_CONVERSATIONS = 6
_REMEMBERED = 12


class PaletteFace(QObject):
    """Opens the palette over everything, or over folders only.

    Attributes:
        palette: Made when it is first wanted.
    """

    def __init__(self, session: Session, theme: Theme, acts: SidebarActs, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._acts = acts
        self.palette = Palette(theme, window)
        self._actions: Mapping[str, QAction] = {}
        self._open_conversation: Callable[[str], object] = lambda _id: None
        self._open_setting: lines.OpenSetting = lambda _section, _name: None
        self._search: Callable[[str], object] = lambda _query: None
        self._used: list[str] = []

    def acts(self) -> dict[str, Callable[[], object]]:
        """What menu items do."""
        return {"palette": self.open}

    def bind(
        self,
        actions: Mapping[str, QAction],
        open_conversation: Callable[[str], object],
        open_setting: lines.OpenSetting,
        search: Callable[[str], object],
    ) -> None:
        """What its lines do.

        Args:
            actions: Item key of ui.actions to its action.
            open_conversation: Shows a conversation.
            open_setting: Shows a setting, by section and name.
            search: Searches all messages for words.
        """
        self._actions = actions
        self._open_conversation = open_conversation
        self._open_setting = open_setting
        self._search = search
        for key, action in actions.items():
            action.triggered.connect(lambda _checked=False, key=key: self._remember(key))

    def open(self) -> None:
        """Everything can be reached by typing."""
        self.palette.model.offer(self._first(), self._all, self._last)
        self.palette.open(words.PALETTE_HINT)

    def open_for_move(self, ids: Sequence[str]) -> None:
        """A folder for these conversations can be chosen by typing."""
        if not ids:
            return
        folders = lines.folder_lines(
            self._session,
            lambda folder_id: self._acts.move(ids, folder_id),
            lambda: self._acts.make_folder(ids),
        )
        self.palette.model.offer(folders, lambda: folders)
        self.palette.open(words.MOVE_HINT)

    def forget(self) -> None:
        """Neither a title nor a query is held any more."""
        self.palette.close()
        self.palette.field.setText("")
        self.palette.model.forget()

    def _remember(self, key: str) -> None:
        self._used = [key, *(used for used in self._used if used != key)][:_REMEMBERED]

    def _first(self) -> list[Line]:
        usual = {key: self._actions[key] for key in _FIRST_ACTIONS if key in self._actions}
        return [
            *lines.conversation_lines(
                self._session, self._open_conversation, limit=_FIRST_CONVERSATIONS
            ),
            *lines.action_lines(usual, ()),
        ]

    def _all(self) -> list[Line]:
        session = self._session
        return [
            *lines.action_lines(self._actions, self._used),
            *lines.conversation_lines(session, self._open_conversation),
            *lines.setting_lines(session, self._open_setting),
            *lines.model_lines(session, self._open_picker),
        ]

    def _open_picker(self) -> None:
        self._actions["models"].trigger()

    def _last(self, query: str) -> list[Line]:
        return [
            Line(words.ACTION, words.search_for(query), partial(self._search, query), icon="search")
        ]
