"""A past turn, shown again as it grew."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from ui.introspection.measured import Measured
from ui.introspection.measuring_desk import MeasuringDesk

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0)
_TICK_MS = 33  # two frames: smoother than words can be read
_USUAL_PER_S = 12.0  # tokens, for traces that do not tell how long they took


class TurnReplay(QObject):
    """Stages a copy of a measured answer that has only its first tokens.

    At the end there is no copy: the answer itself is looked at, with all that can be done with it.

    Attributes:
        changed: Position, length, speed, or whether it plays, is another one.
        shown: The copy.
        position: Tokens that are shown.
        speed: 1 is as fast as it was written.
    """

    changed = Signal()

    def __init__(self, desk: MeasuringDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._full = desk.current
        self.shown = Measured()
        self.position = 0
        self.speed = 1.0
        self._owed = 0.0  # tokens that time has brought and that are not yet a whole one
        self._last_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)
        desk.shown_changed.connect(self._follow)
        desk.changed.connect(self._changed)
        self._join()
        self._whole()

    # what is known

    def length(self) -> int:
        """Tokens of the whole answer; 0 while there is nothing to play."""
        full = self._full
        return 0 if full.is_live or full.opening is None else len(full.tokens)

    def is_playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer.isActive()

    def is_staged(self) -> bool:
        """Whether a part of the answer is shown instead of all of it."""
        return self._desk.current is self.shown

    def tokens_per_second(self) -> float:
        """At the speed that is chosen."""
        turn = self._full.turn
        is_known = turn is not None and turn.elapsed_s > 0 and turn.tokens > 1
        written = turn.tokens / turn.elapsed_s if turn is not None and is_known else _USUAL_PER_S
        return written * self.speed

    # what the user does

    def play(self) -> None:
        """It goes on from where it is; from the end it begins anew."""
        if not self.length():
            return
        if self.position >= self.length():
            self.seek(0)
        self._owed = 0.0
        self._last_s = time.perf_counter()
        self._timer.start()
        self.changed.emit()

    def pause(self) -> None:
        """It stays where it is."""
        if self._timer.isActive():
            self._timer.stop()
            self.changed.emit()

    def toggle(self) -> None:
        """It plays if it did not, else it pauses."""
        if self.is_playing():
            self.pause()
        else:
            self.play()

    def step(self, by: int) -> None:
        """So many tokens on, or back; it no longer plays by itself."""
        self._timer.stop()
        self.seek(self.position + by)

    def seek(self, position: int) -> None:
        """So many tokens are shown; all of them end the replay."""
        length = self.length()
        position = min(max(0, position), length)
        if not length or position == self.position:
            return
        if position == length:
            self._finish()
            return
        is_next = self.is_staged() and position == self.position + 1
        self.position = position
        if is_next:
            self.shown.add(self._full.tokens[position - 1])
        else:
            self._show_part()
        self.changed.emit()

    def set_speed(self, speed: float) -> None:
        """It plays so fast from now on."""
        self.speed = speed
        self.changed.emit()

    def stop(self) -> None:
        """All of the answer is shown."""
        if self.is_staged():
            self._finish()

    # inside

    def _show_part(self) -> None:
        full, shown = self._full, self.shown
        if shown.message_id != full.message_id or shown.opening is not full.opening:
            self.shown = shown = Measured(full.conversation_id, full.message_id)
            shown.opening = full.opening
        shown.tokens = list(full.tokens[: self.position])
        shown.turn, shown.is_live = None, True
        shown.pick(None)
        if not self.is_staged():
            self._desk.stage(shown)
        shown.began.emit()

    def _finish(self) -> None:
        self._timer.stop()
        self.position = self.length()
        self._desk.stage(None)
        self.changed.emit()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._owed += (now - self._last_s) * self.tokens_per_second()
        self._last_s = now
        whole = int(self._owed)
        self._owed -= whole
        for _ in range(whole):
            if not self._timer.isActive():
                return
            self.seek(self.position + 1)

    def _follow(self) -> None:
        """Another answer is looked at; all of it is shown."""
        if self.is_staged():
            return
        self._timer.stop()
        for signal in (self._full.began, self._full.ended):
            signal.disconnect(self._whole)
        self._full = self._desk.current
        self.shown = Measured()
        self._join()
        self._whole()

    def _join(self) -> None:
        for signal in (self._full.began, self._full.ended):
            signal.connect(self._whole)

    def _whole(self) -> None:
        """The answer that is looked at has another length now, and all of it is shown."""
        if not self.is_staged():
            self.position = self.length()
        self.changed.emit()

    def _changed(self, conversation_id: str, message_id: str) -> None:
        """A new answer is more than an old one played again."""
        is_here = conversation_id == self.shown.conversation_id
        if is_here and message_id != self.shown.message_id and self.is_staged():
            self.stop()
