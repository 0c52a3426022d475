"""How full the context would be with the next prompt, in four colours and in words."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.contract.events import ContextMeasured
from ui import text
from ui.theme import Theme
from ui.widgets.labels import label

_NAMES = ("System prompt", "Memory and documents", "Conversation", "Your draft")


class _Bar(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.shares: tuple[float, ...] = ()
        self.setFixedSize(QSize(150, 6))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(self.rect()), 3, 3)
        painter.setClipPath(shape)
        painter.fillRect(self.rect(), colors.hover)
        x = 0.0
        fills: tuple[QColor, ...] = (colors.faint, colors.ok, colors.accent, colors.signal)
        for share, color in zip(self.shares, fills, strict=False):
            # A pixel at least, as something is there, and a pixel of ground between two colours.
            width = max(2.0, share * self.width()) if share else 0.0
            painter.fillRect(QRectF(x, 0, width, self.height()), color)
            x += width + (1 if width else 0)
        painter.end()


class ContextMeter(QWidget):
    """Stands in the composer; says nothing until the engine has counted."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = _Bar(theme)
        self._words = label("")
        self._words.setObjectName("MeterLabel")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._words)
        self.clear()

    def clear(self) -> None:
        """Nothing is known."""
        self._bar.shares = ()
        self._words.setText("")
        self.setToolTip("")
        self._bar.setVisible(False)

    def show_measure(self, measured: ContextMeasured) -> None:
        """Bar, words and tooltip say how full the context would be."""
        tokens = (
            measured.system_tokens,
            measured.memory_tokens + measured.document_tokens,
            measured.history_tokens,
            measured.draft_tokens,
        )
        limit = max(1, measured.limit_tokens)
        self._bar.shares = tuple(count / limit for count in tokens)
        self._bar.setVisible(True)
        self._bar.update()
        self._words.setText(text.context_use(sum(tokens), measured.limit_tokens))
        parts = [(name, count) for name, count in zip(_NAMES, tokens, strict=True) if count]
        parts.append(("Room kept for the answer", measured.answer_tokens))
        self.setToolTip(text.context_help(parts, measured.cut_messages))
        self.setAccessibleName(f"Context: {self._words.text()} tokens")

    def set_compact(self, is_compact: bool) -> None:
        """In a narrow window the words stand alone."""
        self._bar.setFixedWidth(60 if is_compact else 150)

    def words(self) -> str:
        """What it says now."""
        return self._words.text()
