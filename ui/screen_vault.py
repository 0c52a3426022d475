"""Every page and state of the vault, with invented content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed
from engine.contract.vault import LockReason, VaultState, VaultStatus
from engine.contract.vault_commands import ListTrash, OpenVault, VerifyVault
from engine.contract.vault_events import (
    TrashListed,
    VaultProgressed,
    VaultStatusChanged,
    VaultWiped,
)
from ui import screen_content as content
from ui import screen_sheets
from ui import screen_vault_content as vault_content
from ui.screen_sheets import open_settings
from ui.screen_stage import Stage, settle
from ui.settings.settings_window import SettingsWindow
from ui.vault.storage_page import StoragePage
from ui.vault.trash_window import TrashWindow

Builder = Callable[[Stage], QWidget]


def _closed(status: VaultStatus, reason: LockReason | None = None) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = stage.open(vault=status)
        if reason is not None:
            stage.play(VaultStatusChanged(status=status, reason=reason))
        settle()
        return window

    return build


def _wrong(stage: Stage) -> QWidget:
    window = stage.open(vault=vault_content.LOCKED)
    form = window.vault.curtain.lock_screen.form
    form.field.edit.setText("not the one")
    form.submit()
    error = ErrorReport(
        kind="wrong_key", message="That passphrase does not open it. Nothing was changed."
    )
    stage.play(
        VaultStatusChanged(status=replace(vault_content.LOCKED, retry_after_s=8.0)),
        CommandFailed(job_id=stage.port.job_of(OpenVault), error=error),
    )
    return window


def _recovery(stage: Stage) -> QWidget:
    window = stage.open(vault=vault_content.LOCKED)
    window.vault.curtain.lock_screen.form.ask_for_recovery(True)
    settle()
    return window


def _failed(stage: Stage) -> QWidget:
    window = stage.open(vault=vault_content.LOCKED)
    window.session.vault.status = None
    window.session.vault.open()
    error = ErrorReport(
        kind="vault_read_only",
        message="The vault's folder cannot be written. Nothing was changed.",
        action="Make room or give back the right to write there, then try again.",
    )
    stage.play(CommandFailed(job_id=stage.port.job_of(OpenVault), error=error))
    return window


def _wiped(stage: Stage) -> QWidget:
    window = stage.open(vault=vault_content.WITH_ALL)
    stage.play(VaultWiped(), VaultStatusChanged(status=VaultStatus(state=VaultState.LOCKED)))
    return window


def _private(stage: Stage) -> QWidget:
    return stage.open(vault=VaultStatus(state=VaultState.PRIVATE))


def _filling(stage: Stage) -> QWidget:
    window = stage.open()
    job = stage.port.job_of(OpenVault)
    for share in (0.05, 0.42):
        stage.play(VaultProgressed(job_id=job, stage="Reading vectors", share_ratio=share))
        settle(0.35)
    return window


def _page(
    section: str, vault: VaultStatus = vault_content.WITH_ALL, *, is_bottom: bool = False
) -> Builder:
    def build(stage: Stage) -> QWidget:
        settings = open_settings(stage, section, vault)
        if is_bottom:
            _scroll_down(settings)
        return settings

    return build


def _damaged(stage: Stage) -> QWidget:
    settings = open_settings(stage, "storage")
    stage.port.answer_with(VerifyVault, vault_content.damage())
    page = settings.forms["storage"]
    assert isinstance(page, StoragePage)
    page.verify_button.click()
    settle()
    _scroll_down(settings)
    return settings


def _scroll_down(settings: SettingsWindow) -> None:
    settings.scroll_bar().setValue(settings.scroll_bar().maximum())
    settle()


def _trash_of(stage: Stage, number: int = 9) -> TrashWindow:
    listed = TrashListed(items=vault_content.trash(number))
    answers = vault_content.answers((ListTrash, listed))
    window = stage.open(vault=vault_content.WITH_ALL, answers=answers)
    window.actions_by_key["trash"].trigger()
    settle()
    trash = window.window_named("trash")
    assert isinstance(trash, TrashWindow)
    return trash


def _trash_full(stage: Stage) -> QWidget:
    trash = _trash_of(stage)
    trash.list.setCurrentIndex(trash.model.index(1, 0))
    settle()
    return trash


def _trash_empty(stage: Stage) -> QWidget:
    return _trash_of(stage, 0)


def _trash_nothing(stage: Stage) -> QWidget:
    trash = _trash_of(stage)
    trash.filter.setText("zebra")
    settle()
    return trash


def _trash_forget(stage: Stage) -> QWidget:
    trash = _trash_of(stage)
    trash.list.setCurrentIndex(trash.model.index(0, 0))
    trash.forget.click()
    settle()
    return trash


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each."""
    missing = VaultStatus(state=VaultState.KEY_MISSING, has_recovery_key=True)
    unreadable = VaultStatus(state=VaultState.KEYCHAIN_UNREADABLE, has_recovery_key=True)
    keychain = VaultStatus(state=VaultState.LOCKED, has_keychain_key=True)
    private = VaultStatus(state=VaultState.PRIVATE)
    return [
        ("lock-passphrase", _closed(vault_content.LOCKED, LockReason.IDLE)),
        ("lock-keychain", _closed(keychain, LockReason.ASKED)),
        ("lock-wrong", _wrong),
        ("lock-recovery", _recovery),
        ("lock-key-missing", _closed(missing)),
        ("lock-keychain-unreadable", _closed(unreadable)),
        ("lock-damaged", _closed(VaultStatus(state=VaultState.DAMAGED))),
        ("lock-newer", _closed(VaultStatus(state=VaultState.NEWER))),
        ("lock-busy", _closed(VaultStatus(state=VaultState.BUSY))),
        ("lock-failed", _failed),
        ("lock-forgotten", _wiped),
        ("private-session", _private),
        ("reading-vectors", _filling),
        ("privacy", _page("privacy")),
        ("privacy-bottom", _page("privacy", is_bottom=True)),
        ("privacy-keychain", _page("privacy", content.UNLOCKED)),
        ("privacy-private-session", _page("privacy", private)),
        ("storage", _page("storage")),
        ("storage-damaged", _damaged),
        ("backups", _page("backups")),
        *screen_sheets.screens(),
        ("trash", _trash_full),
        ("trash-empty", _trash_empty),
        ("trash-nothing-found", _trash_nothing),
        ("trash-forget", _trash_forget),
    ]
