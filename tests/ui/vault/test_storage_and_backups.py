from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog

from engine.contract.errors import ErrorReport
from engine.contract.vault import Damage, RestoreCount, StorageUse
from engine.contract.vault_commands import (
    ApplyRestore,
    BackUpVault,
    CompactVault,
    ExportVault,
    PlanRestore,
)
from tests.helpers.fake_vault import backup
from ui import text_vault
from ui.vault.sheet import Sheet

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


def open_page(window, name):
    window.preferences.open_settings()
    settings = window.window_named("settings")
    settings.show_section(name)
    return settings.forms[name]


@pytest.fixture
def storage(window):
    return open_page(window, "storage")


@pytest.fixture
def backups(window, qtbot):
    page = open_page(window, "backups")
    qtbot.waitUntil(lambda: len(page.cards) == 2)
    return page


def sheet_of(page):
    return next(sheet for sheet in page.window().findChildren(Sheet) if sheet.isVisible())


@pytest.mark.feature("privacy.storage")
def test_room_is_shown_by_kind_with_what_was_saved(window, engine, qtbot):
    """You see what each kind of thing takes, beside plain files, and how much that saves."""
    engine.vault.uses = (
        StorageUse(kind="conversations", items=12, raw_bytes=4_000_000, stored_bytes=800_000),
        StorageUse(kind="full-text index", items=1, raw_bytes=0, stored_bytes=200_000),
        StorageUse(kind="documents", items=0, raw_bytes=0, stored_bytes=0),
    )
    page = open_page(window, "storage")
    qtbot.waitUntil(lambda: bool(page.table.lines))

    assert page.table.lines == [
        ("conversations", "12", "4.0 MB", "800 kB", "80 %"),
        ("full-text index", "1", "0", "200 kB", text_vault.NOT_MEASURED),
        (text_vault.TOTAL, "13", "4.0 MB", "1.0 MB", "75 %"),
    ]
    assert "80.0 GB free" in page.use.words()


def test_no_figure_is_shown_before_it_was_measured(window, engine, qtbot):
    engine.vault.fail_next = ErrorReport(kind="storage", message="Not now.")
    page = open_page(window, "storage")
    qtbot.waitUntil(lambda: engine.vault.fail_next is None)

    assert page.table.lines == []
    assert page.use.words() == text_vault.STORAGE_UNREAD


def test_a_vault_larger_than_plain_files_is_not_said_to_save():
    use = StorageUse(kind="memories", items=1, raw_bytes=1000, stored_bytes=1500)

    assert text_vault.saved_share((use,)) == "50 % more"


@pytest.mark.feature("privacy.verify")
def test_checking_says_what_was_checked(storage, qtbot):
    """You check every page, index, file and backup, and are told that all is whole."""
    storage.verify_button.click()

    qtbot.waitUntil(lambda: storage.care.said().startswith(text_vault.WHOLE))
    assert "1,200 pages" in storage.care.said()
    assert not storage.restore_button.isVisible()


def test_damage_is_named_and_the_last_good_backup_offered(storage, engine, qtbot):
    engine.vault.damages = (Damage(where="database", detail="Page 7 is not whole."),)
    storage.verify_button.click()
    qtbot.waitUntil(storage.restore_button.isVisible)
    storage.restore_button.click()
    sheet = sheet_of(storage)

    qtbot.waitUntil(lambda: bool(sheet.lines))
    assert engine.sent(PlanRestore)[0].path == "backup-1.sealed"


def test_tidying_up_says_what_it_gave_back(storage, engine, qtbot):
    storage.compact_button.click()

    qtbot.waitUntil(lambda: storage.care.said() == "Tidied up: 4.0 MB given back.")
    assert len(engine.sent(CompactVault)) == 1


@pytest.mark.feature("privacy.backups")
def test_backups_are_listed_and_made_by_hand(backups, engine, qtbot):
    """You see every backup and make one yourself; it is opened again to check it."""
    backups.now_button.click()

    qtbot.waitUntil(lambda: len(backups.cards) == 3)
    assert backups.backups.said() == "Backed up, opened again and checked: 12 MB."
    assert len(engine.sent(BackUpVault)) == 1


def test_a_backup_not_checked_is_marked_in_words(window, engine, qtbot):
    engine.vault.backups = [backup(1, is_verified=False)]
    page = open_page(window, "backups")
    qtbot.waitUntil(lambda: len(page.cards) == 1)

    assert text_vault.NOT_VERIFIED in page.cards[0].restore.accessibleName()


@pytest.mark.feature("privacy.restore")
def test_a_restore_shows_its_plan_before_anything_is_changed(backups, engine, window, qtbot):
    """A restore first tells in words and counts what it would do, and merges only then."""
    engine.vault.counts = (
        RestoreCount(kind="conversations", new=3, newer_in_backup=1, newer_here=2, same=40),
        RestoreCount(kind="memories", new=0, newer_in_backup=0, newer_here=0, same=7),
    )
    backups.cards[1].restore.click()
    sheet = sheet_of(backups)
    qtbot.waitUntil(lambda: len(sheet.lines) == 2)
    assert sheet.lines[0] == (
        "Conversations: 3 would be added, 1 replaced by later ones, the present ones kept as "
        "past, 2 later here and left alone, 40 the same."
    )
    assert not engine.sent(ApplyRestore)
    sheet.action.click()

    with qtbot.waitSignal(window.session.book.loaded):
        qtbot.waitUntil(lambda: sheet.is_done)
    assert sheet.said() == "Restored: 3 added, 1 replaced by later ones."


def test_a_restore_that_would_do_nothing_cannot_be_done(backups, engine, qtbot):
    engine.vault.counts = (
        RestoreCount(kind="conversations", new=0, newer_in_backup=0, newer_here=2, same=40),
    )
    backups.cards[0].restore.click()
    sheet = sheet_of(backups)

    qtbot.waitUntil(lambda: sheet.why.text() == text_vault.RESTORE_NOTHING)
    assert not sheet.action.isEnabled()


def test_a_file_from_elsewhere_asks_for_its_passphrase(backups, qtbot):
    backups.restore_from("/somewhere/export.vault")
    sheet = sheet_of(backups)
    sheet.secret.edit.setText("not the one")
    sheet.action.click()
    qtbot.waitUntil(lambda: "does not open" in sheet.said())
    sheet.secret.edit.setText("sealed with this")
    sheet.action.click()

    qtbot.waitUntil(lambda: bool(sheet.lines))
    assert sheet.secret.words() == ""


@pytest.mark.feature("privacy.export")
def test_everything_goes_into_one_sealed_file(backups, engine, qtbot, tmp_path):
    """You export everything into one file sealed with a passphrase of its own."""
    backups.export_button.click()
    sheet = sheet_of(backups)
    sheet.choose.click()
    dialog = next(d for d in sheet.findChildren(QFileDialog) if d.isVisible())
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "all.vault"))
    dialog.accept()
    assert not sheet.action.isEnabled()
    sheet.new.first.edit.setText("for this file only")
    sheet.new.second.edit.setText("for this file only")
    sheet.action.click()

    qtbot.waitUntil(lambda: sheet.said() == "Exported, opened again and checked: 3.0 MB.")
    (sent,) = engine.sent(ExportVault)
    assert sent == ExportVault(path=str(tmp_path / "all.vault"), passphrase="for this file only")


def test_an_export_that_fails_keeps_what_was_typed(backups, engine, qtbot, tmp_path):
    engine.vault.fail_next = ErrorReport(kind="vault_full", message="The disk is full.")
    backups.export_button.click()
    sheet = sheet_of(backups)
    sheet.put_at(str(tmp_path / "all.vault"))
    sheet.new.first.edit.setText("for this file only")
    sheet.new.second.edit.setText("for this file only")
    sheet.action.click()

    qtbot.waitUntil(lambda: sheet.said() == "The disk is full.")
    assert sheet.action.isEnabled()
    assert sheet.new.words() == "for this file only"


@pytest.mark.feature("vault.menu")
def test_the_menu_backs_up_and_exports(window, qtbot):
    """The menu locks, backs up, exports and opens the trash from anywhere."""
    window.actions_by_key["back_up"].trigger()
    qtbot.waitUntil(lambda: window.page.toast.words().startswith("Backed up"))
    window.actions_by_key["export"].trigger()

    assert any(sheet.isVisible() for sheet in window.findChildren(Sheet))


def test_a_backup_that_fails_from_the_menu_is_said_on_the_page(window, engine, qtbot):
    engine.vault.fail_next = ErrorReport(kind="vault_full", message="The disk is full.")
    window.actions_by_key["back_up"].trigger()

    qtbot.waitUntil(lambda: window.page.banner.message() == "The disk is full.")
