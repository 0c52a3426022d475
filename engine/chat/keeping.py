"""The session's conversations, written through to the vault before anyone is told of them.

Runs on: io.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from engine.chat.conversations import Conversations
from engine.contract.errors import NotFoundError, StorageError
from engine.contract.message_tree import newest_leaf
from engine.contract.messages import Conversation, Message
from engine.contract.vault import Place, TrashKind
from engine.storage import conversations as shelf
from engine.storage import drafts, trash
from engine.storage.database import Reader, Writer
from engine.storage.recipes import Recipe, load_recipe, save_recipe
from engine.storage.vault import Vault

_log = logging.getLogger(__name__)

# An answer being written is kept this often; a crash loses at most these last seconds of it.
_PARTIAL_EVERY_S = 2.0
_PLACE = "place"


class Keeping:
    """Writes what changes in `conversations` to the vault, and brings it back from there.

    A conversation without a message is not kept: an empty page is not a thing. Of a temporary
    one nothing ever is: whatever is asked for it is done in memory alone.
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
        # Of answers that are not on disk: not yet, or because their conversation is temporary.
        self._recipes: dict[str, Recipe] = {}
        self._partial: asyncio.Task[None] | None = None
        self._partial_at_s = 0.0

    async def load(self) -> None:
        """The conversations are those of the vault, and the temporary ones there are."""
        codec = self._vault.codec
        kept = await self._vault.store.read(lambda reader: shelf.load_conversations(reader, codec))
        temporary = [each for each in self._conversations.list() if each.is_temporary]
        self._conversations.fill((*kept, *temporary))

    async def message(
        self, conversation_id: str, message: Message, recipe: Recipe | None = None
    ) -> None:
        """The message is on disk, with the conversation it belongs to and how it was made.

        Raises:
            StorageError: It is not; it is tried again with the next message.
        """
        try:
            conversation = self._conversations.get(conversation_id, even_deleted=True)
        except NotFoundError:
            return
        if recipe is not None:
            self._recipes[message.id] = recipe
        if conversation.is_temporary:
            return
        self._unsaved[message.id] = conversation_id
        await self._write_messages(conversation, message)

    async def _write_messages(self, conversation: Conversation, message: Message) -> None:
        codec, now_s = self._vault.codec, self._now_s()
        waiting = {
            id_: found
            for id_, of in self._unsaved.items()
            if id_ != message.id and (found := self._conversations.find_message(of, id_))
        }
        headers = {
            id_: self._conversations.get(self._unsaved[id_], even_deleted=True) for id_ in waiting
        }
        waiting[message.id], headers[message.id] = message, conversation
        recipes = [self._recipes[id_] for id_ in waiting if id_ in self._recipes]

        def write(writer: Writer) -> None:
            for id_, each in waiting.items():
                row = shelf.save_conversation(writer, codec, headers[id_])
                shelf.save_message(writer, codec, row, each, now_s)
            for recipe in recipes:
                save_recipe(writer, codec, recipe, now_s)

        await self._vault.store.write(write)
        for id_ in waiting:
            self._unsaved.pop(id_, None)
            self._recipes.pop(id_, None)

    async def whole(
        self, conversation: Conversation, recipes: Iterable[Recipe | None] = ()
    ) -> None:
        """The conversation is on disk with all its messages, in one piece.

        Raises:
            StorageError: Nothing of it is.
        """
        codec, now_s = self._vault.codec, self._now_s()
        kept = [recipe for recipe in recipes if recipe is not None]

        def write(writer: Writer) -> None:
            row = shelf.save_conversation(writer, codec, conversation)
            for message in conversation.messages:
                shelf.save_message(writer, codec, row, message, now_s)
            for recipe in kept:
                save_recipe(writer, codec, recipe, now_s)

        if conversation.is_temporary:
            self._recipes |= {recipe.message_id: recipe for recipe in kept}
        elif conversation.messages:
            await self._vault.store.write(write)

    async def keep_temporary(self, conversation_id: str) -> Conversation:
        """The temporary conversation is one like all others, on disk.

        Raises:
            StorageError: It could not be written; it is temporary still.
        """
        before = self._conversations.get(conversation_id)
        if not before.is_temporary:
            return before
        # From now on, so that an answer that ends meanwhile is written as well.
        kept = self._conversations.change(conversation_id, is_temporary=False)
        recipes = [self._recipes[m.id] for m in kept.messages if m.id in self._recipes]
        try:
            await self.whole(kept, recipes)
        except StorageError:
            self._conversations.change(conversation_id, is_temporary=True)
            raise
        for recipe in recipes:
            self._recipes.pop(recipe.message_id, None)
        return self._conversations.get(conversation_id)

    async def recipe(self, message_id: str) -> Recipe | None:
        """How the answer was made; None if that was not kept."""
        if message_id in self._recipes:
            return self._recipes[message_id]
        codec = self._vault.codec
        return await self._vault.store.read(lambda reader: load_recipe(reader, codec, message_id))

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
        """Title, prompt and place are on disk, if the conversation has anything in it."""
        conversation = self._conversations.get(conversation_id)
        if conversation.messages and not conversation.is_temporary:
            codec = self._vault.codec
            await self._vault.store.write(
                lambda writer: shelf.save_conversation(writer, codec, conversation)
            )

    async def delete(self, conversation_id: str) -> None:
        """It is in the trash, and its draft is gone."""
        if self._conversations.is_temporary(conversation_id):
            return
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
        if self._conversations.is_temporary(conversation_id):
            return self._conversations.restore(conversation_id)
        now_s = self._now_s()

        def write(writer: Writer) -> None:
            trash.take_from_trash(writer, (conversation_id,), now_s)

        await self._vault.store.write(write)
        kept = await self._load_one(conversation_id)
        if kept is not None:
            self._conversations.put(kept)
            return kept
        return self._conversations.restore(conversation_id)

    async def _load_one(self, conversation_id: str) -> Conversation | None:
        codec = self._vault.codec

        def read(reader: Reader) -> tuple[Conversation, ...]:
            return shelf.load_conversations(reader, codec, only=(conversation_id,))

        return next(iter(await self._vault.store.read(read)), None)

    async def delete_messages(self, conversation: Conversation, message_ids: Sequence[str]) -> None:
        """They are in the trash as one thing, named by the first, and the conversation is kept.

        Raises:
            StorageError: They are not.
        """
        for message_id in message_ids:
            self.forget_unsaved(message_id)
        if conversation.is_temporary:
            return
        codec, now_s = self._vault.codec, self._now_s()

        def write(writer: Writer) -> None:
            trash.put_messages_into_trash(writer, message_ids, now_s)
            shelf.save_conversation(writer, codec, conversation)

        await self._vault.store.write(write)

    async def restore_message(self, message_id: str, conversation_id: str = "") -> Conversation:
        """It and what went with it is out of the trash, and its conversation among the others.

        Args:
            message_id: One that was deleted.
            conversation_id: Of it; only for a temporary one, whose trash is in memory.

        Raises:
            NotFoundError: It is not in the trash any more.
        """
        if self._conversations.is_temporary(conversation_id):
            return self._conversations.restore_messages(conversation_id, message_id)
        now_s = self._now_s()

        def write(writer: Writer) -> str | None:
            trash.take_from_trash(writer, (message_id,), now_s)
            return trash.conversation_of(writer, message_id)

        owner_id = await self._vault.store.write(write)
        kept = await self._load_one(owner_id) if owner_id is not None else None
        if kept is None or not any(message.id == message_id for message in kept.messages):
            raise NotFoundError("This message is not in the trash any more.")
        shown = self._conversations.bring_back(kept, newest_leaf(kept.messages, message_id))
        await self.conversation(shown.id)
        return shown

    async def draft(self, conversation_id: str, text: str) -> None:
        """What is typed in this conversation is on disk."""
        if self._conversations.is_temporary(conversation_id):
            return
        codec, now_s = self._vault.codec, self._now_s()
        await self._vault.store.write(
            lambda writer: drafts.save_draft(writer, codec, conversation_id, text, now_s)
        )

    def forget_unsaved(self, message_id: str) -> None:
        """This message is not tried again."""
        self._unsaved.pop(message_id, None)

    async def place(self, place: Place) -> None:
        """It is what the next start shows; a place in a temporary conversation is not kept."""
        if self._conversations.is_temporary(place.conversation_id):
            return
        codec, now_s = self._vault.codec, self._now_s()
        await self._vault.store.write(
            lambda writer: drafts.save_settings(writer, codec, {_PLACE: asdict(place)}, now_s)
        )

    async def last_place(self) -> Place | None:
        """What was on screen last; None if that is not there any more."""
        codec = self._vault.codec
        kept = await self._vault.store.read(lambda reader: drafts.load_settings(reader, codec))
        try:
            place = Place(**kept[_PLACE])
            conversation = self._conversations.get(place.conversation_id)
        except (KeyError, TypeError, NotFoundError):
            return None
        is_there = any(message.id == place.message_id for message in conversation.messages)
        return place if is_there else Place(conversation_id=conversation.id)

    def drop(self) -> None:
        """Nothing of the vault is held in memory any more."""
        self._unsaved.clear()
        self._recipes.clear()
        self._conversations.fill(())
