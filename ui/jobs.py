"""Remembers which command a job came from, so that a failure is shown where it belongs."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.contract.commands import Command
from engine.contract.events import CommandFailed, CommandFinished, Event
from ui.bridge import EngineBridge


class Jobs(QObject):
    """Submits commands and tells how they ended.

    Attributes:
        submitted: job identifier, command.
        failed: job identifier, command, ErrorReport. "cancelled" is reported too; it is the
            listener's part to keep silent about it. Not told of a command with an asker.
        finished: job identifier, command.
    """

    submitted = Signal(str, object)
    failed = Signal(str, object, object)
    finished = Signal(str, object)

    def __init__(self, bridge: EngineBridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.bridge = bridge
        self._commands: dict[str, Command] = {}
        self._with_asker: set[str] = set()
        bridge.event_received.connect(self._take)

    def submit(self, command: Command, *, has_asker: bool = False) -> str:
        """The command is on its way; its job identifier is returned.

        Args:
            has_asker: Whether whoever gives it shows a failure itself, so that no one else does.
        """
        job_id = self.bridge.submit(command)
        self._commands[job_id] = command
        if has_asker:
            self._with_asker.add(job_id)
        self.submitted.emit(job_id, command)
        return job_id

    def lose_asker(self, job_id: str) -> None:
        """Whoever gave the command has gone; others hear of a failure from now on."""
        self._with_asker.discard(job_id)

    def cancel(self, job_id: str) -> None:
        """The job stops within one step."""
        self.bridge.cancel(job_id)

    def _take(self, event: Event) -> None:
        if isinstance(event, (CommandFinished, CommandFailed)):
            command = self._commands.pop(event.job_id, None)
            if command is None:
                return
            has_asker = event.job_id in self._with_asker
            self._with_asker.discard(event.job_id)
            if isinstance(event, CommandFailed):
                if not has_asker:
                    self.failed.emit(event.job_id, command, event.error)
            else:
                self.finished.emit(event.job_id, command)
