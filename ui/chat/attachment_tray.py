"""The files that wait for a message, by conversation; drafts keep them while the app runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath

from PySide6.QtCore import QObject, Signal

from engine.contract.attachments import Attachment
from engine.contract.commands import Command
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, Event
from engine.contract.ids import new_id
from engine.contract.library_commands import DropAttachment, FitAttachments, ReadAttachment
from engine.contract.library_events import AttachmentProgressed, AttachmentRead
from ui.chat.conversation_desk import ConversationDesk
from ui.jobs import Jobs

MOST_FILES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TrayFile:
    """One file that was given.

    Attributes:
        card: None until it has been read.
        error: Why it cannot be read; it goes with no message then.
        share_ratio: How much of it has been read.
    """

    id: str
    name: str
    card: Attachment | None = None
    error: ErrorReport | None = None
    share_ratio: float = 0.0

    @property
    def is_reading(self) -> bool:
        """Whether it is being read still."""
        return self.card is None and self.error is None


class AttachmentTray(QObject):
    """Has files read, and remembers which go with the next message of which conversation.

    Attributes:
        changed: The files of the conversation on screen are others, or know more.
        was_read: TrayFile that can go along now.
        refused: ErrorReport of what concerns all files together.
    """

    changed = Signal()
    was_read = Signal(object)
    refused = Signal(object)

    def __init__(self, jobs: Jobs, desk: ConversationDesk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._desk = desk
        self._files: dict[str, list[TrayFile]] = {}
        self._sent: dict[str, TrayFile] = {}
        self._readings: dict[str, str] = {}
        self._fit_job = ""
        jobs.bridge.event_received.connect(self._take)
        jobs.finished.connect(self._ended)
        desk.shown.connect(self.changed)
        desk.files_returned.connect(self.put_back)
        desk.waiting_files = self.ready_ids

    def files(self) -> tuple[TrayFile, ...]:
        """Those of the conversation on screen, as they were given."""
        return tuple(self._files.get(self._desk.place_id, ()))

    def ready_ids(self) -> tuple[str, ...]:
        """Those of them that can go along."""
        return tuple(file.id for file in self.files() if file.card is not None)

    def is_reading(self) -> bool:
        """Whether one of them is being read still."""
        return any(file.is_reading for file in self.files())

    def tokens(self) -> int:
        """What they cost together; 0 while no model is loaded."""
        return sum(file.card.tokens for file in self.files() if file.card is not None)

    # what the user does

    def add_paths(self, paths: Iterable[str]) -> bool:
        """The files are being read; False if some were too many."""
        return all([self._add(PurePath(path).name or path, path, b"") for path in paths])

    def add_content(self, content: bytes, name: str) -> bool:
        """What was pasted is being read; False if it is one file too many."""
        return self._add(name, "", content)

    def _add(self, name: str, path: str, content: bytes) -> bool:
        files = self._files.setdefault(self._desk.place_id, [])
        if len(files) >= MOST_FILES:
            return False
        file = TrayFile(id=new_id("att"), name=name)
        files.append(file)
        command = ReadAttachment(attachment_id=file.id, path=path, content=content, name=name)
        self._readings[self._jobs.submit(command, has_asker=True)] = file.id
        self.changed.emit()
        return True

    def remove(self, file_id: str) -> None:
        """It goes with no message; reading it ends."""
        for job_id in [job for job, id_ in self._readings.items() if id_ == file_id]:
            self._jobs.cancel(job_id)
            del self._readings[job_id]
        for files in self._files.values():
            files[:] = [file for file in files if file.id != file_id]
        self._jobs.submit(DropAttachment(attachment_id=file_id), has_asker=True)
        self.changed.emit()

    def take(self) -> tuple[str, ...]:
        """Those that are ready go along and are in the tray no more; what failed is gone too."""
        files = self._files.pop(self._desk.place_id, [])
        ready = [file for file in files if file.card is not None]
        self._sent |= {file.id: file for file in ready}
        if files:
            self.changed.emit()
        return tuple(file.id for file in ready)

    def put_back(self, file_ids: Iterable[str]) -> None:
        """They could not be sent and wait for the next message."""
        files = self._files.setdefault(self._desk.place_id, [])
        known = {file.id for file in files}
        files[:0] = [self._sent[id_] for id_ in file_ids if id_ in self._sent and id_ not in known]
        self.changed.emit()

    def fit(self, draft: str) -> None:
        """Files that do not fit are cut to their first part."""
        if self._desk.current_id is not None and not self._fit_job:
            self._fit_job = self._jobs.submit(
                FitAttachments(
                    conversation_id=self._desk.current_id,
                    attachment_ids=self.ready_ids(),
                    draft=draft,
                ),
                has_asker=True,
            )

    def forget(self) -> None:
        """No file is here any more."""
        self._files.clear()
        self._sent.clear()
        self._readings.clear()
        self.changed.emit()

    # what the engine says

    def _take(self, event: Event) -> None:
        if isinstance(event, AttachmentRead):
            self._was_read(event.attachment)
        elif isinstance(event, AttachmentProgressed):
            self._replace(event.attachment_id, share_ratio=event.share_ratio)
        elif isinstance(event, CommandFailed):
            self._failed(event)

    def _was_read(self, card: Attachment) -> None:
        before = self._find(card.id)
        file = self._replace(card.id, card=card)
        if file is not None and before is not None and before.card is None:
            self.was_read.emit(file)

    def _failed(self, event: CommandFailed) -> None:
        file_id = self._readings.pop(event.job_id, "")
        if file_id and event.error.kind != "vault_locked":
            self._replace(file_id, error=event.error)
        if event.job_id == self._fit_job:
            self._fit_job = ""
            self.refused.emit(event.error)

    def _ended(self, job_id: str, command: Command) -> None:
        del command
        self._readings.pop(job_id, None)
        if job_id == self._fit_job:
            self._fit_job = ""
            self.changed.emit()

    def _find(self, file_id: str) -> TrayFile | None:
        every = (file for files in self._files.values() for file in files)
        return next((file for file in every if file.id == file_id), None)

    def _replace(self, file_id: str, **facts: object) -> TrayFile | None:
        for files in self._files.values():
            for place, file in enumerate(files):
                if file.id == file_id:
                    files[place] = replace(file, **facts)  # type: ignore[arg-type]
                    self.changed.emit()
                    return files[place]
        return None
