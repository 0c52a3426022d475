from __future__ import annotations

import pypdfium2
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from engine.contract import commands
from engine.contract.library_commands import (
    ExportConversations,
    ImportConversations,
    TransferFormat,
)
from tests.helpers.fake_library import NOT_READABLE
from ui import screen_content as content
from ui import text_transfer as words
from ui.transfer.file_names import file_name, free_path
from ui.transfer.pdf_printer import PdfPrinter, _cut, pieces


@pytest.fixture
def listed(window, engine, qtbot):
    for conversation in (
        content.conversation("c1", "Boats: red/blue", content.user("u1", "name my dinghy")),
        content.conversation("c2", "Bread", content.user("u2", "sourdough")),
    ):
        engine.conversations[conversation.id] = conversation
    window.session.jobs.submit(commands.ListConversations())
    qtbot.waitUntil(lambda: window.sidebar.model.found == 2)
    yield window
    for sheet in (QApplication.activeModalWidget(),):
        if sheet is not None:
            sheet.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def choose(sheet, name):
    sheet.formats.setCurrentIndex(sheet.formats.findData(name))


@pytest.mark.feature("transfer.export")
def test_one_conversation_is_exported_into_a_file(listed, engine, qtbot, tmp_path):
    """One conversation, several or all are exported as Markdown, web page, PDF or JSON."""
    sheet = listed.transfer.export(("c1",))
    assert not sheet.action.isEnabled()
    choose(sheet, "markdown")
    sheet.put_at(str(tmp_path / "boats.md"))
    sheet.versions.setChecked(True)
    sheet.action.click()

    qtbot.waitUntil(lambda: sheet.is_done)
    assert engine.sent(ExportConversations) == [
        ExportConversations(
            path=str(tmp_path / "boats.md"),
            format=TransferFormat.MARKDOWN,
            conversation_ids=("c1",),
            are_all_versions_included=True,
        )
    ]
    assert sheet.said() == words.exported(1, 1, len("markdown"))


def test_all_conversations_as_json_are_one_file(listed, engine, qtbot, tmp_path):
    sheet = listed.transfer.export(())
    choose(sheet, "json")
    assert sheet.is_one_file()
    assert not sheet.versions.isVisible()
    sheet.put_at(str(tmp_path / "all.json"))
    sheet.action.click()

    qtbot.waitUntil(lambda: sheet.is_done)
    assert engine.sent(ExportConversations)[0].conversation_ids == ()


def test_another_format_needs_another_place(listed, tmp_path):
    sheet = listed.transfer.export(("c1", "c2"))
    choose(sheet, "markdown")
    assert not sheet.is_one_file()
    sheet.put_at(str(tmp_path))
    choose(sheet, "json")

    assert not sheet.action.isEnabled()


@pytest.mark.feature("transfer.pdf")
def test_conversations_are_printed_into_pdf_files(listed, qtbot, tmp_path):
    """Conversations are written as PDF, one file each."""
    sheet = listed.transfer.export(("c1", "c2"))
    choose(sheet, "pdf")
    sheet.put_at(str(tmp_path / "out"))
    sheet.action.click()

    qtbot.waitUntil(lambda: sheet.is_done)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["Boats red blue.pdf", "Bread.pdf"]
    assert all(path.read_bytes().startswith(b"%PDF") for path in (tmp_path / "out").iterdir())


def test_a_pdf_that_cannot_be_written_says_so(listed, qtbot, tmp_path):
    sheet = listed.transfer.export(("c1",))
    choose(sheet, "pdf")
    sheet.put_at(str(tmp_path / "no such folder" / "boats.pdf"))
    sheet.action.click()

    qtbot.waitUntil(lambda: sheet.said() == words.CANNOT_WRITE)
    assert not sheet.is_done
    assert sheet.action.isEnabled()


def test_a_long_page_is_printed_in_steps_that_do_not_halt_the_window(qtbot, tmp_path):
    message = "<article><h2>You</h2>" + f"<p>{'word and more ' * 40}</p></article>"
    html = f"<html><head><style>p {{ color: #333 }}</style></head><body>{message * 400}</body>"
    printer = PdfPrinter()
    progress = []
    printer.progressed.connect(progress.append)
    with qtbot.waitSignal(printer.done, timeout=20_000):
        printer.print(html, "Long", tmp_path / "long.pdf")

    style, parts = pieces(html)
    assert style.strip() == "p { color: #333 }"
    assert len(parts) > 5
    assert "".join(parts).count("<article>") == 400
    assert progress == sorted(progress)
    assert len(progress) > 60
    assert (tmp_path / "long.pdf").read_bytes().count(b"/Type /Page\n") > 40


def test_figures_and_signs_of_a_pdf_can_be_found_and_copied(qtbot, tmp_path, theme):
    """The window's font, which is the application's, draws some by shapes of its own."""
    assert theme.font(13).family() == "Inter"
    printer = PdfPrinter()
    html = "<body><article>It is 10:30. Done: <code>a -> b</code></article></body>"
    with qtbot.waitSignal(printer.done):
        printer.print(html, "Short", tmp_path / "short.pdf")

    page = pypdfium2.PdfDocument(tmp_path / "short.pdf")[0]
    assert "It is 10:30. Done: a -> b" in page.get_textpage().get_text_range()


def test_no_line_is_cut_by_the_end_of_a_page():
    side_by_side = [(0.0, 10.0), (10.0, 20.0), (8.0, 14.0)]

    assert _cut([(0.0, 10.0), (10.0, 20.0)], 0.0, 15.0) == 10.0
    assert _cut([(0.0, 10.0), (10.0, 20.0)], 0.0, 20.0) == 20.0
    assert _cut(side_by_side, 0.0, 15.0) == 0.0
    assert _cut([(0.0, 90.0)], 0.0, 50.0) == 0.0


def test_a_stopped_print_leaves_no_file(qtbot, tmp_path):
    printer = PdfPrinter()
    with qtbot.waitSignal(printer.progressed):
        printer.print("<body>" + "<article>x</article>" * 4000, "Long", tmp_path / "long.pdf")
    printer.stop()

    assert not (tmp_path / "long.pdf").exists()


def test_file_names_are_those_every_system_takes(tmp_path):
    assert file_name('a/b: "c"?', "md") == "a b c.md"
    assert file_name("...", "md") == "Conversation.md"
    assert len(file_name("x" * 500, "md")) < 100
    (tmp_path / "a.pdf").touch()
    assert free_path(tmp_path, "a.pdf").name == "a 2.pdf"


@pytest.mark.feature("transfer.import")
def test_an_import_is_shown_before_anything_is_changed(listed, engine, qtbot, tmp_path):
    """An export of another app is shown with its counts first, then taken in."""
    sheet = listed.transfer.import_()
    sheet.look_into(str(tmp_path / "export.zip"))
    qtbot.waitUntil(lambda: sheet.plan is not None)
    qtbot.waitUntil(sheet.action.isEnabled)
    assert sheet._found.text() == words.planned("ChatGPT", 12, 340)
    assert sheet._known.text() == words.known(2)
    assert sheet._notices.text() == "3 pictures will not come over."
    assert not engine.sent(ImportConversations)
    sheet.action.click()

    qtbot.waitUntil(lambda: sheet.is_done)
    assert sheet.said() == words.imported(10, 340)


def test_a_file_that_is_no_export_is_refused_and_another_can_be_chosen(
    listed, engine, qtbot, tmp_path
):
    engine.library.planned = None
    sheet = listed.transfer.import_()
    sheet.look_into(str(tmp_path / "notes.txt"))

    qtbot.waitUntil(lambda: NOT_READABLE.message in sheet.said())
    assert not sheet.action.isEnabled()
    assert sheet.from_file.isEnabled()
