"""One command at a time for one part of a page, and how it ended."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.contract.commands import Command
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, CommandFinished, Event
from engine.contract.library_events import ImportProgressed
from engine.contract.vault_events import VaultProgressed
from ui.jobs import Jobs


class Errand(QObject):
    """Tells a part of a page only of the command that it gave itself.

    Attributes:
        changed: A command was given, went on or ended.
        answered: An event that the command led to.
        finished: The command that ran to its end.
        failed: ErrorReport; never "cancelled".
        stage: What long work is at, in the engine's words; empty before it tells.
        share_ratio: How far it is, 0 to 1.
        last_job_id: Of the command given last, ended or not.
    """

    changed = Signal()
    answered = Signal(object)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job_id = ""
        self.last_job_id = ""
        self._command: Command | None = None
        self.stage = ""
        self.share_ratio = 0.0
        jobs.bridge.event_received.connect(self._take)

    @property
    def is_running(self) -> bool:
        """Whether a command is on its way."""
        return bool(self._job_id)

    def run(self, command: Command) -> bool:
        """The command is on its way; False if another one still is."""
        if self.is_running:
            return False
        self._command = command
        self.stage, self.share_ratio = "", 0.0
        self._job_id = self.last_job_id = self._jobs.submit(command, has_asker=True)
        self.changed.emit()
        return True

    def cancel(self) -> None:
        """The command stops within one step, if one is on its way."""
        if self.is_running:
            self._jobs.cancel(self._job_id)

    def _take(self, event: Event) -> None:
        if not self._job_id or event.job_id != self._job_id:
            return
        match event:
            case VaultProgressed():
                self.stage, self.share_ratio = event.stage, event.share_ratio
                self.changed.emit()
            case ImportProgressed():
                self.share_ratio = event.share_ratio
                self.changed.emit()
            case CommandFinished():
                command = self._end()
                self.finished.emit(command)
            case CommandFailed():
                self._end()
                self._tell(event.error)
            case _:
                self.answered.emit(event)

    def _end(self) -> Command | None:
        command, self._command, self._job_id = self._command, None, ""
        self.changed.emit()
        return command

    def _tell(self, error: ErrorReport) -> None:
        if error.kind != "cancelled":
            self.failed.emit(error)
