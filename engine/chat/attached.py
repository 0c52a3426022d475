"""What the files of messages say, as the model is given it.

Runs on: io; `prompt_text` runs anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from engine.chat.framing import framed, missing, with_files
from engine.contract.messages import Message
from engine.storage.attachments import load_file
from engine.storage.database import Reader

if TYPE_CHECKING:
    from engine.chat.turn import Chat


async def texts_of(chat: Chat, messages: Iterable[Message]) -> Mapping[str, str]:
    """What the files of these messages say, by the identifier of the file."""
    wanted = [card.id for message in messages for card in message.attachments]
    texts = {id_: text for id_ in wanted if (text := chat.attachments.at_hand(id_)) is not None}
    unread = [id_ for id_ in wanted if id_ not in texts]
    if unread and not chat.vault.is_closed:
        codec = chat.vault.codec

        def read(reader: Reader) -> dict[str, str]:
            files = ((id_, load_file(reader, codec, id_)) for id_ in unread)
            return {id_: file[1] for id_, file in files if file is not None}

        for id_, text in (await chat.vault.store.read(read)).items():
            chat.attachments.remember(id_, text)
            texts[id_] = text
    return texts


def prompt_text(message: Message, texts: Mapping[str, str]) -> str:
    """What the model is given for this message: the text of its files, then its own."""
    frames = [
        framed(card, texts[card.id]) if card.id in texts else missing(card)
        for card in message.attachments
    ]
    return with_files(frames, message.text)
