"""Cells of the lens as pictures of a few columns each, so that only what changed is drawn anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QImage, QPainter, QPixmap

from engine.contract.signals import TokenSignals
from ui import text_instruments as words
from ui.introspection import cividis
from ui.introspection.lens_cells import LensCells
from ui.theme import Theme

_TILE_PX = 384  # wide enough that few are in sight, narrow enough to be drawn within a frame
_GAP_FROM_PX = 10  # columns narrower than this stand side by side
_WORD_SIDE_PX = 4
_CLEAR = 0
_GROUNDS = tuple(cividis.ground(step / 255).rgba() for step in range(256))
_IS_LIGHT_INK = tuple(cividis.ink(step / 255) == QColor("#FFFFFF") for step in range(256))

Tile = tuple[list[TokenSignals], QPixmap]
Words = tuple[list[tuple[int, int, str]], list[tuple[int, int, str]]]
"""Column, row and text, in light ink and in dark."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a tile's look depends on besides its tokens.

    Attributes:
        column_px: Width of a column.
        row_px: Height of a row.
        has_words: Whether there is room for words.
        ratio: Device pixels to one of the screen.
        revision: Of the theme.
        rows: The layers.
    """

    column_px: int
    row_px: int
    has_words: bool
    ratio: float
    revision: int
    rows: tuple[int, ...]

    def columns(self) -> int:
        """How many columns a tile has."""
        return max(1, _TILE_PX // self.column_px)


class LensTiles:
    """Keeps the tiles that are in sight."""

    def __init__(self, theme: Theme, cells: LensCells) -> None:
        self._theme = theme
        self._cells = cells
        self._form: Form | None = None
        self._kept: dict[int, Tile] = {}
        self._shortened: dict[str, str] = {}
        self.drawn = 0  # tiles that were drawn since the start

    def forget(self) -> None:
        """No picture and no word is kept."""
        self._form, self._kept, self._shortened = None, {}, {}

    def of(self, form: Form, columns: range) -> list[tuple[int, QPixmap]]:
        """First column and picture of each tile that has one of these columns."""
        if form != self._form:
            self._form, self._kept, self._shortened = form, {}, {}
        each = form.columns()
        wanted = range(columns.start // each, -(-columns.stop // each))
        kept = {number: self._tile(number) for number in wanted}
        self._kept = kept
        return [(number * each, picture) for number, (_, picture) in kept.items()]

    def paint(
        self, painter: QPainter, form: Form, tokens: Sequence[TokenSignals], left: int
    ) -> None:
        """The cells of these tokens are drawn, the first column's left edge at `left`."""
        image, unread, texts = self._read(form, tokens)
        width, row = form.column_px, form.row_px
        whole = QRect(left, 0, len(tokens) * width, len(form.rows) * row)
        self._hatch(painter, [cell.translated(left, 0) for cell in unread])
        painter.drawImage(whole, image)
        painter.setPen(self._theme.colors.canvas)
        for place in range(1, len(form.rows) + 1):
            painter.drawLine(left, place * row - 1, whole.right(), place * row - 1)
        if width > _GAP_FROM_PX:
            for place in range(1, len(tokens) + 1):
                x = left + place * width - 1
                painter.drawLine(x, 0, x, whole.bottom())
        if form.has_words:
            self._write(painter, form, texts, left)

    def _tile(self, number: int) -> Tile:
        form = self._form
        assert form is not None
        each = form.columns()
        tokens = list(self._cells.tokens[number * each : (number + 1) * each])
        known = self._kept.get(number)
        # A token is replaced as a whole when more of it is known.
        if known is not None and list(map(id, known[0])) == list(map(id, tokens)):
            return known
        size = QSize(len(tokens) * form.column_px, len(form.rows) * form.row_px)
        picture = QPixmap(size * form.ratio)
        picture.setDevicePixelRatio(form.ratio)
        picture.fill(self._theme.colors.canvas)
        painter = QPainter(picture)
        self.paint(painter, form, tokens, 0)
        painter.end()
        self.drawn += 1
        return tokens, picture

    def _read(
        self, form: Form, tokens: Sequence[TokenSignals]
    ) -> tuple[QImage, list[QRect], Words]:
        """One pixel a cell, the cells that were not read, and words by light and dark ink."""
        image = QImage(len(tokens), len(form.rows), QImage.Format.Format_ARGB32)
        image.fill(_CLEAR)
        unread: list[QRect] = []
        texts: Words = ([], [])
        places = {layer: row for row, layer in enumerate(form.rows)}
        width, height = form.column_px, form.row_px
        for column, token in enumerate(tokens):
            missing = set(places.values())
            for reading in token.lens:
                row = places.get(reading.layer)
                if row is None or not reading.top:
                    continue
                missing.discard(row)
                likeliest = reading.top[0]
                step = round(min(1.0, max(0.0, likeliest.probability)) * 255)
                image.setPixel(column, row, _GROUNDS[step])
                if form.has_words:
                    texts[0 if _IS_LIGHT_INK[step] else 1].append((column, row, likeliest.text))
            unread += [QRect(column * width, row * height, width, height) for row in missing]
        return image, unread, texts

    def _hatch(self, painter: QPainter, cells: list[QRect]) -> None:
        colors = self._theme.colors
        hatch = QBrush(colors.line_strong, Qt.BrushStyle.BDiagPattern)
        for cell in cells:
            painter.fillRect(cell, colors.sunken)
            painter.fillRect(cell, hatch)

    def _write(
        self,
        painter: QPainter,
        form: Form,
        texts: Words,
        left: int,
    ) -> None:
        painter.setFont(self._theme.font(11))
        metrics = QFontMetricsF(painter.font())
        down = (form.row_px - 1 + metrics.ascent() - metrics.descent()) / 2
        for color, group in zip(("#FFFFFF", "#000000"), texts, strict=True):
            painter.setPen(QColor(color))
            for column, row, text in group:
                x = left + column * form.column_px + _WORD_SIDE_PX
                painter.drawText(QPointF(x, row * form.row_px + down), self._short(text, metrics))

    def _short(self, text: str, metrics: QFontMetricsF) -> str:
        """The word, cut to the column's width; most words come many times."""
        known = self._shortened.get(text)
        if known is None:
            assert self._form is not None
            room = self._form.column_px - 2 * _WORD_SIDE_PX
            shown = words.visible(text)
            if metrics.horizontalAdvance(shown) > room:
                shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, room)
            known = self._shortened[text] = shown
        return known
