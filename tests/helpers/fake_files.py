"""Files behind a FakeEngine: their text is their name, unless a test says otherwise."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from engine.contract import library_commands as orders
from engine.contract import library_events as told
from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.errors import ErrorReport
from engine.contract.events import Event

LOCKED = ErrorReport(
    kind="unreadable_file",
    message="This file is locked with a password. It was not attached.",
    action="Save a copy without a password and attach that.",
)


class FakeFiles:
    """Reads every file but those whose name begins with "locked".

    Attributes:
        tokens: What the next file costs.
        hold: While it is cleared, reading waits.
        cards: Every file that was read, by identifier.
        contents: What was pasted, by identifier.
    """

    def __init__(self, publish: Callable[[Event], None]) -> None:
        self.tokens = 120
        self.hold = threading.Event()
        self.hold.set()
        self.cards: dict[str, Attachment] = {}
        self.contents: dict[str, bytes] = {}
        self._publish = publish

    def carry_out(self, job: str, command: Any) -> ErrorReport | None:
        match command:
            case orders.ReadAttachment():
                return self._read(job, command)
            case orders.ShowAttachment():
                card = self.cards[command.attachment_id]
                self._publish(told.AttachmentShown(job_id=job, attachment=card, text=card.name))
            case orders.FitAttachments():
                for id_ in command.attachment_ids:
                    cut = replace(self.cards[id_], tokens=50, notice="Only its first 40 % goes.")
                    self.cards[id_] = cut
                    self._publish(told.AttachmentRead(job_id=job, attachment=cut))
        return None

    def _read(self, job: str, command: orders.ReadAttachment) -> ErrorReport | None:
        self.hold.wait(10)
        name = command.name or PurePath(command.path).name
        if name.startswith("locked"):
            return LOCKED
        self.contents[command.attachment_id] = command.content
        card = Attachment(
            id=command.attachment_id,
            name=name,
            kind=AttachmentKind.TEXT,
            media_type="text/plain",
            size_bytes=2048,
            letters=len(name),
            tokens=self.tokens,
        )
        self.cards[card.id] = card
        self._publish(told.AttachmentRead(job_id=job, attachment=card))
        return None
