"""The lines of the palette as a Qt model, the best first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ui.palette.fuzzy import match

AnyIndex = QModelIndex | QPersistentModelIndex
_SHOWN = 60  # more than anyone reads on


class LineRole(IntEnum):
    """What can be asked about a row."""

    LINE = Qt.ItemDataRole.UserRole + 1
    PLACES = Qt.ItemDataRole.UserRole + 2
    """Letters that were typed, as places in the line's words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that can be chosen.

    Attributes:
        kind: What it is, in one word.
        words: What is matched and shown.
        run: What it does.
        detail: Shown after the words, and not matched.
        keys: Its shortcut.
        weight: Added to how well it matches.
        icon: Name of its icon.
    """

    kind: str
    words: str
    run: Callable[[], object]
    detail: str = ""
    keys: str = ""
    weight: float = 0.0
    icon: str = ""


class PaletteModel(QAbstractListModel):
    """Shows the lines that match what is typed; before that, those offered first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._first: Sequence[Line] = ()
        self._all: Callable[[], Sequence[Line]] = tuple
        self._last: Callable[[str], Sequence[Line]] = lambda _query: ()
        self._lines: Sequence[Line] | None = None
        self._rows: list[tuple[Line, tuple[int, ...]]] = []

    def offer(
        self,
        first: Sequence[Line],
        all_lines: Callable[[], Sequence[Line]],
        last: Callable[[str], Sequence[Line]] = lambda _query: (),
    ) -> None:
        """Another set of lines can be chosen from.

        Args:
            first: Shown while nothing is typed.
            all_lines: Called at the first letter, so that opening costs nothing.
            last: Lines that stand under all others for what is typed.
        """
        self._first, self._all, self._last, self._lines = first, all_lines, last, None
        self.search("")

    def search(self, query: str) -> None:
        """Only lines that match are shown, the best first."""
        self.beginResetModel()
        if not query.strip():
            self._rows = [(line, ()) for line in self._first]
        else:
            self._rows = [*self._best(query), *((line, ()) for line in self._last(query.strip()))]
        self.endResetModel()

    def _best(self, query: str) -> list[tuple[Line, tuple[int, ...]]]:
        if self._lines is None:
            self._lines = self._all()
        ranked = []
        for number, line in enumerate(self._lines):
            found = match(query, line.words)
            if found is not None:
                ranked.append((-found[0] - line.weight, number, line, found[1]))
        ranked.sort(key=lambda entry: entry[:2])
        return [(line, places) for _, _, line, places in ranked[:_SHOWN]]

    def line(self, index: AnyIndex) -> Line:
        """The line of a row."""
        return self._rows[index.row()][0]

    def forget(self) -> None:
        """No line is held any more."""
        self.offer((), tuple)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        """How many lines are shown."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The line, its matching letters, or what a screen reader says."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        line, places = self._rows[index.row()]
        match role:
            case LineRole.LINE:
                return line
            case LineRole.PLACES:
                return places
            case Qt.ItemDataRole.DisplayRole:
                return line.words
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(filter(None, (line.words, line.detail, line.kind, line.keys)))
        return None
