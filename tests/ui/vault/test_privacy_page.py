from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from engine.contract.vault_commands import (
    LockVault,
    MakeRecoveryKey,
    RotateKey,
    SetPassphrase,
    WipeVault,
)
from tests.helpers.fake_vault import RECOVERY_KEY
from ui import text_lock, text_vault
from ui.vault.key_paper import print_key
from ui.vault.sheet import Sheet

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def settings(window):
    window.preferences.open_settings()
    shown = window.window_named("settings")
    shown.show_section("privacy")
    return shown


@pytest.fixture
def page(settings):
    return settings.forms["privacy"]


def sheet_of(settings):
    return next(sheet for sheet in settings.findChildren(Sheet) if sheet.isVisible())


def type_new(sheet, words, again=None):
    sheet.new.first.edit.setText(words)
    sheet.new.second.edit.setText(words if again is None else again)


@pytest.mark.feature("privacy.passphrase")
def test_a_passphrase_is_set_after_it_was_typed_twice(page, settings, engine, qtbot):
    """You set a passphrase, typed twice, with a word on how strong it is."""
    assert page.passphrase.words() == text_vault.PASSPHRASE_NONE
    page.set_button.click()
    sheet = sheet_of(settings)
    assert not sheet.old.isVisible()
    type_new(sheet, "short")
    assert sheet.new.hint.text() == text_vault.STRENGTH_SHORT
    assert not sheet.action.isEnabled()
    type_new(sheet, "lantern orbit maple thunder", "lantern orbit maple thunders")
    assert sheet.new.hint.text() == text_vault.DIFFERENT
    assert not sheet.action.isEnabled()
    type_new(sheet, "lantern orbit maple thunder")
    sheet.action.click()

    qtbot.waitUntil(lambda: page.passphrase.words() == text_vault.PASSPHRASE_SET)
    assert engine.sent(SetPassphrase) == [SetPassphrase(old="", new="lantern orbit maple thunder")]
    qtbot.waitUntil(lambda: sheet.is_done)
    assert sheet.new.words() == ""


@pytest.mark.feature("privacy.passphrase_change")
def test_a_wrong_old_passphrase_changes_nothing_and_keeps_what_was_typed(
    page, settings, engine, qtbot
):
    """You change the passphrase only with the one that holds; a wrong one says so."""
    engine.vault.passphrase = "the old one"
    engine.vault.tell(has_passphrase=True)
    qtbot.waitUntil(page.remove_button.isVisible)
    page.set_button.click()
    sheet = sheet_of(settings)
    sheet.old.edit.setText("not the old one")
    type_new(sheet, "a better passphrase")
    sheet.action.click()
    qtbot.waitUntil(lambda: "does not open" in sheet.said())
    assert sheet.new.words() == "a better passphrase"

    sheet.old.edit.setText("the old one")
    sheet.action.click()
    qtbot.waitUntil(lambda: engine.vault.passphrase == "a better passphrase")


def test_removing_the_passphrase_asks_for_it(page, settings, engine, qtbot):
    engine.vault.passphrase = "the old one"
    engine.vault.tell(has_passphrase=True)
    qtbot.waitUntil(page.remove_button.isVisible)
    page.remove_button.click()
    sheet = sheet_of(settings)
    assert not sheet.new.isVisible()
    assert not sheet.action.isEnabled()
    sheet.old.edit.setText("the old one")
    sheet.action.click()

    qtbot.waitUntil(lambda: page.passphrase.words() == text_vault.PASSPHRASE_NONE)
    assert engine.vault.passphrase == ""


@pytest.mark.feature("privacy.recovery_key")
def test_the_recovery_key_is_shown_once_and_left_only_when_written_down(
    page, settings, engine, qtbot
):
    """You make a recovery key; it is shown once, and not lost by a slip of the hand."""
    page.recovery_button.click()
    sheet = sheet_of(settings)
    assert not sheet.key.isVisible()
    sheet.action.click()
    qtbot.waitUntil(sheet.key.isVisible)
    assert sheet.key.text().replace("\n", "-") == RECOVERY_KEY

    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.isVisible()
    assert not sheet.leave.isEnabled()
    QTest.keyClick(sheet.confirmed, Qt.Key.Key_Space)
    sheet.leave.click()
    assert not sheet.isVisible()
    assert sheet.key.text() == ""
    assert len(engine.sent(MakeRecoveryKey)) == 1
    qtbot.waitUntil(lambda: page.recovery.words() == text_vault.RECOVERY_MADE)


def test_the_recovery_key_can_be_copied_saved_and_printed(page, settings, qtbot, tmp_path):
    page.recovery_button.click()
    sheet = sheet_of(settings)
    sheet.action.click()
    qtbot.waitUntil(sheet.key.isVisible)
    sheet.copy.click()
    assert QGuiApplication.clipboard().text() == RECOVERY_KEY

    sheet.save.click()
    dialog = next(d for d in sheet.findChildren(QFileDialog) if d.isVisible())
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "key.txt"))
    dialog.accept()
    qtbot.waitUntil(lambda: sheet.said() == text_vault.RECOVERY_SAVED)
    written = tmp_path / "key.txt"
    assert RECOVERY_KEY in written.read_text()
    assert written.stat().st_mode & 0o077 == 0

    printer = QPrinter()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "key.pdf"))
    print_key(printer, RECOVERY_KEY)
    assert (tmp_path / "key.pdf").read_bytes().startswith(b"%PDF")
    sheet.confirmed.click()


def test_a_key_that_cannot_be_written_says_so(page, settings, qtbot):
    page.recovery_button.click()
    sheet = sheet_of(settings)
    sheet.action.click()
    qtbot.waitUntil(sheet.key.isVisible)
    sheet._save(str(Path("/nowhere/at/all/key.txt")))

    assert sheet.said() == text_vault.RECOVERY_NOT_SAVED
    sheet.confirmed.click()


@pytest.mark.feature("privacy.rotate_key")
def test_changing_the_key_shows_how_far_it_is_and_cannot_be_left_midway(
    page, settings, engine, qtbot
):
    """You put the vault under a new key and see how far the work is."""
    engine.vault.stages = ("Encrypting under the new key",)
    engine.vault.hold.clear()
    page.rotate_button.click()
    sheet = sheet_of(settings)
    sheet.action.click()
    qtbot.waitUntil(lambda: sheet._stage.text() == "Encrypting under the new key · 50 %")
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert sheet.isVisible()

    engine.vault.hold.set()
    qtbot.waitUntil(lambda: sheet.said() == text_vault.ROTATED)
    assert len(engine.sent(RotateKey)) == 1


@pytest.mark.feature("privacy.wipe")
def test_everything_is_forgotten_only_after_it_was_typed(page, settings, window, engine, qtbot):
    """You forget everything only by typing it; then nothing of yours is left on screen."""
    page.wipe_button.click()
    sheet = sheet_of(settings)
    for words in ("", "forget", "forget everythin"):
        sheet.confirmation.setText(words)
        assert not sheet.action.isEnabled()
        sheet.act()
    assert not engine.sent(WipeVault)
    sheet.confirmation.setText("Forget everything")
    sheet.action.click()

    screen = window.vault.curtain.lock_screen
    qtbot.waitUntil(lambda: screen.title() == text_lock.FORGOTTEN)
    assert engine.sent(WipeVault) == [WipeVault(confirmation="forget everything")]
    assert window.window_named("settings") is None
    assert not window.session.book.entries
    screen.buttons[0].click()
    qtbot.waitUntil(lambda: not window.vault.curtain.is_down())


def test_backups_can_be_left_where_they_are(page, settings, engine, qtbot):
    page.wipe_button.click()
    sheet = sheet_of(settings)
    sheet.backups.click()
    sheet.confirmation.setText("forget everything")
    sheet.action.click()

    qtbot.waitUntil(lambda: bool(engine.sent(WipeVault)))
    assert not engine.sent(WipeVault)[0].are_backups_included


@pytest.mark.feature("privacy.lock_settings")
def test_the_settings_of_the_lock_stand_beside_the_passphrase(page, window, qtbot):
    """You choose when it locks by itself: after idleness, on sleep, with the screen."""
    assert list(page.rows) == ["lock_after_min", "is_locked_on_sleep", "is_locked_with_screen"]
    page.rows["lock_after_min"].field.box.setValue(5)

    qtbot.waitUntil(lambda: window.session.settings.value.storage.lock_after_min == 5)


def test_lock_now_is_on_the_page_too(page, window, engine, qtbot):
    page.lock_button.click()

    assert window.vault.curtain.is_down()
    qtbot.waitUntil(lambda: len(engine.sent(LockVault)) == 1)


def test_search_finds_what_the_pages_offer(settings):
    settings.search.setText("recovery")
    assert settings.forms["privacy"].recovery.isVisible()
    assert not settings.forms["privacy"].locking.isVisible()
    assert not settings.forms["generation"].isVisible()
    settings.search.setText("trash")
    assert settings.forms["storage"].rows["trash_days"].isVisible()


def test_a_sheet_forgets_what_was_typed_when_the_window_locks(page, settings, window, qtbot):
    page.set_button.click()
    sheet = sheet_of(settings)
    type_new(sheet, "typed but not used")
    window.session.vault.lock()

    assert not sheet.isVisible()
    qtbot.waitUntil(lambda: not window.session.vault.is_open)


def test_what_is_typed_is_in_no_repr():
    command = SetPassphrase(old="old secret", new="new secret")

    assert "secret" not in repr(command)
    assert "secret" not in repr(replace(command, old=""))
