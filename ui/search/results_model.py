"""What was found, by conversation, as a Qt model."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from engine.contract.library_events import SearchHit
from ui import text_search as words

AnyIndex = QModelIndex | QPersistentModelIndex
_FIRST = 3  # hits of one conversation that are shown before the user asks for more


class ResultRole(IntEnum):
    """What can be asked about a row."""

    HIT = Qt.ItemDataRole.UserRole + 1
    """The SearchHit; of a conversation's own row, its title's hit or its best."""
    IS_HEAD = Qt.ItemDataRole.UserRole + 2
    WHEN = Qt.ItemDataRole.UserRole + 3
    MORE = Qt.ItemDataRole.UserRole + 4
    """How many hits a click brings; 0 for rows that are not about that."""


@dataclass(frozen=True, slots=True)
class _Row:
    hit: SearchHit
    is_head: bool = False
    more: int = 0


class ResultsModel(QAbstractListModel):
    """Conversations in the order of their best hit; in each, its hits in theirs.

    Attributes:
        conversations: How many there are.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: tuple[SearchHit, ...] = ()
        self._rows: list[_Row] = []
        self._in_full: set[str] = set()
        self.conversations = 0

    def show(self, hits: Sequence[SearchHit]) -> None:
        """These were found."""
        self._hits = tuple(hits)
        self._in_full.clear()
        self._rebuild()

    def show_all_of(self, conversation_id: str) -> None:
        """All hits of this conversation have a row."""
        self._in_full.add(conversation_id)
        self._rebuild()

    def _rebuild(self) -> None:
        groups: dict[str, list[SearchHit]] = {}
        for hit in self._hits:
            groups.setdefault(hit.conversation_id, []).append(hit)
        self.beginResetModel()
        self.conversations = len(groups)
        self._rows = []
        for conversation_id, hits in groups.items():
            titles = [hit for hit in hits if not hit.message_id]
            inside = [hit for hit in hits if hit.message_id]
            self._rows.append(_Row((titles or hits)[0], is_head=True))
            is_short = conversation_id in self._in_full or len(inside) <= _FIRST + 1
            shown = inside if is_short else inside[:_FIRST]
            self._rows.extend(_Row(hit) for hit in shown)
            if len(shown) < len(inside):
                self._rows.append(_Row(inside[_FIRST], more=len(inside) - len(shown)))
        self.endResetModel()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """Conversations, hits, and what leads to more of them."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The hit, or its words for a screen reader."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case ResultRole.HIT:
                return row.hit
            case ResultRole.IS_HEAD:
                return row.is_head
            case ResultRole.MORE:
                return row.more
            case ResultRole.WHEN:
                return words.day(row.hit.created_at_s, datetime.datetime.now())
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._said(index, row)
        return None

    def _said(self, index: AnyIndex, row: _Row) -> str:
        if row.is_head:
            return row.hit.title
        if row.more:
            return words.more_hits(row.more)
        return words.spoken_hit(row.hit.role, row.hit.excerpt, index.data(ResultRole.WHEN))
