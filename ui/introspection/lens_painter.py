"""Draws the cells of the lens that are in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEngine, QPainter, QPen, QPolygonF

from ui import text_instruments as words
from ui.introspection.lens_cells import LensCells
from ui.introspection.lens_tiles import Form, LensTiles
from ui.theme import Theme

if TYPE_CHECKING:
    from ui.introspection.lens_grid import LensGrid

_LINE_PX = 1.6
_COMMIT_PX = 2.4  # over colours from dark blue to yellow, a line needs more than the usual weight
_HALO_PX = 5.0
_MARK_PX = 6


class LensPainter:
    """Goes from the columns at the left edge to those at the right and draws no others."""

    def __init__(self, theme: Theme, cells: LensCells) -> None:
        self._theme = theme
        self._cells = cells
        self.tiles = LensTiles(theme, cells)

    def paint(self, painter: QPainter, grid: LensGrid) -> None:
        """Everything that is in sight is drawn."""
        columns = grid.visible_columns()
        shown = grid.viewport().rect()
        left = grid.cell_rect(0, 0).left() + grid.horizontalScrollBar().value()
        painter.save()
        painter.setClipRect(QRect(left, 0, shown.width() - left, shown.height()))
        self._paint_cells(painter, grid, columns)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_commits(painter, grid, columns)
        for column in columns:
            self._paint_foot(painter, grid, column)
        self._paint_chosen(painter, grid)
        painter.restore()
        self._paint_layers(painter, grid, left)
        if grid.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.colors.accent, 2))
            painter.drawRoundedRect(QRectF(shown).adjusted(1, 1, -1, -1), 4, 4)

    def _paint_cells(self, painter: QPainter, grid: LensGrid, columns: range) -> None:
        first = grid.cell_rect(0, 0)
        form = Form(
            column_px=first.width(),
            row_px=first.height(),
            has_words=grid.has_words(),
            ratio=grid.devicePixelRatioF(),
            revision=self._theme.revision,
            rows=self._cells.rows,
        )
        if painter.paintEngine().type() == QPaintEngine.Type.SVG:
            # A drawing has words as words, not as a picture of them.
            left = grid.cell_rect(columns.start, 0).left()
            shown = self._cells.tokens[columns.start : columns.stop]
            self.tiles.paint(painter, form, shown, left)
            return
        for column, picture in self.tiles.of(form, columns):
            painter.drawPixmap(grid.cell_rect(column, 0).topLeft(), picture)

    def _words(self, painter: QPainter, rect: QRect, token: str) -> None:
        metrics = QFontMetricsF(painter.font())
        room = rect.adjusted(4, 0, -3, 0)
        shown = words.visible(token)
        if metrics.horizontalAdvance(shown) > room.width():
            shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _paint_commits(self, painter: QPainter, grid: LensGrid, columns: range) -> None:
        """One step a column, under the row where its token settled; broken where none was read."""
        lines = commit_lines(self._cells, grid, columns)
        ground, ink = self._theme.colors.canvas, self._theme.colors.ink
        for color, width in ((ground, _HALO_PX), (ink, _COMMIT_PX)):
            painter.setPen(QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawLines(lines)

    def _paint_foot(self, painter: QPainter, grid: LensGrid, column: int) -> None:
        colors = self._theme.colors
        rect = grid.cell_rect(column, len(self._cells.rows))
        foot = QRect(rect.left(), rect.top(), rect.width(), self._theme.px(24))
        is_late = self._cells.is_late(column)
        is_picked = column == grid.picked
        if is_picked:
            painter.fillRect(foot.adjusted(0, 1, -1, 0), colors.accent_soft)
        if grid.has_words():
            painter.setFont(self._theme.font(11, 600 if is_late or is_picked else 400))
            painter.setPen(
                colors.accent if is_picked else colors.signal if is_late else colors.muted
            )
            self._words(
                painter,
                foot.adjusted(_MARK_PX + 2 if is_late else 0, 0, 0, 0),
                self._cells.tokens[column].text,
            )
        if is_late:
            x = foot.left() + (2 if grid.has_words() else max(0, foot.width() / 2 - _MARK_PX / 2))
            middle = foot.center().y() if grid.has_words() else foot.top() + 8
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.signal)
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(x, middle + 3),
                        QPointF(x + _MARK_PX, middle + 3),
                        QPointF(x + _MARK_PX / 2, middle - 4),
                    ]
                )
            )

    def _paint_chosen(self, painter: QPainter, grid: LensGrid) -> None:
        if grid.cell is None:
            return
        colors = self._theme.colors
        rect = QRectF(grid.cell_rect(*grid.cell)).adjusted(0, 0, -1, -1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((colors.canvas, 5), (colors.accent, 2.5)):
            painter.setPen(QPen(color, width))
            painter.drawRoundedRect(rect, 2, 2)

    def _paint_layers(self, painter: QPainter, grid: LensGrid, left: int) -> None:
        painter.setFont(self._theme.font(10.5))
        painter.setPen(self._theme.colors.faint)
        for row, layer in enumerate(self._cells.rows):
            rect = grid.cell_rect(0, row)
            room = QRect(0, rect.top(), left - 6, rect.height())
            painter.drawText(
                room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(layer)
            )


def commit_lines(cells: LensCells, grid: LensGrid, columns: range) -> list[QLineF]:
    """The steps of the line where each token in sight settled."""
    lines: list[QLineF] = []
    before: float | None = None
    for column in columns:
        row = cells.commit_row(column)
        if row is None:
            before = None
            continue
        rect = grid.cell_rect(column, row)
        y = float(rect.bottom()) + 0.5
        if before is not None and before != y:
            lines.append(QLineF(rect.left(), before, rect.left(), y))
        lines.append(QLineF(rect.left(), y, rect.left() + rect.width(), y))
        before = y
    return lines
