"""The palette itself: a field and, under it, the lines that match."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    Qt,
    QTimer,
)
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QTextCharFormat, QTextLayout
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ui import text_search as words
from ui.palette.palette_model import Line, LineRole, PaletteModel
from ui.search.matcher import in_utf16
from ui.theme import Theme
from ui.widgets.announcing import announce
from ui.widgets.labels import label
from ui.widgets.row_painter import RowPainter

AnyIndex = QModelIndex | QPersistentModelIndex
_WIDTH_PX, _ROW_PX, _ROWS = 620, 36, 10
_SIDE = 14


class _LinePainter(RowPainter):
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Icon, words with the letters that matched, detail; kind or keys at the right."""
        line: Line = index.data(LineRole.LINE)
        colors = self._theme.colors
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.accent_soft)
            painter.drawRoundedRect(QRectF(option.rect).adjusted(6, 1, -6, -1), 8, 8)
        rect = QRectF(option.rect).adjusted(_SIDE, 0, -_SIDE - 2, 0)
        if line.icon:
            icon = QRectF(rect.left(), rect.center().y() - 8, 16, 16)
            self._theme.icons.paint(painter, line.icon, icon, colors.faint)
        rect.setLeft(rect.left() + 26)
        said = line.keys or line.kind
        painter.setFont(self._theme.font(12))
        painter.setPen(colors.muted if line.keys else colors.faint)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, right, said)
        rect.setRight(rect.right() - painter.fontMetrics().horizontalAdvance(said) - 14)
        used = self._paint_words(painter, rect, line.words, index.data(LineRole.PLACES))
        if line.detail and used + 60 < rect.width():
            painter.setFont(self._theme.font(12))
            painter.setPen(colors.muted)
            rest = rect.adjusted(used + 10, 0, 0, 0)
            elided = painter.fontMetrics().elidedText(
                line.detail, Qt.TextElideMode.ElideRight, int(rest.width())
            )
            flag = Qt.AlignmentFlag
            painter.drawText(rest, flag.AlignVCenter | flag.AlignLeft | flag.AlignAbsolute, elided)
        painter.restore()

    def _paint_words(
        self, painter: QPainter, rect: QRectF, said: str, places: tuple[int, ...]
    ) -> float:
        """One line of words; returns how wide they are."""
        font = self._theme.font(13)
        painter.setFont(font)
        shown = painter.fontMetrics().elidedText(
            said, Qt.TextElideMode.ElideRight, int(rect.width())
        )
        layout = QTextLayout(shown, font)
        spans = [(place, place + 1) for place in places if place < len(shown)]
        formats = []
        for start, end in in_utf16(shown, spans):
            piece = QTextLayout.FormatRange()
            piece.start, piece.length = start, end - start
            piece.format = QTextCharFormat()
            piece.format.setFontWeight(QFont.Weight.DemiBold)
            piece.format.setForeground(self._theme.colors.accent)
            formats.append(piece)
        layout.setFormats(formats)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(10_000)
        layout.endLayout()
        painter.setPen(self._theme.colors.ink)
        layout.draw(painter, rect.topLeft() + QPoint(0, int((rect.height() - line.height()) / 2)))
        return line.naturalTextWidth()


class Palette(QWidget):
    """Over the upper middle of the window; goes when one clicks elsewhere.

    Attributes:
        field: What is typed.
        list: What can be chosen.
        model: The lines.
    """

    def __init__(self, theme: Theme, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAccessibleName(words.PALETTE)
        self._window = window
        self._theme = theme
        self.model = PaletteModel(self)
        self.field = QLineEdit()
        self.field.setObjectName("PaletteField")
        self.field.setAccessibleName(words.PALETTE)
        self.field.setMinimumHeight(theme.px(44))
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._search)
        self.list = QListView()
        self.list.setObjectName("PaletteList")
        self.list.setAccessibleName(words.RESULTS)
        self.list.setModel(self.model)
        self.list.setItemDelegate(_LinePainter(theme, self.list, _ROW_PX, is_spaced=False))
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFocusProxy(self.field)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(self._run)
        self.nothing = label(words.PALETTE_NOTHING, "muted", wraps=True)
        self.nothing.setContentsMargins(16, 10, 16, 12)
        self._arrange()

    def open(self, hint: str) -> None:
        """It is on screen with nothing typed; what can be chosen was offered to the model."""
        self.field.setPlaceholderText(hint)
        self.field.setText("")
        self._search()
        width = min(self._theme.px(_WIDTH_PX), self._window.width() - 32)
        self.setFixedWidth(width)
        x = (self._window.width() - width) // 2
        self.move(self._window.mapToGlobal(QPoint(x, self._top())))
        self.show()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and down choose, Return takes, Esc clears and then closes."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        keys = Qt.Key
        steps = {
            keys.Key_Down: 1,
            keys.Key_Up: -1,
            keys.Key_Tab: 1,
            keys.Key_Backtab: -1,
            keys.Key_PageDown: _ROWS - 1,
            keys.Key_PageUp: 1 - _ROWS,
        }
        key = event.key()
        if key in steps:
            self._step(steps[keys(key)])
        elif key in (keys.Key_Return, keys.Key_Enter):
            self._run(self.list.currentIndex())
        elif key == keys.Key_Escape:
            if self.field.text():
                self.field.setText("")
            else:
                self.close()
        else:
            return super().eventFilter(watched, event)
        return True

    def _step(self, by: int) -> None:
        rows = self.model.rowCount()
        if not rows:
            return
        row = self.list.currentIndex().row() + by
        # One step past an end comes out at the other; a page stops there.
        row = row % rows if abs(by) == 1 else max(0, min(rows - 1, row))
        self.list.setCurrentIndex(self.model.index(row, 0))
        # The focus stays in the field, so a screen reader would not say the line by itself.
        announce(self.field, self.list.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole))

    def _search(self) -> None:
        self.model.search(self.field.text())
        rows = self.model.rowCount()
        if rows:
            self.list.setCurrentIndex(self.model.index(0, 0))
        self.list.setVisible(rows > 0)
        self.nothing.setVisible(not rows)
        height = min(max(rows, 1), self._most_rows()) * self._theme.px(_ROW_PX) + 12
        self.list.setFixedHeight(height)
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setFixedHeight(layout.sizeHint().height())

    def _top(self) -> int:
        return max(24, round(self._window.height() * 0.12))

    def _most_rows(self) -> int:
        """Large text leaves room for fewer in the window."""
        room = self._window.height() - self._top() - self.field.sizeHint().height() - 60
        return max(3, min(_ROWS, room // self._theme.px(_ROW_PX)))

    def _run(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        line = self.model.line(index)
        self.close()
        # The focus is back where it was before the line acts on it.
        QTimer.singleShot(0, line.run)

    def _arrange(self) -> None:
        self._ground = QFrame()
        self._ground.setObjectName("Popover")
        inner = QVBoxLayout(self._ground)
        inner.setContentsMargins(1, 1, 1, 6)
        inner.setSpacing(0)
        inner.addWidget(self.field)
        line = QFrame()
        line.setObjectName("FootLine")
        line.setFixedHeight(1)
        inner.addWidget(line)
        inner.addSpacing(6)
        inner.addWidget(self.list)
        inner.addWidget(self.nothing)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._ground)
