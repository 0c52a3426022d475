"""The session's conversations, written through to the vault before anyone is told of them.

Runs on: io.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from engine.chat.conversations import Conversations
from engine.contract.errors import NotFoundError, StorageError
from engine.contract.messages import Conversation, Message
from engine.contract.vault import TrashKind
from engine.storage import conversations as shelf
from engine.storage import drafts, trash
from engine.storage.database import Reader, Writer
from engine.storage.vault import Vault

_log = logging.getLogger(__name__)

# An answer being written is kept this often; a crash loses at most these last seconds of it.
_PARTIAL_EVERY_S = 2.0


class Keeping:
    """Writes what changes in `conversations` to the vault, and brings it back from there.

    A conversation without a message is not kept: an empty page is not a thing.
    """

    def __init__(
        self,
        vault: Vault,
        conversations: Conversations,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._vault = vault
        self._conversations = conversations
        self._now_s = now_s
        self._unsaved: dict[str, str] = {}
        self._partial: asyncio.Task[None] | None = None
        self._partial_at_s = 0.0

    async def load(self) -> None:
        """The conversations are those of the vault."""
        codec = self._vault.codec
        kept = await self._vault.store.read(lambda reader: shelf.load_conversations(reader, codec))
        self._conversations.fill(kept)

    async def message(self, conversation_id: str, message: Message) -> None:
        """The message is on disk, with the conversation it belongs to.

        Raises:
            StorageError: It is not; it is tried again with the next message.
        """
        try:
            conversation = self._conversations.get(conversation_id, even_deleted=True)
        except NotFoundError:
            return
        self._unsaved[message.id] = conversation_id
        await self._write_messages(conversation, message)

    async def _write_messages(self, conversation: Conversation, message: Message) -> None:
        codec, now_s = self._vault.codec, self._now_s()
        waiting = {
            id_: found
            for id_, of in self._unsaved.items()
            if (found := self._conversations.find_message(of, id_)) and id_ != message.id
        }
        headers = {
            id_: self._conversations.get(self._unsaved[id_], even_deleted=True) for id_ in waiting
        }

        def write(writer: Writer) -> None:
            for id_, earlier in waiting.items():
                row = shelf.save_conversation(writer, codec, headers[id_])
                shelf.save_message(writer, codec, row, earlier, now_s)
            row = shelf.save_conversation(writer, codec, conversation)
            shelf.save_message(writer, codec, row, message, now_s)

        await self._vault.store.write(write)
        for id_ in (message.id, *waiting):
            self._unsaved.pop(id_, None)

    def partial(self, conversation_id: str, message: Message) -> None:
        """What there is of an answer goes to disk now and then, beside the writing of it."""
        now_s = time.monotonic()
        if now_s - self._partial_at_s < _PARTIAL_EVERY_S or not message.text:
            return
        if self._partial is not None and not self._partial.done():
            return
        self._partial_at_s = now_s
        self._partial = asyncio.get_running_loop().create_task(
            self._keep_partial(conversation_id, message)
        )

    async def _keep_partial(self, conversation_id: str, message: Message) -> None:
        try:
            await self.message(conversation_id, message)
        except StorageError:
            # The whole answer is tried when it has ended, and then the user is told.
            _log.warning("an answer being written could not be kept yet")

    async def partial_done(self) -> None:
        """No partial answer is on its way any more, so the whole one comes after it."""
        if self._partial is not None:
            await asyncio.wait([self._partial])
            self._partial = None

    async def conversation(self, conversation_id: str) -> None:
        """Title and prompt are on disk, if the conversation has anything in it."""
        conversation = self._conversations.get(conversation_id)
        if conversation.messages:
            codec = self._vault.codec
            await self._vault.store.write(
                lambda writer: shelf.save_conversation(writer, codec, conversation)
            )

    async def delete(self, conversation_id: str) -> None:
        """It is in the trash, and its draft is gone."""
        codec, now_s = self._vault.codec, self._now_s()

        def write(writer: Writer) -> None:
            trash.put_into_trash(writer, TrashKind.CONVERSATION, conversation_id, now_s)
            drafts.save_draft(writer, codec, conversation_id, "", now_s)

        await self._vault.store.write(write)

    async def restore(self, conversation_id: str) -> Conversation:
        """It is out of the trash and among the conversations again.

        Raises:
            NotFoundError: It is not in the trash any more.
        """
        codec, now_s = self._vault.codec, self._now_s()

        def write(writer: Writer) -> None:
            trash.take_from_trash(writer, (conversation_id,), now_s)

        def read(reader: Reader) -> tuple[Conversation, ...]:
            return shelf.load_conversations(reader, codec, only=(conversation_id,))

        await self._vault.store.write(write)
        for conversation in await self._vault.store.read(read):
            self._conversations.put(conversation)
            return conversation
        return self._conversations.restore(conversation_id)

    async def draft(self, conversation_id: str, text: str) -> None:
        """What is typed in this conversation is on disk."""
        codec, now_s = self._vault.codec, self._now_s()
        await self._vault.store.write(
            lambda writer: drafts.save_draft(writer, codec, conversation_id, text, now_s)
        )

    def forget_unsaved(self, message_id: str) -> None:
        """This message is not tried again."""
        self._unsaved.pop(message_id, None)

    def drop(self) -> None:
        """Nothing of the vault is held in memory any more."""
        self._unsaved.clear()
        self._conversations.fill(())
