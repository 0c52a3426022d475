"""The page of the quick question in the settings: what can be had here, and what cannot and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QKeySequence, QShowEvent

from ui import text_quick as text
from ui import text_shortcuts
from ui.current_settings import CurrentSettings
from ui.quick.reach import Reach
from ui.settings.choice_box import ChoiceBox
from ui.settings.fields import FIELD_PX, Changed, MakeField
from ui.settings.page import Block, BlockPage
from ui.settings.settings_form import make_rows
from ui.settings.special_fields import HotkeyField
from ui.shortcuts.key_binder import KeyBinder
from ui.shortcuts.key_map import acts, native
from ui.speech.reader import Reader
from ui.theme import Theme


class VoiceField:
    """The voices of this machine."""

    def __init__(self, reader: Reader, theme: Theme, changed: Changed) -> None:
        self._reader = reader
        self.widget = ChoiceBox(theme)
        # Some voices have long names; the box keeps the width of the other fields.
        self.widget.setSizeAdjustPolicy(
            ChoiceBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.widget.setFixedWidth(theme.px(FIELD_PX))
        self.widget.addItem(text.SYSTEM_VOICE, "")
        self.widget.activated.connect(lambda row: changed(str(self.widget.itemData(row))))

    def fill(self) -> None:
        """The voices are in the box; finding them starts a program, so not before they are seen."""
        if self.widget.count() == 1:
            for voice in self._reader.voices():
                self.widget.addItem(voice.name, voice.id)

    def show(self, value: Any) -> None:
        """The voice is chosen; one that is not here is shown by its name."""
        if value:
            self.fill()
        row = self.widget.findData(str(value))
        if row < 0:
            self.widget.addItem(str(value), str(value))
            row = self.widget.count() - 1
        self.widget.setCurrentIndex(row)

    def name(self, words: str, help_: str) -> None:
        """Screen readers say this."""
        self.widget.setAccessibleName(words)
        self.widget.setAccessibleDescription(help_)


class QuickPage(BlockPage):
    """Icon and keys, starting with the session, speech.

    Attributes:
        asking: Icon and keys.
        starting: With the session.
        speech: Reading aloud, and why there is no dictation.
    """

    def __init__(
        self,
        settings: CurrentSettings,
        theme: Theme,
        reach: Reach,
        reader: Reader,
        keys: KeyBinder,
        ask: Callable[[], object],
    ) -> None:
        super().__init__("quick", text.PAGE, text.PAGE_NOTE)
        self._reach = reach
        self._reader = reader
        self._voices: VoiceField | None = None
        makers: dict[str, MakeField] = {
            "hotkey": lambda theme, changed: HotkeyField(_taken_by(keys), theme, changed),
            "voice": self._make_voice_field,
        }
        rows = make_rows("quick", settings, theme, (), makers)
        self.asking = Block(text.BLOCK_ASK)
        self.asking.add_rows({name: rows[name] for name in ("is_tray_shown", "hotkey")})
        self.asking.add_button(text.TRY_IT, ask)
        self.starting = Block(text.BLOCK_START)
        self.starting.add_rows({"is_started_at_login": rows["is_started_at_login"]})
        self.speech = Block(text.BLOCK_SPEECH, reach.dictation_note)
        self.speech.add_rows({name: rows[name] for name in ("is_speech_on", "voice")})
        self._hear = self.speech.add_button(text.TEST_VOICE, self._hear_voice)
        self.fill((self.asking, self.starting, self.speech))
        reach.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """What holds is said under each block."""
        reach = self._reach
        notes = [note for note in (reach.tray_note, reach.hotkey_note) if note]
        self.asking.say("\n".join(notes), is_error=bool(reach.hotkey_fault))
        self.starting.say(reach.login_note, is_error=reach.has_login_failed)
        self.starting.rows["is_started_at_login"].field.widget.setEnabled(reach.can_start_at_login)
        has_voice = self._reader.has_voice()
        self.speech.say("" if has_voice else text.NO_VOICE)
        for row in self.speech.rows.values():
            row.field.widget.setEnabled(has_voice)
        self._hear.setEnabled(has_voice)

    def showEvent(self, event: QShowEvent) -> None:
        """What the system has noted is read anew."""
        super().showEvent(event)
        self._reach.look()
        if self._voices is not None:
            self._voices.fill()
        self.refresh()

    def _make_voice_field(self, theme: Theme, changed: Changed) -> VoiceField:
        self._voices = VoiceField(self._reader, theme, changed)
        return self._voices

    def _hear_voice(self) -> None:
        if not self._reader.stop():
            self._reader.say_sample(text.VOICE_SAMPLE)


def _taken_by(keys: KeyBinder) -> Callable[[QKeySequence], str]:
    """Tells which of the menu's lines has some keys, in a sentence."""

    def taken(wanted: QKeySequence) -> str:
        held = keys.map()
        for item in acts():
            if wanted in held.keys_of(item):
                return text_shortcuts.taken(native(wanted), item.words.rstrip("."))
        return ""

    return taken
