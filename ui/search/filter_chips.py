"""Small chips that say where is searched: who, when, folder, archive, files, model."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from engine.contract.library_commands import SearchFilters
from engine.contract.messages import Role
from ui import text_search as words
from ui.library.library_shelf import LibraryShelf
from ui.model_status import ModelStatus
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.flow import FlowLayout
from ui.widgets.labels import set_style_property

Choice = tuple[str, dict[str, Any]]


class FilterChip(QPushButton):
    """One thing that can be filtered by: a menu of choices, the first of which filters nothing.

    Attributes:
        changed: Another choice was made.
        chosen: The place of the choice; 0 filters nothing.
    """

    changed = Signal()

    def __init__(self, theme: Theme, choices: Callable[[], Sequence[Choice]]) -> None:
        super().__init__()
        self._choices = choices
        self._theme = theme
        self.chosen = 0
        self.fields: dict[str, Any] = {}
        self.setProperty("kind", "chip")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.clicked.connect(self._ask)
        theme.changed.connect(self._show)
        self.choose(0)

    def menu_of_choices(self) -> QMenu:
        """All choices, the one that holds checked."""
        menu = QMenu(self)
        for place, (said, _) in enumerate(self._choices()):
            action = menu.addAction(said.replace("&", "&&"), partial(self.choose, place))
            action.setCheckable(True)
            action.setChecked(place == self.chosen)
        return menu

    def choose(self, place: int) -> None:
        """This choice holds."""
        said, fields = self._choices()[place]
        is_other = fields != self.fields
        self.chosen, self.fields = place, fields
        self.setText(said.replace("&", "&&"))
        self._show()
        if is_other:
            self.changed.emit()

    def _show(self) -> None:
        colors = self._theme.colors
        color = colors.accent if self.chosen else colors.faint
        self.setIcon(self._theme.icons.pixmap("chevron-down", 14, color))
        set_style_property(self, "on", bool(self.chosen))

    def _ask(self) -> None:
        menu = self.menu_of_choices()
        menu.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.mapToGlobal(self.rect().bottomLeft()))


class FilterChips(QWidget):
    """All chips in a row, or in as many as fit.

    Attributes:
        changed: Other filters hold.
        chips: Each by what it is about.
        files: Whether only messages with files are looked for.
        clear: Takes all filters away.
    """

    changed = Signal()

    def __init__(self, library: LibraryShelf, models: ModelStatus, theme: Theme) -> None:
        super().__init__()
        self._library = library
        self._models = models
        self._is_clearing = False
        self.chips = {
            name: FilterChip(theme, choices)
            for name, choices in {
                "who": _who,
                "when": _when,
                "folder": self._folders,
                "where": _where,
                "model": self._model_choices,
            }.items()
        }
        self.files = push_button(words.FILES, "chip", self._tell)
        self.files.setCheckable(True)
        self.clear = push_button(words.CLEAR_FILTERS, "quiet", self.take_away)
        row = FlowLayout(self)
        for chip in self.chips.values():
            chip.changed.connect(self._tell)
            row.addWidget(chip)
        row.addWidget(self.files)
        row.addWidget(self.clear)
        self.clear.hide()

    def filters(self) -> SearchFilters:
        """What is chosen."""
        filters = SearchFilters(has_attachment=True if self.files.isChecked() else None)
        for chip in self.chips.values():
            filters = replace(filters, **chip.fields)
        return filters

    def is_any(self) -> bool:
        """Whether anything is filtered."""
        return self.filters() != SearchFilters()

    def take_away(self) -> None:
        """Nothing is filtered."""
        self._is_clearing = True
        for chip in self.chips.values():
            chip.choose(0)
        self.files.setChecked(False)
        self._is_clearing = False
        self._tell()

    def _tell(self) -> None:
        if not self._is_clearing:
            set_style_property(self.files, "on", self.files.isChecked())
            self.clear.setVisible(self.is_any())
            self.changed.emit()

    def _folders(self) -> Sequence[Choice]:
        folders = [(folder.name, {"folder_id": folder.id}) for folder in self._library.folders]
        return [(words.FOLDER, {}), *folders]

    def _model_choices(self) -> Sequence[Choice]:
        cards = [(card.name, {"model_id": card.id}) for card in self._models.cards]
        return [(words.MODEL, {}), *cards]


def _who() -> Sequence[Choice]:
    return [
        (words.WHO, {}),
        (words.BY_YOU, {"role": Role.USER}),
        (words.BY_MODEL, {"role": Role.ASSISTANT}),
    ]


def _where() -> Sequence[Choice]:
    return [
        (words.WHERE, {}),
        (words.NOT_ARCHIVED, {"is_archived": False}),
        (words.ARCHIVED_ONLY, {"is_archived": True}),
        (words.PINNED_ONLY, {"is_pinned": True}),
    ]


def _when() -> Sequence[Choice]:
    midnight = datetime.datetime.combine(datetime.date.today(), datetime.time())
    spans = ((words.TODAY, 0), (words.WEEK, 6), (words.MONTH, 29), (words.YEAR, 364))
    begins = [(said, midnight - datetime.timedelta(days=days)) for said, days in spans]
    return [(words.WHEN, {}), *((said, {"after_s": day.timestamp()}) for said, day in begins)]
