"""The figures behind the context meter, each beside its colour."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from engine.contract.events import ContextMeasured
from ui import text_message as words
from ui.theme import Colors, Theme
from ui.widgets.labels import label


@dataclass(frozen=True, slots=True)
class Share:
    """One source of the context.

    Attributes:
        role: Its colour, by role.
        is_hatched: Room that is kept and not filled.
    """

    name: str
    tokens: int
    role: str
    is_hatched: bool = False

    def color(self, colors: Colors) -> QColor:
        """Its colour in this theme."""
        color: QColor = getattr(colors, self.role)
        return color


def shares_of(measured: ContextMeasured) -> tuple[Share, ...]:
    """Every source, in the order of the prompt; those that take nothing too."""
    return (
        Share(words.SYSTEM, measured.system_tokens, "faint"),
        Share(words.MEMORY, measured.memory_tokens, "ok"),
        Share(words.DOCUMENTS, measured.document_tokens, "warn"),
        Share(words.HISTORY, measured.history_tokens, "accent"),
        Share(words.DRAFT, measured.draft_tokens, "signal"),
        Share(words.ANSWER, measured.answer_tokens, "line_strong", is_hatched=True),
    )


class _Swatch(QWidget):
    """The colour of one source, as in the meter."""

    def __init__(self, theme: Theme, share: Share | None) -> None:
        super().__init__()
        self._theme = theme
        self._share = share
        self.setFixedSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        color = self._share.color(colors) if self._share is not None else colors.hover
        painter.setPen(colors.faint if self._share is None else Qt.PenStyle.NoPen)
        if self._share is not None and self._share.is_hatched:
            painter.setBrush(colors.hover)
            painter.drawRoundedRect(QRectF(self.rect()), 3, 3)
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 2, 2)
        else:
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()


class MeterCard(QWidget):
    """Stands above the meter while it is pointed at or has the focus; takes no focus itself."""

    def __init__(self, theme: Theme, measured: ContextMeasured, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        ground = QFrame()
        ground.setObjectName("Popover")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(ground)
        column = QVBoxLayout(ground)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addWidget(label(words.METER_TITLE, "strong"))
        column.addLayout(_table(theme, measured))
        if measured.cut_messages:
            column.addWidget(label(words.will_be_cut(measured.cut_messages), "warn"))

    def open_above(self, anchor: QWidget) -> None:
        """It is on screen above the anchor, their right edges in line."""
        self.adjustSize()
        place = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), -self.height() - 10))
        room = anchor.screen().availableGeometry().united(anchor.window().frameGeometry())
        place.setX(max(room.left() + 8, place.x()))
        place.setY(max(room.top() + 8, place.y()))
        self.move(place)
        self.show()


def _table(theme: Theme, measured: ContextMeasured) -> QGridLayout:
    shares = shares_of(measured)
    limit = measured.limit_tokens
    free = max(0, limit - sum(share.tokens for share in shares))
    lines: list[tuple[Share | None, str, int]] = [(s, s.name, s.tokens) for s in shares if s.tokens]
    lines.append((None, words.FREE, free))
    table = QGridLayout()
    table.setHorizontalSpacing(10)
    table.setVerticalSpacing(5)
    right = Qt.AlignmentFlag.AlignRight
    for row, (share, name, tokens) in enumerate(lines):
        table.addWidget(_Swatch(theme, share), row, 0, Qt.AlignmentFlag.AlignVCenter)
        table.addWidget(label(name), row, 1)
        table.addWidget(label(words.tokens(tokens), "muted"), row, 2, right)
        table.addWidget(label(words.share(tokens, limit), "small"), row, 3, right)
    return table
