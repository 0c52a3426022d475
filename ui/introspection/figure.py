"""One measured number with its word, its unit, and a way to ask what it means."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.introspection import words
from ui.introspection.block import Block
from ui.theme import Theme


class Figure(Block):
    """A block of one line, beside others; hidden while its number is not known."""

    def __init__(
        self, theme: Theme, word: str, term: str, unit: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, word, unit, term=term, parent=parent)
        self._word, self._unit = word, unit
        self.kind.hide()
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_value(self, said: str | None) -> None:
        """The number as it is written; None hides it, for what is missing is not shown as zero."""
        self.setVisible(said is not None)
        if said is not None:
            self.rename(f"{self._word} {said} {self._unit}".rstrip())
            self.what.rename(words.what_is(self._word))

    def said(self) -> str:
        """What stands there; empty while it is hidden."""
        return "" if self.isHidden() else self.title.text()
