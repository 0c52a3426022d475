"""Writes conversations into files, each whole or not at all, and none over another.

Runs on: io; the writing on threads of its own.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from engine.chat.transfer import own_json
from engine.chat.transfer.file_names import file_name_of, write_new
from engine.chat.transfer.html_page import html_page
from engine.chat.transfer.markdown_page import markdown_page
from engine.chat.transfer.pages import title_of
from engine.contract.errors import NotFoundError, TransferError
from engine.contract.library import Folder
from engine.contract.library_commands import ExportConversations, TransferFormat
from engine.contract.library_events import ConversationsExported
from engine.contract.messages import Conversation
from engine.storage import library
from engine.storage.long_work import LongWork, conduct

if TYPE_CHECKING:
    from engine.chat.turn import Chat

_ENDINGS = {TransferFormat.MARKDOWN: ".md", TransferFormat.HTML: ".html"}


async def export(chat: Chat, command: ExportConversations) -> ConversationsExported:
    """The files are there.

    Raises:
        NotFoundError: There is nothing to write, or one that was named is not there.
        TransferError: A file is there already, or the disk refuses.
    """
    chosen = _chosen(chat, command.conversation_ids)
    codec = chat.vault.codec
    folders, _, _ = await chat.vault.store.read(lambda r: library.load_library(r, codec))
    work = _Work(chosen, folders, Path(command.path), command, _measured_in(chat))
    files, size = await conduct(work.run)
    return ConversationsExported(files=files, conversations=len(chosen), size_bytes=size)


def _measured_in(chat: Chat) -> own_json.Measured:
    """Asks the vault from the thread that writes."""
    loop = asyncio.get_running_loop()

    def measured(message_ids: Sequence[str]) -> dict[str, bytes]:
        found = asyncio.run_coroutine_threadsafe(chat.traces.find(message_ids), loop).result()
        return {packed.message_id: packed.body for packed in found}

    return measured


def _chosen(chat: Chat, conversation_ids: Sequence[str]) -> list[Conversation]:
    if conversation_ids:
        return [chat.conversations.get(id_) for id_ in dict.fromkeys(conversation_ids)]
    chosen = [
        conversation
        for conversation in chat.conversations.list()
        if conversation.messages and not conversation.is_temporary
    ]
    if not chosen:
        raise NotFoundError("There are no conversations to write yet.")
    return chosen


@dataclass
class _Work:
    """One export, on a thread of its own."""

    conversations: list[Conversation]
    folders: Sequence[Folder]
    path: Path
    command: ExportConversations
    measured: own_json.Measured

    def run(self, work: LongWork) -> tuple[int, int]:
        """How many files there are, and their size in bytes."""
        if self.command.format is TransferFormat.JSON:
            return 1, write_new(self.path, partial(self._put_json, work))
        if len(self.conversations) == 1:
            # A page of one conversation may be put into a folder that is there, too.
            path = self.path
            if path.is_dir():
                path = path / self._name(self.conversations[0], _taken(path))
            return 1, write_new(path, lambda file: self._put(file, self.conversations[0]))
        return self._folder(work)

    def _folder(self, work: LongWork) -> tuple[int, int]:
        """A file each in a folder; what was written is taken back if the rest cannot be."""
        is_made = not self.path.exists()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            why = error.strerror or "the disk refused"
            raise TransferError(f"The folder could not be made ({why}).") from error
        taken = _taken(self.path)
        written: list[Path] = []
        size = 0
        try:
            for number, conversation in enumerate(self.conversations):
                work.step("Writing", number / len(self.conversations))
                path = self.path / self._name(conversation, taken)
                taken.add(path.name.lower())
                size += write_new(path, partial(self._put, conversation=conversation))
                written.append(path)
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            if is_made:
                shutil.rmtree(self.path, ignore_errors=True)
            raise
        return len(written), size

    def _name(self, conversation: Conversation, taken: set[str]) -> str:
        day = time.strftime("%Y-%m-%d", time.localtime(conversation.created_at_s))
        ending = _ENDINGS[self.command.format]
        return file_name_of(f"{day} {title_of(conversation)}", ending, taken)

    def _put(self, file: TextIO, conversation: Conversation) -> None:
        has_all = self.command.are_all_versions_included
        page = html_page if self.command.format is TransferFormat.HTML else markdown_page
        file.write(page(conversation, has_all_versions=has_all))

    def _put_json(self, work: LongWork, file: TextIO) -> None:
        def put(text: str) -> None:
            work.step("Writing", 0.0)
            file.write(text)

        own_json.write(self.conversations, self.folders, time.time(), put, self.measured)


def _taken(folder: Path) -> set[str]:
    return {path.name.lower() for path in folder.iterdir()}


async def render(chat: Chat, conversation_id: str) -> str:
    """The conversation as a page for printing."""
    conversation = chat.conversations.get(conversation_id)
    return await conduct(lambda _: html_page(conversation, is_for_printing=True))
