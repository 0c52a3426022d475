"""The messages of the conversation on screen as a Qt model, one row a message."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from engine.contract.messages import Message, Role
from ui import text
from ui.chat.conversation_book import ConversationEntry, LiveAnswer

AnyIndex = QModelIndex | QPersistentModelIndex


class MessageRole(IntEnum):
    """What can be asked about a row."""

    ID = Qt.ItemDataRole.UserRole + 1
    MESSAGE = Qt.ItemDataRole.UserRole + 2
    """The Message itself; its text is out of date while LIVE is set."""
    IS_USER = Qt.ItemDataRole.UserRole + 3
    TEXT = Qt.ItemDataRole.UserRole + 4
    REASONING = Qt.ItemDataRole.UserRole + 5
    FINISH_REASON = Qt.ItemDataRole.UserRole + 6
    STATS = Qt.ItemDataRole.UserRole + 7
    NOTICE = Qt.ItemDataRole.UserRole + 8
    LIVE = Qt.ItemDataRole.UserRole + 9
    """The LiveAnswer while it is being written; else None."""


class MessageListModel(QAbstractListModel):
    """Shows one conversation at a time; tells views exactly which rows changed.

    Attributes:
        entry: The conversation shown; None if there is none.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Message] = []
        self.entry: ConversationEntry | None = None

    def show(self, entry: ConversationEntry | None) -> None:
        """Another conversation is shown, from its beginning."""
        self.beginResetModel()
        self.entry = entry
        self._rows = _rows_of(entry)
        self.endResetModel()

    def update(self) -> None:
        """Rows that came are inserted, those that changed are announced, those gone removed."""
        rows = _rows_of(self.entry)
        kept = 0
        for old, new in zip(self._rows, rows, strict=False):
            if old.id != new.id and not old.id.startswith("pending_"):
                break
            kept += 1
        changed = [row for row in range(kept) if self._rows[row] is not rows[row]]
        self._rows[:kept] = rows[:kept]
        if kept < len(self._rows):
            self.beginRemoveRows(QModelIndex(), kept, len(self._rows) - 1)
            del self._rows[kept:]
            self.endRemoveRows()
        if kept < len(rows):
            self.beginInsertRows(QModelIndex(), kept, len(rows) - 1)
            self._rows = rows
            self.endInsertRows()
        for row in changed:
            self._announce(row)

    def announce(self, message_id: str) -> None:
        """Views are told that this message has changed."""
        row = self.row_of(message_id)
        if row >= 0:
            self._announce(row)

    def row_of(self, message_id: str) -> int:
        """Where a message is; -1 if it is not here. The last rows are looked at first."""
        for row in range(len(self._rows) - 1, -1, -1):
            if self._rows[row].id == message_id:
                return row
        return -1

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Number of messages."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a row says to a view, a delegate or a screen reader."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        message = self._rows[index.row()]
        values: dict[int, Any] = {
            MessageRole.MESSAGE: message,
            MessageRole.ID: message.id,
            MessageRole.IS_USER: message.role is Role.USER,
            MessageRole.FINISH_REASON: message.finish_reason,
            MessageRole.STATS: message.stats,
        }
        if role in values:
            return values[role]
        if role == MessageRole.LIVE:
            return self._live(message)
        if role == MessageRole.NOTICE:
            return self.entry.notices.get(message.id, "") if self.entry else ""
        return self._words(message, role)

    def _words(self, message: Message, role: int) -> str | None:
        live = self._live(message)
        if role == MessageRole.REASONING:
            return "".join(live.reasoning) if live else message.reasoning
        if role in (MessageRole.TEXT, Qt.ItemDataRole.DisplayRole):
            return "".join(live.pieces) if live else message.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = "".join(live.pieces) if live else message.text
            return text.spoken_message(message.role is Role.USER, words)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return text.meta_line(message.stats, message.finish_reason)
        return None

    def _live(self, message: Message) -> LiveAnswer | None:
        live = self.entry.live if self.entry else None
        return live if live is not None and live.message_id == message.id else None

    def _announce(self, row: int) -> None:
        index = self.index(row, 0)
        self.dataChanged.emit(index, index)


def _rows_of(entry: ConversationEntry | None) -> list[Message]:
    if entry is None:
        return []
    rows = [message for message in entry.messages if message.role is not Role.SYSTEM]
    return [*rows, entry.pending] if entry.pending is not None else rows
