"""Attached files: from the file's bytes to its text, child process included."""

from __future__ import annotations

import asyncio
import io
import os
import time
from collections.abc import Callable

import docx
import openpyxl

from engine.reading.reader import ReadFile, read_file
from tests.benchmarks.figures import Spread
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table
from tests.benchmarks.storage_texts import corpora
from tests.helpers import sample_files as samples

SHARE = 2
_PDF_PAGES = 200
_DOCX_PARAGRAPHS = 2000
_SHEET_ROWS = 20_000
_PAGE_LETTERS = 2400
WANTED_PDF_S = 5.0


def run(ground: Ground) -> list[Table]:
    """One table."""
    text = "\n".join(unit.text for unit in corpora()[0].units)
    makers: dict[str, Callable[[], bytes]] = {
        f"PDF, {_PDF_PAGES} pages": lambda: _pdf(text),
        f"Word, {_DOCX_PARAGRAPHS:,} paragraphs": lambda: _docx(text),
        f"Excel, {_SHEET_ROWS:,} rows": _sheet,
        "Text, 4 MB": lambda: (text * (1 + 4_000_000 // len(text)))[:4_000_000].encode(),
        "Picture of four lines": lambda: samples.a_png(text[:40] + "\nInvoice 4711\nTotal\n12.50"),
    }
    rows, figures = [], {}
    for name, make in makers.items():
        ground.say(f"reading: {name}")
        content = make()
        times, found = [], ReadFile()
        for _ in range(ground.rounds):
            begun_s = time.perf_counter()
            found = asyncio.run(read_file(content, name))
            times.append(time.perf_counter() - begun_s)
        spread = Spread.of(times)
        figures[name] = {"seconds": times, "bytes": len(content), "letters": len(found.text)}
        rows.append([name, f"{len(content) / 1e6:.2f}", f"{len(found.text):,}", spread.text(2)])
    pdf = min(figures[f"PDF, {_PDF_PAGES} pages"]["seconds"])
    word = "reached" if pdf <= WANTED_PDF_S else "not reached"
    return [
        Table(
            name="reading",
            title="Attached files",
            columns=("file", "MB", "letters found", "seconds"),
            rows=rows,
            notes=[
                f"Wanted: {_PDF_PAGES} pages of PDF in {WANTED_PDF_S:g} s at most: {word}.",
                "With the start of the child process that parses each file.",
            ],
            figures=figures,
        )
    ]


def _pdf(text: str) -> bytes:
    from PySide6.QtWidgets import QApplication

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication([])
    pages = [text[n * _PAGE_LETTERS : (n + 1) * _PAGE_LETTERS] for n in range(_PDF_PAGES)]
    content = samples.a_pdf(pages)
    del application
    return content


def _docx(text: str) -> bytes:
    document = docx.Document()
    for n in range(_DOCX_PARAGRAPHS):
        document.add_paragraph(text[n * 300 : (n + 1) * 300])
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _sheet() -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Figures")
    for n in range(_SHEET_ROWS):
        sheet.append([n, n * 1.5, f"row {n}", n % 2 == 0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
