"""What a figure means, one click from it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import text_figures as figures
from ui import text_instruments as words
from ui import text_introspection as signals
from ui.introspection.block import Block
from ui.text_introspection import Explanation
from ui.theme import Theme
from ui.widgets.labels import label
from ui.widgets.popover import Popover

_WIDTH_PX = 330

EXPLANATIONS: dict[str, Explanation] = {
    one.term: one
    for group in (
        signals.TOKEN,
        signals.DEPTH,
        signals.ATTENTION,
        figures.CONFIDENCE,
        figures.STEERING,
    )
    for one in group
}


def explain(term: str) -> Explanation | None:
    """What this word of the glossary means; None for one that no figure has."""
    return EXPLANATIONS.get(term)


class ExplanationCard(QWidget):
    """Meaning, formula with its signs spelt out, and source."""

    def __init__(
        self, theme: Theme, explanation: Explanation, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.explanation = explanation
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(8)
        column.addWidget(label(words.capital(explanation.term), "strong"))
        column.addWidget(label(explanation.meaning, "", wraps=True))
        if explanation.formula:
            formula = label(explanation.formula, "", wraps=True)
            formula.setFont(theme.mono(12))
            column.addWidget(formula)
        for said in (explanation.symbols, words.source_of(explanation.source)):
            if said:
                column.addWidget(label(said, "small", wraps=True))
        # A screen reader lands on the card and reads all of it.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(words.capital(explanation.term))
        self.setAccessibleDescription(self.said())

    def fit(self, width: int) -> None:
        """It is as high as its words are at this width, so that it can be placed by its size."""
        for part in self.findChildren(QWidget):
            part.ensurePolished()
        layout = self.layout()
        if layout is not None:
            self.setFixedHeight(layout.heightForWidth(width))

    def said(self) -> str:
        """All that stands on the card."""
        one = self.explanation
        return " ".join(
            part for part in (one.meaning, one.formula, one.symbols, one.source) if part
        )


class Explainer(QObject):
    """Opens the card of a figure beside it.

    Attributes:
        popover: The window that is open, or was last; None before the first.
        card: What is in it.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.popover: Popover | None = None
        self.card: ExplanationCard | None = None

    def show(self, term: str, view: QWidget) -> None:
        """The card of this term is on screen beside the figure of the view that asked."""
        explanation = explain(term)
        if explanation is None:
            return
        if self.popover is not None:
            self.popover.close()
            self.popover.deleteLater()
        self.card = card = ExplanationCard(self._theme, explanation)
        self.popover = Popover(card, self._theme.px(_WIDTH_PX), view.window())
        card.fit(self.popover.width() - 2)
        anchor = asked_by(view, term)
        corner = anchor.mapToGlobal(anchor.rect().topLeft())
        self.popover.open_at(QRect(corner, anchor.size()))
        card.setFocus(Qt.FocusReason.PopupFocusReason)


def asked_by(view: QWidget, term: str) -> QWidget:
    """The button that was pressed for this term; the view itself if it cannot be told."""
    blocks = [block for block in view.findChildren(Block) if block.term == term]
    shown = [block.what for block in blocks if block.what.isVisible()]
    for button in shown:
        if button.underMouse() or button.hasFocus():
            return button
    return shown[0] if shown else view
