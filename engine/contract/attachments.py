"""Files that go with a message, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class AttachmentKind(Enum):
    """What a file is, as far as reading it goes."""

    TEXT = "text"
    CODE = "code"
    PDF = "pdf"
    DOCUMENT = "document"
    SLIDES = "slides"
    SHEET = "sheet"
    BOOK = "book"
    PAGE = "page"
    IMAGE = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One file that was read; its text is kept in the vault and goes into the prompt.

    Attributes:
        name: File name without its folder.
        media_type: Such as "application/pdf", told from the content, not from the name.
        size_bytes: Of the file.
        letters: Length of the text that was found.
        tokens: Of that text in the loaded model's tokens; 0 while no model is loaded.
        parts: Pages, slides, sheets or chapters; 0 where there are none.
        notice: One sentence if something of it could not be read; empty otherwise.
    """

    id: str
    name: str
    kind: AttachmentKind
    media_type: str
    size_bytes: int
    letters: int
    tokens: int = 0
    parts: int = 0
    notice: str = ""
