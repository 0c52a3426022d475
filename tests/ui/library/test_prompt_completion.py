from __future__ import annotations

import pytest
from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtGui import QGuiApplication

from engine.contract.commands import SendMessage
from engine.contract.library import PromptTemplate
from ui.library.prompt_filling import closeness, fill


def prompt(name, text, title=""):
    return PromptTemplate(id=f"p_{name}", name=name, title=title, text=text, created_at_s=1.0)


@pytest.fixture
def composer(window, engine, qtbot):
    engine.library.add(
        prompt("weekly", "Report week {{week}} to {{boss}}.", "Weekly report"),
        prompt("shorten", "Shorten this:\n{{clipboard}}"),
        prompt("today", "It is {{date}}."),
    )
    qtbot.waitUntil(lambda: len(window.session.library.prompts) == 3)
    window.activateWindow()
    window.page.composer.edit.setFocus()
    qtbot.waitUntil(window.page.composer.edit.hasFocus)
    return window.page.composer


@pytest.fixture
def completer(composer, window):  # noqa: ARG001 - it must be stocked
    return window.library.completer


def take(qtbot, composer, typed):
    qtbot.keyClicks(composer.edit, typed)
    qtbot.keyClick(composer.edit, Qt.Key.Key_Return)


def offered(completer):
    rows = completer.list.list
    return [rows.item(n).text().split()[0] for n in range(rows.count())]


@pytest.mark.feature("prompts.complete")
def test_a_slash_and_a_few_letters_find_a_prompt(composer, completer, qtbot):
    """Typing / and a few letters of a prompt's name offers it; Return takes it."""
    qtbot.keyClicks(composer.edit, "/wek")
    assert completer.list.isVisible()
    assert offered(completer) == ["/weekly"]
    qtbot.keyClick(composer.edit, Qt.Key.Key_Return)

    assert composer.draft() == "Report week {{week}} to {{boss}}."
    assert not completer.list.isVisible()


@pytest.mark.feature("prompts.variables")
def test_blanks_are_filled_in_one_after_the_other(composer, engine, qtbot):
    """Blanks of a prompt become fields: typing fills one, Tab goes to the next."""
    qtbot.keyClicks(composer.edit, "/weekly")
    qtbot.keyClick(composer.edit, Qt.Key.Key_Tab)
    qtbot.keyClicks(composer.edit, "7")
    qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    assert engine.sent(SendMessage) == [], "a message with a blank is not sent"
    qtbot.keyClicks(composer.edit, "Ada")

    assert composer.draft() == "Report week 7 to Ada."
    qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [c.text for c in engine.sent(SendMessage)] == ["Report week 7 to Ada."])


def test_tab_and_shift_tab_go_round(composer, qtbot):
    take(qtbot, composer, "/weekly")
    assert composer.edit.textCursor().selectedText() == "{{week}}"
    qtbot.keyClick(composer.edit, Qt.Key.Key_Tab)
    assert composer.edit.textCursor().selectedText() == "{{boss}}"
    qtbot.keyClick(composer.edit, Qt.Key.Key_Tab)
    assert composer.edit.textCursor().selectedText() == "{{week}}"
    qtbot.keyClick(composer.edit, Qt.Key.Key_Backtab)
    assert composer.edit.textCursor().selectedText() == "{{boss}}"


@pytest.mark.feature("prompts.known-variables")
def test_date_and_clipboard_are_filled_in_and_seen_before_sending(composer, engine, qtbot):
    """The date and the clipboard are filled in where a prompt asks, to be seen before sending."""
    QGuiApplication.clipboard().setText("a long text {{not a blank}}")
    take(qtbot, composer, "/sho")
    assert composer.draft() == "Shorten this:\na long text {{not a blank}}"
    composer.edit.clear()
    take(qtbot, composer, "/today")

    date = QLocale.system().toString(QDate.currentDate(), QLocale.FormatType.LongFormat)
    assert composer.draft() == f"It is {date}."
    assert engine.sent(SendMessage) == []


def test_esc_leaves_what_was_typed(composer, completer, qtbot):
    qtbot.keyClicks(composer.edit, "/we")
    qtbot.keyClick(composer.edit, Qt.Key.Key_Escape)

    assert not completer.list.isVisible()
    assert composer.draft() == "/we"


def test_a_slash_inside_a_message_offers_nothing(composer, completer, qtbot):
    qtbot.keyClicks(composer.edit, "either /we")

    assert not completer.list.isVisible()


def test_arrows_choose(composer, completer, qtbot):
    qtbot.keyClicks(composer.edit, "/")
    assert len(offered(completer)) == 3
    qtbot.keyClick(composer.edit, Qt.Key.Key_Down)
    assert completer.list.list.currentRow() == 1
    qtbot.keyClick(composer.edit, Qt.Key.Key_Up)
    qtbot.keyClick(composer.edit, Qt.Key.Key_Up)
    assert completer.list.list.currentRow() == 2


def test_taking_a_prompt_can_be_undone(composer, qtbot):
    take(qtbot, composer, "/today")
    composer.edit.undo()

    assert composer.draft() == "/today"


def test_letters_outside_the_first_plane_do_not_move_blanks(composer, completer, engine, qtbot):
    engine.library.add(prompt("smile", "😀😀 {{who}}!"))
    qtbot.waitUntil(lambda: completer._shelf.prompts[-1].name == "weekly")
    qtbot.waitUntil(lambda: len(completer._shelf.prompts) == 4)
    take(qtbot, composer, "/smile")

    assert composer.edit.textCursor().selectedText() == "{{who}}"


def test_what_is_filled_in_brings_no_variables_along():
    filled = fill("{{clipboard}} {{ name }}", {"clipboard": "{{date}}", "date": "today"})

    assert filled.text == "{{date}} {{ name }}"
    assert filled.blanks == ("name",)


def test_the_nearest_prompt_comes_first():
    assert closeness("we", "weekly", "") > closeness("we", "answer", "") == 40
    assert closeness("asr", "answer", "") == 10
    assert closeness("rep", "weekly", "Weekly report") == 30
    assert closeness("zz", "weekly", "") == 0
