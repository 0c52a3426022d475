"""Prints HTML into a PDF file, a piece at a time, so that the window goes on answering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QMarginsF, QObject, QRectF, QTimer, Signal
from PySide6.QtGui import (
    QFont,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

_RESOLUTION = 96  # px an inch, so that sizes in the page's style mean what they mean on screen
_MARGIN_MM = 18
_GAP_PX = 16.0  # between two pieces; Qt lays a margin out only between blocks of one document
# Measured 2026-11-23: tables and code cost 4 ms a thousand letters to lay out, plain text a tenth.
_PIECE_LETTERS = 3_000
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL | re.IGNORECASE)
_BLOCK = re.compile(r'(?=<(?:article|section)\b|<div class="message")', re.IGNORECASE)


def pieces(html: str) -> tuple[str, list[str]]:
    """Style and body of a page, the body cut before messages into pieces that are quick to lay out.

    A page without such places to cut is one piece.
    """
    style = "\n".join(_STYLE.findall(html))
    body = _BODY.search(html)
    blocks = _BLOCK.split(body.group(1) if body else _STYLE.sub("", html))
    made: list[str] = []
    for block in blocks:
        if made and len(made[-1]) + len(block) <= _PIECE_LETTERS:
            made[-1] += block
        elif block.strip():
            made.append(block)
    return style, made


class PdfPrinter(QObject):
    """Writes one file at a time.

    Attributes:
        progressed: How far it is, 0 to 1.
        done: Path of the file.
        failed: The file cannot be written.
    """

    progressed = Signal(float)
    done = Signal(str)
    failed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._work: Iterator[float] | None = None
        self._path = Path()
        self._step = QTimer(self)
        self._step.setInterval(0)
        self._step.timeout.connect(self._go_on)

    @property
    def is_running(self) -> bool:
        """Whether a file is being written."""
        return self._work is not None

    def print(self, html: str, title: str, path: Path) -> None:
        """The page is being written into the file."""
        self._path = path
        self._work = self._written(html, title, path)
        self._step.start()

    def stop(self) -> None:
        """Nothing is written any more, and what was written of the file is gone."""
        if self._work is not None:
            self._end()
            self._path.unlink(missing_ok=True)

    def _end(self) -> None:
        self._step.stop()
        if self._work is not None:
            work, self._work = self._work, None
            work.close()  # type: ignore[attr-defined]

    def _go_on(self) -> None:
        if self._work is None:
            return
        try:
            self.progressed.emit(next(self._work))
        except StopIteration:
            self._end()
            self.done.emit(str(self._path))
        except OSError:
            self._end()
            self.failed.emit()

    def _written(self, html: str, title: str, path: Path) -> Iterator[float]:
        """One step of work between any two values; each says how far it is."""
        # Qt would only warn if the place cannot be written.
        path.open("wb").close()
        writer = QPdfWriter(str(path))
        writer.setTitle(title)
        writer.setResolution(_RESOLUTION)
        margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
        writer.setPageLayout(
            QPageLayout(
                QPageSize(QPageSize.PageSizeId.A4),
                QPageLayout.Orientation.Portrait,
                margins,
                QPageLayout.Unit.Millimeter,
            )
        )
        painter = QPainter()
        if not painter.begin(writer):
            raise OSError
        try:
            yield from self._pages(html, writer, painter)
        finally:
            painter.end()

    def _pages(self, html: str, writer: QPdfWriter, painter: QPainter) -> Iterator[float]:
        """Each piece goes on where the one before ended; no line is cut by a page's end."""
        style, parts = pieces(html)
        width, height = float(writer.width()), float(writer.height())
        used = 0.0
        for number, part in enumerate(parts):
            document = self._document(style, part, width)
            lines, end, top = _lines(document), document.size().height(), 0.0
            used += _GAP_PX if used else 0.0
            yield number / len(parts)
            while top < end:
                cut = min(end, _cut(lines, top, top + height - used))
                if cut <= top and not used:
                    cut = min(end, top + height)  # one thing that is higher than a page
                if cut > top:
                    _draw(document, painter, QRectF(0, top, width, cut - top), used)
                    used += cut - top
                    top = cut
                if top < end:
                    writer.newPage()
                    used = 0.0
                yield (number + top / end) / len(parts)

    def _document(self, style: str, part: str, width: float) -> QTextDocument:
        document = _Closed()
        document.setDefaultFont(_print_font())
        document.setDefaultStyleSheet(style)
        document.setDocumentMargin(0)
        document.setHtml(part)
        document.setTextWidth(width)
        return document


def _print_font() -> QFont:
    """One of the system's own.

    The window's Inter and JetBrains Mono draw some figures and signs as other shapes of theirs, and
    Qt names those in a PDF by private letters: "10:30" could be neither found nor copied.
    """
    font = QFont()
    font.setFamilies(["Helvetica", "Arial", "sans-serif"])
    font.setPixelSize(13)
    return font


class _Closed(QTextDocument):
    """Loads nothing, whatever a page asks for: a picture's address could be any file here."""

    def loadResource(self, kind: int, name: object) -> object:
        """Nothing."""
        del kind, name
        return None


def _lines(document: QTextDocument) -> list[tuple[float, float]]:
    """Top and bottom of each line, in the order of the text."""
    found = []
    block = document.firstBlock()
    while block.isValid():
        top = document.documentLayout().blockBoundingRect(block).top()
        layout = block.layout()
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            found.append((top + line.y(), top + line.y() + line.height()))
        block = block.next()
    return found


def _cut(lines: list[tuple[float, float]], top: float, limit: float) -> float:
    """The lowest place below `top` and not below `limit` that goes through no line."""
    near = [line for line in lines if line[1] > top and line[0] < limit]
    cut = limit
    # Cells of a table stand side by side, so a cut that spares one line may go through another.
    while crossing := [line[0] for line in near if line[0] < cut < line[1]]:
        cut = min(crossing)
    return cut


def _draw(document: QTextDocument, painter: QPainter, part: QRectF, at: float) -> None:
    painter.save()
    painter.translate(0, at - part.top())
    document.drawContents(painter, part)
    painter.restore()
