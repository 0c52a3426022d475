"""The steering bench: directions that are kept, and pushing the model along one of them."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent, QWheelEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from engine.contract.calibration import Direction, Steering
from engine.contract.events import Event
from engine.contract.introspection_commands import DeleteDirection, ListDirections, Steer
from engine.contract.introspection_events import DirectionsListed
from engine.contract.signals import View
from ui import text_steering as words
from ui.introspection.block import Block, Kind
from ui.introspection.direction_maker import DirectionMaker
from ui.introspection.direction_row import DirectionRow
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.panel_view import PanelView
from ui.introspection.steering_strip import SteeringStrip
from ui.introspection.words import STEERING
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.check_box import CheckBox
from ui.widgets.labels import label

_STEPS = 10  # of the slider to one mean length; finer than that is within what sampling changes
_FURTHEST = 3
_USUAL = 1.0


class SteeringView(PanelView):
    """Directions, the push, and a new direction.

    Attributes:
        strip: By what the model is pushed now.
        rows: One for each direction.
        slider: How far it is pushed, in tenths of a mean length.
        control: Whether a random direction is added instead.
        apply: Pushes.
        let_go: Leaves it alone.
        maker: Makes another direction.
    """

    view = View.STEERING
    title = STEERING
    needs_answer = False

    def __init__(self, desk: MeasuringDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(desk, theme, parent)
        self.strip = SteeringStrip(desk, theme)
        self.rows: list[DirectionRow] = []
        self._group = QButtonGroup(self)
        self._shown: tuple[Direction, ...] | None = None
        self._chosen_id = ""
        self._model_key = ""
        self._steered: tuple[Steering, ...] = ()
        self.block = Block(theme, words.TITLE, kind=Kind.MEASURED, term="direction")
        self.state = label("", "muted", wraps=True)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.push = Block(theme, words.PUSH_TITLE, words.PUSH_UNIT, term="steering")
        self.slider = _slider()
        self.strength = label("", "strong")
        self.control = CheckBox(theme, words.CONTROL)
        self.apply = push_button(words.APPLY, "primary", self._apply)
        self.let_go = push_button(words.LET_GO, "plain", lambda: desk.submit(Steer()))
        self.new = Block(theme, words.MAKE_TITLE, term="direction")
        self.open_maker = push_button(words.MAKE_OPEN, "plain", self._open_maker)
        self.maker = DirectionMaker(desk.jobs, theme)
        self._arrange()
        self._connect()
        self.slider.setValue(round(_USUAL * _STEPS))

    def _arrange(self) -> None:
        self.column.addWidget(self.strip)
        self.block.column.addWidget(label(words.NOTE, "small", wraps=True))
        self.block.column.addWidget(self.state)
        self.block.column.addLayout(self._list)
        self.add(self.block)
        line = QHBoxLayout()
        line.setSpacing(12)
        line.addWidget(label(f"{words.MINUS}{_FURTHEST}", "faint"))
        line.addWidget(self.slider, 1)
        line.addWidget(label(f"+{_FURTHEST}", "faint"))
        line.addWidget(self.strength)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.apply)
        buttons.addWidget(self.let_go)
        buttons.addStretch(1)
        self.push.column.addLayout(line)
        self.push.column.addWidget(self.control)
        self.push.column.addWidget(label(words.CONTROL_NOTE, "faint", wraps=True))
        self.push.column.addLayout(buttons)
        self.push.kind.hide()
        self.add(self.push)
        self.new.kind.hide()
        self.new.column.addWidget(self.open_maker, 0, Qt.AlignmentFlag.AlignLeft)
        self.new.column.addWidget(self.maker)
        self.maker.hide()
        self.add(self.new)
        self.column.addStretch(1)

    def _connect(self) -> None:
        self.slider.valueChanged.connect(self._show_strength)
        self.desk.directions_changed.connect(self._directions_changed)
        self.desk.jobs.bridge.event_received.connect(self._take)
        self._group.buttonClicked.connect(lambda _button: self._choose())
        self.maker.made.connect(self._close_maker)

    def showEvent(self, event: QShowEvent) -> None:
        """What is kept is asked for when it is first looked at."""
        super().showEvent(event)
        if not self._model_key and self.desk.is_open():
            self.desk.submit(ListDirections())

    def _directions_changed(self) -> None:
        if self.desk.directions is None:
            # They hold texts of the user, which a lock takes away also where nobody looks.
            self._shown, self._model_key = None, ""
            self._build_rows(())
        if not self.desk.is_open():
            self.maker.forget()
        self.ask()

    def _take(self, event: Event) -> None:
        if isinstance(event, DirectionsListed) and event.model_key != self._model_key:
            self._model_key = event.model_key
            self._shown = None
            self.ask()

    def chosen(self) -> Direction | None:
        """The direction that a push would be along."""
        return next((d for d in self._shown or () if d.id == self._chosen_id), None)

    def refresh(self) -> None:
        """The directions, and by which of them the model is pushed."""
        directions = self.desk.directions
        if directions != self._shown:
            self._shown = directions
            self._build_rows(directions or ())
        pushed = {one.direction_id for one in self.desk.steering}
        for row in self.rows:
            row.show_pushed(is_pushed=row.direction.id in pushed)
        self._show_steered()
        has_model = self.desk.models.loaded is not None
        said = words.NO_MODEL if not has_model else "" if directions else words.EMPTY
        self.state.setText(said)
        self.state.setVisible(bool(said))
        self.push.setVisible(bool(directions) and has_model)
        self.new.setVisible(has_model)
        self._show_strength()

    def _show_steered(self) -> None:
        """The bench stands as the model is pushed, whoever pushed it."""
        steering = self.desk.steering
        if steering and steering != self._steered:
            self._chosen_id = steering[0].direction_id
            self.slider.setValue(round(steering[0].strength * _STEPS))
            self.control.setChecked(steering[0].is_control)
            for row in self.rows:
                row.choice.setChecked(row.direction.id == self._chosen_id)
        self._steered = steering

    def _build_rows(self, directions: tuple[Direction, ...]) -> None:
        for row in self.rows:
            self._group.removeButton(row.choice)
            row.hide()
            row.deleteLater()
        self.rows = []
        for direction in directions:
            is_other = bool(self._model_key) and direction.model_key != self._model_key
            row = DirectionRow(self.theme, direction, is_other_model=is_other)
            row.delete_wanted.connect(self._delete)
            self._group.addButton(row.choice)
            row.choice.setChecked(direction.id == self._chosen_id)
            self._list.addWidget(row)
            self.rows.append(row)
        first = next((row for row in self.rows if row.choice.isEnabled()), None)
        if self.chosen() is None and first is not None:
            first.choice.setChecked(True)
        self._choose()

    def _choose(self) -> None:
        chosen = next((row for row in self.rows if row.choice.isChecked()), None)
        self._chosen_id = chosen.direction.id if chosen is not None else ""
        self._show_strength()

    def _show_strength(self) -> None:
        value = self.slider.value() / _STEPS
        self.strength.setText(words.strength(value))
        self.strength.setMinimumWidth(self.theme.px(36))
        self.apply.setText(words.APPLY_ANEW if self.desk.steering else words.APPLY)
        self.apply.setEnabled(self.chosen() is not None and value != 0)
        self.let_go.setEnabled(bool(self.desk.steering))

    def _apply(self) -> None:
        direction = self.chosen()
        if direction is not None:
            one = Steering(
                direction_id=direction.id,
                name=direction.name,
                layer=direction.layer,
                strength=self.slider.value() / _STEPS,
                is_control=self.control.isChecked(),
            )
            self.desk.submit(Steer(steering=(one,)))

    def _delete(self, direction_id: str) -> None:
        if any(one.direction_id == direction_id for one in self.desk.steering):
            self.desk.submit(Steer())
        self.desk.submit(DeleteDirection(direction_id=direction_id))

    def _open_maker(self) -> None:
        self.open_maker.hide()
        self.maker.show()
        self.maker.name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close_maker(self) -> None:
        self.maker.hide()
        self.open_maker.show()


class _Slider(QSlider):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _slider() -> QSlider:
    slider = _Slider(Qt.Orientation.Horizontal)
    slider.setRange(-_FURTHEST * _STEPS, _FURTHEST * _STEPS)
    slider.setSingleStep(1)
    slider.setPageStep(_STEPS // 2)
    slider.setAccessibleName(words.STRENGTH)
    slider.setAccessibleDescription(words.PUSH_UNIT)
    slider.setMinimumHeight(28)
    return slider
