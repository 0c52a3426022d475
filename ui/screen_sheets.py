"""Every sheet of the vault, before the page it belongs to."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from engine.contract.vault import VaultStatus
from engine.contract.vault_commands import RotateKey
from engine.contract.vault_events import VaultProgressed
from ui import screen_content as content
from ui import screen_vault_content as vault_content
from ui.screen_stage import Stage, settle
from ui.settings.settings_window import SettingsWindow
from ui.vault.backups_page import BackupsPage
from ui.vault.passphrase_sheet import PassphraseSheet
from ui.vault.privacy_page import PrivacyPage
from ui.vault.sheet import Sheet
from ui.vault.wipe_sheet import WipeSheet

Builder = Callable[[Stage], QWidget]


def open_settings(
    stage: Stage, section: str, vault: VaultStatus = vault_content.WITH_ALL
) -> SettingsWindow:
    """The settings window with this page on screen."""
    window = stage.open(vault=vault, answers=vault_content.answers())
    window.preferences.open_settings()
    settings = window.window_named("settings")
    assert isinstance(settings, SettingsWindow)
    settings.show_section(section)
    # Its figures come a moment after the page, and make room for themselves.
    settle(0.3)
    return settings


def _privacy(
    stage: Stage, vault: VaultStatus = vault_content.WITH_ALL
) -> tuple[SettingsWindow, PrivacyPage]:
    settings = open_settings(stage, "privacy", vault)
    page = settings.forms["privacy"]
    assert isinstance(page, PrivacyPage)
    return settings, page


def _backups(stage: Stage) -> tuple[SettingsWindow, BackupsPage]:
    settings = open_settings(stage, "backups")
    page = settings.forms["backups"]
    assert isinstance(page, BackupsPage)
    return settings, page


def _sheet_of(owner: QWidget) -> Sheet:
    settle()
    return next(sheet for sheet in owner.findChildren(Sheet) if sheet.isVisible())


def _passphrase(stage: Stage) -> QWidget:
    settings, page = _privacy(stage)
    page.set_button.click()
    settle()
    return settings


def _passphrase_typed(stage: Stage) -> QWidget:
    settings, page = _privacy(stage, content.UNLOCKED)
    page.set_button.click()
    sheet = _sheet_of(settings)
    assert isinstance(sheet, PassphraseSheet)
    sheet.new.first.edit.setText("lantern orbit maple")
    sheet.new.second.edit.setText("lantern orbif")
    settle()
    return settings


def _passphrase_remove(stage: Stage) -> QWidget:
    settings, page = _privacy(stage)
    page.remove_button.click()
    settle()
    return settings


def _recovery(stage: Stage) -> QWidget:
    settings, page = _privacy(stage)
    page.recovery_button.click()
    settle()
    return settings


def _recovery_made(stage: Stage) -> QWidget:
    settings, page = _privacy(stage)
    page.recovery_button.click()
    _sheet_of(settings).action.click()
    settle()
    return settings


def _rotating(stage: Stage) -> QWidget:
    settings, page = _privacy(stage, content.UNLOCKED)
    page.rotate_button.click()
    _sheet_of(settings).action.click()
    job = stage.port.job_of(RotateKey)
    stage.play(VaultProgressed(job_id=job, stage="Encrypting under the new key", share_ratio=0.42))
    return settings


def _wipe_typed(stage: Stage) -> QWidget:
    settings, page = _privacy(stage)
    page.wipe_button.click()
    sheet = _sheet_of(settings)
    assert isinstance(sheet, WipeSheet)
    sheet.confirmation.setText("forget everything")
    settle()
    return settings


def _restore_plan(stage: Stage) -> QWidget:
    settings, page = _backups(stage)
    page.cards[1].restore.click()
    settle()
    return settings


def _restore_file(stage: Stage) -> QWidget:
    settings, page = _backups(stage)
    page.restore_from("/somewhere/Shvayambhu export.vault")
    settle()
    return settings


def _export(stage: Stage) -> QWidget:
    settings, page = _backups(stage)
    page.export_button.click()
    settle()
    return settings


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each."""
    return [
        ("sheet-passphrase", _passphrase),
        ("sheet-passphrase-typed", _passphrase_typed),
        ("sheet-passphrase-remove", _passphrase_remove),
        ("sheet-recovery", _recovery),
        ("sheet-recovery-made", _recovery_made),
        ("sheet-rotate", _rotating),
        ("sheet-wipe", _wipe_typed),
        ("sheet-restore-plan", _restore_plan),
        ("sheet-restore-file", _restore_file),
        ("sheet-export", _export),
    ]
