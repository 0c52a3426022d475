"""The panel's tabs: words with a line under the one that is shown."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QTabBar

from ui.theme import Theme

_SIZE, _LEAST_SIZE = 13.0, 10.0  # at the usual text size
_LINE_PX = 2
_LEAST_PX = 6  # left and right of a word
_MOST_PX = 22  # between words where there is room


class TabStrip(QTabBar):
    """A tab bar of Qt, so that arrow keys and screen readers know it, drawn as ours."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._room = 0
        self._size = _SIZE
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self._restyle)
        self._restyle()

    def fit(self, room: int) -> None:
        """The tabs share a room of so many px."""
        self._room = room
        self._size = self._largest()
        self.setFont(self._theme.font(self._size, 600))
        # Nothing else makes Qt ask for the tabs' sizes again.
        self.setIconSize(self.iconSize())

    def _largest(self) -> float:
        """The largest size, up to the usual one, at which all words are in sight, px."""
        size = _SIZE
        while size > _LEAST_SIZE and self._room:
            metrics = QFontMetrics(self._theme.font(size, 600))
            words = (metrics.horizontalAdvance(self.tabText(n)) + 1 for n in range(self.count()))
            if sum(words) + 2 * _LEAST_PX * self.count() <= self._room:
                break
            size -= 0.5
        return size

    def tabSizeHint(self, index: int) -> QSize:
        """Its word, with as much room between as the panel leaves."""
        words = sum(self._advance(place) for place in range(self.count()))
        between = (self._room - words) / max(1, 2 * self.count())
        around = int(max(_LEAST_PX, min(_MOST_PX / 2, between)))
        return QSize(self._advance(index) + 2 * around, self._theme.px(45))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """The same: a word is never cut."""
        return self.tabSizeHint(index)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The words; the chosen one stronger and with a line under it."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index in range(self.count()):
            self._paint_tab(painter, index)
        painter.end()

    def _paint_tab(self, painter: QPainter, index: int) -> None:
        colors = self._theme.colors
        is_chosen = index == self.currentIndex()
        place = QRectF(self.tabRect(index))
        is_hovered = place.contains(self.mapFromGlobal(self.cursor().pos()).toPointF())
        painter.setFont(self._theme.font(self._size, 600 if is_chosen else 400))
        painter.setPen(colors.ink if is_chosen or is_hovered else colors.muted)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.tabText(index))
        width = self._advance(index)
        under = QRectF(place.center().x() - width / 2, place.bottom() - 6, width, _LINE_PX)
        if is_chosen:
            painter.fillRect(under, QColor(colors.accent))
        if is_chosen and self.hasFocus():
            painter.setPen(QPen(colors.accent, 2))
            ring = QRectF(place).adjusted(1, 7, -1, -9)
            painter.drawRoundedRect(ring, 6, 6)

    def _advance(self, index: int) -> int:
        # Room for the stronger weight, so that nothing moves when another one is chosen.
        metrics = self.fontMetrics()
        return metrics.horizontalAdvance(self.tabText(index)) + 1

    def _restyle(self) -> None:
        self.fit(self._room)
        self.update()
