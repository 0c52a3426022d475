"""What every view of the introspection panel has: its answer, its pace, and what it lacks."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from engine.contract.signals import View
from ui.introspection import words
from ui.introspection.block import Block
from ui.introspection.measured import Measured
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.pace import FRAME_MS, Pace
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

SIDE_PX = 20  # left and right of what a view shows


class PanelView(QWidget):
    """One tab. A view adds its blocks and draws them in `refresh`.

    Attributes:
        asked: A name in the glossary that the user wants explained.
        desk: What is known, and where commands go.
        theme: Colours and fonts.
        measured: The answer that is looked at.
        column: Where the blocks stand, one under the other; scrolled if they are too high.
    """

    asked = Signal(str)
    view: View
    """Which view it is; a subclass says so."""
    title: str
    """Its word in the tab bar; a subclass says so."""
    needs_answer = True
    """Whether there is nothing to show without a measured answer."""

    def __init__(self, desk: MeasuringDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.theme = theme
        self.measured = desk.current
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
        for signal in _signals(self.measured):
            signal.connect(self.ask)
        theme.changed.connect(self.ask)
        desk.models.changed.connect(self.ask)
        desk.conversation.changed.connect(self.ask)

    def add(self, block: Block) -> None:
        """The block stands under those that were added before."""
        self.column.addWidget(block)
        block.asked.connect(self.asked)

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
        if not self.needs_answer or self.measured.is_measured():
            return self.measured.unavailable(self.view)
        return self._missing()

    def _missing(self) -> str:
        """Why no answer can be looked at."""
        desk, measured = self.desk, self.measured
        if not desk.is_open():
            return words.LOCKED
        if not measured.message_id:
            return words.EMPTY if desk.models.loaded is not None else words.NO_MODEL
        entry = desk.conversation.entry()
        if entry is not None and entry.live and entry.live.message_id == measured.message_id:
            return words.TOO_LATE
        return words.NOT_MEASURED if measured.is_loaded else words.LOOKING

    def _write_again(self) -> None:
        self.desk.conversation.tree.regenerate(self.measured.message_id)

    def said_instead(self) -> str:
        """The sentence that stands in the place of what cannot be shown; empty if nothing does."""
        return self._lack.text() if self._pages.currentIndex() == 1 else ""

    def _draw(self) -> None:
        reason = self.lack()
        self._pages.setCurrentIndex(1 if reason else 0)
        self._lack.setText(reason)
        self._again.setVisible(reason == words.NOT_MEASURED)
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
        self._again = push_button(words.WRITE_AGAIN, "plain", self._write_again)
        column.addSpacing(8)
        column.addWidget(self._again, 0, Qt.AlignmentFlag.AlignHCenter)
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
