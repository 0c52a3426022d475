"""One token that could have come: its word, how likely it was, and a way to go on with it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from engine.contract.signals import Alternative
from ui.introspection import stream_words as words
from ui.theme import Theme

_ROW_PX = 22
_BAR_PX = 9
_WORD_RATIO = 0.2  # of the width, for the word
_FIGURE_PX = 42


class AlternativeRow(QAbstractButton):
    """A row to click; the one of the token that stands there does nothing.

    Attributes:
        alternative: What it shows; None draws nothing.
        is_chosen: Whether it is the token that stands there.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.alternative: Alternative | None = None
        self.is_chosen = False
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.updateGeometry)

    def show_alternative(
        self, alternative: Alternative | None, most: float, *, is_chosen: bool, can_go_on: bool
    ) -> None:
        """The row shows this.

        Args:
            alternative: None leaves the row empty.
            most: Probability of the likeliest, which fills the bar.
            is_chosen: Whether it is the token that stands there.
            can_go_on: Whether another version may be begun now.
        """
        self.alternative, self.is_chosen = alternative, is_chosen
        self.setEnabled(alternative is not None and can_go_on and not is_chosen)
        is_open = self.isEnabled()
        self.setCursor(Qt.CursorShape.PointingHandCursor if is_open else Qt.CursorShape.ArrowCursor)
        if alternative is not None:
            self._share = alternative.probability / most if most > 0 else 0.0
            say = words.is_written if is_chosen else words.continue_with
            said = say(alternative.text, alternative.probability)
            self.setAccessibleName(said)
            self.setToolTip("" if is_chosen else said if can_go_on else words.WHILE_WRITTEN)
        else:
            self.setAccessibleName(words.NO_TOKEN)
            self.setToolTip("")
        self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(200, max(_ROW_PX, self._theme.px(_ROW_PX)))

    def minimumSizeHint(self) -> QSize:
        """One line of any width."""
        return QSize(60, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Word, bar, figure; a ground while it is pointed at."""
        del event
        if self.alternative is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        whole = QRectF(self.rect()).adjusted(-0.5, 0.5, 0.5, -0.5)
        if self.hasFocus() or (self.underMouse() and self.isEnabled()):
            painter.setPen(QPen(colors.accent, 1.6) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(whole.adjusted(1.5, 0.5, -1.5, -0.5), 6, 6)
        self._paint_word(painter)
        self._paint_bar(painter)
        painter.end()

    def _paint_word(self, painter: QPainter) -> None:
        assert self.alternative is not None
        colors = self._theme.colors
        font = self._theme.mono(12)
        painter.setFont(font)
        painter.setPen(colors.ink)
        room = QRectF(10, 0, self._bar_left() - 16, self.height())
        word = words.bare(self.alternative.text)
        elided = QFontMetricsF(font).elidedText(word, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)
        painter.setPen(colors.muted)
        right = QRectF(0, 0, self.width() - 10, self.height())
        figure = words.probability(self.alternative.probability)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(right, flags, figure)

    def _paint_bar(self, painter: QPainter) -> None:
        colors = self._theme.colors
        left = self._bar_left()
        width = self.width() - left - self._theme.px(_FIGURE_PX) - 14
        bar = QRectF(left, (self.height() - _BAR_PX) / 2, max(10.0, width), _BAR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.sunken)
        painter.drawRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
        bar.setWidth(max(float(_BAR_PX), bar.width() * self._share))
        painter.setBrush(colors.accent if self.is_chosen else colors.faint)
        painter.setOpacity(1.0 if self.is_chosen else 0.6)
        painter.drawRoundedRect(bar, _BAR_PX / 2, _BAR_PX / 2)
        painter.setOpacity(1.0)

    def _bar_left(self) -> float:
        return max(float(self._theme.px(64)), self.width() * _WORD_RATIO)
