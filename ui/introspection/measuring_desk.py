"""What the window knows of measurements: the answer looked at, calibration, directions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.contract.calibration import CalibrationReport, Direction, Steering
from engine.contract.commands import Command
from engine.contract.errors import ErrorReport
from engine.contract.events import Event, TurnFinished
from engine.contract.introspection_commands import (
    Calibrate,
    ListDirections,
    LoadCalibration,
    LoadTrace,
    MeasureMeanings,
    SetInstruments,
)
from engine.contract.introspection_events import (
    CalibrationFinished,
    CalibrationLoaded,
    CalibrationProgressed,
    DirectionsListed,
    InstrumentsTuned,
    LensRead,
    MeaningsMeasured,
    MeaningsProgressed,
    MeasuringBegun,
    SourcesConfirmed,
    SteeringChanged,
    TokenMeasured,
    TraceLoaded,
    TurnMeasured,
)
from engine.contract.messages import Role
from engine.contract.signals import Profile
from ui.chat.conversation_desk import ConversationDesk
from ui.current_settings import CurrentSettings
from ui.introspection.measured import Measured
from ui.jobs import Jobs
from ui.model_status import ModelStatus


class MeasuringDesk(QObject):
    """Keeps the measurements of the conversation on screen, and of answers still being written.

    The last answer on screen is looked at until the user chooses another one.

    Attributes:
        shown_changed: `current` is another object.
        forgotten: Nothing that was measured may be held any more.
        changed: Something was measured in an answer: conversation, message.
        tuned: `profile` is another one.
        calibration_changed: `reports` or `calibrating` changed.
        directions_changed: `directions` or `steering` changed.
        current: The answer that is looked at; never None.
        profile: How much answers are measured from now on.
        reports: What is known of the loaded model's confidence; None until it was asked.
        calibrating: How far calibrating is; None while it does not run.
        directions: Those that are kept; None until they were asked for.
        steering: How the model is pushed.
        jobs: Where commands go.
        settings: The settings that hold.
        models: Which model answers.
        conversation: The conversation on screen.
    """

    shown_changed = Signal()
    forgotten = Signal()
    changed = Signal(str, str)
    tuned = Signal()
    calibration_changed = Signal()
    directions_changed = Signal()

    def __init__(
        self,
        jobs: Jobs,
        settings: CurrentSettings,
        models: ModelStatus,
        conversation: ConversationDesk,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.jobs, self.settings, self.models = jobs, settings, models
        self.conversation = conversation
        self.current = Measured()
        self.profile = Profile.OFF
        self.reports: tuple[CalibrationReport, ...] | None = None
        self.calibrating: CalibrationProgressed | None = None
        self.directions: tuple[Direction, ...] | None = None
        self.steering: tuple[Steering, ...] = ()
        self._is_panel_open = False
        self._is_open = False
        self._asked_profile = Profile.OFF
        self._chosen = ""
        self._staged: Measured | None = None
        self._kept: dict[str, Measured] = {}
        self._takers: dict[type[Event], Callable[[Any], None]] = {
            InstrumentsTuned: self._tuned,
            MeasuringBegun: self._begun,
            TokenMeasured: self._token,
            LensRead: self._lens,
            TurnMeasured: self._turn,
            TurnFinished: self._finished,
            TraceLoaded: self._loaded,
            SourcesConfirmed: self._confirmed,
            MeaningsProgressed: self._meanings_progressed,
            MeaningsMeasured: self._meanings,
            CalibrationProgressed: self._calibrating,
            CalibrationFinished: self._calibrated,
            CalibrationLoaded: self._calibration_loaded,
            DirectionsListed: self._directions,
            SteeringChanged: self._steered,
        }
        jobs.bridge.event_received.connect(self._take)
        jobs.failed.connect(self._failed)
        settings.changed.connect(self._tune)
        models.loaded_anew.connect(self._model_changed)
        conversation.shown.connect(self._leave)
        conversation.changed.connect(self._follow)

    # what the window asks for

    def start(self) -> None:
        """The vault is open: the engine is told once more how much to measure."""
        self._is_open = True
        self._asked_profile = Profile.OFF
        self._tune()
        self._follow()

    def is_open(self) -> bool:
        """Whether the vault is open, so that there can be anything."""
        return self._is_open

    def set_panel_open(self, is_open: bool) -> None:
        """While the panel is open, answers are measured."""
        if is_open != self._is_panel_open:
            self._is_panel_open = is_open
            self._tune()
            self.want(self.current.message_id)

    def wanted_profile(self) -> Profile:
        """How much should be measured, by what is open and what is set."""
        chosen = self.settings.value.introspection
        is_wanted = self._is_panel_open or chosen.is_doubt_shown
        return Profile(chosen.profile) if is_wanted else Profile.OFF

    def look_at(self, message_id: str) -> None:
        """This answer is looked at; an empty identifier follows the last one again."""
        self._chosen = message_id
        self._staged = None
        self._follow()

    def stage(self, measured: Measured | None) -> None:
        """Measurements from elsewhere, such as a replay, are looked at; None goes back."""
        self._staged = measured
        self._follow()

    def measured(self, message_id: str) -> Measured | None:
        """What is known of an answer of the conversation on screen."""
        return self._kept.get(message_id)

    def want(self, message_id: str) -> None:
        """The answer's measurements are on their way, unless they are here or being made."""
        entry = self.conversation.entry()
        is_here = entry is not None and bool(message_id) and self._is_open
        if entry is None or not is_here or self.wanted_profile() is Profile.OFF:
            return
        measured = self._kept.get(message_id) or self._keep(entry.id, message_id)
        is_written = entry.live is not None and entry.live.message_id == message_id
        if measured.is_measured() or measured.is_live or measured.is_loaded or is_written:
            return
        if not measured.is_asked:
            measured.is_asked = True
            self.submit(LoadTrace(conversation_id=entry.id, message_id=message_id))

    def written(self, message_id: str) -> str:
        """The text of an answer on screen, thoughts first, as far as it has come."""
        return "".join(self.thought_and_said(message_id))

    def thought_and_said(self, message_id: str) -> tuple[str, str]:
        """The thoughts and the text of an answer on screen, as far as they have come."""
        entry = self.conversation.entry()
        if entry is None:
            return "", ""
        live = entry.live
        if live is not None and live.message_id == message_id:
            return "".join(live.reasoning), "".join(live.pieces)
        message = entry.tree.get(message_id)
        return (message.reasoning, message.text) if message is not None else ("", "")

    def can_branch(self) -> bool:
        """Whether another version of the answer that is looked at may be begun now."""
        is_here = self._is_open and self._staged is None and not self.current.is_live
        return is_here and not self.conversation.is_answering()

    def branch_at(self, message_id: str, index: int, token_id: int) -> None:
        """Another version is written, with another token at this place; it will be on screen."""
        self._chosen = ""
        self.conversation.tree.branch_at(message_id, index, token_id)

    def submit(self, command: Command) -> str:
        """The command is on its way; returns its job."""
        return self.jobs.submit(command)

    def ask_calibration(self) -> None:
        """What is known of the loaded model's confidence is on its way, unless it is here."""
        if self.reports is None and self.models.loaded is not None:
            self.submit(LoadCalibration())

    def ask_directions(self) -> None:
        """The directions that are kept are on their way, unless they are here."""
        if self.directions is None and self._is_open:
            self.submit(ListDirections())

    def forget(self) -> None:
        """Nothing that was measured is here any more."""
        self._is_open = False
        self.reports = self.calibrating = self.directions = None
        self.steering = ()
        self._kept.clear()
        self._chosen, self._staged = "", None
        self._look(Measured())
        self.forgotten.emit()
        self.calibration_changed.emit()
        self.directions_changed.emit()

    # which answer

    def _leave(self) -> None:
        self._chosen, self._staged = "", None
        self._kept = {id_: one for id_, one in self._kept.items() if one.is_live}
        self._follow()

    def _follow(self) -> None:
        """The answer chosen, else the last one on screen, is looked at."""
        if self._staged is not None:
            self._look(self._staged)
            return
        entry = self.conversation.entry()
        answers = [m.id for m in entry.messages if m.role is Role.ASSISTANT] if entry else []
        if self._chosen not in answers:
            self._chosen = ""
        if entry is None or not answers:
            if self.current.message_id:
                self._look(Measured())
            return
        wanted = self._chosen or answers[-1]
        self._look(self._kept.get(wanted) or self._keep(entry.id, wanted))
        self.want(wanted)

    def _keep(self, conversation_id: str, message_id: str) -> Measured:
        measured = Measured(conversation_id, message_id)
        self._kept[message_id] = measured
        return measured

    def _look(self, measured: Measured) -> None:
        if measured is not self.current:
            self.current = measured
            self.shown_changed.emit()

    def _tune(self) -> None:
        wanted = self.wanted_profile()
        if self._is_open and wanted is not self._asked_profile:
            self._asked_profile = wanted
            self.submit(SetInstruments(profile=wanted))
            self.want(self.current.message_id)

    def _model_changed(self) -> None:
        # What is known of a model's confidence, and what pushes it, belongs to that model.
        self.reports = self.directions = None
        self.steering = ()
        self.calibration_changed.emit()
        self.directions_changed.emit()
        if self._is_panel_open:
            self.ask_calibration()

    # what the engine says

    def _take(self, event: Event) -> None:
        taker = self._takers.get(type(event))
        if taker is not None and (self._is_open or isinstance(event, InstrumentsTuned)):
            taker(event)

    def _tuned(self, event: InstrumentsTuned) -> None:
        self.profile = event.profile
        self.tuned.emit()

    def _begun(self, event: MeasuringBegun) -> None:
        measured = self._kept.get(event.message_id)
        if measured is None:
            measured = self._keep(event.conversation_id, event.message_id)
        measured.begin(event.opening)
        self.changed.emit(event.conversation_id, event.message_id)

    def _token(self, event: TokenMeasured) -> None:
        measured = self._known(event.message_id)
        if measured is not None:
            measured.add(event.signals)
            self.changed.emit(event.conversation_id, event.message_id)

    def _lens(self, event: LensRead) -> None:
        measured = self._known(event.message_id)
        if measured is not None:
            measured.read_lens(event.readings)
            self.changed.emit(event.conversation_id, event.message_id)

    def _turn(self, event: TurnMeasured) -> None:
        measured = self._known(event.message_id)
        if measured is not None:
            measured.end(event.signals)
            self.changed.emit(event.conversation_id, event.message_id)
            self._let_go(measured)

    def _finished(self, event: TurnFinished) -> None:
        # The turn's own measures follow when the lens has been read; they may be long in coming.
        measured = self._known(event.message.id)
        if measured is not None:
            measured.stop()

    def _loaded(self, event: TraceLoaded) -> None:
        measured = self._kept.get(event.message_id)
        if measured is not None and not measured.is_live:
            measured.load(event.trace)
            self.changed.emit(event.conversation_id, event.message_id)

    def _confirmed(self, event: SourcesConfirmed) -> None:
        measured = self._known(event.message_id)
        if measured is not None:
            measured.confirm(event.sentences)

    def _meanings_progressed(self, event: MeaningsProgressed) -> None:
        measured = self._known(event.message_id)
        if measured is not None:
            measured.show_meanings_progress((event.done, event.total))

    def _meanings(self, event: MeaningsMeasured) -> None:
        measured = self._known(event.message_id)
        if measured is not None:
            measured.take_meanings(event.semantic_entropy)

    def _calibrating(self, event: CalibrationProgressed) -> None:
        self.calibrating = event
        self.calibration_changed.emit()

    def _calibrated(self, event: CalibrationFinished) -> None:
        self.calibrating = None
        self.reports = event.reports
        self.calibration_changed.emit()

    def _calibration_loaded(self, event: CalibrationLoaded) -> None:
        self.reports = event.reports
        self.calibration_changed.emit()

    def _directions(self, event: DirectionsListed) -> None:
        self.directions = event.directions
        self.directions_changed.emit()

    def _steered(self, event: SteeringChanged) -> None:
        self.steering = event.steering
        self.directions_changed.emit()

    def _failed(self, _job_id: str, command: Command, _error: ErrorReport) -> None:
        if isinstance(command, Calibrate):
            self.calibrating = None
            self.calibration_changed.emit()
        elif isinstance(command, (MeasureMeanings, LoadTrace)):
            measured = self._kept.get(command.message_id)
            if measured is not None:
                measured.is_asked = False
                measured.show_meanings_progress(None)

    def _known(self, message_id: str) -> Measured | None:
        measured = self._kept.get(message_id)
        return measured if measured is not None and measured.is_measured() else None

    def _let_go(self, measured: Measured) -> None:
        """What was measured out of sight is kept in the vault, and asked for when looked at."""
        entry = self.conversation.entry()
        if measured is not self.current and (entry is None or entry.id != measured.conversation_id):
            self._kept.pop(measured.message_id, None)
