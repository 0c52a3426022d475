"""Conversations as a Qt model: pinned ones, folders, then by day; or the archive."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from engine.contract.library import Folder
from ui import text
from ui import text_sidebar as words
from ui.chat.conversation_book import ConversationBook
from ui.chat.conversation_entry import ConversationEntry
from ui.library.library_shelf import LibraryShelf

AnyIndex = QModelIndex | QPersistentModelIndex
MIME = "application/x-shvayambhu-conversations"


class RowKind(Enum):
    """What a row is."""

    HEADING = "heading"
    CONVERSATION = "conversation"
    FOLDER = "folder"
    ARCHIVE = "archive"
    """Opens the archive."""


class ConversationRole(IntEnum):
    """What can be asked about a row."""

    ID = Qt.ItemDataRole.UserRole + 1
    """Of the conversation; empty for any other row."""
    IS_ANSWERING = Qt.ItemDataRole.UserRole + 2
    KIND = Qt.ItemDataRole.UserRole + 3
    FOLDER_ID = Qt.ItemDataRole.UserRole + 4
    """Of the folder, or of the one that the conversation is shown in."""
    IS_OPEN = Qt.ItemDataRole.UserRole + 5
    COUNT = Qt.ItemDataRole.UserRole + 6
    """How many conversations are in the folder or in the archive."""
    IS_PINNED = Qt.ItemDataRole.UserRole + 7
    ENTRY = Qt.ItemDataRole.UserRole + 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation can be put by hand.

    Attributes:
        folder_id: Empty for none; None leaves it alone.
    """

    folder_id: str | None
    is_pinned: bool


@dataclass(slots=True)
class _Row:
    kind: RowKind
    title: str = ""
    entry: ConversationEntry | None = None
    folder_id: str = ""
    count: int = 0
    is_open: bool = False
    place: Place | None = None

    def is_like(self, other: _Row) -> bool:
        """Whether a view need not lay the row out anew."""
        return (
            self.kind is other.kind
            and self.entry is other.entry
            and self.folder_id == other.folder_id
            and self.is_open == other.is_open
        )


def day_name(then: datetime.date, today: datetime.date) -> str:
    """The heading under which a conversation of that day stands."""
    days = (today - then).days
    if days <= 0:
        return text.TODAY
    if days == 1:
        return text.YESTERDAY
    return text.LAST_WEEK if days <= 7 else text.EARLIER


class ConversationListModel(QAbstractListModel):
    """Follows book and library; rows are rebuilt when these say that something has changed.

    Attributes:
        found: How many conversations are listed, those in closed folders included.
        is_archive: Whether the archive is shown.
    """

    def __init__(
        self, book: ConversationBook, library: LibraryShelf, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._book = book
        self._library = library
        self._rows: list[_Row] = []
        self._places: dict[str, int] = {}
        self._open_folders: set[str] = set()
        self._is_held = False
        self._is_late = False
        self.found = 0
        self.is_archive = False
        book.listed.connect(self.rebuild)
        library.changed.connect(self.rebuild)
        self.rebuild()

    # what is shown

    def show_archive(self, is_archive: bool) -> None:
        """The archive is shown, or all the rest."""
        if is_archive != self.is_archive:
            self.is_archive = is_archive
            self.rebuild()

    def set_folder_open(self, folder_id: str, is_open: bool) -> None:
        """The folder's conversations are listed under it, or not."""
        if is_open:
            self._open_folders.add(folder_id)
        else:
            self._open_folders.discard(folder_id)
        self.rebuild()

    def reveal(self, conversation_id: str) -> None:
        """The conversation has a row, though its folder was closed or it is in the archive."""
        entry = self._book.entries.get(conversation_id)
        if entry is None or conversation_id in self._places:
            return
        self.is_archive = entry.is_archived
        if self._library.folder(entry.folder_id) is not None:
            self._open_folders.add(entry.folder_id)
        self.rebuild()

    def forget(self) -> None:
        """Which folders were open is not held any more."""
        self._open_folders.clear()
        self.is_archive = self._is_held = False
        self.rebuild()

    def hold(self) -> None:
        """The rows stay as they are while a title is typed; a change would take the field away."""
        self._is_held = True

    def release(self) -> None:
        """The rows follow again, and make up for what they missed."""
        self._is_held = False
        if self._is_late:
            self._is_late = False
            self.rebuild()

    def rebuild(self) -> None:
        """The rows are those of book and library, now, or as soon as no title is typed."""
        if self._is_held:
            self._is_late = True
            return
        entries = self._book.in_order()
        archived = [entry for entry in entries if entry.is_archived]
        listed = [entry for entry in entries if not entry.is_archived]
        if self.is_archive:
            rows, self.found = list(self._by_day(archived)), len(archived)
        else:
            rows, self.found = list(self._all_rows(listed, len(archived))), len(listed)
        same = len(rows) == len(self._rows) and all(
            old.is_like(new) for old, new in zip(self._rows, rows, strict=True)
        )
        if same:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self._rows = rows
        self._places = {row.entry.id: at for at, row in enumerate(rows) if row.entry is not None}
        self.endResetModel()

    def _all_rows(self, listed: Sequence[ConversationEntry], archived: int) -> Iterable[_Row]:
        pinned = [entry for entry in listed if entry.is_pinned]
        if pinned:
            place = Place(None, is_pinned=True)
            yield _Row(RowKind.HEADING, words.PINNED, place=place)
            yield from (_Row(RowKind.CONVERSATION, entry=entry, place=place) for entry in pinned)
        foldered: dict[str, list[ConversationEntry]] = {f.id: [] for f in self._library.folders}
        loose: list[ConversationEntry] = []
        for entry in listed:
            if not entry.is_pinned:
                foldered.get(entry.folder_id, loose).append(entry)
        if self._library.folders:
            yield _Row(RowKind.HEADING, words.FOLDERS)
        for folder in self._library.folders:
            yield from self._folder_rows(folder, foldered[folder.id])
        yield from self._by_day(loose)
        if archived:
            yield _Row(RowKind.ARCHIVE, words.ARCHIVED, count=archived)

    def _folder_rows(self, folder: Folder, inside: list[ConversationEntry]) -> Iterable[_Row]:
        is_open = folder.id in self._open_folders
        place = Place(folder.id, is_pinned=False)
        yield _Row(
            RowKind.FOLDER,
            folder.name,
            folder_id=folder.id,
            count=len(inside),
            is_open=is_open,
            place=place,
        )
        for entry in inside if is_open else ():
            yield _Row(RowKind.CONVERSATION, entry=entry, folder_id=folder.id, place=place)

    def _by_day(self, entries: Sequence[ConversationEntry]) -> Iterable[_Row]:
        today = datetime.date.today()
        place = None if self.is_archive else Place("", is_pinned=False)
        day = ""
        for entry in entries:
            name = day_name(datetime.date.fromtimestamp(entry.updated_at_s), today)
            if name != day:
                day = name
                yield _Row(RowKind.HEADING, day, place=place)
            yield _Row(RowKind.CONVERSATION, entry=entry, place=place)

    # where things are

    def index_of(self, conversation_id: str | None) -> QModelIndex:
        """Where a conversation is; invalid if it is not shown."""
        row = self._places.get(conversation_id or "", -1)
        return self.index(row, 0) if row >= 0 else QModelIndex()

    def index_of_folder(self, folder_id: str) -> QModelIndex:
        """Where a folder's own row is; invalid if it is not shown."""
        for at, row in enumerate(self._rows):
            if row.kind is RowKind.FOLDER and row.folder_id == folder_id:
                return self.index(at, 0)
        return QModelIndex()

    def ids_in_folder(self, folder_id: str) -> tuple[str, ...]:
        """The conversations in a folder, pinned and archived ones too, latest first."""
        return tuple(e.id for e in self._book.in_order() if e.folder_id == folder_id)

    def place_at(self, index: AnyIndex) -> Place | None:
        """Where a conversation dropped on this row goes; None if nowhere."""
        if not index.isValid():
            # Below the last row is as good as on a day.
            return None if self.is_archive else Place("", is_pinned=False)
        return self._rows[index.row()].place

    # Qt

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Headings, folders and conversations."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Headings can be neither chosen nor renamed, but dropped on."""
        flag = Qt.ItemFlag
        if not index.isValid():
            return flag.ItemIsDropEnabled
        kind = self._rows[index.row()].kind
        if kind is RowKind.HEADING:
            return flag.NoItemFlags
        chosen = flag.ItemIsEnabled | flag.ItemIsSelectable
        if kind is RowKind.ARCHIVE:
            return chosen
        own = flag.ItemIsDropEnabled if kind is RowKind.FOLDER else flag.ItemIsDragEnabled
        return chosen | flag.ItemIsEditable | own

    def mimeTypes(self) -> list[str]:
        """Conversations travel inside the window only."""
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """The identifiers of the conversations that are dragged."""
        carried = QMimeData()
        ids = [index.data(ConversationRole.ID) for index in indexes]
        carried.setData(MIME, "\n".join(id_ for id_ in ids if id_).encode())
        return carried

    def supportedDropActions(self) -> Qt.DropAction:
        """They move; nothing is copied."""
        return Qt.DropAction.MoveAction

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Title, heading, or state of a row."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        own = self._own(row, role)
        if own is not None:
            return own
        if row.entry is not None:
            return self._about_conversation(row, row.entry, role)
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                is_archive = row.kind is RowKind.ARCHIVE
                return words.archived_row(row.count) if is_archive else row.title
            case Qt.ItemDataRole.AccessibleTextRole:
                if row.kind is RowKind.FOLDER:
                    return words.spoken_folder(row.title, row.count, is_open=row.is_open)
                return row.title
            case ConversationRole.ID:
                return ""
        return None

    @staticmethod
    def _own(row: _Row, role: int) -> Any:
        match role:
            case ConversationRole.KIND:
                return row.kind
            case ConversationRole.FOLDER_ID:
                return row.folder_id
            case ConversationRole.IS_OPEN:
                return row.is_open
            case ConversationRole.COUNT:
                return row.count
        return None

    def _about_conversation(self, row: _Row, entry: ConversationEntry, role: int) -> Any:
        is_answering = entry.live is not None or entry.pending is not None
        match role:
            case (
                Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole | Qt.ItemDataRole.ToolTipRole
            ):
                return entry.shown_title()
            case Qt.ItemDataRole.AccessibleTextRole:
                folder = self._library.folder(row.folder_id)
                return words.spoken_conversation(
                    entry.shown_title(),
                    is_pinned=entry.is_pinned,
                    folder=folder.name if folder is not None else "",
                    is_answering=is_answering,
                )
            case ConversationRole.ID:
                return entry.id
            case ConversationRole.ENTRY:
                return entry
            case ConversationRole.IS_PINNED:
                return entry.is_pinned
            case ConversationRole.IS_ANSWERING:
                return is_answering
        return None
