"""The sidebar's acts, menus and undo, as the main window uses them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from ui import text
from ui import text_sidebar as words
from ui.chat.conversation_entry import ConversationEntry
from ui.chat.conversation_list_model import ConversationRole, RowKind
from ui.chat.sidebar import Sidebar
from ui.session import Session
from ui.side_by_side import SideBySide
from ui.sidebar.sidebar_acts import SidebarActs


class SidebarFace(QObject):
    """Gives the menu bar something to do with conversations, and the list its own menus.

    Attributes:
        acts_on: What is asked of the engine.
        said: words, words of an action, what it does; for a toast.
        export_wanted: conversation identifiers.
        move_wanted: conversation identifiers; the user chooses a folder by typing.
    """

    said = Signal(str, str, object)
    export_wanted = Signal(object)
    move_wanted = Signal(object)

    def __init__(self, session: Session, sidebar: Sidebar, panes: SideBySide) -> None:
        super().__init__(sidebar)
        self._session = session
        self._sidebar = sidebar
        self._panes = panes
        self.acts_on = SidebarActs(session, self)
        self.acts_on.done.connect(lambda said, undo: self.said.emit(said, text.UNDO, undo))
        self.acts_on.folder_made.connect(self._name_folder)
        listed = sidebar.list
        listed.renamed.connect(self.acts_on.rename)
        listed.folder_renamed.connect(self.acts_on.rename_folder)
        listed.delete_wanted.connect(self.acts_on.delete)
        listed.folder_delete_wanted.connect(self.acts_on.delete_folder)
        listed.placed.connect(self.acts_on.place)
        listed.menu_wanted.connect(self._open_menu)

    def acts(self) -> dict[str, Callable[[], object]]:
        """What menu items do."""
        return {
            "new_folder": self.acts_on.make_folder,
            "archived": self._toggle_archive,
            "rename": self._rename,
            "pin": lambda: self._turn("is_pinned", self.acts_on.pin),
            "archive": lambda: self._turn("is_archived", self.acts_on.archive),
            "move": lambda: self.move_wanted.emit(self.ids()),
            "export_conversation": lambda: self.export_wanted.emit(self.ids()),
            "delete": lambda: self.acts_on.delete(self.ids()),
        }

    def states(self) -> Mapping[str, bool]:
        """Which menu items can be chosen now."""
        entry = self._session.desk.entry()
        is_kept = entry is not None and not entry.is_temporary and not entry.is_empty()
        names = ("rename", "pin", "archive", "move", "export_conversation", "delete")
        can = dict.fromkeys(names, is_kept or len(self._sidebar.list.chosen_ids()) > 1)
        return can | {"rename": is_kept}

    def ids(self) -> tuple[str, ...]:
        """What an item of the menu bar is about: several that are selected, or the one shown."""
        chosen = self._sidebar.list.chosen_ids()
        if len(chosen) > 1:
            return chosen
        current = self._session.desk.current_id
        return (current,) if current in self._session.book.entries and current else ()

    def menu(self, index: QModelIndex) -> QMenu:
        """What can be done with a row, or with all that are selected."""
        menu = QMenu(self._sidebar.list)
        match index.data(ConversationRole.KIND):
            case RowKind.CONVERSATION:
                self._fill_for_conversations(menu, index)
            case RowKind.FOLDER:
                self._fill_for_folder(menu, index)
            case RowKind.ARCHIVE:
                menu.addAction(words.ARCHIVED_ITEM, self._toggle_archive)
        return menu

    def _fill_for_conversations(self, menu: QMenu, index: QModelIndex) -> None:
        ids = self._sidebar.list.ids_for(index)
        entries = [self._session.book.entries[id_] for id_ in ids]
        acts = self.acts_on
        if len(ids) == 1:
            menu.addAction(words.RENAME, partial(self._sidebar.list.rename, index))
        is_pinned = all(entry.is_pinned for entry in entries)
        menu.addAction(
            words.UNPIN if is_pinned else words.PIN,
            partial(acts.pin, ids, is_pinned=not is_pinned),
        )
        self._add_folders(menu, ids, entries)
        is_archived = all(entry.is_archived for entry in entries)
        menu.addAction(
            words.UNARCHIVE if is_archived else words.ARCHIVE,
            partial(acts.archive, ids, is_archived=not is_archived),
        )
        menu.addSeparator()
        menu.addAction(words.EXPORT, lambda: self.export_wanted.emit(ids))
        menu.addSeparator()
        menu.addAction(words.DELETE, partial(acts.delete, ids))

    def _add_folders(
        self, menu: QMenu, ids: Sequence[str], entries: Sequence[ConversationEntry]
    ) -> None:
        inside = menu.addMenu(words.MOVE_TO)
        there = {entry.folder_id for entry in entries}
        for folder in self._session.library.folders:
            # An ampersand in a name is one, and no mark of a key.
            action = inside.addAction(
                folder.name.replace("&", "&&"), partial(self.acts_on.move, ids, folder.id)
            )
            action.setEnabled(there != {folder.id})
        if self._session.library.folders:
            inside.addSeparator()
        inside.addAction(f"{words.NEW_FOLDER}...", partial(self.acts_on.make_folder, ids))
        known = {folder.id for folder in self._session.library.folders}
        if there & known:
            inside.addAction(words.OUT_OF_FOLDER, partial(self.acts_on.move, ids, ""))

    def _fill_for_folder(self, menu: QMenu, index: QModelIndex) -> None:
        folder_id = index.data(ConversationRole.FOLDER_ID)
        is_open = bool(index.data(ConversationRole.IS_OPEN))
        model = self._sidebar.model
        menu.addAction(
            words.CLOSE_FOLDER if is_open else words.OPEN_FOLDER,
            partial(model.set_folder_open, folder_id, not is_open),
        )
        menu.addAction(words.RENAME_FOLDER, partial(self._sidebar.list.rename, index))
        ids = model.ids_in_folder(folder_id)
        export = menu.addAction(words.EXPORT_FOLDER, lambda: self.export_wanted.emit(ids))
        export.setEnabled(bool(ids))
        menu.addSeparator()
        menu.addAction(words.NEW_FOLDER, self.acts_on.make_folder)
        menu.addAction(words.DELETE_FOLDER, partial(self.acts_on.delete_folder, folder_id))

    def _open_menu(self, index: QModelIndex, point: QPoint) -> None:
        menu = self.menu(index)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(point)

    def _rename(self) -> None:
        current = self._session.desk.current_id
        if current is not None and self._session.desk.entry() is not None:
            self._panes.open()
            self._sidebar.model.reveal(current)
            self._sidebar.list.rename(self._sidebar.model.index_of(current))

    def _name_folder(self, folder_id: str) -> None:
        self._panes.open()
        self._sidebar.show_archive(False)
        self._sidebar.list.rename(self._sidebar.model.index_of_folder(folder_id))

    def _toggle_archive(self) -> None:
        self._panes.open()
        self._sidebar.show_archive(not self._sidebar.model.is_archive)

    def _turn(self, name: str, act: Callable[..., object]) -> None:
        """What all have is taken away; else all get it."""
        ids = self.ids()
        entries = [self._session.book.entries[id_] for id_ in ids]
        if entries:
            act(ids, **{name: not all(getattr(entry, name) for entry in entries)})
