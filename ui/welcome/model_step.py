"""The first screen: models that fit this machine, with size, licence and progress."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QProgressBar, QVBoxLayout

from engine.contract.model_cards import ModelCard, ModelState
from ui import text
from ui import text_welcome as words
from ui.current_settings import CurrentSettings
from ui.model_status import ModelStatus
from ui.theme import Theme
from ui.welcome.step import Step
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

_HERE = (ModelState.READY, ModelState.LOADING, ModelState.LOADED)


def offered(cards: Sequence[ModelCard]) -> list[ModelCard]:
    """At most three: what is here already, the most able that fits, and the smallest."""
    fitting = sorted(
        (card for card in cards if card.fits is not False or card.state in _HERE),
        key=lambda card: card.parameters,
    )
    if len(fitting) <= 3:
        return fitting[::-1]
    best, smallest = fitting[-1], fitting[0]
    here = next((card for card in fitting if card.state in _HERE), None)
    middle = here if here not in (None, best, smallest) else fitting[len(fitting) // 2]
    return [best, middle, smallest] if middle is not None else [best, smallest]


class ModelOffer(QFrame):
    """One model: what it is good for, what it takes, its licence, and how far it is.

    Attributes:
        button: Fetches, pauses or uses it.
    """

    def __init__(
        self, card: ModelCard, badge: str, models: ModelStatus, settings: CurrentSettings
    ) -> None:
        super().__init__()
        self.setObjectName("Card")
        self._card = card
        self._models = models
        self._settings = settings
        self._state = label("", "small", wraps=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(card.name)
        self.button = push_button("", "plain", self._act)
        lines = QVBoxLayout()
        lines.setSpacing(3)
        lines.addWidget(label(card.name, "strong", wraps=True))
        if badge:
            lines.addWidget(label(badge, "accent", wraps=True))
        lines.addWidget(label(card.good_for, "small", wraps=True))
        needed = min((bytes_ for _, bytes_ in card.memory_bytes), default=0)
        takes = words.needs(card.download_bytes, needed)
        facts = " · ".join(filter(None, (text.licence(card.licence), takes)))
        shown = label(facts, "faint", wraps=True)
        shown.setToolTip(card.licence_url)
        lines.addWidget(shown)
        lines.addWidget(self._state)
        lines.addWidget(self._bar)
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(16, 12, 14, 12)
        row.setSpacing(14)
        row.addLayout(lines, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.refresh(card)

    def refresh(self, card: ModelCard) -> None:
        """Words, button and bar fit what holds now."""
        self._card = card
        models = self._models
        download = models.downloads.get(card.id)
        is_used = models.loaded is not None and models.loaded.id == card.id
        is_busy = models.is_busy(card.id)
        said = text.loading(card.name) if is_busy and download is None else ""
        if download is not None:
            done, total = download.done_bytes, download.total_bytes
            said = text.fetch_progress(done, total, download.remaining_s)
            self._bar.setValue(round(1000 * done / max(1, total)))
        elif models.error is not None and models.target_id == card.id:
            said = f"{models.error.message} {models.error.action}".strip()
        self._bar.setVisible(download is not None)
        self._state.setText(said)
        self._state.setVisible(bool(said))
        self.button.setText(self._word(is_used, is_busy))
        self.button.setAccessibleName(f"{self.button.text()}: {card.name}")
        self.button.setEnabled(not is_used)

    def _word(self, is_used: bool, is_busy: bool) -> str:
        if is_used:
            return words.IN_USE
        if is_busy:
            return words.PAUSE
        if self._card.state is ModelState.PARTIAL:
            return words.AGAIN
        return words.USE if self._card.state in _HERE else words.FETCH

    def _act(self) -> None:
        if self._models.is_busy(self._card.id):
            self._models.cancel(self._card.id)
            return
        self._models.load(self._card.id)
        self._settings.change("models", "model", self._card.id)


class ModelStep(Step):
    """Offers models; fetching goes on behind the next steps.

    Attributes:
        offers: Model identifier to its card on screen.
    """

    def __init__(self, models: ModelStatus, settings: CurrentSettings, theme: Theme) -> None:
        super().__init__(words.MODEL_HEADING, words.MODEL_WHY)
        del theme
        self._models = models
        self._settings = settings
        self.offers: dict[str, ModelOffer] = {}
        self._none = label(words.NO_MODELS, "muted", wraps=True)
        self._offline = label(words.OFFLINE_NOW, "warn", wraps=True)
        self.body.addWidget(self._none)
        self.body.addWidget(self._offline)
        models.changed.connect(self._refresh)
        settings.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        cards = offered(self._models.cards)
        self._offline.setVisible(self._settings.value.network.is_offline)
        if list(self.offers) != [card.id for card in cards]:
            for offer in self.offers.values():
                offer.deleteLater()
            self.offers = {}
            for place, card in enumerate(cards):
                badge = self._badge(place, len(cards), card)
                self.offers[card.id] = ModelOffer(card, badge, self._models, self._settings)
                self.body.addWidget(self.offers[card.id])
        for card in cards:
            self.offers[card.id].refresh(card)
        self._none.setVisible(not cards)

    def _badge(self, place: int, number: int, card: ModelCard) -> str:
        if card.state in _HERE:
            return words.HERE
        if place == 0 and card.fits:
            return words.FITS_BEST
        return words.SMALLEST if number > 1 and place == number - 1 else ""
