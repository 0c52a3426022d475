"""Buttons: icons, the round send button, and plain ones by kind."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget

from ui.theme import Theme


class IconButton(QAbstractButton):
    """An icon to click, 28 px square or more, that grows with the text; its name is told too.

    Attributes:
        icon_name: Which icon.
        is_lit: Whether it is drawn in the accent colour, as what it opens is there.
    """

    def __init__(
        self, theme: Theme, icon: str, name: str, parent: QWidget | None = None, *, size: int = 28
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.icon_name = icon
        self.is_lit = False
        self._size = size
        self.rename(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self._grow)
        self._grow()

    def rename(self, name: str) -> None:
        """Tooltip and accessible name say what a click does now."""
        self.setAccessibleName(name)
        self.setToolTip(name)

    def sizeHint(self) -> QSize:
        """The fixed size."""
        return self.minimumSize()

    def _grow(self) -> None:
        size = max(self._size, self._theme.px(self._size))
        self.setFixedSize(size, size)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The ground shows."""
        super().enterEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground when hovered, ring when focused, icon."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        self._ground(painter)
        color = colors.ink if self.underMouse() or self.hasFocus() else colors.muted
        color = colors.accent if self.is_lit else color
        self._icon(painter, color if self.isEnabled() else colors.line_strong, 18)
        painter.end()

    def _ground(self, painter: QPainter) -> None:
        colors = self._theme.colors
        if self.underMouse() and self.isEnabled():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(self.rect(), 8, 8)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.accent, 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, 7)

    def _icon(self, painter: QPainter, color: QColor, size: float) -> None:
        size = max(size, self._theme.px(size))
        center = QRectF(self.rect()).center()
        rect = QRectF(center.x() - size / 2, center.y() - size / 2, size, size)
        self._theme.icons.paint(painter, self.icon_name, rect, color)


class RoundButton(IconButton):
    """The one filled button of a page, such as send."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """A filled circle with the icon; a pale one while there is nothing to do."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        ground = colors.accent_hover if self.underMouse() else colors.accent
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground if self.isEnabled() else colors.hover)
        painter.drawEllipse(self.rect())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.surface, 2))
            painter.drawEllipse(QRectF(self.rect()).adjusted(2, 2, -2, -2))
        self._icon(painter, colors.on_accent if self.isEnabled() else colors.faint, 18)
        painter.end()


class FloatingButton(IconButton):
    """A round button that lies over a page."""

    def _ground(self, painter: QPainter) -> None:
        colors = self._theme.colors
        painter.setBrush(colors.hover if self.underMouse() else colors.surface)
        focus = self.hasFocus()
        painter.setPen(QPen(colors.accent if focus else colors.line_strong, 2 if focus else 1))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))


def push_button(words: str, kind: str, on_click: Callable[[], object]) -> QPushButton:
    """A button with words; `kind` is "primary", "quiet", "example", "new" or "plain"."""
    button = QPushButton(words)
    button.setProperty("kind", kind)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.clicked.connect(lambda: on_click())
    return button
