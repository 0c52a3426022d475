"""EPUB books: their chapters in reading order."""

from __future__ import annotations

import posixpath

from engine.reading.archive import Archive, joined
from engine.reading.page import page_text
from engine.reading.parts import Fault, Part, Parts, UnreadableError
from engine.reading.plain import decoded

_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
# Fonts may be scrambled in a book that is free to read.
_FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read_book(content: bytes) -> Parts:
    """The chapters of a book.

    Raises:
        UnreadableError: It is damaged, copy-protected, or holds no text.
    """
    archive = Archive(content)
    _refuse_protected(archive)
    chapters = _chapters(archive)
    found, number = False, 0
    for place, name in enumerate(chapters, start=1):
        if not archive.has(name):
            continue
        title, words = page_text(decoded(archive.bytes_of(name))[0])
        if words.strip():
            found, number = True, number + 1
            heading = f"Chapter {number}"
            if title and not words.lstrip("# ").lower().startswith(title.lower()):
                heading = f"{heading}: {title}"
            yield Part(title=heading, text=words, done_ratio=place / len(chapters))
    if not found:
        raise UnreadableError(Fault.NO_TEXT)


def _refuse_protected(archive: Archive) -> None:
    if not archive.has(_ENCRYPTION):
        return
    for event in archive.xml(_ENCRYPTION):
        if event.what == "start" and event.name == "EncryptionMethod":
            method = event.facts.get("Algorithm", "")
            if not method.startswith(_FONT_SCRAMBLING):
                raise UnreadableError(Fault.ENCRYPTED)


def _chapters(archive: Archive) -> list[str]:
    """Names of the chapters' entries, by the book's spine."""
    root = next(
        (
            event.facts.get("full-path", "")
            for event in archive.xml(_CONTAINER)
            if event.what == "start" and event.name == "rootfile"
        ),
        "",
    )
    folder = posixpath.dirname(root)
    files: dict[str, str] = {}
    spine: list[str] = []
    for event in archive.xml(root):
        if event.what != "start":
            continue
        if event.name == "item" and "html" in event.facts.get("media-type", ""):
            files[event.facts.get("id", "")] = joined(folder, event.facts.get("href", ""))
        elif event.name == "itemref":
            spine.append(event.facts.get("idref", ""))
    return [files[id_] for id_ in spine if id_ in files]
