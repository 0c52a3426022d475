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

from engine.contract.messages import FinishReason, Message, Role
from ui import text, text_message
from ui.chat.conversation_entry import ConversationEntry, LiveAnswer
from ui.chat.message_offers import MessageOffers

AnyIndex = QModelIndex | QPersistentModelIndex
_UNFINISHED = (FinishReason.LENGTH, FinishReason.STOPPED, FinishReason.FAILED)


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
    OFFERS = Qt.ItemDataRole.UserRole + 10
    """MessageOffers: what can be done with it now."""
    IS_FIRST_SEEN = Qt.ItemDataRole.UserRole + 11
    """Whether older messages than this one will not fit into the next prompt."""


class MessageListModel(QAbstractListModel):
    """Shows one conversation at a time; tells views exactly which rows changed.

    Attributes:
        entry: The conversation shown; None if there is none.
        is_free: Whether nothing is being written in it.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Message] = []
        self.entry: ConversationEntry | None = None
        self.is_free = True
        self._places: dict[str, int] = {}
        self._first_seen = ""

    def show(self, entry: ConversationEntry | None) -> None:
        """Another conversation is shown, from its beginning."""
        self.beginResetModel()
        self.entry = entry
        self._take(entry.rows() if entry is not None else [])
        self._first_seen = entry.first_seen_id if entry is not None else ""
        self.endResetModel()

    def update(self) -> None:
        """Rows that changed are announced in their places, and the list's end grows or shrinks.

        Another version is another message in the same row, so that nothing above it moves.
        """
        rows = self.entry.rows() if self.entry is not None else []
        old, shared = self._rows, min(len(self._rows), len(rows))
        changed = [row for row in range(shared) if old[row] is not rows[row]]
        is_other = any(_is_other(old[row], rows[row]) for row in changed)
        if len(rows) < len(old):
            self.beginRemoveRows(QModelIndex(), len(rows), len(old) - 1)
            self._take(rows)
            self.endRemoveRows()
        elif len(rows) > len(old):
            self.beginInsertRows(QModelIndex(), len(old), len(rows) - 1)
            self._take(rows)
            self.endInsertRows()
        else:
            self._take(rows)
        if changed:
            roles = [int(MessageRole.ID)] if is_other else []
            top, bottom = self.index(changed[0], 0), self.index(changed[-1], 0)
            self.dataChanged.emit(top, bottom, roles)
        self.show_first_seen()

    def show_first_seen(self) -> None:
        """The mark from where on the model will see the conversation is where it belongs."""
        former, self._first_seen = self._first_seen, self.entry.first_seen_id if self.entry else ""
        if former != self._first_seen:
            self.announce(former)
            self.announce(self._first_seen)

    def announce(self, message_id: str) -> None:
        """Views are told that this message has changed."""
        row = self.row_of(message_id)
        if row >= 0:
            self._announce(row)

    def messages(self, first: int, last: int) -> list[Message]:
        """The messages of the rows from first to last, both included."""
        return self._rows[first : last + 1]

    def row_of(self, message_id: str) -> int:
        """Where a message is; -1 if it is not here."""
        return self._places.get(message_id, -1)

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
        if role == MessageRole.OFFERS:
            return self._offers(message)
        if role == MessageRole.IS_FIRST_SEEN:
            return bool(message.id) and message.id == self._first_seen
        return self._words(message, role)

    def _words(self, message: Message, role: int) -> str | None:
        live = self._live(message)
        if role == MessageRole.REASONING:
            return "".join(live.reasoning) if live else message.reasoning
        if role in (MessageRole.TEXT, Qt.ItemDataRole.DisplayRole):
            return "".join(live.pieces) if live else message.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = "".join(live.pieces) if live else message.text
            words = f"{_version_of(self._offers(message))}{words}"
            return text.spoken_message(message.role is Role.USER, words)
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return text.meta_line(message.stats, message.finish_reason)
        return None

    def _live(self, message: Message) -> LiveAnswer | None:
        live = self.entry.live if self.entry else None
        return live if live is not None and live.message_id == message.id else None

    def _offers(self, message: Message) -> MessageOffers:
        is_pending = self.entry is not None and message is self.entry.pending
        beside = self.entry.tree.versions(message.id) if self.entry is not None else ()
        return MessageOffers(
            is_free=self.is_free,
            is_kept=not is_pending and self._live(message) is None,
            is_answer=message.role is Role.ASSISTANT,
            is_unfinished=message.finish_reason in _UNFINISHED and bool(message.text),
            is_measured=message.stats is not None,
            version=beside.index(message.id) + 1 if beside else 1,
            versions=max(1, len(beside)),
        )

    def _take(self, rows: list[Message]) -> None:
        self._rows = rows
        self._places = {message.id: row for row, message in enumerate(rows)}

    def _announce(self, row: int) -> None:
        index = self.index(row, 0)
        self.dataChanged.emit(index, index)


def _version_of(offers: MessageOffers) -> str:
    """Said before the words, where there are versions to choose from."""
    if offers.versions < 2:
        return ""
    return f"{text_message.spoken_version(offers.version, offers.versions)}. "


def _is_other(old: Message, new: Message) -> bool:
    # What the engine takes up gets its identifier then, and is the same message.
    return old.id != new.id and not old.id.startswith("pending_")
