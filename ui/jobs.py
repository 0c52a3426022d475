"""Remembers which command a job came from, so that a failure is shown where it belongs."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.contract.commands import Command
from engine.contract.events import CommandFailed, CommandFinished, Event
from ui.bridge import EngineBridge


class Jobs(QObject):
    """Submits commands and tells how they ended.

    Attributes:
        failed: job identifier, command, ErrorReport. "cancelled" is reported too; it is the
            listener's part to keep silent about it.
        finished: job identifier, command.
    """

    failed = Signal(str, object, object)
    finished = Signal(str, object)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self._commands: dict[str, Command] = {}
        bridge.event_received.connect(self._take)

    def submit(self, command: Command) -> str:
        """The command is on its way; its job identifier is returned."""
        job_id = self.bridge.submit(command)
        self._commands[job_id] = command
        return job_id

    def cancel(self, job_id: str) -> None:
        """The job stops within one step."""
        self.bridge.cancel(job_id)

    def _take(self, event: Event) -> None:
        if isinstance(event, (CommandFinished, CommandFailed)):
            command = self._commands.pop(event.job_id, None)
            if command is None:
                return
            if isinstance(event, CommandFailed):
                self.failed.emit(event.job_id, command, event.error)
            else:
                self.finished.emit(event.job_id, command)
