from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from engine.contract.errors import ErrorReport
from engine.contract.vault import VaultState, VaultStatus
from engine.contract.vault_commands import ApplyRestore, OpenVault, PlanRestore, SetPassphrase
from engine.contract.vault_events import VaultOpened, VaultProgressed, VaultStatusChanged
from tests.helpers.fake_vault import RECOVERY_KEY, backup
from ui import text_lock, text_vault
from ui.vault.passphrase_sheet import PassphraseSheet
from ui.vault.restore_sheet import RestoreSheet


@pytest.fixture
def locked(open_fake_window, engine, qtbot):
    """Opens a window over a vault that a passphrase opens."""
    engine.vault.lock_with("correct horse")
    engine.vault.status = replace(engine.vault.status, has_recovery_key=True)
    window = open_fake_window()
    window.activateWindow()
    qtbot.waitUntil(window.vault.curtain.is_down)
    qtbot.waitUntil(lambda: not window.session.vault.is_opening)
    return window


@pytest.fixture
def screen(locked):
    return locked.vault.curtain.lock_screen


def closed_window(open_fake_window, engine, qtbot, state, **more):
    error = ErrorReport(kind=state.value, message="So it is.")
    engine.vault.refused = (VaultStatus(state=state, **more), error)
    window = open_fake_window()
    qtbot.waitUntil(window.vault.curtain.is_down)
    qtbot.waitUntil(lambda: not window.session.vault.is_opening)
    return window


@pytest.mark.feature("vault.unlock")
def test_the_passphrase_typed_and_return_open_the_vault(locked, screen, qtbot):
    """You type your passphrase, press Return, and your conversations are there."""
    qtbot.waitUntil(lambda: QApplication.focusWidget() is screen.form.field.edit)
    QTest.keyClicks(screen.form.field.edit, "correct horse")
    QTest.keyClick(screen.form.field.edit, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: locked.session.book.is_loaded)
    assert not locked.vault.curtain.is_down()
    assert screen.form.field.words() == ""
    qtbot.waitUntil(lambda: QApplication.focusWidget() is locked.page.composer.edit)


def test_the_field_hides_what_is_typed_until_asked(screen):
    field = screen.form.field
    assert field.edit.echoMode() == QLineEdit.EchoMode.Password
    field.eye.click()
    assert field.edit.echoMode() == QLineEdit.EchoMode.Normal
    assert field.eye.accessibleName() == text_vault.HIDE_SECRET
    field.clear()
    assert field.edit.echoMode() == QLineEdit.EchoMode.Password


@pytest.mark.feature("vault.wrong_passphrase")
def test_a_wrong_passphrase_says_so_and_makes_the_next_try_wait(locked, screen, engine, qtbot):
    """A wrong passphrase says so, harms nothing, and the next try has to wait a little."""
    engine.vault._wrong = 3
    screen.form.field.edit.setText("wrong")
    screen.form.submit()
    qtbot.waitUntil(lambda: "The next try is in 3 s." in screen.form.message.text())

    assert "does not open" in screen.form.message.text()
    assert not screen.form.button.isEnabled()
    assert locked.vault.curtain.is_down()
    assert screen.form.field.edit.selectedText()
    before = len(engine.sent(OpenVault))
    QTest.keyClick(screen.form.field.edit, Qt.Key.Key_Return)
    assert len(engine.sent(OpenVault)) == before


def test_the_wait_counts_down_and_ends(locked, screen, engine, qtbot):
    status = replace(engine.vault.status, retry_after_s=0.3)
    engine.publish(VaultStatusChanged(status=status))
    screen.form.field.edit.setText("correct horse")
    qtbot.waitUntil(lambda: locked.session.vault.retry_after_s() > 0)
    assert not screen.form.button.isEnabled()

    qtbot.waitUntil(screen.form.button.isEnabled)
    screen.form.submit()
    qtbot.waitUntil(lambda: locked.session.vault.is_open)


@pytest.mark.feature("vault.recovery_key")
def test_the_recovery_key_opens_it_too(locked, screen, engine, qtbot):
    """If the passphrase is lost, the recovery key opens the vault."""
    screen.form.other.click()
    assert screen.title() == text_vault.RECOVERY_KEY
    QTest.keyClicks(screen.form.field.edit, RECOVERY_KEY)
    QTest.keyClick(screen.form.field.edit, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: locked.session.vault.is_open)
    assert engine.sent(OpenVault)[-1].recovery_key == RECOVERY_KEY
    assert engine.sent(OpenVault)[-1].passphrase == ""


def test_esc_goes_back_from_the_recovery_key(screen):
    screen.form.ask_for_recovery(True)
    QTest.keyClick(screen.form, Qt.Key.Key_Escape)

    assert not screen.form.is_recovery
    assert screen.title() == text_lock.LOCKED


def test_everything_on_the_lock_screen_is_reached_by_tab(locked, screen):
    screen.form.field.edit.setText("something")
    screen.form.field.edit.setFocus()
    reached = []
    for _ in range(6):
        focus = QApplication.focusWidget()
        reached.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)

    assert {screen.form.field.edit, screen.form.field.eye, screen.form.button} <= set(reached)
    assert screen.form.other in reached
    assert all(locked.vault.curtain.lock_screen.isAncestorOf(widget) for widget in reached)


@pytest.mark.feature("vault.states")
@pytest.mark.parametrize(
    ("state", "buttons"),
    [
        (VaultState.KEY_MISSING, [text_vault.USE_RECOVERY_KEY, text_lock.TRY_AGAIN]),
        (VaultState.KEYCHAIN_UNREADABLE, [text_lock.TRY_AGAIN, text_vault.USE_RECOVERY_KEY]),
        (VaultState.DAMAGED, [text_vault.RESTORE_LAST, text_lock.TRY_AGAIN]),
        (VaultState.NEWER, [text_lock.TRY_AGAIN, text_lock.QUIT]),
        (VaultState.BUSY, [text_lock.TRY_AGAIN, text_lock.QUIT]),
    ],
)
def test_each_state_has_a_page_that_says_what_is_safe(
    state, buttons, open_fake_window, engine, qtbot
):
    """If the vault cannot be opened, one calm page says what happened and what you can do."""
    window = closed_window(open_fake_window, engine, qtbot, state, has_recovery_key=True)
    screen = window.vault.curtain.lock_screen

    assert screen.title() == text_lock.state_title(state)
    assert screen.detail() == text_lock.state_detail(engine.vault.status, None)
    assert [button.text() for button in screen.buttons] == buttons
    assert not screen.form.isVisible()
    assert window.page.banner.message() == ""


def test_trying_again_opens_what_answers_again(open_fake_window, engine, qtbot):
    window = closed_window(open_fake_window, engine, qtbot, VaultState.KEYCHAIN_UNREADABLE)
    engine.vault.refused = None
    window.vault.curtain.lock_screen.buttons[0].click()

    qtbot.waitUntil(lambda: window.session.vault.is_open)
    assert not window.vault.curtain.is_down()


def test_a_missing_key_is_made_up_for_by_the_recovery_key(open_fake_window, engine, qtbot):
    state = VaultState.KEY_MISSING
    window = closed_window(open_fake_window, engine, qtbot, state, has_recovery_key=True)
    engine.vault.refused = None
    screen = window.vault.curtain.lock_screen
    screen.buttons[0].click()
    assert screen.form.isVisible()
    assert not screen.buttons
    screen.form.field.edit.setText(RECOVERY_KEY)
    screen.form.submit()

    qtbot.waitUntil(lambda: window.session.vault.is_open)


def test_an_error_without_a_state_is_shown_with_its_way_out(open_fake_window, engine, qtbot):
    error = ErrorReport(kind="vault_read_only", message="It cannot be written.", action="Mend it.")
    engine.vault.status = None
    engine.vault.carry_out = lambda _job, command: error if isinstance(command, OpenVault) else None
    window = open_fake_window()
    qtbot.waitUntil(window.vault.curtain.is_down)

    assert window.vault.curtain.lock_screen.detail() == "It cannot be written. Mend it."


@pytest.mark.feature("vault.restore_last_good")
def test_a_damaged_vault_offers_the_last_good_backup_with_its_plan(open_fake_window, engine, qtbot):
    """If the vault is damaged, the last good backup is one click away, its plan shown first."""
    window = closed_window(open_fake_window, engine, qtbot, VaultState.DAMAGED)
    engine.vault.backups = [backup(1, is_verified=False), backup(2)]
    window.vault.curtain.lock_screen.buttons[0].click()
    qtbot.waitUntil(lambda: bool(window.findChildren(RestoreSheet)))
    (sheet,) = window.findChildren(RestoreSheet)
    qtbot.waitUntil(lambda: bool(sheet.lines))
    assert engine.sent(PlanRestore)[0].path == "backup-2.sealed"
    assert not engine.sent(ApplyRestore)
    engine.vault.refused = None
    sheet.action.click()

    qtbot.waitUntil(lambda: window.session.vault.is_open)


def test_no_good_backup_is_said(open_fake_window, engine, qtbot):
    window = closed_window(open_fake_window, engine, qtbot, VaultState.DAMAGED)
    engine.vault.backups = []
    screen = window.vault.curtain.lock_screen
    screen.buttons[0].click()

    qtbot.waitUntil(lambda: screen._note.text() == text_lock.NO_GOOD_BACKUP)


@pytest.mark.feature("vault.private_session")
def test_a_private_session_says_that_nothing_is_kept_and_offers_a_passphrase(
    open_fake_window, engine, qtbot
):
    """Without a keychain you can begin at once; a banner says nothing is kept, and how to."""
    engine.vault.status = VaultStatus(state=VaultState.PRIVATE)
    window = open_fake_window()
    # It is open already; a fresh engine would tell VaultOpened.
    qtbot.waitUntil(window.vault.banner.isVisible)
    assert window.top_bar.shield.words() == text_lock.SHIELD_PRIVATE
    assert not window.actions_by_key["lock"].isEnabled()
    assert not window.session.vault.lock()

    window.vault.banner.action.click()
    (sheet,) = window.findChildren(PassphraseSheet)
    sheet.new.first.edit.setText("correct horse")
    sheet.new.second.edit.setText("correct horse")
    sheet.action.click()

    qtbot.waitUntil(lambda: not window.vault.banner.isVisible())
    assert engine.sent(SetPassphrase)[0].new == "correct horse"
    assert window.top_bar.shield.words() == text_lock.SHIELD_OPEN


def test_the_banner_can_be_put_away_and_the_shield_goes_on_saying_it(
    open_fake_window, engine, qtbot
):
    engine.vault.status = VaultStatus(state=VaultState.PRIVATE)
    window = open_fake_window()
    qtbot.waitUntil(window.vault.banner.isVisible)
    window.vault.banner.close_button.click()

    assert not window.vault.banner.isVisible()
    assert window.top_bar.shield.words() == text_lock.SHIELD_PRIVATE


@pytest.mark.feature("vault.shield")
def test_the_shield_says_what_holds_now(window, engine, qtbot):
    """The shield says truthfully where your words are kept and what opens them."""
    shield = window.top_bar.shield
    assert shield.words() == text_lock.SHIELD_OPEN
    assert "keychain" in shield.accessibleDescription()
    status = replace(engine.vault.status, has_passphrase=True)
    engine.publish(VaultOpened(status=status, is_new=False, open_ms=1.0))

    qtbot.waitUntil(lambda: "passphrase" in shield.accessibleDescription())
    assert "in memory" not in text_lock.shield_more(status).lower()


@pytest.mark.feature("vault.filling")
def test_long_work_after_unlocking_is_told_beside_the_page(locked, screen, engine, qtbot):
    """While many vectors are read after unlocking, you see how far it is and go on working."""
    screen.form.field.edit.setText("correct horse")
    screen.form.submit()
    desk, shield = locked.session.vault, locked.top_bar.shield
    qtbot.waitUntil(lambda: desk.is_open)
    job = desk._opening.last_job_id
    engine.publish(VaultProgressed(job_id=job, stage="Reading vectors", share_ratio=0.1))
    qtbot.waitUntil(lambda: desk._filling_since is not None)
    assert shield.words() == text_lock.SHIELD_OPEN
    desk._filling_since -= 1
    engine.publish(VaultProgressed(job_id=job, stage="Reading vectors", share_ratio=0.42))
    qtbot.waitUntil(lambda: shield.words() == "Reading vectors 42 %")
    assert not locked.vault.curtain.is_down()

    engine.publish(VaultProgressed(job_id=job, stage="Reading vectors", share_ratio=1.0))
    qtbot.waitUntil(lambda: shield.words() == text_lock.SHIELD_OPEN)
