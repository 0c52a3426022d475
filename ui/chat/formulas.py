"""LaTeX to drawings: vectors in the colour of the text, worked out beside the main thread.

A formula takes 5 to 40 ms (2 cores, 2026-11), several frames, so it is shown as it was written
until its drawing is there.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtSvg import QSvgRenderer

from ui.chat.beside import Beside

_KEPT = 512
_LETTERS = 1_000
# Each level of a fraction doubles the work of ziamath: 6 take 0.2 s, 12 take 15 s (2026-11).
_DEPTH = 6
_GROUP = re.compile(r"\\(?:left|begin)\b|\\(?:right|end)\b|\\.|[{}]", re.DOTALL)
_VIEW_BOX = re.compile(r'viewBox="([-\d.e]+) ([-\d.e]+) ([-\d.e]+) ([-\d.e]+)"')
_RAISED_END = re.compile(r"\\end\{([a-zA-Z]+\*?)\}(?=\s*[\^_])")
_INK = "#010203"  # stands for the colour of the text, which is known when it is painted


@dataclass(frozen=True, slots=True)
class Formula:
    """A drawing of one formula, or what stands for it.

    Attributes:
        svg: Empty if it could not be drawn; then its source is shown.
        width: In px, like the others.
        height: Of the whole drawing.
        depth: How much of it is below the line of the text.
    """

    svg: bytes = b""
    width: float = 0.0
    height: float = 0.0
    depth: float = 0.0

    def paint(self, painter: QPainter, rect: QRectF, color: QColor) -> None:
        """The formula fills the rectangle, in this colour."""
        _renderer(self.svg, color.name()).render(painter, rect)


Wanted = tuple[str, int, bool]
"""LaTeX, size of the text in px, and whether the formula has a line of its own."""


@lru_cache(maxsize=256)
def _renderer(svg: bytes, color: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(svg.replace(_INK.encode(), color.encode())))


def is_drawable(latex: str) -> bool:
    """Whether it is short and flat enough to be drawn in reasonable time."""
    if len(latex) > _LETTERS:
        return False
    depth = deepest = 0
    for group in _GROUP.findall(latex):
        if group in ("{", r"\left", r"\begin"):
            depth += 1
        elif group in ("}", r"\right", r"\end"):
            depth -= 1
        deepest = max(deepest, depth)
    return deepest <= _DEPTH


def _with_groups(latex: str) -> str:
    """WORKAROUND(latex2mathml 3.81.1): it reads no exponent after an environment without braces."""
    end = 0
    while found := _RAISED_END.search(latex, end):
        name = re.escape(found[1])
        depth, begin = 1, -1
        marks = re.finditer(rf"\\(begin|end)\{{{name}\}}", latex[: found.start()])
        for mark in reversed(list(marks)):
            depth += 1 if mark[1] == "end" else -1
            if depth == 0:
                begin = mark.start()
                break
        if begin < 0:
            return latex
        latex = f"{latex[:begin]}{{{latex[begin : found.end()]}}}{latex[found.end() :]}"
        end = found.end() + 2
    return latex


def draw(wanted: Wanted) -> Formula:
    """The drawing; an empty one if the source is not LaTeX that ziamath reads."""
    latex, px, is_display = wanted
    if not is_drawable(latex):
        return Formula()
    try:
        # Its fonts take a quarter of a second to read, so only who meets a formula pays for it.
        from ziamath.config import config
        from ziamath.zmath import Latex

        config.svg2 = False
        svg = Latex(_with_groups(latex), size=px, color=_INK, inline=not is_display).svg()
    except Exception as error:  # noqa: BLE001 - a parser of foreign text may raise anything
        logging.getLogger(__name__).info("a formula is shown as text (%s)", type(error).__name__)
        return Formula()
    box = _VIEW_BOX.search(svg)
    if box is None:
        return Formula()
    _, top, width, height = (float(number) for number in box.groups())
    if not (0 < width < 20_000 and 0 < height < 4_000):
        return Formula()
    return Formula(svg.encode(), width, height, max(0.0, top + height))


class Formulas(Beside[Wanted, Formula]):
    """Draws formulas when asked, later, and tells when one is done."""

    def __init__(self) -> None:
        super().__init__(draw, "formulas", _KEPT)

    def forget(self) -> None:
        """No formula is held any more."""
        super().forget()
        _renderer.cache_clear()


@lru_cache(maxsize=1)
def formulas() -> Formulas:
    """The one drawer of this process."""
    return Formulas()
