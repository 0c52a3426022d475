"""Commands to files that go with a message: read, drop, show, fit.

Runs on: io; files are parsed in a process of their own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.attaching import cost_of, fit
from engine.contract import library_commands as commands
from engine.contract.attachments import Attachment
from engine.contract.errors import NotFoundError
from engine.contract.library_events import (
    AttachmentProgressed,
    AttachmentRead,
    AttachmentShown,
)
from engine.reading.files import MOST_BYTES, read_bytes, too_large
from engine.reading.reader import read_file
from engine.storage import attachments as shelf
from engine.storage.database import Reader

if TYPE_CHECKING:
    from engine.chat.turn import Chat

# Larger files stay where they are; of pasted ones there is no other copy.
_MOST_ORIGINAL_BYTES = 20 * 1024 * 1024
_TOLD_EVERY_S = 0.1
_PASTED = "Pasted text.txt"


async def read(chat: Chat, command: commands.ReadAttachment, publish: Publish) -> None:
    """The file waits for its message.

    Raises:
        UnreadableFileError: It cannot be read, and nothing of it is kept.
    """
    task = asyncio.current_task()
    assert task is not None
    chat.attachments.reading.add(task)
    try:
        async with chat.attachments.at_once:
            card = await _read(chat, command, publish)
    finally:
        chat.attachments.reading.discard(task)
    publish(AttachmentRead(attachment=card))


async def _read(chat: Chat, command: commands.ReadAttachment, publish: Publish) -> Attachment:
    is_pasted = not command.path
    content = command.content if is_pasted else await asyncio.to_thread(read_bytes, command.path)
    if len(content) > MOST_BYTES:
        raise too_large(len(content))
    name = command.name or PurePath(command.path).name or _PASTED
    found = await read_file(content, name, _progress(command.attachment_id, publish))
    card = Attachment(
        id=command.attachment_id,
        name=name,
        kind=found.kind,
        media_type=found.media_type,
        size_bytes=len(content),
        letters=len(found.text),
        parts=found.parts,
        notice=found.notice,
    )
    card = replace(card, tokens=await cost_of(chat, card, found.text))
    is_kept = is_pasted or len(content) <= _MOST_ORIGINAL_BYTES
    chat.attachments.put(card, found.text, content if is_kept else b"")
    return card


def _progress(attachment_id: str, publish: Publish) -> Callable[[float], None]:
    """Tells how far reading is, but not for each of a thousand pages."""
    told_s = time.monotonic()

    def tell(done_ratio: float) -> None:
        nonlocal told_s
        if time.monotonic() - told_s > _TOLD_EVERY_S:
            told_s = time.monotonic()
            publish(AttachmentProgressed(attachment_id=attachment_id, share_ratio=done_ratio))

    return tell


async def drop(chat: Chat, command: commands.DropAttachment, publish: Publish) -> None:  # noqa: ARG001
    """The file does not wait any more."""
    chat.attachments.drop(command.attachment_id)


async def show(chat: Chat, command: commands.ShowAttachment, publish: Publish) -> None:
    """The text was told as the model is given it.

    Raises:
        NotFoundError: It was forgotten.
    """
    codec = chat.vault.codec
    file = chat.attachments.held(command.attachment_id)
    if file is None:

        def load(reader: Reader) -> tuple[Attachment, str] | None:
            return shelf.load_file(reader, codec, command.attachment_id)

        file = await chat.vault.store.read(load)
    if file is None:
        raise NotFoundError("The text of this file is not kept any more.")
    publish(AttachmentShown(attachment=file[0], text=file[1]))


async def fit_files(chat: Chat, command: commands.FitAttachments, publish: Publish) -> None:
    """The files fit; those that were cut were told.

    Raises:
        PromptTooLongError: Not even their beginnings fit.
    """
    conversation = chat.conversations.get(command.conversation_id)
    for card in await fit(chat, conversation, command.attachment_ids, command.draft):
        publish(AttachmentRead(attachment=card))
