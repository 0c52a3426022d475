"""What is known of one answer's measurements."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.contract.signals import (
    LayerReading,
    Opening,
    SemanticEntropy,
    SentenceSources,
    TokenSignals,
    Trace,
    TurnSignals,
    Unavailable,
    View,
)

Reading = tuple[int, tuple[LayerReading, ...], int | None]


class Measured(QObject):
    """Grows while the answer is written; whoever draws it listens and never has to be told.

    A place is a position in `tokens`. It is the token's index too, unless an answer was gone on
    with and only its later part was measured; `place_of` turns the one into the other.

    Attributes:
        began: The opening is known now.
        grew: One more token is there.
        reviewed: Something about tokens that were there before is known now, such as their lens.
        ended: All of the answer has been measured; `turn` is there.
        picked_changed: Another token is looked at, or none.
        message_id: The answer; empty for none.
        conversation_id: Where it stands.
        opening: What is measured in it; None before measuring has begun, or if it was not measured.
        tokens: In the order of their index.
        turn: None before the end.
        is_live: Whether more is to come.
        is_asked: Whether the engine has been asked for a trace and has not answered.
        is_loaded: Whether the engine has told what was kept, be it nothing.
        revision: Grows whenever tokens come elsewhere than at the end, so that whoever keeps
            something about places knows that it is stale.
        reviews: How often something about tokens that were there before came to be known.
        meanings_progress: Answers drawn of those wanted; None while none are drawn.
        picked: Place of the token that is hovered or pinned; None follows the end.
        is_pinned: Whether it stays when the pointer leaves.
    """

    began = Signal()
    grew = Signal()
    reviewed = Signal()
    ended = Signal()
    picked_changed = Signal()

    def __init__(
        self, conversation_id: str = "", message_id: str = "", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.conversation_id = conversation_id
        self.message_id = message_id
        self.opening: Opening | None = None
        self.tokens: list[TokenSignals] = []
        self.turn: TurnSignals | None = None
        self.is_live = False
        self.is_asked = False
        self.is_loaded = False
        self.revision = 0
        self.reviews = 0
        self.meanings_progress: tuple[int, int] | None = None
        self.picked: int | None = None
        self.is_pinned = False

    # what is known

    def is_measured(self) -> bool:
        """Whether there is anything to show."""
        return self.opening is not None

    def place_of(self, index: int) -> int | None:
        """Where in `tokens` the token of this index stands; None if it was not measured."""
        place = bisect_left(self.tokens, index, key=lambda token: token.index)
        is_there = place < len(self.tokens) and self.tokens[place].index == index
        return place if is_there else None

    def looked_at(self) -> TokenSignals | None:
        """The token that is picked, else the last one."""
        if not self.tokens:
            return None
        return self.tokens[self.looked_at_place()]

    def looked_at_place(self) -> int:
        """Place of the token that is picked, else of the last one; -1 without tokens."""
        last = len(self.tokens) - 1
        return last if self.picked is None else min(self.picked, last)

    def sentence_at(self, place: int) -> SentenceSources | None:
        """The sentence that the token at this place belongs to, if sentences are known."""
        if self.turn is None or not 0 <= place < len(self.tokens):
            return None
        index = self.tokens[place].index
        return next((s for s in self.turn.sentences if s.start <= index < s.end), None)

    def unavailable(self, view: View) -> str:
        """Why this model does not let a view be measured; empty if it does."""
        lacks: Sequence[Unavailable] = self.opening.unavailable if self.opening else ()
        return next((lack.reason for lack in lacks if lack.view is view), "")

    # what the user looks at

    def pick(self, place: int | None, *, is_pinned: bool = False) -> None:
        """This token is looked at; None follows the end again."""
        if place is not None:
            place = max(0, min(place, len(self.tokens) - 1)) if self.tokens else None
        is_pinned = is_pinned and place is not None
        if (place, is_pinned) != (self.picked, self.is_pinned):
            self.picked, self.is_pinned = place, is_pinned
            self.picked_changed.emit()

    def hover(self, place: int | None) -> None:
        """The pointer is over this token, or over none; a pinned one stays."""
        if not self.is_pinned:
            self.pick(place)

    # what the engine tells

    def begin(self, opening: Opening) -> None:
        """Measuring has begun; what was known before is of an earlier try and goes."""
        self.opening, self.turn = opening, None
        self.tokens = []
        self.revision += 1
        self.is_live, self.is_asked = True, False
        self.pick(None)
        self.began.emit()

    def add(self, signals: TokenSignals) -> None:
        """One more token is known; one that comes twice, or late, stands where it belongs."""
        tokens = self.tokens
        if not tokens or signals.index > tokens[-1].index:
            tokens.append(signals)
            self.grew.emit()
            return
        place = bisect_left(tokens, signals.index, key=lambda token: token.index)
        if tokens[place].index == signals.index:
            tokens[place] = signals
            self.revision += 1
            self.reviewed.emit()
            return
        tokens.insert(place, signals)
        self.revision += 1
        if self.picked is not None and self.picked >= place:
            self.picked += 1
        self.reviewed.emit()
        self.grew.emit()

    def read_lens(self, readings: Sequence[Reading]) -> None:
        """The lens of these tokens is known now; of tokens that are not there, nothing is."""
        for index, lens, commit_layer in readings:
            place = self.place_of(index)
            if place is not None:
                token = self.tokens[place]
                self.tokens[place] = replace(token, lens=lens, commit_layer=commit_layer)
        self.reviews += 1
        self.reviewed.emit()

    def end(self, turn: TurnSignals) -> None:
        """All of it has been measured; meanings that were measured before stay."""
        if self.turn is not None and turn.semantic_entropy is None:
            turn = replace(turn, semantic_entropy=self.turn.semantic_entropy)
        self.turn = turn
        self.is_live = False
        self.ended.emit()

    def stop(self) -> None:
        """No more tokens are to come, though what they are worth as a turn is not known yet."""
        if self.is_live:
            self.is_live = False
            self.reviewed.emit()

    def confirm(self, sentences: tuple[SentenceSources, ...]) -> None:
        """What leaving each source out did is known now."""
        turn = self.turn or TurnSignals(tokens=len(self.tokens))
        self.turn = replace(turn, sentences=sentences)
        self.reviewed.emit()

    def take_meanings(self, entropy: SemanticEntropy) -> None:
        """How far sampled answers part is known now."""
        self.meanings_progress = None
        turn = self.turn or TurnSignals(tokens=len(self.tokens))
        self.turn = replace(turn, semantic_entropy=entropy)
        self.reviewed.emit()

    def show_meanings_progress(self, progress: tuple[int, int] | None) -> None:
        """So many answers have been drawn; None says that no more are."""
        if progress != self.meanings_progress:
            self.meanings_progress = progress
            self.reviewed.emit()

    def load(self, trace: Trace | None) -> None:
        """All that was kept of it is known now; None says that nothing was kept."""
        self.is_asked, self.is_loaded = False, True
        if trace is not None:
            self.opening = trace.opening
            self.revision += 1
            self.tokens = sorted(trace.tokens, key=lambda token: token.index)
            self.turn = trace.turn
            self.is_live = False
        self.began.emit()
        if trace is not None:
            self.ended.emit()
