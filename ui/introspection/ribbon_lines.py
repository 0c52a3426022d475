"""Where the lines of a long text break, found once and gone on with as it grows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QTextLayout, QTextLine, QTextOption

RETURN = "↵"  # drawn where the model wrote a line's end
_SLICE = 1600  # letters that are broken into lines at once; a paragraph may be much longer
_LEAD = 16  # letters that are looked at for the spaces before a word
_AT_ONCE = 8_000  # letters in one step, some 10 ms


def shown(text: str) -> str:
    """What is drawn for a piece of text; a line's end is seen."""
    return text.replace("\r", "").replace("\n", f"{RETURN}\n").replace("\t", "    ")


class RibbonLines:
    """Breaks a growing text into lines of one width.

    Only the last line can change when text comes, so all others are found once. Places in the text
    are counted as Qt does, in units of UTF-16.

    Attributes:
        starts: Where each piece begins.
    """

    def __init__(self) -> None:
        self.starts: list[int] = []
        self._units = bytearray()
        self._lines: list[tuple[int, int]] = []  # those that cannot change
        self._tail: tuple[int, int] | None = None
        self._open = 0  # where the line begins that still can
        self._font = QFont()
        self._width = 0.0

    def clear(self) -> None:
        """There is no text."""
        self.starts.clear()
        self._units.clear()
        self._unbreak()

    def set_look(self, font: QFont, width: float) -> None:
        """The lines are broken anew, if font or width are others."""
        if (font, width) != (self._font, self._width):
            self._font, self._width = QFont(font), width
            self._unbreak()

    def replace_from(self, piece: int, texts: Sequence[str]) -> None:
        """These are the pieces from this one on."""
        if piece < len(self.starts):
            cut = self.starts[piece]
            del self.starts[piece:]
            del self._units[2 * cut :]
            if cut < self._open:
                while self._lines and self._lines[-1][1] > cut:
                    self._open = self._lines.pop()[0]
        for text in texts:
            self.starts.append(len(self._units) // 2)
            self._units += shown(text).encode("utf-16-le", "surrogatepass")

    def advance(self) -> bool:
        """More lines are found; False if all are."""
        total = len(self._units) // 2
        until = min(total, self._open + _AT_ONCE)
        if self._width <= 0:
            return False
        while self._open < until:
            text = self.text(self._open, min(total, self._open + _SLICE))
            end = text.find("\n")
            is_whole = end >= 0 or self._open + _units(text) == total
            if not self._break(text[:end] if end >= 0 else text, has_end=end >= 0):
                break
            if is_whole and end < 0:
                break
        self._show_tail(total)
        return until < total

    def __len__(self) -> int:
        return len(self._lines) + (self._tail is not None)

    def line(self, index: int) -> tuple[int, int]:
        """Where a line begins and ends."""
        if index < len(self._lines):
            return self._lines[index]
        assert self._tail is not None
        return self._tail

    def line_of(self, piece: int) -> int:
        """The line that a piece is first seen in; the space before its word may be above."""
        place, end = self.span(piece)
        words = self.text(place, min(end, place + _LEAD))
        lead = len(words) - len(words.lstrip(" "))
        if lead < len(words):
            place += lead
        index = bisect_right(self._lines, (place, 1 << 62)) - 1
        if index < 0 or place >= self._open:
            return max(0, len(self) - 1) if place >= self._open else 0
        return index

    def pieces_in(self, index: int) -> range:
        """The pieces that a line shows, in whole or in part."""
        start, end = self.line(index)
        first = max(0, bisect_right(self.starts, start) - 1)
        return range(first, max(first, bisect_right(self.starts, max(start, end - 1))))

    def span(self, piece: int) -> tuple[int, int]:
        """Where a piece begins and ends."""
        following = piece + 1
        is_last = following >= len(self.starts)
        return self.starts[piece], len(self._units) // 2 if is_last else self.starts[following]

    def piece_at(self, place: int) -> int:
        """The piece that a place belongs to; -1 if there is none."""
        return bisect_right(self.starts, place) - 1

    def text(self, start: int, end: int) -> str:
        """What stands between two places."""
        return bytes(self._units[2 * start : 2 * end]).decode("utf-16-le", "replace")

    def lay_out(self, index: int) -> tuple[QTextLayout, QTextLine]:
        """A line ready to be drawn."""
        start, end = self.line(index)
        layout = QTextLayout(self.text(start, end).rstrip("\n"), self._font)
        layout.setTextOption(_option(QTextOption.WrapMode.NoWrap))
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(self._width)
        line.setPosition(QPointF(0, 0))
        layout.endLayout()
        return layout, line

    def _unbreak(self) -> None:
        self._lines.clear()
        self._tail = None
        self._open = 0

    def _break(self, text: str, *, has_end: bool) -> bool:
        """A slice is broken into lines, the last of which stays open; whether it went on."""
        layout = QTextLayout(text, self._font)
        layout.setTextOption(_option(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere))
        layout.beginLayout()
        found: list[tuple[int, int]] = []
        line = layout.createLine()
        while line.isValid():
            line.setLineWidth(self._width)
            found.append((line.textStart(), line.textStart() + line.textLength()))
            line = layout.createLine()
        layout.endLayout()
        base = self._open
        if has_end:
            found = found or [(0, 0)]
            found[-1] = (found[-1][0], found[-1][1] + 1)  # with its line's end
            self._lines += [(base + a, base + b) for a, b in found]
            self._open = self._lines[-1][1]
            return True
        self._lines += [(base + a, base + b) for a, b in found[:-1]]
        if len(found) > 1:
            self._open = base + found[-1][0]
        return len(found) > 1

    def _show_tail(self, total: int) -> None:
        self._tail = (self._open, total) if self._open < total else None


def _option(mode: QTextOption.WrapMode) -> QTextOption:
    option = QTextOption()
    option.setWrapMode(mode)
    option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    return option


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
