"""The card of one token: what it was, and what else could have come."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from engine.contract.signals import Alternative, TokenSignals
from ui.introspection import stream_words as words
from ui.introspection.alternative_row import AlternativeRow
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

_ROWS = 5


class TokenCard(QFrame):
    """Has the same height whatever it shows, so that nothing moves under the pointer.

    Attributes:
        went_on: token identifier that should stand there instead.
        rows: The likeliest tokens.
        more: Opens all that are known.
    """

    went_on = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Card")
        self._theme = theme
        self._state = ""
        self._known: tuple[Alternative, ...] = ()
        self._chosen_id = -1
        self._can_go_on = False
        self.token = label("", "token")
        self.state = label("", "muted")
        self.state.setMinimumWidth(1)
        self.figures = label("", "small", wraps=True)
        self.rows = [AlternativeRow(theme) for _ in range(_ROWS)]
        self.more = push_button(words.ALTERNATIVE, "link", self.open_alternatives)
        for row in self.rows:
            row.clicked.connect(lambda _checked=False, row=row: self._go_on(row))
        self._arrange()
        self.show_token(None, "", 0, can_go_on=False)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(6, 0, 6, 0)
        head.setSpacing(12)
        head.addWidget(self.token)
        head.addWidget(self.state, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(6, 0, 2, 0)
        foot.addWidget(self.figures, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 9, 10, 8)
        column.setSpacing(0)
        column.addLayout(head)
        column.addSpacing(4)
        for row in self.rows:
            column.addWidget(row)
        column.addSpacing(4)
        column.addLayout(foot)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(self.more)
        column.addLayout(last)

    def show_token(
        self, token: TokenSignals | None, text: str, layers: int, *, can_go_on: bool
    ) -> None:
        """The card is about this token.

        Args:
            token: None shows an empty card.
            text: What is drawn for it; differs from its own text where a character is split.
            layers: Blocks of the model.
            can_go_on: Whether another version may be begun now.
        """
        self._can_go_on = can_go_on
        self._known = token.alternatives if token is not None else ()
        self._chosen_id = token.token_id if token is not None else -1
        self._state = words.state(token, layers) if token is not None else words.NO_TOKEN
        self.token.setText(words.quoted(text) if token is not None else "")
        self.token.setVisible(token is not None)
        self.figures.setText(words.figures(token) if token is not None else " ")
        self.more.setEnabled(can_go_on and len(self._known) > 1)
        shown = _likeliest(token) if token is not None else []
        most = max((one.probability for one in shown), default=0.0)
        for number, row in enumerate(self.rows):
            one = shown[number] if number < len(shown) else None
            is_chosen = one is not None and one.token_id == self._chosen_id
            row.show_alternative(one, most, is_chosen=is_chosen, can_go_on=can_go_on)
        self._fit()

    def open_alternatives(self) -> None:
        """All that are known are in a menu; what is chosen there goes on."""
        if not self.more.isEnabled():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for one in self._known:
            said = f"{words.quoted(one.text)}   {words.probability(one.probability)}"
            act = menu.addAction(said.replace("&", "&&"))
            act.setEnabled(one.token_id != self._chosen_id)
            act.triggered.connect(
                lambda _checked=False, token_id=one.token_id: self.went_on.emit(token_id)
            )
        enabled = [act for act in menu.actions() if act.isEnabled()]
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))
        if enabled:
            menu.setActiveAction(enabled[0])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What does not fit is shortened."""
        super().resizeEvent(event)
        self._fit()

    def _go_on(self, row: AlternativeRow) -> None:
        if row.alternative is not None:
            self.went_on.emit(row.alternative.token_id)

    def _fit(self) -> None:
        head = self.token.sizeHint().width() + 12 if self.token.text() else 0
        room = max(20, self.width() - head - 36)
        metrics = self.state.fontMetrics()
        self.state.setText(metrics.elidedText(self._state, Qt.TextElideMode.ElideRight, room))
        whole = self.more.fontMetrics().horizontalAdvance(words.ALTERNATIVE)
        has_room = whole + 40 < self.width()
        self.more.setText(words.ALTERNATIVE if has_room else words.ALTERNATIVE_BRIEF)
        self.more.setAccessibleName(words.ALTERNATIVE)
        self.state.setToolTip(self._state if self.state.text() != self._state else "")


def _likeliest(token: TokenSignals) -> Sequence[Alternative]:
    """The first few, the one that stands there always among them."""
    shown = list(token.alternatives[:_ROWS])
    if token.token_id in {one.token_id for one in shown}:
        return shown
    chosen = Alternative(
        token_id=token.token_id, text=token.text, probability=words.chosen_probability(token)
    )
    return [*shown[: _ROWS - 1], chosen]
