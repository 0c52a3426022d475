"""What lies in the trash as a Qt model, filtered by words and by kind."""

from __future__ import annotations

import time
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from engine.contract.vault import TrashItem, TrashKind
from ui import text_vault as text

AnyIndex = QModelIndex | QPersistentModelIndex


class TrashRole(IntEnum):
    """What can be asked about a row."""

    ITEM = Qt.ItemDataRole.UserRole + 1


class TrashModel(QAbstractListModel):
    """Latest first, as the engine lists it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[TrashItem, ...] = ()
        self._rows: list[TrashItem] = []
        self._query = ""
        self._kind: TrashKind | None = None

    @property
    def total(self) -> int:
        """How many things there are, shown or not."""
        return len(self._items)

    def show(self, items: tuple[TrashItem, ...]) -> None:
        """These are in the trash now."""
        self._items = items
        self._rebuild()

    def filter(self, query: str, kind: TrashKind | None) -> None:
        """Only things of the kind whose first words hold the query are shown."""
        self._query, self._kind = query.strip().casefold(), kind
        self._rebuild()

    def item(self, index: AnyIndex) -> TrashItem:
        """The thing of a row."""
        return self._rows[index.row()]

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """How many are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Title, the thing itself, or what a screen reader says."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        item = self._rows[index.row()]
        match role:
            case TrashRole.ITEM:
                return item
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return item.title or text.UNTITLED
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{item.title or text.UNTITLED}, {text.trash_line(item, time.time())}"
        return None

    def _rebuild(self) -> None:
        self.beginResetModel()
        self._rows = [
            item
            for item in self._items
            if (self._kind is None or item.kind is self._kind)
            and self._query in item.title.casefold()
        ]
        self.endResetModel()
