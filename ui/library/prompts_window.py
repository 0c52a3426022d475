"""The prompt library: what is typed with / and a name."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from engine.contract.commands import Command
from engine.contract.ids import new_id
from engine.contract.library import PromptTemplate
from engine.contract.library_commands import SavePrompt
from ui import text_library as words
from ui.jobs import Jobs
from ui.library.library_shelf import LibraryShelf
from ui.library.shelf_window import ShelfWindow
from ui.theme import Theme
from ui.widgets.labels import label

_NAME = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


class PromptsWindow(ShelfWindow[PromptTemplate]):
    """The prompts there are, and the chosen one's fields."""

    def __init__(
        self, shelf: LibraryShelf, jobs: Jobs, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(shelf, jobs, theme, parent, words.PROMPTS, words.PROMPTS_NOTE)
        self.search.setPlaceholderText(words.SEARCH_PROMPTS)
        self.search.setAccessibleName(words.SEARCH_PROMPTS)
        self.new_button.setText(words.NEW_PROMPT)

    def build_editor(self) -> None:
        """Name, title, text."""
        self.name = QLineEdit()
        self.title = QLineEdit()
        self.text = QPlainTextEdit()
        self.text.setProperty("kind", "field")
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(self.theme.px(220))
        column = QVBoxLayout(self.editor)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(6)
        fields = (
            (words.NAME, self.name, words.PROMPT_NAME_HELP),
            (words.TITLE, self.title, ""),
            (words.TEXT, self.text, words.PROMPT_TEXT_HELP),
        )
        for title, field, help_ in fields:
            field.setAccessibleName(title)
            field.setAccessibleDescription(help_)
            field.textChanged.connect(lambda *_: self.touched())
            column.addWidget(label(title, "strong"))
            column.addWidget(field)
            if help_:
                column.addWidget(label(help_, "small", wraps=True))
            column.addSpacing(6)
        column.addStretch(1)

    def items(self) -> Sequence[PromptTemplate]:
        """All prompts."""
        return self.shelf.prompts

    def blank(self) -> PromptTemplate:
        """A prompt with a free name and nothing in it."""
        name = self._free_name(words.UNNAMED_PROMPT)
        return PromptTemplate(
            id=new_id("prompt"), name=name, title="", text="", created_at_s=time.time()
        )

    def copy_of(self, item: PromptTemplate) -> PromptTemplate:
        """The same under a free name."""
        return replace(
            item,
            id=new_id("prompt"),
            name=self._free_name(f"{item.name}-copy"),
            title=words.copy_of(item.title),
            created_at_s=time.time(),
        )

    def show_item(self, item: PromptTemplate) -> None:
        """The fields hold it."""
        for field, value in ((self.name, item.name), (self.title, item.title)):
            if field.text() != value:
                field.setText(value)
        if self.text.toPlainText() != item.text:
            self.text.setPlainText(item.text)

    def edited(self, item: PromptTemplate) -> PromptTemplate:
        """As the fields have it."""
        name = self.name.text().strip().lstrip("/")
        title = " ".join(self.title.text().split()) or name
        return replace(item, name=name, title=title, text=self.text.toPlainText())

    def refusal(self, item: PromptTemplate) -> str:
        """Its name must be typable after "/" and its own."""
        if not item.name:
            return words.NAME_NEEDED
        if not _NAME.fullmatch(item.name):
            return words.PROMPT_NAME_HELP
        folded = item.name.casefold()
        is_taken = any(o.name.casefold() == folded and o.id != item.id for o in self.items())
        return words.NAME_TAKEN if is_taken else ""

    def saving(self, item: PromptTemplate) -> Command:
        """What keeps it."""
        return SavePrompt(prompt=item)

    def save(self) -> None:
        """A prompt without a text is not kept yet, and nobody complains about that."""
        if self.text.toPlainText().strip():
            super().save()
        else:
            self._pause.stop()

    def empty_words(self) -> str:
        """What a prompt is good for."""
        return words.NO_PROMPTS

    def row_words(self, item: PromptTemplate) -> str:
        """Name and title."""
        shown = f"/{item.name}"
        return f"{shown}   {item.title}" if item.title and item.title != item.name else shown

    def _free_name(self, wanted: str) -> str:
        taken = {item.name.casefold() for item in self.items()}
        name, number = wanted, 1
        while name.casefold() in taken:
            number += 1
            name = f"{wanted}-{number}"
        return name
