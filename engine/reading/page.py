"""Web pages: the words a reader would see, with headings, lists and tables as Markdown."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from engine.reading.parts import Fault, Part, Parts, UnreadableError
from engine.reading.plain import decoded

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I)
_UNSEEN = frozenset(
    ("script", "style", "noscript", "template", "svg", "math", "iframe", "object", "select")
)
_BLOCK_NAMES = """
    address article aside blockquote body center dd details dialog div dl dt fieldset
    figcaption figure footer form header hr main nav ol p section summary table ul caption
    legend
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Elements that have no end tag.
_VOID_NAMES = """
    area base br col embed hr img input link meta source track wbr param
"""
_VOID = frozenset(_VOID_NAMES.split())
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")


def read_page(content: bytes) -> Parts:
    """The text of an HTML page.

    Raises:
        UnreadableError: It holds no words.
    """
    declared = _CHARSET.search(content[:2048])
    text, notice = decoded(content, declared[1].decode("ascii") if declared else "")
    title, words = page_text(text)
    if not words.strip():
        raise UnreadableError(Fault.NO_TEXT)
    # Most pages repeat their title as the first heading.
    heading = f"# {title}\n\n" if title and title.lower() not in words[:400].lower() else ""
    yield Part(text=heading + words, notice=notice)


def page_text(html: str) -> tuple[str, str]:
    """Title and words of a page."""
    reader = _PageReader()
    reader.feed(html)
    reader.close()
    return reader.title(), reader.text()


class _PageReader(HTMLParser):
    """Collects what is visible. Hidden words are left out: they were not meant for the reader."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._words: list[str] = []
        self._title: list[str] = []
        self._hidden: list[str] = []
        self._is_title = False
        self._pre = 0
        self._lists = 0
        self._cells = 0

    def title(self) -> str:
        """What the page calls itself."""
        return _SPACE.sub(" ", "".join(self._title)).strip()

    def text(self) -> str:
        """The words, blank lines between blocks."""
        lines = (line.rstrip() for line in "".join(self._words).split("\n"))
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if self._hidden or tag in _UNSEEN or _is_hidden(attrs):
            if tag not in _VOID:
                self._hidden.append(tag)
        elif tag == "title":
            self._is_title = True
        else:
            self._begin(tag)

    def _begin(self, tag: str) -> None:
        match tag:
            case "br":
                self._words.append("\n")
            case "pre":
                self._pre += 1
                self._break(2)
            case "li":
                self._break(1)
                self._words.append("  " * max(0, self._lists - 1) + "- ")
            case "tr":
                self._break(1)
                self._cells = 0
            case "td" | "th":
                self._words.append(" | " if self._cells else "")
                self._cells += 1
            case _ if tag in _HEADINGS:
                self._break(2)
                self._words.append("#" * _HEADINGS[tag] + " ")
            case _ if tag in _BLOCKS:
                self._break(1 if self._cells or self._lists else 2)
                self._lists += tag in ("ul", "ol")

    def handle_endtag(self, tag: str) -> None:
        """An element ends; a stray end tag changes nothing."""
        if self._hidden:
            # Everything opened inside the hidden one ends with it.
            while tag in self._hidden and self._hidden.pop() != tag:
                pass
        elif tag == "title":
            self._is_title = False
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
            self._break(2)
        else:
            self._end_block(tag)

    def _end_block(self, tag: str) -> None:
        if tag == "table":
            self._cells = 0
        elif tag in ("ul", "ol"):
            self._lists = max(0, self._lists - 1)
        if tag in _HEADINGS or (tag in _BLOCKS and not self._cells):
            self._break(1 if self._lists else 2)

    def handle_data(self, data: str) -> None:
        """Words between tags."""
        if self._is_title:
            self._title.append(data)
        elif self._hidden:
            return
        elif self._pre:
            self._words.append(data)
        else:
            words = _SPACE.sub(" ", data)
            at_start = not self._words or self._words[-1].endswith(("\n", " "))
            words = words.lstrip(" ") if at_start else words
            if words:
                self._words.append(words)

    def _break(self, lines: int) -> None:
        """At least this many line ends stand here."""
        have = 0
        for piece in reversed(self._words[-4:]):
            kept = piece.rstrip("\n")
            have += len(piece) - len(kept)
            if kept:
                break
        if self._words and have < lines:
            self._words.append("\n" * (lines - have))


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    for name, value in attrs:
        if name == "hidden" or (name == "aria-hidden" and value == "true"):
            return True
        if name == "style" and value and _HIDDEN_STYLE.search(value):
            return True
    return False
