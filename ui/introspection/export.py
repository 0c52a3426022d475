"""The view on screen as a picture, a drawing or a table, in a file that the user chooses."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QSize
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QMenu, QWidget

from ui import text_instruments as words
from ui.introspection.introspection_panel import IntrospectionPanel
from ui.introspection.signals_csv import to_csv
from ui.theme import Theme
from ui.widgets.buttons import IconButton
from ui.widgets.file_choice import choose_new_file

_SHARPNESS = 2.0  # pixels of the picture to one of the screen
_MARGIN_PX = 8


class ExportButton(IconButton):
    """Opens a menu with the kinds of file.

    Attributes:
        menu: The kinds.
        told: Takes what is said when a file was written or could not be.
    """

    def __init__(
        self, panel: IntrospectionPanel, theme: Theme, told: Callable[[str], object]
    ) -> None:
        super().__init__(theme, "download", words.EXPORT)
        self._panel = panel
        self.told = told
        self.menu = QMenu(self)
        self.menu.setAccessibleName(words.EXPORT)
        for kind, said in (
            ("png", words.AS_PNG),
            ("svg", words.AS_SVG),
            ("csv", words.AS_CSV),
        ):
            self.menu.addAction(said, partial(self.choose, kind)).setData(kind)
        self.clicked.connect(self._open)

    def choose(self, kind: str) -> QWidget:
        """The system's dialog asks where the file goes."""
        name = f"{words.FILE_NAME}-{self._panel.tab()}.{kind}"
        return choose_new_file(self, words.EXPORT, name, partial(self.write, kind))

    def write(self, kind: str, path: str) -> None:
        """The view is in this file; a suffix that was left out is added."""
        file = Path(path)
        if not file.suffix:
            file = file.with_suffix(f".{kind}")
        try:
            file.write_bytes(self.content(kind))
        except OSError as error:
            self.told(words.not_written(error.strerror or ""))
        else:
            self.told(words.EXPORTED)

    def content(self, kind: str) -> bytes:
        """What the file holds."""
        view = self._panel.view()
        if kind == "csv":
            measured = view.measured
            assert measured.opening is not None
            return to_csv(measured.opening, measured.tokens).encode("utf-8")
        page = view.area.widget() or view
        ground = self._theme.colors.canvas
        return as_png(page, ground) if kind == "png" else as_svg(page, ground)

    def _open(self) -> None:
        measured = self._panel.view().measured
        for action in self.menu.actions():
            has_rows = measured.opening is not None and bool(measured.tokens)
            action.setEnabled(action.data() != "csv" or has_rows)
        size = self.menu.sizeHint()
        self.menu.popup(self.mapToGlobal(QPoint(self.width() - size.width(), -size.height())))


def as_png(page: QWidget, ground: QColor) -> bytes:
    """All of a page, also what is scrolled out of sight, at twice the screen's size."""
    size = page.size()
    image = QImage(size * _SHARPNESS, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_SHARPNESS)
    image.fill(ground)
    painter = QPainter(image)
    page.render(painter, QPoint(0, 0), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(content.data())


def as_svg(page: QWidget, ground: QColor) -> bytes:
    """All of a page as a drawing, its words as text."""
    content = QByteArray()
    buffer = QBuffer(content)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    whole = QRect(QPoint(0, 0), page.size()).adjusted(0, 0, 0, _MARGIN_PX)
    generator.setSize(QSize(whole.width(), whole.height()))
    generator.setViewBox(whole)
    generator.setTitle(words.FILE_NAME)
    painter = QPainter(generator)
    painter.fillRect(whole, ground)
    page.render(painter, QPoint(0, 0), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()
    return bytes(content.data())
