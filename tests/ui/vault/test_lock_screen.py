from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit

from engine.contract import commands
from engine.contract.events import ConversationsListed
from engine.contract.settings import GenerationSettings, InterfaceSettings, Settings
from engine.contract.vault import LockReason
from engine.contract.vault_commands import KeepDraft, LockVault
from engine.contract.vault_events import VaultStatusChanged
from ui import text, text_lock
from ui.actions import ALWAYS_THERE
from ui.chat.highlight import code_colours

SECRET = "zanzibar"
ANSWER = f"Yes.\n\n```python\n{SECRET}_code = 1\n```\n"


@pytest.fixture
def lived_in(open_fake_window, engine, qtbot):
    """A window with the secret in every place a user can bring it to."""
    engine.answers = [ANSWER]
    settings = Settings(
        interface=InterfaceSettings(theme="light", is_motion_reduced=True),
        generation=GenerationSettings(system_prompt=f"You know {SECRET}."),
    )
    window = open_fake_window(settings)
    qtbot.waitUntil(lambda: window.session.models.loaded is not None)
    qtbot.waitUntil(lambda: window.session.book.is_loaded)
    window.page.composer.send(f"Tell me about {SECRET}.")
    qtbot.waitUntil(lambda: SECRET in window.page.last_answer())
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    qtbot.waitUntil(lambda: code_colours().is_idle())
    window.preferences.open_settings()
    window.actions_by_key["trash"].trigger()
    window.search.page.field.setText(SECRET)
    window.page.composer.set_draft(f"More about {SECRET}, please.")
    assert SECRET in everything_held(window)
    return window


def everything_held(window):
    """All words in widgets, models, accessibility tree and titles, shown or not."""
    words = []
    for widget in QApplication.allWidgets():
        words += [widget.windowTitle(), widget.toolTip(), widget.accessibleName()]
        words += [widget.accessibleDescription()]
        if isinstance(widget, (QLabel, QLineEdit)):
            words.append(widget.text())
        if isinstance(widget, QPlainTextEdit):
            words.append(widget.toPlainText())
    for model in (window.page.messages, window.sidebar.model):
        for row in range(model.rowCount()):
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
                words.append(str(model.index(row, 0).data(role)))
    words += spoken(QAccessible.queryAccessibleInterface(window))
    words += [repr(window.session.book.entries), repr(window.session.desk.__dict__)]
    words += [repr(window.session.desk.drafts.__dict__), repr(window.session.settings.value)]
    words += [repr(window.page.view.delegate._layouts), repr(code_colours()._results)]
    return "\n".join(words)


def spoken(interface):
    words = [interface.text(part) for part in QAccessible.Text if part.value < 4]
    for number in range(interface.childCount()):
        child = interface.child(number)
        if child is not None and child.isValid():
            words += spoken(child)
    return words


def lock(window, qtbot):
    window.actions_by_key["lock"].trigger()
    qtbot.waitUntil(lambda: not window.session.vault.is_open)
    qtbot.waitUntil(lambda: not window.session.vault.is_locking)


@pytest.mark.feature("vault.lock_screen")
def test_a_locked_window_holds_not_a_word(lived_in, qtbot):
    """A locked window shows nothing of what you wrote, not even to a screen reader."""
    lock(lived_in, qtbot)
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, 52)  # what is to be deleted is gone

    assert lived_in.vault.curtain.is_down()
    assert SECRET not in everything_held(lived_in)
    assert lived_in.windowTitle() == text.APP
    assert not lived_in.page.composer.edit.document().isUndoAvailable()
    assert not lived_in.search.page.field.isUndoAvailable()
    for name in ("settings", "trash"):
        assert lived_in.window_named(name) is None


@pytest.mark.feature("vault.lock_now")
def test_the_shortcut_locks_at_once(window, engine, qtbot):
    """Ctrl+Shift+L locks at once, before the engine has even answered."""
    engine.submit(commands.ListModels())
    QTest.keyClick(
        window,
        Qt.Key.Key_L,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )

    assert window.vault.curtain.is_down()
    assert engine.sent(LockVault)[0].reason is LockReason.ASKED
    qtbot.waitUntil(lambda: not window.session.vault.is_locking)


def test_no_menu_reaches_the_content_of_a_locked_window(lived_in, qtbot):
    lock(lived_in, qtbot)

    able = {key for key, action in lived_in.actions_by_key.items() if action.isEnabled()}
    assert able <= ALWAYS_THERE
    assert {"quit", "paste", "about"} <= able


def test_the_clipboard_is_left_as_it_was(lived_in, qtbot):
    QGuiApplication.clipboard().setText("copied before")
    lock(lived_in, qtbot)

    assert QGuiApplication.clipboard().text() == "copied before"


@pytest.mark.feature("vault.unlock_again")
def test_everything_is_back_after_unlocking(lived_in, engine, qtbot):
    """After unlocking, conversation, draft and settings are where you left them."""
    shown = lived_in.session.desk.current_id
    lock(lived_in, qtbot)
    assert engine.vault.drafts[shown] == f"More about {SECRET}, please."

    lived_in.vault.curtain.lock_screen.form.submit()
    qtbot.waitUntil(lambda: lived_in.session.desk.current_id == shown)

    assert not lived_in.vault.curtain.is_down()
    assert SECRET in lived_in.page.last_answer()
    assert lived_in.page.composer.draft() == f"More about {SECRET}, please."
    assert SECRET in lived_in.session.settings.value.generation.system_prompt
    assert SECRET in lived_in.windowTitle()


def test_conversations_are_asked_for_anew_after_each_opening(window, engine, qtbot):
    before = len(engine.sent(commands.ListConversations))
    lock(window, qtbot)
    assert not window.session.book.is_loaded

    window.vault.curtain.lock_screen.form.submit()
    qtbot.waitUntil(lambda: window.session.book.is_loaded)
    assert len(engine.sent(commands.ListConversations)) == before + 1


def test_a_change_before_the_vaults_settings_are_known_overwrites_none(lived_in, engine, qtbot):
    lock(lived_in, qtbot)
    settings = lived_in.session.settings
    settings.change("interface", "reading_size_px", 19)
    assert not engine.sent(commands.ChangeSettings)

    lived_in.vault.curtain.lock_screen.form.submit()
    qtbot.waitUntil(lambda: settings.value.interface.reading_size_px == 19)
    assert SECRET in settings.value.generation.system_prompt


def test_words_of_a_failed_question_stay_hidden_while_locked(window, engine, qtbot):
    """An answer that the lock breaks off must not bring its question back onto the lock screen."""
    engine.hold.clear()
    window.page.composer.send(f"About {SECRET}")
    qtbot.waitUntil(lambda: bool(engine.sent(commands.SendMessage)))
    engine.publish(
        VaultStatusChanged(status=engine.vault.status, reason=LockReason.SLEEP)
    )  # still open: nothing changes
    window.actions_by_key["lock"].trigger()
    engine.hold.set()
    qtbot.waitUntil(lambda: not window.session.vault.is_open)

    assert window.page.banner.message() == ""
    assert SECRET not in window.page.composer.draft()


def test_what_arrives_late_is_not_shown_behind_the_lock(lived_in, engine, qtbot):
    conversations = tuple(engine.conversations.values())
    lock(lived_in, qtbot)
    engine.publish(ConversationsListed(conversations=conversations))
    with qtbot.waitSignal(lived_in.session.bridge.event_received):
        engine.publish(ConversationsListed(conversations=conversations))

    assert SECRET not in everything_held(lived_in)


def test_the_lock_screen_says_why(window, qtbot):
    window.session.vault.lock(LockReason.IDLE)
    qtbot.waitUntil(lambda: not window.session.vault.is_locking)

    screen = window.vault.curtain.lock_screen
    assert screen.title() == text_lock.LOCKED
    assert "nobody was there" in screen.detail()


def test_closing_the_window_keeps_what_is_typed(window, engine, qtbot):
    window.page.composer.set_draft("not sent yet")
    window.close()

    qtbot.waitUntil(lambda: bool(engine.sent(KeepDraft)))
    assert engine.sent(KeepDraft)[0].text == "not sent yet"
