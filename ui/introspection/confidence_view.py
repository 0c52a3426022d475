"""How sure the answer is, what that is made of, and how far it can be trusted."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from engine.contract.calibration import Interval
from engine.contract.events import Event
from engine.contract.introspection_commands import Calibrate
from engine.contract.introspection_events import CalibrationFinished
from engine.contract.signals import Confidence, View
from ui import text_confidence as words
from ui.introspection.bars import Bar, Bars
from ui.introspection.block import Block
from ui.introspection.calibration_part import CalibrationPart
from ui.introspection.charts import IntervalBar
from ui.introspection.meanings_part import MeaningsPart
from ui.introspection.measured import Measured
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.measuring_errand import MeasuringErrand
from ui.introspection.panel_view import PanelView
from ui.introspection.words import CONFIDENCE
from ui.theme import Theme
from ui.widgets.labels import label


class ConfidenceView(PanelView):
    """A calibrated number, or that there is none and how to come by one.

    Attributes:
        value: The number, or "Unmeasured".
        detail: Its interval, or why there is none.
        interval: The same, drawn.
        bars: What it is made of.
        errand: Has the model calibrated.
        left_out: Why a condition could not be calibrated.
        meanings: What it would say again.
        worth: How far the number can be trusted.
    """

    view = View.CONFIDENCE
    title = CONFIDENCE
    needs_answer = False

    def __init__(self, desk: MeasuringDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(desk, theme, parent)
        self.block = Block(theme, words.TITLE, term="confidence")
        self.value = label("", "title")
        self.detail = label("", "muted", wraps=True)
        self.interval = IntervalBar(theme)
        self.rests_on = label("", "faint", wraps=True)
        self.parts = Block(theme, words.PARTS_TITLE, words.PARTS_UNIT, term="confidence")
        self.bars = Bars(theme, is_diverging=True)
        self.errand = MeasuringErrand(desk.jobs, words.CALIBRATE, words.CALIBRATING)
        self.errand_note = label(words.CALIBRATE_NOTE, "faint", wraps=True)
        self.left_out = label("", "small", wraps=True)
        self.left_out.hide()
        self.meanings = MeaningsPart(desk.jobs, theme)
        self.worth = CalibrationPart(theme)
        self._arrange()
        self.errand.wanted.connect(self._calibrate)
        self.errand.ended.connect(self._calibration_ended)
        self.worth.asked.connect(self.asked)
        desk.calibration_changed.connect(self.ask)
        desk.jobs.bridge.event_received.connect(self._take)

    def _arrange(self) -> None:
        for widget in (self.value, self.interval, self.detail, self.rests_on):
            self.block.column.addWidget(widget)
        self.add(self.block)
        self.parts.column.addWidget(self.bars)
        self.parts.column.addWidget(label(words.PARTS_NOTE, "faint", wraps=True))
        self.add(self.parts)
        self.column.addWidget(self.errand)
        self.column.addWidget(self.errand_note)
        self.column.addWidget(self.left_out)
        self.add(self.meanings)
        self.column.addWidget(self.worth)
        self.column.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        """What is known of the model is asked for when it is first looked at."""
        super().showEvent(event)
        self.desk.ask_calibration()

    def show_measured(self, measured: Measured) -> None:
        """Another answer's confidence."""
        super().show_measured(measured)
        if not measured.is_measured():
            # Nothing of an answer stays behind a view that is not in sight.
            self._show_value(None)
            self._show_parts(None)
        self.meanings.show_answer(measured)

    def refresh(self) -> None:
        """The number, its parts, and the reports of this model."""
        turn = self.measured.turn
        confidence = turn.confidence if turn is not None else None
        self._show_value(confidence)
        self._show_parts(confidence)
        reports = self.desk.reports or ()
        self.errand.button.setText(words.CALIBRATE_AGAIN if reports else words.CALIBRATE)
        self.errand.setVisible(self.desk.models.loaded is not None)
        self.errand_note.setVisible(self.errand.isVisibleTo(self) and not reports)
        calibrating = self.desk.calibrating
        if calibrating is not None and self.errand.is_running():
            ratio = calibrating.done / max(1, calibrating.total)
            self.errand.show_progress(words.calibrating(calibrating), ratio)
        self.meanings.show_answer(self.measured)
        self.worth.show_reports(reports)

    def _show_value(self, confidence: Confidence | None) -> None:
        if confidence is None:
            self.value.setText(words.UNMEASURED)
            self.detail.setText(self._why_unmeasured())
            self.interval.show_value(None)
        else:
            value = Interval(value=confidence.value, low=confidence.low, high=confidence.high)
            self.value.setText(f"{confidence.value:.2f}")
            self.detail.setText(words.interval(value))
            self.interval.show_value(value)
        # A word for whose report it is belongs to a number only.
        self.block.kind.setVisible(confidence is not None)
        self.rests_on.setText("" if confidence is None else words.rests_on(confidence))
        self.rests_on.setVisible(confidence is not None)

    def _why_unmeasured(self) -> str:
        measured = self.measured
        if measured.turn is not None and measured.turn.confidence_reason:
            return measured.turn.confidence_reason
        if self.desk.reports == ():
            return words.NOT_CALIBRATED
        if not measured.is_measured():
            return words.NO_ANSWER
        return words.NOT_ENDED if measured.is_live else ""

    def _show_parts(self, confidence: Confidence | None) -> None:
        parts = confidence.parts if confidence is not None else ()
        most = max((abs(part.weight) for part in parts), default=0.0) or 1.0
        self.bars.show_bars(
            [
                Bar(
                    words.part(part.name, part.value),
                    part.weight / most,
                    words.weight(part.weight),
                    "accent" if part.weight >= 0 else "signal",
                )
                for part in parts
            ]
        )
        self.parts.setVisible(bool(parts))

    def _take(self, event: Event) -> None:
        if isinstance(event, CalibrationFinished):
            self.left_out.setText(" ".join(event.left_out))
            self.left_out.setVisible(bool(event.left_out))

    def _calibrate(self) -> None:
        self.errand.run(Calibrate())

    def _calibration_ended(self) -> None:
        # A failure that the view shows itself is told to nobody else.
        if self.desk.calibrating is not None:
            self.desk.calibrating = None
            self.desk.calibration_changed.emit()
        self.ask()
