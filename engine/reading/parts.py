"""What the readers of all kinds share: a part of text, and why a file cannot be read.

These cross from the child process to ours, so they are plain values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

# About a million tokens: longer than the context of any model here, and 1,600 printed pages.
MOST_LETTERS = 4_000_000


class Fault(Enum):
    """Why a file cannot be read."""

    EMPTY = "empty"
    BINARY = "binary"
    ENCRYPTED = "encrypted"
    OLD_OFFICE = "old_office"
    PACKED = "packed"
    SOUND_OR_FILM = "sound_or_film"
    DAMAGED = "damaged"
    BOMB = "bomb"
    NO_TEXT = "no_text"
    NO_OCR = "no_ocr"
    PICTURE_TOO_LARGE = "picture_too_large"
    UNKNOWN_PICTURE = "unknown_picture"
    MEMORY = "memory"
    TIME = "time"
    CRASH = "crash"


class UnreadableError(Exception):
    """The file cannot be read; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A page, slide, sheet or chapter; a file without such has one.

    Attributes:
        title: Stands above its text; empty for none.
        notice: One sentence about what of it could not be read; empty otherwise.
        done_ratio: How far in the file its end is, from 0 to 1.
    """

    text: str
    title: str = ""
    notice: str = ""
    done_ratio: float = 1.0


Parts = Iterator[Part]
