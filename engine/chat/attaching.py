"""From a file that waits to a file that is sent: its cost, whether it fits, and its keeping.

Runs on: io; counting runs on worker threads, the disk is the store's business.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.chat.answering import limit_tokens_of
from engine.chat.effective import generation_of
from engine.chat.framing import framed
from engine.chat.history import Budget
from engine.contract.attachments import Attachment
from engine.contract.errors import PromptTooLongError
from engine.contract.messages import Conversation
from engine.contract.settings import GenerationSettings
from engine.runtime.compute import Priority
from engine.storage import attachments as shelf
from engine.storage.database import Reader, Writer
from engine.storage.erasure import forget_files
from engine.storage.sealed_files import SealedFile, register

if TYPE_CHECKING:
    from engine.chat.attachments import WaitingFile
    from engine.chat.turn import Chat
    from engine.models.loaded import LoadedModel

# Letters that are counted at once; the tokenizer is held for so long that others may wait for it.
_COUNTED_LETTERS = 50_000


async def claim(
    chat: Chat,
    conversation: Conversation,
    attachment_ids: Sequence[str],
    words: str,
    generation: GenerationSettings | None = None,
) -> tuple[Attachment, ...]:
    """The files that were read for this message, kept on disk unless nothing of it may be.

    They wait on until `Attachments.sent` is told that the message is kept.

    Raises:
        NotFoundError: One was not read, or was dropped.
        PromptTooLongError: They do not fit into the model's context. Nothing was sent.
        StorageError: They could not be kept.
    """
    if not attachment_ids:
        return ()
    await _check_room(chat, conversation, attachment_ids, words, generation)
    files = [chat.attachments.waiting(id_) for id_ in dict.fromkeys(attachment_ids)]
    if not conversation.is_temporary:
        await _keep(chat, files)
    return tuple(file.card for file in files)


async def keep_unwritten(chat: Chat, conversation: Conversation) -> None:
    """The files of a conversation that is to be kept after all are on disk."""
    cards = [card for message in conversation.messages for card in message.attachments]
    await _keep(chat, chat.attachments.unwritten(cards))


async def _keep(chat: Chat, files: Iterable[WaitingFile]) -> None:
    for file in files:
        await _keep_one(chat, file)


async def _keep_one(chat: Chat, file: WaitingFile) -> None:
    codec, now_s = chat.vault.codec, time.time()
    sealed: SealedFile | None = None
    # In a private session all is in memory already; the bytes would only fill it.
    if file.original and chat.vault.folder is not None:
        sealed = await asyncio.to_thread(
            chat.safekeeping.files.write, shelf.ORIGINAL, file.card.id, (file.original,), now_s
        )

    def write(writer: Writer) -> bool:
        if shelf.load_file(writer, codec, file.card.id) is not None:
            return False
        shelf.save_file(writer, codec, file.card, file.text, now_s)
        if sealed is not None:
            register(writer, sealed)
        return True

    is_new = False
    try:
        is_new = await chat.vault.store.write(write)
    finally:
        if sealed is not None and not is_new:
            chat.safekeeping.files.unlink((sealed.id,))


async def sweep_strays(chat: Chat) -> None:
    """Files without a message, left by a killed program, are gone."""

    def find(reader: Reader) -> tuple[str, ...]:
        return shelf.strays(reader)

    found = await chat.vault.store.read(find)
    if found:
        sealed = await chat.vault.store.write(lambda writer: forget_files(writer, found))
        await asyncio.to_thread(chat.safekeeping.files.unlink, sealed)


# -- cost and room ------------------------------------------------------------------------------


async def cost_of(chat: Chat, card: Attachment, text: str) -> int:
    """Tokens of a file with its frame in the loaded model; 0 while none is loaded."""
    loaded = chat.models.loaded
    return 0 if loaded is None else await count(chat, loaded, card, text)


async def count(chat: Chat, loaded: LoadedModel, card: Attachment, text: str) -> int:
    """Tokens of a file with its frame; counted once for each model."""
    whole = framed(card, text)
    known = chat.attachments.counted(loaded.key, card.id, len(whole))
    if known is None:
        known = 0
        for start in range(0, len(whole), _COUNTED_LETTERS):
            piece = whole[start : start + _COUNTED_LETTERS]
            known += await asyncio.to_thread(_tokens, loaded, piece)
        chat.attachments.note_count(loaded.key, card.id, len(whole), known)
    return known


def _tokens(loaded: LoadedModel, text: str) -> int:
    return len(loaded.tokenizer.encode(text, with_special=False))


async def room_for_files(
    chat: Chat,
    loaded: LoadedModel,
    conversation: Conversation,
    words: str,
    generation: GenerationSettings | None = None,
) -> int:
    """Tokens that the files of the next message may have, if all that was said before is cut."""
    settings = await generation_of(chat, conversation, generation)
    limit = limit_tokens_of(loaded, chat.settings.models)
    head, _ = await chat.compute.call(
        lambda: chat.history.frame(loaded.key, loaded.tokenizer, settings.system_prompt),
        priority=Priority.INTERACTIVE,
    )
    own = _tokens(loaded, words) if words else 0
    # Files are parted from each other and from the words by blank lines, a token or two each.
    return Budget.of(limit, settings.max_tokens).prompt_tokens - head - own


async def _check_room(
    chat: Chat,
    conversation: Conversation,
    attachment_ids: Sequence[str],
    words: str,
    generation: GenerationSettings | None,
) -> None:
    loaded = chat.models.loaded
    if loaded is None:
        return
    room = await room_for_files(chat, loaded, conversation, words, generation)
    needed = await _needed(chat, loaded, attachment_ids)
    if needed > room:
        raise PromptTooLongError(
            f"The attached text has {needed:,} tokens and there is room for {max(0, room):,}. "
            "Nothing was sent.",
            action="Use its first part, or choose a model with a longer context.",
        )


async def _needed(chat: Chat, loaded: LoadedModel, attachment_ids: Sequence[str]) -> int:
    files = [chat.attachments.waiting(id_) for id_ in attachment_ids]
    return sum([_BREAK + await count(chat, loaded, file.card, file.text) for file in files])


# A blank line between two files, and what a token may grow where two pieces were counted apart.
_BREAK = 3


async def fit(
    chat: Chat, conversation: Conversation, attachment_ids: Sequence[str], words: str
) -> list[Attachment]:
    """Of files that do not fit together, the longest are cut to their first part.

    Returns:
        The cards of those that were cut.
    """
    cut: list[Attachment] = []
    async with chat.models.using() as loaded:
        left = await room_for_files(chat, loaded, conversation, words)
        costs = [
            (await count(chat, loaded, file.card, file.text), file)
            for file in (chat.attachments.waiting(id_) for id_ in attachment_ids)
        ]
        costs.sort(key=lambda cost: cost[0])
        for place, (tokens, file) in enumerate(costs):
            share = left // (len(costs) - place) - _BREAK
            if tokens > share:
                card = await _cut(chat, loaded, file, share)
                cut.append(card)
                tokens = card.tokens
            left -= tokens + _BREAK
    return cut


async def _cut(chat: Chat, loaded: LoadedModel, file: WaitingFile, tokens: int) -> Attachment:
    """The waiting file with as much of its beginning as these tokens hold.

    Raises:
        PromptTooLongError: There is no room for a sentence of it.
    """
    letters = len(file.text)
    card, text = file.card, file.text
    needed = await count(chat, loaded, card, text)
    # Tokens are not spread evenly over a text, so the first try may be off.
    while needed > tokens and letters > 0:
        letters = min(letters - 1, int(letters * tokens / needed * 0.97))
        text = _whole_lines(file.text[: max(0, letters)])
        share = 100 * len(text) / len(file.text)
        said = f"Only its first {share:.0f} % goes along; the rest does not fit the model."
        notice = f"{file.card.notice} {said}".strip()
        card = replace(file.card, letters=len(text), notice=notice)
        needed = await count(chat, loaded, card, text)
    if not text.strip() or needed > tokens:
        raise PromptTooLongError(
            "Not even the beginning of this file fits beside the rest of the message.",
            action="Shorten the message, or choose a model with a longer context.",
        )
    card = replace(card, tokens=needed)
    chat.attachments.replace_text(card.id, card, text)
    return card


def _whole_lines(text: str) -> str:
    """The text without a last line or word that was cut in two."""
    for end in ("\n", " "):
        place = text.rfind(end)
        if place > 0.8 * len(text):
            return text[:place].rstrip()
    return text
