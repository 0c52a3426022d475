"""An answer's Markdown to blocks that can be drawn; nothing in them is ever fetched or run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

# A QTextDocument of this many characters takes about 150 ms to lay out (2 cores, 2026-11);
# answers are far shorter. What is beyond is not shown but still copied.
SHOWN_CHARACTERS = 100_000
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LIST_ITEM = re.compile(r" {0,3}([-*+]|\d{1,9}[.)])(\s|$)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]]+\]:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs, headings, lists, quotes and tables, as tokens of the parser."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """One block of code, drawn on its own ground with a copy button."""

    text: str
    language: str


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    # html=False: a tag in an answer is text like any other.
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False})
    return parser.enable(["table", "strikethrough"])


def parse(text: str) -> list[Prose | Code]:
    """The blocks of a text, in order; one longer than SHOWN_CHARACTERS is cut there."""
    blocks: list[Prose | Code] = []
    run: list[Token] = []
    for token in _parser().parse(text[:SHOWN_CHARACTERS]):
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
    end, position, fence, in_list, is_after_blank = start, start, "", False, False
    for line in text[start:].splitlines(keepends=True):
        is_whole = line.endswith("\n")
        mark = _FENCE.match(line)
        if fence:
            closes = mark is not None and mark[1].startswith(fence) and is_whole
            if closes and not line.strip().strip(fence[0]):
                fence, end, in_list = "", position + len(line), False
        elif mark is not None and is_whole:
            if not in_list or not line.startswith(" "):
                end, in_list = position, False
            fence = mark[1]
        elif not line.strip():
            is_after_blank = True
        else:
            item = _LIST_ITEM.match(line) is not None
            # A lone digit or dash may yet become a list item.
            is_known = is_whole or len(line) > 12
            if is_after_blank and is_known and not line[0].isspace() and not (in_list and item):
                end, in_list = position, False
            in_list = in_list or item
            is_after_blank = False
        position += len(line)
    return end
