"""Reads one text at a time aloud, and stops at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QProcess, Signal

from engine.contract.settings import QuickSettings
from ui.speech.spoken_words import spoken_words
from ui.speech.voices import SpeakingProgram, Voice, program_here, silence

_START_MS = 2000
_END_MS = 1000


class Reader(QObject):
    """One face for every system's voice.

    Attributes:
        changed: It began or ended.
        failed: The voice could not speak.
    """

    changed = Signal()
    failed = Signal()

    def __init__(
        self,
        settings: Callable[[], QuickSettings],
        parent: QObject | None = None,
        *,
        find: Callable[[], SpeakingProgram | None] = program_here,
    ) -> None:
        """Nothing is looked for before speech is switched on.

        Args:
            settings: Those that hold now.
            parent: Owner.
            find: Looks for a program that speaks.
        """
        super().__init__(parent)
        self._settings = settings
        self._find = find
        self._program: SpeakingProgram | None = None
        self._process: QProcess | None = None
        self._voices: tuple[Voice, ...] | None = None

    @property
    def is_reading(self) -> bool:
        """Whether a voice is heard."""
        return self._process is not None

    def is_offered(self) -> bool:
        """Whether speech is switched on and there is a voice."""
        return self._settings().is_speech_on and self.has_voice()

    def has_voice(self) -> bool:
        """Whether this machine can speak; looked for anew until it can."""
        if self._program is None:
            self._program = self._find()
        return self._program is not None

    def voices(self) -> tuple[Voice, ...]:
        """Those to choose from."""
        if self._voices is None and self.has_voice() and self._program is not None:
            self._voices = self._program.voices()
        return self._voices or ()

    def read(self, markdown: str) -> bool:
        """The words are being said in place of what was said before; False if that is not on."""
        return self.is_offered() and self._say(markdown)

    def say_sample(self, words: str) -> bool:
        """The words are being said whether speech is on or not: the user asked to hear it."""
        return self.has_voice() and self._say(words)

    def stop(self) -> bool:
        """Silence; whether anything was being said."""
        process, self._process = self._process, None
        if process is None:
            return False
        process.finished.disconnect(self._ended)
        process.kill()
        process.waitForFinished(_END_MS)
        process.deleteLater()
        if self._program is not None:
            silence(self._program.silence)
        self.changed.emit()
        return True

    def _say(self, markdown: str) -> bool:
        self.stop()
        words = spoken_words(markdown)
        if not words or self._program is None:
            return False
        process = QProcess(self)
        process.start(self._program.path, self._program.arguments(self._settings().voice))
        if not process.waitForStarted(_START_MS):
            # It may have been taken off the machine since; the next text looks for one anew.
            process.deleteLater()
            self._program = None
            self.failed.emit()
            return False
        process.finished.connect(self._ended)
        self._process = process
        # The words go through a pipe: on a command line every program could read them.
        process.write(words.encode() + b"\n")
        process.closeWriteChannel()
        self.changed.emit()
        return True

    def _ended(self, *_how: object) -> None:
        process, self._process = self._process, None
        if process is not None:
            has_failed = process.exitCode() != 0
            process.deleteLater()
            if has_failed:
                self.failed.emit()
            self.changed.emit()
