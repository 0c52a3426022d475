"""What every view of the introspection panel has: its answer, its pace, and what it lacks."""

from __future__ import annotations

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from engine.contract.signals import View
from ui.introspection.measured import Measured
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.pace import FRAME_MS, Pace
from ui.theme import Theme
from ui.widgets.labels import label

SIDE_PX = 20  # left and right of what a view shows


class PanelView(QWidget):
    """One tab. A view puts its blocks into `column` and draws them in `refresh`.

    Attributes:
        desk: What is known, and where commands go.
        theme: Colours and fonts.
        measured: The answer that is looked at.
        column: Where the blocks stand, one under the other; scrolled if they are too high.
    """

    view: View
    """Which view it is; a subclass says so."""
    title: str
    """Its word in the tab bar; a subclass says so."""

    def __init__(self, desk: MeasuringDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.theme = theme
        self.measured = Measured()
        self._frame = Pace(self, FRAME_MS, self._draw)
        content = QWidget()
        content.setObjectName("PanelContent")
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(SIDE_PX, 14, SIDE_PX, 14)
        self.column.setSpacing(16)
        self.area = QScrollArea()
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(content)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.area)
        self._pages.addWidget(self._make_lack())
        theme.changed.connect(self.ask)

    def show_measured(self, measured: Measured) -> None:
        """This answer is looked at from now on."""
        if measured is self.measured:
            return
        former, self.measured = self.measured, measured
        for signal in _signals(former):
            signal.disconnect(self.ask)
        for signal in _signals(measured):
            signal.connect(self.ask)
        self.ask()

    def ask(self) -> None:
        """It is drawn with the next frame, or when it comes into sight."""
        self._frame.ask()

    def refresh(self) -> None:
        """What is on screen is what is known; called once a frame at most, and only in sight."""
        raise NotImplementedError

    def lack(self) -> str:
        """Why there is nothing to draw, in one sentence; empty if there is."""
        return self.measured.unavailable(self.view)

    def _draw(self) -> None:
        reason = self.lack()
        self._pages.setCurrentIndex(1 if reason else 0)
        self._lack.setText(reason)
        if not reason:
            self.refresh()

    def _make_lack(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(32, 24, 32, 24)
        self._lack = label("", "muted", wraps=True)
        self._lack.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        column.addWidget(self._lack)
        column.addStretch(3)
        return page


def _signals(measured: Measured) -> tuple[SignalInstance, ...]:
    return (
        measured.began,
        measured.grew,
        measured.reviewed,
        measured.ended,
        measured.picked_changed,
    )
