"""Conversations by day as a Qt model, with a row for each day's name."""

from __future__ import annotations

import datetime
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui import text
from ui.chat.conversation_book import ConversationBook, ConversationEntry

AnyIndex = QModelIndex | QPersistentModelIndex


class ConversationRole(IntEnum):
    """What can be asked about a row."""

    ID = Qt.ItemDataRole.UserRole + 1
    """Empty for the name of a day."""
    IS_ANSWERING = Qt.ItemDataRole.UserRole + 2


def day_name(then: datetime.date, today: datetime.date) -> str:
    """The heading under which a conversation of that day stands."""
    days = (today - then).days
    if days <= 0:
        return text.TODAY
    if days == 1:
        return text.YESTERDAY
    return text.LAST_WEEK if days <= 7 else text.EARLIER


class ConversationListModel(QAbstractListModel):
    """Follows the book; rows are rebuilt when it says that the list has changed.

    Attributes:
        found: How many conversations are shown.
    """

    def __init__(self, book: ConversationBook, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._book = book
        self._query = ""
        self._rows: list[ConversationEntry | str] = []
        self.found = 0
        book.listed.connect(self.rebuild)
        self.rebuild()

    def search(self, query: str) -> None:
        """Only conversations whose title or text holds the query are shown."""
        folded = query.strip().casefold()
        if folded != self._query:
            self._query = folded
            self.rebuild()

    def rebuild(self) -> None:
        """The rows are those of the book, now."""
        rows = self._new_rows()
        same = len(rows) == len(self._rows) and all(
            old is new for old, new in zip(self._rows, rows, strict=True)
        )
        if same:
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self._rows = rows
        self.found = sum(1 for row in rows if not isinstance(row, str))
        self.endResetModel()

    def index_of(self, conversation_id: str | None) -> QModelIndex:
        """Where a conversation is; invalid if it is not shown."""
        for row, entry in enumerate(self._rows):
            if not isinstance(entry, str) and entry.id == conversation_id:
                return self.index(row, 0)
        return QModelIndex()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Days and conversations."""
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """A day's name can be neither chosen nor renamed."""
        if index.isValid() and isinstance(self._rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        chosen = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return chosen | Qt.ItemFlag.ItemIsEditable

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Title, day, or state of a row."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if isinstance(row, str):
            if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
                return row
            return "" if role == ConversationRole.ID else None
        match role:
            case (
                Qt.ItemDataRole.DisplayRole
                | Qt.ItemDataRole.EditRole
                | Qt.ItemDataRole.AccessibleTextRole
            ):
                return row.shown_title()
            case Qt.ItemDataRole.ToolTipRole:
                return row.shown_title()
            case ConversationRole.ID:
                return row.id
            case ConversationRole.IS_ANSWERING:
                return row.live is not None or row.pending is not None
        return None

    def _new_rows(self) -> list[ConversationEntry | str]:
        today = datetime.date.today()
        rows: list[ConversationEntry | str] = []
        day = ""
        for entry in self._book.in_order():
            if self._query and not entry.contains(self._query):
                continue
            name = day_name(datetime.date.fromtimestamp(entry.updated_at_s), today)
            if name != day:
                day = name
                rows.append(day)
            rows.append(entry)
        return rows
