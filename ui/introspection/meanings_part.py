"""What the model would say if it were asked again, by meaning."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.contract.introspection_commands import MeasureMeanings
from ui import text_confidence as words
from ui.introspection.bars import Bar, Bars
from ui.introspection.block import Block
from ui.introspection.figure import Figure
from ui.introspection.measured import Measured
from ui.introspection.measuring_errand import MeasuringErrand
from ui.jobs import Jobs
from ui.theme import Theme
from ui.widgets.labels import label

_SHOWN_LETTERS = 160


class MeaningsPart(Block):
    """A button, then one bar for each meaning.

    Attributes:
        errand: Draws the answers.
        bars: The meanings, the most frequent first.
        entropy: How far they part.
        note: What the bars are, or how they were compared.
    """

    def __init__(self, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(
            theme, words.MEANINGS_TITLE, words.MEANINGS_UNIT, term="semantic entropy", parent=parent
        )
        self._measured: Measured | None = None
        self.note = label(words.MEANINGS_NOTE, "small", wraps=True)
        self.entropy = Figure(theme, words.SEMANTIC_ENTROPY, "semantic entropy", "nats")
        self.bars = Bars(theme, is_stacked=True)
        self.errand = MeasuringErrand(jobs, words.ASK_AGAIN, words.ASKING_AGAIN)
        for widget in (self.entropy, self.bars, self.note, self.errand):
            self.column.addWidget(widget)
        self.entropy.asked.connect(self.asked)
        self.errand.wanted.connect(self._draw_again)
        self.errand.ended.connect(self._ended)

    def show_answer(self, measured: Measured) -> None:
        """The meanings of this answer are shown, or the button that measures them."""
        if measured is not self._measured:
            if self.errand.is_running():
                self.errand.forget()
            self._measured = measured
        entropy = measured.turn.semantic_entropy if measured.turn is not None else None
        clusters = entropy.clusters if entropy is not None else ()
        most = max((cluster.count for cluster in clusters), default=1)
        self.bars.show_bars(
            [
                Bar(
                    " ".join(cluster.text.split())[:_SHOWN_LETTERS],
                    cluster.count / most,
                    str(cluster.count),
                    "accent" if place == 0 else "faint",
                )
                for place, cluster in enumerate(clusters)
            ]
        )
        self.bars.setVisible(bool(clusters))
        self.kind.setVisible(bool(clusters))
        self.entropy.show_value(None if entropy is None else f"{entropy.entropy_nats:.2f}")
        self.note.setText(words.MEANINGS_NOTE if entropy is None else words.meanings(entropy))
        if measured.meanings_progress is not None and self.errand.is_running():
            done, total = measured.meanings_progress
            self.errand.show_progress(words.drawn(done, total), done / max(1, total))
        self.setVisible(measured.is_measured() and not measured.is_live)

    def _draw_again(self) -> None:
        measured = self._measured
        if measured is not None:
            self.errand.run(
                MeasureMeanings(
                    conversation_id=measured.conversation_id, message_id=measured.message_id
                )
            )

    def _ended(self) -> None:
        if self._measured is not None:
            self._measured.show_meanings_progress(None)
