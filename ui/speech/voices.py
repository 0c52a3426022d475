"""The programs of this machine that speak, all asked in the same way."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QProcess, QStandardPaths

_LISTING_MS = 2000


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice.

    Attributes:
        id: What the program calls it.
        name: What people call it, with its language.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SpeakingProgram:
    """A program that reads its standard input aloud and ends.

    Attributes:
        path: Where it lies.
        words: What it is started with.
        voice_option: Goes before a voice's name.
        list_words: What it is started with to name its voices.
        silence: What is started to stop it, where ending it is not enough.
    """

    path: str
    words: tuple[str, ...]
    voice_option: str
    list_words: tuple[str, ...]
    silence: tuple[str, ...] = ()

    def arguments(self, voice: str) -> list[str]:
        """What it is started with to speak in a voice; empty takes its own."""
        return [*((self.voice_option, voice) if voice else ()), *self.words]

    def voices(self) -> tuple[Voice, ...]:
        """The voices it has; empty if it does not say."""
        process = QProcess()
        process.start(self.path, list(self.list_words))
        if not process.waitForFinished(_LISTING_MS):
            process.kill()
            process.waitForFinished(_LISTING_MS)
            return ()
        told = bytes(process.readAllStandardOutput().data()).decode(errors="replace")
        return read_voices(told)


def program_here(platform: str = sys.platform) -> SpeakingProgram | None:
    """The best one that is installed; None if none is."""
    if platform == "darwin":
        return SpeakingProgram(
            path="/usr/bin/say", words=("-f", "-"), voice_option="-v", list_words=("-v", "?")
        )
    for name, words, listing in (
        ("espeak-ng", ("--stdin",), ("--voices",)),
        ("espeak", ("--stdin",), ("--voices",)),
    ):
        path = QStandardPaths.findExecutable(name)
        if path:
            return SpeakingProgram(path=path, words=words, voice_option="-v", list_words=listing)
    path = QStandardPaths.findExecutable("spd-say")
    if path:
        # It hands the words to a service and would end before they are heard.
        return SpeakingProgram(
            path=path,
            words=("--pipe-mode", "--wait"),
            voice_option="--synthesis-voice",
            list_words=("--list-synthesis-voices",),
            silence=(path, "--stop"),
        )
    return None


def read_voices(listing: str) -> tuple[Voice, ...]:
    """The voices in what `say -v ?`, `espeak-ng --voices` or `spd-say -L` prints."""
    found: list[Voice] = []
    for line in listing.splitlines():
        mac = re.match(r"^(.+?)\s{2,}([a-z]{2,3}[_-][A-Za-z0-9]+)\s+#", line)
        espeak = re.match(r"^\s*\d+\s+(\S+)\s+\S+\s+(\S+)\s+\S+", line)
        served = re.match(r"^\s*(\S+)\s{2,}([a-z]{2,3}(?:-\w+)?)\s+(\S+)\s*$", line)
        if mac:
            found.append(Voice(mac[1].strip(), f"{mac[1].strip()} ({mac[2]})"))
        elif espeak:
            found.append(Voice(espeak[1], f"{espeak[2].replace('_', ' ')} ({espeak[1]})"))
        elif served:
            found.append(Voice(served[1], f"{served[1]} ({served[2]})"))
    return tuple(dict.fromkeys(found))


def silence(words: Sequence[str]) -> None:
    """The command is run and left to itself."""
    if words:
        QProcess.startDetached(words[0], list(words[1:]))
