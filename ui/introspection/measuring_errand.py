"""A button that has something measured, how far that is, and what went wrong."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from engine.contract.commands import Command
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, CommandFinished, Event
from ui.jobs import Jobs
from ui.widgets.buttons import push_button
from ui.widgets.labels import label
from ui.widgets.progress_row import ProgressRow


class MeasuringErrand(QWidget):
    """One command at a time, given by a button, with its progress and a way to stop it.

    Attributes:
        wanted: The button was pressed; whoever listens gives the command to `run`.
        ended: The command ran to its end, failed or was cancelled.
        button: Asks for it.
        progress: Shown while it runs.
        is_done: Whether the last command ran to its end.
        fault: What went wrong, and what can be done.
    """

    wanted = Signal()
    ended = Signal()

    def __init__(self, jobs: Jobs, words: str, running: str, parent: QWidget | None = None) -> None:
        """Nothing is asked for yet.

        Args:
            jobs: Where the command goes.
            words: What the button says.
            running: What is said while it runs.
            parent: Where it lies.
        """
        super().__init__(parent)
        self._jobs = jobs
        self._running = running
        self._job_id = ""
        self._is_given = False
        self._early: list[Event] = []
        self.is_done = False
        self.button = push_button(words, "plain", self.wanted.emit)
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.progress = ProgressRow()
        self.progress.hide()
        self.fault = label("", "error", wraps=True)
        self.fault.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for widget in (self.button, self.progress, self.fault):
            column.addWidget(widget)
        self.progress.cancelled.connect(self.cancel)
        jobs.bridge.event_received.connect(self._take)

    def is_running(self) -> bool:
        """Whether the command is on its way."""
        return self._is_given or bool(self._job_id)

    def run(self, command: Command) -> None:
        """The command is on its way, unless one is already."""
        if self.is_running():
            return
        self.fault.hide()
        self.show_progress("", 0.0)
        self.button.hide()
        self.is_done = False
        self._is_given = True
        self._early = []
        self._job_id = self._jobs.submit(command, has_asker=True)
        self._is_given = False
        for event in self._early:  # it may be answered before its job is known
            self._take(event)

    def cancel(self) -> None:
        """It stops within one step."""
        if self._job_id:
            self._jobs.cancel(self._job_id)

    def show_progress(self, detail: str, ratio: float) -> None:
        """It is this far, 0 to 1."""
        self.progress.show_progress(self._running, detail, ratio)

    def forget(self) -> None:
        """It is no longer shown; what it led to is told to others."""
        if self._job_id:
            self._jobs.lose_asker(self._job_id)
        self._close()
        self.fault.hide()

    def _take(self, event: Event) -> None:
        if self._is_given:
            self._early.append(event)
        elif self._job_id and event.job_id == self._job_id:
            if isinstance(event, CommandFailed):
                self._close()
                self._tell(event.error)
                self.ended.emit()
            elif isinstance(event, CommandFinished):
                self.is_done = True
                self._close()
                self.ended.emit()

    def _close(self) -> None:
        self._job_id = ""
        self.progress.hide()
        self.button.show()

    def _tell(self, error: ErrorReport) -> None:
        if error.kind != "cancelled":
            self.fault.setText(f"{error.message} {error.action}".strip())
            self.fault.show()
