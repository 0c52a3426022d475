"""What draws the rows of a list that are all of one height."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ui.theme import Theme


class RowPainter(QStyledItemDelegate):
    """Knows the theme, and the height of a row."""

    def __init__(self, theme: Theme, parent: QWidget, row_px: int, *, is_spaced: bool) -> None:
        """Nothing is drawn yet.

        Args:
            theme: Colours and fonts.
            parent: The list.
            row_px: Height of a row at the usual text size.
            is_spaced: Whether it also follows the density.
        """
        super().__init__(parent)
        self._theme = theme
        self._row_px = row_px
        self._is_spaced = is_spaced

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """One height for all, so that a long list need not be measured."""
        del index
        height = self._theme.spaced if self._is_spaced else self._theme.px
        return QSize(option.rect.width(), height(self._row_px))
