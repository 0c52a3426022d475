"""The answer token by token, with what was measured at each."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.contract.settings import IntrospectionSettings, describe
from engine.contract.signals import View
from ui.introspection import stream_words as said
from ui.introspection import words
from ui.introspection.block import Block
from ui.introspection.entropy_line import EntropyLine
from ui.introspection.mark_legend import MarkLegend
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.pace import WORDS_MS, Pace
from ui.introspection.panel_view import PanelView
from ui.introspection.tint import SCALES
from ui.introspection.token_card import TokenCard
from ui.introspection.token_ribbon import TokenRibbon
from ui.settings.choice_box import ChoiceBox
from ui.theme import Theme
from ui.widgets.check_box import CheckBox
from ui.widgets.labels import label

_LOW_PX = 480  # of the view; below it, line, tokens and card do not all fit


class StreamView(PanelView):
    """Shows how sure the model was at every token, and what else could have come.

    Attributes:
        line: The entropy of all tokens.
        ribbon: The tokens.
        card: The token that is looked at.
        tint: Chooses what the ground under the tokens shows.
        doubt: Whether the chat is tinted too.
    """

    view = View.STREAM
    title = words.STREAM

    def __init__(self, desk: MeasuringDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(desk, theme, parent)
        self.line = EntropyLine(theme)
        self.ribbon = TokenRibbon(theme, lambda: desk.written(self.measured.message_id))
        self.card = TokenCard(theme)
        self.tint = ChoiceBox(theme)
        self.doubt = CheckBox(theme, said.DOUBT_HERE)
        self._words = Pace(self, WORDS_MS, self._show_token)
        self._shown_token: object = None
        self._arrange()
        self._connect()
        self._show_settings()

    def refresh(self) -> None:
        """What is on screen is what is known."""
        self.line.show_measured(self.measured)
        tint = self.desk.settings.value.introspection.tint
        if self.ribbon.show_measured(self.measured, tint):
            self.ask()
        self._words.ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the card of a token is worth more than the line of all."""
        super().resizeEvent(event)
        self.above.setVisible(self.height() >= self.theme.px(_LOW_PX))

    def _arrange(self) -> None:
        self.above = Block(self.theme, said.ENTROPY, "nats", term="entropy")
        self.above.column.addWidget(self.line)
        self.add(self.above)
        self.stream = Block(self.theme, said.ANSWER, term="token")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label(said.TINT, "small"))
        row.addWidget(self.tint)
        row.addStretch(1)
        row.addWidget(self.doubt)
        self.stream.column.addLayout(row)
        self.stream.column.addWidget(self.ribbon, 1)
        self.legend = MarkLegend(self.theme)
        self.stream.column.addWidget(self.legend)
        self.column.addWidget(self.stream, 1)
        self.stream.asked.connect(self.asked)
        self.column.addWidget(self.card)
        self.column.setSpacing(12)
        described = dict(describe(IntrospectionSettings))["tint"]
        for value, shown in described.choices:
            self.tint.addItem(shown, value)
        self.tint.setAccessibleName(described.title)
        self.tint.setAccessibleDescription(described.help)

    def _connect(self) -> None:
        settings = self.desk.settings
        settings.changed.connect(self._show_settings)
        self.tint.activated.connect(
            lambda row: settings.change("introspection", "tint", self.tint.itemData(row))
        )
        self.doubt.clicked.connect(
            lambda is_on: settings.change("introspection", "is_doubt_shown", is_on)
        )
        self.ribbon.unfinished.connect(self.ask)
        self.ribbon.opened.connect(self._open_alternatives)
        self.card.went_on.connect(self._go_on)
        self.desk.conversation.finished.connect(lambda _id: self._words.ask())

    def _show_settings(self) -> None:
        chosen = self.desk.settings.value.introspection
        self.tint.setCurrentIndex(self.tint.findData(chosen.tint))
        self.doubt.setChecked(chosen.is_doubt_shown)
        self.legend.show_scale(SCALES[chosen.tint])
        self.ask()

    def _show_token(self) -> None:
        measured = self.measured
        token = measured.looked_at()
        place = measured.looked_at_place()
        layers = measured.opening.layers if measured.opening else 0
        text = self.ribbon.text_of(place) or (token.text if token is not None else "")
        self.card.show_token(token, text, layers, can_go_on=self.desk.can_branch())
        self.ribbon.setAccessibleDescription(self.ribbon.say_picked() or said.RIBBON_HELP)

    def _open_alternatives(self) -> None:
        self._show_token()
        # A menu that opens within the key's own event would get the same key again.
        QTimer.singleShot(0, self.card, self.card.open_alternatives)

    def _go_on(self, token_id: int) -> None:
        token = self.measured.looked_at()
        if token is not None:
            self.desk.branch_at(self.measured.message_id, token.index, token_id)
