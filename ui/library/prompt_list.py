"""The list of prompts above the composer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from engine.contract.library import PromptTemplate
from ui import text_library as words
from ui.theme import Theme
from ui.widgets.row_painter import RowPainter

AnyIndex = QModelIndex | QPersistentModelIndex
_ROW_PX = 30
_MOST_ROWS = 7


class _PromptPainter(RowPainter):
    """A name, and its title behind it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        prompt: PromptTemplate = index.data(Qt.ItemDataRole.UserRole)
        colors = self._theme.colors
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.accent_soft)
            painter.drawRoundedRect(QRectF(option.rect).adjusted(4, 1, -4, -1), 7, 7)
        room = option.rect.adjusted(14, 0, -14, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._theme.font(13, 500))
        painter.setPen(colors.ink)
        name = f"/{prompt.name}"
        painter.drawText(room, middle, name)
        room.setLeft(room.left() + painter.fontMetrics().horizontalAdvance(name) + 12)
        painter.setFont(self._theme.font(12))
        painter.setPen(colors.muted)
        said = prompt.title if prompt.title and prompt.title != prompt.name else prompt.text
        line = " ".join(said[:200].split())
        shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, middle, shown)
        painter.restore()


class PromptList(QFrame):
    """Lies above the composer while a prompt's name is typed; the keyboard stays in the composer.

    Attributes:
        chosen: PromptTemplate that was clicked.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("Popover")
        self._theme = theme
        self.list = QListWidget()
        self.list.setObjectName("CompletionList")
        self.list.setAccessibleName(words.COMPLETIONS)
        # The keyboard stays where it was, which leads through the list.
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(_PromptPainter(theme, self.list, _ROW_PX, is_spaced=True))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(_prompt(item)))
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(self.list)
        self.hide()

    def show_prompts(self, prompts: Sequence[PromptTemplate], anchor: QWidget) -> None:
        """These are offered above `anchor`, the best first and chosen; none hides the list."""
        self.list.clear()
        for prompt in prompts:
            item = QListWidgetItem(self.list)
            item.setData(Qt.ItemDataRole.UserRole, prompt)
            item.setText(f"/{prompt.name} {prompt.title}")
        if not prompts:
            self.hide()
            return
        self.list.setCurrentRow(0)
        row = self._theme.spaced(_ROW_PX)
        height = min(len(prompts), _MOST_ROWS) * row + 12
        page = self.parentWidget()
        assert page is not None, "it is made with one"
        place = anchor.mapTo(page, anchor.rect().topLeft())
        width = min(anchor.width(), self._theme.px(520))
        self.setGeometry(place.x(), max(0, place.y() - height - 6), width, height)
        self.show()
        self.raise_()

    def current(self) -> PromptTemplate | None:
        """The one that Return takes."""
        item: QListWidgetItem | None = self.list.currentItem()
        return _prompt(item) if item is not None else None

    def move_by(self, rows: int) -> None:
        """The chosen one is further down, or up; the ends meet."""
        count = self.list.count()
        if count:
            self.list.setCurrentRow((self.list.currentRow() + rows) % count)


def _prompt(item: QListWidgetItem) -> PromptTemplate:
    prompt: PromptTemplate = item.data(Qt.ItemDataRole.UserRole)
    return prompt
