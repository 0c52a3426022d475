"""The river from the sources of a sentence to the sentence."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui import text_instruments as words
from ui.introspection.sources import Source, Verdict
from ui.theme import Colors, Theme

_ROW_PX = 46
_LOW_ROW_PX = 30
_WORDS_SHARE = 0.6  # of the width, for names and figures; the rest is the river
_MOUTH_PX = 14  # the sentence, at the right
_BAR_PX = 20  # the stacked bar that takes the river's place where it is low
_LEAST_PX = 1.5  # a share that is there can be seen
_VERDICT_ROLES = {
    Verdict.CONFIRMED: "ok",
    Verdict.NOT_CONFIRMED: "muted",
    Verdict.NOT_TRIED: "faint",
}


class SourceRow(QAbstractButton):
    """Name, share and verdict of one source; a click opens it."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.source: Source | None = None
        self._is_tried = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_source(self, source: Source, *, is_tried: bool) -> None:
        """This source is in the row."""
        self.source, self._is_tried = source, is_tried
        said = source.said(is_tried=is_tried)
        opens = source.is_openable()
        self.setAccessibleName(said)
        self.setToolTip(words.open_source(source.name) if opens else "")
        self.setAccessibleDescription(self.toolTip())
        shape = Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        self.update()

    def note(self) -> tuple[str, str]:
        """What stands under the name, and its colour by role; empty for nothing."""
        source = self.source
        if source is None or not self._is_tried or not source.is_triable:
            return "", "faint"
        verdict = source.verdict()
        said = verdict.value
        if source.drop_nats is not None:
            said = f"{said}, {words.drop_short(source.drop_nats)}"
        return said, _VERDICT_ROLES[verdict]

    def enterEvent(self, event: QEnterEvent) -> None:
        """The ground shows."""
        super().enterEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dot, the name, the share; below what leaving it out said."""
        del event
        if self.source is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        self._paint_ground(painter, colors)
        said, role = self.note()
        is_two = bool(said) and self.height() > self._theme.px(_LOW_ROW_PX) + 4
        line = QRectF(20, 0, self.width() - 26, self.height() / (2 if is_two else 1))
        if is_two:
            line.translate(0, 4)
        self._paint_line(painter, colors, line, beside="" if is_two else said, role=role)
        if is_two:
            painter.setFont(self._theme.font(11, 500))
            painter.setPen(getattr(colors, role))
            below = QRectF(20, self.height() / 2 + 1, self.width() - 24, self.height() / 2 - 3)
            metrics = QFontMetricsF(painter.font())
            shown = metrics.elidedText(said, Qt.TextElideMode.ElideRight, below.width())
            painter.drawText(below, Qt.AlignmentFlag.AlignTop, shown)
        painter.end()

    def _paint_ground(self, painter: QPainter, colors: Colors) -> None:
        opens = self.source is not None and self.source.is_openable()
        painter.setPen(Qt.PenStyle.NoPen)
        if self.underMouse() and opens:
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(self.rect(), 8, 8)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.accent, 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, 7)

    def _paint_line(
        self, painter: QPainter, colors: Colors, line: QRectF, *, beside: str, role: str
    ) -> None:
        source = self.source
        assert source is not None
        middle = line.center().y()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(getattr(colors, source.role))
        painter.drawEllipse(QPointF(9, middle), 4, 4)
        painter.setFont(self._theme.font(12.5, 500))
        figure = words.share(source.share)
        width = QFontMetricsF(painter.font()).horizontalAdvance(figure) + 4
        painter.setPen(colors.muted)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, figure)
        room = line.adjusted(0, 0, -width - 6, 0)
        if beside:
            painter.setFont(self._theme.font(11, 500))
            painter.setPen(getattr(colors, role))
            right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(room, right, beside)
            needed = QFontMetricsF(painter.font()).horizontalAdvance(beside)
            room.adjust(0, 0, -needed - 8, 0)
            painter.setFont(self._theme.font(12.5, 500))
        painter.setPen(colors.ink)
        metrics = QFontMetricsF(painter.font())
        shown = metrics.elidedText(source.name, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)


class River(QWidget):
    """A row for each source and a ribbon from it to the sentence, as wide as its share.

    Where it is to be low, one stacked bar stands above the rows instead.

    Attributes:
        opened: The source that the user wants to see.
        rows: The rows that are shown.
        is_low: Whether it is a stacked bar.
    """

    opened = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sources: tuple[Source, ...] = ()
        self.rows: list[SourceRow] = []
        self.is_low = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._place)

    def show_sources(self, sources: Sequence[Source], *, is_tried: bool) -> None:
        """These flow into the sentence."""
        self._sources = tuple(sources)
        while len(self.rows) < len(self._sources):
            row = SourceRow(self._theme, self)
            row.clicked.connect(lambda _checked=False, row=row: self._open(row))
            self.rows.append(row)
        while len(self.rows) > len(self._sources):
            gone = self.rows.pop()
            gone.hide()
            gone.deleteLater()
        for row, source in zip(self.rows, self._sources, strict=True):
            row.show_source(source, is_tried=is_tried)
            row.show()
        self._place()

    def set_low(self, *, is_low: bool) -> None:
        """It is a stacked bar, or a river again."""
        if is_low != self.is_low:
            self.is_low = is_low
            self._place()

    def ribbon(self, place: int) -> tuple[QRectF, QRectF]:
        """Where the ribbon of a source begins and where it ends."""
        total, at = self._mouth(), 0.0
        thick = [self._thickness(source, total.height()) for source in self._sources]
        scale = total.height() / max(1e-9, sum(thick))
        at = total.top() + sum(thick[:place]) * scale
        height = thick[place] * scale
        row = self.rows[place].geometry()
        middle = row.center().y() + 0.5
        begin = QRectF(row.right() + 4, middle - height / 2, 3, height)
        return begin, QRectF(total.left(), at, total.width(), height)

    def stack(self) -> list[QRectF]:
        """The pieces of the bar that takes the river's place."""
        left, pieces = 0.0, []
        shown = sum(source.share for source in self._sources) or 1.0
        for source in self._sources:
            width = source.share / shown * self.width()
            pieces.append(QRectF(left, 0, max(0.0, width - 2), self._theme.px(_BAR_PX)))
            left += width
        return pieces

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        rows = len(self._sources) * self._row_px()
        return QSize(320, rows + (self._theme.px(_BAR_PX) + 6 if self.is_low else 0))

    def minimumSizeHint(self) -> QSize:
        """The same height, and room for a short name."""
        return QSize(200, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rows and ribbons share the width."""
        super().resizeEvent(event)
        self._lay_rows()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ribbons into the sentence, or the bar."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colors = self._theme.colors
        if self.is_low:
            for piece, source in zip(self.stack(), self._sources, strict=True):
                painter.setBrush(getattr(colors, source.role))
                painter.drawRoundedRect(piece, min(4.0, piece.width() / 2), 4)
        else:
            for place, source in enumerate(self._sources):
                self._paint_ribbon(painter, place, getattr(colors, source.role))
        painter.end()

    def _paint_ribbon(self, painter: QPainter, place: int, color: QColor) -> None:
        if self._sources[place].share <= 0:
            return
        begin, end = self.ribbon(place)
        bend = (end.left() - begin.right()) / 2
        path = QPainterPath(begin.topRight())
        path.cubicTo(
            begin.topRight() + QPointF(bend, 0), end.topLeft() - QPointF(bend, 0), end.topLeft()
        )
        path.lineTo(end.bottomLeft())
        path.cubicTo(
            end.bottomLeft() - QPointF(bend, 0),
            begin.bottomRight() + QPointF(bend, 0),
            begin.bottomRight(),
        )
        path.closeSubpath()
        pale = QColor(color)
        pale.setAlphaF(0.34)
        painter.setBrush(pale)
        painter.drawPath(path)
        painter.setBrush(color)
        painter.drawRect(begin)
        painter.drawRect(end.adjusted(0, 0.5, 0, -0.5) if end.height() > 3 else end)

    def _thickness(self, source: Source, height: float) -> float:
        return max(_LEAST_PX, source.share * height) if source.share > 0 else 0.0

    def _mouth(self) -> QRectF:
        most = max((source.share for source in self._sources), default=1.0) or 1.0
        # The thickest ribbon begins within its row.
        height = min(self.height() - 12.0, self._theme.px(150), (self._row_px() - 8) / most)
        top = (self.height() - height) / 2
        return QRectF(self.width() - _MOUTH_PX, top, _MOUTH_PX, height)

    def _row_px(self) -> int:
        return self._theme.px(_LOW_ROW_PX if self.is_low else _ROW_PX)

    def _place(self) -> None:
        self.setFixedHeight(max(1, self.sizeHint().height()))
        self._lay_rows()
        self.updateGeometry()
        self.update()

    def _lay_rows(self) -> None:
        top = self._theme.px(_BAR_PX) + 6 if self.is_low else 0
        width = self.width() if self.is_low else round(self.width() * _WORDS_SHARE)
        for place, row in enumerate(self.rows):
            row.setGeometry(0, top + place * self._row_px(), width, self._row_px())

    def _open(self, row: SourceRow) -> None:
        if row.source is not None and row.source.is_openable():
            self.opened.emit(row.source)
