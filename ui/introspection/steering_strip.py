"""One line that is there as long as the model is being pushed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from engine.contract.introspection_commands import Steer
from ui import text_steering as words
from ui.introspection.measuring_desk import MeasuringDesk
from ui.theme import Theme
from ui.widgets.announcing import announce
from ui.widgets.buttons import push_button
from ui.widgets.labels import label


class SteeringStrip(QFrame):
    """Says by what the model is pushed, with a way to let go; hidden while it is left alone.

    Attributes:
        let_go: The button.
    """

    def __init__(self, desk: MeasuringDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("SteeringStrip")
        self._desk = desk
        self._theme = theme
        self._said = label("", wraps=True)
        self._sign = QLabel()
        self.let_go = push_button(words.LET_GO, "quiet", lambda: desk.submit(Steer()))
        self.let_go.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 6, 4)
        row.setSpacing(10)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._said, 1)
        row.addWidget(self.let_go, 0, Qt.AlignmentFlag.AlignVCenter)
        desk.directions_changed.connect(self._show)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()
        self._show()

    def words(self) -> str:
        """What it says; empty while the model is left alone."""
        return "" if self.isHidden() else self._said.text()

    def _show(self) -> None:
        said = words.pushed(self._desk.steering)
        if said == self._said.text():
            return
        self._said.setText(said)
        self.setAccessibleName(said)
        self.setVisible(bool(said))
        announce(self, said)

    def _restyle(self) -> None:
        size = self._theme.px(16)
        self._sign.setPixmap(self._theme.icons.pixmap("push", size, self._theme.colors.signal))
