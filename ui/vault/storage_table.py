"""What each kind of thing takes, beside what it would take as plain files; measured only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from engine.contract.vault import StorageUse
from ui import text_vault as text
from ui.text import count
from ui.theme import Theme
from ui.widgets.labels import label

_COLUMNS = (text.KIND, text.ITEMS, text.PLAIN, text.STORED, text.SAVED)


class _Bar(QWidget):
    """The plain size as ground, the stored one filled in, both to the scale of the largest."""

    def __init__(self, theme: Theme, use: StorageUse, largest: int) -> None:
        super().__init__()
        self._theme = theme
        self._raw = use.raw_bytes / max(1, largest)
        self._stored = use.stored_bytes / max(1, largest)
        self.setFixedHeight(6)
        self.setAccessibleName(text.use_spoken(use))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground and filling."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colors = self._theme.colors
        for share, color in ((self._raw, colors.line_strong), (self._stored, colors.accent)):
            if share > 0:
                painter.setBrush(color)
                painter.drawRoundedRect(QRectF(0, 0, max(4, self.width() * share), 5), 2.5, 2.5)
        painter.end()


class StorageTable(QWidget):
    """A line of figures and a bar for each kind, and one for all of them together.

    Attributes:
        lines: The figures on screen, a tuple of words for each line.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.lines: list[tuple[str, ...]] = []
        self._uses: tuple[StorageUse, ...] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 8, 0, 4)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(0, 1)

    def show_uses(self, uses: Sequence[StorageUse]) -> None:
        """These were measured just now."""
        if tuple(uses) == self._uses and self.lines:
            return
        self._uses = tuple(uses)
        self._clear()
        held = [use for use in uses if use.items or use.stored_bytes]
        self._add_line(_COLUMNS, "section")
        self._grid.setRowMinimumHeight(self._grid.rowCount(), 4)
        largest = max((max(use.raw_bytes, use.stored_bytes) for use in held), default=0)
        for use in sorted(held, key=lambda use: use.stored_bytes, reverse=True):
            self._add_line(_words(use.kind, (use,)))
            bar = _Bar(self._theme, use, largest)
            self._grid.addWidget(bar, self._grid.rowCount(), 0, 1, len(_COLUMNS))
            self._grid.setRowMinimumHeight(self._grid.rowCount(), 6)
        if len(held) > 1:
            self._add_line(_words(text.TOTAL, held), "strong")

    def _add_line(self, words: tuple[str, ...], role: str = "") -> None:
        if role != "section":
            self.lines.append(words)
        row = self._grid.rowCount()
        for column, word in enumerate(words):
            shown = label(word[:1].upper() + word[1:] if column == 0 else word, role)
            _align(shown, is_first=column == 0)
            self._grid.addWidget(shown, row, column)

    def _clear(self) -> None:
        self.lines = []
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


def _align(shown: QLabel, *, is_first: bool) -> None:
    side = Qt.AlignmentFlag.AlignLeft if is_first else Qt.AlignmentFlag.AlignRight
    shown.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)


def _words(kind: str, uses: Sequence[StorageUse]) -> tuple[str, ...]:
    return (
        kind,
        count(sum(use.items for use in uses)),
        text.size_or_none(sum(use.raw_bytes for use in uses)),
        text.size_or_none(sum(use.stored_bytes for use in uses)),
        text.saved_share(uses),
    )
