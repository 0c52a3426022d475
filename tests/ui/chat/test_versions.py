from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from engine.contract import chat_commands, commands
from ui import text, text_message


@pytest.mark.feature("chat.versions")
def test_an_answer_again_is_another_version_and_both_can_be_read(talk, engine):
    """Every version of a question or an answer is kept, and a switch such as 2/3 shows each."""
    engine.answers = ["First."]
    talk.ask("why?")
    engine.answers = ["Second."]
    talk.do(1, "regenerate")
    talk.rest()

    assert talk.texts() == ["why?", "Second."]
    offers = talk.offers(1)
    assert (offers.version, offers.versions) == (2, 2)
    talk.do(1, "older")
    talk.qtbot.waitUntil(lambda: talk.texts() == ["why?", "First."])
    assert [spot.action for spot in talk.layout(1).spots()][-1] == "newer"
    talk.do(1, "newer")
    talk.qtbot.waitUntil(lambda: talk.texts() == ["why?", "Second."])


def test_the_switch_is_pressed_with_the_pointer_where_it_is_drawn(talk):
    talk.ask("why?")
    talk.do(1, "regenerate")
    talk.rest()
    view = talk.page.view
    spot = next(s for s in talk.layout(1).spots() if s.action == "older")
    left, _ = view.delegate.column(view.layout_width())
    top = view.visualRect(talk.page.messages.index(1, 0)).top()
    place = spot.rect.center().toPoint() + QPoint(round(left), top)

    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)

    talk.qtbot.waitUntil(lambda: talk.offers(1).version == 1)


def test_a_screen_reader_hears_which_version_it_is(talk):
    talk.ask("why?")
    talk.do(1, "regenerate")
    talk.rest()
    listed = QAccessible.queryAccessibleInterface(talk.page.view)

    assert "Version 2 of 2" in listed.child(1).text(QAccessible.Text.Name)


@pytest.mark.feature("chat.edit")
def test_a_question_is_edited_in_its_place_and_answered_anew(talk, engine):
    """Any message can be edited in its place; the version before is kept."""
    engine.answers = ["To the first."]
    talk.ask("first words")
    talk.ask("more")
    engine.answers = ["To the second."]
    talk.do(0, "edit")
    editor = talk.page.face.editor
    assert editor.edit.hasFocus() or editor.edit.isVisible()
    editor.edit.setPlainText("other words")
    QTest.keyClick(editor.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    assert talk.page.face.editor is None
    assert talk.texts()[0] == "other words"
    talk.rest()
    assert talk.texts() == ["other words", "To the second."]
    assert len(engine.sent(chat_commands.EditMessage)) == 1
    talk.do(0, "older")
    talk.qtbot.waitUntil(lambda: len(talk.texts()) == 4)
    assert talk.texts()[:2] == ["first words", "To the first."]


def test_esc_leaves_the_message_as_it_was(talk, engine):
    talk.ask("as it is")
    talk.do(0, "edit")
    editor = talk.page.face.editor
    editor.edit.setPlainText("never")
    QTest.keyClick(editor.edit, Qt.Key.Key_Escape)

    assert talk.page.face.editor is None
    assert talk.texts()[0] == "as it is"
    assert not engine.sent(chat_commands.EditMessage)


def test_an_edited_answer_stands_as_it_is(talk):
    talk.ask("why?")
    talk.do(1, "edit")
    talk.page.face.editor.edit.setPlainText("My own words.")
    talk.page.face.editor.save.click()

    talk.qtbot.waitUntil(lambda: talk.texts() == ["why?", "My own words."])
    assert not talk.desk.is_answering()
    assert talk.offers(1).versions == 2


def test_an_unfinished_edit_waits_for_the_readers_return(talk):
    talk.ask("why?")
    here = talk.desk.current_id
    talk.do(0, "edit")
    talk.page.face.editor.edit.setPlainText("half an edit")
    assert talk.page.draft() == "half an edit"

    talk.desk.show(None)
    talk.desk.show(here)
    talk.do(0, "edit")

    assert talk.page.face.editor.words() == "half an edit"


def test_an_edit_that_fails_can_be_put_back(talk, engine):
    from engine.contract.errors import ErrorReport

    talk.ask("why?")
    engine.fail_next = ErrorReport(kind="prompt_too_long", message="Too long.")
    talk.desk.tree.edit(talk.id_of(0), "far too long")
    assert talk.texts() == ["far too long"]

    talk.qtbot.waitUntil(lambda: talk.page.banner.message() == "Too long.")
    assert talk.texts() == ["why?", "Hello there"]
    talk.page.banner.action.click()
    assert talk.page.composer.draft() == "far too long"


def test_up_in_the_empty_field_edits_the_last_question(talk):
    talk.ask("one")
    QTest.keyClick(talk.page.composer.edit, Qt.Key.Key_Up)

    assert talk.page.face.editor.words() == "one"


@pytest.mark.feature("chat.continue")
def test_an_answer_that_was_stopped_is_written_on(talk, engine):
    """An answer that ended too soon can be written on from where it ended."""
    engine.answers = ["Begun, ", "never said"]
    engine.pause_after = 1
    talk.page.composer.send("go")
    talk.qtbot.waitUntil(lambda: talk.entry is not None and talk.entry.live is not None)
    talk.desk.stop()
    talk.rest()
    assert talk.texts()[1] == "Begun, "
    assert "continue" in talk.offers(1).row()
    engine.pause_after = None
    engine.answers = ["and done."]
    talk.do(1, "continue")
    talk.rest()

    assert talk.texts()[1] == "Begun, and done."
    assert talk.offers(1).versions == 2
    assert "continue" not in talk.offers(1).row()


@pytest.mark.feature("chat.branch")
def test_a_branch_is_another_conversation_with_what_was_said_so_far(talk):
    """A conversation can branch into a new one from any message."""
    talk.ask("one")
    talk.ask("two")
    before = talk.desk.current_id
    talk.do(1, "branch")

    talk.qtbot.waitUntil(lambda: talk.desk.current_id != before)
    assert talk.texts() == ["one", "Hello there"]
    assert talk.page.toast.words() == text_message.BRANCHED
    assert len(talk.session.book.entries[before].messages) == 4


@pytest.mark.feature("chat.delete_message")
def test_a_deleted_message_comes_back_with_undo(talk):
    """A message is deleted with what follows it, and Undo brings all of it back."""
    talk.ask("one")
    talk.ask("two")
    talk.do(2, "delete")

    talk.qtbot.waitUntil(lambda: talk.texts() == ["one", "Hello there"])
    assert talk.page.toast.words() == text_message.DELETED
    assert talk.page.toast.action.text() == text.UNDO
    talk.page.toast.action.click()
    talk.qtbot.waitUntil(lambda: len(talk.texts()) == 4)


@pytest.mark.feature("chat.again_with")
def test_the_menu_answers_again_with_other_settings(talk, engine):
    """An answer can be written again with other settings, a preset, or another model."""
    talk.ask("why?")
    menu = talk.page.reader.menu(talk.page.messages.index(1, 0), QPoint(-1, -1))
    again = next(a.menu() for a in menu.actions() if a.text() == text_message.AGAIN_WITH)
    exact = next(a for a in again.actions() if a.text() == text_message.AGAIN_EXACT)

    exact.trigger()
    talk.rest()

    sent = engine.sent(chat_commands.RegenerateAnswer)[0]
    assert sent.generation.temperature == 0.0
    assert talk.offers(1).versions == 2


@pytest.mark.feature("chat.actions_by_key")
def test_every_action_is_reached_with_keys_alone(talk, engine):
    """The actions of a message are reached and done with the keyboard alone."""
    talk.ask("why?")
    view = talk.page.view
    view.setFocus(Qt.FocusReason.TabFocusReason)
    view.setCurrentIndex(talk.page.messages.index(1, 0))
    talk.key(Qt.Key.Key_Right)
    assert view.delegate.ringed == (talk.id_of(1), "copy_0")
    talk.key(Qt.Key.Key_Right)
    assert view.delegate.ringed[1] == "regenerate_0"
    talk.key(Qt.Key.Key_Return)
    talk.rest()

    assert len(engine.sent(chat_commands.RegenerateAnswer)) == 1
    assert talk.offers(1).versions == 2


def test_while_an_answer_is_written_nothing_can_be_changed(talk, engine):
    engine.pause_after = 1
    talk.page.composer.send("go")
    talk.qtbot.waitUntil(lambda: talk.entry is not None and talk.entry.live is not None)

    assert talk.offers(0).row() == ("copy", "more")
    talk.do(0, "edit")
    talk.do(0, "delete")
    assert talk.page.face.editor is None
    assert not engine.sent(chat_commands.DeleteMessage)
    talk.desk.stop()
    talk.rest()


def test_a_new_conversation_leaves_its_title_to_the_engine(talk, engine):
    """A title that the window gave would keep the model from finding a better one."""
    talk.ask("Something long enough for a title")

    assert engine.sent(commands.CreateConversation)[0].title == ""
    assert not engine.sent(commands.RenameConversation)
    assert talk.entry.shown_title() == "Something long enough for a title"
