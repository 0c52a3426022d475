"""How full the context would be with the next prompt, a colour for each source, and in words."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.contract.events import ContextMeasured
from ui import text
from ui import text_message as words
from ui.chat.meter_card import MeterCard, Share, shares_of
from ui.theme import Theme
from ui.widgets.labels import label


class _Bar(QWidget):
    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.shares: tuple[Share, ...] = ()
        self.limit = 1
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
        for share in self.shares:
            # Two px at least, as something is there, and one of ground between two colours.
            ratio = share.tokens / self.limit
            width = max(2.0, ratio * self.width()) if share.tokens else 0.0
            # Room that is only kept is a thin line at the far end.
            if share.is_hatched:
                kept = QRectF(self.width() - width, 2, width, self.height() - 4)
                painter.fillRect(kept, share.color(colors))
                continue
            painter.fillRect(QRectF(x, 0, width, self.height()), share.color(colors))
            x += width + (1 if width else 0)
        painter.end()


class ContextMeter(QWidget):
    """Stands in the composer; says nothing until the engine has counted.

    Attributes:
        card: The figures, while they are on screen.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._measured: ContextMeasured | None = None
        self.card: MeterCard | None = None
        self._bar = _Bar(theme)
        self._words = label("")
        self._words.setObjectName("MeterLabel")
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 6, 0)
        row.setSpacing(10)
        row.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._words)
        self.setMinimumHeight(28)
        self.clear()

    def clear(self) -> None:
        """Nothing is known."""
        self._measured = None
        self._bar.shares = ()
        self._words.setText("")
        self.setToolTip("")
        self.setAccessibleName(words.METER_TITLE)
        self.setAccessibleDescription("")
        self._bar.setVisible(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._close_card()

    def show_measure(self, measured: ContextMeasured) -> None:
        """Bar, words, card and what a screen reader says tell how full the context would be."""
        self._measured = measured
        shares = shares_of(measured)
        used = sum(share.tokens for share in shares if not share.is_hatched)
        self._bar.shares, self._bar.limit = shares, max(1, measured.limit_tokens)
        self._bar.setVisible(True)
        self._bar.update()
        self._words.setText(text.context_use(used, measured.limit_tokens))
        lines = [words.meter_line(share.name, share.tokens) for share in shares if share.tokens]
        if measured.cut_messages:
            lines.append(words.will_be_cut(measured.cut_messages))
        self.setToolTip("\n".join(lines))
        self.setAccessibleName(f"Context: {self._words.text()} tokens")
        self.setAccessibleDescription(". ".join(lines))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if self.card is not None:
            self.open_card()

    def set_compact(self, is_compact: bool) -> None:
        """In a narrow window the words stand alone."""
        self._bar.setFixedWidth(60 if is_compact else 150)

    def words(self) -> str:
        """What it says now."""
        return self._words.text()

    def open_card(self) -> None:
        """The figures of each source are on screen."""
        self._close_card()
        if self._measured is not None:
            self.card = MeterCard(self._theme, self._measured, self)
            self.card.open_above(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The figures show."""
        super().enterEvent(event)
        self.open_card()

    def leaveEvent(self, event: QEvent) -> None:
        """The figures go, unless the keyboard is here."""
        super().leaveEvent(event)
        if not self.hasFocus():
            self._close_card()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The figures show, and a ring says where one is."""
        super().focusInEvent(event)
        self.open_card()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The figures go."""
        super().focusOutEvent(event)
        self._close_card()
        self.update()

    def hideEvent(self, event: QEvent) -> None:
        """Nothing stands where the meter is not."""
        del event
        self._close_card()

    def event(self, event: QEvent) -> bool:
        """The card takes the tooltip's place; a screen reader has its words."""
        if event.type() == QEvent.Type.ToolTip:
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ring while the keyboard is here."""
        del event
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colors.accent, 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 7, 7)
            painter.end()

    def _close_card(self) -> None:
        card, self.card = self.card, None
        if card is not None:
            card.close()
