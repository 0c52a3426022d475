"""Doubt over the chat's own answers: what was measured at a token tints the letters it became."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer

from ui.chat.answer_layout import AnswerLayout
from ui.chat.message_parts import DocumentPart
from ui.chat.message_view import MessageView
from ui.chat.shown_text import Aligner, spans
from ui.introspection.measured import Measured
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.tint import strength
from ui.introspection.token_text import Joiner

_HEAD_LETTERS = 60  # of the answer, by which its start is found behind the thoughts


@dataclass(slots=True)
class _Done:
    """A part as it was when it was tinted last."""

    part: DocumentPart
    length: int
    before: int
    after: int


class AnswerDoubt:
    """One answer's tokens as text, and what of it is shown where.

    While an answer is written only its last part is looked at again.
    """

    def __init__(self, measured: Measured, desk: MeasuringDesk) -> None:
        self.measured = measured
        self._desk = desk
        self._key: tuple[object, ...] = ()
        self._begin()

    def tint(self, layout: AnswerLayout, tint: str) -> None:
        """The layout's parts are tinted as is known now."""
        parts = layout.answer_parts()
        measured = self.measured
        shape = (id(layout), len(parts), parts[-1].length() if parts else 0)
        held = (measured.revision, measured.reviews, tint)
        key = (*held, len(measured.tokens), *shape)
        if key == self._key:
            return
        if held != self._key[:3]:
            self._begin()
        self._key = key
        self._take(tint)
        self._walk(parts)

    def _begin(self) -> None:
        message_id = self.measured.message_id
        self._joiner = Joiner(lambda: self._desk.written(message_id))
        self._written = ""
        self._starts: list[int] = []
        self._strengths: list[float] = []
        self._done: list[_Done] = []

    def _take(self, tint: str) -> None:
        measured = self.measured
        layers = measured.opening.layers if measured.opening else 0
        changed = self._joiner.extend(measured.tokens)
        if changed < len(self._starts):
            self._written = self._written[: self._starts[changed]]
            del self._starts[changed:], self._strengths[changed:]
        added = []
        end = len(self._written)
        for piece in self._joiner.pieces[changed:]:
            tokens = measured.tokens[piece.first : piece.last + 1]
            shares = [strength(token, tint, layers) or 0.0 for token in tokens]
            self._starts.append(end)
            self._strengths.append(max(shares))
            added.append(piece.text)
            end += len(piece.text)
        self._written += "".join(added)

    def _walk(self, parts: list[DocumentPart]) -> None:
        at = self._start()
        for number, part in enumerate(parts):
            known = self._done[number] if number < len(self._done) else None
            is_last = number == len(parts) - 1
            length = part.length()
            is_same = known is not None and known.part is part and known.length == length
            if known is not None and is_same and known.before == at and not is_last:
                at = known.after
                continue
            aligner = Aligner(self._written, at)
            text = part.document.toRawText()
            part.doubt(spans(text, aligner.follow(text), self._starts, self._strengths))
            del self._done[number:]
            self._done.append(_Done(part, length, at, aligner.at))
            at = aligner.at

    def _start(self) -> int:
        """Where the answer begins in what was written, which begins with the thoughts."""
        thought, said = self._desk.thought_and_said(self.measured.message_id)
        if not thought.strip():
            return 0
        end = max(0, self._written.find(thought.strip()[-40:]))
        place = self._written.find(said.strip()[:_HEAD_LETTERS], end)
        return place if place >= 0 else end


class Doubt(QObject):
    """Tints the answers in sight while that is set; costs nothing while it is not."""

    def __init__(self, desk: MeasuringDesk, view: MessageView, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._view = view
        self._known: dict[str, AnswerDoubt] = {}
        self._wanted: set[str] = set()
        self._ask = QTimer(self)
        self._ask.setSingleShot(True)
        self._ask.setInterval(0)
        self._ask.timeout.connect(self._ask_for_wanted)
        desk.settings.changed.connect(self._follow)
        desk.changed.connect(lambda _conversation, _message: self._refresh())
        desk.conversation.shown.connect(self.forget)

    def forget(self) -> None:
        """Nothing of another conversation is kept."""
        self._known.clear()
        self._wanted.clear()

    def _follow(self) -> None:
        is_shown = self._desk.settings.value.introspection.is_doubt_shown
        delegate = self._view.delegate
        if is_shown and delegate.doubter is None:
            delegate.doubter = self._tint
        elif not is_shown and delegate.doubter is not None:
            delegate.show_no_doubt()
            self.forget()
        else:
            self._refresh()
            return
        self._view.viewport().update()

    def _refresh(self) -> None:
        if self._view.delegate.doubter is not None:
            self._view.viewport().update()

    def _tint(self, message_id: str, layout: AnswerLayout) -> None:
        measured = self._desk.measured(message_id)
        if measured is None or not measured.is_measured():
            # Asking while painting would have others paint within it.
            self._wanted.add(message_id)
            self._ask.start()
            return
        known = self._known.get(message_id)
        if known is None or known.measured is not measured:
            known = self._known[message_id] = AnswerDoubt(measured, self._desk)
        known.tint(layout, self._desk.settings.value.introspection.tint)

    def _ask_for_wanted(self) -> None:
        wanted, self._wanted = self._wanted, set()
        for message_id in wanted:
            self._desk.want(message_id)
