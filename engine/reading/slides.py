"""Presentations: the words of each slide and its notes, in the order they are shown."""

from __future__ import annotations

from engine.reading.archive import Archive, Event
from engine.reading.parts import Fault, Part, Parts, UnreadableError

_MAIN = "ppt/presentation.xml"


def read_slides(content: bytes) -> Parts:
    """The slides.

    Raises:
        UnreadableError: It is damaged or holds no text.
    """
    archive = Archive(content)
    links = archive.links(_MAIN)
    names = [
        links[event.facts["id"]]
        for event in archive.xml(_MAIN)
        if event.what == "start" and event.name == "sldId" and event.facts.get("id") in links
    ]
    found = False
    for number, name in enumerate(names, start=1):
        lines = _lines(archive, name)
        notes = [
            line
            for target in archive.links(name).values()
            if target.startswith("ppt/notesSlides/") and archive.has(target)
            for line in _lines(archive, target)
            # The notes page repeats the slide's number.
            if line != str(number)
        ]
        if notes:
            lines += ["", "Notes:", *notes]
        found = found or bool(lines)
        yield Part(title=f"Slide {number}", text="\n".join(lines), done_ratio=number / len(names))
    if not found:
        raise UnreadableError(Fault.NO_TEXT)


def _lines(archive: Archive, name: str) -> list[str]:
    """One line a paragraph; a table's row is one line."""
    slide = _Slide()
    for event in archive.xml(name):
        slide.take(event)
    return slide.lines


class _Slide:
    """Walks one slide."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._words: list[str] = []
        self._cells: list[str] | None = None
        self._is_text = False
        self._skipped = 0

    def take(self, event: Event) -> None:
        """One step."""
        if event.what == "text":
            if self._is_text and not self._skipped:
                self._words.append(event.text)
        elif event.name == "Fallback":
            # The second form of a drawing, for older programs.
            self._skipped += 1 if event.what == "start" else -1
        elif event.name == "t":
            self._is_text = event.what == "start"
        elif event.what == "start":
            self._open(event.name)
        else:
            self._close(event.name)

    def _open(self, name: str) -> None:
        if name == "br":
            self._words.append("\n")
        elif name == "tr":
            self._cells = []
        elif name == "tc" and self._cells is not None:
            self._cells.append("")

    def _close(self, name: str) -> None:
        if name == "tr":
            if self._cells and any(self._cells):
                self.lines.append(" | ".join(self._cells))
            self._cells = None
        elif name == "p":
            line, self._words = "".join(self._words).strip(), []
            if self._cells:
                self._cells[-1] = f"{self._cells[-1]} {line}".strip()
            elif line:
                self.lines.append(line)
