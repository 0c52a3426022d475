"""The models one can choose, with size, licence, state and progress."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.contract.model_cards import ModelCard, ModelState
from ui import text
from ui.current_settings import CurrentSettings
from ui.model_status import ModelStatus
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

WIDTH = 470
_HEIGHT = 430
_BUTTON_PX = 96


class ModelRow(QFrame):
    """One model."""

    def __init__(self, card: ModelCard, picker: ModelPicker) -> None:
        super().__init__()
        self._picker = picker
        self._card = card
        self._state = label("", "small")
        self._progress = QProgressBar()
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self.button = push_button("", "plain", self._act)
        keep = self.button.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.button.setSizePolicy(keep)
        head = QHBoxLayout()
        head.addWidget(label(card.name, "strong"), 1)
        head.addWidget(self._state)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addLayout(head)
        words.addWidget(label(card.good_for, "small", wraps=True))
        self._facts = label("", "faint", wraps=True)
        self._warning = label(text.DOES_NOT_FIT, "warn")
        words.addWidget(self._facts)
        words.addWidget(self._warning)
        words.addWidget(self._progress)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 10, 16, 10)
        row.setSpacing(14)
        row.addLayout(words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.update_card(card)

    def update_card(self, card: ModelCard) -> None:
        """The row tells what holds now."""
        self._card = card
        models = self._picker.models
        is_busy = models.is_busy(card.id)
        download = models.downloads.get(card.id)
        self._state.setText(text.card_state(card))
        if download is not None:
            self._state.setText(
                text.fetch_progress(download.done_bytes, download.total_bytes, download.remaining_s)
            )
            self._progress.setValue(
                round(1000 * download.done_bytes / max(1, download.total_bytes))
            )
        self._progress.setVisible(download is not None)
        self._facts.setText(text.card_facts(card))
        self._facts.setToolTip(card.licence_url)
        is_here = card.state in (ModelState.LOADED, ModelState.LOADING)
        self._warning.setVisible(card.fits is False and not is_here)
        self.button.setText(self._word(is_busy))
        self.button.setMinimumWidth(max(_BUTTON_PX, self.button.sizeHint().width()))
        self.button.setAccessibleName(f"{self.button.text()}: {card.name}")
        self.button.setVisible(is_busy or card.state is not ModelState.LOADED)
        self.button.setEnabled(is_busy or card.fits is not False)

    def _word(self, is_busy: bool) -> str:
        if is_busy:
            return text.CANCEL
        if self._card.state is ModelState.PARTIAL:
            return text.RESUME
        return text.FETCH if self._card.state is ModelState.OFFERED else text.LOAD

    def _act(self) -> None:
        models, card = self._picker.models, self._card
        if models.is_busy(card.id):
            models.cancel(card.id)
        elif card.state in (ModelState.OFFERED, ModelState.PARTIAL):
            models.fetch(card.id)
        else:
            self._picker.use(card.id)


class ModelPicker(QWidget):
    """Fills the popover under the model chip.

    Attributes:
        rows: Model identifier to its row.
    """

    def __init__(self, models: ModelStatus, settings: CurrentSettings, theme: Theme) -> None:
        super().__init__()
        del theme
        self.models = models
        self._settings = settings
        self.rows: dict[str, ModelRow] = {}
        self._list = QWidget()
        self._list.setObjectName("ModelList")
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 8)
        self._column.setSpacing(0)
        scroll = QScrollArea()
        scroll.setWidget(self._list)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll = scroll
        title = label(text.MODELS, "strong")
        title.setContentsMargins(18, 14, 18, 6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(title)
        column.addWidget(scroll)
        models.changed.connect(self._refresh)
        self._refresh()

    def use(self, model_id: str) -> None:
        """The model is loaded, and from the next start on too."""
        self.models.load(model_id)
        self._settings.change("models", "model", model_id)

    def _refresh(self) -> None:
        cards = self.models.cards
        if list(self.rows) != [card.id for card in cards]:
            while self._column.count():
                item = self._column.takeAt(0)
                widget = item.widget() if item is not None else None
                if widget is not None:
                    widget.deleteLater()
            self.rows = {card.id: ModelRow(card, self) for card in cards}
            for row in self.rows.values():
                self._column.addWidget(row)
            self._column.addStretch(1)
            self._fit_height()
            return
        for card in cards:
            self.rows[card.id].update_card(card)
        self._fit_height()

    def _fit_height(self) -> None:
        wanted = self._list.sizeHint().height() + 8
        self._scroll.setFixedHeight(max(80, min(wanted, _HEIGHT)))
