"""Every page and state of the vault, with invented content."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QWidget

from engine.contract.commands import Command
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, Event
from engine.contract.vault import (
    BackupCard,
    Damage,
    LockReason,
    RestoreCount,
    StorageUse,
    TrashItem,
    TrashKind,
    VaultState,
    VaultStatus,
)
from engine.contract.vault_commands import (
    InspectVault,
    ListBackups,
    ListTrash,
    MakeRecoveryKey,
    OpenVault,
    PlanRestore,
    RotateKey,
    VerifyVault,
)
from engine.contract.vault_events import (
    BackupsListed,
    RecoveryKeyMade,
    RestorePlanned,
    TrashListed,
    VaultInspected,
    VaultProgressed,
    VaultStatusChanged,
    VaultVerified,
    VaultWiped,
)
from ui import screen_content as content
from ui.main_window import MainWindow
from ui.screen_stage import Stage, settle
from ui.vault.backups_page import BackupsPage
from ui.vault.privacy_page import PrivacyPage
from ui.vault.sheet import Sheet
from ui.vault.storage_page import StoragePage
from ui.vault.trash_window import TrashWindow

Builder = Callable[[Stage], QWidget]
_DAY_S = 86_400
_WITH_ALL = VaultStatus(state=VaultState.UNLOCKED, has_passphrase=True, has_recovery_key=True)
_LOCKED = replace(_WITH_ALL, state=VaultState.LOCKED)
_USES = (
    StorageUse(kind="conversations", items=214, raw_bytes=6_840_000, stored_bytes=1_290_000),
    StorageUse(kind="documents", items=38, raw_bytes=22_100_000, stored_bytes=4_600_000),
    StorageUse(kind="memories", items=1284, raw_bytes=310_000, stored_bytes=96_000),
    StorageUse(kind="vectors", items=41_200, raw_bytes=63_283_200, stored_bytes=16_900_000),
    StorageUse(kind="full-text index", items=3, raw_bytes=0, stored_bytes=2_100_000),
)
_COUNTS = (
    RestoreCount(kind="conversations", new=12, newer_in_backup=2, newer_here=7, same=193),
    RestoreCount(kind="memories", new=40, newer_in_backup=0, newer_here=3, same=1241),
    RestoreCount(
        kind="documents", new=0, newer_in_backup=0, newer_here=0, same=37, in_trash_here=1
    ),
)


def _backups() -> tuple[BackupCard, ...]:
    reasons = ("by hand", "daily", "daily", "before an update")
    return tuple(
        BackupCard(
            name=f"backup-{number}.sealed",
            made_at_s=time.time() - number * _DAY_S,
            size_bytes=31_000_000 - 400_000 * number,
            reason=reason,
            is_verified=number != 2,
        )
        for number, reason in enumerate(reasons)
    )


def _trash(number: int = 9) -> tuple[TrashItem, ...]:
    things = (
        ("Letter to the landlord", TrashKind.CONVERSATION),
        ("Prefers trains to planes", TrashKind.MEMORY),
        ("Tax question 2026", TrashKind.CONVERSATION),
        ("Handbook of the old coffee machine.pdf", TrashKind.DOCUMENT),
        ("And what about Mars?", TrashKind.MESSAGE),
    )
    now_s = time.time()
    return tuple(
        TrashItem(
            id=f"gone_{place}",
            kind=things[place % len(things)][1],
            title=things[place % len(things)][0],
            deleted_at_s=now_s - place * 3.2 * _DAY_S,
            purge_at_s=now_s + (30 - place * 3.2) * _DAY_S,
            size_bytes=14_000 * (place + 1),
        )
        for place in range(number)
    )


def _answers(**more: Event) -> dict[type[Command], Event]:
    inspected = VaultInspected(
        status=_WITH_ALL,
        uses=_USES,
        database_bytes=25_400_000,
        sealed_bytes=118_000_000,
        backup_bytes=122_000_000,
        free_disk_bytes=212_000_000_000,
        dictionaries=3,
        last_verified_at_s=time.time() - 5 * 3600,
        last_backup_at_s=time.time() - _DAY_S,
    )
    usual: dict[type[Command], Event] = {
        InspectVault: inspected,
        ListBackups: BackupsListed(backups=_backups()),
        ListTrash: TrashListed(items=_trash()),
        PlanRestore: RestorePlanned(plan_id="plan", made_at_s=time.time() - _DAY_S, counts=_COUNTS),
        MakeRecoveryKey: RecoveryKeyMade(
            recovery_key="K7MPQ-2XRTV-9HDWN-4CJGB-6ZLFS-3YKEA-8UPMD-5TQRX"
        ),
        VerifyVault: VaultVerified(
            checked_pages=6201, checked_files=14, damages=(), last_good_backup=None
        ),
    }
    return usual | {kind: more[kind.__name__] for kind in usual if kind.__name__ in more}


# closed


def _closed(status: VaultStatus, reason: LockReason | None = None) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = stage.open(vault=status)
        if reason is not None:
            stage.play(VaultStatusChanged(status=status, reason=reason))
        settle()
        return window

    return build


def _wrong(stage: Stage) -> QWidget:
    window = stage.open(vault=_LOCKED)
    form = window.vault.curtain.lock_screen.form
    form.field.edit.setText("not the one")
    form.submit()
    error = ErrorReport(
        kind="wrong_key", message="That passphrase does not open it. Nothing was changed."
    )
    stage.play(
        VaultStatusChanged(status=replace(_LOCKED, retry_after_s=8.0)),
        CommandFailed(job_id=stage.port.job_of(OpenVault), error=error),
    )
    return window


def _recovery(stage: Stage) -> QWidget:
    window = stage.open(vault=_LOCKED)
    window.vault.curtain.lock_screen.form.ask_for_recovery(True)
    settle()
    return window


def _failed(stage: Stage) -> QWidget:
    window = stage.open(vault=_LOCKED)
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
    window = stage.open(vault=_WITH_ALL)
    stage.play(VaultWiped(), VaultStatusChanged(status=VaultStatus(state=VaultState.LOCKED)))
    return window


def _private(stage: Stage) -> QWidget:
    return stage.open(vault=VaultStatus(state=VaultState.PRIVATE))


# pages


def _page(section: str, vault: VaultStatus = _WITH_ALL, bottom: bool = False) -> Builder:
    def build(stage: Stage) -> QWidget:
        settings = _settings(stage, section, vault)[1]
        if bottom:
            bar = settings._scroll.verticalScrollBar()  # type: ignore[attr-defined]
            bar.setValue(bar.maximum())
            settle()
        return settings

    return build


def _settings(
    stage: Stage, section: str, vault: VaultStatus = _WITH_ALL, **more: Event
) -> tuple[QWidget, QWidget]:
    window = stage.open(vault=vault, answers=_answers(**more))
    window.open_settings()
    settings = window.window_named("settings")
    assert settings is not None
    settings.show_section(section)  # type: ignore[attr-defined]
    settle()
    return settings.forms[section], settings  # type: ignore[attr-defined]


def _damaged(stage: Stage) -> QWidget:
    found = VaultVerified(
        checked_pages=6201,
        checked_files=14,
        damages=(
            Damage(where="database", detail="Page 311 does not hold what was written."),
            Damage(where="backup", detail="The backup of two days ago cannot be opened."),
        ),
        last_good_backup=_backups()[0],
    )
    page, settings = _settings(stage, "storage", VerifyVault=found)
    assert isinstance(page, StoragePage)
    page.verify_button.click()
    settle()
    bar = settings._scroll.verticalScrollBar()  # type: ignore[attr-defined]
    bar.setValue(bar.maximum())
    settle()
    return settings


def _sheet_of(owner: QWidget) -> Sheet:
    settle()
    return next(sheet for sheet in owner.findChildren(Sheet) if sheet.isVisible())


def _over(owner: QWidget, sheet: QDialog) -> QWidget:
    """The sheet in front of its window, as one picture."""
    shown = _Both(owner, sheet)
    shown.setParent(owner.window(), shown.windowFlags())
    return shown


class _Both(QWidget):
    """Stands in for a window with a sheet before it, for `grab` takes one widget only."""

    def __init__(self, owner: QWidget, sheet: QDialog) -> None:
        super().__init__()
        self._owner, self._sheet = owner, sheet

    def grab(self, *_area: object) -> QPixmap:
        from PySide6.QtCore import QPoint, Qt
        from PySide6.QtGui import QColor, QPainter

        picture = self._owner.grab()
        painter = QPainter(picture)
        painter.fillRect(picture.rect(), QColor(0, 0, 0, 70))
        sheet = self._sheet.grab()
        place = picture.rect().center() - sheet.rect().center()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPixmap(QPoint(max(0, place.x()), max(0, place.y())), sheet)
        painter.end()
        return picture


def _privacy_sheet(button: str, vault: VaultStatus = _WITH_ALL) -> Builder:
    def build(stage: Stage) -> QWidget:
        page, settings = _settings(stage, "privacy", vault)
        assert isinstance(page, PrivacyPage)
        getattr(page, button).click()
        return _over(settings, _sheet_of(settings))

    return build


def _passphrase_typed(stage: Stage) -> QWidget:
    page, settings = _settings(stage, "privacy", content.UNLOCKED)
    assert isinstance(page, PrivacyPage)
    page.set_button.click()
    sheet = _sheet_of(settings)
    sheet.new.first.edit.setText("lantern orbit maple")  # type: ignore[attr-defined]
    sheet.new.second.edit.setText("lantern orbif")  # type: ignore[attr-defined]
    settle()
    return _over(settings, sheet)


def _recovery_made(stage: Stage) -> QWidget:
    page, settings = _settings(stage, "privacy")
    assert isinstance(page, PrivacyPage)
    page.recovery_button.click()
    sheet = _sheet_of(settings)
    sheet.action.click()
    settle()
    return _over(settings, sheet)


def _rotating(stage: Stage) -> QWidget:
    page, settings = _settings(stage, "privacy", content.UNLOCKED)
    assert isinstance(page, PrivacyPage)
    page.rotate_button.click()
    sheet = _sheet_of(settings)
    sheet.action.click()
    job = stage.port.job_of(RotateKey)
    stage.play(VaultProgressed(job_id=job, stage="Encrypting under the new key", share_ratio=0.42))
    return _over(settings, sheet)


def _wipe_typed(stage: Stage) -> QWidget:
    page, settings = _settings(stage, "privacy")
    assert isinstance(page, PrivacyPage)
    page.wipe_button.click()
    sheet = _sheet_of(settings)
    sheet.confirmation.setText("forget everything")  # type: ignore[attr-defined]
    settle()
    return _over(settings, sheet)


def _restore_plan(stage: Stage) -> QWidget:
    page, settings = _settings(stage, "backups")
    assert isinstance(page, BackupsPage)
    page.cards[1].restore.click()
    return _over(settings, _sheet_of(settings))


def _restore_file(stage: Stage) -> QWidget:
    page, settings = _settings(stage, "backups")
    assert isinstance(page, BackupsPage)
    page.restore_from("/somewhere/Shvayambhu export.vault")
    return _over(settings, _sheet_of(settings))


def _export(stage: Stage) -> QWidget:
    page, settings = _settings(stage, "backups")
    assert isinstance(page, BackupsPage)
    page.export_button.click()
    return _over(settings, _sheet_of(settings))


# trash


def _trash_of(stage: Stage, number: int = 9) -> TrashWindow:
    answers = _answers(ListTrash=TrashListed(items=_trash(number)))
    window: MainWindow = stage.open(vault=_WITH_ALL, answers=answers)
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
    return _over(trash, _sheet_of(trash))


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each."""
    missing = VaultStatus(state=VaultState.KEY_MISSING, has_recovery_key=True)
    unreadable = VaultStatus(state=VaultState.KEYCHAIN_UNREADABLE, has_recovery_key=True)
    keychain = VaultStatus(state=VaultState.LOCKED, has_keychain_key=True)
    return [
        ("lock-passphrase", _closed(_LOCKED, LockReason.IDLE)),
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
        ("privacy", _page("privacy")),
        ("privacy-bottom", _page("privacy", bottom=True)),
        ("privacy-keychain", _page("privacy", content.UNLOCKED)),
        ("privacy-private-session", _page("privacy", VaultStatus(state=VaultState.PRIVATE))),
        ("storage", _page("storage")),
        ("storage-damaged", _damaged),
        ("backups", _page("backups")),
        ("sheet-passphrase", _privacy_sheet("set_button")),
        ("sheet-passphrase-typed", _passphrase_typed),
        ("sheet-passphrase-remove", _privacy_sheet("remove_button")),
        ("sheet-recovery", _privacy_sheet("recovery_button")),
        ("sheet-recovery-made", _recovery_made),
        ("sheet-rotate", _rotating),
        ("sheet-wipe", _wipe_typed),
        ("sheet-restore-plan", _restore_plan),
        ("sheet-restore-file", _restore_file),
        ("sheet-export", _export),
        ("trash", _trash_full),
        ("trash-empty", _trash_empty),
        ("trash-nothing-found", _trash_nothing),
        ("trash-forget", _trash_forget),
    ]
