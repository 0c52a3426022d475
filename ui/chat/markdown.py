"""An answer's Markdown to blocks that can be drawn; nothing in them is ever fetched or run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from ui.chat.math_rules import math_plugin
from ui.text import rows_left_out

# A QTextDocument of this many characters takes about 150 ms to lay out (2 cores, 2026-11);
# answers are far shorter. What is beyond is not shown but still copied.
SHOWN_CHARACTERS = 100_000
# Rows of one table that are shown; Qt needs a second for a thousand.
SHOWN_ROWS = 200
SHOWN_COLUMNS = 30
# One section is parsed and laid out at a time, so it must not take longer than a few frames.
_SECTION_CHARACTERS = 2_000
_LONGEST_SECTION = 12_000
_PLAIN_CHARACTERS = 3_000
# Parsing emphasis, brackets and code marks takes time that grows with the square of their number.
_MOST_MARKS = 1_200
_MARK = re.compile(r"[*_`\[\]<$~&!]")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LIST_ITEM = re.compile(r" {0,3}([-*+]|\d{1,9}[.)])(\s|$)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:", re.MULTILINE)
_FOOTNOTE = re.compile(r"^ {0,3}\[\^[^\]]+\]:", re.MULTILINE)
_TABLE_LINE = re.compile(r" {0,3}\|")

Environment = dict[str, Any]
"""What the parser knows from outside a section: addresses of links by their names."""


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs, headings, lists, quotes and tables, as tokens of the parser."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """One block of code, drawn on its own ground with a copy button."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Plain:
    """Text that is shown as it was written: reading it as Markdown would take too long."""

    text: str


Block = Prose | Code | Plain


@dataclass(frozen=True, slots=True)
class Section:
    """Part of a text that reads the same alone; a plain one is not read as Markdown."""

    text: str
    is_plain: bool = False


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # html=False: a tag in an answer is text like any other.
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False})
    parser.enable(["table", "strikethrough"])
    return parser.use(footnote_plugin, inline=False).use(math_plugin)


def parse(text: str) -> list[Block]:
    """The blocks of a text, in order; one longer than SHOWN_CHARACTERS is cut there."""
    known = references(text)
    return [block for part in sections(text[:SHOWN_CHARACTERS]) for block in read(part, known)]


def read(section: Section, environment: Environment) -> list[Block]:
    """The blocks of one section."""
    if section.is_plain:
        return [Plain(section.text.strip("\n"))]
    blocks: list[Block] = []
    run: list[Token] = []
    for token in _parser().parse(_without_long_table(section.text), dict(environment)):
        if token.level == 0 and token.type in {"fence", "code_block"}:
            if run:
                blocks.append(Prose(tuple(run)))
                run = []
            language = token.info.split()[0] if token.info.split() else ""
            blocks.append(Code(token.content.rstrip("\n"), language))
        else:
            run.append(token)
    if run:
        blocks.append(Prose(tuple(run)))
    return blocks


def references(text: str) -> Environment:
    """The addresses of links that are given apart from them, anywhere in the text."""
    environment: Environment = {}
    lines = [line for line in text.splitlines() if _REFERENCE.match(line) and "[^" not in line]
    if lines:
        _parser().parse("\n".join(lines[:500]), environment)
    return {"references": environment["references"]} if environment.get("references") else {}


def sections(text: str) -> list[Section]:
    """The text in parts that can be read one by one; together they are the text.

    A text with footnotes stays whole up to the longest section, for they belong together.
    """
    is_whole = len(text) <= _SECTION_CHARACTERS
    if is_whole or (len(text) <= _LONGEST_SECTION and _FOOTNOTE.search(text)):
        return list(_readable(text))
    parts: list[Section] = []
    start = 0
    for end in (*_stable_ends(text, 0), len(text)):
        if end - start >= _SECTION_CHARACTERS or end == len(text) > start:
            parts += _readable(text[start:end])
            start = end
    return parts


def _readable(part: str) -> Iterator[Section]:
    """The part as one section, or cut into plain ones if reading it would take too long."""
    is_special = _FENCE.match(part) or _TABLE_LINE.match(part)
    is_short = len(part) <= _LONGEST_SECTION or is_special
    if (is_short and len(_MARK.findall(part, 0, _LONGEST_SECTION)) <= _MOST_MARKS) or is_special:
        yield Section(part)
        return
    start = 0
    while start < len(part):
        end = start + _PLAIN_CHARACTERS
        space = max(part.rfind(" ", start, end), part.rfind("\n", start, end))
        end = space + 1 if space > start and end < len(part) else end
        yield Section(part[start:end], is_plain=True)
        start = end


def _without_long_table(section: str) -> str:
    """A table is cut where it is no longer shown, before the parser reads it."""
    lines = section.splitlines(keepends=True)
    if len(lines) <= SHOWN_ROWS or not all(_TABLE_LINE.match(line) for line in lines[:3]):
        return section
    end = next(
        (n for n, line in enumerate(lines) if not _TABLE_LINE.match(line)),
        len(lines),
    )
    left_out = end - SHOWN_ROWS - 2
    if left_out <= 0:
        return section
    said = f"\n*{rows_left_out(left_out)}*\n"
    return "".join(lines[: SHOWN_ROWS + 2]) + said + "".join(lines[end:])


def needs_whole_text(text: str) -> bool:
    """Whether a link's address may stand in another block, so that no block stands alone."""
    return _REFERENCE.search(text) is not None


def stable_end(text: str, start: int) -> int:
    """Where the blocks that can no longer change end, in a text that is still growing.

    Everything in `text[start:result]` parses to the same blocks whatever follows.

    Args:
        text: All that has come so far.
        start: Where the part not yet settled begins; must be a result of this function or 0.
    """
    return max(_stable_ends(text, start), default=start)


def _stable_ends(text: str, start: int) -> Iterator[int]:
    """All such places, in order."""
    position, fence, in_list, is_after_blank = start, "", False, False
    for line in text[start:].splitlines(keepends=True):
        is_whole = line.endswith("\n")
        mark = _FENCE.match(line)
        if fence:
            closes = mark is not None and mark[1].startswith(fence) and is_whole
            if closes and not line.strip().strip(fence[0]):
                fence, in_list = "", False
                yield position + len(line)
        elif mark is not None and is_whole:
            if not in_list or not line.startswith(" "):
                in_list = False
                yield position
            fence = mark[1]
        elif not line.strip():
            is_after_blank = True
        else:
            item = _LIST_ITEM.match(line) is not None
            # A lone digit or dash may yet become a list item.
            is_known = is_whole or len(line) > 12
            if is_after_blank and is_known and not line[0].isspace() and not (in_list and item):
                in_list = False
                yield position
            in_list = in_list or item
            is_after_blank = False
        position += len(line)
