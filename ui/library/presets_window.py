"""Personas: a name, a system prompt, sampling and a model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from engine.contract.commands import Command
from engine.contract.ids import new_id
from engine.contract.library import NO_OVERRIDES, Preset, SamplingOverrides
from engine.contract.library_commands import SavePreset
from ui import text_library as words
from ui.current_settings import CurrentSettings
from ui.jobs import Jobs
from ui.library.library_shelf import LibraryShelf
from ui.library.sampling_panel import SamplingPanel
from ui.library.shelf_window import ShelfWindow
from ui.model_status import ModelStatus
from ui.settings.choice_box import ChoiceBox
from ui.theme import Theme
from ui.widgets.labels import label


class PresetsWindow(ShelfWindow[Preset]):
    """The presets there are, and the chosen one's fields."""

    def __init__(
        self,
        shelf: LibraryShelf,
        jobs: Jobs,
        settings: CurrentSettings,
        models: ModelStatus,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        self._settings = settings
        self._models = models
        self._sampling = NO_OVERRIDES
        super().__init__(shelf, jobs, theme, parent, words.PRESETS, words.PRESETS_NOTE)
        self.search.setPlaceholderText(words.SEARCH_PRESETS)
        self.search.setAccessibleName(words.SEARCH_PRESETS)
        self.new_button.setText(words.NEW_PRESET)
        models.changed.connect(self._list_models)
        settings.changed.connect(self._show_sampling)

    def build_editor(self) -> None:
        """Name, system prompt, model, sampling."""
        self.name = QLineEdit()
        self.name.setAccessibleName(words.NAME)
        self.name.textEdited.connect(lambda _text: self.touched())
        self.prompt = QPlainTextEdit()
        self.prompt.setProperty("kind", "field")
        self.prompt.setAccessibleName(words.SYSTEM_PROMPT)
        self.prompt.setTabChangesFocus(True)
        self.prompt.setMinimumHeight(self.theme.px(110))
        self.prompt.textChanged.connect(self.touched)
        self.model = ChoiceBox(self.theme)
        self.model.setAccessibleName(words.MODEL)
        self.model.activated.connect(lambda _row: self.save())
        self.sampling = SamplingPanel(self.theme)
        self.sampling.changed.connect(self._take_sampling)
        column = QVBoxLayout(self.editor)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(6)
        fields = (
            (words.NAME, self.name),
            (words.SYSTEM_PROMPT, self.prompt),
            (words.MODEL, self.model),
            (words.SAMPLING, self.sampling),
        )
        for title, field in fields:
            column.addWidget(label(title, "strong"))
            column.addWidget(field)
            column.addSpacing(6)
        column.addStretch(1)
        self._list_models()

    def items(self) -> Sequence[Preset]:
        """All presets."""
        return self.shelf.presets

    def blank(self) -> Preset:
        """A preset that changes nothing yet."""
        return Preset(id=new_id("preset"), name=words.UNNAMED_PRESET, created_at_s=time.time())

    def copy_of(self, item: Preset) -> Preset:
        """The same under another name."""
        name = words.copy_of(item.name)
        return replace(item, id=new_id("preset"), name=name, created_at_s=time.time())

    def show_item(self, item: Preset) -> None:
        """The fields hold it."""
        self.name.setText(item.name)
        if self.prompt.toPlainText() != (item.system_prompt or ""):
            self.prompt.setPlainText(item.system_prompt or "")
        self.prompt.setPlaceholderText(self._settings.value.generation.system_prompt)
        self._sampling = item.sampling
        self._show_sampling()
        row = self.model.findData(item.model_id)
        if row < 0:
            self.model.addItem(self._models.name_of(item.model_id), item.model_id)
            row = self.model.count() - 1
        self.model.setCurrentIndex(row)

    def edited(self, item: Preset) -> Preset:
        """As the fields have it."""
        return replace(
            item,
            name=" ".join(self.name.text().split()),
            system_prompt=self.prompt.toPlainText().strip() or None,
            sampling=self._sampling,
            model_id=self.model.currentData() or "",
        )

    def refusal(self, item: Preset) -> str:
        """It needs a name."""
        return "" if item.name else words.NAME_NEEDED

    def saving(self, item: Preset) -> Command:
        """What keeps it."""
        return SavePreset(preset=item)

    def empty_words(self) -> str:
        """What a preset is good for."""
        return words.NO_PRESETS

    def _take_sampling(self, overrides: SamplingOverrides) -> None:
        self._sampling = overrides
        self._show_sampling()
        self.save()

    def _show_sampling(self) -> None:
        self.sampling.show_values(self._sampling, self._settings.value.generation)

    def _list_models(self) -> None:
        chosen = self.model.currentData() or ""
        self.model.clear()
        self.model.addItem(words.ANY_MODEL, "")
        for card in self._models.cards:
            self.model.addItem(card.name, card.id)
        self.model.setCurrentIndex(max(0, self.model.findData(chosen)))
