r"""Finds formulas in Markdown: $…$, $$…$$, \(…\) and \[…\], as models write them.

A dollar opens a formula only if no digit or letter stands before it and no space follows it, and
closes one only if no digit follows: "from $5 to $10" is about money.
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

MATH_INLINE, MATH_BLOCK = "math_inline", "math_block"
# A formula that is not closed within so many letters is none; it keeps the search linear.
_LONGEST = 2_000
_BLOCKS = (("$$", "$$"), (r"\[", r"\]"))


def math_plugin(parser: MarkdownIt) -> None:
    """The parser makes tokens of formulas; their `content` is LaTeX."""
    parser.inline.ruler.before("escape", MATH_INLINE, _inline)
    parser.block.ruler.before(
        "fence", MATH_BLOCK, _block, {"alt": ["paragraph", "blockquote", "list"]}
    )


def _inline(state: StateInline, silent: bool) -> bool:
    start = state.pos
    opening = next((m for m in ("$$", "$", r"\(", r"\[") if state.src.startswith(m, start)), "")
    if not opening:
        return False
    closing = {r"\(": r"\)", r"\[": r"\]"}.get(opening, opening)
    inner = start + len(opening)
    limit = min(state.posMax, inner + _LONGEST)
    end = state.src.find(closing, inner, limit)
    while opening == "$" and end > 0 and state.src[end - 1] == "\\":
        end = state.src.find(closing, end + 1, limit)
    latex = state.src[inner:end].strip() if end > 0 else ""
    if not latex or (opening == "$" and not _is_formula(state.src, start, inner, end)):
        if opening == "$$":
            # Two dollars that open nothing are not two chances to open something.
            return _take_text(state, opening, silent=silent)
        return False
    if not silent:
        token = state.push(MATH_INLINE, "", 0)
        token.content = latex
        token.markup = opening
    state.pos = end + len(closing)
    return True


def _is_formula(source: str, start: int, inner: int, end: int) -> bool:
    before = source[start - 1] if start else " "
    after = source[end + 1] if end + 1 < len(source) else " "
    if source[inner].isspace() or source[end - 1].isspace():
        return False
    return not (before.isalnum() or before == "\\" or after.isdigit())


def _take_text(state: StateInline, words: str, *, silent: bool) -> bool:
    if not silent:
        state.pending += words
    state.pos += len(words)
    return True


def _block(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Lines from one that begins with the mark to one that ends with it, none of them blank."""
    start = state.bMarks[first] + state.tShift[first]
    marks = next((pair for pair in _BLOCKS if state.src.startswith(pair[0], start)), None)
    if marks is None or state.sCount[first] - state.blkIndent >= 4:
        return False
    opening, closing = marks
    lines: list[str] = []
    begin, at = start + len(opening), first
    while at < last and not (at > first and state.isEmpty(at)):
        line = state.src[begin : state.eMarks[at]].strip()
        if line.endswith(closing):
            lines.append(line[: -len(closing)])
            break
        if closing in line or sum(map(len, lines)) > _LONGEST:
            return False
        lines.append(line)
        at += 1
        if at < last:
            begin = state.bMarks[at] + state.tShift[at]
    else:
        return False
    latex = "\n".join(lines).strip()
    if not latex:
        return False
    if not silent:
        state.line = at + 1
        token = state.push(MATH_BLOCK, "", 0)
        token.block = True
        token.content = latex
        token.markup = opening
        token.map = [first, state.line]
    return True
