"""A conversation's own preset, system prompt and sampling, in a popover."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from engine.contract.library import NO_OVERRIDES, Preset, SamplingOverrides
from engine.contract.settings import GenerationSettings
from ui import text_library as words
from ui.library.sampling_panel import SamplingPanel
from ui.settings.choice_box import ChoiceBox
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.check_box import CheckBox
from ui.widgets.labels import label

WIDTH = 440
_TYPING_PAUSE_MS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSettings:
    """What a conversation has of its own.

    Attributes:
        preset_id: Empty means none.
        system_prompt: None takes that of the preset, or else of the settings.
    """

    preset_id: str = ""
    system_prompt: str | None = None
    sampling: SamplingOverrides = NO_OVERRIDES


class ConversationPanel(QWidget):
    """Fills the popover under the sliders of the top bar.

    Attributes:
        changed: OwnSettings, after each change.
        edit_wanted: The user wants to edit presets.
    """

    changed = Signal(object)
    edit_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._own = OwnSettings()
        self._presets: tuple[Preset, ...] = ()
        self._settings = GenerationSettings()
        self.preset = ChoiceBox(theme)
        self.preset.setAccessibleName(words.PRESET)
        self.preset.activated.connect(self._take_preset)
        self.has_prompt = CheckBox(theme, words.OWN_PROMPT)
        self.has_prompt.clicked.connect(self._take_has_prompt)
        self.prompt = QPlainTextEdit()
        self.prompt.setProperty("kind", "field")
        self.prompt.setAccessibleName(words.OWN_PROMPT)
        self.prompt.setTabChangesFocus(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self.keep_typed)
        self.prompt.textChanged.connect(self._pause.start)
        self.sampling = SamplingPanel(theme)
        self.sampling.changed.connect(lambda given: self._tell(replace(self._own, sampling=given)))
        self.reset = push_button(words.RESET_ALL, "plain", lambda: self._tell(OwnSettings()))
        self._edit = push_button(words.EDIT_PRESETS, "quiet", self.edit_wanted.emit)
        self._arrange()
        self.fit(800)

    def show_own(
        self, own: OwnSettings, presets: tuple[Preset, ...], settings: GenerationSettings
    ) -> None:
        """What holds here, on top of what holds everywhere."""
        self._own, self._presets, self._settings = own, presets, settings
        self.preset.clear()
        self.preset.addItem(words.NO_PRESET, "")
        for preset in presets:
            self.preset.addItem(preset.name, preset.id)
        self.preset.setCurrentIndex(max(0, self.preset.findData(own.preset_id)))
        self.has_prompt.setChecked(own.system_prompt is not None)
        self.prompt.setVisible(own.system_prompt is not None)
        shown = own.system_prompt if own.system_prompt is not None else ""
        if shown != self.prompt.toPlainText() and not self._pause.isActive():
            self.prompt.blockSignals(True)
            self.prompt.setPlainText(shown)
            self.prompt.blockSignals(False)
        self.prompt.setPlaceholderText(self._usual_prompt())
        chosen = self._chosen()
        given = chosen.sampling if chosen is not None else NO_OVERRIDES
        self.sampling.show_values(own.sampling, settings, given)
        self.reset.setEnabled(own != OwnSettings())

    def hideEvent(self, event: QHideEvent) -> None:
        """What was typed last is not lost when the popover goes."""
        if self._pause.isActive():
            self.keep_typed()
        super().hideEvent(event)

    def fit(self, room_px: int) -> None:
        """It is as high as its rows, within this room."""
        px = self._theme.px
        # Qt gives a popover two thirds of the screen at most; heading and buttons stand outside.
        self._scroll.setFixedHeight(max(120, min(px(430), room_px * 2 // 3 - px(130))))
        self.prompt.setFixedHeight(px(92))

    def keep_typed(self) -> None:
        """What was typed into the prompt is told now."""
        self._pause.stop()
        if self._own.system_prompt is not None:
            self._tell(replace(self._own, system_prompt=self.prompt.toPlainText()))

    def _tell(self, own: OwnSettings) -> None:
        if own == self._own:
            return
        self.show_own(own, self._presets, self._settings)
        self.changed.emit(own)

    def _chosen(self) -> Preset | None:
        return next((p for p in self._presets if p.id == self._own.preset_id), None)

    def _usual_prompt(self) -> str:
        preset = self._chosen()
        told = preset.system_prompt if preset is not None else None
        return self._settings.system_prompt if told is None else told

    def _take_preset(self, row: int) -> None:
        self._tell(replace(self._own, preset_id=self.preset.itemData(row) or ""))

    def _take_has_prompt(self, is_own: bool) -> None:
        self._pause.stop()
        told = self._usual_prompt() if is_own else None
        self._tell(replace(self._own, system_prompt=told))
        if is_own:
            self.prompt.setFocus(Qt.FocusReason.OtherFocusReason)

    def _arrange(self) -> None:
        inner = QWidget()
        inner.setObjectName("ModelList")
        column = QVBoxLayout(inner)
        column.setContentsMargins(18, 0, 12, 6)
        column.setSpacing(6)
        line = QHBoxLayout()
        line.addWidget(label(words.PRESET, "strong"))
        line.addWidget(self.preset, 1)
        column.addLayout(line)
        column.addWidget(self.has_prompt)
        self.prompt.setFixedHeight(self._theme.px(92))
        column.addWidget(self.prompt)
        column.addSpacing(4)
        column.addWidget(label(words.SAMPLING, "strong"))
        column.addWidget(self.sampling)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll = scroll
        foot = QHBoxLayout()
        foot.setContentsMargins(18, 0, 18, 14)
        foot.addWidget(self.reset)
        foot.addStretch(1)
        foot.addWidget(self._edit)
        title = label(words.CONVERSATION, "strong")
        title.setContentsMargins(18, 14, 18, 8)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(4)
        whole.addWidget(title)
        whole.addWidget(scroll)
        whole.addLayout(foot)
