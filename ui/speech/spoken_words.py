"""An answer's Markdown as words that can be said: no signs, no code, no addresses."""

from __future__ import annotations

import re

from ui import text_quick as text

# Every pattern looks a bounded way ahead: one that tries all ways to read an odd text would hold
# the window up for seconds.
_FORMULA = re.compile(r"\$\$.{1,2000}?\$\$|\\\[.{1,2000}?\\\]|\\\(.{1,500}?\\\)", re.DOTALL)
_PICTURE = re.compile(r"!\[([^\[\]\n]{0,300})\]\([^()\n]{0,1000}\)")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\([^()\n]{0,1000}\)")
_ADDRESS = re.compile(r"<?https?://([^/\s>)]{1,300})[^\s>)]{0,2000}>?")
_BEGINNING = re.compile(r"^(?:[-*+]|>|\[[ xX]\])\s+")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]{1,60}\]:?")
_MARKS = re.compile(r"\*\*|__|~~|`+|(?<!\w)[*_]|[*_](?!\w)")
_HTML = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_SENTENCE_ENDS = (".", "!", "?", ":", ";", ",", "…")
_FENCES = ("```", "~~~")


def spoken_words(markdown: str) -> str:
    """What a person would say who reads this to another; each line is one breath."""
    words = "\n".join(_prose(_FORMULA.sub(text.FORMULA_LEFT_OUT, markdown).splitlines()))
    words = _PICTURE.sub(r"\1", words)
    words = _LINK.sub(r"\1", words)
    words = _ADDRESS.sub(r"\1", words)
    words = _FOOTNOTE.sub("", words)
    words = _MARKS.sub("", words)
    words = _HTML.sub("", words)
    lines = [" ".join(line.split()) for line in words.splitlines()]
    return "\n".join(_ended(line) for line in lines if line)


def _prose(lines: list[str]) -> list[str]:
    """The lines that can be said, without the signs that begin them."""
    said: list[str] = []
    fence = ""
    for number, line in enumerate(lines):
        bare = line.strip()
        if fence:
            fence = "" if bare.startswith(fence) and not bare.strip(fence[0]) else fence
        elif bare.startswith(_FENCES):
            fence = bare[: len(bare) - len(bare.lstrip(bare[0]))]
            said.append(text.CODE_LEFT_OUT)
        elif _is_table_line(lines, number):
            if not said or said[-1] != text.TABLE_LEFT_OUT:
                said.append(text.TABLE_LEFT_OUT)
        elif bare.strip("-*_ \t"):
            said.append(_beginning_off(bare))
        else:
            # An empty line, or a rule.
            said.append("")
    return said


def _is_table_line(lines: list[str], number: int) -> bool:
    """Whether a line belongs to a table: it has bars, and a line of dashes is at or above it."""
    if "|" not in lines[number]:
        return False
    if number + 1 < len(lines) and _is_ruled(lines[number + 1]):
        return True
    # Looking up ends at the first line without bars; a table of a hundred rows is left out whole.
    for above in range(number, max(-1, number - 100), -1):
        if _is_ruled(lines[above]):
            return True
        if "|" not in lines[above]:
            return False
    return False


def _is_ruled(line: str) -> bool:
    return "|" in line and "-" in line and not line.strip(" |:-\t")


def _beginning_off(bare: str) -> str:
    if bare.startswith("#"):
        heading = bare.lstrip("#").strip()
        return _ended(heading.rstrip("#").strip()) if heading else ""
    # A task in a list has two signs before its words.
    return _BEGINNING.sub("", _BEGINNING.sub("", bare))


def _ended(line: str) -> str:
    """A line of a list without a full stop would run into the next one."""
    return line if line.endswith(_SENTENCE_ENDS) else f"{line}."
