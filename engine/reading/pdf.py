"""PDF: the text of each page; pages that are pictures are read by OCR."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from engine.reading import pictures
from engine.reading.parts import Fault, Part, Parts, UnreadableError

# A page with fewer letters and a picture on it was scanned.
_FEW_LETTERS = 12
# Print is read well from 150 dots an inch up; a PDF point is 1/72 inch.
_SCALE = 150 / 72
_MOST_SIDE_PX = 3500
# Seconds a page; more than these would outlast anyone's patience.
_MOST_SCANNED_PAGES = 60
# A hyphen at a line's end is marked by these, so that the word can be put together again.
_SOFT_HYPHEN = re.compile("[\x02\ufffe\u00ad]\n?")


def read_pdf(content: bytes) -> Parts:
    """The pages.

    Raises:
        UnreadableError: It needs a password, is damaged, or holds no text.
    """
    document = _opened(content)
    try:
        pages = len(document)
        if pages == 0:
            raise UnreadableError(Fault.DAMAGED)
        yield from _with_notice(_Pages(document), pages)
    finally:
        document.close()


def _with_notice(pages: _Pages, count: int) -> Iterator[Part]:
    found = False
    for number in range(1, count + 1):
        text = pages.text(number)
        found = found or bool(text)
        is_last = number == count
        if is_last and not found:
            raise UnreadableError(Fault.NO_TEXT if pages.could_scan() else Fault.NO_OCR)
        yield Part(
            title=f"Page {number}",
            text=text,
            notice=pages.notice() if is_last else "",
            done_ratio=number / count,
        )


def _opened(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        is_locked = code == pdfium.FPDF_ERR_PASSWORD or "password" in str(error).lower()
        raise UnreadableError(Fault.ENCRYPTED if is_locked else Fault.DAMAGED) from error


class _Pages:
    """Reads page after page and counts what could not be read."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        self._document = document
        self._broken: list[int] = []
        self._scanned: list[int] = []
        self._unscanned: list[int] = []

    def text(self, number: int) -> str:
        """The page's text; empty if there is none or the page is damaged."""
        try:
            page = self._document[number - 1]
        except pypdfium2.PdfiumError:
            self._broken.append(number)
            return ""
        try:
            text = _tidy(_letters(page))
            if len(text) < _FEW_LETTERS and _has_picture(page):
                text = self._scan(page, number) or text
            return text
        finally:
            page.close()

    def _scan(self, page: Any, number: int) -> str:
        if not pictures.is_available() or len(self._scanned) >= _MOST_SCANNED_PAGES:
            self._unscanned.append(number)
            return ""
        self._scanned.append(number)
        width, height = page.get_size()
        scale = min(_SCALE, _MOST_SIDE_PX / max(width, height, 1))
        return pictures.text_of(page.render(scale=scale, grayscale=True).to_pil())

    def could_scan(self) -> bool:
        """Whether no page was left unread for want of OCR."""
        return not self._unscanned

    def notice(self) -> str:
        """What the user should know of this reading."""
        said = []
        if self._broken:
            said.append(f"{_pages(self._broken)} could not be read.")
        if self._unscanned:
            said.append(f"{_pages(self._unscanned)} hold pictures of text that were not read.")
        if self._scanned:
            said.append(f"{_pages(self._scanned)} were read from pictures; letters may be wrong.")
        return " ".join(said)


def _pages(numbers: list[int]) -> str:
    return f"{len(numbers):,} page" + ("s" if len(numbers) > 1 else "")


def _letters(page: Any) -> str:
    text_page = page.get_textpage()
    try:
        return str(text_page.get_text_bounded())
    finally:
        text_page.close()


def _has_picture(page: Any) -> bool:
    # Objects inside forms count too, a scanner often wraps its picture; so depth is followed.
    kinds = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING)
    return any(True for _ in page.get_objects(filter=kinds, max_depth=4))


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return _SOFT_HYPHEN.sub("", text).strip()
