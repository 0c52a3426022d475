"""What the window knows of the vault, and opening and locking it."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from engine.contract.errors import ErrorReport
from engine.contract.events import Event
from engine.contract.vault import LockReason, VaultState, VaultStatus
from engine.contract.vault_commands import LockVault, OpenVault
from engine.contract.vault_events import (
    VaultOpened,
    VaultProgressed,
    VaultRestored,
    VaultStatusChanged,
    VaultWiped,
)
from ui.jobs import Jobs
from ui.vault.errand import Errand

# What is done sooner needs no word.
_TOLD_AFTER_S = 0.3
_OPEN_STATES = (VaultState.UNLOCKED, VaultState.PRIVATE)


class VaultDesk(QObject):
    """Follows the vault's events, so that lock screen, pages and banner tell the same story.

    Attributes:
        changed: Emitted after anything below has changed.
        opened: drafts by conversation; conversations can be asked for from now on.
        closing: It will be locked at once; what is not kept yet has its last chance.
        closed: It is not open any more; nothing of its content may stay.
        contents_replaced: A restore brought other conversations in.
        status: None until the engine has told it.
        reason: Why it was locked last.
        error: Why opening or locking failed last; None if it did not.
        is_opening: Whether the engine is at it.
        is_locking: Whether it was asked to lock and has not answered yet.
        filling: Stage and share of what goes on behind an open vault; None if nothing does.
        is_wiped: Whether everything was forgotten and nothing was begun since.
    """

    changed = Signal()
    opened = Signal(object)
    closing = Signal()
    closed = Signal()
    contents_replaced = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.status: VaultStatus | None = None
        self.reason: LockReason | None = None
        self.error: ErrorReport | None = None
        self.is_wiped = False
        self.filling: tuple[str, float] | None = None
        self._filling_since: float | None = None
        self._has_failed = False
        self._retry_at = 0.0
        self._opening = Errand(jobs, self)
        self._locking = Errand(jobs, self)
        for errand in (self._opening, self._locking):
            errand.failed.connect(self._failed)
            errand.changed.connect(self.changed)
        jobs.bridge.event_received.connect(self._take)

    @property
    def is_opening(self) -> bool:
        """Whether the engine is opening it."""
        return self._opening.is_running and not self.is_open

    @property
    def is_locking(self) -> bool:
        """Whether the engine is locking it."""
        return self._locking.is_running

    @property
    def is_open(self) -> bool:
        """Whether conversations may be read and written."""
        return self.status is not None and self.status.state in _OPEN_STATES

    @property
    def is_private(self) -> bool:
        """Whether this session is in memory and nothing is kept."""
        return self.status is not None and self.status.state is VaultState.PRIVATE

    @property
    def is_covered(self) -> bool:
        """Whether the window must show nothing of its content."""
        if self.is_locking or self.is_wiped:
            return True
        if self.status is None:
            # Nothing was shown before the engine's first word, so there is nothing to hide.
            return self._has_failed
        return not self.is_open

    @property
    def can_lock(self) -> bool:
        """Whether it is open and locking would lose nothing."""
        return self.is_open and not self.is_private and not self.is_locking

    def retry_after_s(self) -> float:
        """Seconds until the next passphrase may be tried."""
        return max(0.0, self._retry_at - time.monotonic())

    def open(self, *, passphrase: str = "", recovery_key: str = "") -> None:
        """The engine is opening it, or making it if there is none."""
        if not self.is_opening:
            self.error = None
            self._opening.run(OpenVault(passphrase=passphrase, recovery_key=recovery_key))

    def lock(self, reason: LockReason = LockReason.ASKED) -> bool:
        """It is covered at once and locked as soon as the engine has let go of it."""
        if not self.can_lock:
            return False
        self.closing.emit()
        self.error = None
        self.reason = reason
        return self._locking.run(LockVault(reason=reason))

    def forget_error(self) -> None:
        """What failed before is not shown any more."""
        if self.error is not None and self.status is not None:
            self.error = None
            self.changed.emit()

    def _take(self, event: Event) -> None:
        match event:
            case VaultOpened():
                self.is_wiped = False
                self._stand(event.status)
                self.opened.emit(event.drafts)
            case VaultStatusChanged():
                self._status_changed(event)
            case VaultProgressed():
                if not self._note_filling(event):
                    return
            case VaultWiped():
                self._wiped()
            case VaultRestored():
                if self.is_open:
                    self.contents_replaced.emit()
                return
            case _:
                return
        self.changed.emit()

    def _status_changed(self, event: VaultStatusChanged) -> None:
        was_open = self.is_open
        self.reason = event.reason or self.reason
        self._stand(event.status)
        if was_open and not self.is_open:
            self.closed.emit()
        elif self.is_open and not was_open:
            # It was open before this window asked.
            self.opened.emit(())

    def _wiped(self) -> None:
        self.is_wiped = True
        if self.status is not None:
            self.status = replace(self.status, state=VaultState.LOCKED)
        self.closed.emit()

    def _note_filling(self, event: VaultProgressed) -> bool:
        """Whether what goes on after opening is worth a word."""
        if event.job_id != self._opening.last_job_id or not self.is_open:
            return False
        if self._filling_since is None:
            self._filling_since = time.monotonic()
        was_told = bool(self.filling)
        is_long = time.monotonic() - self._filling_since > _TOLD_AFTER_S
        is_over = event.share_ratio >= 1
        self.filling = (event.stage, event.share_ratio) if is_long and not is_over else None
        if is_over:
            self._filling_since = None
        return was_told or bool(self.filling)

    def _stand(self, status: VaultStatus) -> None:
        self.status = status
        self._retry_at = time.monotonic() + status.retry_after_s
        if self.is_open:
            self.error = None
            self._has_failed = False
        else:
            self.filling, self._filling_since = None, None

    def _failed(self, error: ErrorReport) -> None:
        # That it waits for its passphrase is no failure; the page says so.
        self.error = None if error.kind == "vault_locked" else error
        self._has_failed = True
        self.changed.emit()
