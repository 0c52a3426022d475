"""Every kind of file becomes text; no file, however made, does harm."""

from __future__ import annotations

import asyncio

import pytest

from engine.contract.attachments import AttachmentKind
from engine.contract.errors import UnreadableFileError
from engine.reading.reader import read_file
from tests.helpers import sample_files as samples


def read(content, name="file", **more):
    return asyncio.run(read_file(content, name, **more))


def refusal(content, name="file", **more):
    with pytest.raises(UnreadableFileError) as caught:
        read(content, name, **more)
    return caught.value.message


@pytest.mark.feature("reading.word")
def test_a_word_document_keeps_headings_lists_and_tables():
    """Word documents are read with their headings, lists, tables and footnotes."""
    found = read(samples.a_docx(), "rules.docx")
    assert found.kind is AttachmentKind.DOCUMENT
    assert found.media_type.endswith("wordprocessingml.document")
    assert found.text.split("\n") == [
        "# Harbour rules",
        "The harbour closes at nine.",
        "- Bring a lamp",
        "Berth | Depth",
        "A7 | 3.2 m",
        "Last line.",
    ]


@pytest.mark.feature("reading.slides")
def test_slides_come_in_order_with_their_notes():
    """Presentations are read slide by slide, with the speaker's notes."""
    found = read(samples.a_pptx())
    assert found.kind is AttachmentKind.SLIDES
    assert found.parts == 2
    assert found.text == (
        "[Slide 1]\nWelcome\nFirst point\n\n[Slide 2]\nPlan\nSecond point\n\nNotes:\n"
        "Speak slowly here."
    )


@pytest.mark.feature("reading.sheets")
def test_a_workbook_shows_dates_as_dates_and_cells_in_their_columns():
    """Workbooks are read sheet by sheet, dates as dates."""
    found = read(samples.an_xlsx())
    assert found.kind is AttachmentKind.SHEET
    assert found.text == (
        "[Sheet 1: Tides]\nDay\tHeight\tSafe\n2026-03-01\t3.25\tTRUE\n"
        "2026-03-02 06:30:00\t0.3\tFALSE\n\n[Sheet 2: Notes]\n\t\tOnly here"
    )


@pytest.mark.feature("reading.books")
def test_a_book_is_read_along_its_spine():
    """EPUB books are read chapter by chapter."""
    found = read(samples.an_epub())
    assert found.kind is AttachmentKind.BOOK
    assert found.parts == 2
    assert found.text == (
        "[Chapter 1]\n# The ferry\n\nIt left at dawn.\n\n[Chapter 2]\n# The island\n\n"
        "Nobody was there."
    )


@pytest.mark.feature("reading.pages")
def test_a_page_gives_what_a_reader_would_see_and_nothing_hidden():
    """Web pages are read as a reader sees them; hidden words are left out."""
    found = read(samples.A_PAGE, "whatever.bin")
    assert (found.kind, found.media_type) == (AttachmentKind.PAGE, "text/html")
    assert found.text == (
        "# Ferry times\n\nHome\n\n## Winter\n\nFrom November the ferry sails at nine.\n\n"
        "- Bring a coat\n- Pay on board\n\nDay | Time\nMonday | 09:00\n\na  b\nc"
    )


@pytest.mark.feature("reading.pdf")
@pytest.mark.usefixtures("qapp")
def test_a_pdf_is_read_page_by_page():
    """PDF files are read page by page."""
    found = read(samples.a_pdf(["The harbour closes at nine.", "Second page here."]))
    assert (found.kind, found.parts) == (AttachmentKind.PDF, 2)
    assert found.text == ("[Page 1]\nThe harbour closes at nine.\n\n[Page 2]\nSecond page here.")


@pytest.mark.feature("reading.pictures")
def test_words_in_a_picture_are_read():
    """Words in pictures and scanned pages are read on this machine."""
    found = read(samples.a_png("The harbour closes at nine.\nInvoice 4711"), "photo.png")
    assert (found.kind, found.media_type) == (AttachmentKind.IMAGE, "image/png")
    assert found.text == "The harbour closes at nine.\nInvoice 4711"
    assert found.notice == "Read from a picture; letters may be wrong."


def test_a_scanned_page_is_read_from_its_picture():
    found = read(samples.a_scanned_pdf("The ferry sails at dawn."))
    assert found.kind is AttachmentKind.PDF
    assert "The ferry sails at dawn." in found.text
    assert "1 page" in found.notice
