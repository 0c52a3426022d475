"""The look of doubt: a ground and a line under it, so that it is read without colour too."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter

_GROUND = (0.07, 0.29)  # how opaque, from the least doubt that is shown to the most
_LINE_PX = (0.6, 2.2)


def paint_tint(painter: QPainter, rect: QRectF, color: QColor, share: float) -> None:
    """A ground, and a line under it, that both grow with the share; nothing at 0.

    Args:
        painter: Has no pen; its brush is changed.
        rect: Round the word.
        color: The colour of live measurement.
        share: How much, 0 to 1.
    """
    if share <= 0:
        return
    ground = QColor(color)
    ground.setAlphaF(_GROUND[0] + (_GROUND[1] - _GROUND[0]) * share)
    painter.setBrush(ground)
    painter.drawRoundedRect(rect, 3, 3)
    thick = _LINE_PX[0] + (_LINE_PX[1] - _LINE_PX[0]) * share
    painter.fillRect(QRectF(rect.left(), rect.bottom() - thick, rect.width(), thick), color)
