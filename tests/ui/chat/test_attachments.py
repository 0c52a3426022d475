"""Files that go with a message: given in every way, seen, removed, sent, and never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication

from engine.contract.commands import MeasureContext, SendMessage
from engine.contract.errors import ErrorReport
from engine.contract.events import ContextMeasured
from engine.contract.library_commands import DropAttachment, FitAttachments
from engine.contract.messages import Message, Role
from ui import text_attachments as words
from ui.chat.attachment_sheet import AttachmentSheet
from ui.chat.message_layout import MessageLook
from ui.chat.text_style import text_style
from ui.chat.user_layout import UserLayout


def urls(*paths):
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return content


def chips(window):
    return window.attachments.strip.chips()


def wait_ready(window, qtbot, count):
    qtbot.waitUntil(lambda: len(window.attachments.tray.ready_ids()) == count)


def sent(engine):
    return [each for each in engine.submitted if isinstance(each, SendMessage)]


def drop(window, content):
    page = window.page
    actions, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(50, 50), actions, content, left, none)
    QApplication.sendEvent(page, enter)
    was_shown = window.attachments.veil.isVisible()
    over = QDropEvent(QPointF(50, 50), actions, content, left, none, QEvent.Type.Drop)
    QApplication.sendEvent(page, over)
    return enter.isAccepted(), was_shown


@pytest.mark.feature("window.attachments")
def test_files_become_chips_and_go_with_the_message(window, engine, qtbot):
    """Attach files by dialog, drag or paste; chips show name and cost, and go with the message."""
    window.attachments.add(["/somewhere/plan.txt", "/somewhere/costs.csv"])
    wait_ready(window, qtbot, 2)
    assert [chip.file.name for chip in chips(window)] == ["plan.txt", "costs.csv"]
    assert "120 tokens" in chips(window)[0].accessibleName()
    ids = window.attachments.tray.ready_ids()
    window.page.composer.send("What do they say?")
    qtbot.waitUntil(lambda: bool(sent(engine)))
    assert sent(engine)[0].attachment_ids == ids
    assert chips(window) == ()
    assert window.attachments.strip.isHidden()


def test_dropped_files_are_attached_and_the_veil_says_so(window, qtbot):
    window.show()
    assert drop(window, urls("/somewhere/plan.txt")) == (True, True)
    wait_ready(window, qtbot, 1)
    assert not window.attachments.veil.isVisible()


def test_dragged_words_are_no_files(window):
    content = QMimeData()
    content.setText("only words")
    assert drop(window, content) == (False, False)
    assert chips(window) == ()


def test_pasted_files_and_pictures_are_attached(window, engine, qtbot):
    edit = window.page.composer.edit
    edit.insertFromMimeData(urls("/somewhere/plan.txt"))
    content = QMimeData()
    content.setImageData(QImage(8, 8, QImage.Format.Format_RGB32))
    edit.insertFromMimeData(content)
    wait_ready(window, qtbot, 2)
    assert chips(window)[1].file.name == words.PICTURE_NAME
    (picture,) = [bytes_ for bytes_ in engine.files.contents.values() if bytes_]
    assert picture.startswith(b"\x89PNG")
    assert window.page.composer.draft() == ""


def test_a_very_long_paste_goes_as_a_file_or_back_into_the_field(window, qtbot):
    content = QMimeData()
    content.setText("word " * 2000)
    window.page.composer.edit.insertFromMimeData(content)
    wait_ready(window, qtbot, 1)
    strip = window.attachments.strip
    assert (strip.note.text(), strip.offer.text()) == (words.PASTED_AS_FILE, words.AS_WORDS)
    assert window.page.composer.draft() == ""
    strip.offer.click()
    assert window.page.composer.draft() == "word " * 2000
    assert chips(window) == ()


def test_a_short_paste_is_words(window):
    content = QMimeData()
    content.setText("hello")
    window.page.composer.edit.insertFromMimeData(content)
    assert window.page.composer.draft() == "hello"


def test_a_file_that_cannot_be_read_says_why_and_the_rest_stays(window, engine, qtbot):
    window.page.composer.set_draft("a question")
    window.attachments.add(["/somewhere/plan.txt", "/somewhere/locked.pdf"])
    wait_ready(window, qtbot, 1)
    qtbot.waitUntil(lambda: any(file.error for file in window.attachments.tray.files()))
    assert len(chips(window)) == 1
    assert window.page.composer.draft() == "a question"
    window.page.composer.send()
    qtbot.waitUntil(lambda: bool(sent(engine)))
    assert len(sent(engine)[0].attachment_ids) == 1


def test_sending_waits_until_the_files_are_read(window, engine, qtbot):
    engine.files.hold.clear()
    window.attachments.add(["/somewhere/plan.txt"])
    window.page.composer.send("Read it")
    assert window.page.composer.draft() == "Read it"
    assert window.attachments.strip.note.text() == words.WAITS
    engine.files.hold.set()
    qtbot.waitUntil(lambda: bool(sent(engine)))
    assert len(sent(engine)[0].attachment_ids) == 1
    assert window.page.composer.draft() == ""


def test_the_keyboard_reaches_a_chip_shows_its_text_and_removes_it(window, engine, qtbot):
    window.show()
    window.attachments.add(["/somewhere/plan.txt", "/somewhere/more.txt"])
    wait_ready(window, qtbot, 2)
    chip = chips(window)[0]
    assert QAccessible.queryAccessibleInterface(chip).role() == QAccessible.Role.Button
    chip.setFocus()
    qtbot.keyClick(chip, Qt.Key.Key_Return)
    sheet = window.findChild(AttachmentSheet)
    qtbot.waitUntil(lambda: sheet.field.toPlainText() == "plan.txt")
    sheet.accept()
    qtbot.keyClick(chip, Qt.Key.Key_Delete)
    assert [chip.file.name for chip in chips(window)] == ["more.txt"]
    qtbot.waitUntil(lambda: any(isinstance(each, DropAttachment) for each in engine.submitted))


def test_what_failed_to_be_sent_is_back_with_its_words(window, engine, qtbot):
    window.attachments.add(["/somewhere/plan.txt"])
    wait_ready(window, qtbot, 1)
    engine.fail_next = ErrorReport(kind="model_not_loaded", message="No model.", action="")
    window.page.composer.send("What does it say?")
    qtbot.waitUntil(lambda: window.page.composer.draft() == "What does it say?")
    qtbot.waitUntil(lambda: len(chips(window)) == 1)


def test_each_conversation_keeps_its_own_unsent_files(window, engine, qtbot):
    window.page.composer.send("first")
    qtbot.waitUntil(lambda: bool(sent(engine)))
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    first = window.session.desk.current_id
    window.attachments.add(["/somewhere/plan.txt"])
    wait_ready(window, qtbot, 1)
    window.session.desk.show(None)
    assert chips(window) == ()
    window.session.desk.show(first)
    assert [chip.file.name for chip in chips(window)] == ["plan.txt"]


def test_files_that_do_not_fit_offer_their_first_part(window, engine, qtbot):
    engine.files.tokens = 90_000
    window.page.composer.set_draft("Sum it up")
    window.attachments.add(["/somewhere/plan.txt"])
    wait_ready(window, qtbot, 1)
    qtbot.waitUntil(lambda: any(isinstance(each, MeasureContext) for each in engine.submitted))
    window.session.desk.measured.emit(
        ContextMeasured(
            conversation_id=window.session.desk.current_id or "",
            system_tokens=100,
            history_tokens=0,
            draft_tokens=10,
            answer_tokens=1024,
            limit_tokens=8192,
        )
    )
    strip = window.attachments.strip
    assert "90,000 tokens and 7,058 fit" in strip.note.text()
    window.page.composer.send()
    assert not sent(engine)
    assert window.page.composer.draft() == "Sum it up"
    strip.offer.click()
    qtbot.waitUntil(lambda: any(isinstance(each, FitAttachments) for each in engine.submitted))
    qtbot.waitUntil(lambda: strip.note.text() == "")
    assert "first 40 %" in chips(window)[0].accessibleName()


def test_at_most_twenty_files_go_with_a_message(window):
    window.attachments.add([f"/somewhere/{n}.txt" for n in range(25)])
    assert len(window.attachments.tray.files()) == 20


def test_nothing_of_a_file_is_left_when_the_vault_closes(window, qtbot):
    window.attachments.add(["/somewhere/plan.txt"])
    wait_ready(window, qtbot, 1)
    window.session.vault.closed.emit()
    assert window.attachments.tray.files() == ()
    assert chips(window) == ()


def test_files_of_a_sent_message_are_shown_on_it_and_open_on_a_click(window, qtbot):
    window.show()
    window.attachments.add(["/somewhere/plan.txt"])
    wait_ready(window, qtbot, 1)
    card = window.attachments.tray.files()[0].card
    style = text_style(window.theme)
    message = Message(
        id="msg_1", role=Role.USER, text="hello", created_at_s=0.0, attachments=(card,)
    )
    layout = UserLayout(message, style, MessageLook())
    layout.set_width(700)
    spot = next(spot for spot in layout.spots() if spot.action == "file")
    assert spot.name.startswith("plan.txt, Text")
    assert spot.rect.bottom() <= layout.placed[0][0].y()
    bare = UserLayout(replace(message, text=""), style, MessageLook())
    bare.set_width(700)
    assert bare.placed == []
    assert bare.height > spot.rect.bottom()
    sheet = window.attachments.show_text(card)
    qtbot.waitUntil(lambda: sheet.field.toPlainText() == "plan.txt")
    sheet.accept()
