"""Our SVG icons in any colour and size, sharp on any screen."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer


@lru_cache(maxsize=128)
def _renderer(path: str, color: str) -> QSvgRenderer:
    drawing = Path(path).read_text(encoding="utf-8").replace("currentColor", color)
    return QSvgRenderer(QByteArray(drawing.encode()))


class Icons:
    """Draws icons by name, so that one file serves every theme and every state.

    Attributes:
        directory: Where the SVG files lie.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def paint(self, painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
        """The icon is drawn into `rect`."""
        renderer = _renderer(str(self.directory / f"{name}.svg"), color.name())
        renderer.render(painter, rect)

    def pixmap(self, name: str, size: int, color: QColor, ratio: float = 2.0) -> QPixmap:
        """The icon as pixels; `size` in px, `ratio` device pixels to one of them."""
        pixmap = QPixmap(round(size * ratio), round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(QColor(0, 0, 0, 0))
        painter = QPainter(pixmap)
        self.paint(painter, name, QRectF(0, 0, size, size), color)
        painter.end()
        return pixmap

    def app_icon(self) -> QIcon:
        """The app's icon in the sizes that desktops ask for."""
        icon = QIcon()
        for size in (16, 32, 64, 128, 256):
            icon.addPixmap(self.pixmap("app", size, QColor("black"), ratio=1.0))
        return icon
