"""One file as a chip: its name, what it costs, and a cross."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from engine.contract.attachments import Attachment, AttachmentKind
from ui import text_attachments as words
from ui.chat.attachment_tray import TrayFile
from ui.theme import Theme
from ui.widgets.buttons import IconButton

_ICONS = {AttachmentKind.IMAGE: "picture", AttachmentKind.SHEET: "table"}
_NAME_PX, _FACTS_PX = 13, 11.5
_WIDEST, _LEAST = 250, 130
_PAD, _ICON, _GAP, _CROSS = 10, 20, 9, 24


def icon_of(card: Attachment | None) -> str:
    """The icon of a file's kind."""
    return "file" if card is None else _ICONS.get(card.kind, "file")


class FileChip(QAbstractButton):
    """A click or Enter shows the file's text; the cross, Delete or Backspace removes it.

    Attributes:
        file: What it shows.
        removed: File identifier.
    """

    removed = Signal(str)

    def __init__(self, theme: Theme, file: TrayFile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.file = file
        self.cross = IconButton(theme, "close", words.remove(file.name), self, size=_CROSS)
        self.cross.clicked.connect(lambda: self.removed.emit(self.file.id))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.show_file(file)

    def show_file(self, file: TrayFile) -> None:
        """The chip says what is known of the file now."""
        self.file = file
        card = file.card
        name = f"{file.name}, {self._facts()}" if card is None else words.chip_name(card)
        self.setAccessibleName(name)
        notice = card.notice if card is not None else ""
        self.setToolTip(f"{file.name}\n{notice}".strip())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words, within bounds; two lines high."""
        wide = max(
            self._width_of(self.file.name, _NAME_PX), self._width_of(self._facts(), _FACTS_PX)
        )
        needed = round(wide) + 2 * _PAD + _ICON + _GAP + _CROSS
        widest, least = self._theme.px(_WIDEST), self._theme.px(_LEAST)
        return QSize(max(least, min(widest, needed)), self._theme.px(44))

    def enterEvent(self, event: QEnterEvent) -> None:
        """The ground shows."""
        super().enterEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that remove it; Enter shows its text as Space does."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self.file.id)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The cross is at the right end."""
        super().resizeEvent(event)
        self.cross.move(self.width() - _CROSS - 5, (self.height() - _CROSS) // 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, icon, name, facts, and how far reading is."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        is_over = self.underMouse() or self.hasFocus()
        painter.setBrush(colors.hover if is_over else colors.sunken)
        painter.setPen(QPen(colors.accent if self.hasFocus() else colors.line, 1))
        painter.drawRoundedRect(frame, 10, 10)
        middle = self.height() / 2
        icon = QRectF(_PAD, middle - _ICON / 2, _ICON, _ICON)
        self._theme.icons.paint(painter, icon_of(self.file.card), icon, colors.muted)
        left = _PAD + _ICON + _GAP
        room = self.width() - left - _CROSS - 9
        warns = self.file.card is not None and bool(self.file.card.notice)
        self._line(
            painter, self.file.name, QRectF(left, middle - 19, room, 19), _NAME_PX, colors.ink
        )
        color = colors.warn if warns else colors.muted
        self._line(painter, self._facts(), QRectF(left, middle + 1, room, 16), _FACTS_PX, color)
        if self.file.is_reading:
            self._progress(painter, frame)
        painter.end()

    def _progress(self, painter: QPainter, frame: QRectF) -> None:
        colors = self._theme.colors
        track = QRectF(frame.left() + 10, frame.bottom() - 3.5, frame.width() - 20, 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.line)
        painter.drawRoundedRect(track, 1, 1)
        track.setWidth(track.width() * max(0.06, self.file.share_ratio))
        painter.setBrush(colors.accent)
        painter.drawRoundedRect(track, 1, 1)

    def _line(self, painter: QPainter, said: str, rect: QRectF, size: float, color: QColor) -> None:
        font = self._theme.font(size)
        painter.setFont(font)
        painter.setPen(color)
        # The end of a name says what kind of file it is.
        mode = Qt.TextElideMode.ElideMiddle
        shown = QFontMetricsF(font).elidedText(said, mode, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)

    def _facts(self) -> str:
        if self.file.card is None:
            return words.reading(self.file.share_ratio)
        return words.facts(self.file.card)

    def _width_of(self, said: str, size: float) -> float:
        return QFontMetricsF(self._theme.font(size)).horizontalAdvance(said) + 8
