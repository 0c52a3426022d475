"""Files dragged onto the page: a calm veil says where they go."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from ui import text_attachments as words
from ui.chat.composer_edit import paths_of
from ui.theme import Theme


class DropVeil(QWidget):
    """Lies over a page while files are dragged over it.

    Attributes:
        dropped: Paths of files.
    """

    dropped = Signal(list)

    def __init__(self, theme: Theme, page: QWidget) -> None:
        super().__init__(page)
        self._theme = theme
        self._page = page
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(words.DROP_HERE)
        self.hide()
        page.setAcceptDrops(True)
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Files that come over the page show the veil."""
        del watched
        if isinstance(event, (QDragEnterEvent, QDragMoveEvent)) and paths_of(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._show()
            return True
        if isinstance(event, QDropEvent) and event.type() == QEvent.Type.Drop:
            return self._take(event)
        if event.type() in (QEvent.Type.DragLeave, QEvent.Type.Hide):
            self.hide()
        return False

    def _take(self, event: QDropEvent) -> bool:
        self.hide()
        paths = paths_of(event.mimeData())
        if paths:
            # Never a move: the files stay where they are.
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.dropped.emit(paths)
        return bool(paths)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A tinted ground, a dashed frame, and the words."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        ground = QColor(colors.canvas)
        ground.setAlphaF(0.86)
        painter.fillRect(self.rect(), ground)
        frame = QRectF(self.rect()).adjusted(16, 16, -16, -16)
        painter.setBrush(colors.accent_soft)
        painter.setPen(QPen(colors.accent, 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 14, 14)
        center = frame.center()
        icon = QRectF(center.x() - 14, center.y() - 34, 28, 28)
        self._theme.icons.paint(painter, "attach", icon, colors.accent)
        painter.setFont(self._theme.font(15, 600))
        painter.setPen(colors.ink)
        line = QRectF(frame.left(), center.y() + 2, frame.width(), 28)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, words.DROP_HERE)
        painter.end()

    def _show(self) -> None:
        if self.isHidden():
            self.setGeometry(self._page.rect())
            self.show()
            self.raise_()
