"""Pictures of every page and state that exists."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from ui.screen_pages import screens
from ui.screen_stage import Stage, settle

_SHADE = QColor(0, 0, 0, 70)


def picture(widget: QWidget) -> QPixmap:
    """The widget and any popup or sheet over it, as they are on screen."""
    shown = widget.grab()
    sheet = QApplication.activeModalWidget()
    if sheet is not None:
        painter = QPainter(shown)
        painter.fillRect(shown.rect(), _SHADE)
        place = shown.rect().center() - sheet.rect().center()
        painter.drawPixmap(max(0, place.x()), max(0, place.y()), sheet.grab())
        painter.end()
    for card in QApplication.topLevelWidgets():
        if card.isVisible() and card.windowType() == Qt.WindowType.ToolTip:
            _lay_over(shown, widget, card)
    popup = QApplication.activePopupWidget()
    if popup is not None and popup.window() is not widget:
        _lay_over(shown, widget, popup)
    return shown


def _lay_over(shown: QPixmap, widget: QWidget, over: QWidget) -> None:
    painter = QPainter(shown)
    place = over.mapToGlobal(QPoint(0, 0)) - widget.mapToGlobal(QPoint(0, 0))
    painter.drawPixmap(place, over.grab())
    painter.end()


def render_screens(
    directory: Path,
    *,
    resources: Path,
    dark: bool,
    size: tuple[int, int] = (1280, 800),
    only: frozenset[str] = frozenset(),
) -> list[Path]:
    """A PNG of each screen lies in the directory. A QApplication must exist.

    Args:
        directory: Made if need be.
        resources: The folder with icons, themes and fonts.
        dark: Whether in dark colours.
        size: Of the window, in px.
        only: Names of screens; empty for all.

    Returns:
        The files, in the order of `screens()`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    files = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, build in screens():
            if only and name not in only:
                continue
            state = Path(scratch) / f"{name}.ini"
            stage = Stage(resources, is_dark=dark, size=QSize(*size), state=state)
            file = directory / f"{name}-{'dark' if dark else 'light'}.png"
            picture(build(stage)).save(str(file))
            files.append(file)
            clear(stage)
    return files


def clear(stage: Stage) -> None:
    """Nothing of the page is left on screen or in memory."""
    window = stage.window
    popup = QApplication.activePopupWidget()
    if popup is not None:
        popup.close()
    if window is not None:
        window.quick.close()
        window.session.close()
        window.close()
        window.theme.deleteLater()
        window.deleteLater()
    settle(0.01)
