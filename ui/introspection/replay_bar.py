"""Play, pause, step and seek through a past turn."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QSlider, QWidget

from ui import text_instruments as words
from ui.introspection.panel_view import SIDE_PX
from ui.introspection.turn_replay import SPEEDS, TurnReplay
from ui.theme import Theme
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label

_LEAST_SLIDER_PX = 60


class ReplayBar(QFrame):
    """The transport of a replay; hidden while there is nothing to play.

    Attributes:
        play: Plays or pauses.
        back: One token back.
        on: One token on.
        slider: Tokens that are shown.
        place: The same in words.
        speed: How fast; a click takes the next speed.
    """

    def __init__(self, replay: TurnReplay, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ReplayBar")
        self.setAccessibleName(words.REPLAY)
        self._replay = replay
        self._theme = theme
        self.play = IconButton(theme, "play", words.PLAY)
        self.back = IconButton(theme, "step-back", words.STEP_BACK)
        self.on = IconButton(theme, "step-on", words.STEP_ON)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(words.REPLAY_PLACE)
        self.slider.setMinimumWidth(_LEAST_SLIDER_PX)
        self.slider.setMinimumHeight(28)
        self.place = label("", "small")
        self.speed = push_button("", "quiet", self._next_speed)
        self.speed.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(SIDE_PX - 6, 4, SIDE_PX - 8, 4)
        row.setSpacing(2)
        for widget in (self.play, self.back, self.on):
            row.addWidget(widget)
        row.addSpacing(4)
        row.addWidget(self.slider, 1)
        row.addSpacing(6)
        row.addWidget(self.place)
        row.addWidget(self.speed)
        self.play.clicked.connect(replay.toggle)
        self.back.clicked.connect(lambda: replay.step(-1))
        self.on.clicked.connect(lambda: replay.step(1))
        self.slider.valueChanged.connect(self._seek)
        self.slider.sliderPressed.connect(replay.pause)
        replay.changed.connect(self._show)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room the words go; the slider says the same."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        buttons = sum(each.width() for each in (self.play, self.back, self.on))
        needed = self.place.minimumWidth() + self.speed.sizeHint().width()
        room = self.width() - buttons - 2 * SIDE_PX - _LEAST_SLIDER_PX
        self.place.setVisible(room >= needed)

    def _show(self) -> None:
        replay = self._replay
        length = replay.length()
        self.setVisible(length > 1)
        is_playing = replay.is_playing()
        self.play.icon_name = "pause" if is_playing else "play"
        self.play.rename(words.PAUSE if is_playing else words.PLAY)
        self.play.update()
        self.back.setEnabled(replay.position > 0)
        self.on.setEnabled(replay.position < length)
        self.slider.blockSignals(True)
        self.slider.setRange(0, length)
        self.slider.setPageStep(max(1, length // 10))
        self.slider.setValue(replay.position)
        self.slider.blockSignals(False)
        said = words.replay_place(replay.position, length)
        self.place.setText(said)
        # It does not jump while it counts.
        widest = words.replay_place(length, length)
        self.place.setMinimumWidth(self.place.fontMetrics().horizontalAdvance(widest) + 2)
        self._fit()
        self.slider.setAccessibleDescription(said)
        self.speed.setText(words.speed(replay.speed))
        self.speed.setAccessibleName(words.spoken_speed(replay.speed))

    def _seek(self, position: int) -> None:
        self._replay.pause()
        self._replay.seek(position)

    def _next_speed(self) -> None:
        place = SPEEDS.index(self._replay.speed)
        self._replay.set_speed(SPEEDS[(place + 1) % len(SPEEDS)])
