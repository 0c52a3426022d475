"""The field of the composer; files, pictures and very long texts that are put into it go along."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPlainTextEdit

# About two pages; a longer paste hides what the user writes about it.
LONG_TEXT_LETTERS = 8000


def paths_of(content: QMimeData) -> list[str]:
    """The files on this machine that are dragged or pasted."""
    return [url.toLocalFile() for url in content.urls() if url.isLocalFile()]


def picture_of(content: QMimeData) -> bytes:
    """A pasted picture as PNG; empty if there is none, or if it comes with its words."""
    # Office programs put a picture of the copied words beside them.
    if not content.hasImage() or content.hasText():
        return b""
    picture = content.imageData()
    if not isinstance(picture, QImage):
        return b""
    written = QByteArray()
    buffer = QBuffer(written)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # PySide's types ask for bytes here, and PySide itself for a text.
    picture.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(written.data())


class ComposerEdit(QPlainTextEdit):
    """A field of plain text that does not take files as words.

    Attributes:
        files_given: Paths of files.
        picture_given: A picture's bytes.
        long_text_given: Words too many for the field.
    """

    files_given = Signal(list)
    picture_given = Signal(bytes)
    long_text_given = Signal(str)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Whether it can be pasted or dropped here."""
        return bool(paths_of(source)) or source.hasImage() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Files and pictures are told, words are put in."""
        paths, picture = paths_of(source), picture_of(source)
        if paths:
            self.files_given.emit(paths)
        elif picture:
            self.picture_given.emit(picture)
        elif source.hasText() and len(source.text()) > LONG_TEXT_LETTERS:
            self.long_text_given.emit(source.text())
        else:
            super().insertFromMimeData(source)
