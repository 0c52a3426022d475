"""The assistant's answer laid out: a page without bubble."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from engine.contract.messages import Message
from ui import text, text_message
from ui.chat.answer_body import AnswerBody
from ui.chat.code_part import CodePart
from ui.chat.conversation_entry import LiveAnswer
from ui.chat.markdown import SHOWN_CHARACTERS
from ui.chat.message_layout import MessageLayout, MessageLook, paint_line
from ui.chat.message_offers import SIDE
from ui.chat.message_parts import DocumentPart, PlainPart, Spot
from ui.chat.text_style import TextStyle

_LABEL = 16.0  # height of the line that says who speaks
_META = 18.0  # height of the line of measurements
_NOTICE = 38.0  # height of what is said above an answer


class AnswerLayout(MessageLayout):
    """The assistant's answer as a page without bubble."""

    _TOP, _GAP, _BOTTOM = 4.0, 7.0, 8.0

    def __init__(
        self, message: Message, style: TextStyle, look: MessageLook, live: LiveAnswer | None
    ) -> None:
        super().__init__(message, style, look)
        self.live = live
        self._body = AnswerBody("" if live else message.text, style)
        self._reasoning: PlainPart | None = None
        self._reasoned = ""
        self._fold = QRectF()
        self._status = QRectF()
        self._meta = QRectF()
        if live is not None:
            self._take_live(live)
        else:
            self._show_reasoning(message.reasoning)

    def grow(self, live: LiveAnswer) -> None:
        """What was written since is shown."""
        self._take_live(live)
        self._place()

    def finish(self, message: Message, look: MessageLook) -> None:
        """The answer has ended as `message`; what is rendered already stays."""
        self.message = message
        self.look = look
        self.live = None
        self._body.finish(message.text)
        self._show_reasoning(message.reasoning)
        self._place()

    def advance(self) -> bool:
        """More of a long answer is in its place; False if all of it was."""
        if self._body.is_complete:
            return False
        self._body.advance()
        self._place()
        return True

    def answer_parts(self) -> list[DocumentPart]:
        """The parts of the answer itself, without what was thought before it."""
        return self._body.parts

    def take_formulas(self) -> bool:
        """Formulas that are drawn by now are shown; whether there were any."""
        is_changed = self._body.take_formulas()
        if is_changed:
            self._place()
        return is_changed

    def _take_live(self, live: LiveAnswer) -> None:
        self._body.grow("".join(live.pieces))
        self._show_reasoning("".join(live.reasoning))

    def _show_reasoning(self, reasoning: str) -> None:
        words = reasoning.strip()
        if words and self.look.is_unfolded:
            if self._reasoning is not None and words.startswith(self._reasoned):
                self._reasoning.append(words[len(self._reasoned) :])
            else:
                self._reasoning = PlainPart(words, self.style, is_user=True)
                self._reasoning.set_color(self.style.colors.muted)
        self._reasoned = words

    def _place(self) -> None:
        top = self._TOP * self.style.air + self.lead
        y = top + (_NOTICE if self.look.notice else 0.0) + _LABEL + self._GAP
        self.placed = []
        self._fold = QRectF()
        if self._reasoned:
            self._fold = QRectF(-4, y - 3, self.width * 0.6, 24)
            y += 26
            if self.look.is_unfolded and self._reasoning is not None:
                self._reasoning.set_width(self.width - 16)
                self.placed.append((QPointF(16, y), self._reasoning))
                y += self._reasoning.height + 14
        self._status = QRectF()
        if self.live is not None and not self._body.parts:
            self._status = QRectF(0, y, self.width, self.style.line_px)
            y += self.style.line_px
        y = self._place_body(y)
        self._meta = QRectF(0, y + 12, self.width, _META)
        self.height = self._meta.bottom() + self._BOTTOM * self.style.air

    def _place_body(self, y: float) -> float:
        gap = self.style.paragraph_px
        self._body.set_width(self.width)
        for part in self._body.parts:
            around = 4.0 if isinstance(part, CodePart) else 0.0
            self.placed.append((QPointF(0, y + around), part))
            y += part.height + gap + 2 * around
        return y - (gap if self._body.parts else 0) + self._body.waiting_height()

    def _paint_frame(self, painter: QPainter) -> None:
        colors, style = self.style.colors, self.style
        y = self._TOP * style.air + self.lead
        if self.look.notice:
            style.icons.paint(painter, "warning", QRectF(0, y + 1, 16, 16), colors.warn)
            said = QRectF(24, y, self.width - 24, 18)
            paint_line(painter, said, self.look.notice, style.small, colors.muted)
            painter.fillRect(QRectF(0, y + 25, self.width, 1), colors.line)
            y += _NOTICE
        label = QRectF(0, y, self.width, _LABEL)
        paint_line(painter, label, text.ASSISTANT, style.label, colors.faint)
        if self._reasoned:
            self._paint_fold(painter)
        if not self._status.isEmpty():
            self._paint_status(painter)
        words = text.meta_line(self.message.stats, self.message.finish_reason)
        if len(self.message.text) > SHOWN_CHARACTERS:
            words = f"{text.TRUNCATED} {words}"
        # The actions come over the line's end; what it says is in the details too.
        covered = SIDE * len(self.offers.row()) + 8 if self.is_active else 0.0
        paint_line(
            painter, self._meta.adjusted(0, 0, -covered, 0), words, style.small, colors.muted
        )

    def _paint_fold(self, painter: QPainter) -> None:
        colors, style = self.style.colors, self.style
        name = "chevron-down" if self.look.is_unfolded else "chevron-right"
        icon = QRectF(self._fold.left(), self._fold.center().y() - 8, 16, 16)
        style.icons.paint(painter, name, icon, colors.muted)
        stats = self.message.stats
        title = text.thought_for(stats.reasoning_ms if stats else 0)
        if self.live is not None and self.live.pieces:
            title = text.thought_for(1000 * self.live.reasoning_s())
        elif self.live is not None:
            title = text_message.thinking(self.live.reasoning_s())
        paint_line(painter, self._fold.adjusted(20, 0, 0, 0), title, style.small, colors.muted)
        if self.look.is_unfolded and self._reasoning is not None:
            top = self._fold.bottom() + 5
            painter.setPen(QPen(Qt.PenStyle.NoPen))
            painter.fillRect(QRectF(3, top, 2, self._reasoning.height), colors.line_strong)

    def _paint_status(self, painter: QPainter) -> None:
        """A word and how far the prompt is read; the figures are in the pulse below."""
        live, style = self.live, self.style
        if live is None or not live.prompt_tokens:
            paint_line(painter, self._status, text.STARTING, style.words, style.colors.muted)
            return
        paint_line(painter, self._status, text.READING, style.words, style.colors.muted)
        left = QFontMetricsF(style.words).horizontalAdvance(text.READING) + 14
        bar = QRectF(left, self._status.center().y() - 2, 150, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(style.colors.hover)
        painter.drawRoundedRect(bar, 2, 2)
        bar.setWidth(max(4.0, bar.width() * live.read_tokens / live.prompt_tokens))
        painter.setBrush(style.colors.signal)
        painter.drawRoundedRect(bar, 2, 2)

    def _row_end(self) -> QPointF:
        return QPointF(self.width, self._meta.center().y())

    def _switch_end(self) -> QPointF:
        top = self._TOP * self.style.air + self.lead
        return QPointF(self.width, top + (_NOTICE if self.look.notice else 0.0) + _LABEL / 2)

    def _more_spots(self) -> list[Spot]:
        if self._fold.isEmpty():
            return []
        name = text.HIDE_REASONING if self.look.is_unfolded else text.SHOW_REASONING
        return [Spot(self._fold, "fold", 0, name)]
