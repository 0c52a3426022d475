"""Where each sentence looked, and which of its sources it would have missed."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.contract.introspection_commands import ConfirmSources
from engine.contract.signals import SentenceSources, View
from ui import text_instruments as words
from ui.introspection.block import Block
from ui.introspection.figure import Figure
from ui.introspection.measured import Measured
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.measuring_errand import MeasuringErrand
from ui.introspection.panel_view import PanelView
from ui.introspection.river import River
from ui.introspection.sentences import Sentences, mean_of, words_of
from ui.introspection.sources import Source, Verdict, is_tried, sources_of
from ui.introspection.words import ATTENTION
from ui.theme import Theme
from ui.widgets.buttons import IconButton
from ui.widgets.labels import label

_LOW_PX = 420  # of the panel's height, under which the river becomes a bar
_SHOWN_LETTERS = 240


class AttentionView(PanelView):
    """The river of one sentence.

    The sentence is the one that the picked token stands in, else the last one.

    Attributes:
        source_wanted: The source that the user wants to see.
        river: From the sources to the sentence.
        said: The sentence's words.
        which: Its number.
        errand: Has each source left out.
        sink: What is said of the attention that is left out.
        lookback: How much of it is on the prompt.
    """

    view = View.ATTENTION
    title = ATTENTION
    source_wanted = Signal(object)

    def __init__(self, desk: MeasuringDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(desk, theme, parent)
        self._sentences = Sentences()
        self.which = label("", "small")
        self.previous = IconButton(theme, "chevron-left", words.PREVIOUS_SENTENCE)
        self.next = IconButton(theme, "chevron-right", words.NEXT_SENTENCE)
        self.end = IconButton(theme, "to-end", words.LAST_SENTENCE)
        self.said = label("", "", wraps=True)
        self.block = Block(theme, words.SOURCES_TITLE, words.SOURCES_UNIT, term="attention share")
        self.river = River(theme)
        self.state = label("", "small", wraps=True)
        self.sink = Figure(theme, words.SINK, "attention sink")
        self.lookback = Figure(theme, words.LOOKBACK, "lookback ratio")
        self.note = label(words.LOOKED_NOT_USED, "faint", wraps=True)
        self.errand = MeasuringErrand(desk.jobs, words.LEAVE_OUT, words.LEAVING_OUT)
        self._arrange()
        self.previous.clicked.connect(lambda: self._step(-1))
        self.next.clicked.connect(lambda: self._step(1))
        self.end.clicked.connect(lambda: self.measured.pick(None))
        self.river.opened.connect(self._open)
        self.errand.wanted.connect(self._confirm)
        for figure in (self.sink, self.lookback):
            figure.asked.connect(self.asked)

    def _arrange(self) -> None:
        chooser = QHBoxLayout()
        chooser.setSpacing(2)
        chooser.addWidget(self.which, 1)
        for button in (self.previous, self.next, self.end):
            chooser.addWidget(button)
        self.column.addLayout(chooser)
        self.column.addWidget(self.said)
        for widget in (self.state, self.river):
            self.block.column.addWidget(widget)
        self.add(self.block)
        below = QVBoxLayout()
        below.setSpacing(2)
        for figure in (self.sink, self.lookback):
            below.addWidget(figure)
        below.addSpacing(6)
        below.addWidget(self.note)
        self.column.addLayout(below)
        self.column.addWidget(self.errand)
        self.column.addStretch(1)

    def show_measured(self, measured: Measured) -> None:
        """Another answer's sources; what was asked for the former one goes on unseen."""
        if measured is not self.measured and self.errand.is_running():
            self.errand.forget()
        super().show_measured(measured)
        if not measured.is_measured():
            # No word of an answer stays behind a view that is not in sight.
            self._sentences = Sentences()
            self.said.setText("")
            self.river.show_sources((), is_tried=False)

    def sentence(self) -> tuple[int, tuple[SentenceSources, ...]]:
        """Place of the sentence that is looked at, and all of them; -1 without any."""
        all_ = self._sentences.of(self.measured)
        place = len(all_) - 1
        picked = self.measured.picked
        if picked is not None and picked < len(self.measured.tokens):
            index = self.measured.tokens[picked].index
            place = next((n for n, s in enumerate(all_) if s.start <= index < s.end), place)
        return place, all_

    def refresh(self) -> None:
        """The sentence that is looked at, and where it looked."""
        place, all_ = self.sentence()
        sentence = all_[place] if all_ else None
        self._show_chooser(place, len(all_))
        sources: tuple[Source, ...] = ()
        if sentence is not None and self.measured.opening is not None:
            sources = sources_of(self.measured.opening, sentence)
            written = words_of(self.measured, sentence)
            cut = written[:_SHOWN_LETTERS]
            self.said.setText(f"“{cut}{'…' if cut != written else ''}”")
        self.said.setVisible(sentence is not None)
        was_tried = sentence is not None and is_tried(sentence)
        self.river.show_sources(sources, is_tried=was_tried)
        self.river.setVisible(bool(sources))
        self.state.setText("" if sources else words.NO_SHARES if all_ else words.NO_SENTENCE)
        self.state.setVisible(not sources)
        self._show_figures(sentence)
        self._show_kind(sources, is_shown=was_tried)
        can_try = bool(sources) and not self.measured.is_live and bool(self.measured.message_id)
        self.errand.setVisible(can_try)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low panel has a bar instead of a river."""
        super().resizeEvent(event)
        self.river.set_low(is_low=self.height() < self.theme.px(_LOW_PX))

    def _show_chooser(self, place: int, count: int) -> None:
        is_open = self.measured.is_live and place == count - 1
        self.which.setText(words.sentence(place + 1, count, is_open=is_open) if count else "")
        self.previous.setEnabled(place > 0)
        self.next.setEnabled(0 <= place < count - 1)
        self.end.setEnabled(self.measured.picked is not None)

    def _show_figures(self, sentence: SentenceSources | None) -> None:
        for figure, name, say in (
            (self.sink, "sink_share", words.share),
            (self.lookback, "lookback_ratio", words.two_places),
        ):
            value = None if sentence is None else mean_of(self.measured, sentence, name)
            figure.show_value(None if value is None else say(value))

    def _show_kind(self, sources: tuple[Source, ...], *, is_shown: bool) -> None:
        confirmed = sum(s.verdict() is Verdict.CONFIRMED for s in sources if s.is_triable)
        tried = sum(s.drop_nats is not None for s in sources if s.is_triable)
        self.note.setText(words.confirmed(confirmed, tried) if is_shown else words.LOOKED_NOT_USED)

    def _step(self, by: int) -> None:
        place, all_ = self.sentence()
        if all_:
            wanted = all_[min(max(0, place + by), len(all_) - 1)]
            self.measured.pick(self.measured.place_of(wanted.start), is_pinned=True)

    def _confirm(self) -> None:
        measured = self.measured
        self.errand.run(
            ConfirmSources(conversation_id=measured.conversation_id, message_id=measured.message_id)
        )

    def _open(self, source: Source) -> None:
        self.source_wanted.emit(source)
