"""Word documents: headings, paragraphs, lists, tables and footnotes, in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.reading.archive import Archive, Event
from engine.reading.parts import Fault, Part, Parts, UnreadableError

_MAIN = "word/document.xml"
_NOTES = (("word/footnotes.xml", "footnote"), ("word/endnotes.xml", "endnote"))
_HEADING = re.compile(r"(?:heading|berschrift|titre)\s*([1-6])", re.I)
# What was deleted under tracking, and the second form of a drawing for older programs.
_SKIPPED = frozenset(("del", "moveFrom", "Fallback", "instrText", "delText"))
_LINES_A_PART = 400
_LETTERS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
# Outline levels below these are body text.
_LEVELS = ("0", "1", "2", "3", "4", "5")


@dataclass
class _Styles:
    """What the document's paragraph styles mean.

    Attributes:
        headings: Their levels, from 1.
        lists: Those whose paragraphs are items.
    """

    headings: dict[str, int] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)


@dataclass
class _Paragraph:
    text: list[str] = field(default_factory=list)
    style: str = ""
    list_level: int | None = None
    outline: int | None = None

    def line(self, styles: _Styles) -> str:
        """The paragraph as Markdown."""
        words = "".join(self.text).strip("\n")
        if not words.strip():
            return ""
        level = self.outline or styles.headings.get(self.style, 0)
        if level:
            return f"{'#' * min(6, level)} {words.strip()}"
        if self.list_level is not None or self.style in styles.lists:
            return f"{'  ' * min(8, self.list_level or 0)}- {words.strip()}"
        return words.rstrip()


class _Story:
    """Walks one part; paragraphs come out as lines, tables as rows of cells."""

    def __init__(self, styles: _Styles) -> None:
        self._styles = styles
        self._paragraphs: list[_Paragraph] = []
        self._cells: list[list[str]] = []
        self._rows: list[list[str]] = []
        self._is_text = False
        self._skipped = 0
        self.lines: list[str] = []

    def take(self, event: Event) -> None:
        """One step."""
        if event.what == "text":
            if self._is_text and not self._skipped and self._paragraphs:
                self._paragraphs[-1].text.append(event.text)
            return
        if event.name in _SKIPPED:
            self._skipped += 1 if event.what == "start" else -1
        elif event.what == "start":
            self._open(event)
        else:
            self._close(event.name)

    def _open(self, event: Event) -> None:
        name, value = event.name, event.facts.get("val", "")
        match name:
            case "p":
                self._paragraphs.append(_Paragraph())
            case "t":
                self._is_text = True
            case "tr":
                self._rows.append([])
            case "tc":
                self._cells.append([])
            case _ if self._paragraphs and not self._skipped:
                self._detail(name, value, event.facts)

    def _detail(self, name: str, value: str, facts: dict[str, str]) -> None:
        paragraph = self._paragraphs[-1]
        # A tab stop in the paragraph's settings says where it is; one among its words is a letter.
        letter = "" if "pos" in facts else _LETTERS.get(name, "")
        if letter:
            paragraph.text.append(letter)
        elif name == "pStyle":
            paragraph.style = value
        elif name == "ilvl":
            paragraph.list_level = int(value) if value.isdigit() else 0
        elif name == "outlineLvl" and value in _LEVELS:
            paragraph.outline = int(value) + 1
        elif name in ("footnoteReference", "endnoteReference"):
            paragraph.text.append(f"[{facts.get('id', '')}]")

    def _close(self, name: str) -> None:
        if name == "t":
            self._is_text = False
        elif name == "p" and self._paragraphs:
            line = self._paragraphs.pop().line(self._styles)
            if self._cells:
                if line:
                    self._cells[-1].append(line)
            else:
                self.lines.append(line)
        elif name == "tc" and self._cells:
            cell = " ".join(" ".join(self._cells.pop()).split())
            if self._rows:
                self._rows[-1].append(cell)
        elif name == "tr" and self._rows:
            self._row(self._rows.pop())

    def _row(self, cells: list[str]) -> None:
        if not any(cells):
            return
        row = " | ".join(cells)
        # A table in a cell becomes text of that cell.
        if self._cells:
            self._cells[-1].append(row)
        else:
            self.lines.append(row)


def read_document(content: bytes) -> Parts:
    """The text of a Word document.

    Raises:
        UnreadableError: It is damaged or holds no text.
    """
    archive = Archive(content)
    styles = _styles(archive)
    story = _Story(styles)
    found = False
    for event in archive.xml(_MAIN):
        story.take(event)
        if len(story.lines) >= _LINES_A_PART:
            found = found or any(story.lines)
            yield Part(text=_text(story.lines), done_ratio=0.5)
            story.lines.clear()
    notes = list(_notes(archive, styles))
    found = found or any(story.lines) or bool(notes)
    if not found:
        raise UnreadableError(Fault.NO_TEXT)
    yield Part(text="\n".join([_text(story.lines), *notes]))


def _text(lines: list[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _styles(archive: Archive) -> _Styles:
    """Which styles are headings or lists; they have names of any language."""
    found = _Styles()
    if not archive.has("word/styles.xml"):
        return found
    style = ""
    for event in archive.xml("word/styles.xml"):
        if event.what != "start":
            continue
        if event.name == "style":
            style = event.facts.get("styleId", "")
        elif event.name == "numPr":
            found.lists.add(style)
        elif level := _level(event.name, event.facts.get("val", "")):
            found.headings[style] = level
    return found


def _level(name: str, value: str) -> int:
    """The heading level that one setting of a style gives it; 0 for none."""
    if name == "outlineLvl" and value in _LEVELS:
        return int(value) + 1
    named = _HEADING.fullmatch(value.strip()) if name == "name" else None
    if named:
        return int(named[1])
    return 1 if name == "name" and value.lower() == "title" else 0


def _notes(archive: Archive, styles: _Styles) -> Iterator[str]:
    for name, element in _NOTES:
        if not archive.has(name):
            continue
        story, number = _Story(styles), ""
        for event in archive.xml(name):
            if event.name == element and event.what == "start":
                number = event.facts.get("id", "")
            story.take(event)
            if event.name == element and event.what == "end":
                words = " ".join(" ".join(story.lines).split())
                story.lines.clear()
                if words:
                    yield f"[{number}] {words}"
